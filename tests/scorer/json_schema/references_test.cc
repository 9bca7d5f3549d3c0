// Identifiers and references: where a $ref arrives, in each draft, and what a metaschema decides.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scorer/json_schema/json_schema.h"
#include "tests/scorer/json_schema/schema_test_support.h"

namespace warmpath {
namespace {

using testing::Json;
using testing::Schema;

// Compiles against a set of known documents and asks about instances.
class References : public ::testing::Test {
 protected:
  void Document(const std::string& uri, const char* text) {
    resolver_.documents[uri] = Json(text);
  }
  void Main(const char* text) { schema_ = Schema(text, {.resolver = &resolver_}); }
  SchemaVerdict On(const char* instance) { return schema_->Judge(Json(instance)); }

  void Accepts(const char* instance) {
    EXPECT_EQ(On(instance), SchemaVerdict::kValid) << instance;
  }
  void Rejects(const char* instance) {
    EXPECT_EQ(On(instance), SchemaVerdict::kInvalid) << instance;
  }

 private:
  SchemaResolver resolver_;
  std::shared_ptr<const CompiledSchema> schema_;
};

TEST_F(References, ResolveAgainstTheNearestId) {
  Document("https://ex.test/shop/price.json", R"({"type":"number"})");
  Document("https://ex.test/price.json", R"({"type":"string"})");
  Main(R"({"$id":"https://ex.test/root.json","properties":{
      "outer":{"$ref":"price.json"},
      "inner":{"$id":"shop/","items":{"$ref":"price.json"}}}})");
  Accepts(R"({"outer":"1","inner":[1]})");
  Rejects(R"({"outer":1})");
  Rejects(R"({"inner":["1"]})");
}

TEST_F(References, FindADocumentByItsRetrievalUriAndByItsOwnId) {
  Document("https://ex.test/a.json",
           R"({"$id":"https://ex.test/elsewhere/b.json","$defs":{"n":{"type":"null"}},
               "$ref":"#/$defs/n"})");
  Main(R"({"prefixItems":[{"$ref":"https://ex.test/a.json"},
                          {"$ref":"https://ex.test/elsewhere/b.json"}]})");
  Accepts("[null,null]");
  Rejects("[1,null]");
  Rejects("[null,1]");
}

TEST_F(References, ReachSubschemasByPointerWithEscapes) {
  Main(R"({"$defs":{"a/b":{"c%d":[{"type":"string"}]},"":{"type":"null"}},
      "properties":{"x":{"$ref":"#/$defs/a~1b/c%25d/0"},"y":{"$ref":"#/$defs/"}}})");
  Accepts(R"({"x":"s","y":null})");
  Rejects(R"({"x":1})");
  Rejects(R"({"y":1})");
}

TEST_F(References, TakeNoIdentifierFromData) {
  Main(R"({"$id":"https://ex.test/root","properties":{
      "e":{"enum":[{"$id":"https://ex.test/x","type":"null"}]},
      "c":{"const":{"$anchor":"x"}},
      "r":{"$ref":"https://ex.test/x"},"a":{"$ref":"#x"}},
      "$defs":{"real":{"$id":"x","$anchor":"inside","type":"string"}}})");
  Accepts(R"({"r":"text"})");
  Rejects(R"({"r":null})");
  EXPECT_EQ(On(R"({"a":1})"), SchemaVerdict::kUnknown);
}

TEST_F(References, UseIdAndFragmentsOfOldDrafts) {
  Main(R"({"$schema":"http://json-schema.org/draft-04/schema#","id":"http://ex.test/",
      "definitions":{"n":{"id":"#num","type":"number"},"s":{"id":"s.json","type":"string"}},
      "properties":{"n":{"$ref":"#num"},"s":{"$ref":"s.json"}}})");
  Accepts(R"({"n":1,"s":"a"})");
  Rejects(R"({"n":"a"})");
  Rejects(R"({"s":1})");
}

TEST_F(References, ExtendATreeDynamically) {
  Document("https://ex.test/tree", R"({"$id":"https://ex.test/tree","$dynamicAnchor":"node",
      "type":"object","properties":{"kids":{"type":"array","items":{"$dynamicRef":"#node"}}}})");
  Main(R"({"$id":"https://ex.test/strict","$dynamicAnchor":"node","$ref":"tree",
      "unevaluatedProperties":false})");
  Accepts(R"({"kids":[{"kids":[]}]})");
  Rejects(R"({"kids":[{"kid":[]}]})");
}

TEST_F(References, TreatADynamicRefToAPlainAnchorAsARef) {
  Main(R"({"$id":"https://ex.test/a","$dynamicAnchor":"x","properties":{"p":{"$ref":"b"}},
      "$defs":{"b":{"$id":"b","$dynamicRef":"#x",
                    "$defs":{"x":{"$anchor":"x","type":"string"}}}}})");
  Accepts(R"({"p":"s"})");
  Rejects(R"({"p":{}})");
}

TEST_F(References, ExtendATreeRecursivelyIn2019) {
  constexpr char kDraft[] = "https://json-schema.org/draft/2019-09/schema";
  Document("https://ex.test/tree",
           R"({"$schema":"https://json-schema.org/draft/2019-09/schema",
               "$id":"https://ex.test/tree","$recursiveAnchor":true,"type":"object",
               "properties":{"kids":{"items":{"$recursiveRef":"#"}}}})");
  const std::string strict =
      std::string(R"({"$schema":")") + kDraft +
      R"(","$id":"https://ex.test/strict","$recursiveAnchor":true,"$ref":"tree",
          "unevaluatedProperties":false})";
  Main(strict.c_str());
  Accepts(R"({"kids":[{"kids":[]}]})");
  Rejects(R"({"kids":[{"kid":[]}]})");
  // Without the anchor on the outside, recursion stays in the tree.
  const std::string lax = std::string(R"({"$schema":")") + kDraft +
                          R"(","$id":"https://ex.test/lax","$ref":"tree"})";
  Main(lax.c_str());
  Accepts(R"({"kids":[{"kid":[]}]})");
}

TEST_F(References, KeepEachResourceInItsOwnDraft) {
  Document("https://ex.test/old", R"({"$schema":"http://json-schema.org/draft-07/schema#",
      "items":[{"type":"string"}],"additionalItems":false,"dependentRequired":{"a":["b"]}})");
  Main(R"({"$ref":"https://ex.test/old"})");
  Rejects(R"(["a","b"])");
  Accepts(R"({"a":1})");  // draft 7 knows no dependentRequired
}

TEST_F(References, ReachThePublishedMetaschemas) {
  for (const char* uri :
       {"http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#",
        "http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema"}) {
    SCOPED_TRACE(uri);
    Main((std::string(R"({"$ref":")") + uri + "\"}").c_str());
    Accepts(R"({"type":["string","null"],"properties":{"a":{"minLength":1}},"items":{}})");
    Rejects(R"({"type":"strin"})");
    Rejects(R"({"properties":{"a":{"minLength":-1}}})");
    Rejects(R"({"allOf":[{"not":{"maxItems":"3"}}]})");
  }
}

TEST_F(References, ObeyTheVocabulariesOfACustomMetaschema) {
  Document("https://ex.test/no-validation", R"({
      "$schema":"https://json-schema.org/draft/2020-12/schema","$vocabulary":{
      "https://json-schema.org/draft/2020-12/vocab/core":true,
      "https://json-schema.org/draft/2020-12/vocab/applicator":true,
      "https://ex.test/optional":false}})");
  Main(R"({"$schema":"https://ex.test/no-validation",
      "properties":{"a":false,"b":{"minimum":10}}})");
  Rejects(R"({"a":1})");
  Accepts(R"({"b":1})");
}

TEST_F(References, AssertFormatsWhereTheMetaschemaDemandsIt) {
  Document("https://ex.test/formats", R"({
      "$schema":"https://json-schema.org/draft/2020-12/schema","$vocabulary":{
      "https://json-schema.org/draft/2020-12/vocab/core":true,
      "https://json-schema.org/draft/2020-12/vocab/format-assertion":true}})");
  Main(R"({"$schema":"https://ex.test/formats","format":"ipv4"})");
  Accepts(R"("127.0.0.1")");
  Rejects(R"("localhost")");
}

}  // namespace
}  // namespace warmpath
