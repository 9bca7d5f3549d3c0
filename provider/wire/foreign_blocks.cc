#include "provider/wire/foreign_blocks.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/string_view.h"
#include "provider/wire/json_scan.h"

namespace warmpath {
namespace {

bool IsThinking(std::string_view type) {
  return absl::StrContains(ToAbsl(type), "thinking") || absl::StrContains(ToAbsl(type), "reasoning");
}

bool IsSigned(const v1::Opaque& block) {
  if (IsThinking(block.type())) return true;
  for (std::string_view key : {"\"signature\"", "\"encrypted_content\"", "\"thoughtSignature\""}) {
    if (HasFilledMember(block.json(), key)) return true;
  }
  return false;
}

// "web_search" of a block that a tool named so has made.
std::string Describe(const v1::Opaque& block) {
  const std::string_view name = ScanString(block.json(), "\"name\"");
  return name.empty() ? block.type() : absl::StrCat(block.type(), " (", ToAbsl(name), ")");
}

}  // namespace

BlockFate FateAbroad(const v1::Opaque& block) {
  const std::string_view type = block.type();
  if (type.ends_with(".cache_control")) return BlockFate::kIgnore;
  // The members of a call that say who called it and what is cached.
  if (type == "tool_use.members") {
    return HasFilledMember(block.json(), "\"signature\"") ? BlockFate::kDrop : BlockFate::kIgnore;
  }
  if (type == "fallback" || IsThinking(type)) return BlockFate::kDrop;
  // A member of something that crosses without it; anything else is content of its own.
  return type.find('.') != std::string_view::npos ? BlockFate::kDrop : BlockFate::kRefuse;
}

absl::Status CrossBlocks(const v1::ModelRequest& request, Dialect target, FidelityNotes* notes) {
  const std::string_view name = DialectName(target);
  for (int i = 0; i < request.messages_size(); ++i) {
    for (const v1::Part& part : request.messages(i).parts()) {
      if (!part.has_opaque() || part.opaque().dialect() == name) continue;
      const BlockFate fate = FateAbroad(part.opaque());
      if (fate == BlockFate::kIgnore) continue;
      const std::string pointer = absl::StrCat("/messages/", i);
      if (fate == BlockFate::kRefuse) {
        return absl::UnimplementedError(absl::StrCat(pointer, ": a block of type ",
                                                     Describe(part.opaque()),
                                                     " cannot be expressed in ", ToAbsl(name)));
      }
      notes->Add(v1::LOSS_KIND_DROPPED, pointer,
                 absl::StrCat("a block of type ", part.opaque().type(), " means nothing in ",
                              ToAbsl(name)));
    }
  }
  return absl::OkStatus();
}

void DropSignedBlocks(v1::ModelRequest* request, FidelityNotes* notes) {
  for (int i = 0; i < request->messages_size(); ++i) {
    auto* parts = request->mutable_messages(i)->mutable_parts();
    const auto is_signed = [](const v1::Part& part) {
      return part.has_opaque() && IsSigned(part.opaque());
    };
    const auto rest = std::remove_if(parts->begin(), parts->end(), is_signed);
    if (rest == parts->end()) continue;
    parts->erase(rest, parts->end());
    notes->Add(v1::LOSS_KIND_DROPPED, absl::StrCat("/messages/", i),
               "signed thinking of another provider was left out: only its issuer takes it back");
  }
}

}  // namespace warmpath
