// The query of a URL.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace warmpath {

// QueryParams holds the decoded "name=value" pairs after a URL's "?"; also those of a posted form.
//
//   ASSIGN_OR_RETURN(auto params, QueryParams::Parse(exchange.query(), {"workflow", "path"}));
//   params.Get("workflow")
//
// Thread safety: immutable.
// Errors: INVALID_ARGUMENT for a name that is not among `known`, with the closest one, and for a
// broken escape. Of a name that occurs twice the last counts.
class QueryParams {
 public:
  static absl::StatusOr<QueryParams> Parse(std::string_view query,
                                           const std::vector<std::string>& known);

  // "" if it is not there.
  std::string Get(const std::string& name) const;
  bool Has(const std::string& name) const { return values_.count(name) > 0; }

 private:
  std::map<std::string, std::string> values_;
};

// Decodes %41 and '+'. INVALID_ARGUMENT for a broken escape.
absl::StatusOr<std::string> DecodeUrlText(std::string_view text);
// Escapes all but letters, digits and "-_.~".
std::string EncodeUrlText(std::string_view text);

}  // namespace warmpath
