#include "provider/path_set.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "boost/asio/associated_cancellation_slot.hpp"
#include "boost/asio/async_result.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/deferred.hpp"
#include "boost/asio/this_coro.hpp"
#include "provider/capability/table.h"
#include "provider/embedded.h"
#include "provider/grpc_provider.h"
#include "provider/http_provider.h"
#include "provider/judge_path.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

namespace asio = boost::asio;

absl::StatusOr<std::unique_ptr<Provider>> MakeProvider(const v1::ProviderConfig& config,
                                                       const PathSetOptions& options) {
  switch (config.kind()) {
    case v1::PROVIDER_KIND_OPENAI:
    case v1::PROVIDER_KIND_OPENAI_RESPONSES:
    case v1::PROVIDER_KIND_ANTHROPIC:
    case v1::PROVIDER_KIND_GEMINI:
    case v1::PROVIDER_KIND_AZURE_OPENAI:
      return HttpProvider::Create(config, {.io = options.io,
                                           .deadlines = options.deadlines,
                                           .clock = options.clock,
                                           .traffic = options.traffic,
                                           .max_capture_bytes = options.max_capture_bytes});
    case v1::PROVIDER_KIND_GRPC:
      return GrpcProvider::Create(config, {.io = options.io,
                                           .deadlines = options.deadlines,
                                           .clock = options.clock,
                                           .traffic = options.traffic,
                                           .max_capture_bytes = options.max_capture_bytes});
    case v1::PROVIDER_KIND_RULES:
      return MakeRulesProvider(config.rules(), options.clock);
    case v1::PROVIDER_KIND_STATIC:
      return MakeStaticProvider(config.static_(), options.clock);
    default:
      return absl::InvalidArgumentError(
          "kind must be openai, openai_responses, azure_openai, anthropic, gemini, grpc, rules or "
          "static");
  }
}

PathTarget TargetOf(const v1::Config& config, const v1::PathConfig& path) {
  PathTarget target{.path = path.name(), .model = path.model()};
  if (path.max_output_tokens() > 0) target.max_output_tokens = path.max_output_tokens();
  target.provider = path.provider();
  const auto provider = config.providers().find(path.provider());
  if (provider != config.providers().end()) target.server = ServerOf(provider->second);
  target.capabilities = PathCapabilities(config, path);
  return target;
}

// A judge's model is asked like any other path, but is on no ladder.
v1::PathConfig JudgeAsPath(const v1::JudgeConfig& judge) {
  v1::PathConfig path;
  path.set_name(std::string(kJudgePath));
  path.set_provider(judge.provider());
  path.set_model(judge.model());
  return path;
}

}  // namespace

absl::StatusOr<std::shared_ptr<PathSet>> PathSet::Create(const v1::Config& config,
                                                         const PathSetOptions& options) {
  std::shared_ptr<PathSet> set(new PathSet(options));
  for (const auto& [workflow_name, workflow] : config.workflows()) {
    auto& entries = set->workflows_[workflow_name];
    for (const v1::PathConfig& path : workflow.paths()) {
      ASSIGN_OR_RETURN(Provider* const provider, set->ProviderNamed(config, path.provider()));
      const VendorWire* const wire = FindVendorWire(config.providers().at(path.provider()).kind());
      entries[path.name()] = {
          .provider = provider,
          .target = TargetOf(config, path),
          .dialect = wire == nullptr ? std::nullopt : std::optional(wire->dialect)};
    }
    if (options.traffic != Traffic::kShadow || workflow.judge().provider().empty()) continue;
    const v1::PathConfig judge = JudgeAsPath(workflow.judge());
    ASSIGN_OR_RETURN(Provider* const provider, set->ProviderNamed(config, judge.provider()));
    entries[judge.name()] = {
        .provider = provider, .target = TargetOf(config, judge), .dialect = std::nullopt};
  }
  return set;
}

absl::StatusOr<Provider*> PathSet::ProviderNamed(const v1::Config& config,
                                                 const std::string& name) {
  auto& slot = providers_[name];
  if (slot != nullptr) return slot.get();
  const auto found = config.providers().find(name);
  if (found == config.providers().end()) {
    return absl::InvalidArgumentError(absl::StrCat("there is no provider \"", name, "\""));
  }
  auto provider = MakeProvider(found->second, options_);
  if (!provider.ok()) {
    return absl::Status(provider.status().code(), absl::StrCat("provider \"", name, "\": ",
                                                               provider.status().message()));
  }
  slot = *std::move(provider);
  return slot.get();
}

const PathSet::Entry* PathSet::Find(std::string_view workflow, std::string_view path) const {
  const auto paths = workflows_.find(ToAbsl(workflow));
  if (paths == workflows_.end()) return nullptr;
  const auto entry = paths->second.find(ToAbsl(path));
  return entry == paths->second.end() ? nullptr : &entry->second;
}

bool PathSet::Has(std::string_view workflow, std::string_view path) const {
  return Find(workflow, path) != nullptr;
}

asio::awaitable<Answer> PathSet::Call(std::string_view workflow, std::string_view path,
                                      const ModelCall& call, AnswerSink* sink,
                                      CancelToken* cancel) {
  const std::shared_ptr<PathSet> alive = shared_from_this();
  const Entry* const entry = Find(workflow, path);
  if (entry == nullptr || call.shadow != (options_.traffic == Traffic::kShadow)) {
    const PathTarget target{.path = std::string(path), .model = {}};
    PathCall failed(call, target, sink, cancel, options_.clock);
    failed.Fail(v1::FAILURE_CLASS_INTERNAL,
                entry == nullptr
                    ? absl::StrCat("workflow \"", ToAbsl(workflow), "\" has no path \"",
                                   ToAbsl(path), "\"")
                    : "live traffic and shadows must not share a set of providers");
    co_return std::move(failed.answer);
  }
  if (call.count_tokens && entry->dialect != call.dialect) {
    PathCall failed(call, entry->target, sink, cancel, options_.clock);
    failed.Fail(v1::FAILURE_CLASS_UNTRANSLATABLE,
                absl::StrCat("path \"", ToAbsl(path), "\" cannot count tokens as ",
                             ToAbsl(DialectName(call.dialect)), " does"));
    co_return std::move(failed.answer);
  }
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  if (cancel == nullptr && state.slot().is_connected()) {
    co_return co_await CallCancellably(*entry, call, sink);
  }
  co_return co_await entry->provider->Call(call, entry->target, sink, cancel);
}

// Asio clears a coroutine's slot after each of its operations, so the call runs in a coroutine of its
// own while this one keeps the slot for the token.
asio::awaitable<Answer> PathSet::CallCancellably(const Entry& entry, const ModelCall& call,
                                                 AnswerSink* sink) {
  CancelToken token;
  const auto start = [&](auto handler) {
    asio::cancellation_slot slot = asio::get_associated_cancellation_slot(handler);
    slot.assign([&token](asio::cancellation_type) { token.Cancel(); });
    asio::co_spawn(options_.io, entry.provider->Call(call, entry.target, sink, &token),
                   [handler = std::move(handler)](std::exception_ptr error, Answer answer) mutable {
                     if (error != nullptr) {
                       answer.failure =
                           MakeFailure(v1::FAILURE_CLASS_INTERNAL, "the call ended in an exception");
                     }
                     std::move(handler)(std::move(answer));
                   });
  };
  co_return co_await asio::async_initiate<const asio::deferred_t, void(Answer)>(start,
                                                                                asio::deferred);
}

}  // namespace warmpath
