/* SPDX-License-Identifier: BSD-2-Clause */
/* Exported names: installing signal handlers. */
#include <signal.h>

#include "base.h"
#include "signals.h"

EXPORT int sigaction(int number, const struct sigaction *act, struct sigaction *old) {
  return signals_action(number, act, old);
}

static sigset_t interrupting; /* by siginterrupt */

static sighandler_t install(int number, sighandler_t handler, int flags) {
  struct sigaction act = {.sa_handler = handler, .sa_flags = flags}, old;
  sigemptyset(&act.sa_mask);
  if (!(flags & SA_RESETHAND)) sigaddset(&act.sa_mask, number);
  return signals_action(number, &act, &old) < 0 ? SIG_ERR : old.sa_handler;
}

EXPORT sighandler_t signal(int number, sighandler_t handler) {
  const int known = sigismember(&interrupting, number);
  if (known < 0 || handler == SIG_ERR) {
    errno = EINVAL;
    return SIG_ERR;
  }
  return install(number, handler, known ? 0 : SA_RESTART);
}
EXPORT sighandler_t bsd_signal(int number, sighandler_t handler) { return signal(number, handler); }
EXPORT sighandler_t ssignal(int number, sighandler_t handler) { return signal(number, handler); }

EXPORT sighandler_t __sysv_signal(int number, sighandler_t handler) {
  return install(number, handler, (int)SA_RESETHAND | SA_NODEFER);
}
EXPORT sighandler_t sysv_signal(int number, sighandler_t handler) { return __sysv_signal(number, handler); }

EXPORT int siginterrupt(int number, int on) {
  struct sigaction act;
  if (signals_action(number, NULL, &act) < 0) return -1;
  if (on) {
    sigaddset(&interrupting, number);
    act.sa_flags &= ~SA_RESTART;
  } else {
    sigdelset(&interrupting, number);
    act.sa_flags |= SA_RESTART;
  }
  return signals_action(number, &act, NULL);
}
