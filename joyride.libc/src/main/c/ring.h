/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying between a program's buffers and the chunks of a ring. */
#ifndef JOYRIDE_RING_H
#define JOYRIDE_RING_H

#include <string.h>
#include <sys/uio.h>

#include "instance.h"

/* A place in a program's buffers. */
struct cursor {
  const struct iovec *iov;
  size_t at; /* within iov[0] */
};

static inline uint32_t chunk_offset(uint64_t position) { return (uint32_t)position & (JR_CHUNK - 1); }

static inline uint32_t *large_entry(const struct instance *i, uint32_t *table, uint32_t large, uint64_t from, uint64_t position) {
  const uint64_t chunk = position >> JR_CHUNK_SHIFT;
  return position >= from && large - 1 < JR_LARGE_TABLES
             ? &i->large_tables[(size_t)(large - 1) * JR_LARGE_TABLE + chunk % JR_LARGE_TABLE]
             : &table[chunk % JR_TABLE];
}

/* What rx_newest or tx_newest says of the chunk of this position; 0: nothing. */
static inline uint32_t newest_entry(uint64_t newest, uint64_t position) {
  return (uint32_t)(newest >> 32) == (uint32_t)(position >> JR_CHUNK_SHIFT) ? (uint32_t)newest : 0;
}

/* Where the chunk of this position is named. The position was read, or found below the limit, before. */
static inline uint32_t *receive_entry(const struct instance *i, struct jr_socket *s, uint64_t position) {
  const uint32_t large = load(&s->rx_large);
  return likely(!large) ? &s->rx_table[(position >> JR_CHUNK_SHIFT) % JR_TABLE]
                        : large_entry(i, s->rx_table, large, peek(&s->rx_large_from), position);
}

/* The same place's content, from the slot's hot lines where they have it. */
static inline uint32_t receive_named(const struct instance *i, struct jr_socket *s, uint64_t position) {
  const uint32_t entry = newest_entry(load(&s->rx_newest), position);
  return likely(entry) ? entry : load(receive_entry(i, s, position));
}

static inline uint32_t *send_entry(const struct instance *i, struct jr_socket *s, uint64_t position) {
  const uint32_t large = load(&s->tx_large);
  return likely(!large) ? &s->tx_table[(position >> JR_CHUNK_SHIFT) % JR_TABLE]
                        : large_entry(i, s->tx_table, large, peek(&s->tx_large_from), position);
}

/* NULL if the entry is empty or no chunk: the service is not trusted to be free of faults. */
static inline uint8_t *chunk_at(const struct instance *i, uint32_t entry) {
  return likely(entry - 1 < i->chunk_count) ? i->chunks + ((size_t)(entry - 1) << JR_CHUNK_SHIFT) : NULL;
}

static inline void scatter(struct cursor *to, const uint8_t *from, size_t n) {
  while (n) {
    const size_t k = smaller(n, to->iov->iov_len - to->at);
    memcpy((uint8_t *)to->iov->iov_base + to->at, from, k);
    from += k;
    n -= k;
    to->at += k;
    if (to->at == to->iov->iov_len) {
      to->iov++;
      to->at = 0;
    }
  }
}

static inline void gather(uint8_t *to, struct cursor *from, size_t n) {
  while (n) {
    const size_t k = smaller(n, from->iov->iov_len - from->at);
    memcpy(to, (const uint8_t *)from->iov->iov_base + from->at, k);
    to += k;
    n -= k;
    from->at += k;
    if (from->at == from->iov->iov_len) {
      from->iov++;
      from->at = 0;
    }
  }
}

static inline size_t iov_total(const struct iovec *iov, int count) {
  size_t n = 0;
  for (int k = 0; k < count; k++) n += iov[k].iov_len;
  return n;
}

#endif
