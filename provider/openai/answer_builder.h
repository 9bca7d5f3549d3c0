// Puts an OpenAI answer together, whole or chunk by chunk.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider/openai/errors.h"
#include "warmpath/v1/chat.pb.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// An OpenAiAnswerBuilder takes answer objects or chunks and gives the Observation.
//
// Only the first choice counts: n > 1 is never asked for by warmpath itself. Tool calls keep the order
// in which they first appear, and are told apart by index, id and name, whichever a server sends.
//
// Thread safety: thread-compatible.
class OpenAiAnswerBuilder {
 public:
  // `http_status` classifies errors inside the answer.
  explicit OpenAiAnswerBuilder(int http_status = 200) { partial_.set_http_status(http_status); }

  // Takes a whole answer.
  void AddAnswer(const boost::json::value& body);
  // Takes one chunk; appends what it brings to `out`.
  void AddChunk(const boost::json::value& body, std::vector<v1::Delta>* out);
  // Something in the answer cannot be read.
  void SetMalformed() { malformed_ = true; }

  // The answer so far. `streamed`: without a finish reason it is INTERRUPTED.
  v1::Observation Build(bool streamed) const;

 private:
  struct Call {
    std::optional<int64_t> index;
    v1::ToolCall call;
  };

  void AddTop(const boost::json::object& body);
  void AddUsage(const boost::json::object& usage);
  void AddChoices(const boost::json::object& body, bool whole, std::vector<v1::Delta>* out);
  void AddMessage(const boost::json::object& message, bool whole, std::vector<v1::Delta>* out);
  void AddContent(const boost::json::value& content, std::vector<v1::Delta>* out);
  void AddText(std::string_view text, std::vector<v1::Delta>* out);
  void AddRefusal(std::string_view text, std::vector<v1::Delta>* out);
  void AddCalls(const boost::json::object& message, bool whole, std::vector<v1::Delta>* out);
  void AddCallPiece(const boost::json::object& piece, bool whole, std::vector<v1::Delta>* out);
  void AddFunction(size_t at, std::string_view id, const boost::json::object& function,
                   std::vector<v1::Delta>* out);
  void AddOpaque(const boost::json::object& message);
  void AddFinish(const boost::json::object& choice);
  size_t FindCall(std::optional<int64_t> index, std::string_view id, std::string_view name);
  size_t NewCall(std::optional<int64_t> index);
  void SetOutcome(v1::Observation* observation) const;

  v1::Observation partial_;
  std::vector<Call> calls_;
  // Reasoning text by field name; lists by field name or part type.
  std::map<std::string, std::string> strings_;
  std::map<std::string, boost::json::array> lists_;
  std::optional<OpenAiError> error_;
  bool has_choices_ = false;
  bool malformed_ = false;
};

// The arguments of a call as text: a string as it is, anything else as JSON.
std::string ArgumentsText(const boost::json::object& function, std::string_view key);

}  // namespace warmpath
