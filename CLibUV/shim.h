// The one header through which Swift sees libuv, and what libuv leaves to the system.
#include <uv.h>
#ifdef __linux__
#include <sys/timerfd.h>
#endif
