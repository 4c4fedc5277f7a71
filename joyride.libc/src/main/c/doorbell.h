/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling the service. Callers have published what the service shall see, and passed a full fence since: then a bit that is
 * seen set need not be set again, for who clears it looks after.
 */
#ifndef JOYRIDE_DOORBELL_H
#define JOYRIDE_DOORBELL_H

#include "instance.h"

static inline void set_bit(uint64_t *word, uint64_t bit) {
  if (!(load(word) & bit)) fetch_or(word, bit);
}

void service_wake(struct instance *i);

static inline void ring(struct instance *i, uint64_t what) {
  set_bit(&i->header->rung, what);
  if (unlikely(load(&i->header->asleep))) service_wake(i);
}

static inline void bitmap_set(uint64_t *words, struct jr_bitmap_summary *summary, uint32_t n) {
  set_bit(&words[n / 64], 1ull << n % 64);
  set_bit(&summary->word[n / 4096], 1ull << n / 64 % 64);
}

static inline void mark_dirty(struct instance *i, uint32_t slot) {
  bitmap_set(i->dirty_words, &i->header->dirty, slot);
  ring(i, JR_RING_SOCKETS);
}

static inline void mark_process(struct instance *i) {
  const uint32_t p = i->process_number;
  set_bit(&i->header->process_attention[p / 64], 1ull << p % 64);
  ring(i, JR_RING_PROCESSES);
}

#endif
