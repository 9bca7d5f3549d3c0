// docs/config.md lists every field of the config: one that is missing there does not exist for users.
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::string ReadDocs() {
  std::ifstream file("docs/config.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A field is told as `name`, or as a part of a longer one: `tls.key_file`, `extract`/`name:`.
bool IsTold(const std::string& docs, const std::string& name) {
  for (const char* before : {"`", ".", "{", ", ", "\n", " "}) {
    for (const char* after : {"`", ".", ":"}) {
      if (absl::StrContains(docs, absl::StrCat(before, name, after))) return true;
    }
  }
  return false;
}

void Check(const Descriptor& message, const std::string& docs, std::set<std::string>& seen) {
  if (!seen.insert(message.full_name()).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (!message.options().map_entry()) {
      EXPECT_TRUE(IsTold(docs, field.name())) << field.full_name() << " is not told in docs/config.md";
    }
    if (field.message_type() != nullptr &&
        absl::StartsWith(field.message_type()->full_name(), "warmpath.")) {
      Check(*field.message_type(), docs, seen);
    }
  }
}

TEST(ConfigDocs, TellEveryField) {
  const std::string docs = ReadDocs();
  ASSERT_FALSE(docs.empty());
  std::set<std::string> seen;
  Check(*v1::Config::descriptor(), docs, seen);
  EXPECT_GT(seen.size(), 20u);
  EXPECT_FALSE(IsTold(docs, "no_such_field"));
}

}  // namespace
}  // namespace warmpath
