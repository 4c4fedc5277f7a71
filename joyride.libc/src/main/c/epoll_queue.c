/* SPDX-License-Identifier: BSD-2-Clause */
/* An epoll's readiness queue in shared memory: claiming one, naming it in sockets, draining its bits into the ready list. */
#include <sys/mman.h>

#include "epoll_set.h"
#include "fdtable.h"
#include "log.h"
#include "ring.h"

enum { FIELD_BITS = 16, FIELDS = 4 };
/* sockets that are fetched together; with fewer than FEW there is nothing to overlap */
enum { TOGETHER = 32, FEW = 4 };
#define EVERY_QUEUE 0xffffull

static uint64_t *queue_words(const struct epoll *e) {
  return (uint64_t *)(e->instance->queue_bitmaps + (size_t)e->queue * JR_BITMAP_WORDS * 8);
}

/* Bits that its last owner left. */
static void clear_leftovers(struct epoll *e) {
  struct jr_queue *q = epoll_queue(e);
  uint64_t *words = queue_words(e);
  poke(&q->sleeper, 0);
  for (unsigned k = 0; k < 8; k++)
    if (peek(&q->ready.word[k])) exchange(&q->ready.word[k], 0);
  for (unsigned k = 0; k < JR_BITMAP_WORDS; k++)
    if (peek(&words[k])) exchange(&words[k], 0);
}

void queue_join(struct epoll *e) {
  struct instance *i = e->instance;
  if (!e->by_slot) {
    void *room = mmap(NULL, JR_SOCKETS * sizeof(struct member *), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return;
    e->by_slot = room;
  }
  for (uint32_t k = 0; k < JR_QUEUES; k++) {
    const uint32_t q = (i->process_number + k) % JR_QUEUES;
    uint32_t none = 0;
    if (peek(&i->queues[q].owner) || !cas(&i->queues[q].owner, &none, i->process_number + 1)) continue;
    e->queue = q;
    clear_leftovers(e);
    return;
  }
  LOG("no readiness queue is free: an epoll set looks at its sockets one by one");
}

void queue_leave(struct epoll *e) {
  if (e->queue == NO_QUEUE) return;
  publish(&epoll_queue(e)->owner, 0);
  e->queue = NO_QUEUE;
}

static uint64_t field(uint64_t word, int k) { return word >> (k * FIELD_BITS) & 0xffff; }

static void set_exclusive(struct jr_socket *s, int k, bool on) {
  const uint64_t mask = 0xffffull << (k * FIELD_BITS);
  if (on) fetch_or(&s->exclusive, mask);
  else if (peek(&s->exclusive) & mask) fetch_and(&s->exclusive, ~mask);
}

static void name(struct jr_socket *s, uint64_t id, bool exclusive) {
  uint64_t v = load(&s->queues);
  for (;;) {
    int free = -1;
    if (field(v, FIELDS - 1) == EVERY_QUEUE) return;
    for (int k = 0; k < FIELDS; k++) {
      if (field(v, k) == id) return;
      if (field(v, k) == 0 && free < 0) free = k;
    }
    const int at = free < 0 ? FIELDS - 1 : free;
    const uint64_t value = free < 0 ? EVERY_QUEUE : id;
    const uint64_t next = (v & ~(0xffffull << (at * FIELD_BITS))) | value << (at * FIELD_BITS);
    if (!cas(&s->queues, &v, next)) continue;
    set_exclusive(s, at, exclusive && free >= 0);
    return;
  }
}

static void unname(struct jr_socket *s, uint64_t id) {
  uint64_t v = load(&s->queues);
  for (int k = 0; k < FIELDS; k++) {
    while (field(v, k) == id) {
      set_exclusive(s, k, false);
      if (cas(&s->queues, &v, v & ~(0xffffull << (k * FIELD_BITS)))) return;
    }
  }
}

void queue_name(struct epoll *e, struct member *m) {
  if (e->queue == NO_QUEUE) return;
  const uint32_t slot = m->file->slot;
  m->same_slot = e->by_slot[slot];
  e->by_slot[slot] = m;
  name(m->file->socket, e->queue + 1, m->events & EPOLLEXCLUSIVE);
}

void queue_unname(struct epoll *e, struct member *m) {
  if (e->queue == NO_QUEUE) return;
  struct member **at = &e->by_slot[m->file->slot];
  while (*at && *at != m) at = &(*at)->same_slot;
  if (!*at) return;
  *at = m->same_slot;
  if (!e->by_slot[m->file->slot] && m->file->socket) unname(m->file->socket, e->queue + 1);
}

bool queue_signalled(const struct epoll *e) {
  const uint32_t queue = peek(&e->queue);
  if (queue == NO_QUEUE) return false;
  const uint64_t *w = e->instance->queues[queue].ready.word;
  uint64_t any = 0;
  for (unsigned k = 0; k < 8; k++) any |= peek(&w[k]);
  return any != 0;
}

/*
 * Sockets that were told, before they are looked at: all that epoll_wait reads, and then the program's recv and send. Of many that are open each
 * lies elsewhere, in no cache: asked for together their ways to memory overlap, one after the other the program would wait several times for each.
 */
static void fetch(const struct epoll *e, const uint32_t *slots, uint32_t count) {
  const struct instance *i = e->instance;
  for (uint32_t k = 0; k < count; k++) {
    const struct jr_socket *s = &i->sockets[slots[k]];
    fetch_line(&e->by_slot[slots[k]]);
    fetch_line(&s->generation);
    fetch_to_write(&s->rx_cons);
    fetch_to_write(&s->tx_prod);
  }
  for (uint32_t k = 0; k < count; k++) fetch_to_write(e->by_slot[slots[k]]);
  for (uint32_t k = 0; k < count; k++) {
    const struct member *m = e->by_slot[slots[k]];
    const struct jr_socket *s = &i->sockets[slots[k]];
    if (m) {
      fetch_line(m->file);
      fetch_line(&fd_table[m->fd]);
    }
    const uint64_t read = peek(&s->rx_cons), written = peek(&s->tx_prod);
    const uint8_t *in = chunk_at(i, newest_entry(peek(&s->rx_newest), read));
    const uint8_t *out = chunk_at(i, newest_entry(peek(&s->tx_newest), written));
    if (in) fetch_line(in + chunk_offset(read));
    if (out) fetch_to_write(out + chunk_offset(written));
  }
}

static void push(struct epoll *e, const uint32_t *slots, uint32_t count) {
  if (count >= FEW) fetch(e, slots, count);
  for (uint32_t k = 0; k < count; k++)
    for (struct member *m = e->by_slot[slots[k]]; m; m = m->same_slot)
      if (!m->disarmed) ready_push(e, m);
}

void queue_drain(struct epoll *e) {
  if (e->queue == NO_QUEUE) return;
  uint64_t *summary = epoll_queue(e)->ready.word;
  uint64_t *words = queue_words(e);
  uint32_t slots[TOGETHER], count = 0;
  for (uint32_t top = 0; top < 8; top++) {
    if (!peek(&summary[top])) continue;
    uint64_t some = exchange(&summary[top], 0);
    for (uint32_t line = 0; line < 64; line += JR_LINE / 8)
      if (some >> line & 0xff) fetch_to_write(&words[top * 64 + line]);
    for (; some; some &= some - 1) {
      const uint32_t at = top * 64 + (uint32_t)__builtin_ctzll(some);
      for (uint64_t bits = exchange(&words[at], 0); bits; bits &= bits - 1) {
        if (count == TOGETHER) {
          push(e, slots, count);
          count = 0;
        }
        slots[count++] = at * 64 + (uint32_t)__builtin_ctzll(bits);
      }
    }
  }
  push(e, slots, count);
}

void by_slot_free(struct epoll *e) {
  munmap(e->by_slot, JR_SOCKETS * sizeof(struct member *));
  e->by_slot = NULL;
}
