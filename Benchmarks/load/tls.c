// Sends requests over TLS, one after the other, on connections of one request each or on one
// connection. Checks that each response has the status 200 and that all have one length, that the
// version of TLS is the requested one, and that handshakes are full or resumed as requested.
//
// Usage: tls PORT PATH SECONDS full|resumed|kept 1.2|1.3
//   full, resumed: each request has a connection of its own. kept: all have one.
// Prints `requests N bytes B cipher NAME`; B is the length of a response.
#include "client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_SESSION *newest;
static size_t response_bytes;

// Called also for tickets that come after the handshake, as they do in TLS 1.3.
static int take_session(SSL *ssl, SSL_SESSION *session) {
  SSL_SESSION_free(newest);
  newest = session;
  return 1;
}

static SSL_CTX *make_context(const char *version) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  int number = strcmp(version, "1.2") ? TLS1_3_VERSION : TLS1_2_VERSION;
  if (!SSL_CTX_set_min_proto_version(context, number) ||
      !SSL_CTX_set_max_proto_version(context, number))
    fail("TLS %s: unknown", version);
  // It measures the server, and does not check who it is.
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, take_session);
  return context;
}

static SSL *open_connection(SSL_CTX *context, int port, int resumes) {
  int descriptor = connect_to(port);
  if (descriptor < 0) fail("connect: %s", strerror(errno));
  SSL *ssl = SSL_new(context);
  SSL_set_fd(ssl, descriptor);
  // The first connection has no session to resume.
  resumes = resumes && newest;
  if (resumes) SSL_set_session(ssl, newest);
  if (SSL_connect(ssl) != 1) fail("TLS: %s", ERR_reason_error_string(ERR_get_error()));
  if (SSL_session_reused(ssl) != resumes) fail("the session was not resumed");
  return ssl;
}

static void ask(SSL *ssl, const char *request, size_t request_bytes) {
  char bytes[16384];
  size_t count = 0;
  response answer;
  if (SSL_write(ssl, request, request_bytes) <= 0) fail("the connection ended");
  do {
    int got = SSL_read(ssl, bytes + count, sizeof bytes - count);
    if (got <= 0) fail("the connection ended within a response");
    count += got;
  } while (!find_response(bytes, bytes + count, &answer));
  if (answer.status != 200) fail("status %d", answer.status);
  if (!response_bytes) response_bytes = answer.bytes;
  if (count != response_bytes) fail("%zu bytes and not %zu", count, response_bytes);
}

// Waits for the server's close_notify, without which OpenSSL does not resume the session.
static void close_connection(SSL *ssl) {
  char byte;
  if (SSL_read(ssl, &byte, 1) > 0) fail("more came than was asked for");
  if (SSL_get_error(ssl, 0) != SSL_ERROR_ZERO_RETURN) fail("no close_notify");
  SSL_shutdown(ssl);
  close(SSL_get_fd(ssl));
  SSL_free(ssl);
}

int main(int count, char **arguments) {
  if (count != 6) fail("usage: tls PORT PATH SECONDS full|resumed|kept 1.2|1.3");
  int port = atoi(arguments[1]), resumes = !strcmp(arguments[4], "resumed"),
      keeps = !strcmp(arguments[4], "kept");
  uint64_t end = now_nanoseconds() + (uint64_t)(atof(arguments[3]) * 1e9);
  SSL_CTX *context = make_context(arguments[5]);
  char request[1024], cipher[64] = "none";
  size_t bytes = make_request(
      request, sizeof request, port, arguments[2], keeps ? "" : "Connection: close");
  size_t requests = 0;
  SSL *ssl = NULL;
  for (; now_nanoseconds() < end; requests++) {
    if (!ssl) ssl = open_connection(context, port, resumes);
    ask(ssl, request, bytes);
    snprintf(cipher, sizeof cipher, "%s", SSL_get_cipher_name(ssl));
    if (keeps) continue;
    close_connection(ssl);
    ssl = NULL;
  }
  printf("requests %zu bytes %zu cipher %s\n", requests, response_bytes, cipher);
}
