// Counters, gauges and histograms, shown in the Prometheus text format.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace prometheus {
struct ClientMetric;
struct MetricFamily;
}  // namespace prometheus

namespace warmpath {

namespace metrics_internal {

// Each cell has cache lines of its own: neighbours that are written by other threads don't slow it.
struct alignas(64) CounterCell {
  std::atomic<uint64_t> whole{0};
  std::atomic<double> part{0};
};

struct alignas(64) GaugeCell {
  std::atomic<double> value{0};
};

struct alignas(64) HistogramCell {
  explicit HistogramCell(const std::vector<double>& upper_bounds);
  const std::vector<double>& bounds;
  std::unique_ptr<std::atomic<uint64_t>[]> counts;  // one more than bounds: the rest
  std::atomic<double> sum{0};
};

}  // namespace metrics_internal

// A Counter, Gauge or Histogram is a handle to one series: fetch it once, keep it, copy it freely.
// One made by default belongs to no series and does nothing.
//
// Thread safety: all methods may be called concurrently, and never wait.
// Cost: one atomic addition on one cache line (Observe: two), some 5 ns, and up to some 50 ns while
// several cores write the same series; where that shows, give each thread a series of its own.
// Ownership: borrows from its Metrics, which must outlive it.
class Counter {
 public:
  Counter() = default;
  void Increment() const {
    if (cell_ != nullptr) cell_->whole.fetch_add(1, std::memory_order_relaxed);
  }
  // Adds `by`, a whole number or not. Negative ones are ignored: a counter never falls.
  void Increment(double by) const;
  double Value() const;

 private:
  friend class CounterFamily;
  explicit Counter(metrics_internal::CounterCell* cell) : cell_(cell) {}
  metrics_internal::CounterCell* cell_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  void Set(double value) const {
    if (cell_ != nullptr) cell_->value.store(value, std::memory_order_relaxed);
  }
  void Add(double by) const {
    if (cell_ != nullptr) cell_->value.fetch_add(by, std::memory_order_relaxed);
  }
  double Value() const;

 private:
  friend class GaugeFamily;
  explicit Gauge(metrics_internal::GaugeCell* cell) : cell_(cell) {}
  metrics_internal::GaugeCell* cell_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  void Observe(double value) const;
  uint64_t Count() const;

 private:
  friend class HistogramFamily;
  explicit Histogram(metrics_internal::HistogramCell* cell) : cell_(cell) {}
  metrics_internal::HistogramCell* cell_ = nullptr;
};

// What is common to the families: a name, its label names, and a bounded number of series.
//
// Label values are cut at 120 bytes; invalid UTF-8 becomes "invalid". A label set beyond the bound
// gets the series whose labels all read "overflow", so sums stay right, and each such With() is
// counted in warmpath_metrics_label_overflow_total{metric}.
//
// Thread safety: With() may be called concurrently; it takes a lock, so call it once per series.
class MetricFamilyBase {
 public:
  MetricFamilyBase(std::string name, std::string help, std::vector<std::string> label_names,
                   size_t max_series, Counter overflow);
  virtual ~MetricFamilyBase() = default;
  virtual prometheus::MetricFamily Collect() const = 0;

  // Whether this family was made with just these label names.
  bool HasLabels(const std::vector<std::string>& label_names) const {
    return label_names == label_names_;
  }
  const std::string& name() const { return name_; }

 protected:
  // The cell of `values`, in the order of the label names.
  template <typename Cells, typename Make>
  auto* FindOrAdd(Cells& cells, std::vector<std::string> values, Make make);
  prometheus::ClientMetric Labelled(const std::vector<std::string>& values) const;
  prometheus::MetricFamily Empty() const;

  mutable absl::Mutex mutex_;

 private:
  const std::string name_;
  const std::string help_;
  const std::vector<std::string> label_names_;
  const size_t max_series_;
  const Counter overflow_;
};

template <typename Cell>
using MetricCells = std::map<std::vector<std::string>, std::unique_ptr<Cell>>;

class CounterFamily final : public MetricFamilyBase {
 public:
  using MetricFamilyBase::MetricFamilyBase;
  // REQUIRES: as many values as the family has labels.
  Counter With(std::vector<std::string> values);
  prometheus::MetricFamily Collect() const override;

 private:
  MetricCells<metrics_internal::CounterCell> cells_ ABSL_GUARDED_BY(mutex_);
};

class GaugeFamily final : public MetricFamilyBase {
 public:
  using MetricFamilyBase::MetricFamilyBase;
  // REQUIRES: as many values as the family has labels.
  Gauge With(std::vector<std::string> values);
  prometheus::MetricFamily Collect() const override;

 private:
  MetricCells<metrics_internal::GaugeCell> cells_ ABSL_GUARDED_BY(mutex_);
};

class HistogramFamily final : public MetricFamilyBase {
 public:
  HistogramFamily(std::string name, std::string help, std::vector<std::string> label_names,
                  size_t max_series, Counter overflow, std::vector<double> bounds);
  // REQUIRES: as many values as the family has labels.
  Histogram With(std::vector<std::string> values);
  prometheus::MetricFamily Collect() const override;

 private:
  const std::vector<double> bounds_;
  MetricCells<metrics_internal::HistogramCell> cells_ ABSL_GUARDED_BY(mutex_);
};

// Metrics holds every family of the process and prints them.
//
//   Metrics metrics;
//   CounterFamily& drops = metrics.Counters("warmpath_mirror_dropped_total",
//                                           "Sampled exchanges not mirrored.",
//                                           {"workflow", "reason"});
//   const Counter queue_full = drops.With({"support", "queue_full"});  // once
//   queue_full.Increment();                                            // often
//   std::string page = metrics.Text();
//
// Names as Prometheus has them: warmpath_<what>_<unit>[_total], seconds and bytes as units. Asking
// again for a family returns the same one; asking with other labels or as another kind, or with a
// name that Prometheus doesn't allow, is a mistake in the code and aborts.
//
// Thread safety: all methods may be called concurrently.
// Ownership: owns the families; references and handles live as long as the Metrics.
class Metrics {
 public:
  // `max_series` bounds the label sets of each family.
  explicit Metrics(size_t max_series = 1000);
  ~Metrics();

  CounterFamily& Counters(const std::string& name, const std::string& help,
                          std::vector<std::string> label_names = {});
  GaugeFamily& Gauges(const std::string& name, const std::string& help,
                      std::vector<std::string> label_names = {});
  // `bounds`: the buckets' upper bounds, rising.
  HistogramFamily& Histograms(const std::string& name, const std::string& help,
                              std::vector<std::string> label_names, std::vector<double> bounds);

  // Everything in the Prometheus text format (version 0.0.4), sorted by name and labels (the
  // overflow counter comes last).
  std::string Text() const;

 private:
  template <typename Family, typename... Args>
  Family& FindOrAdd(const std::string& name, const std::string& help,
                    std::vector<std::string> label_names, Args... args);

  const size_t max_series_;
  CounterFamily overflow_;
  mutable absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<MetricFamilyBase>> families_ ABSL_GUARDED_BY(mutex_);
};

// Upper bounds in seconds for the latency of LLM calls: 1 ms to 2 min.
std::vector<double> LatencyBuckets();
// Upper bounds in seconds for work inside the process: 10 us to 1 s.
std::vector<double> FastLatencyBuckets();

}  // namespace warmpath
