#include "scorer/json_schema/schema_compiler.h"

#include "scorer/json_schema/schema_graph_builder.h"

namespace warmpath {

absl::StatusOr<std::unique_ptr<SchemaGraph>> CompileSchemaGraph(
    const boost::json::value& schema, const SchemaCompileOptions& options) {
  return GraphBuilder(options).Run(schema);
}

}  // namespace warmpath
