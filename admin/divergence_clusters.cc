#include "admin/divergence_clusters.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/proto_time.h"
#include "base/string_view.h"

namespace warmpath {

std::string GeneralizePointer(std::string_view pointer) {
  std::vector<std::string> tokens = absl::StrSplit(ToAbsl(pointer), '/');
  for (std::string& token : tokens) {
    if (!token.empty() && std::all_of(token.begin(), token.end(), absl::ascii_isdigit)) token = "*";
  }
  return absl::StrJoin(tokens, "/");
}

void DivergenceClusters::Add(const v1::Scorecard& card) {
  ++cards_;
  std::set<Key> counted;
  for (const v1::Finding& finding : card.findings()) {
    if (finding.severity() == v1::SEVERITY_INFO) continue;
    Key key(card.candidate_path(), finding.dimension(), finding.kind(),
            GeneralizePointer(finding.pointer()));
    if (!counted.insert(key).second) continue;
    v1::DivergenceCluster& cluster = clusters_[key];
    const absl::Time time = FromProto(card.create_time());
    if (cluster.count() == 0 || time < FromProto(cluster.first_time())) {
      *cluster.mutable_first_time() = card.create_time();
    }
    if (cluster.count() == 0 || time >= FromProto(cluster.last_time())) {
      *cluster.mutable_last_time() = card.create_time();
      cluster.set_example_id(card.id());
    }
    cluster.set_count(cluster.count() + 1);
  }
}

std::vector<v1::DivergenceCluster> DivergenceClusters::Biggest(size_t limit) const {
  std::vector<v1::DivergenceCluster> all;
  for (const auto& [key, counts] : clusters_) {
    v1::DivergenceCluster& cluster = all.emplace_back(counts);
    cluster.set_path(std::get<0>(key));
    cluster.set_dimension(std::get<1>(key));
    cluster.set_kind(std::get<2>(key));
    cluster.set_pointer(std::get<3>(key));
    cluster.set_share(static_cast<double>(cluster.count()) / static_cast<double>(cards_));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.count() > b.count(); });
  if (all.size() > limit) all.resize(limit);
  return all;
}

}  // namespace warmpath
