#include "gateway/answer_headers.h"

namespace warmpath {

std::string_view VerdictName(v1::Conformance conformance) {
  switch (conformance) {
    case v1::CONFORMANCE_GREEN:
      return "green";
    case v1::CONFORMANCE_AMBER:
      return "amber";
    case v1::CONFORMANCE_RED:
      return "red";
    default:
      return "cold";
  }
}

std::string_view ModeName(v1::FailoverMode mode) {
  return mode == v1::FAILOVER_MODE_ENFORCE ? "enforce" : "observe";
}

void AppendServedHeaders(std::string_view request_id, std::string_view workflow,
                         const ServedBy& served, std::string& out) {
  out.append("x-warmpath-request-id: ").append(request_id);
  out.append("\r\nx-warmpath-workflow: ").append(workflow);
  if (!served.path.empty()) {
    out.append("\r\nx-warmpath-path: ").append(served.path);
    out.append("\r\nx-warmpath-mode: ").append(ModeName(served.mode));
    out.append("\r\nx-warmpath-verdict: ").append(VerdictName(served.verdict));
    out.append("\r\nx-warmpath-fidelity: ").append(served.fidelity.empty() ? "exact" : served.fidelity);
  }
  if (!served.contract.empty()) out.append("\r\nx-warmpath-contract: ").append(served.contract);
  out.append("\r\n");
}

std::vector<std::pair<std::string, std::string>> ServedMetadata(std::string_view request_id,
                                                                std::string_view workflow,
                                                                const ServedBy& served) {
  std::vector<std::pair<std::string, std::string>> metadata = {
      {"x-warmpath-request-id", std::string(request_id)},
      {"x-warmpath-workflow", std::string(workflow)}};
  if (!served.path.empty()) {
    metadata.emplace_back("x-warmpath-path", served.path);
    metadata.emplace_back("x-warmpath-mode", ModeName(served.mode));
    metadata.emplace_back("x-warmpath-verdict", VerdictName(served.verdict));
    metadata.emplace_back("x-warmpath-fidelity", served.fidelity.empty() ? "exact" : served.fidelity);
  }
  if (!served.contract.empty()) metadata.emplace_back("x-warmpath-contract", served.contract);
  return metadata;
}

}  // namespace warmpath
