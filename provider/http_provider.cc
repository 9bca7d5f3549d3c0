#include "provider/http_provider.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "provider/capability/verbatim.h"
#include "provider/context_fit.h"
#include "provider/http_answer.h"
#include "provider/http_failures.h"
#include "provider/provider_settings.h"
#include "provider/wire/fidelity_notes.h"
#include "provider/wire/foreign_blocks.h"

namespace warmpath {
namespace {

namespace asio = boost::asio;

// Nobody waits for a shadow, so it may wait for a connection. Live traffic tries another path.
constexpr absl::Duration kShadowAcquireTimeout = absl::Seconds(10);

absl::StatusOr<HttpPoolOptions> PoolOptions(const v1::ProviderConfig& config, const BaseUrl& url,
                                            const ProviderSettings& settings, Traffic traffic) {
  if (!config.ca_file().empty() && !url.tls) {
    return absl::InvalidArgumentError("ca_file is given, but base_url is not https");
  }
  HttpPoolOptions options;
  options.host = url.host;
  options.port = url.port;
  options.tls = url.tls;
  options.tls_options.ca_file = config.ca_file();
  options.proxy = settings.proxy;
  options.max_connections = static_cast<size_t>(settings.max_connections);
  options.max_idle = options.max_connections;
  if (traffic == Traffic::kShadow) options.acquire_timeout = kShadowAcquireTimeout;
  options.connect_timeout = settings.connect_timeout;
  options.first_byte_timeout = settings.first_byte_timeout;
  options.idle_timeout = settings.idle_timeout;
  return options;
}

// A request that is not sent: why, and which field stands in the way if the reason begins with one.
std::shared_ptr<const v1::FidelityReport> Untranslatable(std::string_view why) {
  auto report = std::make_shared<v1::FidelityReport>();
  report->set_fidelity(v1::FIDELITY_UNTRANSLATABLE);
  v1::FidelityLoss* loss = report->add_losses();
  if (why.starts_with("/")) loss->set_pointer(std::string(why.substr(0, why.find_first_of(": "))));
  loss->set_message(std::string(why));
  return report;
}

// Whether the conversation holds blocks that somebody else than the target's provider has signed.
// Where nobody knows who did, the provider itself decides.
bool IsSignedByAnother(const PathCall& call) {
  return call.call.has_signed_blocks && !call.call.signed_by.empty() &&
         call.call.signed_by != call.target.provider;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpProvider>> HttpProvider::Create(const v1::ProviderConfig& config,
                                                                   const Options& options) {
  const VendorWire* const wire = FindVendorWire(config);
  if (wire == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(v1::ProviderKind_Name(config.kind()),
                                                   " is not called over HTTP"));
  }
  ASSIGN_OR_RETURN(const BaseUrl url, ParseBaseUrl(config.base_url()));
  ASSIGN_OR_RETURN(const ProviderSettings settings,
                   ReadProviderSettings(config, options.traffic));
  ASSIGN_OR_RETURN(RequestRenderer renderer,
                   RequestRenderer::Create(config, *wire,
                                           {.base_path = url.path, .api_key = settings.api_key}));
  ASSIGN_OR_RETURN(HttpPoolOptions pool_options,
                   PoolOptions(config, url, settings, options.traffic));
  std::unique_ptr<HttpProvider> provider(new HttpProvider(options, *wire, std::move(renderer)));
  ASSIGN_OR_RETURN(provider->pool_,
                   HttpPool::Create(options.io, options.deadlines, std::move(pool_options)));
  provider->limits_.max_answer_bytes = static_cast<size_t>(settings.max_answer_bytes);
  provider->limits_.max_capture_bytes = options.max_capture_bytes;
  provider->limits_.first_content_timeout = settings.first_content_timeout;
  provider->limits_.min_stream_bytes_per_second = settings.min_stream_bytes_per_second;
  provider->total_timeout_ = settings.total_timeout;
  return provider;
}

HttpProvider::HttpProvider(const Options& options, const VendorWire& wire, RequestRenderer renderer)
    : io_(options.io),
      deadlines_(options.deadlines),
      clock_(options.clock),
      wire_(wire),
      codec_(CodecFor(wire.dialect)),
      renderer_(std::move(renderer)) {}

asio::awaitable<Answer> HttpProvider::Call(const ModelCall& call, const PathTarget& target,
                                           AnswerSink* sink, CancelToken* cancel) {
  PathCall path_call(call, target, sink, cancel, clock_);
  path_call.limits = limits_;
  path_call.answer.dialect = wire_.dialect;
  RenderedRequest rendered;
  std::string translated;
  const absl::Duration time_left = TimeLeft(path_call, total_timeout_);
  if (time_left <= absl::ZeroDuration()) {
    path_call.Fail(v1::FAILURE_CLASS_DEADLINE, "the deadline was over before the path was asked");
  } else {
    Prepare(path_call, rendered, translated);
  }
  if (!path_call.failed()) {
    renderer_.Headers(call, target.model, rendered);
    if (call.count_tokens) {
      rendered.counting_target = absl::StrCat(ToAbsl(rendered.request.target), "/count_tokens");
      rendered.request.target = rendered.counting_target;
    }
    rendered.request.total_timeout = time_left;
    rendered.request.cancel = cancel;
    co_await Send(rendered.request, path_call);
  }
  path_call.NoteEnd();
  co_return std::move(path_call.answer);
}

void HttpProvider::Prepare(PathCall& call, RenderedRequest& out, std::string& translated) const {
  if (const auto why = WhyTooLong(call.call, call.target)) {
    call.answer.fidelity = Untranslatable(*why);
    call.Fail(v1::FAILURE_CLASS_CONTEXT_WINDOW, *why);
    return;
  }
  const std::string_view model =
      wire_.model_in_body ? std::string_view(call.target.model) : std::string_view();
  if (IsVerbatim(call)) {
    SpliceModel(call.call, model, out);
    return;
  }
  auto request = call.caller_codec().DecodeRequest(*call.call.body);
  if (request.ok()) {
    if (Translate(*std::move(request), call, translated)) out.request.body.push_back(translated);
  } else if (call.call.dialect == wire_.dialect) {
    // The vendor knows its own dialect better, and says what is wrong in its own words.
    SpliceModel(call.call, model, out);
  } else {
    call.Fail(v1::FAILURE_CLASS_INVALID_REQUEST, ToStd(request.status().message()));
  }
}

bool HttpProvider::IsVerbatim(const PathCall& call) const {
  if (call.call.dialect != wire_.dialect) return false;
  return !IsSignedByAnother(call) &&
         WhyNotVerbatim(call.target.capabilities, wire_.dialect, *call.call.body).empty();
}

bool HttpProvider::Translate(v1::ModelRequest request, PathCall& call, std::string& body) const {
  FidelityNotes notes;
  if (IsSignedByAnother(call)) DropSignedBlocks(&request, &notes);
  auto encoded = codec_.EncodeRequest(request, call.target);
  if (!encoded.ok()) {
    const absl::Status& status = encoded.status();
    if (absl::IsUnimplemented(status)) call.answer.fidelity = Untranslatable(ToStd(status.message()));
    call.Fail(absl::IsUnimplemented(status)       ? v1::FAILURE_CLASS_UNTRANSLATABLE
              : absl::IsInvalidArgument(status) ? v1::FAILURE_CLASS_INVALID_REQUEST
                                                : v1::FAILURE_CLASS_INTERNAL,
              ToStd(status.message()));
    return false;
  }
  for (const v1::FidelityLoss& loss : encoded->fidelity.losses()) {
    notes.Add(loss.kind(), loss.pointer(), loss.message());
  }
  call.answer.fidelity = std::make_shared<const v1::FidelityReport>(notes.Take());
  if (call.sink != nullptr) call.sink->NoteFidelity(*call.answer.fidelity);
  body = std::move(encoded->body);
  return true;
}

asio::awaitable<void> HttpProvider::Send(const HttpRequest& request, PathCall& call) {
  auto response = co_await pool_->Send(request);
  if (!response.ok()) {
    call.Fail(FailureFromHttp(response.status(), call, false));
    co_return;
  }
  co_await TakeHttpAnswer({.response = *response,
                           .codec = codec_,
                           .wire = wire_,
                           .io = io_,
                           .deadlines = deadlines_},
                          call);
}

}  // namespace warmpath
