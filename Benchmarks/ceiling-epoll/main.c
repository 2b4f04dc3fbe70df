// The minimal C baseline over epoll itself, without libuv: see ../ceiling-shared/answer.h.
//
// Build: cc -O2 -o ceiling-epoll main.c
// Run:   MACHINE_ID=1 PORT=8080 ceiling-epoll
//
// Level-triggered; one read and one write per event. It shows what libuv costs.
#include "../ceiling-shared/answer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
  int descriptor, closes;
  // An incomplete request, and output that the socket has not taken. Both are rare.
  kept_bytes rest, unsent;
};

static int poller;

static int close_connection(connection *client) {
  close(client->descriptor);
  free(client->rest.bytes);
  free(client->unsent.bytes);
  free(client);
  return 0;
}

static void watch(connection *client, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  epoll_ctl(poller, EPOLL_CTL_MOD, client->descriptor, &event);
}

// Writes what the system takes, keeps the rest. While there is a rest, nothing is read.
// Returns whether the connection is still open.
static int write_bytes(connection *client, const char *bytes, size_t count) {
  ssize_t written = write(client->descriptor, bytes, count);
  if (written < 0 && errno != EAGAIN) return close_connection(client);
  if (written < 0) written = 0;
  if ((size_t)written == count && client->closes) return close_connection(client);
  int was_waiting = client->unsent.bytes != NULL;
  if ((size_t)written < count || was_waiting)
    keep(&client->unsent, bytes + written, count - written);
  int is_waiting = client->unsent.bytes != NULL;
  if (was_waiting != is_waiting) watch(client, is_waiting ? EPOLLOUT : EPOLLIN);
  return 1;
}

static int write_out(connection *client, size_t count, int closes) {
  kept_bytes *unsent = &client->unsent;
  client->closes = closes;
  if (!unsent->bytes) return write_bytes(client, output, count);
  unsent->bytes = realloc(unsent->bytes, unsent->count + count);
  memcpy(unsent->bytes + unsent->count, output, count);
  unsent->count += count;
  return 1;
}

static void read_in(connection *client) {
  ssize_t count = read(client->descriptor, input, sizeof input);
  if (count > 0) answer_read(client, &client->rest, count);
  else if (count == 0 || errno != EAGAIN) close_connection(client);
}

static void accept_all(int listener) {
  int descriptor;
  while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    connection *client = calloc(1, sizeof *client);
    client->descriptor = descriptor;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
  }
}

static int listen_on(int port) {
  int listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  // Accepted sockets inherit it.
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
    perror("cannot listen");
    exit(69);
  }
  return listener;
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  prepare_answers();
  int listener = listen_on(number_from_environment("PORT", 8080));
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  struct epoll_event events[1024];
  while (1) {
    int count = epoll_wait(poller, events, 1024, -1);
    for (int index = 0; index < count; index++) {
      connection *client = events[index].data.ptr;
      if (!client) {
        accept_all(listener);
      } else if (client->unsent.bytes) {
        write_bytes(client, client->unsent.bytes, client->unsent.count);
      } else {
        read_in(client);
      }
    }
  }
}
