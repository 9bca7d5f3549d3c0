// What the config of a provider must hold.
#pragma once

#include <string>
#include <vector>

#include "base/config_problem.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// Whether such a provider is called over HTTP, so that a path to it must say which model.
bool IsHttp(v1::ProviderKind kind);

// Adds a problem for everything in the provider of this name that cannot work.
void CheckProvider(const std::string& name, const v1::ProviderConfig& provider,
                   const SourceMap& sources, std::vector<ConfigProblem>& problems);

}  // namespace warmpath
