/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool of this process's waiter slots, each with its waker, and the protocol of going to sleep on one. */
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "guard.h"
#include "log.h"
#include "real.h"
#include "slab.h"
#include "wait.h"

static struct lock pool_lock;
static struct waiter *pool;
static struct slab waiters = SLAB(struct waiter, next);
static pthread_key_t thread_end;

static void at_thread_end(void *w) {
  if (self.waiter == w) self.waiter = NULL;
  waiter_return(w);
}

void waiters_init(void) { pthread_key_create(&thread_end, at_thread_end); }

static struct jr_waiter *claim_slot(struct instance *i, uint32_t *number) {
  for (uint32_t k = 0; k < JR_WAITERS; k++) {
    const uint32_t n = (own_tid() + k) % JR_WAITERS;
    uint32_t free = 0;
    if (!peek(&i->waiters[n].owner) && cas(&i->waiters[n].owner, &free, i->process_number + 1)) {
      *number = n;
      return &i->waiters[n];
    }
  }
  return NULL;
}

#ifndef TFD_IOC_SET_TICKS
#define TFD_IOC_SET_TICKS _IOW('T', 0, uint64_t)
#endif
static const uint64_t one_tick = 1;

/* ends[0] is read here, ends[1] is the service's: the same where the kernel has the call that sets a timer's ticks. */
static bool waker_new(int ends[2]) {
  ends[0] = ends[1] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (ends[0] >= 0 && RAW3(SYS_ioctl, ends[0], TFD_IOC_SET_TICKS, &one_tick) == 0) return true;
  if (ends[0] >= 0) real.close(ends[0]);
  return RAW4(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0;
}

static void waker_close(const int ends[2]) {
  real.close(ends[0]);
  if (ends[1] != ends[0]) real.close(ends[1]);
}

static void waker_ring(const struct waiter *w) {
  if (w->wake_fd < 0)
    RAW3(SYS_ioctl, w->read_fd, TFD_IOC_SET_TICKS, &one_tick);
  else
    RAW6(SYS_sendto, w->wake_fd, &one_tick, 1, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
}

static struct waiter *waiter_new(struct instance *i) {
  int ends[2];
  if (!waker_new(ends)) return NULL;
  struct waiter *w = slab_take(&waiters);
  uint32_t number = 0;
  struct jr_waiter *shared = w ? claim_slot(i, &number) : NULL;
  struct jr_message m;
  if (shared) {
    shared->asleep = 0;
    publish(&shared->status, JR_CALL_IDLE);
    shared->tid = own_tid();
    message_fill(&m, JR_MSG_WAITER, number);
    if (instance_ask(i, &m, &ends[1], 1, 0, NULL) < 0) {
      publish(&shared->owner, 0);
      shared = NULL;
    }
  }
  if (!shared) {
    LOG("no waiter slot: this thread sleeps in short naps");
    if (w) slab_give(&waiters, w);
    waker_close(ends);
    return NULL;
  }
  w->number = number;
  w->shared = shared;
  w->instance = i;
  w->wake_fd = -1;
  guard_fd(ends[0], &w->read_fd);
  if (ends[1] != ends[0]) guard_fd(ends[1], &w->wake_fd);
  return w;
}

struct waiter *waiter_borrow(struct instance *i) {
  struct waiter *w = self.waiter;
  if (likely(w && w->instance == i && !self.waiter_lent)) {
    self.waiter_lent = 1;
    return w;
  }
  if (w && w->instance != i && !self.waiter_lent) {
    self.waiter = NULL;
    waiter_return(w);
  }
  const int saved = errno;
  lock_acquire(&pool_lock);
  struct waiter **at = &pool;
  while (*at && (*at)->instance != i) at = &(*at)->next;
  w = *at;
  if (w) *at = w->next;
  lock_release(&pool_lock);
  if (!w) w = waiter_new(i);
  if (w && !self.waiter) {
    self.waiter = w;
    self.waiter_lent = 1;
    pthread_setspecific(thread_end, w);
  }
  errno = saved;
  return w;
}

void waiter_return(struct waiter *w) {
  if (likely(w == self.waiter)) {
    self.waiter_lent = 0;
    return;
  }
  if (!w) return;
  lock_acquire(&pool_lock);
  if (instance_gone(w->instance)) {
    guard_close(w->read_fd);
    guard_close(w->wake_fd);
    slab_give(&waiters, w);
  } else {
    w->next = pool;
    pool = w;
  }
  lock_release(&pool_lock);
}

void waiters_after_fork(void) {
  self.waiter = NULL;
  self.waiter_lent = 0;
  self.armed = 0;
  pthread_setspecific(thread_end, NULL);
  pool_lock.word = 0;
  pool = NULL; /* the memory stays with the slab, the numbers with the parent */
}

void waiter_note(uint32_t *where, const struct waiter *w) {
  if (!w) return;
  const uint32_t mine = w->number + 1;
  uint32_t v = peek(where);
  while (v != mine && v != JR_WAITER_MANY && !cas(where, &v, v ? JR_WAITER_MANY : mine)) {
  }
}

void waiter_forget(uint32_t *where, const struct waiter *w) {
  if (!w) return;
  uint32_t mine = w->number + 1;
  if (peek(where) == mine) cas(where, &mine, 0);
}

void waiter_arm(struct waiter *w) {
  if (!w) return;
  if (w == self.waiter) self.armed = 1;
  publish(&w->shared->asleep, 1);
  full_fence();
}

void waiter_disarm(struct waiter *w) {
  if (!w) return;
  if (w == self.waiter) self.armed = 0;
  exchange(&w->shared->asleep, 0);
}

void waiter_wake(struct waiter *w) {
  if (exchange(&w->shared->asleep, 0)) waker_ring(w);
}

void waiter_poke_self(void) {
  if (self.waiter) waker_ring(self.waiter);
}
