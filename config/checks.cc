#include "config/checks.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/pointer_pattern.h"
#include "base/proto_time.h"
#include "config/address.h"
#include "config/capability_checks.h"
#include "config/judge_checks.h"
#include "config/problem_list.h"
#include "config/provider_checks.h"

namespace warmpath {
namespace {

// A conversation's paths are remembered in as many bits.
constexpr int kMaxPaths = 15;

const char* const kGateDimensions[] = {"judge",  "policy",      "policy_false_proceed",
                                       "schema", "tool_errors", "tools"};

// Beyond it, a pair's likelihood ratio would not stay above 0.
constexpr double kMaxDelta = 0.15;

template <typename Map>
std::string Names(const Map& map) {
  std::set<std::string> names;
  for (const auto& entry : map) names.insert(entry.first);
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= 100 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == ':' || c == '/';
         });
}

// Runs all checks; each method looks at one part of the config.
class Checker : public ProblemList {
 public:
  Checker(const v1::Config& config, const SourceMap& sources, std::vector<ConfigProblem>& problems)
      : ProblemList(sources, problems), config_(config) {}

  void Run() {
    CheckListen();
    if (config_.store().path().empty()) {
      Problem("store", "store.path is missing; give the folder that evidence is kept in");
    }
    Positive("store.card_retention", config_.store().card_retention());
    Positive("store.tally_retention", config_.store().tally_retention());
    Positive("store.body_retention", config_.store().body_retention());
    if (config_.threads() < 0) Problem("threads", "threads must not be negative; 0: one per core");
    CheckShadow();
    for (const auto& [name, provider] : config_.providers()) {
      CheckProvider(name, provider, sources_, problems_);
    }
    if (config_.workflows().empty()) {
      Problem("workflows", "no workflow is configured; give at least one under 'workflows'");
    }
    for (const auto& [name, workflow] : config_.workflows()) CheckWorkflow(name, workflow);
    CheckAliases();
    CheckReplicas();
    CheckCapabilities(config_, sources_, problems_);
  }

 private:
  void CheckListen() {
    const v1::ListenConfig& listen = config_.listen();
    CheckListener("listen.http", listen.http());
    CheckListener("listen.grpc", listen.grpc());
    CheckListener("listen.admin_http", listen.admin_http());
    CheckListener("listen.admin_grpc", listen.admin_grpc());
  }

  void CheckListener(const std::string& at, const v1::ListenerConfig& listener) {
    if (listener.address() == "off") return;
    const auto address = ParseAddress(listener.address());
    if (!address.ok()) {
      Problem(at + ".address", std::string(address.status().message()));
      return;
    }
    const bool has_certificate = !listener.tls().certificate_file().empty();
    const bool has_key = !listener.tls().key_file().empty();
    if (has_certificate != has_key) {
      Problem(at + ".tls", "needs both certificate_file and key_file");
    }
    for (int i = 0; i < listener.bearer_tokens_size(); ++i) {
      Secret(PathAppendIndex(at + ".bearer_tokens", i), listener.bearer_tokens(i));
    }
    if (!address->IsLoopback() && !has_certificate && listener.bearer_tokens().empty() &&
        !listener.insecure()) {
      Problem(at + ".address",
              absl::StrCat("'", listener.address(), "' is reachable from outside; give tls or "
                           "bearer_tokens, listen on 127.0.0.1, or set insecure: true"));
    }
    if (listener.max_body_bytes() < 0) Problem(at + ".max_body_bytes", "must be positive");
    if (listener.max_connections() < 0) Problem(at + ".max_connections", "must be positive");
  }

  void CheckReplicas() {
    const v1::ReplicasConfig& replicas = config_.replicas();
    for (int i = 0; i < replicas.peers_size(); ++i) {
      const std::string at = PathAppendIndex("replicas.peers", i);
      if (const auto address = ParseAddress(replicas.peers(i)); !address.ok()) {
        Problem(at, std::string(address.status().message()));
      } else if (std::count(replicas.peers().begin(), replicas.peers().end(), replicas.peers(i)) > 1) {
        Problem(at, absl::StrCat("'", replicas.peers(i), "' stands here twice"));
      }
    }
    Secret("replicas.bearer_token", replicas.bearer_token());
    if (!replicas.ca_file().empty() && !replicas.tls()) {
      Problem("replicas.ca_file", "is given, but replicas.tls is not true");
    }
  }

  void CheckShadow() {
    const v1::ShadowConfig& shadow = config_.shadow();
    if (shadow.max_queue() < 0) Problem("shadow.max_queue", "must be positive");
    if (shadow.max_queue_bytes() < 0) Problem("shadow.max_queue_bytes", "must be positive");
    if (!(shadow.max_requests_per_minute() >= 0)) {
      Problem("shadow.max_requests_per_minute", "must not be negative; 0: no limit");
    }
    if (shadow.max_tokens_per_hour() < 0) {
      Problem("shadow.max_tokens_per_hour", "must not be negative; 0: no limit");
    }
    if (!(shadow.max_usd_per_hour() >= 0)) {
      Problem("shadow.max_usd_per_hour", "must not be negative; 0: no limit");
    }
    if (shadow.threads() < 0 || shadow.threads() > 64) Problem("shadow.threads", "must be 1 to 64");
  }

  void CheckWorkflow(const std::string& name, const v1::WorkflowConfig& workflow) {
    const std::string at = PathAppendKey("workflows", name);
    if (!IsName(name)) {
      Problem(at, absl::StrCat("'", name, "' is not a workflow name: use letters, digits, '-', '_', "
                               "'.', ':' and '/', at most 100"));
    }
    CheckPaths(at, workflow);
    CheckContract(at + ".contract", workflow.contract());
    CheckMirror(at + ".mirror", workflow);
    CheckGate(at + ".gate", workflow.gate());
    CheckFailover(at + ".failover", workflow.failover());
    Positive(at + ".deadline", workflow.deadline());
    CheckInline(at + ".inline", workflow);
    if (workflow.has_judge()) {
      CheckJudge(at + ".judge", workflow.judge(), config_, sources_, problems_);
    } else if (workflow.gate().dimensions().contains("judge")) {
      Problem(at + ".gate.dimensions.judge",
              "nobody would score it: the workflow has no judge; give one under 'judge'");
    }
  }

  void CheckInline(const std::string& at, const v1::WorkflowConfig& workflow) {
    const v1::InlineConfig& checked = workflow.inline_();
    if (checked.max_buffer_bytes() < 0) Problem(at + ".max_buffer_bytes", "must be positive");
    const bool looked_at = checked.mode() > v1::INLINE_MODE_OFF ||
                           workflow.on_refusal() > v1::REFUSAL_POLICY_FINAL;
    if (checked.buffer() == v1::STREAM_BUFFERING_UNTIL_VALID && !looked_at) {
      Problem(at + ".buffer",
              "holds streams back for a check that is off; set inline.mode to observe or enforce, or "
              "on_refusal to may_swap or must_swap");
    }
  }

  void CheckPaths(const std::string& at, const v1::WorkflowConfig& workflow) {
    std::set<std::string> names;
    int primaries = 0;
    for (int i = 0; i < workflow.paths_size(); ++i) {
      const v1::PathConfig& path = workflow.paths(i);
      const std::string here = PathAppendIndex(at + ".paths", i);
      if (!IsName(path.name())) {
        Problem(here + ".name", absl::StrCat("'", path.name(), "' is not a path name: use letters, "
                                             "digits, '-', '_', '.', ':' and '/', at most 100"));
      } else if (!names.insert(path.name()).second) {
        Problem(here + ".name", absl::StrCat("the path '", path.name(), "' stands twice"));
      }
      if (path.role() == v1::ROLE_UNSPECIFIED) {
        Problem(here, "role is missing; choose primary, backup or degraded");
      }
      primaries += path.role() == v1::ROLE_PRIMARY;
      if (path.max_output_tokens() < 0) Problem(here + ".max_output_tokens", "must be positive");
      if (!(path.max_requests_per_second() >= 0)) {
        Problem(here + ".max_requests_per_second", "must not be negative; 0: no limit");
      }
      if (path.max_concurrency() < 0) {
        Problem(here + ".max_concurrency", "must not be negative; 0: no limit");
      }
      auto provider = config_.providers().find(path.provider());
      if (provider == config_.providers().end()) {
        Problem(here + ".provider",
                absl::StrCat("there is no provider '", path.provider(), "'; providers are: ",
                             Names(config_.providers())));
      } else if (path.model().empty() && IsHttp(provider->second.kind())) {
        Problem(here, "model is missing; name the vendor's model");
      }
    }
    if (workflow.paths_size() > kMaxPaths) {
      Problem(at + ".paths", absl::StrCat("has ", workflow.paths_size(), " paths; at most ", kMaxPaths));
    }
    if (primaries != 1) {
      Problem(at + ".paths", absl::StrCat("has ", primaries, " primary paths; needs exactly one"));
    } else if (workflow.paths(0).role() != v1::ROLE_PRIMARY) {
      Problem(at + ".paths[0]", "the primary path comes first in the ladder");
    }
    // A backup below a degraded path would never be reached in its turn.
    bool degraded = false;
    for (int i = 0; i < workflow.paths_size(); ++i) {
      if (degraded && workflow.paths(i).role() == v1::ROLE_BACKUP) {
        Problem(PathAppendIndex(at + ".paths", i), "a backup stands before all degraded paths");
      }
      degraded |= workflow.paths(i).role() == v1::ROLE_DEGRADED;
    }
  }

  void ContentPattern(const std::string& at, const std::string& text) {
    const auto parsed = ParsePointerPattern(text);
    if (!parsed.ok()) return Problem(at, std::string(parsed.status().message()));
    Pattern(at, parsed->pattern);
  }

  void CheckContract(const std::string& at, const v1::ContractConfig& contract) {
    for (int i = 0; i < contract.required_patterns_size(); ++i) {
      ContentPattern(PathAppendIndex(at + ".required_patterns", i), contract.required_patterns(i));
    }
    for (int i = 0; i < contract.forbidden_patterns_size(); ++i) {
      ContentPattern(PathAppendIndex(at + ".forbidden_patterns", i), contract.forbidden_patterns(i));
    }
    const auto& parts = contract.evidence_parts();
    if (parts.size() > 1 &&
        std::find(parts.begin(), parts.end(), v1::REQUEST_PART_NONE) != parts.end()) {
      Problem(at + ".evidence_parts", "'none' stands alone or not at all");
    }
  }

  void CheckMirror(const std::string& at, const v1::WorkflowConfig& workflow) {
    const v1::MirrorConfig& mirror = workflow.mirror();
    Share(at + ".rate", mirror.rate(), true);
    Share(at + ".self_rate", mirror.self_rate(), true);
    for (const auto& [name, dimension] : workflow.gate().dimensions()) {
      if (dimension.mode() == v1::GATE_MODE_PAIRED && mirror.self_rate() == 0) {
        Problem(at + ".self_rate", absl::StrCat("must be above 0: gate.dimensions.", name,
                                                " is paired, and nothing else measures the "
                                                "primary's own noise"));
      }
    }
    if (!(mirror.max_requests_per_second() > 0)) {
      Problem(at + ".max_requests_per_second", "must be above 0; set rate: 0 to mirror nothing");
    }
    if (mirror.max_concurrency() < 1) Problem(at + ".max_concurrency", "must be at least 1");
    if (mirror.max_body_bytes() < 1) Problem(at + ".max_body_bytes", "must be positive");
    if (mirror.max_tokens_per_day() < 0) Problem(at + ".max_tokens_per_day", "must not be negative");
    if (mirror.max_usd_per_day() < 0) Problem(at + ".max_usd_per_day", "must not be negative");
    Positive(at + ".timeout", mirror.timeout());
    // A floor of tens of samples a minute is no floor any more, one of a few a day proves nothing.
    const absl::Duration exposure = FromProto(mirror.exposure());
    if (exposure < absl::Minutes(1) || exposure > absl::Hours(24 * 7)) {
      Problem(at + ".exposure", "must be from 1min to 7d");
    }
    if (!(mirror.importance() > 0 && mirror.importance() <= 1000)) {
      Problem(at + ".importance", "must be above 0 and at most 1000");
    }
    if (mirror.max_usd_per_day() > 0) CheckPrices(at + ".max_usd_per_day", workflow);
    if (config_.shadow().max_usd_per_hour() > 0) CheckPrices("shadow.max_usd_per_hour", workflow);
  }

  void CheckPrices(const std::string& at, const v1::WorkflowConfig& workflow) {
    for (const v1::PathConfig& path : workflow.paths()) {
      auto provider = config_.providers().find(path.provider());
      if (provider == config_.providers().end() || provider->second.has_price()) continue;
      const v1::ProviderKind kind = provider->second.kind();
      if (kind == v1::PROVIDER_KIND_RULES || kind == v1::PROVIDER_KIND_STATIC) continue;
      Problem(at,
              absl::StrCat("needs the price of provider '", path.provider(),
                           "'; give providers.", path.provider(), ".price"));
    }
  }

  void CheckGateMode(const std::string& here, const std::string& name,
                     const v1::GateDimensionConfig& dimension) {
    if (dimension.mode() != v1::GATE_MODE_PAIRED) {
      if (dimension.delta() != 0) Problem(here + ".delta", "is for mode: paired; set that, or remove it");
      return;
    }
    if (name != "tools" && name != "policy" && name != "judge") {
      Problem(here + ".mode", "only tools, policy and judge can be paired; choose absolute");
    }
    if (!(dimension.delta() >= 0 && dimension.delta() <= kMaxDelta)) {
      Problem(here + ".delta", absl::StrCat("must be above 0 and at most ", kMaxDelta));
    }
  }

  void CheckBucket(const std::string& here, absl::Duration bucket) {
    if (bucket != absl::ZeroDuration() && (bucket < absl::Seconds(1) || bucket > absl::Minutes(10))) {
      Problem(here, "must be 0s (each card by itself) or from 1s to 10m");
    }
  }

  void CheckGate(const std::string& at, const v1::GateConfig& gate) {
    for (const auto& [name, dimension] : gate.dimensions()) {
      const std::string here = PathAppendKey(at + ".dimensions", name);
      if (std::find(std::begin(kGateDimensions), std::end(kGateDimensions), name) ==
          std::end(kGateDimensions)) {
        Problem(here, absl::StrCat("there is no dimension '", name,
                                   "'; choose from: ", absl::StrJoin(kGateDimensions, ", ")));
      }
      // Below one half the alternatives that the judge tests against leave the unit interval.
      if (dimension.theta() != 0 && !(dimension.theta() >= 0.5 && dimension.theta() < 1)) {
        Problem(here + ".theta", "must be at least 0.5 and below 1");
      }
      CheckGateMode(here, name, dimension);
    }
    if (gate.has_bucket()) CheckBucket(at + ".bucket", FromProto(gate.bucket()));
    if (gate.has_alpha_green() && !(gate.alpha_green() > 0 && gate.alpha_green() < 0.5)) {
      Problem(at + ".alpha_green", "must be above 0 and below 0.5");
    }
    if (gate.has_available_theta() &&
        !(gate.available_theta() > 0 && gate.available_theta() < 1)) {
      Problem(at + ".available_theta", "must be above 0 and below 1");
    }
    if (gate.has_rho() && !(gate.rho() >= 0 && gate.rho() <= 1)) {
      Problem(at + ".rho", "must be from 0 to 1");
    }
    if (gate.has_max_handover_ratio()) {
      Share(at + ".max_handover_ratio", gate.max_handover_ratio(), false);
    }
    for (const auto& [field, is_set, duration] :
         {std::tuple{".tau", gate.has_tau(), &gate.tau()}, {".t_cold", gate.has_t_cold(), &gate.t_cold()}}) {
      if (is_set) Positive(at + field, *duration);
    }
  }

  void CheckFailover(const std::string& at, const v1::FailoverConfig& failover) {
    Positive(at + ".tick", failover.tick());
    Positive(at + ".hard_down_window", failover.hard_down_window());
    if (failover.hard_down_failures() < 1) Problem(at + ".hard_down_failures", "must be at least 1");
    if (!(failover.availability_target() > 0 && failover.availability_target() < 1)) {
      Problem(at + ".availability_target", "must be above 0 and below 1");
    }
    if (!(failover.kappa() > 0 && failover.kappa() <= 1)) {
      Problem(at + ".kappa", "must be above 0 and at most 1");
    }
    if (FromProto(failover.ramp_max()) < absl::Seconds(1)) {
      Problem(at + ".ramp_max", "must be at least 1s");
    }
  }

  void CheckAliases() {
    std::map<std::string, std::string> owner;
    for (const auto& [name, workflow] : config_.workflows()) owner[name] = name;
    for (const auto& [name, workflow] : config_.workflows()) {
      for (int i = 0; i < workflow.aliases_size(); ++i) {
        auto [it, is_new] = owner.emplace(workflow.aliases(i), name);
        if (is_new) continue;
        Problem(PathAppendIndex(PathAppendKey("workflows", name) + ".aliases", i),
                absl::StrCat("'", workflow.aliases(i), "' already names the workflow '", it->second,
                             "'"));
      }
    }
  }

  const v1::Config& config_;
};

}  // namespace

void CheckConfig(const v1::Config& config, const SourceMap& sources,
                 std::vector<ConfigProblem>& problems) {
  Checker(config, sources, problems).Run();
}

}  // namespace warmpath
