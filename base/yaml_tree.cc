#include "base/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"

namespace warmpath {
namespace {

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, const YamlLimits& limits,
              std::vector<ConfigProblem>* problems)
      : file_(file), limits_(limits), problems_(problems) {}

  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    Place(NewNode(mark, YamlNode::Kind::kNull));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Report(mark, "aliases (*name) are not supported; write the value out");
    Place(NewNode(mark, YamlNode::Kind::kRefused));
  }

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    Report(mark, absl::StrCat("anchors (&", name, ") are not supported; remove it"));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    CheckTag(mark, tag);
    YamlNode node = NewNode(mark, YamlNode::Kind::kScalar);
    node.text = value;
    node.quoted = tag != "?";
    Place(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    CheckTag(mark, tag);
    Open(mark, YamlNode::Kind::kSequence);
  }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    CheckTag(mark, tag);
    Open(mark, YamlNode::Kind::kMap);
  }

  void OnSequenceEnd() override { Close(); }

  void OnMapEnd() override {
    PairUp(&open_.back());
    Close();
  }

 private:
  void Report(const YAML::Mark& mark, std::string message) {
    problems_->push_back({file_, mark.line + 1, mark.column + 1, std::move(message)});
  }

  void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    // The parser itself gives plain scalars "?" and quoted ones "!".
    if (tag.empty() || tag == "?" || tag == "!") return;
    Report(mark, absl::StrCat("tags (", tag, ") are not supported; remove it"));
  }

  YamlNode NewNode(const YAML::Mark& mark, YamlNode::Kind kind) {
    // Thrown through the parser, which has no other way to be stopped, and caught below.
    if (++nodes_ > limits_.max_nodes) {
      throw YAML::ParserException(
          mark, absl::StrCat("the file has more than ", limits_.max_nodes, " values"));
    }
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void Open(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (open_.size() >= limits_.max_depth) {
      throw YAML::ParserException(
          mark, absl::StrCat("nested deeper than ", limits_.max_depth, " levels"));
    }
    open_.push_back(NewNode(mark, kind));
  }

  void Close() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    Place(std::move(node));
  }

  void Place(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().items.push_back(std::move(node));
    }
  }

  // A map's keys and values come as one list; makes entries of them.
  void PairUp(YamlNode* map) {
    absl::flat_hash_map<std::string, int> first_lines;
    for (size_t i = 0; i + 1 < map->items.size(); i += 2) {
      YamlNode& key = map->items[i];
      if (key.kind == YamlNode::Kind::kRefused) continue;
      const YAML::Mark mark = MarkOf(key);
      if (key.kind != YamlNode::Kind::kScalar) {
        Report(mark, "a key must be text");
      } else if (key.text == "<<" && !key.quoted) {
        Report(mark, "merge keys (<<) are not supported; write the values out");
      } else if (const auto [first, fresh] = first_lines.emplace(key.text, key.line); !fresh) {
        Report(mark, absl::StrCat("duplicate key '", key.text, "'; it already stands on line ",
                                  first->second, ", remove one of them"));
      } else {
        map->entries.push_back({std::move(key), std::move(map->items[i + 1])});
      }
    }
    map->items.clear();
  }

  static YAML::Mark MarkOf(const YamlNode& node) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    mark.column = node.column - 1;
    return mark;
  }

  const std::string& file_;
  const YamlLimits& limits_;
  std::vector<ConfigProblem>* const problems_;
  std::vector<YamlNode> open_;
  YamlNode root_;
  size_t nodes_ = 0;
};

// Notices whether there is another document.
class DocumentFinder final : public YAML::EventHandler {
 public:
  bool found() const { return found_; }
  const YAML::Mark& mark() const { return mark_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    found_ = true;
    mark_ = mark;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  bool found_ = false;
  YAML::Mark mark_;
};

// Finds what yaml-cpp would take in silence: to it byte 4 even means the end of the file.
bool CheckBytes(std::string_view text, const std::string& file, const YamlLimits& limits,
                std::vector<ConfigProblem>* problems) {
  if (text.size() > limits.max_bytes) {
    problems->push_back({file, 1, 1,
                         absl::StrCat("the file has ", text.size(), " bytes; at most ",
                                      limits.max_bytes, " are allowed")});
    return false;
  }
  const auto is_bad = [](unsigned char c) {
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
  };
  const size_t control = std::find_if(text.begin(), text.end(), is_bad) - text.begin();
  const size_t bad = std::min(control, ValidUtf8Prefix(text));
  if (bad == text.size()) return true;
  const std::string_view before = text.substr(0, bad);
  const int line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  const int column = static_cast<int>(bad - (before.rfind('\n') + 1)) + 1;
  problems->push_back(
      {file, line, column,
       bad == control ? "a control character; remove it" : "not UTF-8; save the file as UTF-8"});
  return false;
}

}  // namespace

YamlNode ParseYaml(std::string_view text, const std::string& file, const YamlLimits& limits,
                   std::vector<ConfigProblem>* problems) {
  YamlNode refused;
  refused.kind = YamlNode::Kind::kRefused;
  if (!CheckBytes(text, file, limits, problems)) return refused;
  TreeBuilder builder(file, limits, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      problems->push_back({file, 1, 1, "the file is empty"});
      return refused;
    }
    DocumentFinder second;
    parser.HandleNextDocument(second);
    if (second.found()) {
      problems->push_back({file, second.mark().line + 1, second.mark().column + 1,
                           "a second document begins here; only one is allowed, remove '---'"});
    }
    return builder.TakeRoot();
  } catch (const YAML::Exception& error) {
    problems->push_back({file, std::max(error.mark.line, 0) + 1, std::max(error.mark.column, 0) + 1,
                         absl::StrCat("cannot read the YAML: ", error.msg)});
  } catch (const std::exception& error) {
    problems->push_back({file, 1, 1, absl::StrCat("cannot read the YAML: ", error.what())});
  }
  return refused;
}

}  // namespace warmpath
