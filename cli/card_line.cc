#include "cli/card_line.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "base/utf8.h"

namespace warmpath {
namespace {

namespace json = boost::json;

std::string_view TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

absl::StatusOr<CardVerdict> VerdictOf(std::string_view word) {
  if (word == "pass") return CardVerdict::kPass;
  if (word == "fail") return CardVerdict::kFail;
  if (word == "not_applicable" || word == "scorer_error") return CardVerdict::kNone;
  return absl::InvalidArgumentError("not a card: a verdict is unknown");
}

// "/items/12/price" is "/items/*/price".
std::string WithoutNumbers(std::string_view pointer) {
  std::string place;
  for (size_t start = 0; start < pointer.size();) {
    const size_t end = std::min(pointer.find('/', start + 1), pointer.size());
    const std::string_view token = pointer.substr(start + 1, end - start - 1);
    const bool number =
        !token.empty() && token.find_first_not_of("0123456789") == std::string_view::npos;
    absl::StrAppend(&place, "/", number ? "*" : ToAbsl(token));
    start = end;
  }
  return place;
}

void ReadFindings(const json::object& dimension, size_t aspect, CardLine& card) {
  const json::value* findings = dimension.if_contains("findings");
  if (findings == nullptr || !findings->is_array()) return;
  for (const json::value& value : findings->get_array()) {
    if (!value.is_object()) continue;
    const json::object& finding = value.get_object();
    if (TextOf(finding, "severity") == "info") continue;
    constexpr size_t kMostBytes = 300;
    const std::string_view pointer = TextOf(finding, "pointer");
    card.findings.push_back(
        {aspect, std::string(TextOf(finding, "kind").substr(0, kMostBytes)),
         WithoutNumbers(pointer.substr(0, ValidUtf8Prefix(pointer.substr(0, kMostBytes))))});
  }
}

absl::Status ReadDimensions(const json::object& dimensions, CardLine& card) {
  for (size_t aspect = 1; aspect < kCardAspects; ++aspect) {
    const json::value* value = dimensions.if_contains(kCardAspectNames[aspect]);
    if (value == nullptr) continue;
    if (!value->is_object()) return absl::InvalidArgumentError("not a card: a dimension is none");
    const json::object& dimension = value->get_object();
    ASSIGN_OR_RETURN(card.verdicts[aspect], VerdictOf(TextOf(dimension, "verdict")));
    ReadFindings(dimension, aspect, card);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CardLine> ParseCardLine(std::string_view line) {
  ASSIGN_OR_RETURN(const json::value parsed, ParseJson(line, 64));
  if (!parsed.is_object()) return absl::InvalidArgumentError("not a card: not an object");
  const json::object& object = parsed.get_object();
  if (object.contains("error")) {
    return absl::InvalidArgumentError("the row could not be scored");
  }
  const json::value* id = object.if_contains("id");
  if (id == nullptr || id->is_null()) {
    return absl::InvalidArgumentError("the card has no id; rows need one to be compared");
  }
  const json::value* dimensions = object.if_contains("dimensions");
  if (dimensions == nullptr || !dimensions->is_object()) {
    return absl::InvalidArgumentError("not a card: no dimensions");
  }
  CardLine card;
  card.id = ToJson(*id);
  const json::value* handed_over = object.if_contains("handed_over");
  card.handed_over = handed_over != nullptr && handed_over->is_bool() && handed_over->get_bool();
  card.verdicts[0] =
      object.contains("candidate_failed") ? CardVerdict::kFail : CardVerdict::kPass;
  RETURN_IF_ERROR(ReadDimensions(dimensions->get_object(), card));
  return card;
}

}  // namespace warmpath
