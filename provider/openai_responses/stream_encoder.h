// Writes a Responses stream.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider/codec.h"
#include "provider/openai_responses/response_writer.h"
#include "provider/wire/json_writer.h"
#include "provider/wire/object_end.h"

namespace warmpath {

// Writes the events that OpenAI's SDKs build an answer from: created, in_progress; for each item its
// added, its parts, deltas and done events; completed or incomplete with the whole answer once more.
// Text that comes after a call began is an item of its own; calls may interleave.
//
// Thread safety: thread-compatible. Keeps the answer, as its last event repeats it.
class ResponsesStreamEncoder final : public StreamEncoder {
 public:
  explicit ResponsesStreamEncoder(const ReplyOptions& options)
      : id_(options.id), model_(options.model), created_(options.created) {}

  void Encode(const v1::Delta& delta, std::string& out) override;

 private:
  // Writes the event `type`; `write` adds the members beside type and sequence_number.
  template <typename Write>
  void Event(std::string_view type, std::string& out, Write write);
  // The same for events inside an item: item_id and output_index are written, too.
  template <typename Write>
  void ItemEvent(std::string_view type, size_t at, std::string& out, Write write);
  void Lifecycle(std::string_view type, const ResponseHead& head, std::string& out);
  void Begin(std::string& out);

  size_t AddItem(OutputItem item, std::string& out);
  void FinishItem(size_t at, std::string_view status, std::string& out);
  void OpenPart(bool refusal, std::string& out);
  void ClosePart(std::string& out);
  void CloseMessage(std::string_view status, std::string& out);
  void CloseCompleteCalls(std::string& out);
  void CloseCall(size_t at, std::string_view status, std::string& out);

  void WriteText(bool refusal, std::string_view text, std::string& out);
  void WriteCall(const v1::ToolCallDelta& piece, std::string& out);
  void WriteArguments(size_t at, std::string_view text, std::string& out);
  // Whatever the Observation holds that no Delta before it did.
  void WriteRest(const v1::Observation& observation, std::string& out);
  void End(const v1::Observation& observation, std::string& out);

  ResponseHead Head(ResponseEnding ending) const {
    return {.id = id_, .model = model_, .created = created_, .ending = ending};
  }

  const std::string id_;
  const std::string model_;
  const int64_t created_;
  int64_t sequence_ = 0;
  bool begun_ = false;
  bool has_text_ = false;
  bool has_refusal_ = false;
  std::vector<OutputItem> items_;
  // The message that is open, if any; its last part is open, too.
  std::optional<size_t> message_;
  // Where each call stands in items_, and the end of its arguments while it is open.
  std::map<int, size_t> calls_;
  std::map<size_t, ObjectEnd> open_calls_;
};

// {"type":"error",…}, as an event named "error": without the name SDKs hand it on as data.
void AppendResponsesError(const v1::Failure& failure, int64_t sequence_number, std::string& out);

}  // namespace warmpath
