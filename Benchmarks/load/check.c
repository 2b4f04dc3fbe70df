// Collects every answer of a bounded run and checks it: the status, the length, the machine ID,
// that IDs ascend on each connection, that their time is the run's, and that none came twice.
//
// Usage: check PORT PATH CONNECTIONS DEPTH REQUESTS [close] [fixed]
//   close: each request has a connection of its own. fixed: the body is constant, not an ID.
// Prints `requests R ids N bytes B`; B is the whole response's length, 0 if it varies.
// Exit status 3: the server has no such resource.
#include "client.h"

typedef struct {
  int descriptor;
  uint64_t last_id;
  char *bytes;
  size_t count, capacity;
} connection;

static uint64_t *ids;
static size_t id_count, id_capacity;
static size_t response_bytes;
static int response_bytes_vary, is_fixed;

static void take_id(uint64_t id, connection *client) {
  if (id <= client->last_id) fail("%lu came after %lu", id, client->last_id);
  client->last_id = id;
  if (id_count == id_capacity) {
    id_capacity = id_capacity ? id_capacity * 2 : 65536;
    ids = realloc(ids, id_capacity * sizeof *ids);
  }
  ids[id_count++] = id;
}

// Both shapes, `{"id": 1, "machine_id": 1}` and `{"ids": [1, 2], "machine_id": 1}`: all the numbers
// in front of the last are IDs.
static void take_body(const response *answer, connection *client) {
  const char *end = answer->body + answer->body_bytes;
  size_t before = id_count;
  uint64_t number = 0, machine_id = UINT64_MAX;
  int has_number = 0;
  for (const char *byte = answer->body; byte < end; byte++) {
    if (*byte >= '0' && *byte <= '9') {
      number = number * 10 + (*byte - '0');
      has_number = 1;
    } else if (has_number) {
      if (*byte == '}') machine_id = number;
      else take_id(number, client);
      number = has_number = 0;
    }
  }
  int is_right = id_count > before;
  for (size_t index = before; index < id_count; index++)
    is_right &= (ids[index] >> 12 & 1023) == machine_id;
  if (!is_right) fail("unexpected body: %.*s", (int)answer->body_bytes, answer->body);
}

static void take_response(const response *answer, connection *client) {
  if (answer->status == 404) exit(3);
  if (answer->status != 200) fail("status %d", answer->status);
  if (response_bytes && response_bytes != answer->bytes) response_bytes_vary = 1;
  response_bytes = answer->bytes;
  if (!is_fixed) take_body(answer, client);
}

static void read_responses(connection *client, int count) {
  size_t start = 0;
  while (count > 0) {
    response answer;
    if (find_response(client->bytes + start, client->bytes + client->count, &answer)) {
      take_response(&answer, client);
      start += answer.bytes;
      count--;
      continue;
    }
    if (client->capacity - client->count < 65536) {
      client->capacity = client->capacity * 2 + 65536;
      client->bytes = realloc(client->bytes, client->capacity);
    }
    ssize_t got = recv(client->descriptor, client->bytes + client->count, 65536, 0);
    if (got <= 0) fail("the connection ended with %d answers to come", count);
    client->count += got;
  }
  if (start != client->count) fail("more came than was asked for");
  client->count = 0;
}

static int ascending(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

static uint64_t unix_milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (uint64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void check_ids(uint64_t earliest, uint64_t latest) {
  qsort(ids, id_count, sizeof *ids, ascending);
  for (size_t index = 0; index < id_count; index++) {
    if (index > 0 && ids[index] == ids[index - 1]) fail("%lu came twice", ids[index]);
    uint64_t time = (ids[index] >> 22) + 1704067200000;
    if (time < earliest || time > latest) fail("%lu is not of this time", ids[index]);
  }
}

int main(int count, char **arguments) {
  if (count < 6) fail("usage: check PORT PATH CONNECTIONS DEPTH REQUESTS [close] [fixed]");
  int port = atoi(arguments[1]), depth = atoi(arguments[4]), closes = 0;
  size_t connections = atoi(arguments[3]), requests = atoi(arguments[5]);
  for (int index = 6; index < count; index++) {
    closes |= !strcmp(arguments[index], "close");
    is_fixed |= !strcmp(arguments[index], "fixed");
  }
  char request[1024];
  const char *field = closes ? "Connection: close" : "";
  size_t bytes = make_request(request, sizeof request, port, arguments[2], field);
  char *batch = malloc(bytes * depth);
  for (int index = 0; index < depth; index++) memcpy(batch + bytes * index, request, bytes);

  uint64_t start = unix_milliseconds();
  connection *clients = calloc(connections, sizeof *clients);
  for (size_t index = 0; index < connections; index++) clients[index].descriptor = -1;
  size_t done = 0;
  while (done < requests) {
    for (size_t index = 0; index < connections; index++) {
      connection *client = &clients[index];
      if (client->descriptor < 0) client->descriptor = connect_to(port);
      if (client->descriptor < 0) fail("connect: %s", strerror(errno));
      send_all(client->descriptor, batch, bytes * depth);
    }
    for (size_t index = 0; index < connections; index++) {
      read_responses(&clients[index], depth);
      done += depth;
      if (!closes) continue;
      char byte;
      if (recv(clients[index].descriptor, &byte, 1, 0) != 0) fail("the connection stayed open");
      close(clients[index].descriptor);
      clients[index].descriptor = -1;
    }
  }
  check_ids(start, unix_milliseconds());
  printf("requests %zu ids %zu bytes %zu\n", done, id_count,
         response_bytes_vary ? 0 : response_bytes);
}
