// What the event loop needs of Linux that Swift's Glibc module leaves out, without the pointers inside `struct epoll_event`.
#pragma once

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// A descriptor that a poll found ready. `tag` is what it was added with.
typedef struct {
  uint64_t tag;
  uint32_t events;
} cepoll_event;

enum { cepoll_maximum_event_count = 256 };

static inline int cepoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int cepoll_create_wake_up(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/// Takes a wake-up back, so that the descriptor is no longer readable.
static inline void cepoll_clear_wake_up(int descriptor) {
  eventfd_t value;
  eventfd_read(descriptor, &value);
}

static inline int cepoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t tag) {
  struct epoll_event event = {.events = events, .data = {.u64 = tag}};
  return epoll_ctl(epoll, operation, descriptor, &event);
}

/// Waits by the nanosecond where the kernel can (Linux 5.11), otherwise by the millisecond, rounded up: a wait that ends a little early
/// would make the loop spin.
static inline int cepoll_wait_events(int epoll, struct epoll_event *events, int64_t timeout_nanoseconds) {
#ifdef SYS_epoll_pwait2
  struct timespec limit = {.tv_sec = timeout_nanoseconds / 1000000000, .tv_nsec = timeout_nanoseconds % 1000000000};
  long count = syscall(SYS_epoll_pwait2, epoll, events, cepoll_maximum_event_count, timeout_nanoseconds < 0 ? NULL : &limit, NULL, 0);
  // EPERM is what the system call filters of older container engines say to calls that they do not know.
  if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return (int)count;
#endif
  int64_t milliseconds = timeout_nanoseconds < 0 ? -1 : (timeout_nanoseconds + 999999) / 1000000;
  return epoll_wait(epoll, events, cepoll_maximum_event_count, (int)milliseconds);
}

/// Fills `ready`, which has room for `cepoll_maximum_event_count`. A negative time-out is none; an hour is the longest that is asked for.
static inline int cepoll_wait(int epoll, cepoll_event *ready, int64_t timeout_nanoseconds) {
  struct epoll_event events[cepoll_maximum_event_count];
  int count = cepoll_wait_events(epoll, events, timeout_nanoseconds);
  for (int i = 0; i < count; i++) ready[i] = (cepoll_event){.tag = events[i].data.u64, .events = events[i].events};
  return count;
}

/// Names the calling thread; prctl is variadic, which Swift cannot call.
static inline void cepoll_set_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
