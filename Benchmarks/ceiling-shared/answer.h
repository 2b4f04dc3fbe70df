// What both minimal C baselines share: real Snowflake IDs, the very bytes that idgen answers with,
// and how a read is answered.
//
// A baseline is the smallest program that does the same for the client: it validates nothing, has
// no limits and reads no field but one. What idgen costs more is the price of serving clients that
// it cannot trust.
#ifndef ANSWER_H
#define ANSWER_H

#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  READ_BYTES = 65536,
  // When the output has more than this, it is written before the next request is answered.
  FULL_BYTES = 262144,
  // The longest answer is a batch of 4096 IDs of 18 digits and two separating bytes each.
  LONGEST_ANSWER_BYTES = 4096 * 20 + 1024,
};

static int number_from_environment(const char *name, int otherwise) {
  const char *text = getenv(name);
  return text ? atoi(text) : otherwise;
}

static int machine_id;

// MARK: IDs

static int64_t last_timestamp;
static unsigned last_sequence;

static int64_t unix_milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// The next ID. It spins until the next millisecond when this one's 4096 are used up, and while the
// clock is behind: a whole core is the price of waiting without another line of code.
static uint64_t next_id(int64_t *now) {
  int64_t timestamp = *now - 1704067200000;
  if (timestamp > last_timestamp) {
    last_timestamp = timestamp;
    last_sequence = 0;
  } else if (timestamp == last_timestamp && last_sequence < 4095) {
    last_sequence++;
  } else {
    while ((*now = unix_milliseconds()) - 1704067200000 <= last_timestamp) {}
    last_timestamp = *now - 1704067200000;
    last_sequence = 0;
  }
  return (uint64_t)last_timestamp << 22 | (uint64_t)machine_id << 12 | last_sequence;
}

// MARK: Digits

static char digit_pairs[200];

// IDs have exactly 18 digits from January 2024 to July 2031.
static char *append_id(char *out, uint64_t id) {
  for (int place = 16; place >= 0; place -= 2) {
    memcpy(out + place, digit_pairs + id % 100 * 2, 2);
    id /= 100;
  }
  return out + 18;
}

// MARK: Answers

// Heads are made once a second, for the sake of their Date; an answer to /id is then three copies.
static char id_head[256], closing_id_head[256], health[256], not_found[256], tail[64];
static size_t id_head_bytes, closing_id_head_bytes, health_bytes, not_found_bytes, tail_bytes;
static int64_t head_second = -1;
static char date[32];

static void make_heads(int64_t second) {
  head_second = second;
  struct tm utc;
  time_t seconds = second;
  gmtime_r(&seconds, &utc);
  strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
  tail_bytes = sprintf(tail, ", \"machine_id\": %d}", machine_id);
  int length = 7 + 18 + tail_bytes;
  const char *id_format = "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: application/json\r\n"
                          "Content-Length: %d\r\nCache-Control: no-store\r\n%s\r\n{\"id\": ";
  id_head_bytes = sprintf(id_head, id_format, date, length, "");
  closing_id_head_bytes =
      sprintf(closing_id_head, id_format, date, length, "Connection: close\r\n");
  health_bytes = sprintf(health, "HTTP/1.1 200 OK\r\nDate: %s\r\n"
                                 "Content-Type: text/plain; charset=utf-8\r\n"
                                 "Content-Length: 2\r\n\r\nok", date);
  not_found_bytes = sprintf(not_found, "HTTP/1.1 404 Not Found\r\nDate: %s\r\n"
                                       "Content-Length: 0\r\n\r\n", date);
}

static void prepare_answers(void) {
  machine_id = number_from_environment("MACHINE_ID", 1);
  for (int pair = 0; pair < 100; pair++) {
    digit_pairs[pair * 2] = '0' + pair / 10;
    digit_pairs[pair * 2 + 1] = '0' + pair % 10;
  }
  int64_t now = unix_milliseconds();
  uint64_t id = next_id(&now);
  if (id < 100000000000000000 || id >= 1000000000000000000) {
    fprintf(stderr, "the clock gives IDs that do not have 18 digits\n");
    exit(1);
  }
}

static char *append_bytes(char *out, const void *bytes, size_t count) {
  memcpy(out, bytes, count);
  return out + count;
}

static char *append_batch(char *out, int count, int64_t *now) {
  size_t length = 9 + (size_t)count * 20 - 2 + 1 + tail_bytes;
  out += sprintf(out, "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: application/json\r\n"
                      "Content-Length: %zu\r\nCache-Control: no-store\r\n\r\n{\"ids\": [",
                 date, length);
  for (int index = 0; index < count; index++) {
    out = append_id(out, next_id(now));
    out = append_bytes(out, ", ", 2);
  }
  out[-2] = ']';
  return append_bytes(out - 1, tail, tail_bytes);
}

// Where the request that begins at `request` ends, or NULL if its end has not come. Walking lines
// with memchr is faster than looking for the empty line.
//
// Sets `*closes` if a line asks for the end of the connection. That is the one look at a field: wrk
// puts its fields in any order.
static const char *request_end(const char *request, const char *end, int *closes) {
  static const char closing[] = "Connection: close\r\n";
  const size_t closing_bytes = sizeof closing - 1;
  const char *line = request;
  int found = 0;
  while ((line = memchr(line, '\n', end - line))) {
    line++;
    if (end - line >= 2 && line[0] == '\r' && line[1] == '\n') {
      *closes = found;
      return line + 2;
    }
    if (end - line > (ptrdiff_t)closing_bytes && !memcmp(line, closing, closing_bytes)) found = 1;
  }
  return NULL;
}

// Answers one whole request.
static char *append_answer(
    char *out, const char *request, const char *end, int64_t *now, int closes) {
  if (*now / 1000 != head_second) make_heads(*now / 1000);
  size_t bytes = end - request;
  if (bytes > 8 && !memcmp(request, "GET /id ", 8)) {
    out = closes ? append_bytes(out, closing_id_head, closing_id_head_bytes)
                  : append_bytes(out, id_head, id_head_bytes);
    out = append_id(out, next_id(now));
    return append_bytes(out, tail, tail_bytes);
  }
  if (bytes > 15 && !memcmp(request, "GET /ids?count=", 15)) {
    int count = atoi(request + 15);
    if (count >= 1 && count <= 4096) return append_batch(out, count, now);
  }
  if (bytes > 12 && !memcmp(request, "GET /health ", 12))
    return append_bytes(out, health, health_bytes);
  return append_bytes(out, not_found, not_found_bytes);
}

// MARK: Reads

typedef struct {
  char *bytes;
  size_t count;
} kept_bytes;

// Replaces what is kept by a copy of these bytes, which may lie in it; NULL if there are none.
static void keep(kept_bytes *kept, const char *bytes, size_t count) {
  char *copy = NULL;
  if (count > 0) {
    copy = malloc(count);
    memcpy(copy, bytes, count);
  }
  free(kept->bytes);
  *kept = (kept_bytes){copy, count};
}

static char input[READ_BYTES];
static char output[FULL_BYTES + LONGEST_ANSWER_BYTES];

// Each baseline has its own. Writes so many bytes of `output`, and then closes if told to. Returns
// whether the connection is still open.
typedef struct connection connection;
static int write_out(connection *client, size_t count, int closes);

// Answers the requests in the first `count` bytes of `input`. `rest` is the incomplete request of
// the read before, and then that of this one.
static void answer_read(connection *client, kept_bytes *rest, size_t count) {
  const char *start = input, *end = input + count;
  char *joined = NULL;
  if (rest->bytes) {
    joined = malloc(rest->count + count);
    memcpy(joined, rest->bytes, rest->count);
    memcpy(joined + rest->count, input, count);
    start = joined, end = joined + rest->count + count;
  }
  int64_t now = unix_milliseconds();
  char *out = output;
  int closes = 0, is_open = 1;
  const char *next;
  while (is_open && !closes && (next = request_end(start, end, &closes))) {
    out = append_answer(out, start, next, &now, closes);
    start = next;
    if (out - output <= FULL_BYTES) continue;
    is_open = write_out(client, out - output, closes);
    out = output;
  }
  if (is_open && (start < end || rest->bytes)) keep(rest, start, end - start);
  if (is_open && out > output) write_out(client, out - output, closes);
  free(joined);
}

#endif
