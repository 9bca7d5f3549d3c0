#include "scorer/json_shape.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/json.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr size_t kMaxElements = 64;
constexpr int kMaxDepth = 64;
// Objects with fewer keys are records; above, they may be maps.
constexpr size_t kMinMapKeys = 4;

enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

Kind KindOf(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return Kind::kNull;
    case json::kind::bool_: return Kind::kBool;
    case json::kind::string: return Kind::kString;
    case json::kind::array: return Kind::kArray;
    case json::kind::object: return Kind::kObject;
    default: return Kind::kNumber;
  }
}

absl::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kNull: return "null";
    case Kind::kBool: return "boolean";
    case Kind::kNumber: return "number";
    case Kind::kString: return "string";
    case Kind::kArray: return "array";
    case Kind::kObject: return "object";
  }
  return "unknown";
}

bool AllOfOneKind(const json::object& object) {
  return std::all_of(object.begin(), object.end(), [&](const json::key_value_pair& member) {
    return KindOf(member.value()) == KindOf(object.begin()->value());
  });
}

bool KeysAreData(const json::object& a, const json::object& b) {
  if (a.size() < kMinMapKeys || b.empty() || !AllOfOneKind(a) || !AllOfOneKind(b)) return false;
  const size_t shared = std::count_if(a.begin(), a.end(), [&](const json::key_value_pair& member) {
    return b.if_contains(member.key()) != nullptr;
  });
  return shared * 2 < a.size();
}

void Compare(const json::value& control, const json::value& candidate, const std::string& pointer,
             int depth, FindingList& findings);

void CompareObjects(const json::object& control, const json::object& candidate,
                    const std::string& pointer, int depth, FindingList& findings) {
  if (KeysAreData(control, candidate)) {
    const json::key_value_pair& first = *candidate.begin();
    Compare(control.begin()->value(), first.value(),
            PointerAppend(pointer, std::string_view(first.key().data(), first.key().size())),
            depth + 1, findings);
    return;
  }
  for (const json::key_value_pair& member : control) {
    const std::string_view key(member.key().data(), member.key().size());
    const json::value* other = candidate.if_contains(member.key());
    if (other != nullptr) {
      Compare(member.value(), *other, PointerAppend(pointer, key), depth + 1, findings);
    } else if (member.value().is_null()) {
      findings.Info(v1::FINDING_KIND_SHAPE_MISSING, PointerAppend(pointer, key),
                    "a member that is null in the control's JSON is missing");
    } else {
      findings.Violation(v1::FINDING_KIND_SHAPE_MISSING, PointerAppend(pointer, key),
                         "a member of the control's JSON is missing");
    }
  }
  for (const json::key_value_pair& member : candidate) {
    if (control.if_contains(member.key()) != nullptr) continue;
    const std::string_view key(member.key().data(), member.key().size());
    findings.Info(v1::FINDING_KIND_SHAPE_EXTRA, PointerAppend(pointer, key),
                  "the control's JSON has no such member");
  }
}

// The control's element that shares most members with all others stands for them: the one with the
// fewest members, as every element has at least the common ones.
const json::value* Model(const json::array& elements, Kind kind) {
  const json::value* model = nullptr;
  for (size_t i = 0; i < std::min(elements.size(), kMaxElements); ++i) {
    if (KindOf(elements[i]) != kind) continue;
    const bool fewer = model == nullptr || (kind == Kind::kObject && elements[i].get_object().size() <
                                                                          model->get_object().size());
    if (fewer) model = &elements[i];
  }
  return model;
}

void CompareArrays(const json::array& control, const json::array& candidate,
                   const std::string& pointer, int depth, FindingList& findings) {
  if (control.empty()) return;
  for (size_t i = 0; i < std::min(candidate.size(), kMaxElements); ++i) {
    const json::value* model = Model(control, KindOf(candidate[i]));
    if (model == nullptr) model = &control[0];
    Compare(*model, candidate[i], PointerAppend(pointer, i), depth + 1, findings);
  }
}

void Compare(const json::value& control, const json::value& candidate, const std::string& pointer,
             int depth, FindingList& findings) {
  if (depth > kMaxDepth) return;
  const Kind a = KindOf(control), b = KindOf(candidate);
  if (a != b) {
    const std::string message =
        absl::StrCat("is ", KindName(b), " where the control has ", KindName(a));
    const bool absent = a == Kind::kNull || b == Kind::kNull;
    findings.Add(v1::FINDING_KIND_SHAPE_TYPE,
                 absent ? v1::SEVERITY_INFO : v1::SEVERITY_VIOLATION, pointer, message);
  } else if (a == Kind::kObject) {
    CompareObjects(control.get_object(), candidate.get_object(), pointer, depth, findings);
  } else if (a == Kind::kArray) {
    CompareArrays(control.get_array(), candidate.get_array(), pointer, depth, findings);
  }
}

}  // namespace

void CompareShape(const json::value& control, const json::value& candidate,
                  FindingList& findings) {
  Compare(control, candidate, "", 0, findings);
}

}  // namespace warmpath
