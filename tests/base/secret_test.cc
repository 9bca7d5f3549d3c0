#include "base/secret.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::StatusIs;

std::string WriteFile(const std::string& name, const std::string& content) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(ResolveSecret, ReadsTheEnvironment) {
  setenv("WARMPATH_TEST_SECRET", "s3cret", 1);
  EXPECT_EQ(ResolveSecret("env:WARMPATH_TEST_SECRET").value(), "s3cret");
}

TEST(ResolveSecret, TakesOneNewlineOffAFile) {
  EXPECT_EQ(ResolveSecret("file:" + WriteFile("a", "s3cret\n")).value(), "s3cret");
  EXPECT_EQ(ResolveSecret("file:" + WriteFile("b", "s3cret\r\n")).value(), "s3cret");
  EXPECT_EQ(ResolveSecret("file:" + WriteFile("c", "s3cret\n\n")).value(), "s3cret\n");
  EXPECT_EQ(ResolveSecret("file:" + WriteFile("d", " s3cret ")).value(), " s3cret ");
}

TEST(ResolveSecret, RefusesPlainValuesWithoutRepeatingThem) {
  for (const char* plain : {"sk-abc123", "", "ENV:X", "env:sk-abc123", "env:", "file:"}) {
    EXPECT_THAT(ResolveSecret(plain), StatusIs(absl::StatusCode::kInvalidArgument,
                                               AllOf(HasSubstr("write "), Not(HasSubstr("abc")))))
        << plain;
    EXPECT_THAT(CheckSecretReference(plain), Not(IsOk())) << plain;
  }
}

TEST(ResolveSecret, SaysWhatIsMissing) {
  unsetenv("WARMPATH_TEST_MISSING");
  EXPECT_THAT(ResolveSecret("env:WARMPATH_TEST_MISSING"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("WARMPATH_TEST_MISSING")));
  EXPECT_THAT(ResolveSecret("file:/nonexistent/key"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent/key")));
}

TEST(ResolveSecret, RefusesWhatCannotBeASecret) {
  const auto kUnusable = absl::StatusCode::kFailedPrecondition;
  setenv("WARMPATH_TEST_EMPTY", "", 1);
  EXPECT_THAT(ResolveSecret("env:WARMPATH_TEST_EMPTY"), StatusIs(kUnusable, HasSubstr("empty")));
  EXPECT_THAT(ResolveSecret("file:" + WriteFile("e", "\n")), StatusIs(kUnusable));
  EXPECT_THAT(ResolveSecret("file:" + ::testing::TempDir()), StatusIs(kUnusable));
  EXPECT_THAT(ResolveSecret("file:" + WriteFile("f", std::string(64 * 1024 + 1, 'x'))),
              StatusIs(kUnusable, HasSubstr("larger")));
}

TEST(ResolveSecret, DoesNotWaitForANamedPipe) {
  const std::string path = ::testing::TempDir() + "/pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(ResolveSecret("file:" + path), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(CheckSecretReference, AcceptsWithoutReading) {
  EXPECT_THAT(CheckSecretReference("env:WARMPATH_TEST_MISSING"), IsOk());
  EXPECT_THAT(CheckSecretReference("file:/nonexistent/key"), IsOk());
}

}  // namespace
}  // namespace warmpath
