/* SPDX-License-Identifier: BSD-2-Clause */
#include "wait.h"

#include <unistd.h>

#include "command.h"
#include "place.h"
#include "real.h"

enum { PAUSES = 3, MOST_STRETCH = 16, BESIDE_MORE = 5, CREDIT_MAX = 16, CREDIT_GAIN = 4, CREDIT_NONE_SHARE = 8 };
#define NO_SPIN_NS 10000000ull
#define STRANGER_NS 20000ull

void wait_begin(struct wait *w, struct instance *i, uint64_t timeout_ns) {
  outside();
  w->waiter = waiter_borrow(i);
  w->deadline = timeout_ns == WAIT_FOREVER ? 0 : now_ns() + timeout_ns;
  w->signals = self.signals;
  w->interrupts = self.interrupts;
  w->begun = true;
  w->any = timeout_ns != WAIT_FOREVER;
}

void wait_end(struct wait *w) {
  if (w->begun) waiter_return(w->waiter);
  w->begun = false;
}

/*
 * A thread whose spins end in sleep all the same spins less: every failure costs credit, and without credit the bound is a
 * fraction. A yield that took long means a busy neighbour on this core: then spinning only steals from it.
 */
bool wait_spin(struct instance *i, bool (*ready)(void *), void *argument, uint64_t deadline) {
  struct jr_header *const header = i->header;
  uint64_t bound = (uint64_t)peek(&header->spin_us) * 1000;
  if (bound == 0 || instance_gone(i)) return false;
  const uint64_t start = now_ns();
  if (start < self.no_spin_before) return false;
  if (self.spin_credit == 0) bound /= CREDIT_NONE_SHARE;
  const uint64_t slow = (uint64_t)peek(&header->yield_limit_us) * 1000;
  uint64_t end = start + bound, latest = start + bound * MOST_STRETCH;
  if (deadline && deadline < latest) latest = deadline;
  bool found = false;
  for (uint64_t now = start; now < end && now < latest && !found;) {
    for (int k = 0; k < PAUSES && !found; k++) {
      found = ready(argument);
      cpu_relax();
    }
    if (found) break;
    RAW0(SYS_sched_yield);
    const uint64_t after = now_ns(), took = after - now;
    const bool beside = place_beside(header, after);
    if (took > STRANGER_NS && beside) {
      end += took; /* the service had this core: that is what is waited for */
    } else if (took > STRANGER_NS) {
      place_join(header, after);
    }
    if (slow && took > (beside ? slow * BESIDE_MORE : slow)) {
      self.no_spin_before = after + NO_SPIN_NS;
      return ready(argument);
    }
    now = after;
  }
  if (found) {
    if (self.spin_credit < CREDIT_MAX) self.spin_credit += CREDIT_GAIN;
  } else if (self.spin_credit) {
    self.spin_credit--;
  }
  return found;
}

int waiter_sleep(const struct wait *w, struct instance *i, struct pollfd *fds, unsigned n, const sigset_t *mask) {
  const uint64_t nap = w->waiter && likely(commands_flush(i)) ? 0 : NAP_NS;
  fds[0] = (struct pollfd){w->waiter ? w->waiter->read_fd : -1, POLLIN, 0};
  fds[1] = (struct pollfd){!peek(i->life) ? -1 : i->attach_fd, 0, 0};
  struct timespec t, *timeout = NULL;
  bool napping = nap;
  if (w->deadline || nap) {
    const uint64_t now = now_ns();
    uint64_t left = w->deadline > now ? w->deadline - now : 0;
    napping = nap && (!w->deadline || nap < left);
    if (napping) left = nap;
    t = (struct timespec){(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
    timeout = &t;
  }
  int r = real.ppoll(fds, n, timeout, mask);
  if (r < 0) return errno == EINTR ? -EINTR : 1;
  if (r == 0) return napping;
  if (fds[0].revents & POLLIN) {
    uint64_t count;
    RAW3(SYS_read, fds[0].fd, &count, sizeof count);
  }
  if (fds[1].revents & (POLLHUP | POLLERR | POLLNVAL)) instance_lost(i, "its end of the attach socket was closed");
  if (fds[0].revents & POLLNVAL) instance_lost(i, "the program closed a descriptor of the layer");
  return r;
}

int wait_for(struct wait *w, struct instance *i, uint32_t *where, bool (*ready)(void *), void *argument) {
  return wait_for_either(w, i, where, ready, argument, -1);
}

int wait_for_either(struct wait *w, struct instance *i, uint32_t *where, bool (*ready)(void *), void *argument, int fd) {
  if (wait_interrupted(w)) return -EINTR;
  if (!w->sleeps && wait_spin(i, ready, argument, w->deadline)) return 0;
  waiter_arm(w->waiter);
  waiter_note(where, w->waiter);
  full_fence();
  int r = 1;
  if (!instance_gone(i) && !ready(argument)) {
    struct pollfd fds[3] = {[2] = {fd, POLLIN, 0}};
    r = wait_interrupted(w) ? -EINTR : waiter_sleep(w, i, fds, fd < 0 ? 2 : 3, NULL);
  }
  waiter_disarm(w->waiter);
  waiter_forget(where, w->waiter);
  if (wait_interrupted(w) && !ready(argument)) return -EINTR;
  return r == 0 ? -EAGAIN : 0;
}
