#include "provider/provider_settings.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/secret.h"

namespace warmpath {
namespace {

void SetIfGiven(bool given, const google::protobuf::Duration& value, absl::Duration& out) {
  if (given) out = absl::Seconds(value.seconds()) + absl::Nanoseconds(value.nanos());
}

absl::StatusOr<std::string> ReadKey(const std::string& reference, const char* name) {
  if (reference.empty()) return std::string();
  auto key = ResolveSecret(reference);
  if (key.ok()) return key;
  return absl::Status(key.status().code(), absl::StrCat(name, ": ", key.status().message()));
}

absl::StatusOr<ProxyOptions> ReadProxy(const v1::ProviderConfig& config) {
  auto proxy = ParseProxy(config.proxy());
  if (!proxy.ok() || config.proxy_credentials().empty()) return proxy;
  if (config.proxy().empty()) {
    return absl::InvalidArgumentError("proxy_credentials are given, but no proxy");
  }
  const auto credentials = ReadKey(config.proxy_credentials(), "proxy_credentials");
  if (!credentials.ok()) return credentials.status();
  const absl::Status set = SetProxyCredentials(*credentials, &*proxy);
  if (!set.ok()) return set;
  return proxy;
}

}  // namespace

absl::StatusOr<ProviderSettings> ReadProviderSettings(const v1::ProviderConfig& config,
                                                      Traffic traffic) {
  ProviderSettings settings;
  const bool shadow = traffic == Traffic::kShadow;
  const bool own_key = shadow && !config.shadow_api_key().empty();
  auto key = own_key ? ReadKey(config.shadow_api_key(), "shadow_api_key")
                     : ReadKey(config.api_key(), "api_key");
  if (!key.ok()) return key.status();
  settings.api_key = *std::move(key);
  auto proxy = ReadProxy(config);
  if (!proxy.ok()) return proxy.status();
  settings.proxy = *std::move(proxy);
  SetIfGiven(config.has_connect_timeout(), config.connect_timeout(), settings.connect_timeout);
  SetIfGiven(config.has_first_byte_timeout(), config.first_byte_timeout(),
             settings.first_byte_timeout);
  SetIfGiven(config.has_idle_timeout(), config.idle_timeout(), settings.idle_timeout);
  SetIfGiven(config.has_total_timeout(), config.total_timeout(), settings.total_timeout);
  SetIfGiven(config.has_first_content_timeout(), config.first_content_timeout(),
             settings.first_content_timeout);
  settings.min_stream_bytes_per_second = config.min_stream_bytes_per_second();
  if (shadow) settings.max_connections = 32;
  const int32_t connections = shadow ? config.max_shadow_connections() : config.max_connections();
  if (connections > 0) settings.max_connections = connections;
  if (config.max_answer_bytes() > 0) settings.max_answer_bytes = config.max_answer_bytes();
  return settings;
}

}  // namespace warmpath
