// Writes a Chat Completions stream.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "provider/codec.h"
#include "provider/wire/json_writer.h"

namespace warmpath {

// Writes a chunk for each Delta, and at the end the finish reason, the usage in a chunk of its own if
// it was asked for, and [DONE]. Thread safety: thread-compatible.
class OpenAiStreamEncoder final : public StreamEncoder {
 public:
  explicit OpenAiStreamEncoder(const ReplyOptions& options)
      : id_(options.id),
        model_(options.model),
        created_(options.created),
        include_usage_(options.include_usage) {}

  void Encode(const v1::Delta& delta, std::string& out) override;

 private:
  // Begins the stream with the role, if it has not begun.
  void Begin(bool with_text, std::string& out);
  void BeginChunk(JsonWriter* w) const;
  // Writes a chunk around the delta that `write` adds to its object.
  template <typename Write>
  void Chunk(std::string& out, std::string_view finish, Write write) const;
  void WriteUsage(const v1::Usage& usage, std::string& out) const;
  void WriteText(std::string_view key, std::string_view text, std::string& out);
  void WriteCall(const v1::ToolCallDelta& piece, std::string& out);
  // Whatever the Observation holds that no Delta before it did.
  void WriteRest(const v1::Observation& observation, std::string& out);
  void End(const v1::Observation& observation, std::string& out);

  const std::string id_;
  const std::string model_;
  const int64_t created_;
  const bool include_usage_;
  bool begun_ = false;
  bool has_text_ = false;
  bool has_refusal_ = false;
  std::set<int> calls_;
};

}  // namespace warmpath
