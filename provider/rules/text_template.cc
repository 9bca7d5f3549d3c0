#include "provider/rules/text_template.h"

#include <cmath>

#include "base/json.h"
#include "boost/json.hpp"

namespace warmpath {
namespace {

constexpr std::string_view kJsonFilter = "|json";

boost::json::value ToBoost(const google::protobuf::Value& value) {
  switch (value.kind_case()) {
    case google::protobuf::Value::kBoolValue:
      return value.bool_value();
    case google::protobuf::Value::kNumberValue: {
      // Struct knows only doubles; whole numbers are written as such.
      const double number = value.number_value();
      if (std::nearbyint(number) == number && std::abs(number) < 9e15) {
        return static_cast<int64_t>(number);
      }
      return number;
    }
    case google::protobuf::Value::kStringValue:
      return boost::json::string(value.string_value());
    case google::protobuf::Value::kListValue: {
      boost::json::array list;
      for (const auto& element : value.list_value().values()) list.push_back(ToBoost(element));
      return list;
    }
    case google::protobuf::Value::kStructValue: {
      // A protobuf map has no order of its own: sorted, so that equal answers are equal texts.
      const auto& fields = value.struct_value().fields();
      std::map<std::string, const google::protobuf::Value*> sorted;
      for (const auto& [name, field] : fields) sorted[name] = &field;
      boost::json::object object;
      for (const auto& [name, field] : sorted) object[name] = ToBoost(*field);
      return object;
    }
    default:
      return nullptr;
  }
}

}  // namespace

std::string FillTemplate(std::string_view text, const RuleFields& fields) {
  std::string filled;
  for (;;) {
    const size_t start = text.find("${");
    const size_t end = start == std::string_view::npos ? start : text.find('}', start);
    if (end == std::string_view::npos) break;
    filled.append(text.substr(0, start));
    std::string_view name = text.substr(start + 2, end - start - 2);
    const bool as_json = name.ends_with(kJsonFilter);
    if (as_json) name.remove_suffix(kJsonFilter.size());
    if (auto it = fields.find(name); it != fields.end()) {
      filled += as_json ? boost::json::serialize(boost::json::string(it->second)) : it->second;
    }
    text.remove_prefix(end + 1);
  }
  return filled.append(text);
}

google::protobuf::Value FillTemplates(const google::protobuf::Value& value,
                                      const RuleFields& fields) {
  google::protobuf::Value filled = value;
  if (value.has_string_value()) {
    filled.set_string_value(FillTemplate(value.string_value(), fields));
  } else if (value.has_list_value()) {
    for (auto& element : *filled.mutable_list_value()->mutable_values()) {
      element = FillTemplates(element, fields);
    }
  } else if (value.has_struct_value()) {
    for (auto& [name, field] : *filled.mutable_struct_value()->mutable_fields()) {
      field = FillTemplates(field, fields);
    }
  }
  return filled;
}

std::string ValueToJson(const google::protobuf::Value& value) { return ToJson(ToBoost(value)); }

}  // namespace warmpath
