// Writes files into a C++ source, so that the program carries them: see web/web_files.h.
//
//   embed OUT.cc FILE...
//
// A file's path is "/" and its name without folders; its type comes from its ending.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

namespace {

std::string NameOf(const std::string& file) { return file.substr(file.rfind('/') + 1); }

std::string TypeOf(const std::string& name) {
  const std::string ending = name.substr(name.rfind('.') + 1);
  if (ending == "html") return "text/html; charset=utf-8";
  if (ending == "css") return "text/css; charset=utf-8";
  if (ending == "js") return "text/javascript; charset=utf-8";
  if (ending == "svg") return "image/svg+xml";
  return "";
}

// FNV-1a: tells versions of a file apart, nothing more.
uint64_t HashOf(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

// One literal a line of the file; octal escapes always have three digits, so none runs on.
void WriteLiteral(const std::string& text, std::ostream& out) {
  out << "\"";
  for (const unsigned char c : text) {
    if (c == '\n') {
      out << "\\n\"\n    \"";
    } else if (c == '"' || c == '\\' || c < 0x20 || c > 0x7e || c == '?') {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\%03o", c);
      out << escape;
    } else {
      out << c;
    }
  }
  out << "\"";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: embed OUT.cc FILE...\n";
    return 2;
  }
  std::ofstream out(argv[1]);
  out << "#include \"web/web_files.h\"\n\nnamespace warmpath {\n\n"
      << "std::span<const WebFile> WebFiles() {\n  static constexpr WebFile kFiles[] = {\n";
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    const std::string name = NameOf(argv[i]);
    if (!file || TypeOf(name).empty()) {
      std::cerr << "embed: cannot read '" << argv[i] << "', or its ending is unknown\n";
      return 1;
    }
    char hash[20];
    std::snprintf(hash, sizeof(hash), "%016llx",
                  static_cast<unsigned long long>(HashOf(text.str())));
    out << "      {\"/" << name << "\", \"" << TypeOf(name) << "\", \"" << hash << "\",\n    ";
    WriteLiteral(text.str(), out);
    out << "},\n";
  }
  out << "  };\n  return kFiles;\n}\n\n}  // namespace warmpath\n";
  out.close();
  return out ? 0 : 1;
}
