/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the layer keeps for each thread. While `inside` is not 0 the thread holds a lock of the layer: a signal handler
 * that came then could enter the layer again and wait for its own thread, so handlers are put off (signals.c)
 * until the lock is released.
 */
#ifndef JOYRIDE_THREAD_H
#define JOYRIDE_THREAD_H

#include <signal.h>

#include "base.h"
#include "raw.h"

#define DEFERRED_MAX 4u

struct waiter;

struct thread {
  uint32_t tid;
  uint32_t inside;
  uint32_t signals;    /* handlers that ran in this thread */
  uint32_t interrupts; /* those of them that were set without SA_RESTART */
  uint32_t deferred;
  uint32_t armed; /* the thread goes to sleep on its waiter */
  struct waiter *waiter;
  uint32_t waiter_lent;
  uint32_t spin_credit;
  uint64_t no_spin_before; /* ns */
  size_t received;         /* since it waited for bytes last */
  size_t received_a_wait;  /* smoothed */
  uint64_t no_join_before;
  uint64_t no_tell_before;
  struct {
    int number;
    siginfo_t info;
  } put_off[DEFERRED_MAX];
};

extern __thread struct thread self __attribute__((tls_model("initial-exec"), visibility("hidden")));

static inline uint32_t own_tid(void) {
  if (unlikely(!self.tid)) self.tid = (uint32_t)RAW0(SYS_gettid);
  return self.tid;
}

void signals_redeliver(void);

static inline void enter(void) {
  self.inside++;
  compiler_barrier();
}

static inline void leave(void) {
  compiler_barrier();
  if (likely(self.inside <= 1)) {
    self.inside = 0;
    if (unlikely(self.deferred)) signals_redeliver();
  } else {
    self.inside--;
  }
}

/* No lock is held here: what a handler left behind by longjmp is forgotten. */
static inline void outside(void) {
  if (unlikely(self.inside)) {
    self.inside = 1;
    leave();
  }
}

#endif
