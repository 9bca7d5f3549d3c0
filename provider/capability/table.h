// What a path's model takes: the table that warmpath ships with, the config's rows, the path's word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "warmpath/v1/capability.pb.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// The table of capabilities.yaml; lives for ever. A broken one ends the process: a test reads it.
const v1::CapabilityTable& ShippedCapabilities();

// What `table` says of a model behind a kind of server: all rows of the server without model_contains
// in order, then the first one whose model_contains fits. Rows with an empty server are for every
// server. Later rows win field by field; refused_fields add up.
v1::ModelCapabilities CapabilitiesFor(const v1::CapabilityTable& table, std::string_view server,
                                      std::string_view model);

// The same of one of the config's paths: the shipped table, then the config's rows over it, then the
// path's own capabilities over both.
v1::ModelCapabilities PathCapabilities(const v1::Config& config, const v1::PathConfig& path);

// The kind of server behind a provider: what its config says, else what its kind implies; "" for kinds
// that are no vendor's.
std::string_view ServerOf(const v1::ProviderConfig& provider);

// The names that ProviderConfig.server and CapabilityRow.server may hold, sorted.
const std::vector<std::string>& KnownServers();

// What cannot be true at once in `capabilities`, a line each; empty: nothing.
std::vector<std::string> Contradictions(const v1::ModelCapabilities& capabilities);

}  // namespace warmpath
