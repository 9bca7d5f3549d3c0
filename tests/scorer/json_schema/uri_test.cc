#include "scorer/json_schema/uri.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

struct Reference {
  const char* base;
  const char* reference;
  const char* resolved;
};

class UriReferences : public ::testing::TestWithParam<Reference> {};

TEST_P(UriReferences, Resolve) {
  EXPECT_EQ(ResolveUri(GetParam().base, GetParam().reference), GetParam().resolved)
      << GetParam().reference;
}

// The examples of RFC 3986, 5.4, and what schemas add to them.
constexpr char kBase[] = "http://a/b/c/d;p?q";
INSTANTIATE_TEST_SUITE_P(Rfc3986, UriReferences, ::testing::Values(
    Reference{kBase, "g:h", "g:h"}, Reference{kBase, "g", "http://a/b/c/g"},
    Reference{kBase, "./g", "http://a/b/c/g"}, Reference{kBase, "g/", "http://a/b/c/g/"},
    Reference{kBase, "/g", "http://a/g"}, Reference{kBase, "//g", "http://g"},
    Reference{kBase, "?y", "http://a/b/c/d;p?y"}, Reference{kBase, "", kBase},
    Reference{kBase, "..", "http://a/b/"}, Reference{kBase, "../g", "http://a/b/g"},
    Reference{kBase, "../../../g", "http://a/g"}, Reference{kBase, "./g/.", "http://a/b/c/g/"},
    Reference{kBase, "g/../h", "http://a/b/c/h"}));
INSTANTIATE_TEST_SUITE_P(Schemas, UriReferences, ::testing::Values(
    Reference{"", "item.json", "item.json"},
    Reference{"tree.json", "node.json", "node.json"},
    Reference{"urn:uuid:1", "urn:uuid:2", "urn:uuid:2"},
    Reference{"http://host", "a", "http://host/a"}));

TEST(SplitFragment, DecodesTheFragment) {
  const SplitUri split = SplitFragment("a.json#/b%25c%7E1d");
  EXPECT_EQ(split.without_fragment, "a.json");
  EXPECT_EQ(split.fragment, "/b%c~1d");
  EXPECT_FALSE(SplitFragment("a.json").fragment.has_value());
}

TEST(PercentDecode, LeavesMalformedEscapesAlone) { EXPECT_EQ(PercentDecode("%4g%"), "%4g%"); }

}  // namespace
}  // namespace warmpath
