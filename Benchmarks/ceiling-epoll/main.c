// The least server over epoll itself, without libuv: see ../ceiling-shared/answer.h.
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

typedef struct {
  int descriptor;
  // An incomplete request, and output that the socket has not taken. Both are rare.
  char *rest, *unsent;
  size_t rest_bytes, unsent_bytes;
  int closes;
} connection;

static char input[READ_BYTES];
static char output[TURN_BYTES + LONGEST_ANSWER_BYTES];
static int poller;

static void close_connection(connection *client) {
  close(client->descriptor);
  free(client->rest);
  free(client->unsent);
  free(client);
}

static void watch(connection *client, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  epoll_ctl(poller, EPOLL_CTL_MOD, client->descriptor, &event);
}

// Replaces `*kept` by a copy of these bytes, which may lie in it.
static void keep(char **kept, size_t *kept_bytes, const char *bytes, size_t count) {
  char *copy = NULL;
  if (count > 0) {
    copy = malloc(count);
    memcpy(copy, bytes, count);
  }
  free(*kept);
  *kept = copy;
  *kept_bytes = count;
}

// Writes what the system takes, keeps the rest. While there is a rest, nothing is read.
// Returns whether the connection is still there.
static int write_out(connection *client, const char *bytes, size_t count) {
  if (client->unsent && bytes != client->unsent) {
    client->unsent = realloc(client->unsent, client->unsent_bytes + count);
    memcpy(client->unsent + client->unsent_bytes, bytes, count);
    client->unsent_bytes += count;
    return 1;
  }
  ssize_t written = write(client->descriptor, bytes, count);
  if (written < 0 && errno != EAGAIN) {
    close_connection(client);
    return 0;
  }
  if (written < 0) written = 0;
  int was_waiting = client->unsent != NULL;
  if ((size_t)written == count && client->closes) {
    close_connection(client);
    return 0;
  }
  if ((size_t)written < count || was_waiting)
    keep(&client->unsent, &client->unsent_bytes, bytes + written, count - written);
  if (was_waiting != (client->unsent != NULL)) watch(client, client->unsent ? EPOLLOUT : EPOLLIN);
  return 1;
}

static void answer_all(connection *client, const char *start, const char *end) {
  int64_t now = unix_milliseconds();
  char *out = output;
  const char *next;
  while (!client->closes && (next = request_end(start, end, &client->closes))) {
    out = append_answer(out, start, next, &now, client->closes);
    start = next;
    if (out - output > TURN_BYTES) {
      if (!write_out(client, output, out - output)) return;
      out = output;
    }
  }
  if (start < end || client->rest) keep(&client->rest, &client->rest_bytes, start, end - start);
  if (out > output) write_out(client, output, out - output);
}

static void read_in(connection *client) {
  ssize_t count = read(client->descriptor, input, sizeof input);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return close_connection(client);
  if (!client->rest) return answer_all(client, input, input + count);
  size_t bytes = client->rest_bytes + count;
  char *joined = malloc(bytes);
  memcpy(joined, client->rest, client->rest_bytes);
  memcpy(joined + client->rest_bytes, input, count);
  answer_all(client, joined, joined + bytes);
  free(joined);
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
  machine_id = number_from_environment("MACHINE_ID", 1);
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
      } else if (client->unsent) {
        write_out(client, client->unsent, client->unsent_bytes);
      } else {
        read_in(client);
      }
    }
  }
}
