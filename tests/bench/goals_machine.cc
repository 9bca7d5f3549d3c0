// G14, G15: replicas, and what it costs.
#include <algorithm>
#include <array>
#include <ctime>
#include <sstream>
#include <utility>

#include "absl/strings/str_format.h"
#include "cli/gate/run_replay.h"
#include "tests/bench/goals.h"

namespace warmpath {
namespace {

// Of this thread: what others do on the machine meanwhile does not count.
double CpuNanoseconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

}  // namespace

// Through `gate replay`: slow failures, any split, any order inside a bucket, duplicates.
void Goals::Replicas() {
  struct Sent {
    double t, at;
    int n;
    bool fails;
  };
  const auto lines = [&](std::vector<Sent> samples, int replicas, bool delayed) {
    std::string text = R"({"op":"dim","name":"d","q0":0.01})"
                       "\n";
    std::vector<std::pair<double, std::string>> ordered;
    for (const Sent& s : samples) {
      const double at = delayed ? s.at : s.t;
      const double t = options_.mutant == Mutant::kArrival ? at : s.t;
      const std::string id =
          absl::StrFormat("\"id\":\"s%d\",\"path\":\"p\",\"conv\":\"c%d\"", s.n, s.n / 4);
      ordered.push_back({s.t, absl::StrFormat("{\"op\":\"dispatch\",\"t\":%.6f,%s}\n", s.t, id)});
      const std::string sample = absl::StrFormat(
          "{\"op\":\"sample\",\"t\":%.6f,\"at\":%.6f,\"replica\":\"r%d\",%s,\"loss\":{\"d\":%d}}\n",
          t, at, s.n / 4 % replicas, id, s.fails);
      ordered.push_back({at + 1e-7, sample});
      if (replicas > 1) ordered.push_back({at + 1e-7, sample});
    }
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [at, line] : ordered) text += line;
    return text + R"({"op":"query","t":90000})"
                  "\n";
  };
  std::vector<Sent> samples;
  double t = 1;
  for (int n = 0; n < 40000; ++n) {
    t += random_.Exponential(2);
    const bool fails = random_.Chance(t > 60000 ? .05 : .003);
    // Failures take longer: they time out at last.
    samples.push_back({t, t + (fails ? 20 + 90 * random_.Uniform() : random_.Uniform()), n, fails});
  }
  const auto replay = [&](const std::string& text) {
    ReplayOptions options;
    options.bucket = 10 * kMicrosPerSecond;
    std::istringstream in(text);
    std::ostringstream out, err;
    RunGateReplay(options, in, out, err);
    return out.str();
  };
  const std::string one = replay(lines(samples, 1, false));
  table_.Row("G14", "slow failures change the states at bucket close",
             replay(lines(samples, 1, true)) == one ? 0 : 1, 0);
  std::vector<Sent> shuffled = samples;
  for (size_t i = 0; i + 1 < shuffled.size(); ++i) {
    const size_t j = i + random_.Next() % std::min<size_t>(4, shuffled.size() - i);
    if (static_cast<int64_t>(shuffled[i].t / 10) != static_cast<int64_t>(shuffled[j].t / 10))
      continue;
    std::swap(shuffled[i].t, shuffled[j].t);
  }
  int differ = 0;
  for (int replicas = 2; replicas <= 8; ++replicas) {
    differ += replay(lines(samples, replicas, true)) != one;
  }
  table_.Row("G14", "splits over 2 to 8 replicas, each line twice, that differ", differ, 0);
  table_.Row("G14", "another order inside the buckets differs",
             replay(lines(shuffled, 3, false)) != one, 0);
}

void Goals::Cost() {
  const GateParameters five = With({.005, .03, .01, .005, .03});
  SimPath path = PathOf(five);
  const std::array<double, 5> clean{};
  for (int i = 0; i < 100000; ++i) path.Sample(1, clean);
  double best = 1e9;
  for (int round = 0; round < 7; ++round) {
    const double start = CpuNanoseconds();
    for (int i = 0; i < 200000; ++i) path.Sample(1, clean);
    best = std::min(best, (CpuNanoseconds() - start) / 200000);
  }
  table_.Row("G15", "ns for one five-dimension sample, best of 7", best, 200);
  table_.Row("G15", "bytes of one key without conversations",
             sizeof(GateState) + (path.state().dimensions.capacity() > 5
                                      ? path.state().dimensions.capacity() * sizeof(DimensionProof)
                                      : 0),
             1024);
  std::vector<GateState> paths(10000, path.state());
  const double start = CpuNanoseconds();
  int green = 0;
  for (GateState& state : paths) {
    AdvanceTo(five, path.t() + kMicrosPerSecond, state);
    green += ConformanceOf(five, state, {}) == v1::CONFORMANCE_GREEN;
  }
  table_.Row("COST", absl::StrFormat("ms for one tick of 10,000 paths (%d GREEN)", green),
             (CpuNanoseconds() - start) / 1e6, 10);
  path.state().severe = true;
  table_.Row("G15", "a severe event is not RED within the event", path.Now() != v1::CONFORMANCE_RED,
             0);
}

}  // namespace warmpath
