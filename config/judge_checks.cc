#include "config/judge_checks.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "config/address.h"
#include "config/problem_list.h"
#include "config/provider_checks.h"

namespace warmpath {
namespace {

// It goes out with every question.
constexpr size_t kMaxRubricBytes = 32 << 10;
// It stands in every card.
constexpr size_t kMaxVersionBytes = 100;
constexpr int kMaxConcurrency = 1000;

class JudgeChecker : public ProblemList {
 public:
  using ProblemList::ProblemList;

  void Run(const std::string& at, const v1::JudgeConfig& judge, const v1::Config& config) {
    if (judge.target().empty() == judge.provider().empty()) {
      Problem(at, "needs exactly one of target (a JudgeService) and provider (a model)");
    } else if (!judge.target().empty()) {
      CheckService(at, judge);
    } else {
      CheckModel(at, judge, config);
    }
    if (judge.rubric().size() > kMaxRubricBytes) {
      Problem(at + ".rubric", absl::StrCat("has ", judge.rubric().size(), " bytes; at most ",
                                           kMaxRubricBytes, " are sent with each answer"));
    }
    if (judge.version().size() > kMaxVersionBytes) {
      Problem(at + ".version", absl::StrCat("must have at most ", kMaxVersionBytes, " bytes"));
    }
    if (!(judge.rate() > 0 && judge.rate() <= 1)) {
      Problem(at + ".rate", "must be above 0 and at most 1; leave judge out to judge nothing");
    }
    Positive(at + ".timeout", judge.timeout());
    if (judge.max_concurrency() < 1 || judge.max_concurrency() > kMaxConcurrency) {
      Problem(at + ".max_concurrency", absl::StrCat("must be 1 to ", kMaxConcurrency));
    }
    if (!(judge.max_requests_per_minute() > 0)) {
      Problem(at + ".max_requests_per_minute",
              "must be above 0; leave judge out to judge nothing");
    }
  }

 private:
  void CheckService(const std::string& at, const v1::JudgeConfig& judge) {
    if (const auto address = ParseAddress(judge.target()); !address.ok()) {
      Problem(at + ".target", std::string(address.status().message()));
    }
    if (!judge.model().empty()) Problem(at + ".model", "is for provider; target is a service");
    if (judge.has_pass_grade()) {
      Problem(at + ".pass_grade", "is for provider; a JudgeService says itself what passes");
    }
  }

  void CheckModel(const std::string& at, const v1::JudgeConfig& judge, const v1::Config& config) {
    const auto provider = config.providers().find(judge.provider());
    if (provider == config.providers().end()) {
      std::set<std::string> names;
      for (const auto& entry : config.providers()) names.insert(entry.first);
      Problem(at + ".provider", absl::StrCat("there is no provider '", judge.provider(),
                                             "'; providers are: ", absl::StrJoin(names, ", ")));
    } else if (IsHttp(provider->second.kind())) {
      if (judge.model().empty()) Problem(at, "model is missing; name the vendor's model");
    } else if (provider->second.kind() != v1::PROVIDER_KIND_GRPC) {
      Problem(at + ".provider",
              absl::StrCat("'", judge.provider(), "' is no model: rules and static cannot judge"));
    }
    if (judge.rubric().empty() && judge.rubric_file().empty()) {
      Problem(at, "rubric is missing; say what a good answer is, here or in rubric_file");
    }
    if (judge.tls()) {
      Problem(at + ".tls", "is for target; a provider's base_url says whether it is TLS");
    }
    if (!(judge.pass_grade() > 0 && judge.pass_grade() <= 1)) {
      Problem(at + ".pass_grade", "must be above 0 and at most 1");
    }
  }
};

}  // namespace

void CheckJudge(const std::string& at, const v1::JudgeConfig& judge, const v1::Config& config,
                const SourceMap& sources, std::vector<ConfigProblem>& problems) {
  JudgeChecker(sources, problems).Run(at, judge, config);
}

}  // namespace warmpath
