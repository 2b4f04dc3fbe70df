// The minimal C baseline over libuv: see ../ceiling-shared/answer.h.
//
// Build: cc -O2 -o ceiling-libuv main.c -luv
// Run:   MACHINE_ID=1 PORT=8080 [DEFER_ACCEPT=1] ceiling-libuv
//
// One read buffer for all connections, one uv_try_write for the answers to one read. A connection
// at rest is its handle and the pointer to an incomplete request, which it does not have.
//
// With DEFER_ACCEPT, the kernel hands connections over with their first bytes, as for idgen, and
// they are read from before libuv watches them.
#include "../ceiling-shared/answer.h"

#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <uv.h>

struct connection {
  uv_tcp_t tcp;
  kept_bytes rest;
};

typedef struct {
  uv_write_t request;
  int closes;
  char bytes[];
} queued_write;

static int defers_accept;

static void did_close(uv_handle_t *handle) {
  free(((connection *)handle)->rest.bytes);
  free(handle);
}

static void close_connection(connection *client) {
  if (!uv_is_closing((uv_handle_t *)client)) uv_close((uv_handle_t *)client, did_close);
}

static void did_write(uv_write_t *request, int status) {
  queued_write *write = (queued_write *)request;
  if (status < 0 || write->closes) close_connection((connection *)request->handle);
  free(write);
}

// Writes what the system takes, queues the rest. No bound: a baseline trusts its clients.
static int write_out(connection *client, size_t count, int closes) {
  uv_buf_t buffer = uv_buf_init(output, count);
  int written = uv_try_write((uv_stream_t *)client, &buffer, 1);
  if (written < 0) written = 0;
  if ((size_t)written == count) {
    if (closes) close_connection(client);
    return !closes;
  }
  queued_write *write = malloc(sizeof *write + count - written);
  write->closes = closes;
  memcpy(write->bytes, output + written, count - written);
  buffer = uv_buf_init(write->bytes, count - written);
  uv_write(&write->request, (uv_stream_t *)client, &buffer, 1, did_write);
  return 1;
}

static void will_read(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  *buffer = uv_buf_init(input, sizeof input);
}

static void did_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
  connection *client = (connection *)stream;
  if (count < 0) close_connection(client);
  if (count > 0) answer_read(client, &client->rest, count);
}

static void did_connect(uv_stream_t *listener, int status) {
  if (status < 0) return;
  connection *client = malloc(sizeof *client);
  client->rest = (kept_bytes){0};
  uv_tcp_init(listener->loop, &client->tcp);
  if (uv_accept(listener, (uv_stream_t *)client)) return close_connection(client);
  if (defers_accept) {
    uv_os_fd_t descriptor;
    uv_fileno((uv_handle_t *)client, &descriptor);
    ssize_t count = recv(descriptor, input, sizeof input, 0);
    if (count == 0) close_connection(client);
    if (count > 0) answer_read(client, &client->rest, count);
    if (uv_is_closing((uv_handle_t *)client)) return;
  }
  uv_read_start((uv_stream_t *)client, will_read, did_read);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  defers_accept = number_from_environment("DEFER_ACCEPT", 0);
  int port = number_from_environment("PORT", 8080);
  prepare_answers();
  uv_tcp_t listener;
  struct sockaddr_in6 address;
  uv_ip6_addr("::", port, &address);
  uv_tcp_init(uv_default_loop(), &listener);
  int status = uv_tcp_bind(&listener, (struct sockaddr *)&address, 0);
  // Accepted sockets inherit it.
  if (!status) status = uv_tcp_nodelay(&listener, 1);
  if (!status && defers_accept) {
    uv_os_fd_t descriptor;
    uv_fileno((uv_handle_t *)&listener, &descriptor);
    setsockopt(descriptor, IPPROTO_TCP, TCP_DEFER_ACCEPT, &defers_accept, sizeof defers_accept);
  }
  if (!status) status = uv_listen((uv_stream_t *)&listener, 4096, did_connect);
  if (status) {
    fprintf(stderr, "cannot listen on port %d: %s\n", port, uv_strerror(status));
    return 69;
  }
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
