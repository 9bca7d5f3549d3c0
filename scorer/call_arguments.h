// The tool calls of one answer with their arguments parsed once.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <vector>

#include "scorer/read_json.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

struct ParsedCall {
  const v1::ToolCall* call = nullptr;
  // The arguments, if they are an object; null otherwise.
  std::unique_ptr<const JsonDocument> parsed;
  // Why they are not a JSON object; empty: they are. No arguments at all count as {}.
  std::string problem;

  // The arguments; an empty object where they are not one.
  const boost::json::value& value() const;
  const boost::json::object& arguments() const { return value().get_object(); }
};

// More calls than this are not looked at.
inline constexpr int kMaxCalls = 256;

std::vector<ParsedCall> ParseCalls(const v1::Observation& observation);

}  // namespace warmpath
