// The system calls of the event loop, and the two that look after the sockets of the libraries.
#define _GNU_SOURCE
#include "fault.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/// The HTTP endpoints have threads of their own, which make the same calls.
static bool is_of_endpoints(void) {
  char thread[16] = "";
  pthread_getname_np(pthread_self(), thread, sizeof thread);
  return strncmp(thread, "NIO", 3) == 0;
}

/// Defines a system call that forwards, or returns -1 with the fault's value as `errno`.
#define WRAP_SYSTEM_CALL(name, can_fail, parameters, arguments)               \
  int name parameters {                                                       \
    if (!(can_fail) || is_of_endpoints()) return HIDDEN(name) arguments;      \
    struct fault fault = take_fault(#name, CALLER);                           \
    if (!fault.is_instead) return HIDDEN(name) arguments;                     \
    errno = (int)fault.value;                                                 \
    return -1;                                                                \
  }

WRAP_SYSTEM_CALL(epoll_create1, true, (int flags), (flags))
WRAP_SYSTEM_CALL(eventfd, true, (unsigned int count, int flags), (count, flags))
// To remove a descriptor fails only where it is not there.
WRAP_SYSTEM_CALL(epoll_ctl, operation != EPOLL_CTL_DEL, (int epoll, int operation, int descriptor, struct epoll_event *event),
                 (epoll, operation, descriptor, event))
WRAP_SYSTEM_CALL(poll, true, (struct pollfd *descriptors, nfds_t count, int timeout), (descriptors, count, timeout))
/// Not the one that only makes writing cheaper: nobody is told where it fails, and nothing comes of it.
WRAP_SYSTEM_CALL(setsockopt, level != IPPROTO_TCP || name != TCP_CORK, (int descriptor, int level, int name, const void *value, socklen_t length),
                 (descriptor, level, name, value, length))

/// The loop waits by this call, which the C library has no function for.
long syscall(long number, ...) {
  long arguments[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) arguments[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_epoll_pwait2 && !is_of_endpoints()) {
    struct fault fault = take_fault("epoll_pwait2", CALLER);
    if (fault.is_instead) {
      errno = (int)fault.value;
      return -1;
    }
  }
  return HIDDEN(syscall)(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  struct fault fault = take_fault("pthread_create", CALLER);
  return fault.is_instead ? (int)fault.value : HIDDEN(pthread_create)(thread, attributes, body, argument);
}
