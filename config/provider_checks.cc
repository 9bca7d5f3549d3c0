#include "config/provider_checks.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/http/proxy.h"
#include "config/address.h"
#include "config/problem_list.h"
#include "config/rules_checks.h"

namespace warmpath {
namespace {

class ProviderChecker : public ProblemList {
 public:
  using ProblemList::ProblemList;

  void Run(const std::string& name, const v1::ProviderConfig& provider) {
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
    if (provider.has_first_content_timeout()) {
      Positive(at + ".first_content_timeout", provider.first_content_timeout());
    }
    if (!(provider.min_stream_bytes_per_second() >= 0)) {
      Problem(at + ".min_stream_bytes_per_second", "must not be negative; 0: any pace");
    }
    CheckProxy(at, provider);
    CheckProviderKind(at, provider);
  }

 private:
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
};

}  // namespace

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

void CheckProvider(const std::string& name, const v1::ProviderConfig& provider,
                   const SourceMap& sources, std::vector<ConfigProblem>& problems) {
  ProviderChecker(sources, problems).Run(name, provider);
}

}  // namespace warmpath
