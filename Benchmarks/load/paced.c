// An open-loop client: requests are due at a fixed rate, whatever the server does.
//
// Usage: paced PORT PATH CONNECTIONS RATE SECONDS [sleep]
// Prints `count N rate R p50 A p90 B p99 C p999 D max E`, times in microseconds.
//
// wrk sends a request when the last one has been answered: a server that stalls is asked less while
// it stalls, and the stall is hardly seen. Here each request has a time at which it is due, and its
// latency counts from then, even if it had to wait for a connection to become free.
//
// The client spins on a core of its own, so that its own waking up is not in the figure. With
// `sleep` it does not: for when it shares the core with another load.
#include "client.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

typedef struct {
  int descriptor;
  uint64_t due;
  char bytes[4096];
  size_t count;
} connection;

static connection *clients;
static int *free_clients, free_count;
static uint32_t *latencies;
static size_t answered, capacity;
static int poller;

static void take_answer(connection *client) {
  ssize_t got =
      recv(client->descriptor, client->bytes + client->count,
           sizeof client->bytes - client->count, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) fail("a connection ended");
  client->count += got;
  response answer;
  if (!find_response(client->bytes, client->bytes + client->count, &answer)) return;
  if (answer.status != 200) fail("status %d", answer.status);
  uint64_t latency = now_nanoseconds() - client->due;
  if (answered < capacity) latencies[answered++] = latency > UINT32_MAX ? UINT32_MAX : latency;
  client->count = 0;
  free_clients[free_count++] = client - clients;
}

static int ascending(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

static double percentile(double share) {
  size_t index = share * answered;
  return latencies[index < answered ? index : answered - 1] / 1000.0;
}

static void open_connections(int port, int connections) {
  clients = calloc(connections, sizeof *clients);
  free_clients = calloc(connections, sizeof *free_clients);
  poller = epoll_create1(0);
  for (int index = 0; index < connections; index++) {
    int descriptor = connect_to(port);
    if (descriptor < 0) fail("connect: %s", strerror(errno));
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    clients[index].descriptor = descriptor;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
    free_clients[free_count++] = index;
  }
}

int main(int count, char **arguments) {
  if (count < 6) fail("usage: paced PORT PATH CONNECTIONS RATE SECONDS [sleep]");
  int port = atoi(arguments[1]), connections = atoi(arguments[3]);
  double rate = atof(arguments[4]), seconds = atof(arguments[5]);
  int sleeps = count > 6 && !strcmp(arguments[6], "sleep");
  prctl(PR_SET_TIMERSLACK, 1);
  open_connections(port, connections);
  char request[1024];
  size_t bytes = make_request(request, sizeof request, port, arguments[2], "");
  capacity = rate * seconds;
  latencies = calloc(capacity, sizeof *latencies);

  uint64_t start = now_nanoseconds(), patience = (seconds + 5) * 1e9;
  double interval = 1e9 / rate;
  size_t sent = 0;
  struct epoll_event events[256];
  while (answered < capacity) {
    uint64_t now = now_nanoseconds();
    // A server that cannot keep this rate up shows that in the latencies; it need not finish.
    if (now - start > patience) break;
    uint64_t due = start + (uint64_t)(sent * interval);
    while (sent < capacity && due <= now && free_count > 0) {
      connection *client = &clients[free_clients[--free_count]];
      client->due = due;
      send_all(client->descriptor, request, bytes);
      due = start + (uint64_t)(++sent * interval);
    }
    struct timespec wait = {0, 0};
    if (sleeps) wait.tv_nsec = sent < capacity && due > now ? due - now : 1000000;
    int ready = epoll_pwait2(poller, events, 256, &wait, NULL);
    for (int index = 0; index < ready; index++) take_answer(&clients[events[index].data.u32]);
  }
  double elapsed = (now_nanoseconds() - start) / 1e9;
  if (answered == 0) fail("no answers");
  qsort(latencies, answered, sizeof *latencies, ascending);
  printf("count %zu rate %.0f p50 %.1f p90 %.1f p99 %.1f p999 %.1f max %.1f\n", answered,
         answered / elapsed, percentile(0.5), percentile(0.9), percentile(0.99),
         percentile(0.999), percentile(1));
}
