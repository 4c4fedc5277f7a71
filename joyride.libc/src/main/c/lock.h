/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two kinds of lock. A private lock guards tables of this process. A direction lock (joyride_abi.h) lies in shared memory,
 * names its owner by tid, and is taken over from a thread that died.
 */
#ifndef JOYRIDE_LOCK_H
#define JOYRIDE_LOCK_H

#include "base.h"
#include "thread.h"

struct lock {
  uint32_t word; /* 0 free, 1 held, 2 held and waited for */
};

void lock_wait(struct lock *lock);
void lock_wake(struct lock *lock);

static inline void lock_acquire(struct lock *lock) {
  enter();
  uint32_t free = 0;
  if (unlikely(!cas(&lock->word, &free, 1))) lock_wait(lock);
}

static inline void lock_release(struct lock *lock) {
  if (unlikely(exchange(&lock->word, 0) == 2)) lock_wake(lock);
  leave();
}

void direction_wait(uint32_t *word);
void direction_wake(uint32_t *word);

static inline void direction_lock(uint32_t *word) {
  enter();
  uint32_t free = 0;
  if (unlikely(!cas(word, &free, own_tid()))) direction_wait(word);
}

/* Is a full fence too: who published a position before may look at the other side's sleep word after. */
static inline void direction_unlock(uint32_t *word) {
  if (unlikely(exchange(word, 0) & JR_LOCK_CONTENDED)) direction_wake(word);
  leave();
}

#endif
