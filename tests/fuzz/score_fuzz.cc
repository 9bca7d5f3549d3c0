// A case for the scorers in four parts: request (Chat Completions), contract (as in a config),
// control, candidate (Chat Completions answers, or just words). Bounded, never a crash, the same
// result twice.
#include <string>

#include "base/yaml_to_proto.h"
#include "provider/codec.h"
#include "scorer/contract.h"
#include "scorer/scorer.h"
#include "tests/fuzz/fuzz_input.h"

namespace warmpath::fuzz {
namespace {

v1::ModelRequest Request(std::string_view text) {
  auto request = CodecFor(Dialect::kOpenAiChat).DecodeRequest(text);
  if (request.ok()) return *std::move(request);
  v1::ModelRequest words;
  v1::Message& user = *words.add_messages();
  user.set_role(v1::MESSAGE_ROLE_USER);
  user.add_parts()->set_text(std::string(text));
  return words;
}

v1::Contract ContractOf(std::string_view text) {
  v1::ContractConfig config;
  YamlToProto(text, "contract", &config);
  const auto contract = ContractFromConfig(config, "");
  return contract.ok() ? *contract : v1::Contract();
}

v1::Observation AnswerOf(std::string_view text) {
  if (!text.empty() && text[0] == '{') {
    const v1::Observation answer = CodecFor(Dialect::kOpenAiChat).DecodeAnswer({.body = text});
    if (!answer.has_failure()) return answer;
  }
  v1::Observation words;
  words.set_outcome(v1::OUTCOME_END);
  words.set_text(std::string(text));
  return words;
}

std::string Told(const ScoreResult& result) {
  std::string told;
  for (const v1::DimensionScore& score : result.scores) {
    FUZZ_CHECK(score.grade() >= 0 && score.grade() <= 1, score.ShortDebugString());
    FUZZ_CHECK(score.verdict() != v1::SCORE_VERDICT_UNSPECIFIED);
    told += score.ShortDebugString() + "\n";
  }
  for (const v1::Finding& finding : result.findings) {
    std::string bytes;
    FUZZ_CHECK(finding.SerializeToString(&bytes));
    FUZZ_CHECK(finding.dimension() != v1::DIMENSION_UNSPECIFIED && bytes.size() < 4096);
    told += finding.ShortDebugString() + "\n";
  }
  FUZZ_CHECK(result.findings.size() < 10'000);
  return told;
}

void Check(std::string_view input) {
  const auto parts = Parts(input, 4);
  const v1::ModelRequest request = Request(parts[0]);
  const v1::Contract contract = EffectiveContract(request, ContractOf(parts[1]));
  FUZZ_CHECK(!ContractKeyParts(request, contract).tools().empty());
  const v1::Observation control = AnswerOf(parts[2]);
  const v1::Observation candidate = AnswerOf(parts[3]);
  const std::string once = Told(ScoreAll({request, contract, &control, candidate}));
  FUZZ_CHECK(Told(ScoreAll({request, contract, &control, candidate})) == once);
  Told(ScoreAll({request, contract, nullptr, candidate}));
  Told(ScoreAll({request, contract, &candidate, candidate}));
}

}  // namespace
}  // namespace warmpath::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  warmpath::fuzz::Check(warmpath::fuzz::View(data, size));
  return 0;
}
