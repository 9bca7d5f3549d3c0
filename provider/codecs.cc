#include "provider/anthropic/codec.h"
#include "provider/canonical/codec.h"
#include "provider/codec.h"
#include "provider/gemini/codec.h"
#include "provider/openai/codec.h"
#include "provider/openai_responses/codec.h"

namespace warmpath {

const Codec& CodecFor(Dialect dialect) {
  static const CanonicalCodec canonical;
  static const OpenAiChatCodec openai;
  static const AnthropicCodec anthropic;
  static const OpenAiResponsesCodec responses;
  static const GeminiCodec gemini;
  switch (dialect) {
    case Dialect::kOpenAiChat: return openai;
    case Dialect::kAnthropicMessages: return anthropic;
    case Dialect::kOpenAiResponses: return responses;
    case Dialect::kGemini: return gemini;
    case Dialect::kCanonical: break;
  }
  return canonical;
}

}  // namespace warmpath
