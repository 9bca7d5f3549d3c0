#include "provider/grpc_provider.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/secret.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "boost/asio/executor_work_guard.hpp"
#include "provider/canonical/codec.h"
#include "provider/context_fit.h"
#include "provider/deliver.h"
#include "provider/path_reader.h"
#include "provider/vendor.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

namespace asio = boost::asio;

// How long a path may take to end the call after its last piece.
constexpr absl::Duration kFarewell = absl::Seconds(1);

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(
    const v1::ProviderConfig& config, bool tls) {
  if (!tls) {
    if (config.ca_file().empty()) return grpc::InsecureChannelCredentials();
    return absl::InvalidArgumentError("ca_file is given, but base_url is not https");
  }
  grpc::SslCredentialsOptions options;
  if (!config.ca_file().empty()) {
    std::ifstream file(config.ca_file());
    std::stringstream text;
    text << file.rdbuf();
    if (!file || text.str().empty()) {
      return absl::InvalidArgumentError(absl::StrCat("cannot read ca_file ", config.ca_file()));
    }
    options.pem_root_certs = text.str();
  }
  return grpc::SslCredentials(options);
}

// "host:port" as well as a URL without a path.
absl::StatusOr<BaseUrl> ParseTarget(const std::string& base_url) {
  const bool bare = !absl::StrContains(base_url, "://");
  ASSIGN_OR_RETURN(BaseUrl url, ParseBaseUrl(bare ? absl::StrCat("http://", base_url) : base_url));
  if (!url.path.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("base_url \"", base_url, "\" has a path; a gRPC provider has none"));
  }
  return url;
}

grpc::ChannelArguments ChannelArgs(const ProviderSettings& settings) {
  grpc::ChannelArguments args;
  args.SetMaxReceiveMessageSize(static_cast<int>(
      std::min<int64_t>(settings.max_answer_bytes, std::numeric_limits<int>::max())));
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
              static_cast<int>(absl::ToInt64Milliseconds(settings.connect_timeout)));
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 250);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000);
  // Live traffic and shadows don't share connections.
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // The environment is not looked at: a proxy that nobody configured would see the traffic.
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetUserAgentPrefix("warmpath");
  return args;
}

// gRPC says it only in words.
bool IsAboutTls(const std::string& message) {
  const std::string lower = absl::AsciiStrToLower(message);
  return absl::StrContains(lower, "handshak") || absl::StrContains(lower, "certificate") ||
         absl::StrContains(lower, "ssl");
}

v1::FailureClass ClassOf(const grpc::Status& status, bool reached) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      if (reached) return v1::FAILURE_CLASS_OVERLOADED;
      return IsAboutTls(status.error_message()) ? v1::FAILURE_CLASS_TLS
                                                : v1::FAILURE_CLASS_CONNECT;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return absl::StrContains(status.error_message(), "larger than max")
                 ? v1::FAILURE_CLASS_MALFORMED_ANSWER
                 : v1::FAILURE_CLASS_RATE_LIMITED;
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      return v1::FAILURE_CLASS_AUTH;
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::UNIMPLEMENTED:
      return v1::FAILURE_CLASS_NOT_FOUND;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE:
      return v1::FAILURE_CLASS_INVALID_REQUEST;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return v1::FAILURE_CLASS_TIMEOUT;
    case grpc::StatusCode::CANCELLED:
      return v1::FAILURE_CLASS_RESET;
    default:
      return v1::FAILURE_CLASS_SERVER_ERROR;
  }
}

constexpr std::string_view CodeName(grpc::StatusCode code) {
  constexpr std::string_view kNames[] = {
      "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
      "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
      "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"};
  return code >= 0 && code < static_cast<int>(std::size(kNames)) ? kNames[code] : "UNKNOWN";
}

// The path's own words may hold content, so only gRPC's, from before it was reached, are repeated.
v1::Failure FailureFromGrpc(const grpc::Status& status, bool reached) {
  if (status.ok()) {
    return MakeFailure(v1::FAILURE_CLASS_INTERRUPTED, "the stream ended without its Observation");
  }
  const std::string_view code = CodeName(status.error_code());
  const std::string message =
      reached ? absl::StrCat("the path ended the call with ", ToAbsl(code))
              : absl::StrCat("the path cannot be reached: ", status.error_message());
  return MakeFailure(ClassOf(status, reached), message, code);
}

// A call that ended before its last piece.
void FailByStatus(const grpc::Status& status, bool timed_out, bool reached, PathCall& call) {
  if (call.cancel != nullptr && call.cancel->cancelled()) {
    call.Fail(v1::FAILURE_CLASS_CANCELLED, "the caller went away");
  } else if (timed_out) {
    call.Fail(v1::FAILURE_CLASS_TIMEOUT, "the path was silent for too long");
  } else if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED && call.deadline_binds) {
    call.Fail(v1::FAILURE_CLASS_DEADLINE, "the caller's deadline ran out");
  } else {
    call.Fail(FailureFromGrpc(status, reached));
  }
}

bool FitForMetadata(std::string_view value) {
  for (const char c : value) {
    if (c < ' ' || c > '~') return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcProvider>> GrpcProvider::Create(const v1::ProviderConfig& config,
                                                                   const Options& options) {
  ASSIGN_OR_RETURN(const BaseUrl url, ParseTarget(config.base_url()));
  ASSIGN_OR_RETURN(ProviderSettings settings, ReadProviderSettings(config, options.traffic));
  ASSIGN_OR_RETURN(auto credentials, Credentials(config, url.tls));
  std::unique_ptr<GrpcProvider> provider(new GrpcProvider(options, std::move(settings)));
  for (const auto& [name, reference] : config.headers()) {
    std::string value = reference;
    if (value.starts_with("env:") || value.starts_with("file:")) {
      ASSIGN_OR_RETURN(value, ResolveSecret(reference));
    }
    if (!FitForMetadata(value)) {
      return absl::InvalidArgumentError(
          absl::StrCat("header \"", name, "\" holds a character that no header may hold"));
    }
    provider->metadata_.emplace_back(absl::AsciiStrToLower(name), std::move(value));
    if (provider->metadata_.back().first == "authorization") provider->has_own_key_ = true;
  }
  if (!provider->settings_.api_key.empty()) {
    provider->metadata_.emplace_back("authorization",
                                     absl::StrCat("Bearer ", provider->settings_.api_key));
    provider->has_own_key_ = true;
  }
  const bool v6 = absl::StrContains(url.host, ":");
  const std::string target = absl::StrCat(v6 ? "[" : "", url.host, v6 ? "]:" : ":", url.port);
  provider->stub_ = v1::PathService::NewStub(
      grpc::CreateCustomChannel(target, credentials, ChannelArgs(provider->settings_)));
  return provider;
}

GrpcProvider::GrpcProvider(const Options& options, ProviderSettings settings)
    : options_(options), settings_(std::move(settings)) {}

asio::awaitable<Answer> GrpcProvider::Call(const ModelCall& call, const PathTarget& target,
                                           AnswerSink* sink, CancelToken* cancel) {
  PathCall path_call(call, target, sink, cancel, options_.clock);
  path_call.limits = {.max_answer_bytes = static_cast<size_t>(settings_.max_answer_bytes),
                      .max_capture_bytes = options_.max_capture_bytes};
  path_call.answer.dialect = Dialect::kCanonical;
  const absl::Duration time_left = TimeLeft(path_call, settings_.total_timeout);
  auto request = path_call.caller_codec().DecodeRequest(*call.body);
  if (!request.ok()) {
    path_call.Fail(v1::FAILURE_CLASS_INVALID_REQUEST, ToStd(request.status().message()));
  } else if (time_left <= absl::ZeroDuration()) {
    path_call.Fail(v1::FAILURE_CLASS_DEADLINE, "the deadline was over before the path was asked");
  } else if (const auto too_long = WhyTooLong(call, target)) {
    path_call.Fail(v1::FAILURE_CLASS_CONTEXT_WINDOW, *too_long);
  } else if (cancel != nullptr && cancel->cancelled()) {
    path_call.Fail(v1::FAILURE_CLASS_CANCELLED, "the caller went away");
  } else if (in_flight_ >= settings_.max_connections) {
    path_call.Fail(v1::FAILURE_CLASS_LOCAL_LIMIT,
                   absl::StrCat("all ", settings_.max_connections,
                                " places are busy; raise max_connections"));
  } else {
    ++in_flight_;
    const std::shared_ptr<PathReader> reader =
        MakeReader(path_call, *std::move(request), time_left);
    reader->Start(*stub_, cancel);
    co_await Read(*reader, path_call);
    --in_flight_;
  }
  path_call.NoteEnd();
  co_return std::move(path_call.answer);
}

std::shared_ptr<PathReader> GrpcProvider::MakeReader(PathCall& call, v1::ModelRequest request,
                                                     absl::Duration time_left) const {
  auto reader = std::make_shared<PathReader>(options_.io);
  v1::CallRequest& outgoing = reader->request();
  outgoing.set_request_id(call.call.request_id);
  outgoing.set_workflow(call.call.workflow);
  outgoing.set_model(call.target.model);
  outgoing.set_shadow(call.call.shadow);
  *outgoing.mutable_request() = std::move(request);
  outgoing.mutable_request()->set_model(call.target.model);
  grpc::ClientContext& context = reader->context();
  for (const auto& [name, value] : metadata_) context.AddMetadata(name, value);
  if (FitForMetadata(call.call.request_id)) {
    context.AddMetadata("x-request-id", call.call.request_id);
  }
  if (call.call.shadow) context.AddMetadata("x-warmpath-shadow", "1");
  const std::string& authorization = call.call.caller_authorization;
  if (!call.call.shadow && !has_own_key_ && call.call.dialect == Dialect::kCanonical &&
      !authorization.empty() && FitForMetadata(authorization)) {
    context.AddMetadata("authorization", authorization);
  }
  if (time_left != absl::InfiniteDuration()) {
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(time_left));
  }
  return reader;
}

asio::awaitable<void> GrpcProvider::Read(PathReader& reader, PathCall& call) {
  // A coroutine that waits for gRPC's threads is no work that io.run() knows of.
  const auto work = asio::make_work_guard(options_.io);
  bool timed_out = false;
  Deadline silence(options_.deadlines, [&] {
    timed_out = true;
    reader.Cancel();
  });
  std::optional<DeltaStream> stream;
  if (call.sink != nullptr) stream.emplace(call);
  call.answer.streamed = call.call.stream;
  size_t taken_bytes = 0;
  absl::Duration patience = settings_.first_byte_timeout;
  bool more = true;
  for (;;) {
    silence.Set(patience);
    // Not as the loop's condition, which GCC 12 compiles wrongly.
    const bool got = co_await reader.Read();
    silence.Clear();
    if (!got) break;
    patience = settings_.idle_timeout;
    if (!more) {
      // Nothing may come after the last piece.
      reader.Cancel();
      continue;
    }
    taken_bytes += reader.response().ByteSizeLong();
    if (taken_bytes > call.limits.max_answer_bytes) {
      call.Fail(v1::FAILURE_CLASS_MALFORMED_ANSWER, "the answer is over max_answer_bytes");
    } else {
      more = co_await Take(std::move(*reader.response().mutable_delta()), call,
                           stream.has_value() ? &*stream : nullptr);
    }
    if (!more) patience = kFarewell;
    if (call.failed()) {
      more = false;
      reader.Cancel();
    }
  }
  const grpc::Status status = co_await reader.Finish();
  // `more` has ended by the last piece or by a failure that is known.
  if (more) FailByStatus(status, timed_out, reader.reached(), call);
}

// False: the answer is complete or has failed.
asio::awaitable<bool> GrpcProvider::Take(v1::Delta delta, PathCall& call, DeltaStream* stream) {
  Answer& answer = call.answer;
  const bool last = delta.kind_case() == v1::Delta::kObservation;
  if (call.call.stream && (call.call.capture || stream == nullptr) && !answer.native_truncated) {
    auto frames = std::const_pointer_cast<std::string>(answer.native);
    if (frames == nullptr) frames = std::make_shared<std::string>();
    const size_t before = frames->size();
    AppendDeltaFrame(delta.SerializeAsString(), frames.get());
    if (frames->size() > call.limits.max_capture_bytes) {
      frames->resize(before);
      answer.native_truncated = true;
    }
    answer.native = std::move(frames);
  }
  if (stream != nullptr) {
    std::vector<v1::Delta> deltas;
    deltas.push_back(std::move(delta));
    co_return co_await stream->Write(deltas);
  }
  if (delta.kind_case() != v1::Delta::KIND_NOT_SET) call.NoteContent();
  if (!last) co_return true;
  if (!call.call.stream) {
    answer.native = std::make_shared<const std::string>(delta.observation().SerializeAsString());
  }
  if (call.call.stream || call.call.shadow) {
    if (IsFailure(delta.observation())) call.Fail(FailureOf(delta.observation()));
  } else {
    co_await DeliverWhole(call, std::move(*delta.mutable_observation()));
  }
  co_return false;
}

}  // namespace warmpath
