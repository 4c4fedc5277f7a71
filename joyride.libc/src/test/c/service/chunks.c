/* SPDX-License-Identifier: BSD-2-Clause */
/* Ring memory. */
#include "service.h"

uint8_t *chunk(uint32_t entry) { return base + header->chunks_offset + (size_t)(entry - 1) * JR_CHUNK; }

uint32_t chunk_take(void) { return free_count ? free_chunks[--free_count] + 1 : 0; }

void chunk_give(uint32_t entry) {
  if (!entry || entry > CHUNKS) return;
  lent_to[entry - 1] = 0;
  free_chunks[free_count++] = entry - 1;
}

void refill(uint32_t p) {
  struct jr_process *x = &processes[p];
  while (x->magazine_prod - load(&x->magazine_cons) < LENT) {
    const uint32_t entry = chunk_take();
    if (!entry) break;
    lent_to[entry - 1] = (uint16_t)(p + 1);
    x->magazine[x->magazine_prod % JR_MAGAZINE] = entry - 1;
    publish(&x->magazine_prod, x->magazine_prod + 1);
  }
}

uint64_t free_passed(uint32_t *table, uint64_t from, uint64_t to) {
  for (; (from >> JR_CHUNK_SHIFT) < (to >> JR_CHUNK_SHIFT); from += JR_CHUNK) {
    uint32_t *entry = &table[(from >> JR_CHUNK_SHIFT) % JR_TABLE];
    chunk_give(*entry);
    publish(entry, 0);
  }
  return from > to ? to : from;
}
