// Parses JSON that is read and thrown away.
#pragma once

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"

namespace warmpath {

inline constexpr size_t kMaxJsonDepth = 200;

// A JsonDocument is a parsed JSON text whose parts live in one block of memory: parsing and dropping it costs
// about half of what ParseJson and its value do.
//
// Thread safety: immutable. Ownership: owns its value; parts that are copied out of it are ordinary.
class JsonDocument {
 public:
  // Parses `text`. Null on any error, which is in `error`; `offset` says where.
  static std::unique_ptr<const JsonDocument> Parse(std::string_view text,
                                                   boost::json::error_code& error, size_t& offset);

  // As ParseJson, with its messages.
  static absl::StatusOr<std::unique_ptr<const JsonDocument>> Parse(std::string_view text);

  const boost::json::value& value() const { return *value_; }

 private:
  explicit JsonDocument(size_t block) : memory_(block) {}

  boost::json::monotonic_resource memory_;
  std::optional<boost::json::value> value_;
};

}  // namespace warmpath
