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

/* Where the chunk of this position is named. */
static uint32_t *entry_of(uint32_t *table, uint32_t large, uint64_t position) {
  const uint64_t k = position >> JR_CHUNK_SHIFT;
  uint32_t *tables = (uint32_t *)(base + header->large_tables_offset);
  return large && position >= LARGE_FROM ? &tables[(size_t)(large - 1) * JR_LARGE_TABLE + k % JR_LARGE_TABLE] : &table[k % JR_TABLE];
}

uint32_t *rx_entry(struct jr_socket *s, uint64_t position) { return entry_of(s->rx_table, s->rx_large, position); }

uint32_t *tx_entry(struct jr_socket *s, uint64_t position) { return entry_of(s->tx_table, s->tx_large, position); }

bool rx_put(struct jr_socket *s, uint32_t chunk) {
  if (!chunk) return false;
  publish(rx_entry(s, s->rx_prod), chunk);
  publish(&s->rx_newest, (s->rx_prod >> JR_CHUNK_SHIFT) << 32 | chunk);
  return true;
}

uint64_t free_passed(struct jr_socket *s, uint32_t *(*entry_at)(struct jr_socket *, uint64_t), uint64_t from, uint64_t to) {
  for (; (from >> JR_CHUNK_SHIFT) < (to >> JR_CHUNK_SHIFT); from += JR_CHUNK) {
    uint32_t *entry = entry_at(s, from);
    chunk_give(*entry);
    publish(entry, 0);
  }
  return from > to ? to : from;
}
