// Every config that people are shown is one that warmpathd takes.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/config.h"
#include "failover/failover_parameters.h"
#include "failover/gate_config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scorer/contract.h"

namespace warmpath {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

constexpr char kFolder[] = "deploy/examples";

std::vector<std::string> Examples() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> Words(const std::vector<ConfigProblem>& problems) {
  std::vector<std::string> words;
  for (const ConfigProblem& problem : problems) words.push_back(problem.ToString());
  return words;
}

// What the start checks after the loader: gate, failover, contract.
void ExpectStartable(const v1::Config& config) {
  for (const auto& [name, workflow] : config.workflows()) {
    EXPECT_TRUE(MakeGateParameters(workflow).ok()) << MakeGateParameters(workflow).status();
    EXPECT_TRUE(MakeFailoverParameters(workflow.failover()).ok()) << name;
    const auto contract = ContractFromConfig(workflow.contract(), "");
    EXPECT_TRUE(contract.ok()) << contract.status();
  }
}

// The text of the first fenced block of YAML that configures warmpathd.
std::string ConfigIn(const std::string& markdown_file) {
  std::ifstream file(markdown_file);
  std::ostringstream text;
  text << file.rdbuf();
  const std::string markdown = text.str();
  const std::string opening = "```yaml\n";
  const size_t start = markdown.find(opening);
  if (start == std::string::npos) return "";
  const size_t begin = start + opening.size();
  return markdown.substr(begin, markdown.find("```", begin) - begin);
}

TEST(Examples, AreThere) {
  EXPECT_THAT(Examples(), Contains(std::string(kFolder) + "/failover.yaml"));
  EXPECT_GE(Examples().size(), 4u);
}

TEST(Examples, AreGoodConfigs) {
  for (const std::string& file : Examples()) {
    SCOPED_TRACE(file);
    v1::Config config;
    EXPECT_THAT(Words(LoadConfig(file, config)), IsEmpty());
    ExpectStartable(config);
  }
}

TEST(Examples, TheLockedDownOneAsksForTlsAndATokenAtEveryOpenDoor) {
  v1::Config config;
  ASSERT_THAT(Words(LoadConfig(std::string(kFolder) + "/locked_down.yaml", config)), IsEmpty());
  const v1::ListenConfig& listen = config.listen();
  for (const v1::ListenerConfig* door :
       {&listen.http(), &listen.grpc(), &listen.admin_http(), &listen.admin_grpc()}) {
    if (door->address() == "off") continue;
    SCOPED_TRACE(door->address());
    EXPECT_FALSE(door->tls().certificate_file().empty());
    EXPECT_GE(door->bearer_tokens_size(), 1);
    EXPECT_FALSE(door->insecure());
  }
}

TEST(Examples, TheSchemaFileStandsBesideTheConfig) {
  v1::Config config;
  ASSERT_THAT(Words(LoadConfig(std::string(kFolder) + "/rules.yaml", config)), IsEmpty());
  const v1::ContractConfig& contract = config.workflows().at("sort-mail").contract();
  EXPECT_EQ(contract.output_schema().fields().at("required").list_value().values_size(), 3);
}

TEST(Examples, TheJudgesAreAServiceAndAModelWithItsRubric) {
  v1::Config config;
  ASSERT_THAT(Words(LoadConfig(std::string(kFolder) + "/judge/judge.yaml", config)), IsEmpty());
  EXPECT_EQ(config.workflows().at("support-reply").judge().target(), "127.0.0.1:9000");
  EXPECT_FALSE(config.workflows().at("summarise-call").judge().rubric().empty());
}

TEST(Readme, ShowsAGoodConfig) {
  const std::string yaml = ConfigIn("README.md");
  ASSERT_FALSE(yaml.empty());
  v1::Config config;
  EXPECT_THAT(Words(ParseConfig(yaml, "README.md", config)), IsEmpty());
  ExpectStartable(config);
}

}  // namespace
}  // namespace warmpath
