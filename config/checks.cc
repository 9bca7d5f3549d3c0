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
#include "base/http/proxy.h"
#include "base/pointer_pattern.h"
#include "base/proto_time.h"
#include "base/secret.h"
#include "config/address.h"
#include "config/capability_checks.h"
#include "config/rules_checks.h"
#include "re2/re2.h"

namespace warmpath {
namespace {

const char* const kGateDimensions[] = {"policy", "policy_false_proceed", "schema", "tool_errors",
                                       "tools"};

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

// Whether such a provider is called over HTTP, so that a path to it must say which model.
bool IsHttp(v1::ProviderKind kind) {
  switch (kind) {
    case v1::PROVIDER_KIND_OPENAI:
    case v1::PROVIDER_KIND_OPENAI_RESPONSES:
    case v1::PROVIDER_KIND_AZURE_OPENAI:
    case v1::PROVIDER_KIND_ANTHROPIC:
    case v1::PROVIDER_KIND_GEMINI: return true;
    default: return false;
  }
}

// Runs all checks; each method looks at one part of the config.
class Checker {
 public:
  Checker(const v1::Config& config, const SourceMap& sources, std::vector<ConfigProblem>& problems)
      : config_(config), sources_(sources), problems_(problems) {}

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
    for (const auto& [name, provider] : config_.providers()) CheckProvider(name, provider);
    if (config_.workflows().empty()) {
      Problem("workflows", "no workflow is configured; give at least one under 'workflows'");
    }
    for (const auto& [name, workflow] : config_.workflows()) CheckWorkflow(name, workflow);
    CheckAliases();
    CheckCapabilities(config_, sources_, problems_);
  }

 private:
  void Problem(const std::string& at, std::string message) {
    problems_.push_back(sources_.ProblemAt(at, std::move(message)));
  }

  void Positive(const std::string& at, const google::protobuf::Duration& duration) {
    if (FromProto(duration) <= absl::ZeroDuration()) Problem(at, "must be longer than 0s");
  }

  void Share(const std::string& at, double value, bool zero_allowed) {
    if (!(value <= 1) || !(value >= 0) || (value == 0 && !zero_allowed)) {
      Problem(at, absl::StrCat("is ", value, "; must be ", zero_allowed ? "from 0" : "above 0",
                               " to 1"));
    }
  }

  void Secret(const std::string& at, const std::string& reference) {
    if (reference.empty()) return;
    if (absl::Status status = CheckSecretReference(reference); !status.ok()) {
      Problem(at, std::string(status.message()));
    }
  }

  void Pattern(const std::string& at, const std::string& pattern) {
    const re2::RE2 regex(pattern, re2::RE2::Quiet);
    if (!regex.ok()) Problem(at, absl::StrCat("is not an RE2 pattern: ", regex.error()));
  }

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

  void CheckShadow() {
    const v1::ShadowConfig& shadow = config_.shadow();
    if (shadow.max_queue() < 0) Problem("shadow.max_queue", "must be positive");
    if (shadow.max_queue_bytes() < 0) Problem("shadow.max_queue_bytes", "must be positive");
    if (shadow.threads() < 0 || shadow.threads() > 64) Problem("shadow.threads", "must be 1 to 64");
  }

  void CheckProvider(const std::string& name, const v1::ProviderConfig& provider) {
    const std::string at = PathAppendKey("providers", name);
    Secret(at + ".api_key", provider.api_key());
    if (provider.shadow_api_key() != provider.api_key()) {
      Secret(at + ".shadow_api_key", provider.shadow_api_key());
    }
    for (const auto& [header, value] : provider.headers()) {
      if (header.empty() || header.find_first_of(" :\r\n") != std::string::npos) {
        Problem(at + ".headers", absl::StrCat("'", header, "' is not a header name"));
      }
      if (value.find_first_of("\r\n") != std::string::npos) {
        Problem(at + ".headers", absl::StrCat("the value of '", header, "' has a line break"));
      }
    }
    for (const auto& [field, duration] :
         {std::pair{".connect_timeout", &provider.connect_timeout()},
          {".first_byte_timeout", &provider.first_byte_timeout()},
          {".idle_timeout", &provider.idle_timeout()},
          {".total_timeout", &provider.total_timeout()}}) {
      Positive(at + field, *duration);
    }
    CheckProxy(at, provider);
    CheckProviderKind(at, provider);
  }

  void CheckProxy(const std::string& at, const v1::ProviderConfig& provider) {
    Secret(at + ".proxy_credentials", provider.proxy_credentials());
    if (provider.proxy().empty()) {
      if (!provider.proxy_credentials().empty()) {
        Problem(at + ".proxy_credentials", "are given, but no proxy");
      }
      return;
    }
    if (const auto proxy = ParseProxy(provider.proxy()); !proxy.ok()) {
      Problem(at + ".proxy", std::string(proxy.status().message()));
    } else if (!IsHttp(provider.kind())) {
      Problem(at + ".proxy", "is for kinds that are called over HTTP");
    }
  }

  // "host:port", or a URL without a path, which says whether it is TLS.
  void CheckGrpcUrl(const std::string& at, const v1::ProviderConfig& provider) {
    if (provider.base_url().find("://") == std::string::npos) {
      const auto address = ParseAddress(provider.base_url());
      if (!address.ok()) Problem(at + ".base_url", std::string(address.status().message()));
      return;
    }
    const auto url = ParseUrl(provider.base_url());
    if (!url.ok()) {
      Problem(at + ".base_url", std::string(url.status().message()));
    } else if (!url->base.empty()) {
      Problem(at + ".base_url", "has a path; kind grpc takes host:port or https://host:port");
    }
  }

  void CheckProviderKind(const std::string& at, const v1::ProviderConfig& provider) {
    if (provider.has_rules() != (provider.kind() == v1::PROVIDER_KIND_RULES)) {
      Problem(at, "kind rules and the block 'rules' belong together");
    }
    if (provider.has_static_() != (provider.kind() == v1::PROVIDER_KIND_STATIC)) {
      Problem(at, "kind static and the block 'static' belong together");
    }
    if (!provider.api_version().empty() && provider.kind() != v1::PROVIDER_KIND_AZURE_OPENAI) {
      Problem(at + ".api_version", "is for kind azure_openai");
    }
    switch (provider.kind()) {
      case v1::PROVIDER_KIND_OPENAI:
      case v1::PROVIDER_KIND_OPENAI_RESPONSES:
      case v1::PROVIDER_KIND_AZURE_OPENAI:
      case v1::PROVIDER_KIND_ANTHROPIC:
      case v1::PROVIDER_KIND_GEMINI:
        if (const auto url = ParseUrl(provider.base_url()); !url.ok()) {
          Problem(at + ".base_url", std::string(url.status().message()));
        }
        break;
      case v1::PROVIDER_KIND_GRPC:
        CheckGrpcUrl(at, provider);
        break;
      case v1::PROVIDER_KIND_RULES:
        CheckRules(at + ".rules", provider.rules(), sources_, problems_);
        break;
      case v1::PROVIDER_KIND_STATIC:
        if (provider.static_().text().empty() == !provider.static_().has_json()) {
          Problem(at + ".static", "needs exactly one of text and json");
        }
        break;
      default:
        Problem(at, "kind is missing; choose openai, openai_responses, azure_openai, anthropic, gemini, "
                    "grpc, rules or static");
    }
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
    if (!(mirror.max_requests_per_second() > 0)) {
      Problem(at + ".max_requests_per_second", "must be above 0; set rate: 0 to mirror nothing");
    }
    if (mirror.max_concurrency() < 1) Problem(at + ".max_concurrency", "must be at least 1");
    if (mirror.max_body_bytes() < 1) Problem(at + ".max_body_bytes", "must be positive");
    if (mirror.max_tokens_per_day() < 0) Problem(at + ".max_tokens_per_day", "must not be negative");
    if (mirror.max_usd_per_day() < 0) Problem(at + ".max_usd_per_day", "must not be negative");
    Positive(at + ".timeout", mirror.timeout());
    if (mirror.max_usd_per_day() > 0) CheckPrices(at, workflow);
  }

  void CheckPrices(const std::string& at, const v1::WorkflowConfig& workflow) {
    for (const v1::PathConfig& path : workflow.paths()) {
      auto provider = config_.providers().find(path.provider());
      if (provider == config_.providers().end() || provider->second.has_price()) continue;
      const v1::ProviderKind kind = provider->second.kind();
      if (kind == v1::PROVIDER_KIND_RULES || kind == v1::PROVIDER_KIND_STATIC) continue;
      Problem(at + ".max_usd_per_day",
              absl::StrCat("needs the price of provider '", path.provider(),
                           "'; give providers.", path.provider(), ".price"));
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
    }
    if (gate.has_alpha_green() && !(gate.alpha_green() > 0 && gate.alpha_green() < 0.5)) {
      Problem(at + ".alpha_green", "must be above 0 and below 0.5");
    }
    if (gate.has_rho() && !(gate.rho() >= 0 && gate.rho() <= 1)) {
      Problem(at + ".rho", "must be from 0 to 1");
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
  const SourceMap& sources_;
  std::vector<ConfigProblem>& problems_;
};

}  // namespace

void CheckConfig(const v1::Config& config, const SourceMap& sources,
                 std::vector<ConfigProblem>& problems) {
  Checker(config, sources, problems).Run();
}

}  // namespace warmpath
