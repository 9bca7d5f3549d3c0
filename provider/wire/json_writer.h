// Writes JSON text piece by piece, so that JSON that came in as text goes out as the same text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace warmpath {

// A JsonWriter writes one compact JSON value; commas come by themselves.
//
//   JsonWriter w;
//   w.BeginObject().Key("name").String(tool.name()).Key("parameters").Raw(schema).EndObject();
//   std::string body = w.Take();
//
// Calls must form a value: this checks nothing. Strings must be valid UTF-8.
// Thread safety: thread-compatible.
class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view text);
  JsonWriter& Int(int64_t number);
  // The shortest text that reads back as the same number. REQUIRES: finite.
  JsonWriter& Double(double number);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  // Valid JSON text, kept as it is, but for line breaks between its tokens: they become spaces, so
  // that the result always fits on one line of an event stream.
  JsonWriter& Raw(std::string_view json);

  const std::string& text() const { return out_; }
  std::string Take() { return std::move(out_); }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  void Separate();
  void Quote(std::string_view text);

  std::string out_;
  bool comma_ = false;
};

}  // namespace warmpath
