#include "scorer/read_json.h"

#include <algorithm>
#include <boost/json/parser.hpp>

#include "absl/memory/memory.h"
#include "base/json.h"

namespace warmpath {

namespace json = boost::json;

std::unique_ptr<const JsonDocument> JsonDocument::Parse(std::string_view text,
                                                        json::error_code& error, size_t& offset) {
  // Parsed JSON takes about four times its text.
  const size_t block = std::clamp<size_t>(text.size() * 4, 1024, 64 << 10);
  auto document = absl::WrapUnique(new JsonDocument(block));
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  unsigned char buffer[8192];
  json::parser parser({}, options, buffer, sizeof(buffer));
  parser.reset(json::storage_ptr(&document->memory_));
  offset = parser.write(text.data(), text.size(), error);
  if (error) return nullptr;
  document->value_.emplace(parser.release());
  return document;
}

absl::StatusOr<std::unique_ptr<const JsonDocument>> JsonDocument::Parse(std::string_view text) {
  json::error_code error;
  size_t offset = 0;
  auto document = Parse(text, error, offset);
  if (document != nullptr) return document;
  return ParseJson(text, kMaxJsonDepth).status();  // the slow way, for its message
}

}  // namespace warmpath
