// Puts a Responses answer together, whole or event by event.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider/openai/errors.h"
#include "warmpath/v1/chat.pb.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// A ResponsesAnswerBuilder takes response objects or a stream's events and gives the Observation.
//
// The same thing is told up to four times in a stream: by deltas, by the part's done event, by the
// item's, and by the response's. Each brings only what those before it did not, so a server may leave
// out any of them. Items are told apart by id and by output_index, whichever a server gets right.
// Calls keep the order in which they first appear. Events that are not known are passed over.
//
// Thread safety: thread-compatible.
class ResponsesAnswerBuilder {
 public:
  // `http_status` classifies errors inside the answer.
  explicit ResponsesAnswerBuilder(int http_status = 200) { partial_.set_http_status(http_status); }

  // Takes a whole answer.
  void AddAnswer(const boost::json::value& body);
  // Takes one event of type `type`; appends what it brings to `out`.
  void AddEvent(std::string_view type, const boost::json::value& body, std::vector<v1::Delta>* out);
  // Something in the answer cannot be read.
  void SetMalformed() { malformed_ = true; }

  // The answer so far. `streamed`: without a terminal event it is INTERRUPTED.
  v1::Observation Build(bool streamed) const;

 private:
  // One output item.
  struct Item {
    int64_t index = -1;
    std::string id;
    std::string type;
    // Text or refusal of each content part.
    std::map<int64_t, std::string> parts;
    // Where its call stands in calls_.
    std::optional<size_t> call;
    // The item as it was in the end.
    std::optional<boost::json::object> whole;
  };

  void AddTop(const boost::json::object& response);
  // Takes status, usage and whatever the stream did not bring of the items.
  void End(const boost::json::object& response, std::string_view default_status,
           std::vector<v1::Delta>* out);
  void AddError(const boost::json::value& body);
  void AddItemEvent(const boost::json::object& event, bool done, std::vector<v1::Delta>* out);
  void AddPartEvent(std::string_view type, const boost::json::object& event,
                    std::vector<v1::Delta>* out);
  void AddCallEvent(std::string_view type, const boost::json::object& event,
                    std::vector<v1::Delta>* out);

  Item& ItemOf(const boost::json::object& event, std::string_view type);
  // The item at the end of a stream that `whole` is; null if it has not been seen.
  Item* Known(const boost::json::object& whole, int64_t index);
  bool SaidAnything() const;
  void TakeItem(Item& item, const boost::json::object& whole, bool done,
                std::vector<v1::Delta>* out);
  void TakePart(Item& item, int64_t at, const boost::json::object& part,
                std::vector<v1::Delta>* out);
  void AddText(Item& item, int64_t at, bool refusal, std::string_view text,
               std::vector<v1::Delta>* out);
  v1::ToolCall& CallOf(Item& item);
  void AddCallHead(Item& item, std::string_view id, std::string_view name,
                   std::vector<v1::Delta>* out);
  void AddArguments(Item& item, std::string_view text, std::vector<v1::Delta>* out);
  void SetOutcome(v1::Observation* observation) const;
  void AddOpaque(v1::Observation* observation) const;

  v1::Observation partial_;
  // A deque: references to items stay good while more are added.
  std::deque<Item> items_;
  std::vector<v1::ToolCall> calls_;
  std::optional<OpenAiError> error_;
  // The response's own status, once it has ended.
  std::string status_;
  std::string incomplete_reason_;
  bool ended_ = false;
  bool has_output_ = false;
  bool malformed_ = false;
};

}  // namespace warmpath
