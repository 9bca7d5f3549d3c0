#include "config/config.h"

#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kMinimal[] = R"(store: {path: /tmp/warmpath}
providers:
  openai: {kind: openai, base_url: "https://api.openai.com/v1", api_key: "env:OPENAI_API_KEY"}
  rules:
    kind: rules
    rules:
      rules:
        - {name: refund, keywords: [refund], answer: "A person will look at it."}
workflows:
  support:
    paths:
      - {name: gpt, role: primary, provider: openai, model: gpt-4o}
      - {name: rules, role: degraded, provider: rules}
)";

std::vector<ConfigProblem> Problems(const std::string& yaml) {
  v1::Config config;
  return ParseConfig(yaml, "test.yaml", config);
}

// kMinimal with `from` replaced by `to`.
std::string With(const std::string& from, const std::string& to) {
  std::string yaml = kMinimal;
  const size_t at = yaml.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return yaml.replace(at, from.size(), to);
}

auto Says(int line, const std::string& words) {
  return Contains(AllOf(Field(&ConfigProblem::line, line),
                        Field(&ConfigProblem::message, HasSubstr(words))));
}

TEST(Config, MinimalOneIsGoodAndGetsItsDefaults) {
  v1::Config config;
  EXPECT_THAT(ParseConfig(kMinimal, "test.yaml", config), IsEmpty());
  EXPECT_EQ(config.listen().http().address(), "127.0.0.1:8080");
  const v1::WorkflowConfig& workflow = config.workflows().at("support");
  EXPECT_EQ(workflow.mode(), v1::FAILOVER_MODE_OBSERVE);
  EXPECT_FALSE(workflow.mirror().has_rate());  // each path gets what it needs
  EXPECT_EQ(workflow.mirror().exposure().seconds(), 3600);
  EXPECT_EQ(workflow.mirror().importance(), 1);
  EXPECT_TRUE(workflow.failover().auto_failback());
  EXPECT_TRUE(workflow.failover().ramp());
  EXPECT_EQ(workflow.failover().kappa(), 0.01);
  EXPECT_EQ(config.providers().at("openai").shadow_api_key(), "env:OPENAI_API_KEY");
}

TEST(Config, ARateOfNothingIsNotTheSameAsNoRate) {
  v1::Config config;
  EXPECT_THAT(ParseConfig(kMinimal + std::string("    mirror: {rate: 0}\n"), "test.yaml", config),
              IsEmpty());
  EXPECT_TRUE(config.workflows().at("support").mirror().has_rate());
}

TEST(Config, ChecksWhatMirrorsMaySpend) {
  const auto with = [](const std::string& mirror, const std::string& shadow) {
    return Problems(kMinimal + std::string("    mirror: {") + mirror + "}\nshadow: {" + shadow + "}\n");
  };
  EXPECT_THAT(with("exposure: 5s", ""), Contains(Field(&ConfigProblem::message, HasSubstr("from 1min to 7d"))));
  EXPECT_THAT(with("importance: -1", ""), Contains(Field(&ConfigProblem::message, HasSubstr("at most 1000"))));
  EXPECT_THAT(with("", "max_requests_per_minute: -1"),
              Contains(Field(&ConfigProblem::message, HasSubstr("must not be negative"))));
  EXPECT_THAT(with("", "max_tokens_per_hour: -1"),
              Contains(Field(&ConfigProblem::message, HasSubstr("must not be negative"))));
  EXPECT_THAT(with("", "max_usd_per_hour: 2"),
              Contains(Field(&ConfigProblem::message, HasSubstr("price"))));
  EXPECT_THAT(with("exposure: 2h, importance: 3", "max_requests_per_minute: 60"), IsEmpty());
}

TEST(Config, ALadderHasAtMostFifteenPaths) {
  std::string paths;
  for (int i = 0; i < 15; ++i) {
    paths += "\n      - {name: more" + std::to_string(i) + ", role: degraded, provider: rules}";
  }
  const std::string last = "provider: rules}";
  EXPECT_THAT(Problems(With(last, last + paths)),
              Contains(Field(&ConfigProblem::message, HasSubstr("at most 15"))));
}

// What is held against the primary's own noise needs that noise measured.
TEST(Config, AsksThePrimaryTwiceWhereADimensionIsPaired) {
  const auto with = [](const std::string& mirror, v1::Config& config) {
    return ParseConfig(kMinimal + std::string("    gate: {dimensions: {policy: {mode: paired}}}\n") +
                           "    mirror: {" + mirror + "}\n",
                       "warmpath.yaml", config);
  };
  v1::Config config;
  EXPECT_THAT(with("", config), IsEmpty());
  EXPECT_EQ(config.workflows().begin()->second.mirror().self_rate(), 1);
  EXPECT_THAT(with("self_rate: 0.2", config), IsEmpty());
  EXPECT_EQ(config.workflows().begin()->second.mirror().self_rate(), 0.2);
  EXPECT_THAT(with("self_rate: 0", config), Says(15, "gate.dimensions.policy is paired"));
  EXPECT_THAT(ParseConfig(kMinimal, "warmpath.yaml", config), IsEmpty());
  EXPECT_EQ(config.workflows().begin()->second.mirror().self_rate(), 0);
}

TEST(Config, NamesTheUnknownProviderAndTheKnownOnes) {
  EXPECT_THAT(Problems(With("provider: openai", "provider: opnai")),
              Says(12, "there is no provider 'opnai'; providers are: openai, rules"));
}

TEST(Config, RefusesASecretInPlain) {
  const auto problems = Problems(With("env:OPENAI_API_KEY", "sk-123456"));
  EXPECT_THAT(problems, Contains(Field(&ConfigProblem::line, 3)));
  for (const ConfigProblem& problem : problems) {
    EXPECT_THAT(problem.message, Not(HasSubstr("sk-123456")));
  }
}

TEST(Config, RefusesAnOpenDoorToTheOutside) {
  EXPECT_THAT(Problems("listen: {http: {address: \"0.0.0.0:8080\"}}\n" + std::string(kMinimal)),
              Says(1, "reachable from outside"));
  EXPECT_THAT(Problems("listen: {http: {address: \"0.0.0.0:8080\", insecure: true}}\n" +
                       std::string(kMinimal)),
              IsEmpty());
}

TEST(Config, WantsExactlyOnePrimaryAndItFirst) {
  EXPECT_THAT(Problems(With("role: primary", "role: backup")), Says(11, "has 0 primary paths"));
}

TEST(Config, WantsAModelForAVendor) {
  EXPECT_THAT(Problems(With(", model: gpt-4o", "")), Says(12, "model is missing"));
}

TEST(Config, TakesEveryVendor) {
  for (const char* kind : {"openai_responses", "gemini", "azure_openai", "anthropic"}) {
    EXPECT_THAT(Problems(With("kind: openai,", std::string("kind: ") + kind + ",")), IsEmpty()) << kind;
    EXPECT_THAT(Problems(With(", model: gpt-4o", std::string())), Says(12, "model is missing")) << kind;
  }
  EXPECT_THAT(Problems(With("kind: openai,", "kind: azure_openai, api_version: \"2024-10-21\",")),
              IsEmpty());
  EXPECT_THAT(Problems(With("kind: openai,", "kind: openai, api_version: \"2024-10-21\",")),
              Says(3, "is for kind azure_openai"));
}

TEST(Config, ChecksProxies) {
  const auto with = [](const std::string& more) {
    return Problems(With("kind: openai,", "kind: openai, " + more + ","));
  };
  EXPECT_THAT(with("proxy: \"http://proxy.example:3128\""), IsEmpty());
  EXPECT_THAT(with("proxy: \"socks5://[::1]:1080\", proxy_credentials: \"env:PROXY\""), IsEmpty());
  EXPECT_THAT(with("proxy: \"https://proxy.example:3128\""), Says(3, "begins with neither http://"));
  EXPECT_THAT(with("proxy: \"http://proxy.example\""), Says(3, "has no port"));
  const auto inside = with("proxy: \"http://me:hidden@proxy.example:1\"");
  EXPECT_THAT(inside, Says(3, "proxy_credentials"));
  for (const ConfigProblem& problem : inside) EXPECT_THAT(problem.message, Not(HasSubstr("hidden")));
  EXPECT_THAT(with("proxy_credentials: \"env:PROXY\""), Says(3, "but no proxy"));
  EXPECT_THAT(with("proxy: \"http://p:1\", proxy_credentials: \"me:plain\""),
              Contains(Field(&ConfigProblem::line, 3)));
  EXPECT_THAT(Problems(With("kind: openai, base_url: \"https://api.openai.com/v1\", api_key: "
                            "\"env:OPENAI_API_KEY\"",
                            "kind: grpc, base_url: \"h:1\", proxy: \"http://p:1\"")),
              Says(3, "called over HTTP"));
}

TEST(Config, ChecksReplicas) {
  const auto with = [](const std::string& more) {
    return Problems("replicas: {" + more + "}\n" + std::string(kMinimal));
  };
  EXPECT_THAT(with("peers: [\"a.example:8083\", \"b.example:8083\"], bearer_token: \"env:TOKEN\", tls: true"),
              IsEmpty());
  EXPECT_THAT(with("peers: [\"a.example\"]"), Says(1, "port"));
  EXPECT_THAT(with("peers: [\"a.example:1\", \"a.example:1\"]"), Says(1, "stands here twice"));
  EXPECT_THAT(with("peers: [\"a.example:1\"], ca_file: ca.pem"), Says(1, "tls is not true"));
  EXPECT_THAT(with("bearer_token: plain"), Contains(Field(&ConfigProblem::line, 1)));
}

TEST(Config, TakesGrpcProvidersWithAndWithoutTls) {
  const auto grpc = [](const std::string& url) {
    return Problems(With("kind: openai, base_url: \"https://api.openai.com/v1\", api_key: "
                         "\"env:OPENAI_API_KEY\"",
                         "kind: grpc, base_url: \"" + url + "\""));
  };
  for (const char* good : {"h.example:50051", "https://h.example:443", "https://h.example", "http://h:1"}) {
    EXPECT_THAT(grpc(good), IsEmpty()) << good;
  }
  EXPECT_THAT(grpc("https://h.example/path"), Says(3, "has a path"));
  EXPECT_THAT(grpc("ftp://h.example"), Says(3, "is not a base URL"));
  EXPECT_THAT(grpc("h.example"), Says(3, "is not an address"));
}

TEST(Config, RefusesPatternsThatRe2CannotHold) {
  EXPECT_THAT(Problems(With("keywords: [refund]", "pattern: \"(?=x)\"")),
              Says(8, "is not an RE2 pattern"));
}

TEST(Config, TakesPatternsForPlacesInJson) {
  const auto contract = [](const std::string& pattern) {
    return Problems(kMinimal + std::string("    contract: {required_patterns: [\"") + pattern + "\"]}\n");
  };
  EXPECT_THAT(contract("(?/status)^(open|closed)$"), IsEmpty());
  EXPECT_THAT(contract("(?/status)("), Says(14, "is not an RE2 pattern"));
  EXPECT_THAT(contract("(?/status"), Says(14, "begins a JSON pointer"));
}

TEST(Config, RefusesATemplateFieldThatNothingExtracts) {
  EXPECT_THAT(Problems(With("A person will look at it.", "Order ${order} is on its way.")),
              Says(8, "the field 'order' is not among 'extract'"));
}

TEST(Config, RefusesADimensionThatDoesNotExist) {
  EXPECT_THAT(Problems(kMinimal + std::string("    gate: {dimensions: {shema: {theta: 0.9}}}\n")),
              Says(14, "there is no dimension 'shema'"));
}

TEST(Config, RefusesAModeThatADimensionCannotHave) {
  const auto gate = [](const std::string& text) {
    return Problems(kMinimal + ("    gate: {" + text + "}\n"));
  };
  EXPECT_THAT(gate("dimensions: {tools: {mode: paired, delta: 0.03}}, bucket: 0s"), IsEmpty());
  EXPECT_THAT(gate("dimensions: {schema: {mode: paired}}"),
              Says(14, "only tools, policy and judge can be paired"));
  EXPECT_THAT(gate("dimensions: {tools: {mode: paired, delta: 0.2}}"), Says(14, "at most 0.15"));
  EXPECT_THAT(gate("dimensions: {tools: {delta: 0.02}}"), Says(14, "is for mode: paired"));
  EXPECT_THAT(gate("bucket: 20m"), Says(14, "must be 0s (each card by itself) or from 1s to 10m"));
}

TEST(Config, RefusesAnAliasThatNamesAnotherWorkflow) {
  EXPECT_THAT(Problems(kMinimal + std::string(R"(  billing:
    aliases: [support]
    paths: [{name: gpt, role: primary, provider: openai, model: gpt-4o}]
)")),
              Says(15, "'support' already names the workflow 'support'"));
}

TEST(Config, ChecksHowTrafficMovesBitByBit) {
  const auto with = [](const std::string& failover) {
    return Problems(kMinimal + ("    failover: {" + failover + "}\n"));
  };
  EXPECT_THAT(with("ramp: false, kappa: 0.05, ramp_max: 10m"), IsEmpty());
  EXPECT_THAT(with("kappa: 0"), Says(14, "above 0 and at most 1"));
  EXPECT_THAT(with("kappa: 1.5"), Says(14, "above 0 and at most 1"));
  EXPECT_THAT(with("ramp_max: 0s"), Says(14, "at least 1s"));
}

TEST(Config, TellsAllProblemsAtOnceInFileOrder) {
  const auto problems = Problems(R"(store: {}
providers:
  a: {kind: openai, base_url: "ftp://x"}
  b: {kind: nonsense}
workflows:
  "bad name":
    paths: [{name: p, role: primary, provider: zzz, model: m}]
    mirror: {rate: 1.5}
)");
  EXPECT_THAT(problems, SizeIs(::testing::Ge(6)));
  for (size_t i = 1; i < problems.size(); ++i) EXPECT_LE(problems[i - 1].line, problems[i].line);
}

TEST(Config, ReadsASchemaFromItsOwnFile) {
  const std::string folder = ::testing::TempDir();
  std::ofstream(folder + "/answer.json") << R"({"type":"object","required":["reply"]})";
  std::ofstream(folder + "/good.yaml")
      << kMinimal << "    contract: {output_schema_file: answer.json}\n";
  std::ofstream(folder + "/bad.yaml")
      << kMinimal << "    contract: {output_schema_file: missing.json}\n";
  v1::Config config;
  EXPECT_THAT(LoadConfig(folder + "/good.yaml", config), IsEmpty());
  const auto& schema = config.workflows().at("support").contract().output_schema();
  EXPECT_EQ(schema.fields().at("type").string_value(), "object");
  EXPECT_THAT(LoadConfig(folder + "/bad.yaml", config), Says(14, "cannot read"));
}

TEST(Config, AShareOfHandOversIsAboveZero) {
  EXPECT_THAT(Problems(kMinimal + std::string("    gate: {max_handover_ratio: 0.3}\n")), IsEmpty());
  for (const char* ratio : {"0", "1.5", "-0.1"}) {
    EXPECT_THAT(Problems(kMinimal + ("    gate: {max_handover_ratio: " + std::string(ratio) + "}\n")),
                Says(14, "must be above 0 to 1"))
        << ratio;
  }
}

// kMinimal with a judge of these fields, which stands in line 14.
std::string WithJudge(const std::string& fields) {
  return kMinimal + ("    judge: {" + fields + "}\n");
}

TEST(Config, AJudgeIsAServiceOrAModelWithARubric) {
  EXPECT_THAT(Problems(WithJudge("target: \"judge.example:9000\"")), IsEmpty());
  EXPECT_THAT(Problems(WithJudge("provider: openai, model: m, rubric: be kind")), IsEmpty());
  EXPECT_THAT(Problems(WithJudge("rate: 1")), Says(14, "exactly one of target"));
  EXPECT_THAT(Problems(WithJudge("target: \"h:1\", provider: openai, model: m, rubric: r")),
              Says(14, "exactly one of target"));
  EXPECT_THAT(Problems(WithJudge("target: judge.example")), Says(14, "judge.example"));
  EXPECT_THAT(Problems(WithJudge("target: \"h:1\", model: m")), Says(14, "is for provider"));
  EXPECT_THAT(Problems(WithJudge("target: \"h:1\", pass_grade: 0.5")), Says(14, "is for provider"));
  EXPECT_THAT(Problems(WithJudge("provider: opnai, model: m, rubric: r")),
              Says(14, "there is no provider 'opnai'; providers are: openai, rules"));
  EXPECT_THAT(Problems(WithJudge("provider: openai, rubric: r")), Says(14, "model is missing"));
  EXPECT_THAT(Problems(WithJudge("provider: rules, rubric: r")), Says(14, "is no model"));
  EXPECT_THAT(Problems(WithJudge("provider: openai, model: m")), Says(14, "rubric is missing"));
  EXPECT_THAT(Problems(WithJudge("provider: openai, model: m, rubric: r, tls: true")),
              Says(14, "is for target"));
}

TEST(Config, AJudgesLimitsAreChecked) {
  const auto with = [](const std::string& field) {
    return Problems(WithJudge("provider: openai, model: m, rubric: r, " + field));
  };
  EXPECT_THAT(with("rate: 0"), Says(14, "leave judge out"));
  EXPECT_THAT(with("rate: 1.5"), Says(14, "above 0 and at most 1"));
  EXPECT_THAT(with("timeout: 0s"), Says(14, "longer than 0s"));
  EXPECT_THAT(with("max_concurrency: -1"), Says(14, "1 to 1000"));
  EXPECT_THAT(with("max_requests_per_minute: -1"), Says(14, "above 0"));
  EXPECT_THAT(with("pass_grade: 0"), Says(14, "above 0 and at most 1"));
  EXPECT_THAT(with("version: " + std::string(101, 'x')), Says(14, "at most 100"));
  EXPECT_THAT(with("rubric_file: r.md"), Says(14, "keep one of them"));
  EXPECT_THAT(Problems(WithJudge("target: \"h:1\", rubric: " + std::string(33'000, 'x'))),
              Says(14, "33000 bytes"));
}

TEST(Config, AJudgeGetsItsDefaults) {
  v1::Config config;
  EXPECT_THAT(ParseConfig(WithJudge("provider: openai, model: m, rubric: r"), "test.yaml", config),
              IsEmpty());
  const v1::JudgeConfig& judge = config.workflows().at("support").judge();
  EXPECT_EQ(judge.rate(), 1);
  EXPECT_EQ(judge.timeout().seconds(), 30);
  EXPECT_EQ(judge.max_concurrency(), 4);
  EXPECT_EQ(judge.max_requests_per_minute(), 60);
  EXPECT_EQ(judge.pass_grade(), 0.5);
}

TEST(Config, NobodyProvesWhatNobodyJudges) {
  const std::string gate = "    gate: {dimensions: {judge: {theta: 0.9}}}\n";
  EXPECT_THAT(Problems(kMinimal + gate), Says(14, "the workflow has no judge"));
  EXPECT_THAT(Problems(WithJudge("target: \"h:1\"") + gate), IsEmpty());
}

TEST(Config, ReadsARubricFileBesideTheConfig) {
  const std::string folder = ::testing::TempDir();
  std::ofstream(folder + "/rubric.md") << "It answers the question.\n";
  std::ofstream(folder + "/empty.md") << "\n";
  std::ofstream(folder + "/binary.md") << "\xff\xfe";
  const auto write = [&](const std::string& name, const std::string& rubric_file) {
    std::ofstream(folder + name)
        << WithJudge("provider: openai, model: m, rubric_file: " + rubric_file);
    return folder + name;
  };
  v1::Config config;
  EXPECT_THAT(LoadConfig(write("/judged.yaml", "rubric.md"), config), IsEmpty());
  EXPECT_EQ(config.workflows().at("support").judge().rubric(), "It answers the question.\n");
  EXPECT_THAT(LoadConfig(write("/missing.yaml", "missing.md"), config), Says(14, "cannot read"));
  EXPECT_THAT(LoadConfig(write("/empty.yaml", "empty.md"), config), Says(14, "is empty"));
  EXPECT_THAT(LoadConfig(write("/binary.yaml", "binary.md"), config), Says(14, "is not UTF-8"));
}

TEST(Config, SaysThatTheFileIsNotThere) {
  v1::Config config;
  EXPECT_THAT(LoadConfig("/nonexistent/warmpath.yaml", config), Says(1, "cannot read the file"));
}

TEST(Config, CapabilitiesAreChecked) {
  EXPECT_THAT(Problems(With("kind: openai,", "kind: openai, server: vlm,")),
              Says(3, "there is no kind of server 'vlm'; choose from: anthropic, azure_openai"));
  EXPECT_THAT(Problems(With("kind: openai,", "kind: openai, server: vllm,")), IsEmpty());
  EXPECT_THAT(Problems(With("store:", "capabilities:\n  - {server: x}\nstore:")),
              Says(2, "there is no kind of server 'x'"));
  EXPECT_THAT(Problems(With("store:",
                            "capabilities:\n  - server: vllm\n    capabilities: {tool_id_min_length: "
                            "42, tool_id_max_length: 40}\nstore:")),
              Says(3, "tool_id_min_length (42) is above tool_id_max_length (40)"));
  // gpt-4o gives up to 16,384 tokens, which the path's window cannot hold.
  EXPECT_THAT(Problems(With("model: gpt-4o}",
                            "model: gpt-4o, capabilities: {context_window_tokens: 8000}}")),
              Says(12, "max_output_tokens (16384) does not fit into context_window_tokens (8000)"));
}

TEST(Config, WarnsOfSchemasThatAVendorCannotHold) {
  const auto warnings = [](const std::string& model, const std::string& schema) {
    v1::Config config;
    std::vector<ConfigProblem> warnings;
    std::string yaml = With("model: gpt-4o}", "model: " + model + "}");
    yaml += "    contract: {output_schema: " + schema + "}\n";
    EXPECT_THAT(ParseConfig(yaml, "test.yaml", config, &warnings), IsEmpty());
    return warnings;
  };
  const std::string good =
      "{type: object, properties: {a: {type: string}}, required: [a], additionalProperties: false}";
  EXPECT_THAT(warnings("gpt-4o", good), IsEmpty());
  EXPECT_THAT(warnings("gpt-4o", "{type: object, properties: {a: {type: string}}}"),
              ElementsAre(AllOf(Field(&ConfigProblem::line, 12),
                                Field(&ConfigProblem::message,
                                      HasSubstr("it has an object without additionalProperties")))));
  EXPECT_THAT(warnings("gpt-3.5-turbo", good),
              ElementsAre(Field(&ConfigProblem::message, HasSubstr("no structured output"))));
}

}  // namespace
}  // namespace warmpath
