// Every kind of HTTP provider against the simulated vendor, over real HTTP, for every dialect that a
// caller may speak: what comes back is what the vendor said.
#include "provider/sim/sim_provider.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "provider/http_provider.h"
#include "provider/observe.h"
#include "provider/sim/sim_routes.h"
#include "tests/provider/provider_fixture.h"

namespace warmpath {
namespace {

using namespace warmpath::testing;

struct Vendor {
  v1::ProviderKind kind;
  const char* base_path;
  const char* api_version;
};

constexpr Vendor kVendors[] = {
    {v1::PROVIDER_KIND_OPENAI, "/v1", ""},
    {v1::PROVIDER_KIND_OPENAI_RESPONSES, "/v1", ""},
    {v1::PROVIDER_KIND_ANTHROPIC, "", ""},
    {v1::PROVIDER_KIND_GEMINI, "", ""},
    {v1::PROVIDER_KIND_AZURE_OPENAI, "", ""},
    {v1::PROVIDER_KIND_AZURE_OPENAI, "", "2024-10-21"},
};

// One question in each dialect that a caller may speak; "%" is replaced.
std::string Body(Dialect dialect, const std::string& prompt, bool stream) {
  const std::string tail = absl::StrCat(stream ? ",\"stream\":true" : "", "}");
  switch (dialect) {
    case Dialect::kAnthropicMessages:
      return absl::StrCat(R"({"model":"w","max_tokens":50,"messages":[{"role":"user","content":")",
                          prompt, R"("}],"tools":[{"name":"track","input_schema":{"type":"object"}}])",
                          tail);
    case Dialect::kOpenAiResponses:
      return absl::StrCat(R"({"model":"w","store":false,"input":")", prompt,
                          R"(","tools":[{"type":"function","name":"track","strict":false,)"
                          R"("parameters":{"type":"object"}}])",
                          tail);
    default:
      return absl::StrCat(R"({"model":"w","messages":[{"role":"user","content":")", prompt,
                          R"("}],"tools":[{"type":"function","function":{"name":"track",)"
                          R"("parameters":{"type":"object"}}}])",
                          tail);
  }
}

class SimProviderTest : public ProviderFixture {
 protected:
  void SetUp() override {
    const std::string folder = ::testing::TempDir();
    std::ofstream(folder + "/sim_answers.jsonl")
        << R"({"prompt":"Say hi","text":"Hello to you all, one and everyone"})" << "\n"
        << R"({"prompt":"Track","tool_calls":[{"name":"track","arguments":{"order":7}},)"
        << R"({"name":"track","arguments":{"order":8}}]})" << "\n";
    v1::SimScript script;
    v1::SimModel& good = (*script.mutable_models())["big model/1"];
    good.set_answers_file("sim_answers.jsonl");
    v1::SimModel& limited = (*script.mutable_models())["limited"];
    limited.mutable_behavior()->set_error_rate(1);
    limited.mutable_behavior()->set_error_status(429);
    v1::SimModel& cut = (*script.mutable_models())["cut"];
    cut.set_answers_file("sim_answers.jsonl");
    cut.mutable_behavior()->set_truncate_rate(1);
    auto sim = SimProvider::Create(script, folder);
    ASSERT_TRUE(sim.ok()) << sim.status();
    sim_ = *std::move(sim);
    StartServer([this](HttpExchange& exchange) { return sim_->Handle(exchange); });
  }

  void Use(const Vendor& vendor) {
    UseProvider(vendor.kind, port_, [&](v1::ProviderConfig& config) {
      config.set_base_url(absl::StrCat("http://127.0.0.1:", port_, vendor.base_path));
      config.set_api_version(vendor.api_version);
    });
  }

  // Asks, and gives what the caller was told, decoded.
  v1::Observation Ask(Dialect dialect, const std::string& prompt, bool stream, Answer* answer,
                      const std::string& model = "big model/1") {
    ModelCall call;
    call.request_id = "req_1";
    call.dialect = dialect;
    call.stream = stream;
    std::string body = Body(dialect, prompt, stream);
    const auto fields = ScanBody(body, dialect);
    EXPECT_TRUE(fields.ok()) << fields.status();
    if (fields.ok()) call.model = fields->model;
    call.body = std::make_shared<const std::string>(std::move(body));
    RecordingSink sink;
    *answer = Call(call, stream ? &sink : nullptr, nullptr, model);
    const std::string told = stream ? sink.bytes() : answer->reply ? *answer->reply : "";
    return CodecFor(dialect).DecodeAnswer({.http_status = 200, .streamed = stream, .body = told});
  }

  std::unique_ptr<SimProvider> sim_;
};

TEST_F(SimProviderTest, EveryVendorBehindEveryDialect) {
  for (const Vendor& vendor : kVendors) {
    Use(vendor);
    for (const Dialect dialect :
         {Dialect::kOpenAiChat, Dialect::kOpenAiResponses, Dialect::kAnthropicMessages}) {
      for (const bool stream : {false, true}) {
        SCOPED_TRACE(absl::StrCat(v1::ProviderKind_Name(vendor.kind), vendor.api_version, " for ",
                                  std::string(DialectName(dialect)), stream ? " streamed" : ""));
        Answer answer;
        const v1::Observation text = Ask(dialect, "Say hi", stream, &answer);
        ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
        EXPECT_EQ(text.outcome(), v1::OUTCOME_END);
        EXPECT_EQ(text.text(), "Hello to you all, one and everyone");
        const v1::Observation calls = Ask(dialect, "Track", stream, &answer);
        EXPECT_EQ(calls.outcome(), v1::OUTCOME_TOOL_CALLS);
        ASSERT_EQ(calls.tool_calls_size(), 2);
        EXPECT_EQ(calls.tool_calls(1).name(), "track");
        EXPECT_EQ(calls.tool_calls(1).arguments_json(), "{\"order\":8}");
      }
    }
  }
}

TEST_F(SimProviderTest, EveryVendorsErrorsAndCutsAreFailures) {
  for (const Vendor& vendor : kVendors) {
    SCOPED_TRACE(v1::ProviderKind_Name(vendor.kind));
    Use(vendor);
    Answer answer;
    Ask(Dialect::kOpenAiChat, "Say hi", false, &answer, "limited");
    EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_RATE_LIMITED);
    Ask(Dialect::kOpenAiChat, "Say hi", false, &answer, "nobody");
    EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_NOT_FOUND);
    Ask(Dialect::kOpenAiChat, "Say hi", true, &answer, "cut");
    EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_INTERRUPTED);
  }
}

TEST(SimRoutes, TellWhatAUrlSays) {
  const auto gemini = FindSimRoute("/v1beta/models/a%20b:streamGenerateContent", "alt=sse");
  ASSERT_TRUE(gemini.has_value());
  EXPECT_EQ(gemini->dialect, Dialect::kGemini);
  EXPECT_EQ(gemini->model, "a b");
  EXPECT_EQ(gemini->stream, true);
  EXPECT_EQ(FindSimRoute("/v1beta/models/m:generateContent", "")->stream, false);
  const auto azure = FindSimRoute("/openai/deployments/d/chat/completions", "api-version=1");
  ASSERT_TRUE(azure.has_value());
  EXPECT_EQ(azure->model, "d");
  EXPECT_FALSE(azure->stream.has_value());
  EXPECT_FALSE(FindSimRoute("/openai/v1/chat/completions", "")->model.has_value());
  for (const auto& [path, query] : {std::pair{"/v1beta/models/m:streamGenerateContent", ""},
                                    {"/openai/deployments/d/chat/completions", ""},
                                    {"/v1beta/models/:generateContent", ""},
                                    {"/v1beta/models/a/b:generateContent", ""},
                                    {"/v1/nothing", ""}}) {
    EXPECT_FALSE(FindSimRoute(path, query).has_value()) << path;
  }
}

}  // namespace
}  // namespace warmpath
