// What providers of every kind read from their config, with the documented defaults filled in.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/http/proxy.h"
#include "provider/traffic.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

struct ProviderSettings {
  std::string api_key;  // of the traffic; empty: none
  absl::Duration connect_timeout = absl::Seconds(3);
  absl::Duration first_byte_timeout = absl::Seconds(60);
  absl::Duration idle_timeout = absl::Seconds(30);
  absl::Duration total_timeout = absl::Minutes(10);
  int32_t max_connections = 1024;  // of the traffic
  int64_t max_answer_bytes = 32 << 20;
  absl::Duration first_content_timeout = absl::InfiniteDuration();
  double min_stream_bytes_per_second = 0;
  ProxyOptions proxy = {};
};

// Fills in defaults and reads the secrets of the key and the proxy. Errors: those of ResolveSecret,
// ParseProxy and SetProxyCredentials, with the field's name.
absl::StatusOr<ProviderSettings> ReadProviderSettings(const v1::ProviderConfig& config,
                                                      Traffic traffic);

}  // namespace warmpath
