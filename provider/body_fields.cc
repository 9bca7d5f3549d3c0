#include "provider/body_fields.h"

#include <cstring>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/stable_hash.h"
#include "base/string_view.h"
#include "simdjson.h"

namespace warmpath {
namespace {

namespace od = simdjson::ondemand;
using simdjson::error_code;

static_assert(kScanPadding >= simdjson::SIMDJSON_PADDING);

constexpr int kMaxDepth = 256;
// A parser's buffers grow to several times the largest body; a rare giant is not kept.
constexpr size_t kKeepParserBytes = 1 << 20;

std::string_view TrimRight(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\t' ||
                            token.back() == '\r')) {
    token.remove_suffix(1);
  }
  return token;
}

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The parser's first stage has checked UTF-8, quotes and control characters; escapes are left.
bool EscapesValid(std::string_view token) {
  const char* at = token.data();
  const char* const end = at + token.size();
  while ((at = static_cast<const char*>(std::memchr(at, '\\', end - at))) != nullptr) {
    if (++at == end) return false;
    if (*at == 'u') {
      if (end - at < 5) return false;
      for (int i = 1; i <= 4; ++i) {
        if (!IsHex(at[i])) return false;
      }
      at += 4;
    } else if (std::memchr("\"\\/bfnrt", *at, 8) == nullptr) {
      return false;
    }
    ++at;
  }
  return true;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool NumberValid(std::string_view token) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t start = at;
    while (at < token.size() && IsDigit(token[at])) ++at;
    return at > start;
  };
  if (at < token.size() && token[at] == '-') ++at;
  if (at < token.size() && token[at] == '0') {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (at < token.size() && token[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == token.size();
}

// Checks a scalar; `token` is trimmed.
error_code CheckScalar(std::string_view token) {
  if (token.empty()) return simdjson::TAPE_ERROR;
  switch (token[0]) {
    case '"':
      if (token.size() < 2 || token.back() != '"') return simdjson::STRING_ERROR;
      return EscapesValid(token) ? simdjson::SUCCESS : simdjson::STRING_ERROR;
    case 't':
      return token == "true" ? simdjson::SUCCESS : simdjson::T_ATOM_ERROR;
    case 'f':
      return token == "false" ? simdjson::SUCCESS : simdjson::F_ATOM_ERROR;
    case 'n':
      return token == "null" ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
    default:
      return NumberValid(token) ? simdjson::SUCCESS : simdjson::NUMBER_ERROR;
  }
}

// The key's text between its quotes, escapes and all.
error_code RawKey(od::field& field, std::string_view& out) {
  const char* const start = field.key().raw();
  const char* end = start;
  // The first stage has found the closing quote, so this ends inside the text.
  while (*end != '"') end += *end == '\\' ? 2 : 1;
  out = {start, static_cast<size_t>(end - start)};
  return EscapesValid(out) ? simdjson::SUCCESS : simdjson::STRING_ERROR;
}

// Members that hold what only their issuer takes back: Anthropic's thinking, OpenAI's reasoning items,
// OpenRouter's reasoning_details, Gemini's thoughts.
bool IsSignatureKey(std::string_view key) {
  switch (key.size()) {
    case 9: return key == "signature";
    case 16: return key == "thoughtSignature";
    case 17: return key == "encrypted_content" || key == "reasoning_details";
    default: return false;
  }
}

// Walks a body once. On-demand parsing checks only what is visited, so it visits everything.
class Scanner {
 public:
  Scanner(std::string_view body, Dialect dialect)
      : body_(body), responses_(dialect == Dialect::kOpenAiResponses) {}

  absl::Status Scan(od::document& document);
  BodyFields& fields() { return fields_; }

 private:
  // A place to put the hash of what is walked; null: only check.
  using Hash = uint64_t*;

  error_code Value(od::value value, int depth, Hash hash);
  error_code Object(od::object object, int depth, Hash hash);
  error_code Array(od::array array, int depth, Hash hash);
  error_code Field(od::value value, std::string_view key);
  error_code Model(od::value value);
  error_code Stream(od::value value);
  error_code StreamOptions(od::value value);
  error_code ResponsesField(od::value value, std::string_view key);
  error_code Messages(od::value value, std::string_view key);
  error_code Message(od::object message, Hash hash);
  error_code Content(od::value value, int depth, Hash hash);
  error_code Part(od::object part, int depth, Hash hash);

  // Notes a signature, unless it says nothing.
  void NoteSignature(od::value value) {
    const std::string_view token = TrimRight(value.raw_json_token());
    fields_.has_signed_blocks |= token != "null" && token != "\"\"";
  }

  // A mistake that has a better name than simdjson's.
  error_code Refuse(std::string what) {
    refusal_ = std::move(what);
    return simdjson::INCORRECT_TYPE;
  }
  static void Add(Hash hash, std::string_view bytes) {
    if (hash != nullptr) *hash = StableHash64(bytes, *hash);
  }

  std::string_view body_;
  const bool responses_;
  BodyFields fields_;
  std::string refusal_;
  bool seen_stream_ = false;
  bool seen_messages_ = false;
  // The present message's, quotes included.
  std::string_view role_;
  // The same of an item of OpenAI Responses.
  std::string_view type_;
  uint64_t system_hash_ = 0;
  uint64_t messages_hash_ = 0;
};

absl::Status Scanner::Scan(od::document& document) {
  od::object object;
  error_code error = document.get_object().get(object);
  if (error == simdjson::INCORRECT_TYPE) {
    return absl::InvalidArgumentError("the request body must be a JSON object");
  }
  if (error == simdjson::SUCCESS) {
    for (auto&& next : object) {
      od::field field;
      std::string_view key;
      if ((error = std::move(next).get(field)) != simdjson::SUCCESS) break;
      od::value value = field.value();
      if ((error = field.unescaped_key().get(key)) != simdjson::SUCCESS) break;
      if ((error = Field(value, key)) != simdjson::SUCCESS) break;
    }
  }
  if (error == simdjson::SUCCESS &&
      document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    error = simdjson::TRAILING_CONTENT;
  }
  if (!refusal_.empty()) return absl::InvalidArgumentError(refusal_);
  if (error != simdjson::SUCCESS) {
    return absl::InvalidArgumentError(absl::StrCat("the request body is not valid JSON: ",
                                                   simdjson::error_message(error)));
  }
  if (fields_.has_messages) {
    // "system" may stand before or after "messages".
    const uint64_t both[] = {system_hash_, messages_hash_};
    fields_.conversation =
        StableHash64({reinterpret_cast<const char*>(both), sizeof(both)});
  }
  return absl::OkStatus();
}

error_code Scanner::Field(od::value value, std::string_view key) {
  if (key == "model") return Model(value);
  if (key == "stream") return Stream(value);
  if (key == "stream_options") return StreamOptions(value);
  if (responses_) return ResponsesField(value, key);
  if (key == "messages") return Messages(value, "\"messages\"");
  if (key == "system") return Content(value, 1, &system_hash_);
  if (key == "tools") fields_.has_tools = TrimRight(value.raw_json_token()) == "[";
  return Value(value, 1, nullptr);
}

error_code Scanner::ResponsesField(od::value value, std::string_view key) {
  if (key == "input") {
    od::json_type type;
    if (const error_code error = value.type().get(type); error != simdjson::SUCCESS) return error;
    if (type != od::json_type::string) return Messages(value, "\"input\"");
    if (seen_messages_) return Refuse("\"input\" stands twice in the request body");
    seen_messages_ = true;
    fields_.has_messages = true;
    // As the one user message that it stands for.
    Add(&messages_hash_, "\"user\"");
    return Value(value, 1, &messages_hash_);
  }
  if (key == "instructions") return Content(value, 1, &system_hash_);
  if (key == "tools") fields_.has_tools = TrimRight(value.raw_json_token()) == "[";
  for (const std::string_view field :
       {"previous_response_id", "conversation", "prompt", "background"}) {
    if (key != field || !fields_.stateful_field.empty()) continue;
    const std::string_view token = TrimRight(value.raw_json_token());
    if (token != "null" && token != "false") fields_.stateful_field = field;
  }
  return Value(value, 1, nullptr);
}

error_code Scanner::Model(od::value value) {
  if (fields_.model.has_value()) return Refuse("\"model\" stands twice in the request body");
  const std::string_view token = TrimRight(value.raw_json_token());
  if (!token.empty() && token[0] != '"') return Refuse("\"model\" must be a string");
  if (const error_code error = CheckScalar(token); error != simdjson::SUCCESS) return error;
  fields_.model = BodySpan{.offset = static_cast<size_t>(token.data() - body_.data()),
                           .size = token.size()};
  std::string_view name;
  if (const error_code error = value.get_string().get(name); error != simdjson::SUCCESS) {
    return error;
  }
  fields_.model_name = name;
  return simdjson::SUCCESS;
}

error_code Scanner::Stream(od::value value) {
  if (seen_stream_) return Refuse("\"stream\" stands twice in the request body");
  seen_stream_ = true;
  const std::string_view token = TrimRight(value.raw_json_token());
  if (token == "true") {
    fields_.stream = true;
    return simdjson::SUCCESS;
  }
  if (token == "false" || token == "null") return simdjson::SUCCESS;
  return Refuse("\"stream\" must be true or false");
}

error_code Scanner::StreamOptions(od::value value) {
  od::object options;
  const error_code kind = value.get_object().get(options);
  if (kind == simdjson::INCORRECT_TYPE) return Value(value, 1, nullptr);
  if (kind != simdjson::SUCCESS) return kind;
  for (auto&& next : options) {
    od::field field;
    std::string_view key;
    if (const error_code error = std::move(next).get(field); error != simdjson::SUCCESS) return error;
    if (const error_code error = RawKey(field, key); error != simdjson::SUCCESS) return error;
    od::value option = field.value();
    if (key == "include_usage") fields_.include_usage = TrimRight(option.raw_json_token()) == "true";
    if (const error_code error = Value(option, 2, nullptr); error != simdjson::SUCCESS) return error;
  }
  return simdjson::SUCCESS;
}

error_code Scanner::Messages(od::value value, std::string_view key) {
  if (seen_messages_) return Refuse(absl::StrCat(ToAbsl(key), " stands twice in the request body"));
  seen_messages_ = true;
  od::array messages;
  if (const error_code error = value.get_array().get(messages); error != simdjson::SUCCESS) {
    if (error != simdjson::INCORRECT_TYPE) return error;
    return Refuse(absl::StrCat(ToAbsl(key), " must be ", responses_ ? "text or an array" : "an array"));
  }
  bool user_spoke = false;
  for (auto&& next : messages) {
    od::value item;
    if (const error_code error = std::move(next).get(item); error != simdjson::SUCCESS) return error;
    fields_.has_messages = true;
    od::object message;
    error_code error = item.get_object().get(message);
    if (error == simdjson::INCORRECT_TYPE) {
      error = Value(item, 2, nullptr);
    } else if (error == simdjson::SUCCESS) {
      error = Message(message, user_spoke ? nullptr : &messages_hash_);
    }
    if (error != simdjson::SUCCESS) return error;
    user_spoke |= role_ == "\"user\"";
  }
  return simdjson::SUCCESS;
}

error_code Scanner::Message(od::object message, Hash hash) {
  role_ = {};
  type_ = {};
  fields_.ends_with_tool_result = false;
  for (auto&& next : message) {
    od::field field;
    std::string_view key;
    if (const error_code error = std::move(next).get(field); error != simdjson::SUCCESS) return error;
    if (const error_code error = RawKey(field, key); error != simdjson::SUCCESS) return error;
    od::value value = field.value();
    error_code error;
    if (key == "content") {
      error = Content(value, 3, hash);
    } else if (key == "role") {
      role_ = TrimRight(value.raw_json_token());
      fields_.assistant_spoke |= role_ == "\"assistant\"";
      fields_.ends_with_tool_result |= role_ == "\"tool\"";
      error = Value(value, 3, hash);
    } else {
      if (IsSignatureKey(key)) NoteSignature(value);
      if (key == "type") type_ = TrimRight(value.raw_json_token());
      error = Value(value, 3, nullptr);
    }
    if (error != simdjson::SUCCESS) return error;
  }
  if (!responses_) return simdjson::SUCCESS;
  fields_.assistant_spoke |= type_ == "\"function_call\"" || type_ == "\"reasoning\"";
  fields_.ends_with_tool_result |= type_ == "\"function_call_output\"";
  if (type_ == "\"item_reference\"" && fields_.stateful_field.empty()) {
    fields_.stateful_field = "input (item_reference)";
  }
  return simdjson::SUCCESS;
}

error_code Scanner::Content(od::value value, int depth, Hash hash) {
  od::array parts;
  const error_code error = value.get_array().get(parts);
  if (error == simdjson::INCORRECT_TYPE) return Value(value, depth, hash);
  if (error != simdjson::SUCCESS) return error;
  for (auto&& next : parts) {
    od::value item;
    if (const error_code bad = std::move(next).get(item); bad != simdjson::SUCCESS) return bad;
    od::object part;
    const error_code kind = item.get_object().get(part);
    const error_code bad = kind == simdjson::SUCCESS          ? Part(part, depth + 1, hash)
                           : kind == simdjson::INCORRECT_TYPE ? Value(item, depth + 1, hash)
                                                              : kind;
    if (bad != simdjson::SUCCESS) return bad;
  }
  return simdjson::SUCCESS;
}

error_code Scanner::Part(od::object part, int depth, Hash hash) {
  for (auto&& next : part) {
    od::field field;
    std::string_view key;
    if (const error_code error = std::move(next).get(field); error != simdjson::SUCCESS) return error;
    if (const error_code error = RawKey(field, key); error != simdjson::SUCCESS) return error;
    const bool counts = key != "type" && key != "cache_control";
    od::value value = field.value();
    if (key == "type") {
      const std::string_view type = TrimRight(value.raw_json_token());
      fields_.ends_with_tool_result |= type == "\"tool_result\"";
      fields_.has_signed_blocks |= type == "\"redacted_thinking\"";
    } else if (IsSignatureKey(key)) {
      NoteSignature(value);
    }
    const error_code error = Value(value, depth + 1, counts ? hash : nullptr);
    if (error != simdjson::SUCCESS) return error;
  }
  return simdjson::SUCCESS;
}

error_code Scanner::Value(od::value value, int depth, Hash hash) {
  if (depth > kMaxDepth) return simdjson::DEPTH_ERROR;
  od::json_type type;
  if (const error_code error = value.type().get(type); error != simdjson::SUCCESS) return error;
  switch (type) {
    case od::json_type::object: {
      od::object object;
      const error_code error = value.get_object().get(object);
      return error == simdjson::SUCCESS ? Object(object, depth, hash) : error;
    }
    case od::json_type::array: {
      od::array array;
      const error_code error = value.get_array().get(array);
      return error == simdjson::SUCCESS ? Array(array, depth, hash) : error;
    }
    default: {
      const std::string_view token = TrimRight(value.raw_json_token());
      Add(hash, token);
      const error_code error = CheckScalar(token);
      if (error != simdjson::SUCCESS || type != od::json_type::string) return error;
      // A string that is only looked at is skipped later, and with ':' behind it taken for the key of
      // an object that was never opened.
      return value.get_raw_json_string().error();
    }
  }
}

error_code Scanner::Object(od::object object, int depth, Hash hash) {
  for (auto&& next : object) {
    od::field field;
    std::string_view key;
    if (const error_code error = std::move(next).get(field); error != simdjson::SUCCESS) return error;
    if (const error_code error = RawKey(field, key); error != simdjson::SUCCESS) return error;
    Add(hash, key);
    if (const error_code error = Value(field.value(), depth + 1, hash);
        error != simdjson::SUCCESS) {
      return error;
    }
  }
  return simdjson::SUCCESS;
}

error_code Scanner::Array(od::array array, int depth, Hash hash) {
  for (auto&& next : array) {
    od::value item;
    if (const error_code error = std::move(next).get(item); error != simdjson::SUCCESS) return error;
    if (const error_code error = Value(item, depth + 1, hash); error != simdjson::SUCCESS) {
      return error;
    }
  }
  return simdjson::SUCCESS;
}

}  // namespace

absl::StatusOr<BodyFields> ScanBody(std::string& body, Dialect dialect) {
  static thread_local od::parser parser;
  if (body.capacity() < body.size() + kScanPadding) body.reserve(body.size() + kScanPadding);
  Scanner scanner(body, dialect);
  absl::Status status;
  {
    od::document document;
    const error_code error =
        parser.iterate(body.data(), body.size(), body.capacity() + 1).get(document);
    if (error == simdjson::EMPTY) {
      status = absl::InvalidArgumentError("the request has no body");
    } else if (error != simdjson::SUCCESS) {
      status = absl::InvalidArgumentError(absl::StrCat("the request body is not valid JSON: ",
                                                       simdjson::error_message(error)));
    } else {
      status = scanner.Scan(document);
    }
  }
  if (body.size() > kKeepParserBytes) parser = od::parser();
  if (!status.ok()) return status;
  return std::move(scanner.fields());
}

}  // namespace warmpath
