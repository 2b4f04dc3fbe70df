// The one header through which Swift sees libuv, and what libuv leaves to the system.
#include <linux/filter.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <uv.h>

// accept(2): declared by glibc for programs with _GNU_SOURCE alone, which Swift's are not.
#ifndef __USE_GNU
int accept4(int descriptor, struct sockaddr *__restrict address, socklen_t *__restrict size,
            int flags);
#endif
