// Writes a Messages stream.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "provider/codec.h"
#include "provider/wire/object_end.h"

namespace warmpath {

// Writes one content block after the other, as Anthropic's clients expect: pieces of a second tool
// call that arrive while the first is open wait until the first one's arguments are complete, or until
// the end. Refusals have no events of their own and go into the stop details.
//
// Memory: what waits, which is nothing unless a path mixes its calls.
// Thread safety: thread-compatible.
class AnthropicStreamEncoder final : public StreamEncoder {
 public:
  AnthropicStreamEncoder(std::string_view id, std::string_view model) : id_(id), model_(model) {}

  void Encode(const v1::Delta& delta, std::string& out) override;

 private:
  // A block that has begun, or waits to.
  struct Block {
    int call = -1;  // -1: text
    std::string id;
    std::string name;
    std::string waiting;  // text or arguments that were not written yet
    ObjectEnd end;        // of the arguments written
  };

  void Begin(std::string& out);
  void AddText(std::string_view text, std::string& out);
  void AddCall(const v1::ToolCallDelta& piece, std::string& out);
  Block& NewBlock(int call);
  // Writes what can be written: the open block, and those after it that may follow.
  void Advance(bool at_end, std::string& out);
  void OpenBlock(const Block& block, std::string& out);
  void WriteWaiting(Block& block, std::string& out);
  void CloseBlock(std::string& out);
  // Whatever the Observation holds that no Delta before it did.
  void AddRest(const v1::Observation& observation, std::string& out);
  void End(const v1::Observation& observation, std::string& out);

  const std::string id_;
  const std::string model_;
  bool begun_ = false;
  bool has_text_ = false;
  // Calls by their number among the blocks.
  std::map<int, size_t> calls_;
  std::vector<Block> blocks_;
  size_t current_ = 0;   // the block that is open, or that opens next
  bool open_ = false;
  // Something came for a block that was closed: the stream cannot end well any more.
  bool broken_ = false;
};

}  // namespace warmpath
