#include "scorer/json_schema/schema_graph_builder.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "scorer/json_schema/json_pointer.h"

namespace warmpath {
namespace {

namespace json = boost::json;

absl::string_view View(json::string_view text) { return {text.data(), text.size()}; }

}  // namespace

absl::StatusOr<std::unique_ptr<SchemaGraph>> GraphBuilder::Run(const json::value& schema) {
  graph_->documents = std::make_unique<SchemaDocuments>(SchemaDocuments::Options{
      .default_dialect = {options_.default_draft},
      .resolver = options_.resolver,
      .max_depth = options_.max_depth,
      .max_values = options_.max_values,
  });
  ASSIGN_OR_RETURN(SchemaResource * main, graph_->documents->AddMain(schema));
  ASSIGN_OR_RETURN(graph_->root, NodeFor(*main->root, main, main->location));
  RETURN_IF_ERROR(Drain());
  return std::move(graph_);
}

// Children are compiled from a list, so a deep schema costs no stack.
absl::Status GraphBuilder::Drain() {
  while (!pending_.empty()) {
    const Pending next = pending_.back();
    pending_.pop_back();
    RETURN_IF_ERROR(CompileNode(next));
    if (pending_.empty()) RETURN_IF_ERROR(CompileDynamicTargets());
  }
  return absl::OkStatus();
}

absl::StatusOr<const SchemaNode*> GraphBuilder::NodeFor(const json::value& value,
                                                        SchemaResource* resource,
                                                        const SchemaLocation* location) {
  const auto [entry, is_new] = nodes_.try_emplace(&value, nullptr);
  if (!is_new) return entry->second;
  if (graph_->nodes.size() >= static_cast<size_t>(options_.max_nodes)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("schema has more than ", options_.max_nodes, " subschemas"));
  }
  SchemaNode& node = graph_->nodes.emplace_back();
  node.location = location;
  node.resource = resource;
  entry->second = &node;
  pending_.push_back({&value, &node, resource});
  return &node;
}

absl::StatusOr<const SchemaNode*> GraphBuilder::Child(const json::value& value, const Subject& at,
                                                      absl::string_view keyword) {
  return ChildAt(value, at, graph_->documents->Below(at.node.location, keyword));
}

absl::StatusOr<const SchemaNode*> GraphBuilder::ChildAt(const json::value& value, const Subject& at,
                                                        const SchemaLocation* location) {
  return NodeFor(value, graph_->documents->ResourceAt(value, at.resource), location);
}

absl::StatusOr<std::vector<const SchemaNode*>> GraphBuilder::Children(const json::value& value,
                                                                      const Subject& at,
                                                                      absl::string_view keyword) {
  const json::array* array = value.if_array();
  if (array == nullptr) return absl::InvalidArgumentError("must be an array of schemas");
  const SchemaLocation* here = graph_->documents->Below(at.node.location, keyword);
  std::vector<const SchemaNode*> children;
  for (size_t i = 0; i < array->size(); ++i) {
    ASSIGN_OR_RETURN(const SchemaNode* child,
                     ChildAt((*array)[i], at, graph_->documents->Below(here, i)));
    children.push_back(child);
  }
  return children;
}

absl::Status GraphBuilder::CompileNode(const Pending& pending) {
  SchemaNode& node = *pending.node;
  // Draft 4 knows these only as additionalItems and additionalProperties; no harm elsewhere.
  if (const bool* flag = pending.value->if_bool()) {
    node.never = !*flag;
    return absl::OkStatus();
  }
  const json::object* schema = pending.value->if_object();
  if (schema == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(node.location->ToString(), ": a schema must be an object, true or false"));
  }
  Subject at{*schema, node, pending.resource};
  node.double_is_fraction = at.draft() == Draft::k4;
  // Up to draft 7, a $ref makes everything beside it void.
  if (at.draft() <= Draft::k7) {
    const auto ref = schema->find("$ref");
    if (ref != schema->end() && ref->value().is_string()) return CompileKeyword(*ref, at);
  }
  for (const json::key_value_pair& member : *schema) RETURN_IF_ERROR(CompileKeyword(member, at));
  return absl::OkStatus();
}

absl::Status GraphBuilder::CompileKeyword(const json::key_value_pair& member, Subject& at) {
  const absl::string_view name = View(member.key());
  const auto found = KnownKeywords().find(name);
  if (found == KnownKeywords().end()) return absl::OkStatus();
  const Keyword& keyword = found->second;
  if (at.draft() < keyword.first || at.draft() > keyword.last) return absl::OkStatus();
  if (keyword.validation && !at.resource->dialect.validation) return absl::OkStatus();
  const absl::Status status = (this->*keyword.handler)(name, member.value(), at);
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(ChildPointer(at.node.location->ToString(), name),
                                                  ": ", status.message()));
}

// Compiles every place at which a dynamic reference seen so far may arrive.
absl::Status GraphBuilder::CompileDynamicTargets() {
  for (SchemaResource& resource : graph_->documents->resources()) {
    for (const std::string& name : dynamic_names_) {
      if (resource.dynamic_nodes.contains(name)) continue;
      SchemaResource::Anchor target{resource.root, resource.location, resource.recursive_anchor};
      if (!name.empty()) {
        const auto anchor = resource.anchors.find(name);
        if (anchor == resource.anchors.end()) continue;
        target = anchor->second;
      }
      if (!target.dynamic) continue;
      ASSIGN_OR_RETURN(resource.dynamic_nodes[name],
                       NodeFor(*target.value, &resource, target.location));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<const EcmaPattern*> GraphBuilder::Pattern(absl::string_view source) {
  const auto [entry, is_new] = patterns_.try_emplace(std::string(source), nullptr);
  if (!is_new) return entry->second;
  if (graph_->patterns.size() >= static_cast<size_t>(options_.max_patterns)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("schema has more than ", options_.max_patterns, " patterns"));
  }
  const EcmaPattern& pattern =
      graph_->patterns.emplace_back(source, options_.max_pattern_memory_bytes);
  pattern_instructions_ += pattern.program_size();
  if (pattern_instructions_ > options_.max_pattern_instructions_total) {
    return absl::ResourceExhaustedError("the schema's patterns are too large together");
  }
  entry->second = &pattern;
  return &pattern;
}

}  // namespace warmpath
