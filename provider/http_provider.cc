#include "provider/http_provider.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "provider/http_answer.h"
#include "provider/http_failures.h"
#include "provider/provider_settings.h"

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
  options.max_connections = static_cast<size_t>(settings.max_connections);
  options.max_idle = options.max_connections;
  if (traffic == Traffic::kShadow) options.acquire_timeout = kShadowAcquireTimeout;
  options.connect_timeout = settings.connect_timeout;
  options.first_byte_timeout = settings.first_byte_timeout;
  options.idle_timeout = settings.idle_timeout;
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpProvider>> HttpProvider::Create(const v1::ProviderConfig& config,
                                                                   const Options& options) {
  const VendorWire* const wire = FindVendorWire(config.kind());
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
  } else if (call.dialect == wire_.dialect) {
    SpliceModel(call, target.model, rendered);
  } else if (Translate(path_call, translated)) {
    rendered.request.body.push_back(translated);
  }
  if (!path_call.failed()) {
    renderer_.Headers(call, rendered);
    rendered.request.total_timeout = time_left;
    rendered.request.cancel = cancel;
    co_await Send(rendered.request, path_call);
  }
  path_call.NoteEnd();
  co_return std::move(path_call.answer);
}

bool HttpProvider::Translate(PathCall& call, std::string& body) const {
  auto request = call.caller_codec().DecodeRequest(*call.call.body);
  if (!request.ok()) {
    call.Fail(v1::FAILURE_CLASS_INVALID_REQUEST, ToStd(request.status().message()));
    return false;
  }
  auto encoded = codec_.EncodeRequest(*request, call.target);
  if (!encoded.ok()) {
    const bool inexpressible = absl::IsUnimplemented(encoded.status());
    if (inexpressible) {
      auto fidelity = std::make_shared<v1::FidelityReport>();
      fidelity->set_fidelity(v1::FIDELITY_UNTRANSLATABLE);
      call.answer.fidelity = std::move(fidelity);
    }
    call.Fail(inexpressible ? v1::FAILURE_CLASS_UNTRANSLATABLE
              : absl::IsInvalidArgument(encoded.status()) ? v1::FAILURE_CLASS_INVALID_REQUEST
                                                          : v1::FAILURE_CLASS_INTERNAL,
              ToStd(encoded.status().message()));
    return false;
  }
  call.answer.fidelity = std::make_shared<const v1::FidelityReport>(std::move(encoded->fidelity));
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
