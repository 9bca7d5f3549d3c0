// What of a request a path's model takes, and notes on the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "provider/provider.h"
#include "provider/wire/fidelity_notes.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Allowed goes through a request with the target's capabilities in hand. Each question gives what may
// be sent, and notes what was left out, moved or weakened; so ask each at most once. What the table
// does not know is let through.
//
//   Allowed allowed(request, target, &notes);
//   RETURN_IF_ERROR(allowed.Check());
//   if (const auto temperature = allowed.Temperature()) w.Key("temperature").Double(*temperature);
//
// Pointers in notes name fields of the caller's own dialect.
// Thread safety: thread-compatible. Ownership: borrows its arguments.
class Allowed {
 public:
  Allowed(const v1::ModelRequest& request, const PathTarget& target, FidelityNotes* notes);

  // UNIMPLEMENTED for what must not be left out: tools, images, an answer that was begun (prefill).
  absl::Status Check() const;

  // The caller's limit, or `fallback` where there is none, within the model's.
  std::optional<int64_t> MaxOutputTokens(std::optional<int64_t> fallback = std::nullopt);
  // Unset: not asked for, or refused.
  std::optional<double> Temperature();
  std::optional<double> TopP();
  // The first ones that the model takes; `usual_limit` where the table says nothing.
  std::vector<std::string_view> Stops(int usual_limit);
  // Forced tool use becomes AUTO where it is refused, or `thinking` goes with it and forbids it.
  v1::ToolChoiceMode ToolChoice(bool thinking = false);
  // Whether several calls are allowed at once; unset: not asked for, or there is no such switch.
  std::optional<bool> ParallelToolCalls();
  // A schema becomes "any JSON" or nothing where it is refused.
  v1::OutputKind OutputKind();
  // Whether tools may carry a strict flag; call it for each tool that has one.
  bool StrictTool(int index);
  // Whether a system message may stand where it stands.
  bool SystemInList() const;
  // Whether a field is one of the refused_fields.
  bool Refuses(std::string_view field) const;

  // Where a field stands in the caller's dialect, such as "/stop_sequences".
  std::string Pointer(std::string_view openai_name) const;

 private:
  void Note(v1::LossKind kind, std::string_view pointer, std::string_view message) {
    notes_.Add(kind, pointer, message);
  }
  bool Sampling(std::string_view pointer);

  const v1::ModelRequest& request_;
  const v1::ModelCapabilities& can_;
  const std::string& model_;
  FidelityNotes& notes_;
};

}  // namespace warmpath
