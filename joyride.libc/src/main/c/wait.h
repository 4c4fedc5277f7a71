/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for the service: spin a bounded time, yielding to whoever else can run, then sleep. To sleep is always in this
 * order, so that no wake-up is lost: waiter_arm; note the waiter where it waits; full fence; look again; waiter_sleep;
 * waiter_disarm. Armed first: who takes the name finds the waiter asleep, else it would take the name and wake nobody.
 */
#ifndef JOYRIDE_WAIT_H
#define JOYRIDE_WAIT_H

#include <poll.h>
#include <signal.h>

#include "instance.h"

struct waiter {
  uint32_t number;
  int read_fd; /* of the waker: polled, and read by this thread */
  int wake_fd; /* the other end; -1: the same */
  struct instance *instance;
  struct jr_waiter *shared;
  struct waiter *next; /* in the pool */
};

/* One call's waiting. */
struct wait {
  struct waiter *waiter; /* NULL: none was to be had, sleeps are short naps */
  uint64_t deadline;     /* ns, 0: none */
  uint32_t signals;      /* self.signals and self.interrupts when the call began */
  uint32_t interrupts;
  bool begun;
  bool sleeps; /* at once, without a spin */
  bool any; /* any handler ends the call: there is a timeout. Else only one set without SA_RESTART */
};

/* Ends with its variable, also when the thread is cancelled while it sleeps. */
#define WAIT __attribute__((cleanup(wait_end))) struct wait

#define WAIT_FOREVER UINT64_MAX
#define NAP_NS 1000000ull

/* timeout_ns: from now, or WAIT_FOREVER */
void wait_begin(struct wait *w, struct instance *i, uint64_t timeout_ns);
void wait_end(struct wait *w);

/* Did a handler run that ends this call? */
static inline bool wait_interrupted(const struct wait *w) {
  return unlikely(w->any ? self.signals != w->signals : self.interrupts != w->interrupts);
}

/* The spin, or as much of it as pays. True: ready. */
bool wait_spin(struct instance *i, bool (*ready)(void *), void *argument, uint64_t deadline);

void waiter_note(uint32_t *where, const struct waiter *w);
void waiter_forget(uint32_t *where, const struct waiter *w);
void waiter_arm(struct waiter *w);
void waiter_disarm(struct waiter *w);

/* fds[0] and fds[1] are the waiter's, the rest the caller's. > 0: ready or woken; 0: the deadline is there; or -EINTR, which
 * says that ppoll was interrupted, not that the call is to end. mask: as of ppoll */
int waiter_sleep(const struct wait *w, struct instance *i, struct pollfd *fds, unsigned n, const sigset_t *mask);

/*
 * Waits in one place, where it is noted, until ready. 0: look again (the service may be gone); -EINTR; -EAGAIN: the deadline
 * is there.
 */
int wait_for(struct wait *w, struct instance *i, uint32_t *where, bool (*ready)(void *), void *argument);

/* The same, and a kernel descriptor's becoming readable ends it too. */
int wait_for_either(struct wait *w, struct instance *i, uint32_t *where, bool (*ready)(void *), void *argument, int fd);

/* From a signal handler that ran between the last look and the sleep. */
void waiter_poke_self(void);

void waiter_wake(struct waiter *w);

struct waiter *waiter_borrow(struct instance *i);
void waiter_return(struct waiter *w);

/* After fork, in the child: the parent's waiters are not ours. */
void waiters_after_fork(void);
void waiters_init(void);

#endif
