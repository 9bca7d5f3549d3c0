#include "base/yaml_to_proto.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/suggest.h"
#include "base/yaml_report.h"
#include "base/yaml_scalar.h"
#include "base/yaml_value.h"

namespace warmpath {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

bool IsSizeField(const FieldDescriptor& field) {
  return field.name() == "bytes" || absl::EndsWith(field.name(), "_bytes");
}

bool IsRatioField(const FieldDescriptor& field) {
  const std::string& name = field.name();
  return absl::EndsWith(name, "_ratio") || absl::EndsWith(name, "_share") || name == "ratio" ||
         name == "share" || name == "theta" || name == "rate";
}

bool IsWrapper(const Descriptor& type) {
  for (const char* name :
       {"Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String"}) {
    if (type.full_name() == absl::StrCat("google.protobuf.", name, "Value")) return true;
  }
  return false;
}

class Mapper {
 public:
  explicit Mapper(YamlReport* report) : report_(*report) {}

  // Fills `message` from a map.
  void FillMap(const YamlNode& node, const std::string& path, Message* message) {
    if (node.kind == YamlNode::Kind::kRefused) return;
    if (node.kind != YamlNode::Kind::kMap) {
      const char* remedy =
          node.kind == YamlNode::Kind::kNull ? "; write its keys below it, or {} for none" : "";
      report_.ProblemWith(
          node, path, absl::StrCat("expected a map of keys, found ", DescribeYaml(node), remedy));
      return;
    }
    absl::flat_hash_map<const OneofDescriptor*, const YamlNode*> chosen;
    for (const YamlEntry& entry : node.entries) {
      const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(entry.key.text);
      if (field == nullptr) {
        ReportUnknownKey(entry.key, path, *message->GetDescriptor());
        continue;
      }
      if (!CheckOneof(*field, entry.key, path, &chosen)) continue;
      const std::string field_path = PathAppendField(path, field->name());
      report_.Place(field_path, entry.key);
      FillField(entry.value, field_path, *field, message);
    }
    CheckRequired(node, path, *message);
  }

 private:
  void ReportUnknownKey(const YamlNode& key, const std::string& path, const Descriptor& type) {
    std::vector<std::string> names;
    for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
    const std::string close = ClosestMatch(key.text, names);
    std::sort(names.begin(), names.end());
    report_.Problem(
        key, absl::StrCat("unknown key ", DescribeKey(key), " at ", YamlReport::Readable(path),
                          "; ", close.empty() ? "" : absl::StrCat("did you mean '", close, "'? "),
                          names.empty() ? "no keys are valid here"
                                        : "valid keys: " + absl::StrJoin(names, ", ")));
  }

  static std::string DescribeKey(const YamlNode& key) {
    YamlNode plain = key;
    plain.quoted = false;
    return DescribeYaml(plain);
  }

  bool CheckOneof(const FieldDescriptor& field, const YamlNode& key, const std::string& path,
                  absl::flat_hash_map<const OneofDescriptor*, const YamlNode*>* chosen) {
    const OneofDescriptor* oneof = field.real_containing_oneof();
    if (oneof == nullptr) return true;
    const auto [first, fresh] = chosen->emplace(oneof, &key);
    if (fresh) return true;
    report_.Problem(key, absl::StrCat("only one of '", first->second->text, "' (line ",
                                      first->second->line, ") and '", key.text, "' may stand at ",
                                      YamlReport::Readable(path), "; remove the other"));
    return false;
  }

  void CheckRequired(const YamlNode& node, const std::string& path, const Message& message) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (!field.is_required() || HasKey(node, field.name())) continue;
      report_.Problem(node, absl::StrCat("missing key '", field.name(), "' at ",
                                         YamlReport::Readable(path), "; add it"));
    }
  }

  static bool HasKey(const YamlNode& map, const std::string& key) {
    return std::any_of(map.entries.begin(), map.entries.end(),
                       [&](const YamlEntry& entry) { return entry.key.text == key; });
  }

  void FillField(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                 Message* message) {
    if (node.kind == YamlNode::Kind::kRefused) return;
    if (field.is_map()) {
      FillMapField(node, path, field, message);
    } else if (field.is_repeated()) {
      FillRepeated(node, path, field, message);
    } else {
      FillOne(node, path, field, message);
    }
  }

  void FillRepeated(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                    Message* message) {
    if (node.kind != YamlNode::Kind::kSequence) {
      const char* remedy = node.kind == YamlNode::Kind::kNull ? "; write [] for an empty list"
                                                              : "; write each element after '- '";
      report_.ProblemWith(node, path,
                          absl::StrCat("expected a list, found ", DescribeYaml(node), remedy));
      return;
    }
    for (size_t i = 0; i < node.items.size(); ++i) {
      const std::string item_path = PathAppendIndex(path, i);
      report_.Place(item_path, node.items[i]);
      if (node.items[i].kind == YamlNode::Kind::kRefused) continue;
      FillOne(node.items[i], item_path, field, message);
    }
  }

  void FillMapField(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                    Message* message) {
    const FieldDescriptor& key_field = *field.message_type()->map_key();
    if (key_field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
      report_.ProblemWith(node, path,
                          "maps whose keys are not text can't be written in YAML; remove it");
      return;
    }
    if (node.kind != YamlNode::Kind::kMap) {
      const char* remedy = node.kind == YamlNode::Kind::kNull ? "; write {} for an empty one" : "";
      report_.ProblemWith(node, path,
                          absl::StrCat("expected a map, found ", DescribeYaml(node), remedy));
      return;
    }
    for (const YamlEntry& entry : node.entries) {
      const std::string entry_path = PathAppendKey(path, entry.key.text);
      report_.Place(entry_path, entry.key);
      if (entry.value.kind == YamlNode::Kind::kRefused) continue;
      Message* added = message->GetReflection()->AddMessage(message, &field);
      added->GetReflection()->SetString(added, &key_field, entry.key.text);
      FillOne(entry.value, entry_path, *field.message_type()->map_value(), added);
    }
  }

  // Sets a singular field, or adds one element to a repeated one.
  void FillOne(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
               Message* message) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const Reflection& reflection = *message->GetReflection();
      Message* child = field.is_repeated() ? reflection.AddMessage(message, &field)
                                           : reflection.MutableMessage(message, &field);
      FillMessage(node, path, child);
    } else if (node.kind == YamlNode::Kind::kNull) {
      report_.ProblemWith(node, path, "the key has no value; write one or remove the key");
    } else {
      FillScalar(node, path, field, message);
    }
  }

  void FillMessage(const YamlNode& node, const std::string& path, Message* message) {
    const Descriptor& type = *message->GetDescriptor();
    const std::string& name = type.full_name();
    if (name == "google.protobuf.Duration") {
      const absl::StatusOr<absl::Duration> duration = YamlDuration(node);
      if (!duration.ok()) return ReportStatus(node, path, duration.status());
      SetSecondsAndNanos(absl::ToInt64Nanoseconds(*duration % absl::Seconds(1)),
                         absl::ToInt64Seconds(*duration), message);
    } else if (name == "google.protobuf.Timestamp") {
      const absl::StatusOr<absl::Time> time = YamlTimestamp(node);
      if (!time.ok()) return ReportStatus(node, path, time.status());
      const int64_t seconds = absl::ToUnixSeconds(*time);
      SetSecondsAndNanos(absl::ToInt64Nanoseconds(*time - absl::FromUnixSeconds(seconds)), seconds,
                         message);
    } else if (name == "google.protobuf.Value") {
      message->ParseFromString(YamlToValue(node, path, &report_).SerializeAsString());
    } else if (name == "google.protobuf.Struct") {
      if (node.kind != YamlNode::Kind::kMap) return FillMap(node, path, message);
      message->ParseFromString(
          YamlToValue(node, path, &report_).struct_value().SerializeAsString());
    } else if (name == "google.protobuf.ListValue") {
      if (node.kind != YamlNode::Kind::kSequence) {
        return report_.ProblemWith(node, path,
                                   absl::StrCat("expected a list, found ", DescribeYaml(node)));
      }
      message->ParseFromString(YamlToValue(node, path, &report_).list_value().SerializeAsString());
    } else if (IsWrapper(type)) {
      FillOne(node, path, *type.field(0), message);
    } else if (name == "google.protobuf.Any") {
      report_.ProblemWith(node, path, "a field of type Any can't be written in YAML; remove it");
    } else {
      FillMap(node, path, message);
    }
  }

  void SetSecondsAndNanos(int64_t nanos, int64_t seconds, Message* message) {
    const Descriptor& type = *message->GetDescriptor();
    const Reflection& reflection = *message->GetReflection();
    reflection.SetInt64(message, type.FindFieldByName("seconds"), seconds);
    reflection.SetInt32(message, type.FindFieldByName("nanos"), static_cast<int32_t>(nanos));
  }

  void ReportStatus(const YamlNode& node, const std::string& path, const absl::Status& status) {
    report_.ProblemWith(node, path, std::string(status.message()));
  }

  // Sets or adds what `parsed` holds by the given pair of Reflection's methods, or reports why not.
  template <typename T, typename Set, typename Add>
  void Put(const absl::StatusOr<T>& parsed, Set set, Add add, const YamlNode& node,
           const std::string& path, const FieldDescriptor& field, Message* message) {
    if (!parsed.ok()) return ReportStatus(node, path, parsed.status());
    const Reflection& reflection = *message->GetReflection();
    if (field.is_repeated()) {
      (reflection.*add)(message, &field, *parsed);
    } else {
      (reflection.*set)(message, &field, *parsed);
    }
  }

  template <typename T>
  static IntegerRange RangeOf() {
    return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
  }

  void FillScalar(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                  Message* message) {
    const bool is_size = IsSizeField(field);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return Put(YamlSigned(node, RangeOf<int32_t>(), is_size), &Reflection::SetInt32,
                   &Reflection::AddInt32, node, path, field, message);
      case FieldDescriptor::CPPTYPE_INT64:
        return Put(YamlSigned(node, RangeOf<int64_t>(), is_size), &Reflection::SetInt64,
                   &Reflection::AddInt64, node, path, field, message);
      case FieldDescriptor::CPPTYPE_UINT32:
        return Put(YamlUnsigned(node, RangeOf<uint32_t>(), is_size), &Reflection::SetUInt32,
                   &Reflection::AddUInt32, node, path, field, message);
      case FieldDescriptor::CPPTYPE_UINT64:
        return Put(YamlUnsigned(node, RangeOf<uint64_t>(), is_size), &Reflection::SetUInt64,
                   &Reflection::AddUInt64, node, path, field, message);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return Put(YamlDouble(node, IsRatioField(field)), &Reflection::SetDouble,
                   &Reflection::AddDouble, node, path, field, message);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return Put(FloatOf(node, IsRatioField(field)), &Reflection::SetFloat, &Reflection::AddFloat,
                   node, path, field, message);
      case FieldDescriptor::CPPTYPE_BOOL:
        return Put(YamlBool(node), &Reflection::SetBool, &Reflection::AddBool, node, path, field,
                   message);
      case FieldDescriptor::CPPTYPE_ENUM:
        return Put(YamlEnum(node, *field.enum_type()), &Reflection::SetEnum, &Reflection::AddEnum,
                   node, path, field, message);
      case FieldDescriptor::CPPTYPE_STRING:
        if (field.type() == FieldDescriptor::TYPE_BYTES) {
          return report_.ProblemWith(node, path,
                                     "a field of type bytes can't be written in YAML; remove it");
        }
        return Put(YamlString(node), &Reflection::SetString, &Reflection::AddString, node, path,
                   field, message);
      case FieldDescriptor::CPPTYPE_MESSAGE: return;  // FillMessage
    }
  }

  static absl::StatusOr<float> FloatOf(const YamlNode& node, bool is_ratio) {
    const absl::StatusOr<double> number = YamlDouble(node, is_ratio);
    if (!number.ok()) return number.status();
    if (std::abs(*number) > std::numeric_limits<float>::max()) {
      return absl::InvalidArgumentError(absl::StrCat("the number ", node.text, " is out of range"));
    }
    return static_cast<float>(*number);
  }

  YamlReport& report_;
};

void SortAndLimit(const std::string& file, size_t max_problems,
                  std::vector<ConfigProblem>* problems) {
  std::stable_sort(problems->begin(), problems->end(),
                   [](const ConfigProblem& a, const ConfigProblem& b) {
                     return std::tie(a.line, a.column) < std::tie(b.line, b.column);
                   });
  if (problems->size() <= max_problems) return;
  const size_t more = problems->size() - max_problems;
  problems->resize(max_problems);
  const int last_line = problems->empty() ? 1 : problems->back().line;
  problems->push_back(
      {file, last_line, 1, absl::StrCat("and ", more, " more problems after this")});
}

}  // namespace

std::vector<ConfigProblem> YamlToProto(std::string_view yaml_text, const std::string& file_name,
                                       Message* message, SourceMap* sources,
                                       const YamlLimits& limits) {
  message->Clear();
  if (sources != nullptr) *sources = SourceMap(file_name);
  std::vector<ConfigProblem> problems;
  const YamlNode root = ParseYaml(yaml_text, file_name, limits, &problems);
  YamlReport report(file_name, &problems, sources);
  Mapper(&report).FillMap(root, "", message);
  SortAndLimit(file_name, limits.max_problems, &problems);
  return problems;
}

}  // namespace warmpath
