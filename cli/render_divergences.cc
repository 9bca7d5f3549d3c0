#include "cli/render_divergences.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "cli/table.h"
#include "cli/words.h"

namespace warmpath {
namespace {

std::string DimensionWord(v1::Dimension dimension) {
  return EnumWord(v1::Dimension_Name(dimension), "DIMENSION_");
}

std::string KindWord(v1::FindingKind kind) {
  return EnumWord(v1::FindingKind_Name(kind), "FINDING_KIND_");
}

std::string FailedDimensions(const v1::Scorecard& card) {
  std::vector<std::string> failed;
  for (const v1::DimensionScore& score : card.scores()) {
    if (score.verdict() == v1::SCORE_VERDICT_FAIL)
      failed.push_back(DimensionWord(score.dimension()));
  }
  return absl::StrJoin(failed, ", ");
}

std::string FirstFinding(const v1::Scorecard& card) {
  for (const v1::Finding& finding : card.findings()) {
    if (finding.severity() == v1::SEVERITY_INFO) continue;
    return absl::StrCat(KindWord(finding.kind()), finding.pointer().empty() ? "" : " at ",
                        finding.pointer());
  }
  return "";
}

std::string ClusterTable(const v1::ListDivergencesResponse& divergences, absl::Time now,
                         const Style& style) {
  Table table({"COUNT", "SHARE", "PATH", "DIMENSION", "FINDING", "AT", "FIRST", "LAST", "EXAMPLE"},
              {0, 1});
  for (const v1::DivergenceCluster& cluster : divergences.clusters()) {
    table.Add({Grouped(cluster.count()), Percent(cluster.share()), cluster.path(),
               DimensionWord(cluster.dimension()), KindWord(cluster.kind()), cluster.pointer(),
               Ago(cluster.first_time(), now), Ago(cluster.last_time(), now),
               cluster.example_id()});
  }
  return absl::StrCat(
      table.Render(style),
      style.Paint(Ink::kFaint,
                  absl::StrCat("shares are of ", Grouped(divergences.clustered_cards()),
                               divergences.clusters_truncated()
                                   ? " divergent cards, the newest of the range"
                                   : " divergent cards in the range")),
      "\n\n");
}

void AppendScores(const v1::Scorecard& card, const Style& style, std::string& text) {
  Table table({"DIMENSION", "VERDICT", "GRADE"}, {2});
  for (const v1::DimensionScore& score : card.scores()) {
    const bool fail = score.verdict() == v1::SCORE_VERDICT_FAIL;
    const bool graded = fail || score.verdict() == v1::SCORE_VERDICT_PASS;
    table.Add({DimensionWord(score.dimension()),
               {EnumWord(v1::ScoreVerdict_Name(score.verdict()), "SCORE_VERDICT_"),
                fail ? Ink::kRed : Ink::kPlain},
               graded ? absl::StrCat(score.grade()) : "-"});
  }
  if (!table.empty()) absl::StrAppend(&text, "\n", table.Render(style, "  "));
}

void AppendFindings(const v1::Scorecard& card, const Style& style, std::string& text) {
  Table table({"SEVERITY", "DIMENSION", "FINDING", "AT", ""});
  for (const v1::Finding& finding : card.findings()) {
    const Ink ink = finding.severity() == v1::SEVERITY_INFO ? Ink::kPlain : Ink::kRed;
    table.Add({{EnumWord(v1::Severity_Name(finding.severity()), "SEVERITY_"), ink},
               DimensionWord(finding.dimension()),
               KindWord(finding.kind()),
               finding.pointer(),
               finding.message()});
  }
  if (!table.empty()) absl::StrAppend(&text, "\n", table.Render(style, "  "));
}

void AppendFidelity(const v1::Scorecard& card, std::string& text) {
  const std::string word = EnumWord(v1::Fidelity_Name(card.fidelity().fidelity()), "FIDELITY_");
  if (word.empty()) return;
  absl::StrAppend(&text, "  fidelity: ", word, "\n");
  for (const v1::FidelityLoss& loss : card.fidelity().losses()) {
    absl::StrAppend(&text, "    ", loss.pointer(), ": ", loss.message(), "\n");
  }
}

std::string Result(const v1::Scorecard& card) {
  std::string result = EnumWord(v1::ExchangeResult_Name(card.result()), "EXCHANGE_RESULT_");
  if (card.failure_class() != v1::FAILURE_CLASS_UNSPECIFIED) {
    absl::StrAppend(&result, " (",
                    EnumWord(v1::FailureClass_Name(card.failure_class()), "FAILURE_CLASS_"), ")");
  }
  return result;
}

// What asking again showed of a possible severe violation.
std::string Settled(const v1::Scorecard& card) {
  if (!card.has_confirmation()) return "";
  const v1::Confirmation& c = card.confirmation();
  return absl::StrCat(
      EnumWord(v1::ConfirmationResult_Name(c.result()), "CONFIRMATION_RESULT_"), ": went ahead in ",
      c.candidate_proceeds(), " of ", c.candidate_answers(), " answers, ", card.control_path(),
      " refused in ", c.primary_refuses(), " of ", c.primary_answers(), "; card ", c.card_id());
}

void AppendCard(const v1::Scorecard& card, absl::Time now, const Style& style, std::string& text) {
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&text, "  ", name, ": ", value, "\n");
  };
  absl::StrAppend(&text, style.Paint(Ink::kBold, card.id()), "\n");
  line("exchange", card.request_id());
  line("workflow", card.workflow());
  line("judged", absl::StrCat(card.candidate_path(), " against ", card.control_path(), ", from ",
                              EnumWord(v1::ScoreSource_Name(card.source()), "SCORE_SOURCE_")));
  line("asked",
       absl::StrCat(ClockTime(card.dispatch_time(), now), " (", Ago(card.dispatch_time(), now),
                    "), took ", Span(absl::Seconds(card.duration_seconds()))));
  line("result", Result(card));
  line("asked again", Settled(card));
  line("turn", EnumWord(v1::TurnType_Name(card.turn_type()), "TURN_TYPE_"));
  line("served model", card.served_model());
  line("evidence key", card.evidence_key());
  const std::string control = EnumWord(v1::Stance_Name(card.control_stance()), "STANCE_");
  const std::string candidate = EnumWord(v1::Stance_Name(card.candidate_stance()), "STANCE_");
  if (!control.empty() || !candidate.empty()) {
    line("stance", absl::StrCat(candidate.empty() ? "unknown" : candidate, ", control ",
                                control.empty() ? "unknown" : control));
  }
  line("next move", EnumWord(v1::NextMove_Name(card.next_move()), "NEXT_MOVE_"));
  line("tokens", absl::StrCat(Grouped(card.usage().input_tokens()), " read, ",
                              Grouped(card.usage().output_tokens()), " generated"));
  AppendFidelity(card, text);
  AppendScores(card, style, text);
  AppendFindings(card, style, text);
}

}  // namespace

std::string RenderDivergences(const v1::ListDivergencesResponse& divergences, absl::Time now,
                              const Style& style) {
  if (divergences.clusters().empty() && divergences.cards().empty()) {
    return "No divergence in this range.\n";
  }
  std::string text;
  if (!divergences.clusters().empty()) text = ClusterTable(divergences, now, style);
  Table table({"TIME", "PATH", "FAILED", "FIRST FINDING", "CARD"});
  for (const v1::Scorecard& card : divergences.cards()) {
    table.Add({ClockTime(card.create_time(), now), card.candidate_path(), FailedDimensions(card),
               FirstFinding(card), card.id()});
  }
  absl::StrAppend(&text, table.Render(style));
  if (!divergences.next_page_token().empty()) {
    absl::StrAppend(&text, "more: --page-token ", divergences.next_page_token(), "\n");
  }
  return text;
}

std::string RenderCards(const v1::GetScorecardResponse& cards, absl::Time now, const Style& style) {
  std::string text;
  for (const v1::Scorecard& card : cards.cards()) {
    if (!text.empty()) text += "\n";
    AppendCard(card, now, style, text);
  }
  for (const v1::DivergentBody& body : cards.bodies()) {
    absl::StrAppend(
        &text, "\n",
        style.Paint(Ink::kBold, absl::StrCat("bodies of ", body.card_id(), ", redacted")),
        "\n  request:   ", body.request(), "\n  control:   ", body.control(),
        "\n  candidate: ", body.candidate(), "\n");
  }
  return text;
}

}  // namespace warmpath
