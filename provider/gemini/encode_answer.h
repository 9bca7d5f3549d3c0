// The words of a Gemini answer that whole answers and streams share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "provider/wire/json_writer.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// One GenerateContentResponse, put together piece by piece.
//
//   GeminiResponse response(id, model);
//   response.AddText("Hi");
//   std::string json = response.Finish(observation);
//
// Thread safety: thread-compatible.
class GeminiResponse {
 public:
  GeminiResponse(std::string_view id, std::string_view model) : id_(id), model_(model) {}

  void AddText(std::string_view text);
  // A call whose arguments are no JSON object cannot be said here; the answer then ends with
  // MALFORMED_FUNCTION_CALL, as Gemini itself does.
  void AddCall(const v1::ToolCall& call);
  // Blocks of this dialect, as they came.
  void AddBlocks(const v1::Observation& observation);

  // The response without an end: the stream goes on.
  std::string More() const;
  // The response with the end of the answer and the usage.
  std::string Finish(const v1::Observation& observation) const;

 private:
  void WriteTail(const v1::Observation* observation, JsonWriter* w) const;

  const std::string id_;
  const std::string model_;
  std::vector<std::string> parts_;
  bool bad_call_ = false;
};

}  // namespace warmpath
