// The clients of one attack. scripts/attack starts them and says when to begin.
//
// Usage: clients MODE PORT CONNECTIONS REQUEST BYTES STATUS [SECONDS [RATE]]
// Each client sends REQUEST as often as BYTES has room for, at least once, pipelined. MODE is
//   once     all of it, then reads until the server closes: the last request asks for that
//   connect  the same, but opens the connections only when it begins
//   endless  again and again, for SECONDS, at RATE bytes a second in total; reads everything
//   drain    again and again, until the server has closed all; reads everything
//   unread   all of it, and reads nothing for SECONDS
//   expire   half a request, then waits until the server closes
//   close    nothing, and closes
// Prints `ready`, waits for a line on its standard input, and begins; prints `begun` when all have
// sent, or closed, in the last three modes. At the end, it prints
// `sent BYTES received BYTES closed CONNECTIONS`: those that the server has closed.
//
// In the last three modes, each connection has got a response before, so the server has accepted
// it. If the first response has another status than STATUS, that is an error.
#include "../../Benchmarks/load/client.h"

#include <stdbool.h>
#include <sys/epoll.h>

#define PATIENCE_SECONDS 100
#define READ_BYTES (1 << 20)
#define STATUS_BYTES 12
// The kernel buffers little for clients that do not read: their receive buffers are small, and so
// are their segments, by which the kernel sizes the server's send buffers.
#define UNREAD_ROOM_BYTES 4096
#define UNREAD_SEGMENT_BYTES 536

typedef struct {
  int descriptor;
  size_t sent;  // Of the message.
  size_t total_sent;
  char status[STATUS_BYTES];
  size_t status_count;
} client;

static client *clients;
static int connections, port, open_count, poller;
static const char *mode, *status;
static char *message;
static size_t message_bytes, sent_bytes, received_bytes;

static bool is(const char *name) { return !strcmp(mode, name); }
static bool sends_one_message(void) { return is("once") || is("connect"); }
static bool begins_at_once(void) { return is("unread") || is("expire") || is("close"); }
static bool repeats(void) { return is("endless") || is("drain"); }

// `request` as often as `bytes` has room for; the last one asks for the connection to be closed.
static void make_message(const char *request, size_t bytes) {
  static const char close_field[] = "Connection: close\r\n\r\n";
  size_t length = strlen(request), count = bytes / length > 1 ? bytes / length : 1;
  message = malloc(length * count + sizeof close_field);
  for (size_t index = 0; index < count; index++) memcpy(message + index * length, request, length);
  message_bytes = length * count;
  if (sends_one_message()) {
    memcpy(message + message_bytes - 2, close_field, sizeof close_field - 1);
    message_bytes += sizeof close_field - 3;
  } else if (is("expire")) {
    message_bytes = length - 2;  // The blank line is missing.
  }
}

static void watch(client *self, uint32_t events) {
  struct epoll_event event = {.events = events, .data.u32 = self - clients};
  int operation = events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
  if (epoll_ctl(poller, operation, self->descriptor, &event)) fail("epoll: %s", strerror(errno));
}

static void ask_for_health(client *self) {
  char request[256], bytes[4096];
  size_t got = 0;
  response answer;
  send_all(self->descriptor, request, make_request(request, sizeof request, port, "/health", ""));
  do {
    ssize_t more = recv(self->descriptor, bytes + got, sizeof bytes - got, 0);
    if (more <= 0) fail("connection %ld ended", (long)(self - clients));
    got += more;
  } while (!find_response(bytes, bytes + got, &answer));
  if (answer.status != 200) fail("connection %ld: %d", (long)(self - clients), answer.status);
}

static void begin_watching(client *self, int descriptor) {
  struct epoll_event event = {.events = 0, .data.u32 = self - clients};
  self->descriptor = descriptor;
  fcntl(descriptor, F_SETFL, O_NONBLOCK);
  if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event)) fail("epoll: %s", strerror(errno));
  open_count++;
}

// Begins to connect. A connection that is not established yet is not writable, and is waited for
// like any other that is not.
static int begin_connecting(bool waits) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (waits ? 0 : SOCK_NONBLOCK), 0);
  if (descriptor < 0) fail("socket: %s", strerror(errno));
  if (is("unread")) {
    int room = UNREAD_ROOM_BYTES, segment = UNREAD_SEGMENT_BYTES;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(descriptor, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
  }
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) {
    fail("connect: %s", strerror(errno));
  }
  return descriptor;
}

static void open_all(void) {
  for (int index = 0; index < connections; index++) {
    int descriptor = clients[index].descriptor = begin_connecting(true);
    if (begins_at_once() || is("drain")) ask_for_health(&clients[index]);
    begin_watching(&clients[index], descriptor);
  }
}

static void connect_all(void) {
  for (int index = 0; index < connections; index++) {
    begin_watching(&clients[index], begin_connecting(false));
  }
}

static void end(client *self) {
  watch(self, 0);
  close(self->descriptor);
  self->descriptor = -1;
  open_count--;
}

// Sends up to `most` bytes of what is left of the message. False if the connection is lost.
static bool send_more(client *self, size_t most) {
  size_t count = message_bytes - self->sent;
  if (count > most) count = most;
  ssize_t sent = send(self->descriptor, message + self->sent, count, MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN;
  self->sent += sent;
  self->total_sent += sent;
  sent_bytes += sent;
  if (self->sent == message_bytes && repeats()) self->sent = 0;
  return true;
}

// Reads what has come, and checks only the first status. False if the connection has ended.
static bool take(client *self) {
  size_t missing = STATUS_BYTES - self->status_count;
  ssize_t got = recv(self->descriptor, self->status + self->status_count,
                     missing ? missing : READ_BYTES, missing ? 0 : MSG_TRUNC);
  if (got < 0 && errno != EAGAIN && sends_one_message()) fail("reset: %s", strerror(errno));
  if (got < 0) return errno == EAGAIN;
  received_bytes += got;
  if (missing && (self->status_count += got) == STATUS_BYTES &&
      strncmp(self->status + 9, status, 3)) {
    fail("connection %ld was answered: %.12s", (long)(self - clients), self->status);
  }
  return got > 0;
}

// Handles the connections that are readable or writable, for `milliseconds` at most.
static void serve_ready(int milliseconds) {
  struct epoll_event events[256];
  int ready = epoll_wait(poller, events, 256, milliseconds);
  for (int index = 0; index < ready; index++) {
    client *self = &clients[events[index].data.u32];
    uint32_t happened = events[index].events;
    bool is_open = true;
    if (is("unread")) {
      is_open = !(happened & (EPOLLHUP | EPOLLRDHUP | EPOLLERR));
    } else if (happened & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
      is_open = take(self);
    }
    if (is_open && happened & EPOLLOUT) {
      is_open = send_more(self, SIZE_MAX);
      if (is_open && self->sent == message_bytes) watch(self, EPOLLIN);
    }
    if (is_open) continue;
    if (sends_one_message() && (self->sent < message_bytes || !self->status_count)) {
      fail("connection %ld was closed too early", (long)(self - clients));
    }
    end(self);
  }
}

// Sends what is due by now, in equal shares.
static void send_share(double seconds, double rate) {
  size_t due = rate * seconds / connections;
  for (int index = 0; index < connections; index++) {
    client *self = &clients[index];
    while (self->descriptor >= 0 && self->total_sent < due) {
      size_t before = self->total_sent;
      if (!send_more(self, due - before)) end(self);
      if (self->total_sent == before) break;
    }
  }
}

// Does what must reach the server at one instant.
static void begin(double rate) {
  if (is("connect")) connect_all();
  for (int index = 0; index < connections; index++) {
    client *self = &clients[index];
    if (is("close")) {
      end(self);
    } else if (begins_at_once()) {
      if (!send_more(self, SIZE_MAX) || self->sent < message_bytes) fail("%d cannot send", index);
      watch(self, is("unread") ? EPOLLRDHUP : EPOLLIN);
    } else {
      watch(self, rate > 0 ? EPOLLIN : EPOLLIN | EPOLLOUT);
    }
  }
  puts("begun");
  fflush(stdout);
}

static void attack(double seconds, double rate) {
  uint64_t start = now_nanoseconds();
  bool is_bounded = seconds > 0;
  begin(rate);
  while (open_count > 0) {
    double elapsed = (now_nanoseconds() - start) / 1e9;
    if (is_bounded && elapsed >= seconds) return;
    if (elapsed > PATIENCE_SECONDS) fail("%d connections are open for ever", open_count);
    if (rate > 0) send_share(elapsed, rate);
    serve_ready(5);
  }
}

int main(int count, char **arguments) {
  if (count < 7) fail("usage: clients MODE PORT CONNECTIONS REQUEST BYTES STATUS [SECONDS [RATE]]");
  mode = arguments[1];
  port = atoi(arguments[2]);
  connections = atoi(arguments[3]);
  make_message(arguments[4], atol(arguments[5]));
  status = arguments[6];
  double seconds = count > 7 ? atof(arguments[7]) : 0, rate = count > 8 ? atof(arguments[8]) : 0;
  clients = calloc(connections, sizeof *clients);
  poller = epoll_create1(EPOLL_CLOEXEC);
  alarm(2 * PATIENCE_SECONDS);

  if (!is("connect")) open_all();
  puts("ready");
  fflush(stdout);
  if (getchar() == EOF) return 1;
  attack(seconds, rate);
  int closed = is("close") ? 0 : connections - open_count;
  if (is("endless") && closed) fail("the server has closed %d connections", closed);
  printf("sent %zu received %zu closed %d\n", sent_bytes, received_bytes, closed);
}
