#include "shadow/budget.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

const absl::Time kNow = absl::UnixEpoch() + absl::Hours(24 * 20000);

v1::MirrorConfig Config() {
  v1::MirrorConfig config;
  config.set_max_requests_per_second(2);
  config.set_max_concurrency(100);
  return config;
}

class BudgetTest : public ::testing::Test {
 protected:
  // Why a shadow of `bytes` is refused; "" if it is not.
  std::string Ask(ShadowBudget& budget, absl::Time now, int64_t bytes = 400) {
    return std::string(budget.Reserve(bytes, now, reservation_).value_or(""));
  }

  ShadowBudget::Reservation reservation_;
};

TEST_F(BudgetTest, RefillsItsRate) {
  ShadowBudget budget(Config(), {});
  EXPECT_EQ(Ask(budget, kNow), "");
  EXPECT_EQ(Ask(budget, kNow), "");
  EXPECT_EQ(Ask(budget, kNow), "rate");
  EXPECT_EQ(Ask(budget, kNow + absl::Milliseconds(500)), "");
  EXPECT_EQ(Ask(budget, kNow + absl::Milliseconds(500)), "rate");
}

TEST_F(BudgetTest, GivesAPlaceBackWhenAShadowEnds) {
  v1::MirrorConfig config = Config();
  config.set_max_concurrency(1);
  ShadowBudget budget(config, {});
  EXPECT_EQ(Ask(budget, kNow), "");
  EXPECT_EQ(Ask(budget, kNow), "concurrency");
  budget.Finish(reservation_, nullptr);
  EXPECT_EQ(Ask(budget, kNow), "");
}

TEST_F(BudgetTest, CountsWhatWasReallyUsedAndBeginsAnewEachDay) {
  v1::MirrorConfig config = Config();
  config.set_max_tokens_per_day(1500);
  ShadowBudget budget(config, {});
  // 400 bytes are estimated at 100 tokens in and 500 out.
  EXPECT_EQ(Ask(budget, kNow), "");
  v1::Usage usage;
  usage.set_input_tokens(90);
  usage.set_output_tokens(1000);
  budget.Finish(reservation_, &usage);
  EXPECT_EQ(Ask(budget, kNow), "tokens");
  EXPECT_EQ(Ask(budget, kNow + absl::Hours(24)), "");
}

TEST_F(BudgetTest, BoundsMoneyByTheProvidersPrice) {
  v1::MirrorConfig config = Config();
  config.set_max_usd_per_day(0.01);
  v1::PriceConfig price;
  price.set_input_usd_per_million(10);
  price.set_output_usd_per_million(10);
  ShadowBudget budget(config, price);
  // 600 tokens are 0.6 cents: one shadow fits, two do not.
  EXPECT_EQ(Ask(budget, kNow), "");
  EXPECT_EQ(Ask(budget, kNow), "money");
}

TEST_F(BudgetTest, AReloadKeepsWhatIsSpent) {
  v1::MirrorConfig config = Config();
  config.set_max_tokens_per_day(700);
  ShadowBudget budget(config, {});
  EXPECT_EQ(Ask(budget, kNow), "");
  config.set_max_tokens_per_day(1100);
  budget.Configure(config, {});
  EXPECT_EQ(Ask(budget, kNow), "tokens");
}

}  // namespace
}  // namespace warmpath
