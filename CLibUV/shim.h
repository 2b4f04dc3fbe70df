// The one header through which Swift sees libuv, and what libuv leaves to the system.
#include <uv.h>
#include <sys/timerfd.h>
