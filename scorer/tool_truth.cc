#include "scorer/tool_truth.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "scorer/call_arguments.h"
#include "scorer/contract.h"
#include "scorer/findings.h"
#include "scorer/json_schema/json_equal.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr size_t kMaxPairs = 4096;

std::string_view View(const json::string& text) { return {text.data(), text.size()}; }

// Types as the benchmark tells them apart: an integer is not a float.
enum class Type { kNull, kBool, kInteger, kFloat, kString, kArray, kObject, kAny };

Type TypeOf(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return Type::kNull;
    case json::kind::bool_: return Type::kBool;
    case json::kind::string: return Type::kString;
    case json::kind::array: return Type::kArray;
    case json::kind::object: return Type::kObject;
    case json::kind::double_: return Type::kFloat;
    default: return Type::kInteger;
  }
}

Type DeclaredType(const json::object* schema) {
  if (schema == nullptr) return Type::kAny;
  const json::value* type = schema->if_contains("type");
  if (type == nullptr || !type->is_string()) return Type::kAny;
  const std::string_view name = View(type->get_string());
  if (name == "integer") return Type::kInteger;
  if (name == "number" || name == "float") return Type::kFloat;
  if (name == "boolean") return Type::kBool;
  if (name == "array" || name == "tuple") return Type::kArray;
  if (name == "object" || name == "dict") return Type::kObject;
  if (name == "string") return Type::kString;
  return Type::kAny;
}

bool IsLeftOutMark(const json::value& value) {
  return value.is_string() && value.get_string().empty();
}

std::optional<Type> AcceptedType(const json::array& accepted) {
  for (const json::value& value : accepted) {
    if (!IsLeftOutMark(value)) return TypeOf(value);
  }
  return std::nullopt;
}

std::string Standard(std::string_view text) {
  std::string standard;
  for (const char c : text) {
    if (std::string_view(" ,./-_*^").find(c) != std::string_view::npos) continue;
    standard += c == '\'' ? '"' : absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return standard;
}

// Equal, with strings in standard form; numbers by value whatever their type.
bool StandardEqual(const json::value& a, const json::value& b) {
  if (a.is_string() && b.is_string()) return Standard(View(a.get_string())) == Standard(View(b.get_string()));
  return JsonEqual(a, b);
}

bool ListsEqual(const json::array& a, const json::array& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), StandardEqual);
}

// Whether one accepted form of a dictionary fits: {key: [accepted values]}.
bool DictionaryFits(const json::object& given, const json::object& accepted) {
  for (const json::key_value_pair& member : given) {
    const json::value* values = accepted.if_contains(member.key());
    if (values == nullptr || !values->is_array()) return false;
    const json::array& list = values->get_array();
    const bool found = std::any_of(list.begin(), list.end(), [&](const json::value& value) {
      return StandardEqual(member.value(), value);
    });
    if (!found) return false;
  }
  for (const json::key_value_pair& member : accepted) {
    if (given.if_contains(member.key()) != nullptr || !member.value().is_array()) continue;
    const json::array& list = member.value().get_array();
    if (std::none_of(list.begin(), list.end(), IsLeftOutMark)) return false;
  }
  return true;
}

bool DictionariesFit(const json::array& given, const json::value& accepted) {
  if (!accepted.is_array() || accepted.get_array().size() != given.size()) return false;
  for (size_t i = 0; i < given.size(); ++i) {
    const json::value& model = accepted.get_array()[i];
    if (!given[i].is_object() || !model.is_object() ||
        !DictionaryFits(given[i].get_object(), model.get_object())) {
      return false;
    }
  }
  return true;
}

enum class TypeVerdict { kWrong, kRight, kVariable };

// A value may also have the type of the accepted values where that is not the declared one: the benchmark
// writes variables as strings.
TypeVerdict CheckType(const json::value& value, const json::array& accepted, Type declared,
                      Type items, bool check_items) {
  const std::optional<Type> accepted_type = AcceptedType(accepted);
  const Type type = TypeOf(value);
  if (type == declared || declared == Type::kAny) {
    const bool variable = accepted_type && declared != Type::kAny && *accepted_type != declared;
    const TypeVerdict right = variable ? TypeVerdict::kVariable : TypeVerdict::kRight;
    if (declared != Type::kArray || !check_items || items == Type::kAny) return right;
    for (const json::value& option : accepted) {
      const auto fits = [&](const json::value& item) {
        return CheckType(item, option.get_array(), items, Type::kAny, false) != TypeVerdict::kWrong;
      };
      if (!option.is_array() ||
          std::all_of(value.get_array().begin(), value.get_array().end(), fits)) {
        return right;
      }
    }
    return TypeVerdict::kWrong;
  }
  return accepted_type && type == *accepted_type ? TypeVerdict::kVariable : TypeVerdict::kWrong;
}

const json::object* ItemsOf(const json::object* schema) {
  const json::value* items = schema == nullptr ? nullptr : schema->if_contains("items");
  return items != nullptr && items->is_object() ? &items->get_object() : nullptr;
}

bool AnyFits(const json::array& accepted, const json::value& given,
             bool (*fits)(const json::value&, const json::value&)) {
  return std::any_of(accepted.begin(), accepted.end(),
                     [&](const json::value& option) { return fits(given, option); });
}

bool ValueFits(json::value value, const json::object* schema, const json::array& accepted) {
  const Type declared = DeclaredType(schema);
  const Type items = DeclaredType(ItemsOf(schema));
  if (declared == Type::kFloat && TypeOf(value) == Type::kInteger) {
    value = value.to_number<double>();
  }
  switch (CheckType(value, accepted, declared, items, true)) {
    case TypeVerdict::kWrong: return false;
    case TypeVerdict::kVariable: return AnyFits(accepted, value, [](const auto& a, const auto& b) {
        return a.is_number() == b.is_number() && JsonEqual(a, b);
      });
    case TypeVerdict::kRight: break;
  }
  if (value.is_object()) {
    return AnyFits(accepted, value, [](const auto& a, const auto& b) {
      return b.is_object() && DictionaryFits(a.get_object(), b.get_object());
    });
  }
  if (value.is_array() && items == Type::kObject) {
    return AnyFits(accepted, value,
                   [](const auto& a, const auto& b) { return DictionariesFit(a.get_array(), b); });
  }
  if (value.is_array()) {
    return AnyFits(accepted, value, [](const auto& a, const auto& b) {
      return b.is_array() && ListsEqual(a.get_array(), b.get_array());
    });
  }
  return AnyFits(accepted, value, StandardEqual);
}

// The declared arguments of a tool.
class Declared {
 public:
  explicit Declared(const v1::Tool* tool) {
    if (tool == nullptr) return;
    auto parsed = ParseJson(tool->parameters_json());
    if (parsed.ok()) schema_ = *std::move(parsed);
  }
  const json::object* Property(std::string_view name) const {
    const json::object* properties = FindObject(schema_, "/properties");
    const json::value* property =
        properties == nullptr ? nullptr
                              : properties->if_contains(json::string_view(name.data(), name.size()));
    return property != nullptr && property->is_object() ? &property->get_object() : nullptr;
  }
  const json::array* Required() const { return FindArray(schema_, "/required"); }

 private:
  json::value schema_;
};

bool RequiresArguments(const v1::ModelRequest& request, std::string_view tool) {
  const Declared declared(FindOfferedTool(request, tool));
  return declared.Required() != nullptr && !declared.Required()->empty();
}

// Empty: the call is the right one. Else why not, and where.
struct Mismatch {
  v1::FindingKind kind = v1::FINDING_KIND_UNSPECIFIED;
  std::string pointer;
  std::string message;
};

std::optional<Mismatch> Compare(const ParsedCall& call, const TrueCall& truth,
                                const std::string& name, const Declared& declared) {
  if (!SameToolName(call.call->name(), name)) {
    return Mismatch{v1::FINDING_KIND_TOOL_DIFFERS, "", absl::StrCat("\"", name, "\" is right")};
  }
  if (const json::array* required = declared.Required()) {
    for (const json::value& name : *required) {
      if (!name.is_string() || call.arguments().if_contains(name.get_string()) != nullptr) continue;
      return Mismatch{v1::FINDING_KIND_ARGUMENT_MISSING,
                      PointerAppend("/arguments", View(name.get_string())), "it is required"};
    }
  }
  for (const json::key_value_pair& member : call.arguments()) {
    const std::string_view argument_name(member.key().data(), member.key().size());
    const auto accepted =
        std::find_if(truth.arguments.begin(), truth.arguments.end(),
                     [&](const auto& argument) { return argument.first == argument_name; });
    const std::string pointer = PointerAppend("/arguments", argument_name);
    if (accepted == truth.arguments.end()) {
      return Mismatch{v1::FINDING_KIND_ARGUMENT_EXTRA, pointer, "the truth has no such argument"};
    }
    if (!ValueFits(member.value(), declared.Property(argument_name), accepted->second)) {
      return Mismatch{v1::FINDING_KIND_ARGUMENT_DIFFERS, pointer, "no accepted value"};
    }
  }
  for (const auto& [argument, accepted] : truth.arguments) {
    if (call.arguments().if_contains(argument) != nullptr ||
        std::any_of(accepted.begin(), accepted.end(), IsLeftOutMark)) {
      continue;
    }
    return Mismatch{v1::FINDING_KIND_ARGUMENT_MISSING, PointerAppend("/arguments", argument),
                    "the truth has this argument"};
  }
  return std::nullopt;
}

// The name that the right call goes by. Where the truth's name is not offered (benchmarks have such rows) and
// the request offers a single tool, that one is meant.
std::string NameOf(const v1::ModelRequest& request, const TrueCall& truth) {
  if (FindOfferedTool(request, truth.name) == nullptr && request.tools_size() == 1) {
    return request.tools(0).name();
  }
  return truth.name;
}

// Says why no call is the right one: by the first unmatched call of that name, if there is one.
void ReportUnmatched(const std::vector<ParsedCall>& calls, const std::vector<bool>& taken,
                     const TrueCall& truth, const std::string& name, const Declared& declared,
                     FindingList& findings) {
  for (size_t i = 0; i < calls.size(); ++i) {
    if (taken[i] || !SameToolName(calls[i].call->name(), name)) continue;
    if (const auto mismatch = Compare(calls[i], truth, name, declared)) {
      findings.Violation(mismatch->kind, absl::StrCat("/tool_calls/", i, mismatch->pointer),
                         mismatch->message);
      return;
    }
  }
  findings.Violation(v1::FINDING_KIND_TOOL_NOT_CALLED, "/tool_calls",
                     absl::StrCat("\"", name, "\" is right and not called"));
}

}  // namespace

absl::StatusOr<ToolTruth> ParseToolTruth(const json::value& value) {
  const json::array* calls = FindArray(value, "/calls");
  if (calls == nullptr) return absl::InvalidArgumentError("truth.calls: not an array");
  ToolTruth truth;
  for (size_t i = 0; i < calls->size(); ++i) {
    const json::string* name = FindString((*calls)[i], "/name");
    if (name == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("truth.calls[", i, "].name: not a string"));
    }
    TrueCall& call = truth.calls.emplace_back();
    call.name = std::string(View(*name));
    const json::object* arguments = FindObject((*calls)[i], "/args");
    if (arguments == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("truth.calls[", i, "].args: not an object"));
    }
    for (const json::key_value_pair& member : *arguments) {
      if (!member.value().is_array()) {
        return absl::InvalidArgumentError(
            absl::StrCat("truth.calls[", i, "].args: each argument is a list of accepted values"));
      }
      call.arguments.emplace_back(std::string(member.key().data(), member.key().size()),
                                  member.value().get_array());
    }
  }
  const json::value* ordered = Find(value, "/ordered");
  truth.ordered = ordered != nullptr && ordered->is_bool() && ordered->get_bool();
  return truth;
}

DimensionResult ScoreToolTruth(const v1::ModelRequest& request, const ToolTruth& truth,
                               const v1::Observation& answer) {
  FindingList findings(v1::DIMENSION_TOOLS);
  std::vector<ParsedCall> calls = ParseCalls(answer);
  // The benchmark reads an output with a call that cannot be decoded as no call at all.
  const bool undecodable = std::any_of(calls.begin(), calls.end(), [](const ParsedCall& call) {
    return !call.problem.empty();
  });
  if (undecodable) calls.clear();
  // Nor does it count a call that cannot run, where no call is right.
  if (truth.calls.empty() && std::all_of(calls.begin(), calls.end(), [&](const ParsedCall& call) {
        return call.arguments().empty() && RequiresArguments(request, call.call->name());
      })) {
    calls.clear();
  }
  if (calls.size() * truth.calls.size() > kMaxPairs) {
    findings.Info(v1::FINDING_KIND_SCHEMA_UNCHECKABLE, "/tool_calls", "too many calls to compare");
    return findings.ScorerError();
  }
  if (calls.size() != truth.calls.size() || answer.tool_calls_size() > kMaxCalls) {
    const bool fewer = calls.size() < truth.calls.size();
    findings.Violation(fewer ? v1::FINDING_KIND_TOOL_NOT_CALLED : v1::FINDING_KIND_TOOL_EXTRA,
                       "/tool_calls",
                       absl::StrCat(calls.size(), undecodable ? " decodable" : "", " calls where ",
                                    truth.calls.size(), " are right"));
    return findings.Finish(0.0);
  }
  std::vector<bool> taken(calls.size());
  size_t matched = 0;
  for (size_t i = 0; i < truth.calls.size(); ++i) {
    const TrueCall& wanted = truth.calls[i];
    const std::string name = NameOf(request, wanted);
    const Declared declared(FindOfferedTool(request, name));
    bool found = false;
    for (size_t j = 0; j < calls.size() && !found; ++j) {
      if (taken[j] || (truth.ordered && j != i)) continue;
      if (!Compare(calls[j], wanted, name, declared)) taken[j] = found = true;
    }
    matched += found;
    if (!found) ReportUnmatched(calls, taken, wanted, name, declared, findings);
  }
  const double wanted = static_cast<double>(std::max<size_t>(truth.calls.size(), 1));
  return findings.Finish(static_cast<double>(matched) / wanted);
}

}  // namespace warmpath
