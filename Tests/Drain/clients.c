// Clients with a connection for each request, until the server refuses them: what became of each.
//
// Usage: clients HOST PORT CLIENTS PAUSE
// HOST is a numeric address. Each client waits PAUSE milliseconds between connecting and sending.
// Prints the number of connections, and of those that were answered, reset, and ended unanswered.
//
// A connection counts once it is established. If the server does not complete a handshake, the
// client's kernel sends another SYN after a second, which is refused when the server has gone.
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define fail(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))
#define CLIENT_LIMIT 1024

typedef struct {
  pthread_t thread;
  long connections, answered, reset, unanswered;
} client;

static const char request[] =
    "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
static struct addrinfo *server;
static struct timespec pause_time;

// Counts one connection, which is established, by its outcome.
static void ask(client *self, int descriptor) {
  char answer[1024];
  self->connections++;
  nanosleep(&pause_time, NULL);
  ssize_t count = send(descriptor, request, sizeof request - 1, MSG_NOSIGNAL);
  if (count > 0) count = recv(descriptor, answer, sizeof answer, 0);
  if (count > 12 && !memcmp(answer, "HTTP/1.1 200", 12)) {
    self->answered++;
  } else if (count < 0 && (errno == ECONNRESET || errno == EPIPE)) {
    self->reset++;
  } else {
    self->unanswered++;
  }
}

static void *run(void *argument) {
  struct timeval limit = {.tv_sec = 10};
  while (1) {
    int descriptor = socket(server->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) fail("socket: %s", strerror(errno));
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);  // connect's, too.
    int status = connect(descriptor, server->ai_addr, server->ai_addrlen);
    if (status == 0) {
      ask(argument, descriptor);
    } else if (errno == ECONNRESET) {  // Established and reset before connect returned.
      ((client *)argument)->connections++;
      ((client *)argument)->reset++;
    } else if (errno == ECONNREFUSED) {
      close(descriptor);
      return NULL;
    } else {
      fail("connect: %s", strerror(errno));
    }
    close(descriptor);
  }
}

int main(int count, char **arguments) {
  if (count != 5) fail("usage: clients HOST PORT CLIENTS PAUSE");
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
  if (getaddrinfo(arguments[1], arguments[2], &hints, &server)) fail("no such address");
  int clients = atoi(arguments[3]), milliseconds = atoi(arguments[4]);
  if (clients < 1 || clients > CLIENT_LIMIT) fail("1 to %d clients", CLIENT_LIMIT);
  pause_time.tv_sec = milliseconds / 1000;
  pause_time.tv_nsec = milliseconds % 1000 * 1000000L;
  alarm(60);
  static client all[CLIENT_LIMIT];
  for (int index = 0; index < clients; index++) {
    if (pthread_create(&all[index].thread, NULL, run, &all[index])) fail("no thread");
  }
  client sum = {0};
  for (int index = 0; index < clients; index++) {
    pthread_join(all[index].thread, NULL);
    sum.connections += all[index].connections;
    sum.answered += all[index].answered;
    sum.reset += all[index].reset;
    sum.unanswered += all[index].unanswered;
  }
  printf("%ld %ld %ld %ld\n", sum.connections, sum.answered, sum.reset, sum.unanswered);
}
