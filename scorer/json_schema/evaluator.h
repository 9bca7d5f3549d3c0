// Checks an instance against a compiled schema.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "scorer/json_schema/schema_compiler.h"
#include "scorer/json_schema/schema_error.h"
#include "scorer/json_schema/schema_node.h"

namespace warmpath {

// Which members or items of one value some schema has evaluated, for unevaluated*.
class EvaluatedSet {
 public:
  void Add(size_t index);
  void AddAll() { all_ = true; }
  void AddAll(const EvaluatedSet& other);
  bool Has(size_t index) const;

 private:
  bool all_ = false;
  absl::InlinedVector<uint64_t, 2> bits_;
};

// One evaluation of one instance; on the stack, used once.
//
// Logic has three values: what rests on a pattern that can't be checked is kUnknown, and spreads by
// Kleene's rules (unknown and invalid is invalid; not unknown is unknown).
class Evaluator {
 public:
  // Collects errors into `errors` if it isn't null; else stops at the first violation.
  Evaluator(const SchemaGraph& graph, const ValidateLimits& limits,
            std::vector<SchemaError>* errors)
      : graph_(graph), limits_(limits), errors_(errors) {}

  SchemaVerdict Run(const boost::json::value& instance);

  // Why evaluation gave up; empty if it didn't.
  const std::string& stop_reason() const { return stop_reason_; }
  int64_t errors_left_out() const { return errors_left_out_; }

 private:
  // A place in the instance, as a list from the leaf up.
  struct Place {
    const Place* parent;
    absl::string_view key;  // data() == nullptr: an array's index
    size_t index;
  };

  SchemaVerdict Check(const SchemaNode& node, const boost::json::value& instance,
                      const Place* place, EvaluatedSet* evaluated);
  SchemaVerdict CheckRules(const SchemaNode& node, const boost::json::value& instance,
                           const Place* place, EvaluatedSet* evaluated);
  // Checks without reporting errors.
  SchemaVerdict Probe(const SchemaNode& node, const boost::json::value& instance,
                      const Place* place, EvaluatedSet* evaluated);

  SchemaVerdict CheckValue(const SchemaNode& node, const boost::json::value& instance,
                           const Place* place);
  SchemaVerdict CheckNumber(const SchemaNode& node, const boost::json::value& instance,
                            const Place* place);
  SchemaVerdict CheckString(const SchemaNode& node, absl::string_view text, const Place* place);

  SchemaVerdict CheckArray(const SchemaNode& node, const boost::json::array& array,
                           const Place* place, EvaluatedSet* evaluated);
  SchemaVerdict CheckContains(const SchemaNode& node, const boost::json::array& array,
                              const Place* place, EvaluatedSet* evaluated);
  SchemaVerdict CheckUnique(const SchemaNode& node, const boost::json::array& array,
                            const Place* place);
  SchemaVerdict CheckUnevaluatedItems(const SchemaNode& node, const boost::json::array& array,
                                      const Place* place, EvaluatedSet& evaluated);

  SchemaVerdict CheckObject(const SchemaNode& node, const boost::json::object& object,
                            const Place* place, EvaluatedSet* evaluated);
  SchemaVerdict CheckMember(const SchemaNode& node, const boost::json::object& object,
                            size_t index, const Place* place, EvaluatedSet* evaluated,
                            size_t& required_seen);
  SchemaVerdict CheckRequired(const SchemaNode& node, const boost::json::object& object,
                              const Place* place);
  SchemaVerdict CheckDependencies(const SchemaNode& node, const boost::json::value& instance,
                                  const Place* place, EvaluatedSet* evaluated);
  SchemaVerdict CheckUnevaluatedProperties(const SchemaNode& node,
                                           const boost::json::object& object, const Place* place,
                                           EvaluatedSet& evaluated);

  SchemaVerdict CheckInPlace(const SchemaNode& node, const boost::json::value& instance,
                             const Place* place, EvaluatedSet* evaluated);
  SchemaVerdict CheckAnyOf(const SchemaNode& node, const boost::json::value& instance,
                           const Place* place, EvaluatedSet* evaluated);
  SchemaVerdict CheckOneOf(const SchemaNode& node, const boost::json::value& instance,
                           const Place* place, EvaluatedSet* evaluated);
  SchemaVerdict CheckConditional(const SchemaNode& node, const boost::json::value& instance,
                                 const Place* place, EvaluatedSet* evaluated);
  const SchemaNode& DynamicTarget(const InPlaceRules& rules);
  // Explains a failed anyOf or oneOf by the errors of the branch that was meant most likely.
  void ReportBestBranch(const std::vector<const SchemaNode*>& branches,
                        const boost::json::value& instance, const Place* place);

  // Reports what makes `schema` uncheckable here.
  void ReportUnknown(const SchemaNode& schema, const boost::json::value& instance,
                     const Place* place);

  // A schema that forbids the child at `place` outright is reported by the keyword that holds it.
  SchemaVerdict CheckChild(const SchemaNode& node, const char* keyword, const SchemaNode& child,
                           const boost::json::value& instance, const Place* place);

  // True if evaluation should go on after `verdict`.
  bool GoOn(SchemaVerdict verdict) const {
    return !stopped_ && (verdict != SchemaVerdict::kInvalid || errors_ != nullptr);
  }
  static SchemaVerdict And(SchemaVerdict a, SchemaVerdict b) { return a < b ? a : b; }
  SchemaVerdict Stop(std::string reason);
  bool Spend(int64_t steps);

  // Reports one error, if errors are wanted, and returns kInvalid (or kUnknown for the second).
  template <typename... Parts>
  SchemaVerdict Fail(const SchemaNode& node, const Place* place, const char* keyword,
                     const Parts&... message);
  SchemaVerdict CannotCheck(const SchemaNode& node, const Place* place, const char* keyword,
                            absl::string_view what, absl::string_view problem);
  void Report(SchemaError::Kind kind, const SchemaNode& node, const Place* place,
              const char* keyword, std::string message, absl::string_view property = {});
  // The same for an error about the property `name` of the object at `place`.
  SchemaVerdict FailProperty(const SchemaNode& node, const Place* place, const char* keyword,
                             absl::string_view name, absl::string_view message);
  void Keep(SchemaError error);
  static std::string PointerTo(const Place* place);

  const SchemaGraph& graph_;
  const ValidateLimits& limits_;
  std::vector<SchemaError>* errors_;
  int64_t errors_left_out_ = 0;
  int64_t steps_ = 0;
  int depth_ = 0;
  bool stopped_ = false;
  std::string stop_reason_;
  absl::InlinedVector<const SchemaResource*, 8> dynamic_scope_;
};

template <typename... Parts>
SchemaVerdict Evaluator::Fail(const SchemaNode& node, const Place* place, const char* keyword,
                              const Parts&... message) {
  if (errors_ != nullptr) {
    Report(SchemaError::Kind::kViolation, node, place, keyword, absl::StrCat(message...));
  }
  return SchemaVerdict::kInvalid;
}

}  // namespace warmpath
