#include "base/yaml_value.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/yaml_scalar.h"

namespace warmpath {
namespace {

// Numbers in Struct are doubles; from here on two whole numbers may become the same one.
constexpr double kFirstInexactInteger = 9007199254740992;  // 2^53

void SetPlain(const YamlNode& node, const std::string& path, YamlReport* report,
              google::protobuf::Value* value) {
  const PlainType type = node.quoted ? PlainType::kText : PlainTypeOf(node.text);
  switch (type) {
    case PlainType::kNull: value->set_null_value(google::protobuf::NULL_VALUE); return;
    case PlainType::kBool:
      value->set_bool_value(node.text[0] == 't' || node.text[0] == 'T');
      return;
    case PlainType::kText: value->set_string_value(node.text); return;
    case PlainType::kNumber: break;
  }
  double number = 0;
  const std::string digits = node.text.substr(node.text.find_first_not_of("+-"));
  const bool leading_zero = digits.size() > 1 && digits[0] == '0' && digits[1] != '.' &&
                            digits[1] != 'e' && digits[1] != 'E';
  if (leading_zero || !absl::SimpleAtod(node.text, &number) || !std::isfinite(number)) {
    return report->ProblemWith(node, path,
                               absl::StrCat("'", node.text, "' is no number in JSON; write it ",
                                            "as a decimal number, or in quotes as text"));
  }
  if (digits.find_first_of(".eE") == std::string::npos &&
      std::abs(number) >= kFirstInexactInteger) {
    return report->ProblemWith(node, path,
                               absl::StrCat("the number ", node.text, " can't be kept exactly; ",
                                            "write it in quotes as text"));
  }
  value->set_number_value(number);
}

}  // namespace

google::protobuf::Value YamlToValue(const YamlNode& node, const std::string& path,
                                    YamlReport* report) {
  google::protobuf::Value value;
  switch (node.kind) {
    case YamlNode::Kind::kRefused:
    case YamlNode::Kind::kNull: value.set_null_value(google::protobuf::NULL_VALUE); break;
    case YamlNode::Kind::kScalar: SetPlain(node, path, report, &value); break;
    case YamlNode::Kind::kSequence:
      value.mutable_list_value();
      for (size_t i = 0; i < node.items.size(); ++i) {
        const std::string item_path = PathAppendIndex(path, i);
        report->Place(item_path, node.items[i]);
        *value.mutable_list_value()->add_values() = YamlToValue(node.items[i], item_path, report);
      }
      break;
    case YamlNode::Kind::kMap:
      auto& fields = *value.mutable_struct_value()->mutable_fields();
      for (const YamlEntry& entry : node.entries) {
        const std::string entry_path = PathAppendKey(path, entry.key.text);
        report->Place(entry_path, entry.key);
        fields[entry.key.text] = YamlToValue(entry.value, entry_path, report);
      }
      break;
  }
  return value;
}

}  // namespace warmpath
