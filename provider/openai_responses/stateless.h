// Which Responses requests can be served without state at the vendor.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace warmpath {

// A field of a Responses request that rests on what one vendor keeps or runs.
struct StatefulField {
  // Where it stands, such as "/previous_response_id" or "/tools/0".
  std::string pointer;
  // The kind of it, for counting: the field's name, "item_reference", or a tool's type.
  std::string kind;
  // One line for the caller: what it is and what to do instead.
  std::string message;
};

// Names the first such field; unset for a request that any path could serve.
//
//   if (const auto field = FindStatefulField(body)) return BadRequest(field->message);
//
// They are: previous_response_id, conversation, prompt, background: true, item_reference items, and
// tools other than function and custom, which the vendor runs. Null and background: false are nothing.
// `store` is not among them: the API's default is true, so callers who leave it out and callers who
// say either are served alike. warmpath stores no answers; whoever sends previous_response_id later
// is told so then.
//
// The text form gives nothing for what is not a JSON object: other checks name that fault. It parses
// only bodies in which one of the names occurs.
// Thread safety: pure.
std::optional<StatefulField> FindStatefulField(const boost::json::object& body);
std::optional<StatefulField> FindStatefulField(std::string_view body);

}  // namespace warmpath
