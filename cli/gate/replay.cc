#include "cli/gate/replay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "cli/gate/line_text.h"
#include "failover/judge.h"
#include "failover/verdict.h"

namespace warmpath {
namespace {


absl::Status Bad(const std::string& text) { return absl::InvalidArgumentError(text); }

void AppendName(const char* separator, const char* name, std::string& out) {
  out += separator;
  out += '"';
  out += name;
  out += "\":";
}

void AppendPlace(Micros t, std::string_view workflow, std::string_view path, std::string& out) {
  AppendName("{", "t", out);
  AppendJsonTime(t, out);
  AppendName(",", "wf", out);
  AppendJsonText(workflow, out);
  AppendName(",", "path", out);
  AppendJsonText(path, out);
}

void AppendDimensions(const GateParameters& parameters, const GateState& state, std::string& out) {
  AppendName(",", "dims", out);
  out += '{';
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    const DimensionProof& proof = state.dimensions[d];
    if (d > 0) out += ',';
    AppendJsonText(parameters.dimensions[d].name, out);
    AppendName(":{", "G", out);
    AppendJsonNumber(proof.evidence_for(), out);
    AppendName(",", "V", out);
    AppendJsonNumber(proof.evidence_against(), out);
    AppendName(",", "granted", out);
    out += proof.granted ? "true" : "false";
    AppendName(",", "suspect", out);
    out += proof.suspect ? "true" : "false";
    AppendName(",", "lease_end", out);
    if (proof.granted) {
      AppendJsonTime(LeaseEnd(parameters, parameters.dimensions[d], proof), out);
    } else {
      out += "null";
    }
    out += '}';
  }
  out += '}';
}

// A reason by its name, and the event that it is about.
std::string NameOf(const v1::VerdictReason& reason, const KeyEvidence* evidence) {
  switch (reason.code()) {
    case v1::REASON_CODE_SEVERE:
      return absl::StrCat("severe(", evidence->severe_card_id, ")");
    case v1::REASON_CODE_SEVERE_PENDING:
      return absl::StrCat("severe-pending(", evidence->severe_pending_card_id.value_or(""), ")");
    default:
      return ReasonInWords(reason);
  }
}

const char* PhaseName(Ramp::Phase phase) {
  switch (phase) {
    case Ramp::Phase::kHeld:
      return "held";
    case Ramp::Phase::kAborted:
      return "aborted";
    case Ramp::Phase::kFull:
      return "full";
    default:
      return "running";
  }
}

}  // namespace

bool GateReplay::Later::operator()(const std::pair<Micros, Key*>& a,
                                   const std::pair<Micros, Key*>& b) const {
  if (a.first != b.first) return a.first < b.first;
  return std::tie(a.second->workflow, a.second->path, a.second->key) <
         std::tie(b.second->workflow, b.second->path, b.second->key);
}

GateReplay::GateReplay(ReplayOptions options) : options_(std::move(options)) {}

absl::Status GateReplay::Apply(const ReplayLine& line) {
  if (line.op == ReplayOp::kDim) return DeclareDimension(line);
  const Micros arrival = line.at.value_or(line.t);
  if (!started_) {
    if (options_.parameters.dimensions.empty()) {
      return Bad("no dimension is declared: begin with dim lines, or use --config");
    }
    if (line.op == ReplayOp::kSample || line.op == ReplayOp::kDispatch) {
      bucket_ = options_.bucket.value_or(line.has_replica ? kDefaultBucket : 0);
      started_ = true;
    }
  } else if (line.op == ReplayOp::kSample && line.has_replica && bucket_ == 0 && !options_.bucket) {
    return Bad("replica: the first sample had none; say gate: {bucket: 10s} in the config");
  }
  if (bucket_ == 0 && line.op == ReplayOp::kSample && line.at && *line.at < line.t) {
    return Bad("at must not be before t");
  }
  const Micros reaches = bucket_ == 0 ? line.t : arrival;
  if (bucket_ == 0 && reaches < now_) {
    return Bad("t must not decrease");
  }
  if (reaches > now_) {
    Advance(reaches);
    now_ = reaches;
  }
  return Dispatch(line);
}

absl::Status GateReplay::Dispatch(const ReplayLine& line) {
  switch (line.op) {
    case ReplayOp::kSample:
      return Sample(line);
    case ReplayOp::kDispatch:
      return Announce(line);
    case ReplayOp::kSevere:
      return Severe(line);
    case ReplayOp::kAck:
      return Acknowledge(line);
    case ReplayOp::kHint:
      return Hint(line);
    case ReplayOp::kLive:
      return Live(line);
    case ReplayOp::kRearm:
      return Rearm(line);
    case ReplayOp::kQuery:
      Query(line);
      return absl::OkStatus();
    case ReplayOp::kTick:
      return absl::OkStatus();
    case ReplayOp::kPlan:
      Plan(line);
      return absl::OkStatus();
    case ReplayOp::kIncident:
      Incident(line);
      return absl::OkStatus();
    case ReplayOp::kDim:
      break;
  }
  return Bad("unknown op");
}

absl::Status GateReplay::DeclareDimension(const ReplayLine& line) {
  if (started_) return Bad("dim must come before the first sample");
  if (line.name.empty()) return Bad("name is missing");
  if (line.mode != "" && line.mode != "abs" && line.mode != "paired") {
    return Bad("mode must be abs or paired");
  }
  const bool paired = line.mode == "paired";
  if (!paired && !(line.q0 > 0 && line.q0 < 1)) return Bad("q0 must be above 0 and below 1");
  if (paired && !(line.delta > 0 && line.delta <= kMaxPairedDelta)) {
    return Bad(absl::StrCat("delta must be above 0 and at most ", kMaxPairedDelta));
  }
  std::vector<GateDimension>& dimensions = options_.parameters.dimensions;
  if (!std::exchange(declared_, true)) dimensions.clear();
  if (options_.parameters.IndexOf(line.name)) return Bad("the dimension is declared already");
  if (dimensions.size() >= 32) return Bad("more than 32 dimensions");
  std::string name(line.name);
  dimensions.push_back(
      paired ? MakePairedDimension(std::move(name), line.delta, Requirement::kAlways)
             : MakeGateDimension(std::move(name), 1 - line.q0, Requirement::kAlways));
  return absl::OkStatus();
}

GateReplay::Key& GateReplay::KeyOf(const ReplayLine& line) {
  lookup_.clear();
  for (const std::string_view part : {line.workflow, line.path, line.key}) {
    lookup_ += part;
    lookup_ += '\x1f';
  }
  const auto found = index_.find(lookup_);
  if (found != index_.end()) return *found->second;
  auto key = std::make_unique<Key>();
  key->workflow = line.workflow;
  key->path = line.path;
  key->key = line.key;
  std::unique_ptr<PathJudge>& judge = judges_[{key->workflow, key->path}];
  if (judge == nullptr) judge = std::make_unique<PathJudge>(options_.parameters);
  key->judge = judge.get();
  Key& result = *key;
  index_[lookup_] = &result;
  keys_[{key->workflow, key->path, key->key}] = std::move(key);
  return result;
}

GateHolds GateReplay::HoldsOf(const Key& key) const {
  GateHolds holds;
  const KeyEvidence* const evidence = key.judge->Find(key.key);
  holds.severe_pending = evidence != nullptr && evidence->severe_pending_card_id.has_value();
  for (auto reference = references_.lower_bound({key.workflow, ""});
       reference != references_.end() && reference->first.first == key.workflow; ++reference) {
    if (!reference->second.unstable()) continue;
    if (const auto dimension = options_.parameters.IndexOf(reference->first.second)) {
      holds.reference_unstable |= 1u << *dimension;
    }
  }
  return holds;
}

absl::Status GateReplay::SampleFrom(const ReplayLine& line, GateSample& sample) const {
  sample.t = line.t;
  sample.evidence_key = line.key;
  sample.synthetic = line.synthetic;
  sample.item = line.has_item;
  sample.conversation.reset();
  if (line.has_item) {
    sample.conversation = StableHash64(line.item, 1);
  } else if (line.has_conversation) {
    sample.conversation = StableHash64(line.conversation);
  }
  sample.losses.clear();
  for (const auto& [name, loss] : line.loss) {
    const std::optional<int> dimension = options_.parameters.IndexOf(name);
    if (!dimension) return Bad(absl::StrCat("unknown dimension '", std::string(name), "'"));
    if (!options_.parameters.dimensions[*dimension].paired) {
      sample.losses.push_back({*dimension, loss});
      continue;
    }
    // Without a second answer of the primary there is no evidence on a paired dimension.
    for (const auto& [control_name, control] : line.control) {
      if (control_name == name) sample.losses.push_back({*dimension, loss - control});
    }
  }
  return absl::OkStatus();
}

absl::Status GateReplay::Sample(const ReplayLine& line) {
  RETURN_IF_ERROR(SampleFrom(line, sample_));
  if (!line.control.empty()) NoteControl(line);
  if (bucket_ > 0) return SampleInBucket(line);
  Key& key = KeyOf(line);
  if (key.judge->Observe(sample_, line.id).refused) ++dropped_conversations_;
  ShowIfChanged(line.t, key);
  QueueNext(key, key.judge->Find(key.key));
  return absl::OkStatus();
}

absl::Status GateReplay::SampleInBucket(const ReplayLine& line) {
  if (!line.id.empty() && seen_.SeenBefore(line.id, now_ / bucket_)) {
    ++dropped_duplicates_;
    return absl::OkStatus();
  }
  Key& key = KeyOf(line);
  const auto announced = line.id.empty() ? pending_.end() : pending_.find(std::string(line.id));
  if (announced != pending_.end()) {
    Key& waiting = *announced->second.key;
    KeyEvidence* const evidence = waiting.judge->Find(waiting.key);
    if (evidence != nullptr && evidence->buckets.Arrive(announced->second.number)) {
      Queue(now_, waiting);
    }
    pending_.erase(announced);
  }
  const std::optional<int64_t> number = EvidenceBuckets::NumberFor(line.t, now_, bucket_);
  if (!number) {
    ++dropped_late_;
    return absl::OkStatus();
  }
  KeyEvidence& evidence = key.judge->FindOrStart(key.key, *number * bucket_);
  if (!sample_.losses.empty()) {
    evidence.buckets.Add(evidence.state, line.id, sample_, *number, now_, bucket_);
    Queue(evidence.buckets.FirstEnd(bucket_), key);
  }
  Advance(now_);
  return absl::OkStatus();
}

void GateReplay::NoteControl(const ReplayLine& line) {
  bool changed = false;
  for (const auto& [name, loss] : line.control) {
    const std::optional<int> dimension = options_.parameters.IndexOf(name);
    if (!dimension || !options_.parameters.dimensions[*dimension].paired) continue;
    Disagreement& reference = references_[{std::string(line.workflow), std::string(name)}];
    const bool unstable = reference.unstable();
    reference.Add(line.t, loss);
    changed |= unstable != reference.unstable();
  }
  if (!changed) return;
  for (auto& [place, key] : keys_) {
    if (key->workflow == line.workflow) ShowIfChanged(now_, *key);
  }
}

absl::Status GateReplay::Announce(const ReplayLine& line) {
  if (bucket_ == 0) return absl::OkStatus();  // there is no bucket to wait
  if (line.id.empty()) return Bad("id is missing");
  const std::optional<int64_t> number = EvidenceBuckets::NumberFor(line.t, now_, bucket_);
  if (!number) return absl::OkStatus();
  Key& key = KeyOf(line);
  if (!pending_.emplace(std::string(line.id), Pending{&key, *number}).second) return absl::OkStatus();
  key.judge->FindOrStart(key.key, *number * bucket_).buckets.Announce(*number);
  Queue((*number + 1) * bucket_, key);
  return absl::OkStatus();
}

absl::Status GateReplay::Severe(const ReplayLine& line) {
  Key& key = KeyOf(line);
  KeyEvidence& evidence = key.judge->FindOrStart(key.key, line.t);
  const std::string_view kind = line.severe_class;
  if (kind == "S1" || kind == "S2c") {
    evidence.state.severe = true;
    evidence.severe_card_id = std::string(line.id);
    evidence.severe_pending_card_id.reset();
  } else if (kind == "S2") {
    evidence.severe_pending_card_id = std::string(line.id);
  } else if (kind == "S2n") {
    evidence.severe_pending_card_id.reset();
  } else {
    return Bad("class must be S1, S2, S2c or S2n");
  }
  ShowIfChanged(line.t, key);
  QueueNext(key, &evidence);
  return absl::OkStatus();
}

absl::Status GateReplay::Acknowledge(const ReplayLine& line) {
  Key& key = KeyOf(line);
  KeyEvidence* evidence = key.judge->Find(key.key);
  if (evidence != nullptr) evidence->severe_pending_card_id.reset();
  if (evidence != nullptr && evidence->state.severe) {
    evidence->state.severe = false;
    evidence->severe_card_id.clear();
    AdvanceTo(options_.parameters, line.t, evidence->state);
    GoRed(options_.parameters, line.t, evidence->state);
  }
  ShowIfChanged(line.t, key);
  QueueNext(key, evidence);
  return absl::OkStatus();
}

uint32_t GateReplay::MaskOf(const std::vector<std::string_view>& names, absl::Status& status) const {
  uint32_t mask = 0;
  for (const std::string_view name : names) {
    const std::optional<int> dimension = options_.parameters.IndexOf(name);
    if (!dimension) {
      status = Bad(absl::StrCat("unknown dimension '", std::string(name), "'"));
    } else {
      mask |= 1u << *dimension;
    }
  }
  return names.empty() ? ~0u : mask;
}

absl::Status GateReplay::Hint(const ReplayLine& line) {
  const double mass = line.mass == 0 ? kHintMass : line.mass;
  if (!(mass > 0 && mass <= 1)) return Bad("mass must be above 0 and at most 1");
  absl::Status status;
  const uint32_t mask = MaskOf(line.dims, status);
  RETURN_IF_ERROR(status);
  Key& key = KeyOf(line);
  KeyEvidence& evidence = key.judge->FindOrStart(key.key, line.t);
  AddHint(options_.parameters, line.t, mass, mask, evidence.state);
  key.hinted = line.t;
  ShowIfChanged(line.t, key);
  QueueNext(key, &evidence);
  return absl::OkStatus();
}

absl::Status GateReplay::Rearm(const ReplayLine& line) {
  std::vector<std::string_view> names;
  if (!line.dim.empty()) names.push_back(line.dim);
  absl::Status status;
  const uint32_t mask = MaskOf(names, status);
  RETURN_IF_ERROR(status);
  Key& key = KeyOf(line);
  KeyEvidence& evidence = key.judge->FindOrStart(key.key, line.t);
  for (size_t d = 0; d < evidence.state.dimensions.size(); ++d) {
    if ((mask >> d & 1) == 0) continue;
    evidence.state.dimensions[d].v.fill(0);
    evidence.state.dimensions[d].suspect = false;
  }
  ShowIfChanged(line.t, key);
  return absl::OkStatus();
}

absl::Status GateReplay::Live(const ReplayLine& line) {
  if (!(line.n >= 0 && line.f >= 0 && line.f <= line.n)) return Bad("f must be from 0 to n");
  const GateParameters& parameters = options_.parameters;
  int dimension = -1;
  if (!line.dim.empty()) {
    dimension = parameters.IndexOf(line.dim).value_or(-1);
    if (dimension < 0) return Bad(absl::StrCat("unknown dimension '", std::string(line.dim), "'"));
  } else {
    // The strictest: it is the one that holds a ramp back.
    for (size_t d = 0; d < parameters.dimensions.size(); ++d) {
      if (parameters.dimensions[d].paired) continue;
      if (dimension < 0 || parameters.dimensions[d].q0 < parameters.dimensions[dimension].q0) {
        dimension = static_cast<int>(d);
      }
    }
  }
  if (dimension < 0 || parameters.dimensions[dimension].paired) {
    return Bad("live requests have no second answer: they need an absolute dimension");
  }
  Key& key = KeyOf(line);
  if (!key.ramp || key.ramp_dimension != dimension) {
    key.ramp.emplace(parameters.dimensions[dimension], line.t, options_.kappa);
    key.ramp_dimension = dimension;
  }
  key.ramp->Add(line.t, line.n, line.f);
  AppendPlace(line.t, line.workflow, line.path, output_);
  AppendName(",", "share", output_);
  AppendJsonNumber(key.ramp->share(), output_);
  AppendName(",", "q_upper", output_);
  AppendJsonNumber(key.ramp->upper_loss(), output_);
  AppendName(",", "v", output_);
  AppendJsonNumber(key.ramp->evidence_against(), output_);
  absl::StrAppend(&output_, ",\"ramp\":\"", PhaseName(key.ramp->phase()), "\"}\n");
  if (line.end) key.ramp.reset();
  return absl::OkStatus();
}

void GateReplay::Incident(const ReplayLine& line) {
  for (auto& [place, key] : keys_) {
    if (key->workflow != line.workflow) continue;
    KeyEvidence* evidence = key->judge->Find(key->key);
    if (evidence == nullptr) continue;
    if (line.on) {
      Freeze(options_.parameters, line.t, kIncidentGrace, evidence->state);
    } else {
      Thaw(options_.parameters, line.t, evidence->state);
    }
    ShowIfChanged(line.t, *key);
    QueueNext(*key, evidence);
  }
}

void GateReplay::Query(const ReplayLine& line) {
  for (const auto& [place, key] : keys_) {
    if (line.has_workflow && key->workflow != line.workflow) continue;
    if (line.has_path && key->path != line.path) continue;
    KeyEvidence* evidence = key->judge->Find(key->key);
    if (evidence == nullptr) continue;
    if (evidence->buckets.empty()) AdvanceTo(options_.parameters, now_, evidence->state);
    Show(line.t, *key, ConformanceOf(options_.parameters, evidence->state, HoldsOf(*key)), evidence);
  }
}

void GateReplay::Plan(const ReplayLine& line) {
  constexpr const char* kNames[] = {"none", "floor", "burst", "prove"};
  constexpr double kPlenty = 1e9;
  std::vector<SampleDemand> demands;
  for (const auto& [place, judge] : judges_) {
    double traffic = line.traffic.empty() ? kPlenty : 0;
    const std::string name = absl::StrCat(place.first, "/", place.second);
    for (const auto& [path, rate] : line.traffic) {
      if (path == name) traffic = rate;
    }
    bool serving = false, hinted = false;
    for (const auto& [key_place, key] : keys_) {
      if (key->judge != judge.get()) continue;
      serving |= key->ramp.has_value();
      hinted |= key->hinted > 0 && line.t - key->hinted <= 30 * kMicrosPerMinute;
    }
    demands.push_back(DemandOf(options_.parameters, options_.allocator,
                               judge->JudgeAt(line.t, false), serving, traffic, line.t));
    demands.back().hinted = hinted;
  }
  const std::vector<Allotment> allotments = Allocate(options_.allocator, demands, line.budget);
  AppendName("{", "t", output_);
  AppendJsonTime(line.t, output_);
  AppendName(",", "plan", output_);
  output_ += '[';
  size_t i = 0;
  for (const auto& [place, judge] : judges_) {
    AppendName(i > 0 ? ",{" : "{", "wf", output_);
    AppendJsonText(place.first, output_);
    AppendName(",", "path", output_);
    AppendJsonText(place.second, output_);
    absl::StrAppend(&output_, ",\"class\":\"", kNames[static_cast<int>(allotments[i].spend)], "\"");
    AppendName(",", "rate", output_);
    AppendJsonNumber(allotments[i].rate, output_);
    AppendName(",", "drill", output_);
    AppendJsonNumber(allotments[i].drill, output_);
    output_ += '}';
    ++i;
  }
  output_ += "]}\n";
}

void GateReplay::Advance(Micros t) {
  while (!queue_.empty() && queue_.begin()->first <= t) {
    const auto [moment, key] = *queue_.begin();
    queue_.erase(queue_.begin());
    key->queued.reset();
    Happen(moment, *key);
  }
}

void GateReplay::Happen(Micros moment, Key& key) {
  KeyEvidence* evidence = key.judge->Find(key.key);
  if (evidence == nullptr) return;
  const Micros end = evidence->buckets.FirstEnd(bucket_);
  // Nothing overtakes a bucket: what time does later waits for it.
  if (end <= moment) {
    if (evidence->buckets.first_pending() > 0 && moment < end + kResponseTimeout) {
      Queue(end + kResponseTimeout, key);
      return;
    }
    dropped_conversations_ += evidence->buckets.CloseFirst(
        options_.parameters, bucket_, {evidence->state, evidence->conversations, evidence->items});
    ShowIfChanged(end, key);
  } else {
    AdvanceTo(options_.parameters, moment, evidence->state);
    ShowIfChanged(moment, key);
  }
  QueueNext(key, evidence);
}

void GateReplay::Queue(Micros moment, Key& key) {
  if (key.queued) {
    if (*key.queued <= moment) return;
    queue_.erase({*key.queued, &key});
  }
  key.queued = moment;
  queue_.emplace(moment, &key);
}

void GateReplay::QueueNext(Key& key, const KeyEvidence* evidence) {
  if (evidence == nullptr) return;
  const Micros until = key.queued ? *key.queued - 1 : std::numeric_limits<Micros>::max();
  const std::optional<Micros> moment = NextMoment(options_.parameters, evidence->state, until);
  if (moment && *moment <= until) Queue(*moment, key);
  if (!evidence->buckets.empty()) Queue(evidence->buckets.FirstEnd(bucket_), key);
}

void GateReplay::ShowIfChanged(Micros t, Key& key) {
  const KeyEvidence* evidence = key.judge->Find(key.key);
  const v1::Conformance conformance =
      evidence == nullptr
          ? v1::CONFORMANCE_COLD
          : ConformanceOf(options_.parameters, evidence->state, HoldsOf(key));
  if (conformance == key.shown) return;
  key.shown = conformance;
  Show(t, key, conformance, evidence);
}

void GateReplay::Show(Micros t, const Key& key, v1::Conformance conformance,
                      const KeyEvidence* evidence) {
  AppendPlace(t, key.workflow, key.path, output_);
  AppendName(",", "fp", output_);
  AppendJsonText(key.key, output_);
  absl::StrAppend(&output_, ",\"state\":\"", ConformanceName(conformance), "\"");
  AppendName(",", "reasons", output_);
  Judgement judgement;
  judgement.conformance = conformance;
  judgement.evidence = evidence;
  if (evidence != nullptr) judgement.state = evidence->state;
  judgement.holds = HoldsOf(key);
  const v1::PathVerdict verdict = VerdictOf(options_.parameters, judgement, t);
  const char* separator = "[";
  const auto add = [&](const std::string& reason) {
    output_ += std::exchange(separator, ",");
    AppendJsonText(reason, output_);
  };
  for (const v1::VerdictReason& reason : verdict.reasons()) {
    add(NameOf(reason, evidence));
  }
  output_ += *separator == '[' ? "[]" : "]";
  if (evidence != nullptr) {
    AppendDimensions(options_.parameters, evidence->state, output_);
    AppendName(",", "fresh", output_);
    AppendJsonNumber(evidence->state.MeterAt(options_.parameters, t), output_);
    AppendName(",", "neff", output_);
    AppendJsonNumber(evidence->state.n_eff, output_);
  }
  output_ += "}\n";
}

}  // namespace warmpath
