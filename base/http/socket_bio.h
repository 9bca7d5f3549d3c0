// Lets OpenSSL read and write a socket directly.
#pragma once

#include <openssl/ossl_typ.h>

namespace warmpath {

// Makes a BIO over the non-blocking socket `fd`, which it borrows. Unlike OpenSSL's own it never
// raises SIGPIPE. Returns nullptr if out of memory.
BIO* NewSocketBio(int fd);

}  // namespace warmpath
