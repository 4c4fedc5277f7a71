/* SPDX-License-Identifier: BSD-2-Clause */
#include "lock.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>

enum { SPINS = 100, YIELDS = 10 };

static void futex_wait(uint32_t *word, uint32_t value, long timeout_ms, int private_flag) {
  struct timespec t = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
  RAW4(SYS_futex, word, FUTEX_WAIT | private_flag, value, timeout_ms ? &t : NULL);
}

void lock_wait(struct lock *lock) {
  for (int i = 0; i < SPINS; i++) {
    uint32_t free = 0;
    if (!peek(&lock->word) && cas(&lock->word, &free, 1)) return;
    cpu_relax();
  }
  while (exchange(&lock->word, 2) != 0) futex_wait(&lock->word, 2, 0, FUTEX_PRIVATE_FLAG);
}

void lock_wake(struct lock *lock) { RAW3(SYS_futex, &lock->word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1); }

/* A process killed but not yet waited for can still be signalled: /proc knows better, where there is one. */
static bool thread_lives(uint32_t tid) {
  if (RAW2(SYS_tkill, tid, 0) == -ESRCH) return false;
  char text[512];
  snprintf(text, sizeof text, "/proc/%u/stat", tid);
  const long fd = RAW4(SYS_openat, AT_FDCWD, text, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return fd != -ENOENT || RAW2(SYS_tkill, tid, 0) != -ESRCH;
  const long n = RAW3(SYS_read, fd, text, sizeof text - 1);
  RAW1(SYS_close, fd);
  if (n <= 0) return n != -ESRCH;
  text[n] = 0;
  const char *end = strrchr(text, ')'); /* of the name, which may hold anything */
  return !end || (end[2] != 'Z' && end[2] != 'X');
}

/*
 * The owner may be a thread of another process, killed while it held the lock: after a wait without
 * success its tid is looked up. Our own tid means a handler of a synchronous signal, or one that longjmp left behind: the
 * lock is ours already.
 */
void direction_wait(uint32_t *word) {
  const uint32_t me = own_tid();
  for (unsigned round = 0;; round++) {
    uint32_t v = peek(word);
    const uint32_t owner = v & ~JR_LOCK_CONTENDED;
    if (owner == me) return;
    if (owner == 0) {
      /* others may sleep too once this many rounds went by: keep them known */
      if (cas(word, &v, me | (round > SPINS + YIELDS ? JR_LOCK_CONTENDED : 0))) return;
    } else if (round < SPINS) {
      cpu_relax();
    } else if (round < SPINS + YIELDS || owner == JR_LOCK_SERVICE) {
      RAW0(SYS_sched_yield);
    } else if (!(v & JR_LOCK_CONTENDED)) {
      cas(word, &v, v | JR_LOCK_CONTENDED);
    } else {
      futex_wait(word, v, 10, 0);
      if (peek(word) == v && !thread_lives(owner) && cas(word, &v, me | JR_LOCK_CONTENDED)) return;
    }
  }
}

void direction_wake(uint32_t *word) { RAW3(SYS_futex, word, FUTEX_WAKE, 1); }
