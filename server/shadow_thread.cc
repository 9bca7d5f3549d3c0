#include "server/shadow_thread.h"

#include "absl/strings/str_cat.h"
#include "boost/asio/post.hpp"

namespace warmpath {

ShadowThread::ShadowThread(int index, const Clock& clock)
    : clock_(clock), loop_(absl::StrCat("shadow-", index), /*niceness=*/10) {}

absl::StatusOr<std::shared_ptr<PathSet>> ShadowThread::MakePaths(const v1::Config& config) {
  absl::StatusOr<std::shared_ptr<PathSet>> paths = absl::InternalError("not made");
  loop_.Run([&] {
    auto made = PathSet::Create(config, {.io = loop_.io(),
                                         .deadlines = loop_.deadlines(),
                                         .clock = clock_,
                                         .traffic = Traffic::kShadow});
    if (!made.ok()) {
      paths = made.status();
      return;
    }
    // Whoever lets go of the paths last, they die on the thread that their connections belong to.
    PathSet* const set = made->get();
    paths = std::shared_ptr<PathSet>(set, [this, held = *std::move(made)](PathSet*) mutable {
      boost::asio::post(loop_.io(), [last = std::move(held)] {});
    });
  });
  return paths;
}

}  // namespace warmpath
