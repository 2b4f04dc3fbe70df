// Sends requests at fixed rates, whatever the server does (open loop), and measures latencies.
//
// Usage: paced PORT SECONDS PATH CONNECTIONS RATE [PATH CONNECTIONS RATE]...
//   Each PATH CONNECTIONS RATE is a group of clients. RATE: requests a second of all in the group;
//   0: each connection asks again as soon as it has its answer (closed loop).
// Prints a line for each group, `count N refused F rate R p50 A p99 B p999 C max D typical T`:
// answers with status 200, answers with status 503, the former per second, and their times in
// microseconds. T is the median of the p99 of each 2,000 answers in a row: a few stalls in a run
// move B, but hardly T.
//
// wrk sends a request when the last one has been answered: a server that stalls is asked less while
// it stalls, and the stall hardly shows. Here each request has a time at which it is due, and its
// latency counts from then, even if it had to wait for a connection to become free.
//
// The client spins on a core of its own, so that its own waking up is not in the figures. All
// groups are in one process for the same reason: two would wait for each other's time slices. They
// take turns of a few answers each, so that no group's answers lie unread behind another's.
//
// Nothing is counted before the warm-up has passed. Of a paced group, what is due in the SECONDS
// after it counts, and is waited for; of the others, what is answered in that time.
#include "client.h"

#include <sys/epoll.h>

enum { ANSWERS_PER_TURN = 8, WINDOW_ANSWERS = 2000, HIGHEST_RATE = 1000000, PATIENCE_SECONDS = 5 };
static const double WARM_UP_SECONDS = 0.5;

typedef struct {
  int descriptor;
  // When the request that is under way was due; 0 if there is none.
  uint64_t due;
  // The head, and as much of the body as came with it.
  char bytes[1024];
  size_t count;
  int status;
  // How much of the response has not come yet, once its head has.
  size_t rest;
} connection;

typedef struct {
  double rate;
  char request[1024];
  size_t request_bytes;
  connection *clients;
  int client_count;
  connection **free_clients;
  int free_count;
  int poller;
  size_t sent, to_send;
  // Of the responses with status 200, which must all have one length.
  size_t response_bytes;
  uint32_t *latencies;
  size_t answered, capacity, refused;
  uint64_t longest;
} group;

static uint64_t start, counted_from, end;

static void ask(group *asking, connection *client, uint64_t due) {
  client->due = due;
  send_all(client->descriptor, asking->request, asking->request_bytes);
}

static void record(group *asking, connection *client, uint64_t now) {
  uint64_t latency = now - client->due;
  uint64_t counts_at = asking->rate > 0 ? client->due : now;
  if (counts_at < counted_from || counts_at >= end) return;
  if (client->status == 503) {
    asking->refused++;
    return;
  }
  if (asking->answered == asking->capacity) fail("more answers than can be counted");
  asking->latencies[asking->answered++] = latency > UINT32_MAX ? UINT32_MAX : latency;
  if (latency > asking->longest) asking->longest = latency;
}

static void did_answer(group *asking, connection *client) {
  uint64_t now = now_nanoseconds();
  record(asking, client, now);
  client->due = client->count = 0;
  client->status = 0;
  if (asking->rate == 0 && now < end) ask(asking, client, now);
  else asking->free_clients[asking->free_count++] = client;
}

static void take_head(group *asking, connection *client) {
  response answer;
  if (!find_head(client->bytes, client->bytes + client->count, &answer)) {
    if (client->count == sizeof client->bytes) fail("a long head");
    return;
  }
  if (answer.status != 200 && answer.status != 503) fail("status %d", answer.status);
  if (answer.bytes < client->count) fail("more came than was asked for");
  if (answer.status == 200) {
    if (!asking->response_bytes) asking->response_bytes = answer.bytes;
    if (answer.bytes != asking->response_bytes) fail("a response of %zu bytes", answer.bytes);
  }
  client->status = answer.status;
  client->rest = answer.bytes - client->count;
}

static void take_bytes(group *asking, connection *client) {
  do {
    // The kernel discards the body and returns its length: this client must not be the bottleneck.
    int is_head = client->status == 0;
    ssize_t got =
        is_head ? recv(client->descriptor, client->bytes + client->count,
                       sizeof client->bytes - client->count, 0)
                : recv(client->descriptor, NULL, client->rest, MSG_TRUNC);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail("a connection ended");
    if (is_head) {
      client->count += got;
      take_head(asking, client);
    } else {
      client->rest -= got;
    }
  } while (client->status && client->rest > 0);
  if (client->status) did_answer(asking, client);
}

// One turn of a group: sends what is due, reads a few answers.
static void take_turn(group *asking) {
  while (asking->sent < asking->to_send && asking->free_count > 0) {
    uint64_t due = start + (uint64_t)(asking->sent * (1e9 / asking->rate));
    if (due > now_nanoseconds()) break;
    ask(asking, asking->free_clients[--asking->free_count], due);
    asking->sent++;
  }
  struct epoll_event events[ANSWERS_PER_TURN];
  int ready = epoll_wait(asking->poller, events, ANSWERS_PER_TURN, 0);
  for (int index = 0; index < ready; index++) take_bytes(asking, events[index].data.ptr);
}

static int is_done(const group *asking) {
  if (asking->rate == 0) return 1;
  return asking->sent == asking->to_send && asking->free_count == asking->client_count;
}

static group open_group(int port, double seconds, char **arguments) {
  group made = {.client_count = atoi(arguments[1]), .rate = atof(arguments[2])};
  made.request_bytes =
      make_request(made.request, sizeof made.request, port, arguments[0], "");
  made.to_send = made.rate * (WARM_UP_SECONDS + seconds);
  made.capacity = (made.rate > 0 ? made.rate : HIGHEST_RATE) * seconds + 1;
  made.latencies = calloc(made.capacity, sizeof *made.latencies);
  made.clients = calloc(made.client_count, sizeof *made.clients);
  made.free_clients = calloc(made.client_count, sizeof *made.free_clients);
  made.poller = epoll_create1(0);
  for (int index = 0; index < made.client_count; index++) {
    connection *client = &made.clients[index];
    client->descriptor = connect_to(port);
    if (client->descriptor < 0) fail("connect: %s", strerror(errno));
    fcntl(client->descriptor, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    epoll_ctl(made.poller, EPOLL_CTL_ADD, client->descriptor, &event);
    made.free_clients[made.free_count++] = client;
  }
  return made;
}

static int ascending(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

// In microseconds, of sorted latencies.
static double percentile(const uint32_t *sorted, size_t count, double share) {
  size_t index = share * count;
  return sorted[index < count ? index : count - 1] / 1000.0;
}

// The median of the windows' p99, in microseconds, 0 if there is no whole window. Sorts each.
static double typical_p99(uint32_t *latencies, size_t count) {
  size_t window_count = count / WINDOW_ANSWERS;
  uint32_t *found = calloc(window_count + 1, sizeof *found);
  for (size_t index = 0; index < window_count; index++) {
    uint32_t *window = latencies + index * WINDOW_ANSWERS;
    qsort(window, WINDOW_ANSWERS, sizeof *window, ascending);
    found[index] = window[WINDOW_ANSWERS * 99 / 100];
  }
  qsort(found, window_count, sizeof *found, ascending);
  double median = window_count ? percentile(found, window_count, 0.5) : 0;
  free(found);
  return median;
}

static void print(group *asking, double seconds) {
  if (asking->answered == 0) fail("no answers");
  // A request without a response has the longest wait of all.
  uint64_t now = now_nanoseconds();
  for (int index = 0; index < asking->client_count; index++) {
    uint64_t due = asking->clients[index].due;
    if (due && now - due > asking->longest) asking->longest = now - due;
  }
  uint32_t *latencies = asking->latencies;
  size_t count = asking->answered;
  double typical = typical_p99(latencies, count);
  qsort(latencies, count, sizeof *latencies, ascending);
  if (typical == 0) typical = percentile(latencies, count, 0.99);
  printf("count %zu refused %zu rate %.0f ", count, asking->refused, count / seconds);
  printf("p50 %.1f p99 %.1f p999 %.1f max %.1f typical %.1f\n",
         percentile(latencies, count, 0.5), percentile(latencies, count, 0.99),
         percentile(latencies, count, 0.999),
         asking->longest / 1000.0, typical);
}

int main(int count, char **arguments) {
  if (count < 6 || count % 3) fail("usage: paced PORT SECONDS PATH CONNECTIONS RATE...");
  int port = atoi(arguments[1]), group_count = count / 3 - 1;
  double seconds = atof(arguments[2]);
  group *groups = calloc(group_count, sizeof *groups);
  for (int index = 0; index < group_count; index++)
    groups[index] = open_group(port, seconds, arguments + 3 + index * 3);

  start = now_nanoseconds();
  counted_from = start + (uint64_t)(WARM_UP_SECONDS * 1e9);
  end = counted_from + (uint64_t)(seconds * 1e9);
  for (int index = 0; index < group_count; index++) {
    group *asking = &groups[index];
    while (asking->rate == 0 && asking->free_count > 0)
      ask(asking, asking->free_clients[--asking->free_count], now_nanoseconds());
  }
  int are_done = 0;
  while (!are_done || now_nanoseconds() < end) {
    // A server that cannot keep a rate up shows that in the latencies; it need not finish.
    if (now_nanoseconds() > end + PATIENCE_SECONDS * 1000000000ull) break;
    are_done = 1;
    for (int index = 0; index < group_count; index++) {
      take_turn(&groups[index]);
      are_done &= is_done(&groups[index]);
    }
  }
  for (int index = 0; index < group_count; index++) print(&groups[index], seconds);
}
