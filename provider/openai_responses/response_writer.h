// The words of a Responses answer that whole answers and streams share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "provider/wire/json_writer.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// One content part of a message.
struct OutputPart {
  bool refusal = false;
  std::string text;
};

// One item of an answer: a message, or a call if it has a `call_id`.
struct OutputItem {
  std::string id;
  // "in_progress", "completed" or "incomplete".
  std::string_view status = "in_progress";
  std::vector<OutputPart> parts = {};
  std::string call_id = {};
  std::string name = {};
  std::string arguments = {};
};

// How an answer ended: `status`, and the reason where that is "incomplete"; "" for none.
struct ResponseEnding {
  std::string_view status;
  std::string_view reason;
};

// The ending for an outcome. What OpenAI has no word for, and what warmpath doesn't know, is
// "incomplete" without a reason: folding it into "completed" would hide it.
ResponseEnding EndingOf(const v1::Observation& observation);

// The words of a refusal: clients see one only as a part of its own. "" where the model did not refuse.
std::string RefusalText(const v1::Observation& observation);

// Ids that depend on nothing but the answer's.
std::string ItemId(std::string_view prefix, std::string_view answer_id, size_t at);
std::string CallIdOf(std::string_view native_id, std::string_view answer_id, int at);

void WriteOutputPart(const OutputPart& part, JsonWriter* w);
void WriteOutputItem(const OutputItem& item, JsonWriter* w);

// What a response object tells beside its output.
struct ResponseHead {
  std::string_view id;
  std::string_view model;
  int64_t created = 0;
  ResponseEnding ending = {"in_progress", ""};
  // Null: not told yet.
  const v1::Usage* usage = nullptr;
};

// Writes a response object. `own_items` are items as JSON text, which come first.
void WriteResponse(const ResponseHead& head, const std::vector<std::string_view>& own_items,
                   const std::vector<OutputItem>& output, JsonWriter* w);

}  // namespace warmpath
