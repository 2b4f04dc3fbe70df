// Opens connections, makes one request on each, and holds them until its standard input ends.
//
// Usage: hold PORT PATH CONNECTIONS
// Prints `held N` when all are open and answered.
#include "client.h"

int main(int count, char **arguments) {
  if (count < 4) fail("usage: hold PORT PATH CONNECTIONS");
  int port = atoi(arguments[1]), connections = atoi(arguments[3]);
  char request[1024], bytes[65536];
  size_t request_bytes = make_request(request, sizeof request, port, arguments[2], "");
  for (int index = 0; index < connections; index++) {
    int descriptor = connect_to(port);
    if (descriptor < 0) fail("connection %d: %s", index, strerror(errno));
    send_all(descriptor, request, request_bytes);
    size_t got = 0;
    response answer;
    do {
      ssize_t more = recv(descriptor, bytes + got, sizeof bytes - got, 0);
      if (more <= 0) fail("connection %d ended", index);
      got += more;
    } while (!find_response(bytes, bytes + got, &answer));
    if (answer.status != 200) fail("connection %d: status %d", index, answer.status);
  }
  printf("held %d\n", connections);
  fflush(stdout);
  while (read(STDIN_FILENO, bytes, sizeof bytes) > 0) {}
}
