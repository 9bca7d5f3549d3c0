#include "gateway/fidelity_text.h"

#include <string>

#include "gtest/gtest.h"

namespace warmpath {
namespace {

v1::FidelityReport Lossy(int losses, const std::string& pointer = "/temperature") {
  v1::FidelityReport report;
  report.set_fidelity(v1::FIDELITY_LOSSY);
  for (int i = 0; i < losses; ++i) {
    v1::FidelityLoss& loss = *report.add_losses();
    loss.set_kind(v1::LOSS_KIND_DROPPED);
    loss.set_pointer(pointer);
  }
  return report;
}

TEST(FidelityText, NamesEachLossWithItsPlace) {
  v1::FidelityReport report = Lossy(1);
  v1::FidelityLoss& clamped = *report.add_losses();
  clamped.set_kind(v1::LOSS_KIND_CLAMPED);
  clamped.set_pointer("/max_tokens");
  EXPECT_EQ(FidelityText(report), "lossy; dropped /temperature, clamped /max_tokens");
}

TEST(FidelityText, SaysExactWithoutLosses) {
  v1::FidelityReport report;
  report.set_fidelity(v1::FIDELITY_EXACT);
  EXPECT_EQ(FidelityText(report), "exact");
}

TEST(FidelityText, CountsWhatItDoesNotShow) {
  const std::string text = FidelityText(Lossy(20));
  EXPECT_EQ(text.substr(text.size() - 5), ", +12");
}

TEST(FidelityText, HoldsNothingThatBreaksAHeader) {
  const std::string text = FidelityText(Lossy(1, "/a\r\nx-evil: 1,\xc3\xbc" + std::string(500, 'x')));
  EXPECT_EQ(text.find_first_of("\r\n"), std::string::npos);
  EXPECT_LT(text.size(), 100u);
}

}  // namespace
}  // namespace warmpath
