#include "store/tally_merge_operator.h"

#include <deque>
#include <string>

#include "store/tally.h"
#include "warmpath/v1/record.pb.h"

namespace warmpath {
namespace {

bool AddSerialized(const rocksdb::Slice& bytes, v1::Tally* sum) {
  v1::Tally tally;
  if (!tally.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  MergeTally(tally, sum);
  return true;
}

class TallyMergeOperator final : public rocksdb::MergeOperator {
 public:
  const char* Name() const override { return "warmpath.TallySum"; }

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    v1::Tally sum;
    if (in.existing_value != nullptr && !AddSerialized(*in.existing_value, &sum)) return false;
    for (const rocksdb::Slice& operand : in.operand_list) {
      if (!AddSerialized(operand, &sum)) return false;
    }
    return sum.SerializeToString(&out->new_value);
  }

  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands,
                         std::string* result, rocksdb::Logger*) const override {
    v1::Tally sum;
    for (const rocksdb::Slice& operand : operands) {
      if (!AddSerialized(operand, &sum)) return false;
    }
    return sum.SerializeToString(result);
  }
};

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> NewTallyMergeOperator() {
  return std::make_shared<TallyMergeOperator>();
}

}  // namespace warmpath
