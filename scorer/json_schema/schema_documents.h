// The documents that one compilation draws on, and the identifiers inside them.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "scorer/json_schema/dialect.h"
#include "scorer/json_schema/schema_location.h"

namespace warmpath {

struct SchemaNode;

// Documents that a schema may refer to, by absolute URI without a fragment; found by their own
// absolute $id too. There is no fetching: what is neither here nor a published metaschema makes a
// $ref unresolvable.
struct SchemaResolver {
  absl::flat_hash_map<std::string, boost::json::value> documents;
};

// A schema resource: a document's root or a subschema with an identifier of its own.
struct SchemaResource {
  // Base URI, without a fragment; may be empty for the main document.
  std::string uri;
  const SchemaLocation* location = nullptr;
  const boost::json::value* root = nullptr;
  Dialect dialect;

  struct Anchor {
    const boost::json::value* value;
    const SchemaLocation* location;
    bool dynamic;
  };
  absl::flat_hash_map<std::string, Anchor> anchors;
  bool recursive_anchor = false;

  // Where $dynamicRef and $recursiveRef can arrive in this resource; filled by the compiler.
  absl::flat_hash_map<std::string, const SchemaNode*> dynamic_nodes;
};

// SchemaDocuments owns every document of a compilation and resolves references between them.
//
// Thread safety: none while compiling; never changed afterwards.
// Ownership: copies what it is given; borrows `resolver` for its lifetime up to the last Resolve.
// Errors: INVALID_ARGUMENT for malformed identifiers, NOT_FOUND for unresolvable references,
// RESOURCE_EXHAUSTED over a limit; messages name the schema's JSON pointer.
class SchemaDocuments {
 public:
  struct Options {
    Dialect default_dialect;
    const SchemaResolver* resolver = nullptr;
    int max_depth = 200;
    int max_values = 500'000;  // over all documents
    int max_resources = 2'000;
    size_t max_uri_bytes = 4'096;
  };
  explicit SchemaDocuments(Options options) : options_(options) {}

  absl::StatusOr<SchemaResource*> AddMain(const boost::json::value& schema);

  // The place that a reference names.
  struct Place {
    const boost::json::value* value;
    SchemaResource* resource;
    const SchemaLocation* location;
  };
  absl::StatusOr<Place> Resolve(SchemaResource* from, absl::string_view reference);

  // The resource whose root `value` is, or `otherwise`.
  SchemaResource* ResourceAt(const boost::json::value& value, SchemaResource* otherwise) const;

  // A place one step below `parent`. `token` must live as long as the documents.
  const SchemaLocation* Below(const SchemaLocation* parent, absl::string_view token);
  const SchemaLocation* Below(const SchemaLocation* parent, size_t index);

  std::deque<SchemaResource>& resources() { return resources_; }

 private:
  struct Scan {
    SchemaResource* resource;
    const SchemaLocation* location;
  };

  absl::Status Measure(const boost::json::value& value, int depth);
  absl::Status CheckUri(absl::string_view uri, const SchemaLocation* location) const;
  absl::StatusOr<SchemaResource*> NewResource(const boost::json::value& root, std::string uri,
                                              const SchemaLocation* location);
  absl::StatusOr<SchemaResource*> AddDocument(const boost::json::value& document,
                                              const std::string& uri, Dialect inherited);
  absl::StatusOr<SchemaResource*> FindOrLoad(const std::string& uri, Dialect inherited);
  const boost::json::value* FindKnown(absl::string_view uri) const;
  absl::StatusOr<Dialect> DialectOf(const boost::json::object& schema, Dialect inherited,
                                    int hops = 0);
  absl::Status ScanSchema(const boost::json::value& schema, Scan at);
  absl::StatusOr<SchemaResource*> EnterResource(const boost::json::object& schema,
                                                const boost::json::value& value, const Scan& at);
  absl::Status AddAnchors(const boost::json::object& schema, const boost::json::value& value,
                          const Scan& at);
  absl::Status ScanChildren(SubschemaShape shape, const boost::json::value& held, const Scan& at);
  absl::StatusOr<Place> FollowPointer(SchemaResource* resource, absl::string_view pointer);

  Options options_;
  int values_ = 0;
  std::deque<std::unique_ptr<boost::json::value>> documents_;
  std::deque<SchemaLocation> locations_;
  std::deque<std::string> document_names_;
  std::deque<SchemaResource> resources_;
  absl::flat_hash_map<std::string, SchemaResource*> by_uri_;
  absl::flat_hash_map<const boost::json::value*, SchemaResource*> roots_;
};

}  // namespace warmpath
