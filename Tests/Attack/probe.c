// Asks for /health at fixed times, whatever the server does, and measures the latencies.
//
// Usage: probe PORT INTERVAL_MICROSECONDS NEW_LIMIT
// Prints `ready`, and begins when a line comes on its standard input. Until its standard input
// ends, two requests are due in each interval: one on a connection that stays open, half an
// interval later one on a new connection. Then it waits for the last responses.
// Prints `kept COUNT P50 P99 MAX new COUNT P50 P99 MAX silence LONGEST`, times in microseconds: the
// silence is the longest time without a response of either kind.
//
// A latency counts from when the request was due. On the connection that stays open, requests do
// not wait for responses: they are pipelined. New connections wait while NEW_LIMIT of them are
// open, so that they do not use up those that the server allows.
#include "../../Benchmarks/load/client.h"

#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#define KEPT UINT32_MAX
#define EVENT_LIMIT 256
#define PATIENCE_NANOSECONDS 30000000000ull
#define LONGEST_SECONDS 240  // Of the whole run.
#define BUFFER_BYTES 65536

typedef struct {
  uint64_t *nanoseconds;
  size_t count, room;
} latencies;

typedef struct {
  int descriptor;
  bool has_asked;
  uint64_t due;
  char bytes[1024];
  size_t count;
} new_connection;

static new_connection *slots;
static latencies kept, opened;
static int port, poller, kept_descriptor, new_limit, open_count;
static char kept_bytes[BUFFER_BYTES], kept_request[256], new_request[256];
static size_t kept_count, kept_request_bytes, new_request_bytes;
static uint64_t start, interval, last_answer, silence;

static void record(latencies *all, uint64_t due) {
  uint64_t now = now_nanoseconds();
  if (all->count == all->room) {
    all->room = all->room ? all->room * 2 : 4096;
    all->nanoseconds = realloc(all->nanoseconds, all->room * sizeof *all->nanoseconds);
  }
  all->nanoseconds[all->count++] = now - due;
  if (now - last_answer > silence) silence = now - last_answer;
  last_answer = now;
}

static void watch(int operation, int descriptor, uint32_t events, uint32_t index) {
  struct epoll_event event = {.events = events, .data.u32 = index};
  if (epoll_ctl(poller, operation, descriptor, &event)) fail("epoll: %s", strerror(errno));
}

static void check(const response *answer) {
  if (answer->status != 200) fail("/health is answered with %d", answer->status);
}

static void take_kept(void) {
  ssize_t got = recv(kept_descriptor, kept_bytes + kept_count, BUFFER_BYTES - kept_count, 0);
  if (got <= 0) fail("the connection ended: %s", got ? strerror(errno) : "closed");
  const char *next = kept_bytes, *all = kept_bytes + kept_count + got;
  response answer;
  for (; find_response(next, all, &answer); next += answer.bytes) {
    check(&answer);
    record(&kept, start + kept.count * interval);
  }
  kept_count = all - next;
  memmove(kept_bytes, next, kept_count);
}

// Handles an event on a new connection, which may still be connecting.
static void step(new_connection *self) {
  int index = self - slots;
  if (!self->has_asked) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(self->descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) fail("connect: %s", strerror(error));
    send_all(self->descriptor, new_request, new_request_bytes);
    self->has_asked = true;
    watch(EPOLL_CTL_MOD, self->descriptor, EPOLLIN, index);
    return;
  }
  ssize_t got = recv(self->descriptor, self->bytes + self->count,
                     sizeof self->bytes - self->count, 0);
  if (got <= 0) fail("a new connection ended: %s", got ? strerror(errno) : "closed");
  self->count += got;
  response answer;
  if (!find_response(self->bytes, self->bytes + self->count, &answer)) return;
  check(&answer);
  record(&opened, self->due);
  close(self->descriptor);
  self->descriptor = -1;
  open_count--;
}

static void open_new(uint64_t due) {
  int index = 0;
  while (slots[index].descriptor >= 0) index++;
  new_connection *self = &slots[index];
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  self->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->descriptor < 0) fail("socket: %s", strerror(errno));
  self->has_asked = false;
  self->due = due;
  self->count = 0;
  open_count++;
  int status = connect(self->descriptor, (struct sockaddr *)&address, sizeof address);
  if (status && errno != EINPROGRESS) fail("connect: %s", strerror(errno));
  watch(EPOLL_CTL_ADD, self->descriptor, EPOLLOUT, index);
  if (status == 0) step(self);
}

static bool was_told_to_stop(void) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  return poll(&input, 1, 0) == 1;
}

// Waits for one response, so that the server has accepted the connection that stays open.
static void ask_once(void) {
  response answer;
  send_all(kept_descriptor, kept_request, kept_request_bytes);
  ssize_t got = recv(kept_descriptor, kept_bytes, BUFFER_BYTES, 0);
  if (got <= 0 || !find_response(kept_bytes, kept_bytes + got, &answer)) fail("no answer");
  check(&answer);
}

static int ascending(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

static void print(const char *name, latencies *all) {
  if (all->count == 0) fail("no answer");
  qsort(all->nanoseconds, all->count, sizeof *all->nanoseconds, ascending);
  printf("%s %zu %.0f %.0f %.0f ", name, all->count, all->nanoseconds[all->count / 2] / 1e3,
         all->nanoseconds[all->count * 99 / 100] / 1e3, all->nanoseconds[all->count - 1] / 1e3);
}

static void run(void) {
  size_t kept_sent = 0, new_sent = 0;
  bool is_stopping = false;
  uint64_t stop = 0;
  struct epoll_event events[EVENT_LIMIT];
  while (1) {
    uint64_t now = now_nanoseconds();
    if (!is_stopping && was_told_to_stop()) is_stopping = true, stop = now;
    uint64_t kept_due = start + kept_sent * interval;
    uint64_t new_due = start + new_sent * interval + interval / 2;
    if (is_stopping) {
      if (kept.count == kept_sent && opened.count == new_sent && new_due > stop) return;
      if (now - stop > PATIENCE_NANOSECONDS) fail("/health is not answered for 30 s");
    }
    if (!is_stopping && kept_due <= now) {
      send_all(kept_descriptor, kept_request, kept_request_bytes);
      kept_due = start + ++kept_sent * interval;
    }
    // Requests that were due before the end are still sent.
    bool may_open = open_count < new_limit;
    if (may_open && new_due <= (is_stopping ? stop : now)) {
      open_new(new_due);
      new_due = start + ++new_sent * interval + interval / 2;
    }
    uint64_t due = open_count < new_limit && new_due < kept_due ? new_due : kept_due;
    now = now_nanoseconds();
    uint64_t rest = is_stopping ? 1000000 : due > now ? due - now : 0;
    struct timespec wait = {0, rest};
    int ready = epoll_pwait2(poller, events, EVENT_LIMIT, &wait, NULL);
    for (int index = 0; index < ready; index++) {
      if (events[index].data.u32 == KEPT) {
        take_kept();
      } else {
        step(&slots[events[index].data.u32]);
      }
    }
  }
}

int main(int count, char **arguments) {
  if (count != 4) fail("usage: probe PORT INTERVAL_MICROSECONDS NEW_LIMIT");
  port = atoi(arguments[1]);
  alarm(LONGEST_SECONDS);
  interval = atol(arguments[2]) * 1000ull;
  new_limit = atoi(arguments[3]);
  slots = calloc(new_limit, sizeof *slots);
  // It shares its core with the attack's clients; where that is allowed, it runs before them.
  sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
  prctl(PR_SET_TIMERSLACK, 1);
  kept_request_bytes = make_request(kept_request, sizeof kept_request, port, "/health", "");
  new_request_bytes =
      make_request(new_request, sizeof new_request, port, "/health", "Connection: close");
  for (int index = 0; index < new_limit; index++) slots[index].descriptor = -1;
  poller = epoll_create1(EPOLL_CLOEXEC);
  kept_descriptor = connect_to(port);
  if (kept_descriptor < 0) fail("connect: %s", strerror(errno));
  watch(EPOLL_CTL_ADD, kept_descriptor, EPOLLIN, KEPT);
  ask_once();
  char line[16];
  puts("ready");
  fflush(stdout);
  if (read(STDIN_FILENO, line, sizeof line) <= 0) return 1;
  start = last_answer = now_nanoseconds();
  run();
  print("kept", &kept);
  print("new", &opened);
  printf("silence %.0f\n", silence / 1e3);
}
