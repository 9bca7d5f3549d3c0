#include "failover/sample_budget.h"

#include <algorithm>
#include <optional>

#include "absl/algorithm/container.h"
#include "base/proto_time.h"

namespace warmpath {
namespace {

// How long a suspicion makes others of the same model look closer.
constexpr Micros kHintMemory = 30 * kMicrosPerMinute;
// New cards move the mean tokens of a path by so much.
constexpr double kTokenStep = 1.0 / 50;
// An old primary that lives is asked at least this share of the traffic: its recovery is to be
// seen.
constexpr double kReverseShare = 0.01;
// What is done before traffic was measured; Sampler::kColdShare.
constexpr double kColdShare = 0.05;
// Of the requests of a minute: arrivals gather by chance, and what comes above the limit is refused
// whatever it is for. Over an hour chance evens out.
constexpr double kGivenOut = 0.85;
// Where a sample takes nothing of what is limited: next to nothing, and still a number to divide
// by.
constexpr double kNoCost = 1e-9;

AllocatorParameters ParametersOf(const v1::MirrorConfig& mirror) {
  AllocatorParameters parameters;
  if (mirror.has_exposure())
    parameters.exposure = absl::ToInt64Microseconds(FromProto(mirror.exposure()));
  return parameters;
}

v1::SpendClass ClassOf(Spend spend) {
  switch (spend) {
    case Spend::kNone:
      return v1::SPEND_CLASS_NONE;
    case Spend::kFloor:
      return v1::SPEND_CLASS_FLOOR;
    case Spend::kBurst:
      return v1::SPEND_CLASS_BURST;
    case Spend::kProve:
      return v1::SPEND_CLASS_PROVE;
  }
  return v1::SPEND_CLASS_UNSPECIFIED;
}

std::string NameOf(const SampleRow& row) {
  return row.workflow->name() + "/" + row.path->config.name();
}

bool IsSuspect(const Judgement& judgement) {
  return judgement.conformance == v1::CONFORMANCE_RED ||
         absl::c_any_of(judgement.state.dimensions,
                        [](const DimensionProof& proof) { return proof.suspect; });
}

void Allot(const AllocatorParameters& allocator, const std::vector<SampleRow*>& rows,
           std::optional<double> budget) {
  std::vector<SampleDemand> demands;
  for (const SampleRow* row : rows) demands.push_back(row->demand);
  const std::vector<Allotment> allotments = Allocate(allocator, demands, budget);
  for (size_t i = 0; i < rows.size(); ++i) rows[i]->allotment = allotments[i];
}

double ShareOf(const SampleRow& row) {
  const v1::MirrorConfig& mirror = row.workflow->parameters().config.mirror();
  if (row.fixed) return mirror.rate();
  if (!row.measured) return kColdShare;
  // Whoever comes first after a silence is welcome.
  if (row.conversations == 0) return row.demand.floor > 0 ? 1 : 0;
  return std::clamp(row.allotment.rate / (row.conversations * row.worth), 0.0, 1.0);
}

v1::PathBudget Show(const SampleRow& row) {
  v1::PathBudget shown;
  shown.set_workflow(row.workflow->name());
  shown.set_path(row.path->config.name());
  if (!row.fixed && row.measured) shown.set_spend(ClassOf(row.allotment.spend));
  shown.set_fixed(row.fixed);
  shown.set_share(ShareOf(row));
  shown.set_rate(row.conversations * shown.share());
  shown.set_traffic(row.conversations);
  shown.set_floor(row.demand.floor / row.worth);
  if (!row.fixed && row.measured && !row.serving) shown.set_drill(row.allotment.drill);
  shown.set_reason(SpendReason(row));
  return shown;
}

}  // namespace

void SampleBudget::Configure(const v1::Config& config) {
  limits_ = config.shadow();
  replicas_ = std::max(1, config.replicas().peers_size());
  prices_.clear();
  for (const auto& [name, provider] : config.providers()) {
    if (provider.has_price()) prices_[name] = provider.price();
  }
  const auto known = [&](const std::string& workflow) {
    return config.workflows().contains(workflow);
  };
  std::erase_if(traffic_, [&](const auto& entry) { return !known(entry.first); });
  std::erase_if(tokens_, [&](const auto& entry) { return !known(entry.first.first); });
}

void SampleBudget::NoteCard(const v1::Scorecard& card) {
  if (!card.has_usage() || card.source() == v1::SCORE_SOURCE_LIVE) return;
  const auto [entry, is_new] = tokens_.try_emplace({card.workflow(), card.candidate_path()});
  Tokens& tokens = entry->second;
  const double step = is_new ? 1 : kTokenStep;
  tokens.input += step * (static_cast<double>(card.usage().input_tokens()) - tokens.input);
  tokens.output += step * (static_cast<double>(card.usage().output_tokens()) - tokens.output);
}

void SampleBudget::NoteTraffic(const std::string& workflow, int64_t conversations,
                               int64_t exchanges, Micros now) {
  traffic_[workflow].Note(conversations, exchanges, now);
}

void SampleBudget::Update(const std::map<std::string, WorkflowState>& workflows, absl::Time now) {
  const Micros micros = absl::ToUnixMicros(now);
  std::vector<SampleRow> rows;
  for (const auto& [name, workflow] : workflows) {
    for (const PathState& path : workflow.paths()) rows.push_back(RowOf(workflow, path, micros));
  }
  SpreadHints(rows, micros);
  // Whoever has a fixed share takes it first.
  double taken = 0;
  std::vector<SampleRow*> asked, serving;
  for (SampleRow& row : rows) {
    if (row.fixed) {
      row.allotment.rate = ShareOf(row) * row.conversations * row.worth;
      if (!row.serving) taken += row.allotment.rate * row.demand.cost;
    } else if (row.measured) {
      (row.serving ? serving : asked).push_back(&row);
    }
  }
  AllocatorParameters allocator;
  allocator.fast_rate /= replicas_;
  Allot(allocator, asked, limited() ? std::optional(std::max(0.0, 1 - taken)) : std::nullopt);
  Allot(allocator, serving, std::nullopt);

  plan_.Clear();
  *plan_.mutable_plan_time() = ToProto(now);
  double requests = 0;
  for (const SampleRow& row : rows) {
    *plan_.add_paths() = Show(row);
    if (!row.serving) requests += row.allotment.rate * SampleCost(row).requests;
  }
  plan_.set_spent_per_minute(requests);
  if (limits_.max_requests_per_minute() > 0) {
    plan_.set_limit_per_minute(limits_.max_requests_per_minute());
  }
  plan_.set_max_usd_per_hour(limits_.max_usd_per_hour());
  plan_.set_max_tokens_per_hour(limits_.max_tokens_per_hour());
}

SampleRow SampleBudget::RowOf(const WorkflowState& workflow, const PathState& path,
                              Micros now) const {
  const WorkflowParameters& parameters = workflow.parameters();
  const v1::MirrorConfig& mirror = parameters.config.mirror();
  SampleRow row;
  row.workflow = &workflow;
  row.path = &path;
  row.fixed = mirror.has_rate();
  row.serving = path.config.name() == workflow.state.active_path();
  row.down = !row.serving && path.health.last() == v1::HEALTH_DOWN;
  if (const auto traffic = traffic_.find(workflow.name()); traffic != traffic_.end()) {
    row.measured = traffic->second.known();
    row.conversations = traffic->second.conversations_per_minute();
    row.turns = traffic->second.turns();
  }
  row.worth = row.turns / (1 + (row.turns - 1) * parameters.gate.rho);
  row.judgement = path.judge.JudgeAt(now, false);
  row.demand = DemandOf(parameters.gate, ParametersOf(mirror), row.judgement, row.serving,
                        row.conversations * row.worth, now);
  row.demand.floor /= replicas_;
  row.demand.importance = mirror.importance() > 0 ? mirror.importance() : 1;
  if (path.config.role() == v1::ROLE_PRIMARY && !row.serving) {
    row.demand.floor = std::max(row.demand.floor, kReverseShare * row.demand.traffic);
  }
  // Neither can prove anything now: one gives no answers, the other waits for a person.
  if (row.down || row.judgement.state.severe) row.demand.wants_proof = row.demand.alarmed = false;
  row.demand.cost = limited() ? std::max(kNoCost, ShareOfLimits(SampleCost(row))) : 1;
  return row;
}

void SampleBudget::SpreadHints(std::vector<SampleRow>& rows, Micros now) {
  std::map<PathKey, Micros> suspects;
  std::map<std::pair<std::string, std::string>, const SampleRow*> newest;  // by provider and model
  const auto model = [](const SampleRow& row) {
    return std::pair(row.path->config.provider(), row.path->config.model());
  };
  for (const SampleRow& row : rows) {
    const PathKey key(row.workflow->name(), row.path->config.name());
    const auto known = suspects_.find(key);
    const Micros since = known == suspects_.end() ? now : known->second;
    const bool recent = since <= now && now - since <= kHintMemory;
    if (!IsSuspect(row.judgement) && (known == suspects_.end() || !recent)) continue;
    suspects[key] = since;
    if (recent) newest[model(row)] = &row;
  }
  for (SampleRow& row : rows) {
    // Whoever is to be proven is looked at faster than that.
    if (row.down || row.demand.wants_proof) continue;
    const auto found = newest.find(model(row));
    if (found != newest.end() && found->second != &row) {
      row.hint = NameOf(*found->second) + " is suspect, the same model";
    } else if (absl::FromUnixMicros(now) - row.path->hinted <= absl::Microseconds(kHintMemory)) {
      row.hint = "somebody says that it may have changed";
    }
    row.demand.hinted = !row.hint.empty();
  }
  suspects_ = std::move(suspects);
}

SampleBudget::Cost SampleBudget::CostOf(const WorkflowState& workflow, const PathState& path,
                                        double requests) const {
  const auto found = tokens_.find({workflow.name(), path.config.name()});
  const Tokens tokens = found == tokens_.end() ? Tokens{} : found->second;
  Cost cost;
  cost.requests = requests;
  cost.tokens = requests * (tokens.input + tokens.output);
  if (const auto price = prices_.find(path.config.provider()); price != prices_.end()) {
    cost.usd = requests *
               (tokens.input * price->second.input_usd_per_million() +
                tokens.output * price->second.output_usd_per_million()) /
               1e6;
  }
  return cost;
}

SampleBudget::Cost SampleBudget::SampleCost(const SampleRow& row) const {
  const double requests = row.turns / row.worth;
  Cost cost = CostOf(*row.workflow, *row.path, requests);
  const double again = row.workflow->parameters().config.mirror().self_rate();
  for (const PathState& path : row.workflow->paths()) {
    if (path.config.name() != row.workflow->state.active_path()) continue;
    const Cost control = CostOf(*row.workflow, path, requests * again);
    cost.requests += control.requests;
    cost.tokens += control.tokens;
    cost.usd += control.usd;
  }
  return cost;
}

bool SampleBudget::limited() const {
  return limits_.max_requests_per_minute() > 0 || limits_.max_tokens_per_hour() > 0 ||
         limits_.max_usd_per_hour() > 0;
}

double SampleBudget::ShareOfLimits(const Cost& cost) const {
  double share = 0;
  if (limits_.max_requests_per_minute() > 0) {
    share = std::max(share, cost.requests / (kGivenOut * limits_.max_requests_per_minute()));
  }
  if (limits_.max_tokens_per_hour() > 0) {
    share = std::max(share, cost.tokens * 60 / static_cast<double>(limits_.max_tokens_per_hour()));
  }
  if (limits_.max_usd_per_hour() > 0) {
    share = std::max(share, cost.usd * 60 / limits_.max_usd_per_hour());
  }
  return share;
}

}  // namespace warmpath
