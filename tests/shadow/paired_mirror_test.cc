// Dimensions that are held against the primary's own noise: the primary is asked a second time, once for
// all candidates.
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/shadow/mirror_fixture.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kRefusal[] = "I'm sorry, but I can't help with that.";
constexpr char kAnswer[] = "We open at nine o'clock every day.";

// Asked again, the primary refuses; so does "shy".
constexpr char kConfig[] = R"yaml(
store: {path: unused}
providers:
  refuses: {kind: static, static: {text: "I'm sorry, but I can't help with that."}}
  answers: {kind: static, static: {text: "We open at nine o'clock every day."}}
  vendor: {kind: openai, base_url: "http://127.0.0.1:9"}
workflows:
  desk:
    paths:
      - {name: main, role: primary, provider: refuses}
      - {name: bold, role: backup, provider: answers}
      - {name: shy, role: backup, provider: refuses}
      - {name: plain, role: degraded, provider: answers}
      - {name: last, role: degraded, provider: answers}
    mirror: {rate: 1, max_requests_per_second: 1000}
    gate: {dimensions: {policy: {theta: 0.99, mode: paired, delta: 0.01}}, confirm_false_proceed: false}
)yaml";

std::string Without(std::string_view yaml, std::string_view part, std::string_view with) {
  return absl::StrReplaceAll({yaml.data(), yaml.size()},
                             {{{part.data(), part.size()}, {with.data(), with.size()}}});
}

class PairedMirrorTest : public testing::MirrorFixture {
 protected:
  v1::Scorecard CardOf(const std::string& path, v1::ScoreSource source = v1::SCORE_SOURCE_MIRROR) {
    for (const v1::Scorecard& card : Cards(source)) {
      if (card.candidate_path() == path) return card;
    }
    ADD_FAILURE() << "no card of " << path;
    return {};
  }
  static std::vector<std::string> PeersOf(const v1::Scorecard& card) {
    std::vector<std::string> peers;
    for (const v1::PeerScore& peer : card.peer_scores()) peers.push_back(peer.path());
    return peers;
  }
};

TEST_F(PairedMirrorTest, EveryCardCarriesWhatThePrimarysSecondAnswerScored) {
  Configure(kConfig);
  Offer(Served(kAnswer));
  // One second answer for all; it is a card of its own, as before.
  ASSERT_THAT(Cards(v1::SCORE_SOURCE_SELF), SizeIs(1));
  const v1::Scorecard self = CardOf("main", v1::SCORE_SOURCE_SELF);
  EXPECT_EQ(VerdictOn(v1::DIMENSION_POLICY, self.scores()), v1::SCORE_VERDICT_FAIL);
  ASSERT_THAT(Cards(v1::SCORE_SOURCE_MIRROR), SizeIs(4));
  for (const v1::Scorecard& card : Cards(v1::SCORE_SOURCE_MIRROR)) {
    EXPECT_EQ(VerdictOn(v1::DIMENSION_POLICY, card.control_scores()), v1::SCORE_VERDICT_FAIL);
    EXPECT_EQ(VerdictOn(v1::DIMENSION_POLICY, card.scores()),
              card.candidate_path() == "shy" ? v1::SCORE_VERDICT_FAIL : v1::SCORE_VERDICT_PASS);
    EXPECT_TRUE(card.has_control_false_proceed());
    EXPECT_EQ(card.control_false_proceed(), 0);
  }
  // The live card is judged by the contract alone.
  EXPECT_THAT(CardOf("main", v1::SCORE_SOURCE_LIVE).control_scores(), IsEmpty());
  ExpectAllSettled();
}

TEST_F(PairedMirrorTest, TheLaterCandidateIsHeldAgainstThoseBeforeIt) {
  Configure(kConfig);
  Offer(Served(kAnswer));
  EXPECT_THAT(PeersOf(CardOf("bold")), IsEmpty());
  EXPECT_THAT(PeersOf(CardOf("shy")), ElementsAre("bold"));
  EXPECT_THAT(PeersOf(CardOf("plain")), ElementsAre("bold", "shy"));
  // Nobody is measured against a degraded path.
  const v1::Scorecard last = CardOf("last");
  ASSERT_THAT(PeersOf(last), ElementsAre("bold", "shy"));
  EXPECT_EQ(VerdictOn(v1::DIMENSION_POLICY, last.peer_scores(0).scores()), v1::SCORE_VERDICT_PASS);
  EXPECT_EQ(VerdictOn(v1::DIMENSION_POLICY, last.peer_scores(1).scores()), v1::SCORE_VERDICT_FAIL);
}

TEST_F(PairedMirrorTest, ASecondAnswerThatFailsLeavesTheCardsWithoutIt) {
  // The primary cannot even be sent the request.
  Configure(Without(kConfig, "role: primary, provider: refuses",
                    "role: primary, provider: vendor, model: m, "
                    "capabilities: {context_window_tokens: 1}"));
  Offer(Served(kAnswer));
  EXPECT_EQ(CardOf("main", v1::SCORE_SOURCE_SELF).result(), v1::EXCHANGE_RESULT_UNTRANSLATABLE);
  ASSERT_THAT(Cards(v1::SCORE_SOURCE_MIRROR), SizeIs(4));
  for (const v1::Scorecard& card : Cards(v1::SCORE_SOURCE_MIRROR)) {
    EXPECT_THAT(card.control_scores(), IsEmpty());
    EXPECT_FALSE(card.has_control_false_proceed());
    EXPECT_EQ(VerdictOn(v1::DIMENSION_POLICY, card.scores()),
              card.candidate_path() == "shy" ? v1::SCORE_VERDICT_FAIL : v1::SCORE_VERDICT_PASS);
  }
  ExpectAllSettled();
}

TEST_F(PairedMirrorTest, ASecondAnswerThatTheBudgetRefusesIsACountedDrop) {
  // One at a time and path; the tokens of the first exchange leave none for a second one.
  Configure(Without(kConfig, "max_requests_per_second: 1000", "max_tokens_per_day: 600"));
  Offer(Served(kAnswer));
  const size_t before = Cards(v1::SCORE_SOURCE_MIRROR).size();
  Offer(Served(kAnswer));
  EXPECT_EQ(before, 4u);
  EXPECT_THAT(Cards(v1::SCORE_SOURCE_MIRROR), SizeIs(4));
  EXPECT_EQ(mirror_->Counts("desk", "main").dropped().at("tokens"), 1);
  EXPECT_EQ(mirror_->Counts("desk", "last").dropped().at("tokens"), 1);
  ExpectAllSettled();
}

TEST_F(PairedMirrorTest, AStandInIsNotAskedTwice) {
  Configure(kConfig);
  Exchange exchange = Served(kAnswer);
  exchange.answer.path = "bold";
  Offer(std::move(exchange));
  EXPECT_THAT(Cards(v1::SCORE_SOURCE_SELF), IsEmpty());
  for (const v1::Scorecard& card : Cards(v1::SCORE_SOURCE_MIRROR)) {
    EXPECT_THAT(card.control_scores(), IsEmpty());
  }
  // Nor a primary that failed.
  exchange = Served(kAnswer);
  exchange.answer.native = nullptr;
  exchange.answer.failure.emplace().set_failure_class(v1::FAILURE_CLASS_RESET);
  Offer(std::move(exchange));
  EXPECT_THAT(Cards(v1::SCORE_SOURCE_SELF), IsEmpty());
  ExpectAllSettled();
}

TEST_F(PairedMirrorTest, NobodyIsAskedTwiceForNobody) {
  Configure(kConfig);
  Exchange exchange = Served(kAnswer);
  exchange.ticket = mirror_->Samples("desk", 7, v1::TURN_TYPE_TEXT, false);
  exchange.ticket->paths = 0b00001;  // "main" alone: its live answer is scored
  Offer(std::move(exchange));
  EXPECT_THAT(Cards(), SizeIs(1));
  EXPECT_EQ(Cards()[0].source(), v1::SCORE_SOURCE_LIVE);
}

TEST_F(PairedMirrorTest, AShareOfConversationsStaysTogether) {
  Configure(Without(kConfig, "{rate: 1,", "{rate: 1, self_rate: 0.5,"));
  int conversations = 0;
  for (uint64_t conversation = 0; conversation < 40; ++conversation) {
    const size_t before = Cards(v1::SCORE_SOURCE_SELF).size();
    for (int turn = 0; turn < 3; ++turn) {
      Exchange exchange = Served(kAnswer, conversation * 7919);
      auto call = std::make_shared<ModelCall>(*exchange.call);
      call->request_id = "req_" + std::to_string(turn);
      exchange.call = call;
      Offer(std::move(exchange));
    }
    const size_t asked = Cards(v1::SCORE_SOURCE_SELF).size() - before;
    EXPECT_TRUE(asked == 0 || asked == 3) << asked;
    conversations += asked == 3;
  }
  EXPECT_GT(conversations, 8);
  EXPECT_LT(conversations, 32);
}

TEST_F(PairedMirrorTest, WithoutPairedDimensionsCardsWaitForNothingAndCarryNothing) {
  Configure(Without(Without(kConfig, ", mode: paired, delta: 0.01", ""), "{rate: 1,",
                    "{rate: 1, self_rate: 1,"));
  Offer(Served(kAnswer));
  EXPECT_THAT(Cards(v1::SCORE_SOURCE_SELF), SizeIs(1));
  for (const v1::Scorecard& card : Cards(v1::SCORE_SOURCE_MIRROR)) {
    EXPECT_THAT(card.control_scores(), IsEmpty());
    EXPECT_THAT(card.peer_scores(), IsEmpty());
  }
  ExpectAllSettled();
}

TEST_F(PairedMirrorTest, WithoutPairedDimensionsNobodyIsAskedTwiceByDefault) {
  Configure(Without(kConfig, ", mode: paired, delta: 0.01", ""));
  Offer(Served(kRefusal));
  EXPECT_THAT(Cards(v1::SCORE_SOURCE_SELF), IsEmpty());
}

}  // namespace
}  // namespace warmpath
