#include "scorer/json_schema/schema_documents.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "scorer/json_schema/json_pointer.h"
#include "scorer/json_schema/metaschemas.h"
#include "scorer/json_schema/uri.h"

namespace warmpath {
namespace {

namespace json = boost::json;

absl::string_view View(const json::string& text) { return {text.data(), text.size()}; }
absl::string_view View(json::string_view text) { return {text.data(), text.size()}; }

const json::string* Text(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_string();
}

// The keyword by which a draft gives a schema its URI; null text if it has none that counts.
const json::string* IdOf(const json::object& schema, Draft draft) {
  // Before 2019-09 everything beside a $ref is ignored.
  if (draft <= Draft::k7 && Text(schema, "$ref") != nullptr) return nullptr;
  return Text(schema, draft == Draft::k4 ? "id" : "$id");
}

// Reads $vocabulary of a metaschema into `dialect`.
absl::Status ApplyVocabulary(const json::object& metaschema, Dialect& dialect) {
  const json::value* member = metaschema.if_contains("$vocabulary");
  const json::object* vocabulary = member == nullptr ? nullptr : member->if_object();
  if (vocabulary == nullptr || dialect.draft < Draft::k2019_09) return absl::OkStatus();
  static constexpr absl::string_view kKnown[] = {
      "core",     "applicator", "unevaluated", "validation",       "meta-data",
      "content",  "format",     "format-annotation", "format-assertion"};
  dialect.validation = false;
  for (const json::key_value_pair& entry : *vocabulary) {
    const absl::string_view uri = View(entry.key());
    const bool required = entry.value().is_bool() && entry.value().get_bool();
    bool known = false;
    if (absl::StartsWith(uri, "https://json-schema.org/draft/20")) {
      const absl::string_view name = uri.substr(uri.rfind('/') + 1);
      for (const absl::string_view one : kKnown) known = known || one == name;
      if (name == "validation") dialect.validation = true;
      if (name == "format-assertion" || (name == "format" && required)) {
        dialect.format_assertion = true;
      }
    }
    if (!known && required) {
      return absl::InvalidArgumentError(absl::StrCat("unknown vocabulary is required: ", uri));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SchemaResource*> SchemaDocuments::AddMain(const json::value& schema) {
  return AddDocument(schema, "", options_.default_dialect);
}

absl::Status SchemaDocuments::Measure(const json::value& value, int depth) {
  if (depth > options_.max_depth) {
    return absl::ResourceExhaustedError(
        absl::StrCat("schema nested deeper than ", options_.max_depth));
  }
  if (++values_ > options_.max_values) {
    return absl::ResourceExhaustedError(
        absl::StrCat("schema has more than ", options_.max_values, " values"));
  }
  if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) RETURN_IF_ERROR(Measure(item, depth + 1));
  } else if (const json::object* object = value.if_object()) {
    for (const json::key_value_pair& member : *object) {
      RETURN_IF_ERROR(Measure(member.value(), depth + 1));
    }
  }
  return absl::OkStatus();
}

const SchemaLocation* SchemaDocuments::Below(const SchemaLocation* parent,
                                             absl::string_view token) {
  return &locations_.emplace_back(SchemaLocation{parent, token});
}

const SchemaLocation* SchemaDocuments::Below(const SchemaLocation* parent, size_t index) {
  return &locations_.emplace_back(SchemaLocation{parent, {}, index});
}

absl::Status SchemaDocuments::CheckUri(absl::string_view uri,
                                       const SchemaLocation* location) const {
  if (uri.size() <= options_.max_uri_bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      location->ToString(), ": an identifier is longer than ", options_.max_uri_bytes, " bytes"));
}

absl::StatusOr<SchemaResource*> SchemaDocuments::NewResource(const json::value& root,
                                                             std::string uri,
                                                             const SchemaLocation* location) {
  if (resources_.size() >= static_cast<size_t>(options_.max_resources)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("schema has more than ", options_.max_resources, " resources"));
  }
  RETURN_IF_ERROR(CheckUri(uri, location));
  SchemaResource& resource = resources_.emplace_back();
  resource.location = location;
  resource.root = &root;
  by_uri_.try_emplace(uri, &resource);
  roots_[&root] = &resource;
  resource.uri = std::move(uri);
  return &resource;
}

absl::StatusOr<SchemaResource*> SchemaDocuments::AddDocument(const json::value& document,
                                                             const std::string& uri,
                                                             Dialect inherited) {
  RETURN_IF_ERROR(Measure(document, 0));
  documents_.push_back(std::make_unique<json::value>(document));
  const json::value& root = *documents_.back();
  const bool is_main = resources_.empty();
  document_names_.push_back(is_main ? "" : absl::StrCat(uri, "#"));
  const SchemaLocation* location = Below(nullptr, document_names_.back());
  ASSIGN_OR_RETURN(SchemaResource * resource, NewResource(root, uri, location));
  resource->dialect = inherited;
  if (const json::object* object = root.if_object()) {
    ASSIGN_OR_RETURN(resource->dialect, DialectOf(*object, inherited));
    if (const json::string* id = IdOf(*object, resource->dialect.draft)) {
      resource->uri = ResolveUri(uri, SplitFragment(View(*id)).without_fragment);
      RETURN_IF_ERROR(CheckUri(resource->uri, location));
      by_uri_.try_emplace(resource->uri, resource);
    }
  }
  RETURN_IF_ERROR(ScanSchema(root, {resource, location}));
  return resource;
}

const json::value* SchemaDocuments::FindKnown(absl::string_view uri) const {
  if (options_.resolver != nullptr) {
    const auto found = options_.resolver->documents.find(uri);
    if (found != options_.resolver->documents.end()) return &found->second;
  }
  if (const json::value* metaschema = FindMetaschema(uri)) return metaschema;
  if (options_.resolver == nullptr) return nullptr;
  for (const auto& [retrieval_uri, document] : options_.resolver->documents) {
    const json::object* object = document.if_object();
    if (object == nullptr) continue;
    const json::string* id = Text(*object, "$id");
    if (id == nullptr) id = Text(*object, "id");
    if (id != nullptr && SplitFragment(View(*id)).without_fragment == uri) return &document;
  }
  return nullptr;
}

absl::StatusOr<SchemaResource*> SchemaDocuments::FindOrLoad(const std::string& uri,
                                                            Dialect inherited) {
  const auto found = by_uri_.find(uri);
  if (found != by_uri_.end()) return found->second;
  const json::value* document = FindKnown(uri);
  if (document == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("no schema is known by the URI \"", Shortened(uri), "\""));
  }
  return AddDocument(*document, uri, inherited);
}

absl::StatusOr<Dialect> SchemaDocuments::DialectOf(const json::object& schema, Dialect inherited,
                                                   int hops) {
  const json::string* uri = Text(schema, "$schema");
  if (uri == nullptr || hops > 4) return inherited;
  if (const std::optional<Draft> draft = DraftOfSchemaUri(View(*uri))) return Dialect{*draft};
  const json::value* metaschema = FindKnown(SplitFragment(View(*uri)).without_fragment);
  if (metaschema == nullptr || !metaschema->is_object()) return options_.default_dialect;
  ASSIGN_OR_RETURN(Dialect dialect,
                   DialectOf(metaschema->get_object(), options_.default_dialect, hops + 1));
  RETURN_IF_ERROR(ApplyVocabulary(metaschema->get_object(), dialect));
  return dialect;
}

SchemaResource* SchemaDocuments::ResourceAt(const json::value& value,
                                            SchemaResource* otherwise) const {
  const auto found = roots_.find(&value);
  return found == roots_.end() ? otherwise : found->second;
}

// Records the identifiers of `schema` and of the schemas in it. Only places that hold schemas are
// looked at: an "$id" inside an enum is data.
absl::Status SchemaDocuments::ScanSchema(const json::value& schema, Scan at) {
  const json::object* object = schema.if_object();
  if (object == nullptr) return absl::OkStatus();
  if (at.resource->root != &schema) {
    ASSIGN_OR_RETURN(at.resource, EnterResource(*object, schema, at));
  }
  RETURN_IF_ERROR(AddAnchors(*object, schema, at));
  for (const json::key_value_pair& member : *object) {
    const auto shape = SubschemasIn(View(member.key()), at.resource->dialect.draft);
    if (!shape.has_value()) continue;
    RETURN_IF_ERROR(ScanChildren(*shape, member.value(),
                                 {at.resource, Below(at.location, View(member.key()))}));
  }
  return absl::OkStatus();
}

absl::Status SchemaDocuments::ScanChildren(SubschemaShape shape, const json::value& held,
                                           const Scan& at) {
  if (const json::array* array = held.if_array()) {
    if (shape != SubschemaShape::kArray && shape != SubschemaShape::kSchemaOrArray) {
      return absl::OkStatus();
    }
    for (size_t i = 0; i < array->size(); ++i) {
      RETURN_IF_ERROR(ScanSchema((*array)[i], {at.resource, Below(at.location, i)}));
    }
    return absl::OkStatus();
  }
  const json::object* object = held.if_object();
  if (object == nullptr || shape == SubschemaShape::kArray) return absl::OkStatus();
  if (shape == SubschemaShape::kSchema || shape == SubschemaShape::kSchemaOrArray) {
    return ScanSchema(held, at);
  }
  for (const json::key_value_pair& member : *object) {
    RETURN_IF_ERROR(ScanSchema(member.value(),
                               {at.resource, Below(at.location, View(member.key()))}));
  }
  return absl::OkStatus();
}

// The resource that a subschema belongs to: a new one if it has a URI of its own.
absl::StatusOr<SchemaResource*> SchemaDocuments::EnterResource(const json::object& schema,
                                                               const json::value& value,
                                                               const Scan& at) {
  const bool may_change = Text(schema, "$id") != nullptr || Text(schema, "id") != nullptr;
  if (!may_change) return at.resource;
  ASSIGN_OR_RETURN(const Dialect dialect, DialectOf(schema, at.resource->dialect));
  const json::string* id = IdOf(schema, dialect.draft);
  if (id == nullptr) return at.resource;
  const absl::string_view uri = SplitFragment(View(*id)).without_fragment;
  if (uri.empty()) return at.resource;  // a fragment alone: an anchor, up to draft 7
  ASSIGN_OR_RETURN(SchemaResource * resource,
                   NewResource(value, ResolveUri(at.resource->uri, uri), at.location));
  resource->dialect = dialect;
  return resource;
}

absl::Status SchemaDocuments::AddAnchors(const json::object& schema, const json::value& value,
                                         const Scan& at) {
  const Draft draft = at.resource->dialect.draft;
  const auto add = [&](absl::string_view name, bool dynamic) {
    at.resource->anchors.try_emplace(std::string(name),
                                     SchemaResource::Anchor{&value, at.location, dynamic});
  };
  if (draft <= Draft::k7) {
    const json::string* id = IdOf(schema, draft);
    if (id == nullptr) return absl::OkStatus();
    const SplitUri split = SplitFragment(View(*id));
    if (split.fragment.has_value() && !split.fragment->empty()) add(*split.fragment, false);
    return absl::OkStatus();
  }
  if (const json::string* name = Text(schema, "$anchor")) add(View(*name), false);
  if (draft == Draft::k2020_12) {
    if (const json::string* name = Text(schema, "$dynamicAnchor")) add(View(*name), true);
  } else if (at.resource->root == &value) {
    const json::value* flag = schema.if_contains("$recursiveAnchor");
    at.resource->recursive_anchor = flag != nullptr && flag->is_bool() && flag->get_bool();
  }
  return absl::OkStatus();
}

absl::StatusOr<SchemaDocuments::Place> SchemaDocuments::Resolve(SchemaResource* from,
                                                                absl::string_view reference) {
  const SplitUri split = SplitFragment(reference);
  const std::string uri = ResolveUri(from->uri, split.without_fragment);
  SchemaResource* resource = nullptr;
  if (split.without_fragment.empty()) {
    resource = from;
  } else {
    ASSIGN_OR_RETURN(resource, FindOrLoad(uri, from->dialect));
  }
  const std::string fragment = split.fragment.value_or("");
  if (fragment.empty()) return Place{resource->root, resource, resource->location};
  if (fragment[0] == '/') return FollowPointer(resource, fragment);
  const auto anchor = resource->anchors.find(fragment);
  if (anchor == resource->anchors.end()) {
    return absl::NotFoundError(absl::StrCat("no anchor \"", Shortened(fragment),
                                            "\" in the schema ",
                                            uri.empty() ? "itself" : Shortened(uri)));
  }
  return Place{anchor->second.value, resource, anchor->second.location};
}

absl::StatusOr<SchemaDocuments::Place> SchemaDocuments::FollowPointer(SchemaResource* resource,
                                                                      absl::string_view pointer) {
  Place place{resource->root, resource, resource->location};
  for (const absl::string_view escaped : absl::StrSplit(pointer.substr(1), '/')) {
    const std::string token = UnescapePointerToken(escaped);
    const json::value* next = nullptr;
    if (const json::object* object = place.value->if_object()) {
      if (const auto found = object->find(token); found != object->end()) {
        next = &found->value();
        place.location = Below(place.location, View(found->key()));
      }
    } else if (const json::array* array = place.value->if_array()) {
      if (const size_t index = PointerIndex(token); index < array->size()) {
        next = &(*array)[index];
        place.location = Below(place.location, index);
      }
    }
    if (next == nullptr) {
      return absl::NotFoundError(absl::StrCat("nothing stands at \"", Shortened(pointer), "\""));
    }
    place.value = next;
    place.resource = ResourceAt(*next, place.resource);
  }
  return place;
}

}  // namespace warmpath
