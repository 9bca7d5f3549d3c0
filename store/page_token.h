// Where a list goes on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace warmpath {

// A place in a list: the series (the start of the key) and the rest of the key.
struct ListPosition {
  std::string series;
  std::string rest;
};

// A token that stands for `position` in the list of one query, and for nothing in another's.
// `query_hash` is a hash of all that the query asks for, but for the page's size and token.
std::string EncodePageToken(uint64_t query_hash, const ListPosition& position);

// INVALID_ARGUMENT if the token was made for another query, or is no token.
absl::StatusOr<ListPosition> DecodePageToken(uint64_t query_hash, std::string_view token);

}  // namespace warmpath
