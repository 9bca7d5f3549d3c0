#include "provider/wire/fidelity_notes.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace warmpath {

constexpr int kMaxLosses = 64;

void FidelityNotes::Add(v1::LossKind kind, std::string_view pointer, std::string_view message) {
  if (report_.losses_size() >= kMaxLosses) {
    ++left_out_;
    return;
  }
  v1::FidelityLoss* loss = report_.add_losses();
  loss->set_kind(kind);
  loss->set_pointer(std::string(pointer));
  loss->set_message(std::string(message));
}

v1::FidelityReport FidelityNotes::Take() {
  if (left_out_ > 0) {
    v1::FidelityLoss* loss = report_.add_losses();
    loss->set_kind(v1::LOSS_KIND_DROPPED);
    loss->set_message(absl::StrCat(left_out_, " more losses are not listed"));
  }
  report_.set_fidelity(report_.losses().empty() ? v1::FIDELITY_EXACT : v1::FIDELITY_LOSSY);
  return std::move(report_);
}

}  // namespace warmpath
