// A strict subset of YAML as a tree that remembers where everything stood.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_problem.h"

namespace warmpath {

struct YamlEntry;

// One value. Columns and lines count from 1.
struct YamlNode {
  enum class Kind {
    kNull,      // nothing, ~ or null
    kScalar,    // `text`; `quoted` tells "1" from 1
    kSequence,  // `items`
    kMap,       // `entries`, in file order, no key twice
    kRefused,   // something whose problem is already reported: skip it in silence
  };
  Kind kind = Kind::kNull;
  std::string text;
  bool quoted = false;
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;
  int line = 1;
  int column = 1;
};

struct YamlEntry {
  YamlNode key;  // always a scalar
  YamlNode value;
};

struct YamlLimits {
  size_t max_bytes = 4 << 20;
  size_t max_depth = 64;
  size_t max_nodes = 500'000;
  size_t max_problems = 100;  // further ones are only counted
};

// Parses one YAML document. Refused, because nobody reading a config should have to resolve them:
// aliases and anchors, tags, merge keys, several documents, repeated keys, keys that are not text,
// control characters, invalid UTF-8, and anything beyond `limits`.
//
// Appends what is wrong to `problems`. With a syntax error the tree ends there and the result is
// kRefused; after the other problems the rest of the tree is still good for finding more.
YamlNode ParseYaml(std::string_view text, const std::string& file, const YamlLimits& limits,
                   std::vector<ConfigProblem>* problems);

}  // namespace warmpath
