#include "gateway/reported_exchange.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "base/string_view.h"
#include "gateway/conversation.h"
#include "gateway/turn_type.h"
#include "provider/body_fields.h"
#include "provider/codec.h"
#include "provider/dialect.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

using Refusal = std::optional<ReportRefusal>;

constexpr size_t kMaxIdSize = 128;
constexpr size_t kMaxMessageSize = 200;
constexpr size_t kMaxHeaderSize = 1024;
constexpr absl::Duration kMaxDuration = absl::Hours(1);
// What shadows of the same dialect get; never a credential.
constexpr std::string_view kTakenHeaders[] = {"anthropic-beta", "anthropic-version", "openai-beta"};

std::optional<Dialect> DialectOf(v1::WireDialect dialect) {
  switch (dialect) {
    case v1::WIRE_DIALECT_CANONICAL: return Dialect::kCanonical;
    case v1::WIRE_DIALECT_OPENAI_CHAT: return Dialect::kOpenAiChat;
    case v1::WIRE_DIALECT_ANTHROPIC_MESSAGES: return Dialect::kAnthropicMessages;
    case v1::WIRE_DIALECT_OPENAI_RESPONSES: return Dialect::kOpenAiResponses;
    case v1::WIRE_DIALECT_GEMINI_GENERATE_CONTENT: return Dialect::kGemini;
    default: return std::nullopt;
  }
}

bool IsSafeId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdSize &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Refusal ReadCanonical(const std::string& body, ReportReading& out, std::string& model) {
  v1::ModelRequest request;
  if (!request.ParseFromString(body) || request.messages().empty()) {
    return ReportRefusal{v1::REFUSAL_REASON_BAD_REQUEST,
                         "request_body is not a serialised ModelRequest with messages"};
  }
  model = request.model();
  out.call->stream = request.stream();
  out.exchange.conversation = ConversationOf(request);
  out.exchange.turn_type = TurnTypeOf(request);
  return std::nullopt;
}

Refusal ReadJson(std::string& body, ReportReading& out, std::string& model) {
  absl::StatusOr<BodyFields> fields = ScanBody(body, out.call->dialect);
  if (!fields.ok()) {
    return ReportRefusal{v1::REFUSAL_REASON_BAD_REQUEST,
                         absl::StrCat("request_body: ", fields.status().message())};
  }
  out.call->model = fields->model;
  out.call->stream = fields->stream;
  out.call->include_usage = fields->include_usage;
  model = std::move(fields->model_name);
  if (fields->has_messages) {
    out.exchange.conversation = fields->conversation;
    out.exchange.turn_type = TurnTypeOf(*fields);
    return std::nullopt;
  }
  // A dialect whose conversation the scan does not know: off the live path there is time to decode.
  const auto request = CodecFor(out.call->dialect).DecodeRequest(body);
  if (!request.ok() || request->messages().empty()) {
    return ReportRefusal{v1::REFUSAL_REASON_BAD_REQUEST,
                         request.ok() ? "request_body holds no messages"
                                      : absl::StrCat("request_body: ", request.status().message())};
  }
  out.exchange.conversation = ConversationOf(*request);
  out.exchange.turn_type = TurnTypeOf(*request);
  return std::nullopt;
}

Refusal ReadRequest(v1::ReportedExchange& reported, ReportReading& out, std::string& model) {
  if (!IsSafeId(reported.id())) {
    return ReportRefusal{v1::REFUSAL_REASON_BAD_ID,
                         "id must be 1 to 128 printable ASCII characters without blanks"};
  }
  const std::optional<Dialect> dialect = DialectOf(reported.dialect());
  if (!dialect) {
    return ReportRefusal{v1::REFUSAL_REASON_BAD_DIALECT,
                         reported.dialect() == v1::WIRE_DIALECT_UNSPECIFIED
                             ? "dialect is not set"
                             : absl::StrCat("dialect ", reported.dialect(),
                                            " is not one that this warmpathd knows")};
  }
  if (reported.request_body().empty()) {
    return ReportRefusal{v1::REFUSAL_REASON_BAD_REQUEST, "request_body is empty"};
  }
  out.call = std::make_shared<ModelCall>();
  out.call->request_id = reported.id();
  out.call->dialect = *dialect;
  auto body = std::make_shared<std::string>(std::move(*reported.mutable_request_body()));
  Refusal refusal = *dialect == Dialect::kCanonical ? ReadCanonical(*body, out, model)
                                                    : ReadJson(*body, out, model);
  out.call->body = std::move(body);
  return refusal;
}

Refusal FindPath(const v1::ReportedExchange& reported, const Plan& plan, ReportReading& out) {
  const WorkflowPlan* workflow = plan.Find(out.call->workflow);
  Answer& answer = out.exchange.answer;
  out.asked = !reported.has_not_asked();
  if (!out.asked) {
    if (reported.path().empty()) return std::nullopt;
    return ReportRefusal{v1::REFUSAL_REASON_BAD_RESULT,
                         "not_asked and a path exclude each other"};
  }
  answer.path = reported.path();
  if (answer.path.empty() && workflow != nullptr) {
    if (!workflow->paths.empty()) answer.path = workflow->paths.front().name;
    for (const PlannedPath& path : workflow->ladder) {
      if (answer.path.empty() && path.role == v1::ROLE_PRIMARY) answer.path = path.name;
    }
  }
  std::string names;
  if (workflow != nullptr) {
    for (const PlannedPath& path : workflow->ladder) {
      if (path.name == answer.path) {
        out.drill = workflow->drill && !reported.drill_id().empty() &&
                    workflow->drill->id == reported.drill_id() &&
                    workflow->drill->path.name == answer.path;
        return std::nullopt;
      }
      absl::StrAppend(&names, names.empty() ? "" : ", ", path.name);
    }
  }
  return ReportRefusal{v1::REFUSAL_REASON_UNKNOWN_PATH,
                       absl::StrCat("workflow '", out.call->workflow, "' has no path '",
                                    answer.path.substr(0, kMaxIdSize), "'; it has: ", names)};
}

Refusal ReadTimes(const v1::ReportedExchange& reported, absl::Time now, ReportReading& out) {
  const auto bad = [](std::string_view message) {
    return ReportRefusal{v1::REFUSAL_REASON_BAD_TIME, std::string(message)};
  };
  const int32_t nanos = reported.dispatch_time().nanos();
  if (!reported.has_dispatch_time()) return bad("dispatch_time is not set");
  if (nanos < 0 || nanos > 999'999'999) return bad("dispatch_time is not a time");
  const absl::Time dispatch = FromProto(reported.dispatch_time());
  if (dispatch > now + kMaxClockSkew) {
    return bad("dispatch_time is over a minute in the future: set the reporter's clock");
  }
  if (now - dispatch > kMaxReportAge) {
    return ReportRefusal{v1::REFUSAL_REASON_TOO_OLD,
                         "dispatched over 10 minutes ago; report sooner, or drop it"};
  }
  Answer& answer = out.exchange.answer;
  answer.dispatch_time = std::min(dispatch, now);
  answer.duration = FromProto(reported.duration());
  answer.time_to_first_content = FromProto(reported.time_to_first_content());
  for (const absl::Duration time : {answer.duration, answer.time_to_first_content}) {
    if (time < absl::ZeroDuration() || time > kMaxDuration) {
      return bad("duration and time_to_first_content must be 0 to 1 hour");
    }
  }
  out.stale = now - (answer.dispatch_time + answer.duration) > kMaxHealthAge;
  return std::nullopt;
}

Refusal ReadAnswer(v1::ReportedAnswer& reported, ReportReading& out) {
  const auto bad = [](std::string_view message) {
    return ReportRefusal{v1::REFUSAL_REASON_BAD_RESULT, std::string(message)};
  };
  Answer& answer = out.exchange.answer;
  const bool canonical = out.call->dialect == Dialect::kCanonical;
  const int status = reported.http_status();
  if (!(canonical && status == 0) && (status < 100 || status > 599)) {
    return bad("answer.http_status must be 100 to 599; if no answer came, report a failure");
  }
  if (canonical && reported.streamed()) {
    return bad("a canonical answer is one Observation, not a stream");
  }
  answer.http_status = status;
  answer.streamed = reported.streamed();
  if (answer.streamed) out.call->stream = true;
  answer.native = std::make_shared<const std::string>(std::move(*reported.mutable_body()));
  answer.reply = answer.native;
  return std::nullopt;
}

Refusal ReadResult(v1::ReportedExchange& reported, ReportReading& out) {
  Answer& answer = out.exchange.answer;
  answer.dialect = out.call->dialect;
  switch (reported.result_case()) {
    case v1::ReportedExchange::kAnswer:
      return ReadAnswer(*reported.mutable_answer(), out);
    case v1::ReportedExchange::kFailure: {
      const v1::FailureClass why = reported.failure().failure_class();
      if (why == v1::FAILURE_CLASS_UNSPECIFIED || !v1::FailureClass_IsValid(why)) {
        return ReportRefusal{v1::REFUSAL_REASON_BAD_RESULT, "failure.failure_class is not set"};
      }
      answer.failure =
          MakeFailure(why, std::string_view(reported.failure().message()).substr(0, kMaxMessageSize));
      return std::nullopt;
    }
    case v1::ReportedExchange::kNotAsked:
      answer.failure = MakeFailure(v1::FAILURE_CLASS_OVERLOADED, "the service asked no path");
      answer.failure->set_native_code("reported_not_asked");
      return std::nullopt;
    case v1::ReportedExchange::RESULT_NOT_SET:
      break;
  }
  return ReportRefusal{v1::REFUSAL_REASON_BAD_RESULT,
                       "set one of answer, failure and not_asked"};
}

void ReadHeaders(const v1::ReportedExchange& reported, ModelCall& call) {
  for (const auto& [name, value] : reported.request_headers()) {
    const std::string lower = absl::AsciiStrToLower(name);
    const auto* end = std::end(kTakenHeaders);
    if (std::find(std::begin(kTakenHeaders), end, lower) == end) continue;
    if (value.size() <= kMaxHeaderSize) call.headers.emplace_back(lower, value);
  }
}

}  // namespace

std::optional<ReportRefusal> ReadReport(v1::ReportedExchange& reported,
                                        const WorkflowDirectory& directory, const Plan& plan,
                                        absl::Time now, ReportReading& out) {
  std::string model;
  if (Refusal refusal = ReadRequest(reported, out, model)) return refusal;
  const std::string& name = reported.workflow().empty() ? model : reported.workflow();
  const WorkflowEntry* workflow = directory.Find(name);
  if (workflow == nullptr) {
    return ReportRefusal{v1::REFUSAL_REASON_UNKNOWN_WORKFLOW, directory.UnknownMessage(name)};
  }
  out.call->workflow = workflow->name;
  if (Refusal refusal = FindPath(reported, plan, out)) return refusal;
  if (Refusal refusal = ReadTimes(reported, now, out)) return refusal;
  if (Refusal refusal = ReadResult(reported, out)) return refusal;
  ReadHeaders(reported, *out.call);
  // Where the model in the request names the workflow, it is not what the provider was asked for.
  Answer& answer = out.exchange.answer;
  answer.requested_model = !reported.model().empty()      ? reported.model()
                           : reported.workflow().empty() ? std::string()
                                                         : std::move(model);
  if (!reported.conversation().empty()) {
    out.exchange.conversation = StableHash64(reported.conversation());
  }
  out.exchange.call = out.call;
  return std::nullopt;
}

}  // namespace warmpath
