#include "base/yaml_to_proto.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/yaml_test.pb.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;
using testing::StatusIs;
using testing::TestConfig;

// The problems of `yaml` as text, without the file's name.
std::vector<std::string> Problems(std::string_view yaml, const YamlLimits& limits = {}) {
  TestConfig config;
  std::vector<std::string> texts;
  for (const ConfigProblem& problem : YamlToProto(yaml, "", &config, nullptr, limits)) {
    texts.push_back(problem.ToString().substr(1));
  }
  return texts;
}

// What `yaml` means, which must be free of problems.
TestConfig Parsed(std::string_view yaml) {
  TestConfig config;
  EXPECT_THAT(ConfigProblemsToStatus(YamlToProto(yaml, "test.yaml", &config)), IsOk());
  return config;
}

TestConfig FromText(const std::string& text) {
  TestConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config));
  return config;
}

void ExpectSame(const TestConfig& actual, const std::string& expected_text) {
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(actual, FromText(expected_text)))
      << actual.DebugString();
}

constexpr char kGood[] = R"(# A comment.
name: demo
mode: keep_alive
tags: [a, "1"]
labels: {team: core, "odd key": x}
roles:
  first: primary
workflows:
  support:
    retries: 3
    timeout: 1m30s
    mirror: true
    paths:
      - provider: openai
        role: primary
        also: [backup, primary]
      - provider: other
        role: backup
        weight: 0
        token:
          max_bytes: 64KiB
  empty: {}
limits:
  max_bytes: 10MB
  small_bytes: 512
  count: 7
  offset: -9223372036854775808
  sample_ratio: 5%
  theta: 0.9
  price: 1e-3
  start_time: 2026-01-31T08:00:00.5Z
  maybe: 4
  steps: [250ms, 0s, "14d"]
  weights: [1, 2.5, -3e2]
)";

TEST(YamlToProto, FillsEveryKindOfField) {
  ExpectSame(Parsed(kGood), R"(
    name: "demo"
    mode: HTTP_MODE_KEEP_ALIVE
    tags: "a" tags: "1"
    labels { key: "team" value: "core" }
    labels { key: "odd key" value: "x" }
    roles { key: "first" value: TEST_ROLE_PRIMARY }
    workflows {
      key: "support"
      value {
        retries: 3
        timeout { seconds: 90 }
        mirror: true
        paths {
          provider: "openai"
          role: TEST_ROLE_PRIMARY
          also: [TEST_ROLE_BACKUP, TEST_ROLE_PRIMARY]
        }
        paths { provider: "other" role: TEST_ROLE_BACKUP weight: 0 token { max_bytes: 65536 } }
      }
    }
    workflows { key: "empty" value {} }
    limits {
      max_bytes: 10000000
      small_bytes: 512
      count: 7
      offset: -9223372036854775808
      sample_ratio: 0.05
      theta: 0.9
      price: 0.001
      start_time { seconds: 1769846400 nanos: 500000000 }
      maybe { value: 4 }
      steps { nanos: 250000000 }
      steps {}
      steps { seconds: 1209600 }
      weights: [1, 2.5, -300]
    })");
}

TEST(YamlToProto, KeepsStructsAsJsonTypes) {
  const TestConfig config = Parsed(R"(
paths:
  - settings:
      text: hello
      quoted: "12"
      number: 12.5
      yes: yes
      flag: true
      nothing: null
      "null": ~
      list: [1, "1", {deep: false}]
    any: [x]
    list: []
)");
  ExpectSame(config, R"(
    paths {
      settings {
        fields { key: "text" value { string_value: "hello" } }
        fields { key: "quoted" value { string_value: "12" } }
        fields { key: "number" value { number_value: 12.5 } }
        fields { key: "yes" value { string_value: "yes" } }
        fields { key: "flag" value { bool_value: true } }
        fields { key: "nothing" value { null_value: NULL_VALUE } }
        fields { key: "null" value { null_value: NULL_VALUE } }
        fields { key: "list" value { list_value {
          values { number_value: 1 }
          values { string_value: "1" }
          values { struct_value { fields { key: "deep" value { bool_value: false } } } }
        } } }
      }
      any { list_value { values { string_value: "x" } } }
      list {}
    })");
}

TEST(YamlToProto, KeepsBlockText) {
  EXPECT_EQ(Parsed("name: |\n  12\n").name(), "12\n");
  EXPECT_EQ(Parsed("name: ''\n").name(), "");
}

TEST(YamlToProto, FillsMessagesKnownOnlyAtRunTime) {
  google::protobuf::DescriptorPool pool;
  google::protobuf::FileDescriptorProto file;
  for (const auto* dependency : {google::protobuf::Duration::descriptor()->file(),
                                 google::protobuf::Struct::descriptor()->file(),
                                 google::protobuf::Timestamp::descriptor()->file(),
                                 google::protobuf::Int32Value::descriptor()->file()}) {
    file.Clear();
    dependency->CopyTo(&file);
    ASSERT_NE(pool.BuildFile(file), nullptr);
  }
  file.Clear();
  TestConfig::descriptor()->file()->CopyTo(&file);
  ASSERT_NE(pool.BuildFile(file), nullptr);
  google::protobuf::DynamicMessageFactory factory;
  std::unique_ptr<google::protobuf::Message> dynamic(
      factory.GetPrototype(pool.FindMessageTypeByName("warmpath.testing.TestConfig"))->New());
  const std::string yaml = std::string(kGood) + "paths: [{settings: {a: [1]}}]\n";
  ASSERT_THAT(YamlToProto(yaml, "f", dynamic.get()), IsEmpty());
  TestConfig config;
  ASSERT_TRUE(config.ParseFromString(dynamic->SerializeAsString()));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(config, Parsed(yaml)));
}

TEST(YamlToProto, ChecksProto2RequiredFields) {
  google::protobuf::UninterpretedOption option;  // its name parts are required
  const auto problems = YamlToProto("name:\n  - name_part: x\n", "f", &option);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].ToString(), "f:2:5: missing key 'is_extension' at name[0]; add it");
}

TEST(YamlToProto, ClearsTheMessageFirst) {
  TestConfig config = FromText("name: 'old'");
  EXPECT_THAT(YamlToProto("mode: close", "f", &config), IsEmpty());
  EXPECT_EQ(config.name(), "");
}

TEST(YamlToProto, ReportsAllProblemsInFileOrder) {
  EXPECT_THAT(Problems(R"(nam: x
workflows:
  support:
    retires: 3
    timeout: 5
    mirror: yes
    paths: {}
name: 1
)"),
              ElementsAre("1:1: unknown key 'nam' at the top level; did you mean 'name'? valid "
                          "keys: blob, labels, limits, mode, name, numbered, paths, roles, tags, "
                          "workflows",
                          "4:5: unknown key 'retires' at workflows.support; did you mean "
                          "'retries'? valid keys: mirror, paths, retries, timeout",
                          AllOf(HasSubstr("5:14: workflows.support.timeout: '5' is not a duration"),
                                HasSubstr("30s")),
                          "6:13: workflows.support.mirror: expected true or false, found 'yes'",
                          HasSubstr("7:12: workflows.support.paths: expected a list, found a map"),
                          HasSubstr("8:7: name: expected text, found '1'; write it in quotes")));
}

// One wrong line each, and a part of what is said about it.
TEST(YamlToProto, NamesEachKindOfMistake) {
  const struct {
    const char* yaml;
    const char* expected;
  } kCases[] = {
      {"mode: keepalive",
       "1:7: mode: expected one of keep_alive, close; found 'keepalive'; did "
       "you mean 'keep_alive'?"},
      {"mode: HTTP_MODE_CLOSE", "did you mean 'close'?"},
      {"mode: unspecified", "expected one of keep_alive, close"},
      {"mode: [close]", "found a list"},
      {"roles: {a: boss}", "1:12: roles.a: expected one of primary, backup; found 'boss'"},
      {"limits: {count: -1}", "the number -1 is out of range; allowed are 0 to 4294967295"},
      {"limits: {count: 4294967296}", "out of range"},
      {"limits: {offset: 99999999999999999999999999999999999999999999}", "out of range"},
      {"limits: {count: 1.0}", "expected a whole number, found '1.0'"},
      {"limits: {count: 0x10}", "expected a whole number"},
      {"limits: {count: 010}", "without leading zeros"},
      {"limits: {count: \"1\"}", "found the text '1'; write it without quotes"},
      {"limits: {max_bytes: 10M}", "'10M' is not a size"},
      {"limits: {max_bytes: many}", "is not a size"},
      {"limits: {small_bytes: 3GB}", "the number 3GB is out of range"},
      {"limits: {count: 10MB}", "expected a whole number"},
      {"limits: {theta: .nan}", "expected a number"},
      {"limits: {theta: 1e999}", "out of range"},
      {"limits: {price: 1e39}", "out of range"},
      {"limits: {price: 5%}", "expected a number, found '5%'"},
      {"limits: {theta: \"0.5\"}", "without quotes"},
      {"limits: {start_time: yesterday}", "expected a time such as"},
      {"limits: {start_time: 2026-13-01T00:00:00Z}", "expected a time such as"},
      {"limits: {steps: [1s, -1s]}", "1:22: limits.steps[1]: '-1s' is not a duration"},
      {"limits: {maybe: x}", "limits.maybe: expected a whole number"},
      {"limits: 3", "expected a map of keys, found '3'"},
      {"limits:", "1:1: limits: expected a map of keys, found nothing; write its keys below it"},
      {"name:", "the key has no value"},
      {"name: [a]", "expected text, found a list"},
      {"name: true", "write it in quotes"},
      {"name: 0x1F", "write it in quotes"},
      {"tags: a", "write each element after '- '"},
      {"tags:", "write [] for an empty list"},
      {"labels:", "write {} for an empty one"},
      {"labels: [a]", "expected a map, found a list"},
      {"labels: {a: }", "labels.a: the key has no value"},
      {"numbered: {1: a}", "maps whose keys are not text"},
      {"blob: abc", "type bytes can't be written"},
      {"paths: [{key: a, token: {}}]",
       "1:18: only one of 'key' (line 1) and 'token' may stand at paths[0]"},
      {"paths: [{list: {}}]", "expected a list, found a map"},
      {"paths: [{settings: []}]", "expected a map of keys, found a list"},
      {"paths: [{any: 007}]", "paths[0].any: '007' is no number in JSON"},
      {"paths: [{any: .inf}]", "is no number in JSON"},
      {"paths: [{settings: {id: 9007199254740993}}]",
       "paths[0].settings.id: the number 9007199254740993 can't be kept exactly"},
      {"name: a\nname: b", "2:1: duplicate key 'name'; it already stands on line 1"},
      {"paths: [{settings: {a: 1, \"a\": 2}}]", "duplicate key 'a'"},
      {"name: &x a", "anchors (&x) are not supported"},
      {"name: !!str a", "tags (tag:yaml.org,2002:str) are not supported"},
      {"limits: !foo {}", "are not supported"},
      {"limits: {<<: {count: 1}}", "merge keys (<<) are not supported"},
      {"? [a]\n: b", "a key must be text"},
      {"name: a\n---\nname: b", "a second document begins here"},
      {"", "1:1: the file is empty"},
      {"# only a comment\n", "the file is empty"},
      {"[a]", "the top level: expected a map of keys, found a list"},
      {"just text", "found 'just text'"},
      {"name: [a", "cannot read the YAML"},
      {"name: \"a", "cannot read the YAML"},
      {"\tname: a", "cannot read the YAML"},
      {"name: a\n  mode: close", "2:7: cannot read the YAML"},
      {"name: a\nlimits: \x04 {count: 1}", "2:9: a control character"},
      {"name: \xff", "1:7: not UTF-8"},
  };
  for (const auto& c : kCases) {
    const std::vector<std::string> problems = Problems(c.yaml);
    EXPECT_THAT(problems, ElementsAre(HasSubstr(c.expected))) << c.yaml;
  }
}

TEST(YamlToProto, ReportsAnAliasAndItsAnchor) {
  EXPECT_THAT(Problems("name: &x a\ntags: [*x]\n"),
              ElementsAre(HasSubstr("1:7: anchors"), HasSubstr("2:8: aliases")));
}

TEST(YamlToProto, GoesOnPastProblems) {
  TestConfig config;
  EXPECT_THAT(YamlToProto("nope: 1\nname: demo\nlimits: {count: x, offset: 2}\n", "f", &config),
              SizeIs(2));
  EXPECT_EQ(config.name(), "demo");
  EXPECT_EQ(config.limits().offset(), 2);
}

TEST(YamlToProto, LimitsSizeDepthAndCount) {
  YamlLimits limits;
  limits.max_bytes = 10;
  EXPECT_THAT(Problems("name: 01234567", limits), ElementsAre(HasSubstr("at most 10")));
  limits = {};
  limits.max_depth = 3;
  EXPECT_THAT(Problems("paths: [{any: 1}]", limits), IsEmpty());
  EXPECT_THAT(Problems("paths: [{any: []}]", limits),
              ElementsAre(HasSubstr("1:15: cannot read the YAML: nested deeper than 3 levels")));
  limits = {};
  limits.max_nodes = 4;
  EXPECT_THAT(Problems("tags: [a]", limits), IsEmpty());
  EXPECT_THAT(Problems("tags: [a, b]", limits), ElementsAre(HasSubstr("more than 4 values")));
  limits = {};
  limits.max_problems = 2;
  EXPECT_THAT(
      Problems("a: 1\nb: 1\nc: 1\nd: 1\n", limits),
      ElementsAre(HasSubstr("1:1: "), HasSubstr("2:1: "), HasSubstr("and 2 more problems")));
}

TEST(YamlToProto, SurvivesAbsurdNesting) {
  EXPECT_THAT(Problems(std::string(100'000, '[')), SizeIs(1));
  std::string steps;
  for (int i = 0; i < 1000; ++i) steps += std::string(i, ' ') + "a:\n";
  EXPECT_THAT(Problems(steps), SizeIs(1));
}

TEST(YamlToProto, SurvivesEverySmallDamage) {
  const std::string good = kGood;
  TestConfig config;
  int still_good = 0;
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char* damage : {"", "\"", "\n", "[", "{", ":", "&", "*", "\xc3"}) {
      std::string text = good;
      text.replace(i, 1, damage);
      still_good += YamlToProto(text, "f", &config).empty();
    }
  }
  EXPECT_GT(still_good, 100);  // within words
  EXPECT_LT(still_good, 4500);
}

TEST(YamlToProto, CutsLongValuesInMessages) {
  EXPECT_THAT(Problems("limits: {count: " + std::string(5000, 'x') + "}"),
              ElementsAre(AllOf(EndsWith("x...'"), SizeIs(::testing::Lt(200)))));
}

TEST(SourceMap, KnowsWhereEverythingStood) {
  TestConfig config;
  SourceMap sources;
  ASSERT_THAT(YamlToProto(kGood, "test.yaml", &config, &sources), IsEmpty());
  EXPECT_EQ(sources.Find("workflows[\"support\"].paths[1].provider").line, 17);
  EXPECT_EQ(sources.Find("workflows[\"support\"].paths[1]").line, 17);
  EXPECT_EQ(sources.Find("workflows[\"support\"]").line, 9);
  EXPECT_EQ(sources.Find("tags[1]").column, 11);
  EXPECT_EQ(sources.ProblemAt("limits.theta", "too high").ToString(), "test.yaml:29:3: too high");
}

TEST(SourceMap, FallsBackToWhatEncloses) {
  TestConfig config;
  SourceMap sources;
  ASSERT_THAT(YamlToProto("workflows:\n  \"a.[\\\"b\":\n    retries: 1\n", "f", &config, &sources),
              IsEmpty());
  const std::string workflow = PathAppendKey("workflows", "a.[\"b");
  EXPECT_EQ(sources.Find(PathAppendField(workflow, "retries")).line, 3);
  EXPECT_EQ(sources.Find(PathAppendField(workflow, "paths[3].provider")).line, 2);
  EXPECT_EQ(sources.Find("workflows[\"other\"].retries").line, 1);
  EXPECT_EQ(sources.Find("limits").line, 1);
  EXPECT_EQ(sources.Find("").line, 1);
}

TEST(SourceMap, ReachesIntoStructs) {
  TestConfig config;
  SourceMap sources;
  ASSERT_THAT(YamlToProto("paths:\n- settings:\n    a:\n    - b: 1\n", "f", &config, &sources),
              IsEmpty());
  EXPECT_EQ(sources.Find("paths[0].settings[\"a\"][0][\"b\"]").line, 4);
}

TEST(ConfigProblemsToStatus, HasOneProblemALine) {
  EXPECT_THAT(ConfigProblemsToStatus({}), IsOk());
  EXPECT_THAT(ConfigProblemsToStatus({{"a", 1, 2, "x"}, {"b", 3, 4, "y"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, "a:1:2: x\nb:3:4: y"));
}

}  // namespace
}  // namespace warmpath
