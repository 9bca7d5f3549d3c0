// Adds tallies inside RocksDB.
#pragma once

#include <memory>

#include "rocksdb/merge_operator.h"

namespace warmpath {

// The merge operator of the column family `tallies`: values and operands are v1::Tally, the result is
// their sum. Writing evidence so needs no read and no lock around one.
// Its name is stored: "warmpath.TallySum".
// Errors: an operand that is no Tally makes reads of that key fail as corrupt.
std::shared_ptr<rocksdb::MergeOperator> NewTallyMergeOperator();

}  // namespace warmpath
