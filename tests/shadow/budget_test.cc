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

TEST(GlobalShadowBudget, BoundsTheLastMinuteAndTheLastHour) {
  GlobalShadowBudget all;
  v1::ShadowConfig limits;
  limits.set_max_requests_per_minute(3);
  limits.set_max_tokens_per_hour(1000);
  all.Configure(limits);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(all.Reserve(100, 0, kNow), std::nullopt);
  EXPECT_EQ(all.Reserve(100, 0, kNow + absl::Seconds(59)), "global_rate");
  EXPECT_EQ(all.Reserve(701, 0, kNow + absl::Seconds(60)), "global_tokens");
  EXPECT_EQ(all.Reserve(700, 0, kNow + absl::Seconds(60)), std::nullopt);
  EXPECT_EQ(all.Reserve(1, 0, kNow + absl::Minutes(2)), "global_tokens");
  EXPECT_EQ(all.SpentAt(kNow + absl::Minutes(2)).tokens_last_hour, 1000);
  // The first 300 are an hour old.
  EXPECT_EQ(all.Reserve(300, 0, kNow + absl::Minutes(60)), std::nullopt);
  EXPECT_EQ(all.Reserve(1, 0, kNow + absl::Minutes(60)), "global_tokens");
}

TEST(GlobalShadowBudget, ManyPathsShareTheMoney) {
  GlobalShadowBudget all;
  v1::ShadowConfig limits;
  limits.set_max_usd_per_hour(1);
  all.Configure(limits);
  v1::MirrorConfig config = Config();
  config.set_max_requests_per_second(100);
  v1::PriceConfig price;
  price.set_output_usd_per_million(1000);  // half a dollar for the 500 tokens that are assumed
  ShadowBudget one(config, price, &all), other(config, price, &all);
  ShadowBudget::Reservation reservation;
  EXPECT_EQ(one.Reserve(0, kNow, reservation), std::nullopt);
  v1::Usage usage;
  usage.set_output_tokens(250);
  one.Finish(reservation, &usage);
  EXPECT_EQ(other.Reserve(0, kNow, reservation), std::nullopt);
  EXPECT_EQ(one.Reserve(0, kNow, reservation), "global_money");
  EXPECT_DOUBLE_EQ(all.SpentAt(kNow).usd_last_hour, 0.75);
  EXPECT_EQ(all.SpentAt(kNow).requests_last_minute, 2);
}

TEST(GlobalShadowBudget, WithoutLimitsItOnlyCounts) {
  GlobalShadowBudget all;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(all.Reserve(1'000'000, 5, kNow), std::nullopt);
  EXPECT_EQ(all.SpentAt(kNow).usd_last_hour, 5000);
}

}  // namespace
}  // namespace warmpath
