#include "store/page_token.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "base/stable_hash.h"
#include "base/string_view.h"
#include "store/keys.h"

namespace warmpath {
namespace {

constexpr size_t kSumDigits = 16;

std::string Sum(uint64_t query_hash, std::string_view position) {
  return HashHex(StableHash64(position, query_hash));
}

}  // namespace

std::string EncodePageToken(uint64_t query_hash, const ListPosition& position) {
  const std::string bytes = TextAndIdKey(position.series, position.rest);
  std::string token = Sum(query_hash, bytes);
  token.append(absl::WebSafeBase64Escape(bytes));
  return token;
}

absl::StatusOr<ListPosition> DecodePageToken(uint64_t query_hash, std::string_view token) {
  const absl::Status invalid = absl::InvalidArgumentError(
      "page_token is not from a page of this query; leave it empty for the first page");
  if (token.size() < kSumDigits) return invalid;
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(ToAbsl(token.substr(kSumDigits)), &bytes)) return invalid;
  if (token.substr(0, kSumDigits) != Sum(query_hash, bytes)) return invalid;
  ListPosition position;
  if (!DecodeTextAndIdKey(bytes, &position.series, &position.rest)) return invalid;
  return position;
}

}  // namespace warmpath
