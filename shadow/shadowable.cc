#include "shadow/shadowable.h"

#include <string>

namespace warmpath {
namespace {

// Whether the field is there and says anything but null, false or nothing.
bool IsOn(const v1::ModelRequest& request, const char* field) {
  auto it = request.extra_json().find(field);
  if (it == request.extra_json().end()) return false;
  const std::string& json = it->second;
  return json != "null" && json != "false" && json != "\"\"" && json != "[]" && json != "{}";
}

bool AsksForAudio(const v1::ModelRequest& request) {
  if (IsOn(request, "audio")) return true;
  auto it = request.extra_json().find("modalities");
  return it != request.extra_json().end() && it->second.find("\"audio\"") != std::string::npos;
}

bool AsksForSeveral(const v1::ModelRequest& request) {
  auto it = request.extra_json().find("n");
  return it != request.extra_json().end() && it->second != "1" && it->second != "null";
}

}  // namespace

std::optional<std::string_view> WhyNotShadowable(const v1::ModelRequest& request) {
  for (const char* field : {"previous_response_id", "conversation", "store", "background", "prompt",
                            "container", "mcp_servers"}) {
    if (IsOn(request, field)) return "stateful";
  }
  if (IsOn(request, "web_search_options")) return "provider_tools";
  for (const v1::Tool& tool : request.tools()) {
    if (!tool.provider_type().empty()) return "provider_tools";
  }
  if (AsksForSeveral(request)) return "several_choices";
  if (AsksForAudio(request)) return "audio";
  return std::nullopt;
}

}  // namespace warmpath
