#include "base/yaml_to_proto.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/suggest.h"
#include "base/yaml_scalar.h"

namespace warmpath {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

// Numbers in Struct are doubles; from here on two whole numbers may become the same one.
constexpr double kFirstInexactInteger = 9007199254740992;  // 2^53

bool IsSizeField(const FieldDescriptor& field) {
  return field.name() == "bytes" || absl::EndsWith(field.name(), "_bytes");
}

bool IsRatioField(const FieldDescriptor& field) {
  const std::string& name = field.name();
  return absl::EndsWith(name, "_ratio") || absl::EndsWith(name, "_share") || name == "ratio" ||
         name == "share" || name == "theta" || name == "rate";
}

bool IsWrapper(const Descriptor& type) {
  for (const char* name : {"Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool",
                           "String"}) {
    if (type.full_name() == absl::StrCat("google.protobuf.", name, "Value")) return true;
  }
  return false;
}

// Paths for people: workflows["support"].paths[1] as workflows.support.paths[1].
std::string Readable(const std::string& path) {
  if (path.empty()) return "the top level";
  return absl::StrReplaceAll(path, {{"[\"", "."}, {"\"]", ""}});
}

class Mapper {
 public:
  Mapper(const std::string& file, std::vector<ConfigProblem>* problems, SourceMap* sources)
      : file_(file), problems_(problems), sources_(sources) {}

  // Fills `message` from a map.
  void FillMap(const YamlNode& node, const std::string& path, Message* message) {
    if (node.kind == YamlNode::Kind::kRefused) return;
    if (node.kind != YamlNode::Kind::kMap) {
      const char* remedy = node.kind == YamlNode::Kind::kNull
                               ? "; write its keys below it, or {} for none"
                               : "";
      Report(node, path, absl::StrCat("expected a map of keys, found ", DescribeYaml(node), remedy));
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
      Record(field_path, entry.key);
      FillField(entry.value, field_path, *field, message);
    }
    CheckRequired(node, path, *message);
  }

 private:
  void Report(const YamlNode& at, const std::string& path, const std::string& message) {
    ReportRaw(at, absl::StrCat(Readable(path), ": ", message));
  }
  void ReportRaw(const YamlNode& at, std::string message) {
    problems_->push_back({file_, at.line, at.column, std::move(message)});
  }
  void Record(const std::string& path, const YamlNode& at) {
    if (sources_ != nullptr) sources_->Add(path, {at.line, at.column});
  }

  void ReportUnknownKey(const YamlNode& key, const std::string& path, const Descriptor& type) {
    std::vector<std::string> names;
    for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
    const std::string close = ClosestMatch(key.text, names);
    std::sort(names.begin(), names.end());
    ReportRaw(key, absl::StrCat("unknown key ", DescribeKey(key), " at ", Readable(path), "; ",
                                close.empty() ? "" : absl::StrCat("did you mean '", close, "'? "),
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
    ReportRaw(key, absl::StrCat("only one of '", first->second->text, "' (line ",
                                first->second->line, ") and '", key.text, "' may stand at ",
                                Readable(path), "; remove the other"));
    return false;
  }

  void CheckRequired(const YamlNode& node, const std::string& path, const Message& message) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (!field.is_required() || HasKey(node, field.name())) continue;
      ReportRaw(node, absl::StrCat("missing key '", field.name(), "' at ", Readable(path),
                                   "; add it"));
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
      const char* remedy = node.kind == YamlNode::Kind::kNull
                               ? "; write [] for an empty list"
                               : "; write each element after '- '";
      Report(node, path, absl::StrCat("expected a list, found ", DescribeYaml(node), remedy));
      return;
    }
    for (size_t i = 0; i < node.items.size(); ++i) {
      const std::string item_path = PathAppendIndex(path, i);
      Record(item_path, node.items[i]);
      if (node.items[i].kind == YamlNode::Kind::kRefused) continue;
      FillOne(node.items[i], item_path, field, message);
    }
  }

  void FillMapField(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                    Message* message) {
    const FieldDescriptor& key_field = *field.message_type()->map_key();
    if (key_field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
      Report(node, path, "maps whose keys are not text can't be written in YAML; remove it");
      return;
    }
    if (node.kind != YamlNode::Kind::kMap) {
      const char* remedy = node.kind == YamlNode::Kind::kNull ? "; write {} for an empty one" : "";
      Report(node, path, absl::StrCat("expected a map, found ", DescribeYaml(node), remedy));
      return;
    }
    for (const YamlEntry& entry : node.entries) {
      const std::string entry_path = PathAppendKey(path, entry.key.text);
      Record(entry_path, entry.key);
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
      Report(node, path, "the key has no value; write one or remove the key");
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
      message->ParseFromString(AnyValue(node, path).SerializeAsString());
    } else if (name == "google.protobuf.Struct") {
      if (node.kind != YamlNode::Kind::kMap) return FillMap(node, path, message);
      message->ParseFromString(AnyValue(node, path).struct_value().SerializeAsString());
    } else if (name == "google.protobuf.ListValue") {
      if (node.kind != YamlNode::Kind::kSequence) {
        return Report(node, path, absl::StrCat("expected a list, found ", DescribeYaml(node)));
      }
      message->ParseFromString(AnyValue(node, path).list_value().SerializeAsString());
    } else if (IsWrapper(type)) {
      FillOne(node, path, *type.field(0), message);
    } else if (name == "google.protobuf.Any") {
      Report(node, path, "a field of type Any can't be written in YAML; remove it");
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
    Report(node, path, std::string(status.message()));
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
        return Put(FloatOf(node, IsRatioField(field)), &Reflection::SetFloat,
                   &Reflection::AddFloat, node, path, field, message);
      case FieldDescriptor::CPPTYPE_BOOL:
        return Put(YamlBool(node), &Reflection::SetBool, &Reflection::AddBool, node, path, field,
                   message);
      case FieldDescriptor::CPPTYPE_ENUM:
        return Put(YamlEnum(node, *field.enum_type()), &Reflection::SetEnum, &Reflection::AddEnum,
                   node, path, field, message);
      case FieldDescriptor::CPPTYPE_STRING:
        if (field.type() == FieldDescriptor::TYPE_BYTES) {
          return Report(node, path, "a field of type bytes can't be written in YAML; remove it");
        }
        return Put(YamlString(node), &Reflection::SetString, &Reflection::AddString, node, path,
                   field, message);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return;  // FillMessage
    }
  }

  static absl::StatusOr<float> FloatOf(const YamlNode& node, bool is_ratio) {
    const absl::StatusOr<double> number = YamlDouble(node, is_ratio);
    if (!number.ok()) return number.status();
    if (std::abs(*number) > std::numeric_limits<float>::max()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the number ", node.text, " is out of range"));
    }
    return static_cast<float>(*number);
  }

  // Any YAML as JSON.
  google::protobuf::Value AnyValue(const YamlNode& node, const std::string& path) {
    google::protobuf::Value value;
    switch (node.kind) {
      case YamlNode::Kind::kRefused:
      case YamlNode::Kind::kNull:
        value.set_null_value(google::protobuf::NULL_VALUE);
        break;
      case YamlNode::Kind::kScalar:
        SetPlainValue(node, path, &value);
        break;
      case YamlNode::Kind::kSequence:
        value.mutable_list_value();
        for (size_t i = 0; i < node.items.size(); ++i) {
          const std::string item_path = PathAppendIndex(path, i);
          Record(item_path, node.items[i]);
          *value.mutable_list_value()->add_values() = AnyValue(node.items[i], item_path);
        }
        break;
      case YamlNode::Kind::kMap:
        auto& fields = *value.mutable_struct_value()->mutable_fields();
        for (const YamlEntry& entry : node.entries) {
          const std::string entry_path = PathAppendKey(path, entry.key.text);
          Record(entry_path, entry.key);
          fields[entry.key.text] = AnyValue(entry.value, entry_path);
        }
        break;
    }
    return value;
  }

  void SetPlainValue(const YamlNode& node, const std::string& path,
                     google::protobuf::Value* value) {
    const PlainType type = node.quoted ? PlainType::kText : PlainTypeOf(node.text);
    switch (type) {
      case PlainType::kNull: value->set_null_value(google::protobuf::NULL_VALUE); return;
      case PlainType::kBool: value->set_bool_value(node.text[0] == 't' || node.text[0] == 'T');
        return;
      case PlainType::kText: value->set_string_value(node.text); return;
      case PlainType::kNumber: break;
    }
    double number = 0;
    const std::string digits = node.text.substr(node.text.find_first_not_of("+-"));
    const bool leading_zero = digits.size() > 1 && digits[0] == '0' && digits[1] != '.' &&
                              digits[1] != 'e' && digits[1] != 'E';
    if (leading_zero || !absl::SimpleAtod(node.text, &number) || !std::isfinite(number)) {
      return Report(node, path, absl::StrCat("'", node.text, "' is no number in JSON; write it ",
                                             "as a decimal number, or in quotes as text"));
    }
    if (digits.find_first_of(".eE") == std::string::npos && std::abs(number) >= kFirstInexactInteger) {
      return Report(node, path, absl::StrCat("the number ", node.text, " can't be kept exactly; ",
                                             "write it in quotes as text"));
    }
    value->set_number_value(number);
  }

  const std::string& file_;
  std::vector<ConfigProblem>* const problems_;
  SourceMap* const sources_;
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
  problems->push_back({file, last_line, 1, absl::StrCat("and ", more, " more problems after this")});
}

}  // namespace

std::vector<ConfigProblem> YamlToProto(std::string_view yaml_text, const std::string& file_name,
                                       Message* message, SourceMap* sources,
                                       const YamlLimits& limits) {
  message->Clear();
  if (sources != nullptr) *sources = SourceMap(file_name);
  std::vector<ConfigProblem> problems;
  const YamlNode root = ParseYaml(yaml_text, file_name, limits, &problems);
  Mapper(file_name, &problems, sources).FillMap(root, "", message);
  SortAndLimit(file_name, limits.max_problems, &problems);
  return problems;
}

}  // namespace warmpath
