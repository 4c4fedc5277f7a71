/* SPDX-License-Identifier: BSD-2-Clause */
/* What programs ask for: connect, listen, options. */
#include "service.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "joyride.h"

static bool same(const uint8_t *a, const uint8_t *b) { return memcmp(a, b, 16) == 0; }

static bool any(const uint8_t *a) {
  static const uint8_t v4[16] = {[10] = 0xff, [11] = 0xff}, v6[16];
  return same(a, v4) || same(a, v6);
}

static uint32_t listener_at(const struct jr_address *a) {
  for (uint32_t k = 0; k < slot_top; k++)
    if (slots[k].used && slots[k].listening && slots[k].address.port == a->port &&
        (any(slots[k].address.address) || same(slots[k].address.address, a->address)))
      return k;
  return NONE;
}

static bool within(const struct jr_md5key *k, const uint8_t *a) {
  uint32_t bits = k->prefix;
  static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
  if (memcmp(k->peer.address, v4, 12) == 0) bits += 96;
  for (uint32_t b = 0; b < bits; b++)
    if ((k->peer.address[b / 8] ^ a[b / 8]) & 0x80 >> b % 8) return false;
  return true;
}

/* The key for a peer, the longest prefix that fits; NULL: none. */
static const struct jr_md5key *key_for(uint32_t slot, const uint8_t *peer) {
  const struct jr_md5key *best = NULL;
  for (int n = 0; n < KEYS; n++) {
    const struct jr_md5key *k = &slots[slot].keys[n];
    if (k->length && within(k, peer) && (!best || k->prefix > best->prefix)) best = k;
  }
  return best;
}

/* Segments that are signed otherwise than the other side wants are dropped. */
static bool understand(uint32_t k, uint32_t l) {
  const struct jr_md5key *ours = key_for(k, sockets[k].remote_address), *theirs = key_for(l, sockets[k].local_address);
  if (!ours || !theirs) return ours == theirs;
  return ours->length == theirs->length && memcmp(ours->key, theirs->key, ours->length) == 0;
}

static int do_key(struct jr_waiter *w) {
  struct jr_md5key given;
  memcpy(&given, w->data, sizeof given);
  if (w->socket >= JR_SOCKETS || !slots[w->socket].used || given.length > sizeof given.key) return -EINVAL;
  struct jr_md5key *at = NULL, *room = NULL;
  for (int n = 0; n < KEYS; n++) {
    struct jr_md5key *k = &slots[w->socket].keys[n];
    if (!k->length) room = k;
    else if (k->prefix == given.prefix && same(k->peer.address, given.peer.address)) at = k;
  }
  if (!given.length && !at) return -ENOENT;
  if (!at && !room) return -ENOMEM;
  *(at ? at : room) = given;
  return 0;
}

static int do_open(struct jr_waiter *w, uint32_t p) {
  const uint32_t k = slot_new();
  if (k == NONE) return -ENOBUFS;
  hold(k, p);
  w->socket = k;
  w->generation = sockets[k].generation;
  return 0;
}

/* Gives the connecting sockets their peers, as far as the backlog has room. */
void connect_pending(uint32_t l) {
  for (uint32_t k = 0; k < slot_top; k++) {
    if (!slots[k].used || !slots[k].connecting || listener_at(&slots[k].address) != l || !understand(k, l)) continue;
    struct jr_socket *s = &sockets[l];
    if (s->rx_prod - load(&s->rx_cons) >= s->rx_limit) return;
    const uint32_t a = slot_new();
    if (a == NONE) return;
    struct jr_socket *c = &sockets[k], *d = &sockets[a];
    memcpy(&d->option_flags, &s->option_flags, offsetof(struct jr_socket, rx_table) - offsetof(struct jr_socket, option_flags));
    d->rcvlowat = s->rcvlowat;
    d->rcvtimeo_ms = s->rcvtimeo_ms;
    d->sndtimeo_ms = s->sndtimeo_ms;
    memcpy(d->local_address, c->remote_address, 16);
    memcpy(d->remote_address, c->local_address, 16);
    d->local_port = c->remote_port;
    d->remote_port = c->local_port;
    d->family = slots[l].address.family;
    d->mss = c->mss = 1448;
    slots[a].peer = k;
    slots[k].peer = a;
    slots[k].connecting = false;
    publish(&d->state, JR_SOCKET_CONNECTED);
    publish(&c->state, JR_SOCKET_CONNECTED);
    tell(k, false);
    uint32_t *entry = rx_entry(s, s->rx_prod);
    if (!*entry) rx_put(s, chunk_take());
    const uint64_t handle = (uint64_t)d->generation << 32 | a;
    memcpy(chunk(*entry) + s->rx_prod % JR_CHUNK, &handle, 8);
    publish(&s->rx_prod, s->rx_prod + 8);
    tell(l, true);
  }
}

/* Who was asked for a cookie has given one. */
static bool takes_data(const struct jr_connect *c) {
  static bool asked[UINT16_MAX + 1];
  const bool knows = asked[c->remote.port];
  if (c->flags & JR_CONNECT_FASTOPEN) asked[c->remote.port] = true;
  return (c->flags & JR_CONNECT_FASTOPEN) && (knows || (c->flags & JR_CONNECT_NO_COOKIE));
}

/* The SYN that waited for data goes. */
void depart(uint32_t k) {
  const uint32_t l = listener_at(&slots[k].address);
  slots[k].deferred = false;
  if (l == NONE) {
    sockets[k].error = ECONNREFUSED;
    publish(&sockets[k].state, JR_SOCKET_RESET);
    tell(k, true);
    tell(k, false);
  } else {
    slots[k].connecting = true;
    publish(&sockets[k].state, JR_SOCKET_CONNECTING);
    connect_pending(l);
  }
}

static int do_connect(struct jr_waiter *w, uint32_t p) {
  static uint16_t ephemeral = 40000;
  struct jr_connect c;
  memcpy(&c, w->data, sizeof c);
  const uint32_t l = listener_at(&c.remote);
  if (l == NONE && c.remote.port != REFUSED_PORT) return -JR_USE_KERNEL;
  const uint32_t k = w->socket != JR_NO_SOCKET ? w->socket : slot_new();
  if (k == NONE) return -ENOBUFS;
  struct jr_socket *s = &sockets[k];
  memcpy(s->remote_address, c.remote.address, 16);
  memcpy(s->local_address, any(c.local.address) ? c.remote.address : c.local.address, 16);
  s->remote_port = c.remote.port;
  s->local_port = c.local.port ? c.local.port : ephemeral++;
  s->family = c.remote.family;
  slots[k].address = c.remote;
  hold(k, p);
  w->socket = k;
  w->generation = s->generation;
  slots[k].deferred = takes_data(&c);
  publish(&s->state, slots[k].deferred ? JR_SOCKET_DEFERRED : JR_SOCKET_CONNECTING);
  if (slots[k].deferred) return 0;
  if (l == NONE) {
    s->error = ECONNREFUSED;
    publish(&s->state, JR_SOCKET_RESET);
  } else {
    slots[k].connecting = true;
  }
  return 0;
}

static int do_listen(struct jr_waiter *w, uint32_t p) {
  struct jr_listen c;
  memcpy(&c, w->data, sizeof c);
  uint32_t backlog = c.backlog < 1 ? 1 : c.backlog > 1024 ? 1024 : c.backlog;
  if (w->socket != JR_NO_SOCKET && (w->socket >= JR_SOCKETS || slots[w->socket].listening)) {
    if (w->socket < JR_SOCKETS) sockets[w->socket].rx_limit = backlog * 8;
    return 0;
  }
  if (listener_at(&c.local) != NONE) return -EADDRINUSE;
  const uint32_t k = w->socket != JR_NO_SOCKET ? w->socket : slot_new();
  if (k == NONE) return -ENOBUFS;
  slots[k].listening = true;
  slots[k].address = c.local;
  sockets[k].rx_limit = backlog * 8;
  sockets[k].family = c.local.family;
  memcpy(sockets[k].local_address, c.local.address, 16);
  sockets[k].local_port = c.local.port;
  hold(k, p);
  w->socket = k;
  w->generation = sockets[k].generation;
  publish(&sockets[k].state, JR_SOCKET_LISTENING);
  return 0;
}

/* Congestion control, TCP_CCALGOOPT of newreno. */
static int do_option(struct jr_waiter *w) {
  if (w->args[0] != IPPROTO_TCP || w->socket >= JR_SOCKETS || !slots[w->socket].used) return -ENOPROTOOPT;
  struct slot *s = &slots[w->socket];
  const bool sets = w->op == JR_OP_SETOPT;
  const char *name = s->congestion[0] ? s->congestion : "cubic";
  uint32_t opts[2];
  memcpy(opts, w->data, sizeof opts);
  switch (w->args[1]) {
    case TCP_FASTOPEN:
    case 34:
      return 0;
    case TCP_CONGESTION:
      if (!sets) return snprintf((char *)w->data, 16, "%s", name), 16;
      if (strcmp((char *)w->data, "cubic") != 0 && strcmp((char *)w->data, "newreno") != 0) return -ENOENT;
      snprintf(s->congestion, sizeof s->congestion, "%.15s", (char *)w->data);
      s->beta = 50;
      return 0;
    case TCP_CCALGOOPT:
      if (strcmp(name, "newreno") != 0) return -ENOENT;
      if (sets && (opts[1] < 1 || opts[1] > 100)) return -EINVAL;
      if (sets) s->beta = opts[1];
      opts[1] = s->beta;
      memcpy(w->data, opts, sizeof opts);
      return sets ? 0 : (int)sizeof opts;
    default:
      return -ENOPROTOOPT;
  }
}

void call(uint32_t n) {
  struct jr_waiter *w = &waiters[n];
  if (load(&w->status) != JR_CALL_SUBMITTED || !w->owner || w->owner > JR_PROCESSES) return;
  const uint32_t p = w->owner - 1;
  int r = -EOPNOTSUPP;
  uint32_t pending = NONE;
  if (w->op == JR_OP_CONNECT) {
    r = do_connect(w, p);
    if (r == 0) pending = w->socket;
  }
  if (w->op == JR_OP_LISTEN) r = do_listen(w, p);
  if (w->op == JR_OP_GETOPT || w->op == JR_OP_SETOPT) r = do_option(w);
  if (w->op == JR_OP_OPEN) r = do_open(w, p);
  if (w->op == JR_OP_MD5KEY) r = do_key(w);
  if (w->op == JR_OP_NOP) r = 0;
  if (w->op == JR_OP_DISCONNECT && w->socket < JR_SOCKETS && slots[w->socket].peer != NONE) {
    const uint32_t b = slots[w->socket].peer;
    part(w->socket);
    die(b, ECONNRESET);
    r = 0;
  }
  w->result = r;
  publish(&w->status, JR_CALL_DONE);
  fence();
  wake(n);
  if (pending != NONE) {
    if (slots[pending].deferred) return;
    if (slots[pending].connecting) connect_pending(listener_at(&slots[pending].address));
    else tell(pending, true), tell(pending, false);
  }
}
