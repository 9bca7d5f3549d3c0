// What a request lost on its way into another dialect.
#pragma once

#include <string_view>

#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// FidelityNotes collects losses while a request is encoded.
//
//   notes.Add(v1::LOSS_KIND_DROPPED, "/seed", "Anthropic Messages has no seed");
//   encoded.fidelity = notes.Take();
//
// Pointers name fields of the caller's request; "/messages/N" counts canonical messages.
// Bounded: keeps the first 64 losses, and one more that says how many were left out.
// Thread safety: thread-compatible.
class FidelityNotes {
 public:
  void Add(v1::LossKind kind, std::string_view pointer, std::string_view message);
  bool empty() const { return report_.losses().empty(); }
  // EXACT without losses, else LOSSY.
  v1::FidelityReport Take();

 private:
  v1::FidelityReport report_;
  int left_out_ = 0;
};

}  // namespace warmpath
