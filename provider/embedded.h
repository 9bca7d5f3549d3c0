// Providers that live inside warmpath and need no network.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "provider/provider.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// Answers by rules; see RulesConfig. INVALID_ARGUMENT naming the rule and what is wrong with it.
// The config is copied; `clock` is borrowed and must outlive the provider.
absl::StatusOr<std::unique_ptr<Provider>> MakeRulesProvider(const v1::RulesConfig& config,
                                                            const Clock& clock);

// Always says the same; see StaticConfig. INVALID_ARGUMENT if it is not told what.
absl::StatusOr<std::unique_ptr<Provider>> MakeStaticProvider(const v1::StaticConfig& config,
                                                             const Clock& clock);

}  // namespace warmpath
