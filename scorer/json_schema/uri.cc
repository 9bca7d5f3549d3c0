#include "scorer/json_schema/uri.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace warmpath {
namespace {

struct Parts {
  absl::string_view scheme;  // with its colon
  absl::string_view authority;  // with its slashes
  absl::string_view path;
  absl::string_view query;  // with its question mark
};

Parts Split(absl::string_view uri) {
  Parts parts;
  const size_t colon = uri.find_first_of(":/?");
  if (colon != absl::string_view::npos && colon > 0 && uri[colon] == ':' &&
      absl::ascii_isalpha(uri[0])) {
    parts.scheme = uri.substr(0, colon + 1);
    uri.remove_prefix(colon + 1);
  }
  if (uri.substr(0, 2) == "//") {
    const size_t end = uri.find_first_of("/?", 2);
    parts.authority = uri.substr(0, end);
    uri.remove_prefix(parts.authority.size());
  }
  const size_t question = uri.find('?');
  parts.path = uri.substr(0, question);
  if (question != absl::string_view::npos) parts.query = uri.substr(question);
  return parts;
}

std::string RemoveDotSegments(absl::string_view path) {
  std::string out;
  while (!path.empty()) {
    const bool slash = path[0] == '/';
    const size_t end = path.find('/', slash ? 1 : 0);
    const absl::string_view segment = path.substr(slash ? 1 : 0, end - (slash ? 1 : 0));
    const bool last = end == absl::string_view::npos;
    path = last ? absl::string_view() : path.substr(end);
    if (segment == ".") {
      if (last && slash) out += '/';
    } else if (segment == "..") {
      const size_t cut = out.rfind('/');
      out.resize(cut == std::string::npos ? 0 : cut);
      if (last && slash) out += '/';
    } else {
      if (slash) out += '/';
      absl::StrAppend(&out, segment);
    }
  }
  return out;
}

std::string MergePaths(const Parts& base, absl::string_view path) {
  if (!base.authority.empty() && base.path.empty()) return absl::StrCat("/", path);
  const size_t cut = base.path.rfind('/');
  const absl::string_view folder =
      cut == absl::string_view::npos ? absl::string_view() : base.path.substr(0, cut + 1);
  return absl::StrCat(folder, path);
}

}  // namespace

SplitUri SplitFragment(absl::string_view uri) {
  const size_t hash = uri.find('#');
  if (hash == absl::string_view::npos) return {uri, std::nullopt};
  return {uri.substr(0, hash), PercentDecode(uri.substr(hash + 1))};
}

std::string ResolveUri(absl::string_view base, absl::string_view reference) {
  if (reference.empty()) return std::string(base);
  const Parts to = Split(reference);
  if (!to.scheme.empty()) {
    if (to.authority.empty()) return std::string(reference);  // urn:, tag:, ...
    return absl::StrCat(to.scheme, to.authority, RemoveDotSegments(to.path), to.query);
  }
  const Parts from = Split(base);
  if (!to.authority.empty()) {
    return absl::StrCat(from.scheme, to.authority, RemoveDotSegments(to.path), to.query);
  }
  if (to.path.empty()) return absl::StrCat(from.scheme, from.authority, from.path, to.query);
  const std::string path = to.path[0] == '/' ? RemoveDotSegments(to.path)
                                             : RemoveDotSegments(MergePaths(from, to.path));
  return absl::StrCat(from.scheme, from.authority, path, to.query);
}

std::string PercentDecode(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && absl::ascii_isxdigit(text[i + 1]) &&
        absl::ascii_isxdigit(text[i + 2])) {
      const auto digit = [](char c) {
        return absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10;
      };
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace warmpath
