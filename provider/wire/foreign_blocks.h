// Content blocks that only one vendor understands, when a conversation goes to another one.
#pragma once

#include "absl/status/status.h"
#include "provider/dialect.h"
#include "provider/wire/fidelity_notes.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// What becomes of a block abroad.
enum class BlockFate {
  kIgnore,  // nobody misses it: marks for a cache
  kDrop,    // it is left out with a note: thinking, bookkeeping
  kRefuse,  // without it the conversation would mean something else: documents, tools that the vendor ran
};

BlockFate FateAbroad(const v1::Opaque& block);

// Goes over the blocks of a conversation that are not of `target`: notes what is dropped, and refuses
// with UNIMPLEMENTED, naming message and block, what must not be. Encoders then leave out foreign
// blocks without a word of their own.
absl::Status CrossBlocks(const v1::ModelRequest& request, Dialect target, FidelityNotes* notes);

// Takes out what only its issuer accepts back, such as signed thinking and encrypted reasoning, and
// notes each message that lost some. For a conversation that another provider of the same dialect
// goes on with.
void DropSignedBlocks(v1::ModelRequest* request, FidelityNotes* notes);

}  // namespace warmpath
