// Starts a program and measures how long it takes to its first 200.
//
// Usage: start CORE PORT PATH PROGRAM [ARGUMENT...]
// Prints the time in microseconds, then kills the program.
//
// It tries to connect without a pause, from another core than the program's.
#include "client.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

static pid_t child;

static void end_child(void) {
  kill(-child, SIGKILL);
  waitpid(child, NULL, 0);
}

int main(int count, char **arguments) {
  if (count < 5) fail("usage: start CORE PORT PATH PROGRAM [ARGUMENT...]");
  int port = atoi(arguments[2]);
  char request[1024], bytes[4096];
  size_t request_bytes = make_request(request, sizeof request, port, arguments[3], "");
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(atoi(arguments[1]), &cores);

  uint64_t start = now_nanoseconds();
  child = fork();
  if (child == 0) {
    setpgid(0, 0);
    sched_setaffinity(0, sizeof cores, &cores);
    execvp(arguments[4], arguments + 4);
    _exit(127);
  }
  setpgid(child, child);
  atexit(end_child);
  response answer = {0};
  do {  // A server that reserves time first answers 503 until that is done.
    if (now_nanoseconds() - start > 30e9) fail("it does not answer");
    int descriptor = connect_to(port);
    if (descriptor < 0) continue;
    send_all(descriptor, request, request_bytes);
    size_t got = 0;
    do {
      ssize_t more = recv(descriptor, bytes + got, sizeof bytes - got, 0);
      if (more <= 0) fail("the connection ended");
      got += more;
    } while (!find_response(bytes, bytes + got, &answer));
    close(descriptor);
    if (answer.status != 200 && answer.status != 503) fail("status %d", answer.status);
  } while (answer.status != 200);
  printf("%lu\n", (now_nanoseconds() - start) / 1000);
}
