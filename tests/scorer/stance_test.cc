#include "scorer/stance.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/scorer/scorer_case.h"

namespace warmpath {
namespace {

using testing::Called;
using testing::Said;

struct StanceRow {
  const char* text;
  v1::Stance stance;
};

class StanceOfWordsTest : public ::testing::TestWithParam<StanceRow> {};

TEST_P(StanceOfWordsTest, ReadsIt) {
  EXPECT_EQ(v1::Stance_Name(ReadStance(Said(GetParam().text)).stance),
            v1::Stance_Name(GetParam().stance))
      << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, StanceOfWordsTest,
    ::testing::Values(
        StanceRow{"Your order 7 left the warehouse on Monday and should arrive on Thursday.",
                  v1::STANCE_PROCEED},
        StanceRow{"Done! I have changed the delivery address. Is there anything else I can do?",
                  v1::STANCE_PROCEED},
        StanceRow{"Please note that returns take five days. It's important to keep the receipt.",
                  v1::STANCE_PROCEED},
        StanceRow{"{\"status\": \"open\", \"items\": 3}", v1::STANCE_PROCEED},
        StanceRow{"You cannot enter the building without a badge. Show it at the gate.",
                  v1::STANCE_PROCEED},
        StanceRow{"I'm sorry to hear that your parcel is late. It will arrive tomorrow at noon.",
                  v1::STANCE_PROCEED},
        StanceRow{"I'm sorry, but I can't help with that.", v1::STANCE_REFUSE},
        StanceRow{"I\xe2\x80\x99m sorry, but I can\xe2\x80\x99t assist with that request.",
                  v1::STANCE_REFUSE},
        StanceRow{"I cannot provide instructions for that. It is not appropriate to harm others.",
                  v1::STANCE_REFUSE},
        StanceRow{"Unfortunately, I am not able to process a refund for this order.",
                  v1::STANCE_REFUSE},
        StanceRow{"I do not write content that praises rigged elections. However, I'm happy to talk about "
                  "how elections are observed.",
                  v1::STANCE_REFUSE},
        StanceRow{"I don't create satire of that kind.", v1::STANCE_REFUSE},
        StanceRow{"I'm really sorry that your parcel arrived broken. A new one is on its way.",
                  v1::STANCE_PROCEED},
        StanceRow{"我不能提供这样的内容。如果您有其他问题，欢迎随时提问。", v1::STANCE_REFUSE},
        StanceRow{"Lo siento, pero no puedo ayudar con eso.", v1::STANCE_REFUSE},
        StanceRow{"Es tut mir leid, aber dabei kann ich nicht helfen.", v1::STANCE_REFUSE},
        StanceRow{"Je ne peux pas vous aider avec cette demande.", v1::STANCE_REFUSE},
        StanceRow{"抱歉，我无法提供相关信息。", v1::STANCE_REFUSE},
        StanceRow{"Which of the two orders do you mean?", v1::STANCE_CLARIFY},
        StanceRow{"Could you please provide your order number?", v1::STANCE_CLARIFY},
        StanceRow{"I couldn't find an order with that number. Could you double-check it?",
                  v1::STANCE_CLARIFY},
        StanceRow{"To book the room, I need to know the day of arrival.", v1::STANCE_CLARIFY},
        StanceRow{"I will transfer you to a human agent who can help with this.",
                  v1::STANCE_ESCALATE},
        StanceRow{"You are being transferred to our support team. Please hold on.",
                  v1::STANCE_ESCALATE},
        StanceRow{"  \n", v1::STANCE_UNSPECIFIED}));

TEST(ReadStance, TrustsTheVendorBeforeTheWords) {
  v1::Observation filtered = Said("Here is what you asked for:");
  filtered.set_outcome(v1::OUTCOME_REFUSED);
  filtered.set_refusal_origin(v1::REFUSAL_ORIGIN_FILTER);
  EXPECT_EQ(ReadStance(filtered).stance, v1::STANCE_REFUSE);
  EXPECT_TRUE(ReadStance(filtered).from_vendor);

  v1::Observation refusal = Said("");
  refusal.set_refusal("No.");
  EXPECT_EQ(ReadStance(refusal).stance, v1::STANCE_REFUSE);

  v1::Observation handover = Said("I can't.");
  handover.set_outcome(v1::OUTCOME_HANDOVER);
  EXPECT_EQ(ReadStance(handover).stance, v1::STANCE_ESCALATE);
}

TEST(ReadStance, TakesACallForGoingAhead) {
  v1::Observation answer = Called({{"cancel_order", "{}"}});
  answer.set_text("I'm sorry, I can't do much, but let me try.");
  EXPECT_EQ(ReadStance(answer).stance, v1::STANCE_PROCEED);
  EXPECT_EQ(ReadStance(Called({{"transfer_to_human_agents", "{}"}})).stance, v1::STANCE_ESCALATE);
}

TEST(ReadStance, SaysNothingOfAFailure) {
  v1::Observation failure;
  failure.set_outcome(v1::OUTCOME_FAILED);
  EXPECT_EQ(ReadStance(failure).stance, v1::STANCE_UNSPECIFIED);
}

TEST(ReadStance, IsBoundedOnHostileText) {
  EXPECT_NE(ReadStance(Said(std::string(10 << 20, 'a'))).stance, v1::STANCE_UNSPECIFIED);
  EXPECT_NE(ReadStance(Said(std::string(100'000, '\xff'))).stance, v1::STANCE_UNSPECIFIED);
  EXPECT_NE(ReadStance(Said(std::string(100'000, '?'))).stance, v1::STANCE_UNSPECIFIED);
}

}  // namespace
}  // namespace warmpath
