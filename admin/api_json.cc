#include "admin/api_json.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "admin/budget_reader.h"
#include "admin/divergence_reader.h"
#include "admin/history_reader.h"
#include "admin/history_series.h"
#include "admin/query_params.h"
#include "admin/record_reader.h"
#include "admin/status_reader.h"
#include "base/duration.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "google/protobuf/util/json_util.h"

namespace warmpath {
namespace {

const std::vector<std::string>& ApiPaths() {
  static const auto& paths = *new std::vector<std::string>{
      "/api/status", "/api/history", "/api/divergences", "/api/card",
      "/api/flips",  "/api/drills",  "/api/reviews",     "/api/audit", "/api/budget"};
  return paths;
}

absl::StatusOr<std::string> Json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) return absl::InternalError(std::string(status.message()));
  return json;
}

template <typename Response>
absl::StatusOr<std::string> JsonOf(const absl::StatusOr<Response>& response) {
  RETURN_IF_ERROR(response.status());
  return Json(*response);
}

absl::StatusOr<absl::Time> TimeParam(const QueryParams& params, const std::string& name) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, params.Get(name), &time, &error)) return time;
  return absl::InvalidArgumentError(
      absl::StrCat(name, " must be a time such as 2026-01-31T08:00:00Z"));
}

template <typename Request>
absl::Status SetPage(const QueryParams& params, Request& request) {
  if (params.Has("page_size")) {
    int32_t size = 0;
    if (!absl::SimpleAtoi(params.Get("page_size"), &size) || size < 0) {
      return absl::InvalidArgumentError("page_size must be a number from 0 to 1000");
    }
    request.set_page_size(size);
  }
  request.set_page_token(params.Get("page_token"));
  return absl::OkStatus();
}

template <typename Request>
absl::StatusOr<Request> ListRequest(std::string_view query) {
  ASSIGN_OR_RETURN(const QueryParams params,
                   QueryParams::Parse(query, {"workflow", "page_size", "page_token"}));
  Request request;
  request.set_workflow(params.Get("workflow"));
  RETURN_IF_ERROR(SetPage(params, request));
  return request;
}

absl::StatusOr<v1::Dimension> DimensionParam(const QueryParams& params) {
  const std::string word = params.Get("dimension");
  if (word.empty()) return v1::DIMENSION_UNSPECIFIED;
  for (const v1::Dimension dimension :
       {v1::DIMENSION_SCHEMA, v1::DIMENSION_TOOLS, v1::DIMENSION_POLICY, v1::DIMENSION_TOOL_ERRORS,
        v1::DIMENSION_JUDGE}) {
    if (word == DimensionKey(dimension)) return dimension;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown dimension '", word, "'; there are: schema, tools, policy, tool_errors, judge"));
}

absl::StatusOr<std::string> HistoryJson(const AdminContext& context, std::string_view query) {
  ASSIGN_OR_RETURN(const QueryParams params, QueryParams::Parse(query, {"workflow", "path", "range",
                                                                        "start", "end", "bucket"}));
  v1::GetHistoryRequest request;
  request.set_workflow(params.Get("workflow"));
  request.set_path(params.Get("path"));
  absl::Time end = context.clock.Now();
  if (params.Has("end")) {
    ASSIGN_OR_RETURN(end, TimeParam(params, "end"));
  }
  *request.mutable_end_time() = ToProto(end);
  if (params.Has("range")) {
    ASSIGN_OR_RETURN(const absl::Duration range, ParseHumanDuration(params.Get("range")));
    *request.mutable_start_time() = ToProto(end - range);
  } else if (params.Has("start")) {
    ASSIGN_OR_RETURN(const absl::Time start, TimeParam(params, "start"));
    *request.mutable_start_time() = ToProto(start);
  }
  if (params.Has("bucket")) {
    ASSIGN_OR_RETURN(const absl::Duration bucket, ParseHumanDuration(params.Get("bucket")));
    *request.mutable_bucket() = ToProto(bucket);
  }
  return JsonOf(ReadHistory(context, request));
}

absl::StatusOr<std::string> DivergencesJson(const AdminContext& context, std::string_view query) {
  ASSIGN_OR_RETURN(const QueryParams params,
                   QueryParams::Parse(query, {"workflow", "path", "dimension", "range", "start",
                                              "page_size", "page_token"}));
  v1::ListDivergencesRequest request;
  request.set_workflow(params.Get("workflow"));
  request.set_path(params.Get("path"));
  ASSIGN_OR_RETURN(const v1::Dimension dimension, DimensionParam(params));
  request.set_dimension(dimension);
  if (params.Has("range")) {
    ASSIGN_OR_RETURN(const absl::Duration range, ParseHumanDuration(params.Get("range")));
    *request.mutable_start_time() = ToProto(context.clock.Now() - range);
  } else if (params.Has("start")) {
    ASSIGN_OR_RETURN(const absl::Time start, TimeParam(params, "start"));
    *request.mutable_start_time() = ToProto(start);
  }
  RETURN_IF_ERROR(SetPage(params, request));
  return JsonOf(ReadDivergences(context, request));
}

}  // namespace

absl::StatusOr<std::string> ApiJson(const AdminContext& context, std::string_view path,
                                    std::string_view query) {
  if (path == "/api/status") {
    ASSIGN_OR_RETURN(const QueryParams params, QueryParams::Parse(query, {"workflow"}));
    v1::GetStatusRequest request;
    request.set_workflow(params.Get("workflow"));
    return JsonOf(ReadStatus(context, request));
  }
  if (path == "/api/budget") {
    ASSIGN_OR_RETURN(const QueryParams params, QueryParams::Parse(query, {"workflow"}));
    v1::GetBudgetRequest request;
    request.set_workflow(params.Get("workflow"));
    return JsonOf(ReadBudget(context, request));
  }
  if (path == "/api/history") return HistoryJson(context, query);
  if (path == "/api/divergences") return DivergencesJson(context, query);
  if (path == "/api/card") {
    ASSIGN_OR_RETURN(const QueryParams params, QueryParams::Parse(query, {"id"}));
    v1::GetScorecardRequest request;
    request.set_id(params.Get("id"));
    return JsonOf(ReadScorecard(context, request));
  }
  if (path == "/api/flips") {
    ASSIGN_OR_RETURN(const auto request, ListRequest<v1::ListFlipsRequest>(query));
    return JsonOf(context.failover.ListFlips(request));
  }
  if (path == "/api/drills") {
    ASSIGN_OR_RETURN(const auto request, ListRequest<v1::ListDrillsRequest>(query));
    return JsonOf(context.failover.ListDrills(request));
  }
  if (path == "/api/reviews") {
    ASSIGN_OR_RETURN(const auto request, ListRequest<v1::ListReviewsRequest>(query));
    return JsonOf(ReadReviews(context, request));
  }
  if (path == "/api/audit") {
    ASSIGN_OR_RETURN(const auto request, ListRequest<v1::ListAuditEntriesRequest>(query));
    return JsonOf(ReadAuditEntries(context, request));
  }
  const std::string closest = ClosestMatch(path, ApiPaths());
  return absl::NotFoundError(
      absl::StrCat("there is nothing at this path",
                   closest.empty() ? "" : absl::StrCat("; did you mean '", closest, "'?")));
}

}  // namespace warmpath
