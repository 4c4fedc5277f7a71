/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A blocked call must return EINTR, or go on, as the handler that interrupted it was installed without or with
 * SA_RESTART; and a waiter that spins is interrupted nowhere. So asynchronous signals get a handler of ours, which
 * counts, and calls the program's. The program sees only its own.
 */
#include "signals.h"

#include <string.h>
#include <unistd.h>

#include "real.h"
#include "thread.h"
#include "wait.h"

#define SIGNALS 65

static struct program_handler {
  void (*call)(int, siginfo_t *, void *);
  uint32_t flags;
} handlers[SIGNALS];

__thread struct thread self __attribute__((tls_model("initial-exec"), visibility("hidden")));

static bool synchronous(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL || number == SIGTRAP ||
         number == SIGSYS || number == SIGABRT;
}

static bool put_off(int number, const siginfo_t *info) {
  if (self.deferred == DEFERRED_MAX) return false;
  self.put_off[self.deferred].number = number;
  self.put_off[self.deferred].info = *info;
  compiler_barrier();
  self.deferred++;
  return true;
}

static void handle(int number, siginfo_t *info, void *context) {
  const struct program_handler *h = &handlers[number];
  const uint32_t flags = peek(&h->flags);
  if (self.inside && !(flags & (uint32_t)SA_RESETHAND) && put_off(number, info)) return;
  self.signals++;
  if (!(flags & SA_RESTART)) self.interrupts++;
  const uint32_t armed = self.armed;
  self.armed = 0;
  load(&h->call)(number, info, context);
  self.armed = armed;
  if (armed) waiter_poke_self();
}

/* The kernel delivers them again, with mask and all, now that no lock is held. */
void signals_redeliver(void) {
  const int saved = errno;
  const long pid = RAW0(SYS_getpid);
  while (self.deferred && !self.inside) {
    siginfo_t info = self.put_off[0].info;
    const int number = self.put_off[0].number;
    self.inside = 1;
    compiler_barrier();
    self.deferred--;
    memmove(&self.put_off[0], &self.put_off[1], sizeof self.put_off[0] * self.deferred);
    compiler_barrier();
    self.inside = 0;
    RAW4(SYS_rt_tgsigqueueinfo, pid, RAW0(SYS_gettid), number, &info);
  }
  errno = saved;
}

int signals_action(int number, const struct sigaction *act, struct sigaction *old) {
  if (number < 1 || number >= SIGNALS || synchronous(number)) return real.sigaction(number, act, old);
  struct program_handler before = handlers[number];
  struct sigaction changed;
  if (act && act->sa_handler != SIG_DFL && act->sa_handler != SIG_IGN) {
    changed = *act;
    void (*call)(int, siginfo_t *, void *);
    memcpy(&call, (act->sa_flags & SA_SIGINFO) ? (const void *)&act->sa_sigaction : (const void *)&act->sa_handler,
           sizeof call);
    changed.sa_sigaction = handle;
    changed.sa_flags |= SA_SIGINFO;
    poke(&handlers[number].flags, (uint32_t)act->sa_flags);
    publish(&handlers[number].call, call);
    act = &changed;
  }
  struct sigaction previous;
  if (real.sigaction(number, act, &previous) < 0) {
    handlers[number] = before;
    return -1;
  }
  if (old) {
    *old = previous;
    if ((previous.sa_flags & SA_SIGINFO) && previous.sa_sigaction == handle) {
      old->sa_flags = (int)before.flags;
      memcpy(&old->sa_handler, &before.call, sizeof before.call);
    }
  }
  return 0;
}
