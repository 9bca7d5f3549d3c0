// Reads the recorded answers and builds cases of them.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "warmpath/v1/observation.pb.h"

namespace warmpath::bench {

// Calls `row` for each line of DIR/NAME.jsonl; false if there is no such file.
bool ForEachRow(const std::string& directory, const std::string& name,
                const std::function<void(const boost::json::object&)>& row);

// The member as text, "" if it is absent or null.
std::string Text(const boost::json::object& row, std::string_view name);
bool Flag(const boost::json::object& row, std::string_view name, bool otherwise);

// A request with one user message and the row's `tools`.
v1::ModelRequest RequestWithTools(const boost::json::object& prompt);

// An answer with the row's `calls` ({name, args}) or its `text`.
v1::Observation AnswerOf(const boost::json::object& row);
v1::Observation TextAnswer(std::string_view text);

}  // namespace warmpath::bench
