#include "cli/compare.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/stable_hash.h"
#include "base/utf8.h"
#include "cli/line_reader.h"
#include "cli/rates.h"

namespace warmpath {
namespace {

// Kinds of new findings that are counted one by one; pointers into data could otherwise fill the memory.
constexpr size_t kMaxKinds = 100'000;

uint64_t KeyOf(const CardFinding& finding) {
  return StableHasher().Number(finding.aspect).Field(finding.kind).Field(finding.pointer).Digest();
}

// What is kept of a card of A.
struct Before {
  // Two bits for each aspect.
  uint16_t verdicts = 0;
  bool handed_over = false;
  bool seen_in_b = false;
  uint16_t findings = 0;
  uint32_t first_finding = 0;
};

CardVerdict VerdictOf(const Before& before, size_t aspect) {
  return static_cast<CardVerdict>(before.verdicts >> (2 * aspect) & 3);
}

// An id as it is shown: a longer one is cut.
std::string Example(const std::string& id) {
  constexpr size_t kMostBytes = 200;
  return id.size() <= kMostBytes ? id : id.substr(0, ValidUtf8Prefix(id.substr(0, kMostBytes)));
}

class Comparer {
 public:
  explicit Comparer(const CompareOptions& options) : options_(options) {}

  RunComparison Compare(std::istream& a, std::istream& b) {
    Read(a, comparison_.a, [this](const CardLine& card) { return Keep(card); });
    Read(b, comparison_.b, [this](const CardLine& card) { return Match(card); });
    comparison_.only_in_a = static_cast<int64_t>(before_.size()) - comparison_.matched;
    Rank();
    return std::move(comparison_);
  }

 private:
  // Calls `take` for each card; it says whether the id is new.
  template <typename Take>
  void Read(std::istream& in, CardsRead& read, const Take& take) {
    InputLine line;
    int64_t number = 0;
    while (ReadInputLine(in, options_.max_line_bytes, line)) {
      ++number;
      if (IsBlank(line.text)) continue;
      const absl::StatusOr<CardLine> card =
          line.too_long ? absl::InvalidArgumentError("the line is too long")
                        : ParseCardLine(line.text);
      if (!card.ok()) {
        if (read.bad++ == 0) {
          read.first_problem = absl::StrCat("line ", number, ": ", card.status().message());
        }
        continue;
      }
      ++read.cards;
      if (!take(*card)) ++read.duplicates;
    }
  }

  bool Keep(const CardLine& card) {
    const auto [place, is_new] = before_.try_emplace(StableHash64(card.id));
    if (!is_new) return false;
    Before& before = place->second;
    before.handed_over = card.handed_over;
    before.first_finding = static_cast<uint32_t>(finding_keys_.size());
    for (size_t i = 0; i < kCardAspects; ++i) {
      before.verdicts |= static_cast<uint16_t>(static_cast<unsigned>(card.verdicts[i]) << (2 * i));
    }
    std::set<uint64_t> keys;
    for (const CardFinding& finding : card.findings) keys.insert(KeyOf(finding));
    before.findings = static_cast<uint16_t>(std::min<size_t>(keys.size(), UINT16_MAX));
    finding_keys_.insert(finding_keys_.end(), keys.begin(), std::next(keys.begin(), before.findings));
    return true;
  }

  bool Match(const CardLine& card) {
    const uint64_t id = StableHash64(card.id);
    const auto found = before_.find(id);
    if (found == before_.end()) {
      if (!only_in_b_.insert(id).second) return false;
      ++comparison_.only_in_b;
      return true;
    }
    Before& before = found->second;
    if (before.seen_in_b) return false;
    before.seen_in_b = true;
    ++comparison_.matched;
    comparison_.handed_over_a += before.handed_over;
    comparison_.handed_over_b += card.handed_over;
    for (size_t i = 0; i < kCardAspects; ++i) {
      Count(VerdictOf(before, i), card.verdicts[i], comparison_.aspects[i]);
    }
    if (VerdictOf(before, 0) == CardVerdict::kPass) CountFindings(card, before);
    return true;
  }

  static void Count(CardVerdict a, CardVerdict b, PairCounts& counts) {
    if (a == CardVerdict::kNone || b == CardVerdict::kNone) {
      ++counts.not_comparable;
      counts.lost += a != CardVerdict::kNone;
    } else if (a == b) {
      ++(a == CardVerdict::kPass ? counts.both_pass : counts.both_fail);
    } else {
      ++(a == CardVerdict::kPass ? counts.worse : counts.better);
    }
  }

  void CountFindings(const CardLine& card, const Before& before) {
    const auto first = finding_keys_.begin() + before.first_finding;
    std::set<uint64_t> counted;
    for (const CardFinding& finding : card.findings) {
      const uint64_t key = KeyOf(finding);
      if (std::binary_search(first, first + before.findings, key)) continue;
      if (!counted.insert(key).second) continue;
      if (new_findings_.size() >= kMaxKinds && !new_findings_.contains(key)) {
        ++comparison_.findings_not_listed;
        continue;
      }
      NewFinding& found = new_findings_[key];
      if (found.rows++ == 0) found.finding = finding;
      if (found.examples.size() < options_.examples) found.examples.push_back(Example(card.id));
    }
  }

  void Rank() {
    for (auto& [key, finding] : new_findings_) {
      comparison_.new_findings.push_back(std::move(finding));
    }
    std::vector<NewFinding>& all = comparison_.new_findings;
    std::sort(all.begin(), all.end(), [](const NewFinding& x, const NewFinding& y) {
      if (x.rows != y.rows) return x.rows > y.rows;
      return std::tie(x.finding.aspect, x.finding.kind, x.finding.pointer) <
             std::tie(y.finding.aspect, y.finding.kind, y.finding.pointer);
    });
    for (; all.size() > options_.top_findings; all.pop_back()) ++comparison_.findings_not_listed;
  }

  const CompareOptions& options_;
  RunComparison comparison_;
  absl::flat_hash_map<uint64_t, Before> before_;
  absl::flat_hash_set<uint64_t> only_in_b_;
  // Of all cards of A, one after the other, each card's sorted.
  std::vector<uint64_t> finding_keys_;
  absl::flat_hash_map<uint64_t, NewFinding> new_findings_;
};

}  // namespace

RunComparison CompareCards(std::istream& a, std::istream& b, const CompareOptions& options) {
  return Comparer(options).Compare(a, b);
}

bool IsRegression(const PairCounts& counts, const CompareOptions& options) {
  if (counts.worse <= counts.better || counts.drop() <= options.max_drop) return false;
  return options.alpha >= 1 || McNemarExactP(counts.worse, counts.better) < options.alpha;
}

CompareOutcome OutcomeOf(const RunComparison& comparison, const CompareOptions& options) {
  for (const PairCounts& counts : comparison.aspects) {
    if (IsRegression(counts, options)) return CompareOutcome::kRegression;
  }
  const auto handed_over = static_cast<double>(comparison.handed_over_b);
  if (handed_over > options.max_handovers * static_cast<double>(comparison.matched)) {
    return CompareOutcome::kRegression;
  }
  const auto unclean = [](const CardsRead& read) { return read.bad + read.duplicates > 0; };
  const bool missing = comparison.only_in_a > 0 && !options.allow_missing;
  if (unclean(comparison.a) || unclean(comparison.b) || missing || comparison.matched == 0) {
    return CompareOutcome::kIncomplete;
  }
  return CompareOutcome::kGood;
}

}  // namespace warmpath
