#include "tests/support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <utility>

#include "gtest/gtest.h"

namespace warmpath::testing {
namespace {

void AddExtension(X509* cert, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, cert, cert, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(cert, extension, -1);
  X509_EXTENSION_free(extension);
}

template <typename Function>
void WriteFile(const std::string& path, Function write) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr) << path;
  write(file);
  std::fclose(file);
}

}  // namespace

TlsServerOptions WriteCertificate(const std::string& name, const Certificate& wanted) {
  const std::string stem = ::testing::TempDir() + "/" + name;
  TlsServerOptions files{stem + ".crt", stem + ".key"};
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const cert = X509_new();
  X509_set_version(cert, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), -30L * 24 * 3600);
  X509_gmtime_adj(X509_getm_notAfter(cert), 24L * 3600 * wanted.valid_days);
  X509_set_pubkey(cert, key);
  X509_NAME* const subject = X509_get_subject_name(cert);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(cert, subject);
  AddExtension(cert, NID_subject_alt_name, wanted.subject_alternative_name);
  AddExtension(cert, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(cert, key, EVP_sha256());
  WriteFile(files.certificate_file, [&](std::FILE* file) { PEM_write_X509(file, cert); });
  WriteFile(files.key_file, [&](std::FILE* file) {
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  X509_free(cert);
  EVP_PKEY_free(key);
  return files;
}

}  // namespace warmpath::testing
