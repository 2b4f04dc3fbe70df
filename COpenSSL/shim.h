// OpenSSL's headers, and functions in place of those macros that Swift cannot import.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// Raises the oldest version, which OpenSSL's configuration file may have set, and never lowers it.
static inline long idgen_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
  return SSL_CTX_get_min_proto_version(context) >= version
      || SSL_CTX_set_min_proto_version(context, version);
}

static inline long idgen_SSL_CTX_set_mode(SSL_CTX *context, long mode) {
  return SSL_CTX_set_mode(context, mode);
}

// Clients keep sessions as tickets. A cache on the server would grow with them.
static inline void idgen_SSL_CTX_keep_no_sessions(SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline void idgen_SSL_CTX_set_read_ahead(SSL_CTX *context, int isOn) {
  SSL_CTX_set_read_ahead(context, isOn);
}

// No renegotiation by clients, no compression; the server's order of cipher suites.
static inline void idgen_SSL_CTX_set_safe_options(SSL_CTX *context) {
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
}

static inline long idgen_SSL_CTX_add1_chain_cert(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add1_chain_cert(context, certificate);
}

static inline long idgen_SSL_set_tlsext_host_name(SSL *ssl, const char *name) {
  return SSL_set_tlsext_host_name(ssl, name);
}

static inline void idgen_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void idgen_BIO_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline int idgen_ERR_GET_REASON(unsigned long error) { return ERR_GET_REASON(error); }

static inline long idgen_BIO_get_mem_data(BIO *bio, char **data) {
  return BIO_get_mem_data(bio, data);
}

static const unsigned long idgen_XN_FLAG_RFC2253 = XN_FLAG_RFC2253;
