// The dashboard's files, carried by the program.
#pragma once

#include <span>
#include <string_view>

namespace warmpath {

struct WebFile {
  // "/app.js"
  std::string_view path;
  // "text/javascript; charset=utf-8"
  std::string_view content_type;
  // Changes with the content.
  std::string_view hash;
  std::string_view content;
};

// Every file. Thread safety: may be called concurrently; the views live as long as the program.
std::span<const WebFile> WebFiles();

}  // namespace warmpath
