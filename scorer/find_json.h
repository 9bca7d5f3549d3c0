// Finds the JSON in an answer's words, as products really do.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "scorer/read_json.h"

namespace warmpath {

// Where JSON was found.
enum class JsonPlace {
  kNone,     // there is none, or more than one piece of it
  kWhole,    // the text is JSON, white space around it aside
  kFence,    // in the only fenced block (``` or ~~~) that holds JSON
  kProse,    // the only object, or array of objects, amid words
  kTooDeep,  // the text is nested deeper than kMaxJsonDepth: nothing can be said of it
};

struct FoundJson {
  JsonPlace place = JsonPlace::kNone;
  // Null unless JSON was found.
  std::unique_ptr<const JsonDocument> document;
  // For kNone and kTooDeep: why the whole text is not JSON, without quoting it.
  std::string problem;

  // REQUIRES: JSON was found.
  const boost::json::value& value() const { return document->value(); }
};

// Looks for the JSON of `text`. A fenced block wins over prose.
//
// Bounded: time and memory linear in the text.
FoundJson FindJson(std::string_view text);

// Whether the text opens with an object or an array once white space is skipped; cheap.
bool LooksLikeJson(std::string_view text);

}  // namespace warmpath
