#include "config/defaults.h"

#include <algorithm>
#include <string_view>

#include "absl/time/time.h"
#include "base/proto_time.h"

namespace warmpath {
namespace {

constexpr int64_t kMegabyte = 1'000'000;

void Default(google::protobuf::Duration* field, bool is_set, absl::Duration value) {
  if (!is_set) *field = ToProto(value);
}

void FillListener(v1::ListenerConfig& listener, std::string_view address) {
  if (listener.address().empty()) listener.set_address(std::string(address));
  if (listener.max_body_bytes() == 0) listener.set_max_body_bytes(32 * kMegabyte);
  if (listener.max_connections() == 0) listener.set_max_connections(10000);
}

void FillProvider(v1::ProviderConfig& p) {
  Default(p.mutable_connect_timeout(), p.has_connect_timeout(), absl::Seconds(3));
  Default(p.mutable_first_byte_timeout(), p.has_first_byte_timeout(), absl::Seconds(60));
  Default(p.mutable_idle_timeout(), p.has_idle_timeout(), absl::Seconds(30));
  Default(p.mutable_total_timeout(), p.has_total_timeout(), absl::Minutes(10));
  if (p.max_connections() == 0) p.set_max_connections(1024);
  if (p.max_shadow_connections() == 0) p.set_max_shadow_connections(32);
  if (p.max_answer_bytes() == 0) p.set_max_answer_bytes(32 * kMegabyte);
  if (p.shadow_api_key().empty()) p.set_shadow_api_key(p.api_key());
  if (p.kind() == v1::PROVIDER_KIND_RULES && p.rules().confidence_floor() == 0) {
    p.mutable_rules()->set_confidence_floor(0.5);
  }
  if (!p.has_rules()) return;
  for (v1::RuleConfig& rule : *p.mutable_rules()->mutable_rules()) {
    if (rule.confidence() == 0) rule.set_confidence(0.9);
  }
}

bool HasPairedDimension(const v1::GateConfig& gate) {
  return std::any_of(gate.dimensions().begin(), gate.dimensions().end(), [](const auto& entry) {
    return entry.second.mode() == v1::GATE_MODE_PAIRED;
  });
}

void FillMirror(v1::MirrorConfig& m, const v1::GateConfig& gate) {
  Default(m.mutable_exposure(), m.has_exposure(), absl::Minutes(60));
  if (m.importance() == 0) m.set_importance(1);
  if (m.max_requests_per_second() == 0) m.set_max_requests_per_second(10);
  if (m.max_concurrency() == 0) m.set_max_concurrency(16);
  if (m.max_body_bytes() == 0) m.set_max_body_bytes(8 * kMegabyte);
  Default(m.mutable_timeout(), m.has_timeout(), absl::Seconds(60));
  // Nothing can be held against the primary's noise that is not measured.
  if (!m.has_self_rate()) m.set_self_rate(HasPairedDimension(gate) ? 1 : 0);
}

void FillFailover(v1::FailoverConfig& f) {
  Default(f.mutable_dwell(), f.has_dwell(), absl::Minutes(15));
  Default(f.mutable_failback_after(), f.has_failback_after(), absl::Minutes(10));
  if (!f.has_auto_failback()) f.set_auto_failback(true);
  if (f.hard_down_failures() == 0) f.set_hard_down_failures(3);
  Default(f.mutable_hard_down_window(), f.has_hard_down_window(), absl::Seconds(15));
  if (f.availability_target() == 0) f.set_availability_target(0.999);
  Default(f.mutable_tick(), f.has_tick(), absl::Seconds(1));
  Default(f.mutable_incident_grace(), f.has_incident_grace(), absl::Minutes(60));
  if (!f.has_ramp()) f.set_ramp(true);
  if (!f.has_kappa()) f.set_kappa(0.01);
  Default(f.mutable_ramp_max(), f.has_ramp_max(), absl::Minutes(60));
}

void FillJudge(v1::JudgeConfig& j) {
  if (!j.has_rate()) j.set_rate(1);
  Default(j.mutable_timeout(), j.has_timeout(), absl::Seconds(30));
  if (j.max_concurrency() == 0) j.set_max_concurrency(4);
  if (j.max_requests_per_minute() == 0) j.set_max_requests_per_minute(60);
  if (!j.provider().empty() && !j.has_pass_grade()) j.set_pass_grade(0.5);
}

void FillWorkflow(v1::WorkflowConfig& w) {
  if (w.mode() == v1::FAILOVER_MODE_UNSPECIFIED) w.set_mode(v1::FAILOVER_MODE_OBSERVE);
  Default(w.mutable_deadline(), w.has_deadline(), absl::Minutes(10));
  for (v1::PathConfig& path : *w.mutable_paths()) {
    if (path.max_output_tokens() == 0) path.set_max_output_tokens(4096);
  }
  FillMirror(*w.mutable_mirror(), w.gate());
  FillFailover(*w.mutable_failover());
  if (w.has_judge()) FillJudge(*w.mutable_judge());
  w.mutable_gate();
  w.mutable_contract();
}

}  // namespace

void FillDefaults(v1::Config& config) {
  v1::ListenConfig& listen = *config.mutable_listen();
  FillListener(*listen.mutable_http(), "127.0.0.1:8080");
  FillListener(*listen.mutable_grpc(), "127.0.0.1:8081");
  FillListener(*listen.mutable_admin_http(), "127.0.0.1:8082");
  FillListener(*listen.mutable_admin_grpc(), "127.0.0.1:8083");

  v1::StoreConfig& store = *config.mutable_store();
  Default(store.mutable_card_retention(), store.has_card_retention(), absl::Hours(24 * 30));
  Default(store.mutable_tally_retention(), store.has_tally_retention(), absl::Hours(24 * 400));
  Default(store.mutable_body_retention(), store.has_body_retention(), absl::Hours(24 * 7));

  for (auto& [name, provider] : *config.mutable_providers()) FillProvider(provider);
  for (auto& [name, workflow] : *config.mutable_workflows()) FillWorkflow(workflow);

  v1::ShadowConfig& shadow = *config.mutable_shadow();
  if (shadow.max_queue() == 0) shadow.set_max_queue(1024);
  if (shadow.max_queue_bytes() == 0) shadow.set_max_queue_bytes(256 * kMegabyte);
  if (shadow.threads() == 0) shadow.set_threads(1);
}

}  // namespace warmpath
