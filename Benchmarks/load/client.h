// What the load programs share: connecting, requests, and finding responses in what has come.
#ifndef CLIENT_H
#define CLIENT_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define fail(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))

static inline uint64_t now_nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// A connection to a port of this host, or -1.
static inline int connect_to(int port) {
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail("socket: %s", strerror(errno));
  int yes = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
  close(descriptor);
  return -1;
}

// The request that wrk sends, with one more field line if `field` is not empty.
static inline size_t make_request(
    char *buffer, size_t capacity, int port, const char *path, const char *field) {
  return snprintf(buffer, capacity, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s%s\r\n", path,
                  port, field, *field ? "\r\n" : "");
}

static inline void send_all(int descriptor, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
    if (sent < 0) fail("send: %s", strerror(errno));
    bytes += sent;
    count -= sent;
  }
}

typedef struct {
  int status;
  const char *body;
  size_t body_bytes;
  // Of the whole response.
  size_t bytes;
} response;

// Finds the head of the response that begins at `start`, and with it the response's length. Returns
// 0 if the head's end has not come.
static inline int find_head(const char *start, const char *end, response *found) {
  const char *blank = memmem(start, end - start, "\r\n\r\n", 4);
  if (!blank) return 0;
  if (strncmp(start, "HTTP/1.1 ", 9)) fail("not a response: %.40s", start);
  found->status = atoi(start + 9);
  found->body = blank + 4;
  found->body_bytes = SIZE_MAX;
  for (const char *line = start; line < blank;) {
    line = (const char *)memchr(line, '\n', end - line) + 1;
    if (!strncasecmp(line, "Content-Length:", 15)) found->body_bytes = atol(line + 15);
  }
  if (found->body_bytes == SIZE_MAX) fail("a response without Content-Length");
  found->bytes = found->body + found->body_bytes - start;
  return 1;
}

// Finds the response that begins at `start`. Returns 0 if its end has not come.
static inline int find_response(const char *start, const char *end, response *found) {
  return find_head(start, end, found) && (size_t)(end - start) >= found->bytes;
}

#endif
