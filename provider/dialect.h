// The wire dialects that front doors and paths speak.
#pragma once

#include <string_view>

namespace warmpath {

// A dialect is a way to write requests, answers and streams of answers.
enum class Dialect {
  // warmpath's own: serialised warmpath.v1.ModelRequest, Observation, and Delta for each piece of a
  // stream. What gRPC front doors and gRPC paths speak.
  kCanonical,
  // OpenAI Chat Completions: JSON, streams as bare `data:` events.
  kOpenAiChat,
  // Anthropic Messages: JSON, streams as named events.
  kAnthropicMessages,
  // OpenAI Responses, its stateless part: JSON, streams as named events.
  kOpenAiResponses,
  // Gemini generateContent: JSON, streams as bare `data:` events; model and streaming in the URL.
  kGemini,
};

constexpr std::string_view DialectName(Dialect dialect) {
  switch (dialect) {
    case Dialect::kCanonical:
      return "canonical";
    case Dialect::kOpenAiChat:
      return "openai_chat";
    case Dialect::kAnthropicMessages:
      return "anthropic_messages";
    case Dialect::kOpenAiResponses:
      return "openai_responses";
    case Dialect::kGemini:
      return "gemini_generate_content";
  }
  return "unknown";
}

}  // namespace warmpath
