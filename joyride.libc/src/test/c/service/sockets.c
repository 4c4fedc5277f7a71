/* SPDX-License-Identifier: BSD-2-Clause */
/* Slots: their use, the bytes between two of them, who holds them. */
#include "service.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

uint32_t slot_new(void) {
  for (uint32_t k = 0; k < JR_SOCKETS; k++) {
    if (slots[k].used) continue;
    struct jr_socket *s = &sockets[k];
    memset(&slots[k], 0, sizeof slots[k]);
    slots[k].used = true;
    slots[k].peer = NONE;
    slots[k].relay = -1;
    for (int i = 0; i < 2; i++) slots[k].held[i] = slots[k].rung[i] = -1;
    s->owner = 0;
    s->owner_type = s->owner_signal = 0;
    if (k >= slot_top) slot_top = k + 1;
    s->state = 0;
    s->rx_prod = s->tx_cons = s->rx_cons = s->tx_prod = s->rx_told = 0;
    s->rx_wanted = UINT64_MAX;
    /* The first have large tables soon, so that both ways to a chunk are walked. */
    const bool large = k < JR_LARGE_TABLES / 2;
    s->tx_limit = s->rx_limit = large ? LIMIT : (JR_TABLE - 1) * JR_CHUNK;
    s->rx_large = large ? 2 * k + 1 : 0;
    s->tx_large = large ? 2 * k + 2 : 0;
    s->rx_large_from = s->tx_large_from = LARGE_FROM;
    s->error = s->rx_edges = s->tx_edges = s->unsent = 0;
    s->rx_waiter = s->rx_shut = s->claimed = s->tx_waiter = s->tx_shut = s->tx_want = s->tx_more = 0;
    s->rx_newest = s->tx_newest = 0;
    s->tx_urgent = s->oob_mark = s->oob_taken = 0;
    s->queues = s->exclusive = 0;
    s->option_seq = s->file_flags = s->rcvlowat = s->rcvtimeo_ms = s->sndtimeo_ms = 0;
    memset(&s->option_flags, 0, offsetof(struct jr_socket, rx_table) - offsetof(struct jr_socket, option_flags));
    s->linger = -1;
    memset(s->rx_table, 0, sizeof s->rx_table);
    memset(s->tx_table, 0, sizeof s->tx_table);
    publish(&s->generation, s->generation | 1);
    return k;
  }
  return NONE;
}

static void slot_free(uint32_t k) {
  struct jr_socket *s = &sockets[k];
  for (uint64_t i = 0; i < JR_TABLE; i++) {
    chunk_give(s->rx_table[i]);
    chunk_give(s->tx_table[i]);
    s->rx_table[i] = s->tx_table[i] = 0;
  }
  for (uint64_t i = 0; s->rx_large && i < JR_LARGE_TABLE; i++) {
    const uint64_t position = LARGE_FROM + i * JR_CHUNK;
    chunk_give(*rx_entry(s, position));
    chunk_give(*tx_entry(s, position));
    *rx_entry(s, position) = *tx_entry(s, position) = 0;
  }
  if (slots[k].relay >= 0) close(slots[k].relay);
  for (uint32_t kind = 0; kind < 2; kind++) owner_set(k, kind, NULL);
  publish(&s->state, s->state | JR_SOCKET_CLOSED);
  publish(&s->generation, s->generation + 1);
  slots[k].used = false;
}

void hold(uint32_t k, uint32_t p) {
  if (slots[k].holders[p / 8] & 1 << p % 8) return;
  slots[k].holders[p / 8] |= (uint8_t)(1 << p % 8);
  slots[k].holder_count++;
}

void die(uint32_t k, int error) {
  struct jr_socket *s = &sockets[k];
  if (s->state & JR_SOCKET_RESET) return;
  s->error = (uint32_t)error;
  publish(&s->state, s->state | JR_SOCKET_RESET);
  tell(k, true);
  tell(k, false);
}

void part(uint32_t k) {
  const uint32_t peer = slots[k].peer;
  slots[k].peer = NONE;
  if (peer != NONE) slots[peer].peer = NONE;
}

bool roomy(const struct jr_socket *s) { return s->tx_prod - s->tx_cons <= s->tx_limit / 3 * 2; }

/* Bytes from a's send ring into its peer's receive ring. */
static void move(uint32_t a) {
  const uint32_t b = slots[a].peer;
  struct jr_socket *s = &sockets[a];
  if (b == NONE) return;
  struct jr_socket *d = &sockets[b];
  if (slots[b].closing && load(&s->tx_prod) != s->tx_cons) { /* what the peer still sends finds nobody */
    part(a);
    die(a, ECONNRESET);
    return;
  }
  const uint64_t prod = load(&s->tx_prod), cons = load(&d->rx_cons);
  assert(prod >= s->tx_cons && prod - s->tx_cons <= s->tx_limit && cons <= d->rx_prod);
  slots[b].rx_freed = free_passed(d, rx_entry, slots[b].rx_freed, cons);
  uint64_t moved = 0;
  bool urgent = false;
  /* Both streams begin at 0: the byte before the writer's position is the reader's mark. */
  if (load(&s->tx_urgent) > d->oob_mark && s->tx_urgent <= prod) {
    publish(&d->oob_mark, s->tx_urgent);
    moved++;
    urgent = true;
  }
  while (s->tx_cons < prod && d->rx_prod - cons < d->rx_limit) {
    uint32_t *to = rx_entry(d, d->rx_prod);
    if (!*to && !rx_put(d, chunk_take())) break;
    const uint32_t from = *tx_entry(s, s->tx_cons);
    assert(from && from <= CHUNKS);
    uint64_t n = prod - s->tx_cons;
    const uint64_t bounds[] = {d->rx_limit - (d->rx_prod - cons), JR_CHUNK - d->rx_prod % JR_CHUNK,
                               JR_CHUNK - s->tx_cons % JR_CHUNK};
    for (int i = 0; i < 3; i++)
      if (bounds[i] < n) n = bounds[i];
    memcpy(chunk(*to) + d->rx_prod % JR_CHUNK, chunk(from) + s->tx_cons % JR_CHUNK, n);
    publish(&d->rx_prod, d->rx_prod + n);
    publish(&s->tx_cons, s->tx_cons + n);
    moved += n;
  }
  slots[a].tx_freed = free_passed(s, tx_entry, slots[a].tx_freed, s->tx_cons);
  if (moved) tell(b, true);
  if (urgent) owner_tell(b, JR_SIGNAL_URGENT);
  if (load(&s->tx_want) && roomy(s)) {
    publish(&s->tx_want, 0);
    tell(a, false);
  }
  if ((load(&s->tx_shut) || slots[a].closing) && s->tx_cons == load(&s->tx_prod) && !slots[a].fin_told) {
    slots[a].fin_told = true;
    if (slots[a].closing) publish(&s->state, s->state | JR_SOCKET_CLOSED);
    publish(&d->state, d->state | JR_SOCKET_RX_EOF);
    tell(b, true);
  }
}

static void finish(uint32_t k) {
  const uint32_t b = slots[k].peer;
  if (!slots[k].used || !slots[k].closing) return;
  if (b != NONE && !slots[k].fin_told) return;
  if (b != NONE && !slots[b].closing && !sockets[b].tx_shut) return;
  part(k);
  slot_free(k);
  if (b != NONE) finish(b);
}

void take_claims(uint32_t k) {
  struct jr_socket *s = &sockets[k];
  const uint64_t cons = load(&s->rx_cons);
  while (slots[k].rx_freed < cons) {
    uint64_t handle;
    const uint64_t at = slots[k].rx_freed;
    memcpy(&handle, chunk(*rx_entry(s, at)) + at % JR_CHUNK, 8);
    const uint32_t slot = (uint32_t)handle, claimed = load(&sockets[slot].claimed);
    if (claimed && claimed <= JR_PROCESSES && procs[claimed - 1].used) hold(slot, claimed - 1);
    slots[k].rx_freed = at + 8;
    if (slots[k].rx_freed % JR_CHUNK == 0) {
      uint32_t *entry = rx_entry(s, at);
      chunk_give(*entry);
      *entry = 0;
    }
  }
}

void connect_pending(uint32_t listener);

void socket_dirty(uint32_t k) {
  if (!slots[k].used) return;
  struct jr_socket *s = &sockets[k];
  if (slots[k].listening) {
    take_claims(k);
    connect_pending(k);
    return;
  }
  if (slots[k].deferred && load(&s->tx_prod)) depart(k);
  move(k);
  if (slots[k].peer != NONE) move(slots[k].peer);
  else if (load(&s->tx_want) && !slots[k].connecting) publish(&s->tx_want, 0), tell(k, false);
  if (load(&s->rx_shut) && !(s->state & JR_SOCKET_RESET)) tell(k, true);
  if (load(&s->tx_shut)) tell(k, false);
  const uint32_t b = slots[k].peer;
  if (b != NONE) finish(b);
  finish(k);
}

void drop(uint32_t k, uint32_t p, bool reset) {
  if (!slots[k].used || !(slots[k].holders[p / 8] & 1 << p % 8)) return;
  slots[k].holders[p / 8] &= (uint8_t) ~(1 << p % 8);
  if (--slots[k].holder_count) return;
  if (slots[k].listening) {
    take_claims(k);
    for (uint64_t at = slots[k].rx_freed; at < sockets[k].rx_prod; at += 8) {
      uint64_t handle;
      memcpy(&handle, chunk(*rx_entry(&sockets[k], at)) + at % JR_CHUNK, 8);
      const uint32_t slot = (uint32_t)handle, peer = slots[slot].peer;
      part(slot);
      if (peer != NONE) die(peer, ECONNRESET);
      slot_free(slot);
    }
    slot_free(k);
    return;
  }
  move(k);
  slots[k].closing = true;
  const uint32_t b = slots[k].peer;
  if (b != NONE && (reset || sockets[k].rx_prod != load(&sockets[k].rx_cons))) {
    part(k);
    die(b, ECONNRESET);
    if (slots[b].closing) finish(b);
  }
  socket_dirty(k);
}
