#include "scorer/find_json.h"

#include <algorithm>
#include <boost/json/error.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace warmpath {
namespace {

namespace json = boost::json;

// Pieces of prose that are tried as JSON before giving up.
constexpr int kMaxAttempts = 64;

constexpr std::string_view kSpace = " \t\r\n";

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

using Document = std::unique_ptr<const JsonDocument>;

Document Parse(std::string_view text) {
  json::error_code error;
  size_t offset = 0;
  return JsonDocument::Parse(text, error, offset);
}

// A line that opens or closes a fenced block: up to three spaces, then at least three ` or ~.
struct Fence {
  char mark = 0;
  size_t length = 0;
  bool bare = false;  // nothing follows the marks, so it can close a block
};

std::optional<Fence> ReadFence(std::string_view line) {
  const size_t indent = line.find_first_not_of(' ');
  if (indent == std::string_view::npos || indent > 3) return std::nullopt;
  Fence fence;
  fence.mark = line[indent];
  if (fence.mark != '`' && fence.mark != '~') return std::nullopt;
  const size_t end = line.find_first_not_of(fence.mark, indent);
  fence.length = (end == std::string_view::npos ? line.size() : end) - indent;
  if (fence.length < 3) return std::nullopt;
  fence.bare = Trim(line.substr(indent + fence.length)).empty();
  return fence;
}

// The bodies of fenced blocks. A block that is never closed ends with the text.
std::vector<std::string_view> FencedBlocks(std::string_view text) {
  std::vector<std::string_view> blocks;
  std::optional<Fence> open;
  size_t body_start = 0;
  for (size_t at = 0; at < text.size() && blocks.size() < kMaxAttempts;) {
    size_t line_end = text.find('\n', at);
    if (line_end == std::string_view::npos) line_end = text.size();
    const std::optional<Fence> fence = ReadFence(text.substr(at, line_end - at));
    if (fence && !open) {
      open = fence;
      body_start = std::min(line_end + 1, text.size());
    } else if (fence && fence->bare && fence->mark == open->mark &&
               fence->length >= open->length) {
      blocks.push_back(text.substr(body_start, at - body_start));
      open.reset();
    }
    at = line_end + 1;
  }
  if (open && blocks.size() < kMaxAttempts) blocks.push_back(text.substr(body_start));
  return blocks;
}

// Where the value that opens at `start` closes; npos if it does not within the text.
size_t MatchingEnd(std::string_view text, size_t start) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t at = start; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at;
    }
  }
  return std::string_view::npos;
}

// An object, or an array of objects: "[1]" in prose is a footnote, not an answer.
bool OpensStructure(std::string_view text, size_t at) {
  if (text[at] == '{') return true;
  if (text[at] != '[') return false;
  const size_t next = text.find_first_not_of(kSpace, at + 1);
  return next != std::string_view::npos && text[next] == '{';
}

// The only structure in the prose; none where there are several.
Document OnlyStructure(std::string_view text) {
  Document found;
  int attempts = 0;
  for (size_t at = text.find_first_of("{["); at != std::string_view::npos;
       at = text.find_first_of("{[", at)) {
    if (!OpensStructure(text, at)) {
      ++at;
      continue;
    }
    if (++attempts > kMaxAttempts) return nullptr;
    const size_t end = MatchingEnd(text, at);
    Document parsed;
    if (end != std::string_view::npos) parsed = Parse(text.substr(at, end - at + 1));
    if (parsed == nullptr) {
      ++at;
      continue;
    }
    if (found != nullptr) return nullptr;
    found = std::move(parsed);
    at = end + 1;
  }
  return found;
}

Document OnlyFencedJson(std::string_view text) {
  Document found;
  for (const std::string_view block : FencedBlocks(text)) {
    Document parsed = Parse(Trim(block));
    if (parsed == nullptr) continue;
    if (found != nullptr) return nullptr;
    found = std::move(parsed);
  }
  return found;
}

}  // namespace

bool LooksLikeJson(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

FoundJson FindJson(std::string_view text) {
  json::error_code error;
  size_t offset = 0;
  Document whole = JsonDocument::Parse(Trim(text), error, offset);
  if (whole != nullptr) return {JsonPlace::kWhole, std::move(whole), ""};
  if (error == json::error::too_deep) {
    return {JsonPlace::kTooDeep, nullptr, absl::StrCat("nested deeper than ", kMaxJsonDepth)};
  }
  std::string problem = absl::StrCat("not JSON at byte ", offset, ": ", error.message());
  if (auto value = OnlyFencedJson(text)) {
    return {JsonPlace::kFence, std::move(value), std::move(problem)};
  }
  if (auto value = OnlyStructure(text)) {
    return {JsonPlace::kProse, std::move(value), std::move(problem)};
  }
  return {JsonPlace::kNone, nullptr, std::move(problem)};
}

}  // namespace warmpath
