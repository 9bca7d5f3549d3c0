// Puts a Gemini answer together, whole or chunk by chunk.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider/gemini/errors.h"
#include "warmpath/v1/chat.pb.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// A GeminiAnswerBuilder takes GenerateContentResponses, of which a whole answer is one and a stream
// many, and gives the Observation.
//
// Only the first candidate counts. Thoughts become one Opaque "thinking", signatures of calls one
// Opaque "functionCall.members" each, other parts are kept whole under their key.
//
// Thread safety: thread-compatible.
class GeminiAnswerBuilder {
 public:
  // `http_status` classifies errors inside the answer.
  explicit GeminiAnswerBuilder(int http_status = 200) { partial_.set_http_status(http_status); }

  // Takes one response, or an array of them, and the text that it was parsed from: arguments are kept
  // exactly as they stand there. Appends what it brings to `out`.
  void Add(const boost::json::value& body, std::string_view text, std::vector<v1::Delta>* out);
  // Something in the answer cannot be read.
  void SetMalformed() { malformed_ = true; }

  // The answer so far; without a finishReason or a block of the prompt it is INTERRUPTED.
  v1::Observation Build(bool streamed) const;

 private:
  void AddResponse(const boost::json::object& body, std::string_view text,
                   std::vector<v1::Delta>* out);
  void AddTop(const boost::json::object& body);
  void AddUsage(const boost::json::object& usage);
  void AddFinish(const boost::json::object& candidate);
  void AddPart(const boost::json::object& part, std::string_view text, std::vector<v1::Delta>* out);
  void AddThought(const boost::json::object& part);
  void AddCall(const boost::json::object& part, const boost::json::object& call,
               std::string_view text, std::vector<v1::Delta>* out);
  void SetOutcome(v1::Observation* observation) const;

  v1::Observation partial_;
  std::string thoughts_;
  std::string signature_;
  int64_t prompt_tokens_ = 0;
  int64_t tool_prompt_tokens_ = 0;
  int64_t candidate_tokens_ = 0;
  int64_t thought_tokens_ = 0;
  std::string block_reason_;
  std::string prompt_feedback_;
  std::optional<GeminiError> error_;
  bool is_response_ = false;
  bool malformed_ = false;
};

}  // namespace warmpath
