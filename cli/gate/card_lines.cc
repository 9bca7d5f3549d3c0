#include "cli/gate/card_lines.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "cli/gate/line_text.h"

namespace warmpath {
namespace {

// A bucket does not wait longer than this for what is under way; gate.md section 4.
constexpr Micros kLookAhead = 120 * kMicrosPerSecond;

const char* SourceName(v1::ScoreSource source) {
  if (source == v1::SCORE_SOURCE_LIVE) return "live";
  return source == v1::SCORE_SOURCE_DRILL ? "drill" : "mirror";
}

void AppendField(const char* name, std::string_view value, std::string& out) {
  absl::StrAppend(&out, ",\"", name, "\":");
  AppendJsonText(value, out);
}

void AppendTimeField(const char* name, Micros t, std::string& out) {
  absl::StrAppend(&out, ",\"", name, "\":");
  AppendJsonTime(t, out);
}

// {"op":...,"t":...,"wf":...,"path":...,"fp":... without the end.
std::string Begin(const char* op, Micros t, const v1::Scorecard& card) {
  std::string out = absl::StrCat("{\"op\":\"", op, "\"");
  AppendTimeField("t", t, out);
  AppendField("wf", card.workflow(), out);
  AppendField("path", card.candidate_path(), out);
  AppendField("fp", card.evidence_key(), out);
  return out;
}

// Of the primary's second answer, which SampleOf has seen.
double ControlLoss(const v1::Scorecard& card, std::string_view dimension) {
  for (const v1::DimensionScore& score : card.control_scores()) {
    if (GateDimensionName(score.dimension()) == dimension) {
      return score.verdict() == v1::SCORE_VERDICT_FAIL ? 1 : 0;
    }
  }
  return 0;
}

void AppendLoss(std::string_view dimension, double loss, std::string& out) {
  if (!out.empty()) out += ',';
  AppendJsonText(dimension, out);
  out += ':';
  AppendJsonNumber(loss, out);
}

}  // namespace

void CardLines::Take(const v1::Scorecard& card) {
  const Micros stored = absl::ToUnixMicros(FromProto(card.create_time()));
  ActUntil(stored);
  WriteUntil(stored - kLookAhead);
  if (card.source() == v1::SCORE_SOURCE_CONFIRMATION) TakeConfirmation(card, stored);
  const std::optional<GateSample> sample = SampleOf(parameters_, card);
  if (!sample) return;
  keys_in_use_[{card.workflow(), card.candidate_path()}] = card.evidence_key();
  if (sample->severe) {
    TakeSevere("S1", card.id(), card, stored);
  } else if (sample->possibly_severe) {
    TakeSevere("S2", card.id(), card, stored);
  }
  if (!sample->losses.empty()) TakeSample(card, *sample, stored);
}

void CardLines::Finish() {
  ActUntil(std::numeric_limits<Micros>::max());
  WriteUntil(std::numeric_limits<Micros>::max());
}

void CardLines::TakeSample(const v1::Scorecard& card, const GateSample& sample, Micros stored) {
  latest_ = std::max(latest_, sample.t);
  std::string line = Begin("sample", in_buckets_ ? sample.t : latest_, card);
  AppendField("id", card.id(), line);
  if (in_buckets_) {
    AppendTimeField("at", stored, line);
    AppendField("replica", card.replica(), line);
    if (stored - sample.t <= kLookAhead && sample.t < stored) {
      std::string announced = Begin("dispatch", sample.t, card);
      AppendField("id", card.id(), announced);
      AppendField("replica", card.replica(), announced);
      Add(sample.t, announced + "}\n");
    }
  }
  if (!card.item().empty()) {
    AppendField("item", card.item(), line);
  } else if (!card.conversation().empty()) {
    AppendField("conv", card.conversation(), line);
  }
  if (card.synthetic()) line += ",\"synthetic\":true";
  AppendField("src", SourceName(card.source()), line);
  std::string losses, controls;
  for (const GateSample::Loss& loss : sample.losses) {
    const GateDimension& dimension = parameters_.dimensions[loss.dimension];
    // What z was made of: gate replay takes the difference itself, and watches the primary's own noise.
    const double control = dimension.paired ? ControlLoss(card, dimension.name) : 0;
    AppendLoss(dimension.name, loss.loss + control, losses);
    if (dimension.paired) AppendLoss(dimension.name, control, controls);
  }
  absl::StrAppend(&line, ",\"loss\":{", losses, "}");
  if (!controls.empty()) absl::StrAppend(&line, ",\"ctl\":{", controls, "}");
  Add(in_buckets_ ? stored : latest_, line + "}\n");
}

void CardLines::TakeSevere(const char* severe_class, const std::string& id,
                           const v1::Scorecard& card, Micros stored) {
  latest_ = std::max(latest_, stored);
  const Micros t = in_buckets_ ? stored : latest_;
  std::string line = Begin("severe", t, card);
  AppendField("class", severe_class, line);
  AppendField("id", id, line);
  Add(t, line + "}\n");
  severe_keys_[{card.workflow(), card.candidate_path()}].insert(card.evidence_key());
}

void CardLines::TakeConfirmation(const v1::Scorecard& card, Micros stored) {
  const v1::Confirmation& confirmation = card.confirmation();
  if (confirmation.result() == v1::CONFIRMATION_RESULT_CONFIRMED) {
    TakeSevere("S2c", confirmation.card_id(), card, stored);
  } else if (confirmation.result() == v1::CONFIRMATION_RESULT_NOT_CONFIRMED) {
    TakeSevere("S2n", confirmation.card_id(), card, stored);
  }
}

void CardLines::ActUntil(Micros until) {
  for (; next_action_ < actions_.size(); ++next_action_) {
    const ReplayAction& action = actions_[next_action_];
    const Micros t = absl::ToUnixMicros(action.time);
    if (t > until) return;
    if (action.kind == ReplayAction::Kind::kHint) {
      for (const auto& [place, key] : keys_in_use_) {
        if (place.second == action.path) AddAction("hint", t, place.first, place.second, key);
      }
    } else if (action.kind == ReplayAction::Kind::kAcknowledge) {
      for (auto& [place, keys] : severe_keys_) {
        if (place.second != action.path) continue;
        for (const std::string& key : std::exchange(keys, {})) {
          AddAction("ack", t, place.first, place.second, key);
        }
      }
    }
  }
}

void CardLines::AddAction(const char* op, Micros t, const std::string& workflow,
                          const std::string& path, const std::string& key) {
  latest_ = std::max(latest_, t);
  v1::Scorecard card;
  card.set_workflow(workflow);
  card.set_candidate_path(path);
  card.set_evidence_key(key);
  const Micros at = in_buckets_ ? t : latest_;
  Add(at, Begin(op, at, card) + "}\n");
}

void CardLines::Add(Micros t, std::string text) {
  waiting_.push({.t = t, .order = ++order_, .text = std::move(text)});
}

void CardLines::WriteUntil(Micros t) {
  for (; !waiting_.empty() && waiting_.top().t <= t; waiting_.pop()) write_(waiting_.top().text);
}

}  // namespace warmpath
