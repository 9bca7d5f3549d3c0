// The tool calls of one answer with their arguments parsed once.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "warmpath/v1/observation.pb.h"

namespace warmpath {

struct ParsedCall {
  const v1::ToolCall* call = nullptr;
  // The arguments; empty where they are not an object.
  boost::json::object arguments;
  // Why they are not a JSON object; empty: they are. No arguments at all count as {}.
  std::string problem;
};

// More calls than this are not looked at.
inline constexpr int kMaxCalls = 256;

std::vector<ParsedCall> ParseCalls(const v1::Observation& observation);

}  // namespace warmpath
