// What the event loop needs of Linux that Swift's Glibc module leaves out, without the pointers inside `struct epoll_event`.
#pragma once

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

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

/// Fills `ready`, which has room for `cepoll_maximum_event_count`.
static inline int cepoll_wait(int epoll, cepoll_event *ready, int timeout_milliseconds) {
  struct epoll_event events[cepoll_maximum_event_count];
  int count = epoll_wait(epoll, events, cepoll_maximum_event_count, timeout_milliseconds);
  for (int i = 0; i < count; i++) ready[i] = (cepoll_event){.tag = events[i].data.u64, .events = events[i].events};
  return count;
}

/// Names the calling thread; prctl is variadic, which Swift cannot call.
static inline void cepoll_set_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
