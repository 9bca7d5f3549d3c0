#include "base/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"

namespace warmpath {
namespace {

using metrics_internal::CounterCell;
using metrics_internal::GaugeCell;
using metrics_internal::HistogramCell;

constexpr size_t kMaxLabelBytes = 120;
constexpr char kOverflow[] = "overflow";

// For mistakes in the code that the first run of it shows.
[[noreturn]] void Misused(const std::string& message) {
  std::fprintf(stderr, "metrics misused: %s\n", message.c_str());
  std::abort();
}

bool IsMetricName(const std::string& name) {
  if (name.empty() || absl::ascii_isdigit(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

std::string Clean(std::string value) {
  if (!IsValidUtf8(value)) return "invalid";
  value.resize(TruncateUtf8(value, kMaxLabelBytes).size());
  return value;
}

}  // namespace

HistogramCell::HistogramCell(const std::vector<double>& upper_bounds)
    : bounds(upper_bounds), counts(new std::atomic<uint64_t>[upper_bounds.size() + 1]()) {}

void Counter::Increment(double by) const {
  if (cell_ == nullptr || !(by > 0)) return;
  if (by == std::trunc(by) && by < 0x1p53) {
    cell_->whole.fetch_add(static_cast<uint64_t>(by), std::memory_order_relaxed);
  } else {
    cell_->part.fetch_add(by, std::memory_order_relaxed);
  }
}

double Counter::Value() const {
  if (cell_ == nullptr) return 0;
  return static_cast<double>(cell_->whole.load(std::memory_order_relaxed)) +
         cell_->part.load(std::memory_order_relaxed);
}

double Gauge::Value() const {
  return cell_ == nullptr ? 0 : cell_->value.load(std::memory_order_relaxed);
}

void Histogram::Observe(double value) const {
  if (cell_ == nullptr) return;
  const std::vector<double>& bounds = cell_->bounds;
  // NaN is below nothing: it goes to the last bucket and stays out of the sum.
  const size_t bucket =
      std::isnan(value) ? bounds.size()
                        : std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
  cell_->counts[bucket].fetch_add(1, std::memory_order_relaxed);
  if (!std::isnan(value)) cell_->sum.fetch_add(value, std::memory_order_relaxed);
}

uint64_t Histogram::Count() const {
  uint64_t count = 0;
  if (cell_ == nullptr) return count;
  for (size_t i = 0; i <= cell_->bounds.size(); ++i) {
    count += cell_->counts[i].load(std::memory_order_relaxed);
  }
  return count;
}

MetricFamilyBase::MetricFamilyBase(std::string name, std::string help,
                                   std::vector<std::string> label_names, size_t max_series,
                                   Counter overflow)
    : name_(std::move(name)),
      help_(std::move(help)),
      label_names_(std::move(label_names)),
      max_series_(max_series),
      overflow_(overflow) {
  if (!IsMetricName(name_)) Misused(absl::StrCat("'", name_, "' is no name for a metric"));
  for (const std::string& label : label_names_) {
    if (!IsMetricName(label)) Misused(absl::StrCat("'", label, "' is no name for a label"));
  }
}

template <typename Cells, typename Make>
auto* MetricFamilyBase::FindOrAdd(Cells& cells, std::vector<std::string> values, Make make) {
  if (values.size() != label_names_.size()) {
    Misused(
        absl::StrCat(name_, " has ", label_names_.size(), " labels, given were ", values.size()));
  }
  for (std::string& value : values) value = Clean(std::move(value));
  auto found = cells.find(values);
  if (found == cells.end() && cells.size() >= max_series_) {
    overflow_.Increment();
    values.assign(values.size(), kOverflow);
    found = cells.find(values);
  }
  if (found == cells.end()) found = cells.emplace(std::move(values), make()).first;
  return found->second.get();
}

prometheus::ClientMetric MetricFamilyBase::Labelled(const std::vector<std::string>& values) const {
  prometheus::ClientMetric metric;
  for (size_t i = 0; i < values.size(); ++i) metric.label.push_back({label_names_[i], values[i]});
  return metric;
}

prometheus::MetricFamily MetricFamilyBase::Empty() const {
  prometheus::MetricFamily family;
  family.name = name_;
  family.help = help_;
  return family;
}

Counter CounterFamily::With(std::vector<std::string> values) {
  absl::MutexLock lock(&mutex_);
  return Counter(FindOrAdd(cells_, std::move(values), std::make_unique<CounterCell>));
}

prometheus::MetricFamily CounterFamily::Collect() const {
  prometheus::MetricFamily family = Empty();
  family.type = prometheus::MetricType::Counter;
  absl::MutexLock lock(&mutex_);
  for (const auto& [values, cell] : cells_) {
    prometheus::ClientMetric& metric = family.metric.emplace_back(Labelled(values));
    metric.counter.value = Counter(cell.get()).Value();
  }
  return family;
}

Gauge GaugeFamily::With(std::vector<std::string> values) {
  absl::MutexLock lock(&mutex_);
  return Gauge(FindOrAdd(cells_, std::move(values), std::make_unique<GaugeCell>));
}

prometheus::MetricFamily GaugeFamily::Collect() const {
  prometheus::MetricFamily family = Empty();
  family.type = prometheus::MetricType::Gauge;
  absl::MutexLock lock(&mutex_);
  for (const auto& [values, cell] : cells_) {
    prometheus::ClientMetric& metric = family.metric.emplace_back(Labelled(values));
    metric.gauge.value = Gauge(cell.get()).Value();
  }
  return family;
}

HistogramFamily::HistogramFamily(std::string name, std::string help,
                                 std::vector<std::string> label_names, size_t max_series,
                                 Counter overflow, std::vector<double> bounds)
    : MetricFamilyBase(std::move(name), std::move(help), std::move(label_names), max_series,
                       overflow),
      bounds_(std::move(bounds)) {
  if (!std::is_sorted(bounds_.begin(), bounds_.end())) {
    Misused(absl::StrCat(this->name(), " has bounds that don't rise"));
  }
}

Histogram HistogramFamily::With(std::vector<std::string> values) {
  absl::MutexLock lock(&mutex_);
  return Histogram(FindOrAdd(cells_, std::move(values),
                             [this] { return std::make_unique<HistogramCell>(bounds_); }));
}

prometheus::MetricFamily HistogramFamily::Collect() const {
  prometheus::MetricFamily family = Empty();
  family.type = prometheus::MetricType::Histogram;
  absl::MutexLock lock(&mutex_);
  for (const auto& [values, cell] : cells_) {
    prometheus::ClientMetric::Histogram& out =
        family.metric.emplace_back(Labelled(values)).histogram;
    // The count is the sum of the buckets that are shown, never of a later moment.
    for (size_t i = 0; i <= bounds_.size(); ++i) {
      out.sample_count += cell->counts[i].load(std::memory_order_relaxed);
      out.bucket.push_back({out.sample_count, i < bounds_.size() ? bounds_[i] : INFINITY});
    }
    out.sample_sum = cell->sum.load(std::memory_order_relaxed);
  }
  return family;
}

Metrics::Metrics(size_t max_series)
    : max_series_(max_series),
      overflow_("warmpath_metrics_label_overflow_total",
                "Label sets beyond a metric's bound, shown under \"overflow\" instead.", {"metric"},
                /*max_series=*/10'000, Counter()) {}

Metrics::~Metrics() = default;

template <typename Family, typename... Args>
Family& Metrics::FindOrAdd(const std::string& name, const std::string& help,
                           std::vector<std::string> label_names, Args... args) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<MetricFamilyBase>& family = families_[name];
  if (family == nullptr) {
    family = std::make_unique<Family>(name, help, std::move(label_names), max_series_,
                                      overflow_.With({name}), std::move(args)...);
    return static_cast<Family&>(*family);
  }
  auto* same = dynamic_cast<Family*>(family.get());
  if (same == nullptr || !same->HasLabels(label_names)) {
    Misused(absl::StrCat(name, " exists already with other labels or as another kind"));
  }
  return *same;
}

CounterFamily& Metrics::Counters(const std::string& name, const std::string& help,
                                 std::vector<std::string> label_names) {
  return FindOrAdd<CounterFamily>(name, help, std::move(label_names));
}

GaugeFamily& Metrics::Gauges(const std::string& name, const std::string& help,
                             std::vector<std::string> label_names) {
  return FindOrAdd<GaugeFamily>(name, help, std::move(label_names));
}

HistogramFamily& Metrics::Histograms(const std::string& name, const std::string& help,
                                     std::vector<std::string> label_names,
                                     std::vector<double> bounds) {
  return FindOrAdd<HistogramFamily>(name, help, std::move(label_names), std::move(bounds));
}

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> families;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [name, family] : families_) {
      prometheus::MetricFamily collected = family->Collect();
      if (!collected.metric.empty()) families.push_back(std::move(collected));
    }
  }
  prometheus::MetricFamily overflow = overflow_.Collect();
  if (!overflow.metric.empty()) families.push_back(std::move(overflow));
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

std::vector<double> LatencyBuckets() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120};
}

std::vector<double> FastLatencyBuckets() {
  return {0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
          0.005,   0.01,     0.025,   0.05,   0.1,     0.25,   0.5,   1};
}

}  // namespace warmpath
