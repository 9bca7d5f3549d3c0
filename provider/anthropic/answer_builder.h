// Puts an Anthropic answer together, whole or event by event.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider/anthropic/errors.h"
#include "warmpath/v1/chat.pb.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// An AnthropicAnswerBuilder takes a message, or the events of one, and gives the Observation.
//
// Blocks other than text and tool_use are kept whole as Opaque, put together from their deltas;
// citations become one Opaque "citations" for each text block that has some. A second message_start
// begins anew: some gateways retry in the middle of a stream (LiteLLM #38153).
//
// Thread safety: thread-compatible.
class AnthropicAnswerBuilder {
 public:
  // `http_status` classifies errors inside the answer.
  explicit AnthropicAnswerBuilder(int http_status = 200) { partial_.set_http_status(http_status); }

  // Takes a whole answer, and the text that it was parsed from: arguments and blocks are kept exactly
  // as they stand there.
  void AddAnswer(const boost::json::value& body, std::string_view text);
  // Takes one event; appends what it brings to `out`. `event` may be empty: then data.type counts.
  void AddEvent(std::string_view event, const boost::json::value& data,
                std::vector<v1::Delta>* out);
  // Something in the answer cannot be read.
  void SetMalformed() { malformed_ = true; }

  // The answer so far. `streamed`: without message_stop it is INTERRUPTED.
  v1::Observation Build(bool streamed) const;
  // Whether a second message began after the first had content: deltas given out belong to neither.
  bool restarted() const { return restarted_; }

 private:
  struct Block {
    int64_t index = 0;
    // The call it is, as a position in partial_.tool_calls; -1: not one.
    int call = -1;
    bool text = false;
    // Any other block, as it stands so far.
    boost::json::object value;
    // The same as it came, if it came whole.
    std::string exact_json;
    std::string input_json;
    boost::json::array citations;
  };

  void AddMessage(const boost::json::object& message, std::vector<v1::Delta>* out);
  void Restart();
  void KeepExactText(std::string_view content);
  void AddUsage(const boost::json::object& usage);
  void AddStop(const boost::json::object& holder);
  void StartBlock(int64_t index, const boost::json::object& block, std::vector<v1::Delta>* out);
  void StartCall(Block* state, const boost::json::object& block, std::vector<v1::Delta>* out);
  void GrowBlock(int64_t index, const boost::json::object& delta, std::vector<v1::Delta>* out);
  void GrowCall(int call, std::string_view json, std::vector<v1::Delta>* out);
  void EndBlock(int64_t index, std::vector<v1::Delta>* out);
  void AddText(std::string_view text, std::vector<v1::Delta>* out);
  Block* FindBlock(int64_t index);
  void SetOutcome(v1::Observation* observation) const;

  v1::Observation partial_;
  std::vector<Block> blocks_;
  int64_t input_tokens_ = 0;
  int64_t cache_written_ = 0;
  int64_t cache_read_ = 0;
  std::optional<AnthropicError> error_;
  bool is_message_ = false;
  bool restarted_ = false;
  bool stopped_ = false;
  bool malformed_ = false;
};

}  // namespace warmpath
