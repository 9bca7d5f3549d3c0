// Who may use a door.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// The bearer tokens of one door. Kept as SHA-256, compared in constant time.
//
// Thread safety: immutable.
class AccessTokens {
 public:
  // Reads the tokens that the door's config refers to. Errors name the reference, never the secret.
  static absl::StatusOr<AccessTokens> Load(const v1::ListenerConfig& listener);

  // Whether the door asks for a token at all.
  bool required() const { return !hashes_.empty(); }

  // Whether `credential` ("Bearer TOKEN" or the bare token) opens the door. Always true where no token
  // is required.
  bool Admits(std::string_view credential) const;

 private:
  std::vector<std::string> hashes_;
};

}  // namespace warmpath
