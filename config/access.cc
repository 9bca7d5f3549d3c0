#include "config/access.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "absl/strings/match.h"
#include "base/secret.h"
#include "base/status_macros.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

std::string Sha256(std::string_view text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace

absl::StatusOr<AccessTokens> AccessTokens::Load(const v1::ListenerConfig& listener) {
  AccessTokens tokens;
  for (const std::string& reference : listener.bearer_tokens()) {
    ASSIGN_OR_RETURN(const std::string token, ResolveSecret(reference));
    tokens.hashes_.push_back(Sha256(token));
  }
  return tokens;
}

bool AccessTokens::Admits(std::string_view credential) const {
  if (!required()) return true;
  constexpr std::string_view kScheme = "bearer ";
  if (absl::StartsWithIgnoreCase(ToAbsl(credential), ToAbsl(kScheme))) {
    credential.remove_prefix(kScheme.size());
  }
  const std::string given = Sha256(credential);
  bool admitted = false;
  for (const std::string& hash : hashes_) {
    admitted |= CRYPTO_memcmp(given.data(), hash.data(), hash.size()) == 0;
  }
  return admitted;
}

}  // namespace warmpath
