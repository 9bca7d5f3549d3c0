#include "scorer/stance_words.h"

#include <string>

#include "re2/re2.h"
#include "scorer/find_json.h"
#include "scorer/stance_cues.h"
#include "scorer/stance_weights.h"

namespace warmpath {
namespace {

constexpr size_t kHeadBytes = 1500;
constexpr size_t kTailBytes = 500;
// JSON is data, and says early on whether it is an excuse.
constexpr size_t kJsonHeadBytes = 600;
// A longer answer that ends in a question has answered something before it.
constexpr size_t kMaxClarifyBytes = 900;
// From here on a question at the end no longer turns a refusal into a request for details.
constexpr int kClearRefusal = 200;

bool Matches(std::string_view text, const re2::RE2& pattern) {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

// "I'll transfer you to a human agent", "You are being transferred ...".
bool HandsOver(std::string_view plain) {
  // Somebody must be named; looking for that is far cheaper than the pattern.
  static const re2::RE2& people = *new re2::RE2(
      "human|agent|representative|team|specialist|colleague|supervisor|live|manager");
  if (!Matches(plain, people)) return false;
  static const re2::RE2& pattern = *new re2::RE2(
      R"((?:\b(?:i'll|i will|i am|i'm|i've|i have|let me|we'll|we will|going to|need to|please hold)\b)"
      R"((?: \w+){0,4}? |\byou(?: are|'re| will be|'ll be)(?: now| being)* ))"
      R"((?:transfer|connect|hand|escalat|forward|pass|put)\w*(?: \S+){0,6}? (?:human|live|)"
      R"((?:support |service |customer |billing )?(?:agent|representative|specialist|supervisor|)"
      R"(colleague|manager|team)))");
  return Matches(plain, pattern);
}

// Questions out of courtesy, at the end of an answer.
bool IsCourtesy(std::string_view question) {
  static const re2::RE2& pattern = *new re2::RE2(
      R"(anything else|something else|would you like (?:more|to (?:know|learn|hear|explore|discuss))|)"
      R"(how (?:can|may) i (?:help|assist)|does (?:that|this) (?:help|make sense)|other questions|)"
      R"(is there (?:any|some)|what do you think|sound good|how does that sound|interested in learning)");
  return Matches(question, pattern);
}

// The last sentence, if it is a question.
std::string_view LastQuestion(std::string_view plain) {
  while (!plain.empty() && (plain.back() == ' ' || plain.back() == '\n' || plain.back() == '"')) {
    plain.remove_suffix(1);
  }
  if (plain.empty() || plain.back() != '?') return {};
  const size_t start = plain.find_last_of(".!?\n", plain.size() - 2);
  return start == std::string_view::npos ? plain : plain.substr(start + 1);
}

bool AsksForDetails(std::string_view plain) {
  static const re2::RE2& pattern = *new re2::RE2(
      R"(\b(?:could|can|would|will) you (?:please |kindly |also )*(?:provide|specify|clarify|tell me|)"
      R"(confirm|share|let me know|give me|elaborate|double-?check|verify|describe)|)"
      R"(\bplease (?:provide|specify|clarify|share|tell me|confirm|let me know (?:which|what|the|your|)"
      R"(how|whether|when|where)|double-?check|enter|supply)|)"
      R"(\bi(?:'ll| will)?(?: also| just)? need (?:to know|to confirm|to verify|more|the|your|some|a few)|)"
      R"(\bmay i (?:know|have|ask))");
  return Matches(plain, pattern);
}

bool Clarifies(std::string_view plain, size_t text_bytes) {
  if (text_bytes > kMaxClarifyBytes) return false;
  const std::string_view question = LastQuestion(plain);
  if (!question.empty()) return !IsCourtesy(question);
  return AsksForDetails(plain);
}

StanceWeight WeighSigns(const StanceFeatures& features) {
  StanceWeight sum = kStanceBias;
  for (size_t i = 0; i < features.size(); ++i) {
    if (!features[i]) continue;
    sum.refuse += kStanceWeights[i].refuse;
    sum.partial += kStanceWeights[i].partial;
  }
  return sum;
}

StanceReading Decide(StanceWeight sum) {
  const auto [refuse, partial] = sum;
  if (refuse > 0 && refuse >= partial) return {v1::STANCE_REFUSE, "words:declines", false};
  if (partial > 0) return {v1::STANCE_PARTIAL, "words:declines a part", false};
  return {v1::STANCE_PROCEED, "words:answers", false};
}

}  // namespace

StanceReading StanceOfWords(std::string_view text) {
  const std::string head = PlainWords(text, LooksLikeJson(text) ? kJsonHeadBytes : kHeadBytes);
  if (head.find_first_not_of(" \n") == std::string::npos) return {};
  const bool longer = text.size() > kHeadBytes;
  const std::string tail =
      longer ? PlainWords(text.substr(text.size() - kTailBytes), kTailBytes) : std::string();
  if (HandsOver(head) || (longer && HandsOver(tail))) {
    return {v1::STANCE_ESCALATE, "words:hands over", false};
  }
  const StanceFeatures features = ReadStanceCues(head, text.size());
  if (OpensWithDeclineAbroad(features)) return {v1::STANCE_REFUSE, "words:declines", false};
  const StanceWeight sum = WeighSigns(features);
  if (!OpensWithDecline(features) && sum.refuse < kClearRefusal &&
      Clarifies(head, text.size())) {
    return {v1::STANCE_CLARIFY, "words:asks", false};
  }
  return Decide(sum);
}

}  // namespace warmpath
