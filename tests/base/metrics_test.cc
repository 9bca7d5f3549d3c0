#include "base/metrics.h"

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, PrintsThePrometheusTextFormat) {
  Metrics metrics;
  metrics.Counters("warmpath_requests_total", "Requests served.", {"workflow", "path"})
      .With({"support", "primary"})
      .Increment();
  metrics.Gauges("warmpath_queue_depth", "Items queued.").With({}).Set(2.5);
  const Histogram seconds =
      metrics.Histograms("warmpath_call_seconds", "Time of a call.", {}, {0.1, 1}).With({});
  seconds.Observe(0.05);
  seconds.Observe(0.1);
  seconds.Observe(3);
  const std::string expected_start = R"(# HELP warmpath_call_seconds Time of a call.
# TYPE warmpath_call_seconds histogram
warmpath_call_seconds_count 3
warmpath_call_seconds_sum 3.15
warmpath_call_seconds_bucket{le="0.1"} 2
warmpath_call_seconds_bucket{le="1"} 2
warmpath_call_seconds_bucket{le="+Inf"} 3
# HELP warmpath_queue_depth Items queued.
# TYPE warmpath_queue_depth gauge
warmpath_queue_depth 2.5
# HELP warmpath_requests_total Requests served.
# TYPE warmpath_requests_total counter
warmpath_requests_total{workflow="support",path="primary"} 1
)";
  EXPECT_EQ(metrics.Text().substr(0, expected_start.size()), expected_start);
}

TEST(Metrics, GivesTheSameFamilyAndSeriesAgain) {
  Metrics metrics;
  const Counter a = metrics.Counters("warmpath_a_total", "A.", {"x"}).With({"1"});
  const Counter b = metrics.Counters("warmpath_a_total", "A.", {"x"}).With({"1"});
  a.Increment();
  b.Increment(2);
  EXPECT_EQ(a.Value(), 3);
}

TEST(Metrics, ShowsASeriesFromTheMomentItIsFetched) {
  Metrics metrics;
  metrics.Counters("warmpath_a_total", "A.", {"x"}).With({"1"});
  EXPECT_THAT(metrics.Text(), HasSubstr("warmpath_a_total{x=\"1\"} 0\n"));
}

TEST(Counter, AddsPartsAndNeverFalls) {
  Metrics metrics;
  const Counter usd = metrics.Counters("warmpath_cost_usd_total", "Money.").With({});
  usd.Increment(0.25);
  usd.Increment(2);
  usd.Increment(-5);
  usd.Increment(NAN);
  EXPECT_EQ(usd.Value(), 2.25);
}

TEST(Counter, LosesNothingBetweenThreads) {
  Metrics metrics;
  const Counter counter = metrics.Counters("warmpath_a_total", "A.").With({});
  const Counter parts = metrics.Counters("warmpath_b_total", "B.").With({});
  const Histogram histogram = metrics.Histograms("warmpath_c", "C.", {}, {1}).With({});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([=] {
      for (int i = 0; i < 10'000; ++i) {
        counter.Increment();
        parts.Increment(0.5);
        histogram.Observe(i % 3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.Value(), 40'000);
  EXPECT_EQ(parts.Value(), 20'000);
  EXPECT_EQ(histogram.Count(), 40'000u);
}

TEST(Handles, WithoutASeriesDoNothing) {
  Counter().Increment();
  Gauge().Set(1);
  Histogram().Observe(1);
  EXPECT_EQ(Counter().Value(), 0);
}

TEST(Gauge, RisesAndFalls) {
  Metrics metrics;
  const Gauge gauge = metrics.Gauges("warmpath_g", "G.").With({});
  gauge.Add(3);
  gauge.Add(-1);
  EXPECT_EQ(gauge.Value(), 2);
}

TEST(Histogram, KeepsNanOutOfTheSum) {
  Metrics metrics;
  const Histogram histogram = metrics.Histograms("warmpath_h", "H.", {}, {1}).With({});
  histogram.Observe(NAN);
  histogram.Observe(0.5);
  EXPECT_THAT(metrics.Text(), AllOf(HasSubstr("warmpath_h_sum 0.5\n"), HasSubstr("le=\"1\"} 1\n"),
                                    HasSubstr("le=\"+Inf\"} 2\n")));
}

TEST(MetricFamily, BoundsItsLabelSetsAndKeepsTheSum) {
  Metrics metrics(/*max_series=*/3);
  CounterFamily& family = metrics.Counters("warmpath_a_total", "A.", {"x"});
  for (int i = 0; i < 10; ++i) family.With({std::to_string(i)}).Increment();
  EXPECT_THAT(metrics.Text(),
              AllOf(HasSubstr("warmpath_a_total{x=\"2\"} 1\n"), Not(HasSubstr("{x=\"3\"}")),
                    HasSubstr("warmpath_a_total{x=\"overflow\"} 7\n"),
                    HasSubstr("warmpath_metrics_label_overflow_total{metric=\"warmpath_a_total\"} "
                              "7\n")));
  // A set that was there before the bound stays itself.
  EXPECT_EQ(family.With({"0"}).Value(), 1);
}

TEST(MetricFamily, TakesAnyLabelValue) {
  Metrics metrics;
  CounterFamily& family = metrics.Counters("warmpath_a_total", "A.", {"x"});
  family.With({"say \"hi\"\n"});
  family.With({"\xff"});
  family.With({std::string(500, 'y')});
  EXPECT_THAT(metrics.Text(),
              AllOf(HasSubstr(R"({x="say \"hi\"\n"})"), HasSubstr("{x=\"invalid\"}"),
                    HasSubstr("{x=\"" + std::string(120, 'y') + "\"}")));
}

TEST(MetricsDeathTest, RefusesMistakesInTheCode) {
  Metrics metrics;
  metrics.Counters("warmpath_a_total", "A.", {"x"});
  EXPECT_DEATH(metrics.Counters("warmpath_a_total", "A.", {"y"}), "other labels");
  EXPECT_DEATH(metrics.Gauges("warmpath_a_total", "A.", {"x"}), "another kind");
  EXPECT_DEATH(metrics.Counters("warmpath_a_total", "A.", {"x"}).With({}), "has 1 labels");
  EXPECT_DEATH(metrics.Counters("warmpath-a", "A."), "is no name");
  EXPECT_DEATH(metrics.Histograms("warmpath_h", "H.", {}, {2, 1}), "don't rise");
}

}  // namespace
}  // namespace warmpath
