#include "admin/metrics_page.h"

#include <deque>
#include <initializer_list>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "prometheus/text_serializer.h"

namespace warmpath {
namespace {

using Labels = std::initializer_list<std::pair<const char*, std::string>>;

// "CONFORMANCE_GREEN" without "CONFORMANCE_", in lower case.
std::string Word(const std::string& enum_name, std::string_view prefix) {
  return absl::AsciiStrToLower(enum_name.substr(prefix.size()));
}

double UnixSeconds(const google::protobuf::Timestamp& time) {
  return static_cast<double>(time.seconds()) + time.nanos() * 1e-9;
}

// Collects families in the order in which they are first named.
class MetricSheet {
 public:
  void Counter(const char* name, const char* help, const Labels& labels, int64_t value) {
    Add(name, help, prometheus::MetricType::Counter, labels).counter.value =
        static_cast<double>(value);
  }
  void Gauge(const char* name, const char* help, const Labels& labels, double value) {
    Add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
  }

  std::string Text() const {
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, {families_.begin(), families_.end()});
    return text.str();
  }

 private:
  prometheus::ClientMetric& Add(const std::string& name, const char* help,
                                prometheus::MetricType type, const Labels& labels) {
    prometheus::MetricFamily*& family = by_name_[name];
    if (family == nullptr) {
      family = &families_.emplace_back();
      family->name = name;
      family->help = help;
      family->type = type;
    }
    prometheus::ClientMetric& metric = family->metric.emplace_back();
    for (const auto& [label, value] : labels) metric.label.push_back({label, value});
    return metric;
  }

  std::deque<prometheus::MetricFamily> families_;
  std::map<std::string, prometheus::MetricFamily*> by_name_;
};

// One series for each value of an enum but 0, of which one reads 1.
template <typename Enum>
void AddStates(MetricSheet& page, const char* name, const char* help, const std::string& workflow,
               const std::string& path, std::initializer_list<std::pair<Enum, const char*>> states,
               Enum now) {
  for (const auto& [state, word] : states) {
    page.Gauge(name, help, {{"workflow", workflow}, {"path", path}, {"state", word}},
               state == now ? 1 : 0);
  }
}

void AddVerdict(MetricSheet& page, const std::string& workflow, const v1::PathVerdict& verdict,
                const std::string& path) {
  AddStates<v1::Conformance>(page, "warmpath_gate_state",
                             "1 for the state the path's conformance is in.", workflow, path,
                             {{v1::CONFORMANCE_GREEN, "green"},
                              {v1::CONFORMANCE_AMBER, "amber"},
                              {v1::CONFORMANCE_RED, "red"},
                              {v1::CONFORMANCE_COLD, "cold"}},
                             verdict.conformance());
  for (const v1::DimensionEvidence& evidence : verdict.dimensions()) {
    const Labels labels = {
        {"workflow", workflow}, {"path", path}, {"dimension", evidence.dimension()}};
    if (evidence.samples() > 0) {  // a share of nothing is no number
      page.Gauge("warmpath_conformance_ratio", "Share of recent samples that conform.", labels,
                 evidence.conforming_ratio());
    }
    page.Gauge("warmpath_conformance_threshold", "Share that is to be proven.", labels,
               evidence.theta());
    page.Gauge("warmpath_samples", "Recent effective samples behind the share.", labels,
               evidence.samples());
    page.Gauge("warmpath_gate_evidence_for", "Evidence that conformance is above the threshold.",
               labels, evidence.evidence_for());
    page.Gauge("warmpath_gate_evidence_against",
               "Evidence that conformance is below the threshold.", labels,
               evidence.evidence_against());
  }
  if (verdict.has_handover_ratio()) {
    page.Gauge("warmpath_handover_ratio",
               "Share of cases that the path left to people in the last 24 hours.",
               {{"workflow", workflow}, {"path", path}}, verdict.handover_ratio());
  }
  if (verdict.has_evidence_time()) {
    page.Gauge("warmpath_last_score_timestamp_seconds",
               "When the newest scored sample of the path was asked for.",
               {{"workflow", workflow}, {"path", path}}, UnixSeconds(verdict.evidence_time()));
  }
}

void AddMirror(MetricSheet& page, const std::string& workflow, const std::string& path,
               const v1::MirrorCounts& mirror) {
  const Labels labels = {{"workflow", workflow}, {"path", path}};
  page.Counter("warmpath_shadow_sampled_total", "Exchanges sampled for the path.", labels,
               mirror.sampled());
  page.Counter("warmpath_shadow_scored_total", "Shadows that were sent, scored and stored.", labels,
               mirror.mirrored());
  page.Gauge("warmpath_shadow_pending", "Sampled exchanges under way.", labels,
             static_cast<double>(mirror.pending()));
  const std::map<std::string, int64_t> dropped(mirror.dropped().begin(), mirror.dropped().end());
  for (const auto& [reason, count] : dropped) {
    page.Counter("warmpath_shadow_dropped_total",
                 "Sampled exchanges that were not scored, and why.",
                 {{"workflow", workflow}, {"path", path}, {"reason", reason}}, count);
  }
}

void AddPath(MetricSheet& page, const v1::WorkflowStatus& workflow, const v1::PathStatus& path) {
  const std::string role = Word(v1::Role_Name(path.role()), "ROLE_");
  page.Counter("warmpath_requests_total", "Live requests that the path served.",
               {{"workflow", workflow.workflow()}, {"path", path.path()}, {"role", role}},
               path.served());
  page.Gauge("warmpath_active_path", "1 for the path that serves; all 0: downtime.",
             {{"workflow", workflow.workflow()}, {"path", path.path()}, {"role", role}},
             path.path() == workflow.active_path() ? 1 : 0);
  AddStates<v1::Health>(page, "warmpath_path_health",
                        "1 for the state the path's live health is in; all 0: nothing is known.",
                        workflow.workflow(), path.path(),
                        {{v1::HEALTH_HEALTHY, "healthy"},
                         {v1::HEALTH_UNHEALTHY, "unhealthy"},
                         {v1::HEALTH_DOWN, "down"}},
                        path.health().health());
  page.Gauge("warmpath_flip_ready",
             "1: a practice flip succeeded within 7 days and answers come reliably.",
             {{"workflow", workflow.workflow()}, {"path", path.path()}},
             path.readiness().flip_ready() ? 1 : 0);
  AddVerdict(page, workflow.workflow(), path.verdict(), path.path());
  AddMirror(page, workflow.workflow(), path.path(), path.mirror());
}

void AddCoverage(MetricSheet& page, const std::string& workflow, const v1::Coverage& coverage) {
  const std::string turn = Word(v1::TurnType_Name(coverage.turn_type()), "TURN_TYPE_");
  const std::string streaming = coverage.streaming() ? "true" : "false";
  page.Counter("warmpath_exchanges_total", "Live exchanges by kind of turn.",
               {{"workflow", workflow}, {"turn_type", turn}, {"streaming", streaming}},
               coverage.live());
  page.Counter("warmpath_exchanges_sampled_total", "Of these, sampled for mirroring.",
               {{"workflow", workflow}, {"turn_type", turn}, {"streaming", streaming}},
               coverage.sampled());
  const std::map<std::string, int64_t> skipped(coverage.skipped().begin(),
                                               coverage.skipped().end());
  for (const auto& [reason, count] : skipped) {
    page.Counter(
        "warmpath_exchanges_skipped_total", "Of these, not sampled, and why.",
        {{"workflow", workflow}, {"turn_type", turn}, {"streaming", streaming}, {"reason", reason}},
        count);
  }
}

void AddWorkflow(MetricSheet& page, const v1::WorkflowStatus& workflow) {
  const Labels labels = {{"workflow", workflow.workflow()}};
  page.Counter("warmpath_live_requests_total", "Live requests.", labels, workflow.live_requests());
  page.Counter("warmpath_live_failures_total", "Live requests that had no answer.", labels,
               workflow.live_failures());
  page.Gauge("warmpath_enforce", "1: decisions are acted on; 0: only recorded.", labels,
             workflow.mode() == v1::FAILOVER_MODE_ENFORCE ? 1 : 0);
  page.Gauge("warmpath_pinned", "1: an operator froze the active path.", labels,
             workflow.pinned() ? 1 : 0);
  page.Gauge("warmpath_safe_standby", "1: a failover would find a path that is GREEN.", labels,
             workflow.failover_path().empty() ? 0 : 1);
  page.Gauge("warmpath_drill_running", "1: a drill moves a share of the traffic.", labels,
             workflow.has_drill() ? 1 : 0);
  page.Gauge("warmpath_ramp_share",
             "Share of conversations on the active path; below 1 while traffic moves to it bit by bit.",
             labels, workflow.has_ramp() ? workflow.ramp().share() : 1);
  for (const v1::PathStatus& path : workflow.paths()) AddPath(page, workflow, path);
  for (const v1::Coverage& coverage : workflow.coverage()) {
    AddCoverage(page, workflow.workflow(), coverage);
  }
}

void AddPathBudget(MetricSheet& page, const v1::PathBudget& path) {
  const std::string spend = path.fixed() ? "fixed"
                            : path.spend() == v1::SPEND_CLASS_UNSPECIFIED
                                ? "none"
                                : Word(v1::SpendClass_Name(path.spend()), "SPEND_CLASS_");
  const Labels labels = {{"workflow", path.workflow()}, {"path", path.path()}};
  page.Gauge("warmpath_sample_rate_per_minute",
             "New conversations a minute that are to be mirrored to the path, and what for.",
             {{"workflow", path.workflow()}, {"path", path.path()}, {"class", spend}}, path.rate());
  page.Gauge("warmpath_sample_share", "Share of new conversations that this is.", labels,
             path.share());
  page.Gauge("warmpath_sample_floor_per_minute",
             "The least that keeps the path's evidence fresh and finds a bad change in time.", labels,
             path.floor());
  page.Gauge("warmpath_sample_drills_missing_per_minute",
             "Samples a minute that traffic lacks for the floor.", labels, path.drill());
}

void AddBudget(MetricSheet& page, const v1::GetBudgetResponse& budget) {
  std::map<std::string, double> traffic;
  for (const v1::PathBudget& path : budget.paths()) {
    AddPathBudget(page, path);
    traffic[path.workflow()] = path.traffic();
  }
  for (const auto& [workflow, conversations] : traffic) {
    page.Gauge("warmpath_conversations_per_minute", "New conversations a minute.",
               {{"workflow", workflow}}, conversations);
  }
  page.Gauge("warmpath_shadow_planned_per_minute", "Shadows a minute that are given out to all paths.",
             {}, budget.spent_per_minute());
  page.Gauge("warmpath_shadow_tokens_last_hour", "Tokens that shadows took in the last hour.", {},
             static_cast<double>(budget.tokens_last_hour()));
  page.Gauge("warmpath_shadow_usd_last_hour", "US dollars that shadows took in the last hour.", {},
             budget.usd_last_hour());
  if (budget.has_limit_per_minute()) {
    page.Gauge("warmpath_shadow_limit_per_minute", "Most shadows in a minute.", {},
               budget.limit_per_minute());
  }
  if (budget.max_tokens_per_hour() > 0) {
    page.Gauge("warmpath_shadow_limit_tokens_per_hour", "Most tokens of shadows in an hour.", {},
               static_cast<double>(budget.max_tokens_per_hour()));
  }
  if (budget.max_usd_per_hour() > 0) {
    page.Gauge("warmpath_shadow_limit_usd_per_hour", "Most US dollars of shadows in an hour.", {},
               budget.max_usd_per_hour());
  }
}

void AddProcess(MetricSheet& page, const v1::GetStatusResponse& status,
                int64_t mirror_queue_depth) {
  page.Gauge("warmpath_build_info", "Always 1; the version is a label.",
             {{"version", status.version()}}, 1);
  page.Gauge("warmpath_start_time_seconds", "When the process started.", {},
             UnixSeconds(status.start_time()));
  page.Gauge("warmpath_config_last_reload_successful", "0: the last reload was refused.", {},
             status.config_error().empty() ? 1 : 0);
  if (status.has_config_time()) {
    page.Gauge("warmpath_config_last_reload_success_timestamp_seconds",
               "When a config was last taken.", {}, UnixSeconds(status.config_time()));
  }
  page.Gauge("warmpath_store_writable", "0: the store refuses evidence.", {},
             status.store().writable() ? 1 : 0);
  page.Gauge("warmpath_store_bytes", "What the store takes on disk.", {},
             static_cast<double>(status.store().size_bytes()));
  if (status.store().has_newest_card_time()) {
    page.Gauge("warmpath_store_newest_card_timestamp_seconds",
               "When the newest scorecard was written.", {},
               UnixSeconds(status.store().newest_card_time()));
  }
  page.Gauge("warmpath_queue_depth", "What waits or is under way.", {{"queue", "mirror"}},
             static_cast<double>(mirror_queue_depth));
}

}  // namespace

absl::Status FlipCounter::Update(ScoreStore& store) {
  ListQuery query{.workflow = "", .limit = kMaxPageSize, .page_token = ""};
  std::map<Key, int64_t> fresh;
  std::string newest;
  bool done = false;
  while (!done) {
    ASSIGN_OR_RETURN(const auto page, store.ListFlips(query));
    for (const v1::Flip& flip : page.items) {
      if (newest.empty()) newest = flip.id();
      done = flip.id() == last_id_ || FromProto(flip.decide_time()) < start_;
      if (done) break;
      ++fresh[{flip.workflow(), Word(v1::FlipCause_Name(flip.cause()), "FLIP_CAUSE_"),
               flip.enforced() ? "enforced" : "observed"}];
    }
    query.page_token = page.next_page_token;
    done = done || query.page_token.empty();
  }
  last_id_ = newest;
  for (const auto& [key, count] : fresh) counts_[key] += count;
  return absl::OkStatus();
}

std::string MetricsPage(const v1::GetStatusResponse& status, const v1::GetBudgetResponse& budget,
                        const FlipCounter& flips, int64_t mirror_queue_depth) {
  MetricSheet page;
  AddProcess(page, status, mirror_queue_depth);
  for (const v1::WorkflowStatus& workflow : status.workflows()) AddWorkflow(page, workflow);
  AddBudget(page, budget);
  for (const auto& [key, count] : flips.counts()) {
    const auto& [workflow, trigger, result] = key;
    page.Counter("warmpath_flip_total", "Flips recorded since the start.",
                 {{"workflow", workflow}, {"trigger", trigger}, {"result", result}}, count);
  }
  return page.Text();
}

}  // namespace warmpath
