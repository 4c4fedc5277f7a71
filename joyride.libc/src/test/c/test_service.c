/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A service for the tests of the layer: one instance for whoever attaches, and connections that are two sockets whose
 * rings it copies into each other. No network, no TCP: only what joyride_abi.h promises to the programs.
 *
 * test_service PATH [spin_us [all]]   attach socket; runs until killed. all: 127.0.0.0/8 is Joyride's, and not only 127.77/16
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "joyride_abi.h"

#define load(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define publish(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define exchange(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define fetch_or(p, v) __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)

enum { CHUNKS = 8192, LENT = 16, LIMIT = 256 * 1024, REFUSED_PORT = 9 };
#define NONE UINT32_MAX

static uint8_t *base;
static struct jr_header *header;
static struct jr_socket *sockets;
static struct jr_process *processes;
static struct jr_waiter *waiters;
static struct jr_queue *queues;
static uint64_t *dirty_words, *call_words;
static int memory_fd, service_fd, epoll_fd, listen_fd;

static struct {
  bool used, listening, closing, fin_told, connecting;
  uint32_t peer;
  uint32_t taken; /* a listener: handles whose claims were seen, in bytes */
  uint64_t rx_freed, tx_freed;
  uint8_t holders[JR_PROCESSES / 8];
  uint32_t holder_count;
  struct jr_address address;
  int relay; /* the escalated end, or -1 */
  uint64_t cookie; /* of the program's end */
} slots[JR_SOCKETS];
static uint32_t slot_top;

static struct {
  bool used;
  int fd;
} procs[JR_PROCESSES];
static int waiter_fds[JR_WAITERS];
static uint32_t free_chunks[CHUNKS], free_count;
static uint16_t lent_to[CHUNKS]; /* process + 1 */

static size_t pages(size_t n) { return (n + 4095) / 4096 * 4096; }

static void layout(uint32_t spin_us) {
  size_t at = pages(sizeof *header);
  const size_t sockets_at = at;
  at = pages(at + JR_SOCKETS * sizeof *sockets);
  const size_t processes_at = at;
  at = pages(at + JR_PROCESSES * sizeof *processes);
  const size_t waiters_at = at;
  at = pages(at + JR_WAITERS * sizeof *waiters);
  const size_t queues_at = at;
  at = pages(at + JR_QUEUES * sizeof *queues);
  const size_t bitmaps_at = at;
  at = pages(at + (size_t)JR_QUEUES * JR_BITMAP_WORDS * 8);
  const size_t dirty_at = at, calls_at = at + JR_BITMAP_WORDS * 8;
  at = pages(calls_at + 4096);
  const size_t chunks_at = at;
  at += (size_t)CHUNKS * JR_CHUNK;
  memory_fd = memfd_create("joyride-test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  assert(memory_fd >= 0 && ftruncate(memory_fd, (off_t)at) == 0);
  assert(fcntl(memory_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0);
  base = mmap(NULL, at, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
  assert(base != MAP_FAILED);
  header = (struct jr_header *)base;
  header->magic = JR_MAGIC;
  header->abi_version = JR_ABI_VERSION;
  header->header_size = sizeof *header;
  header->total_size = at;
  header->instance_id = 1;
  header->sockets_offset = (uint32_t)sockets_at;
  header->processes_offset = (uint32_t)processes_at;
  header->waiters_offset = (uint32_t)waiters_at;
  header->queues_offset = (uint32_t)queues_at;
  header->queue_bitmaps_offset = (uint32_t)bitmaps_at;
  header->dirty_bitmap_offset = (uint32_t)dirty_at;
  header->call_bitmap_offset = (uint32_t)calls_at;
  header->chunks_offset = (uint32_t)chunks_at;
  header->chunk_count = CHUNKS;
  header->state = JR_INSTANCE_RUNNING;
  header->spin_us = spin_us;
  header->yield_limit_us = 200;
  sockets = (struct jr_socket *)(base + sockets_at);
  processes = (struct jr_process *)(base + processes_at);
  waiters = (struct jr_waiter *)(base + waiters_at);
  queues = (struct jr_queue *)(base + queues_at);
  dirty_words = (uint64_t *)(base + dirty_at);
  call_words = (uint64_t *)(base + calls_at);
  header->policy_rules = 2;
  header->policy_count = 4;
  header->policy[0] = (struct jr_policy){.action = JR_POLICY_REFUSE, .calls = JR_POLICY_LISTEN, .first_port = 7990, .last_port = 7991};
  header->policy[1] = (struct jr_policy){.action = JR_POLICY_KERNEL, .calls = JR_POLICY_CONNECT, .first_port = 7991, .last_port = 7992};
  header->policy[2] = (struct jr_policy){.prefix = 128, .action = JR_POLICY_REFUSE};
  memcpy(header->policy[2].address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\x4d\0\x63", 16);
  header->policy[3] = (struct jr_policy){.prefix = 112, .action = JR_POLICY_LOCAL};
  memcpy(header->policy[3].address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\x4d\0\0", 16);
  for (uint32_t k = 0; k < CHUNKS; k++) free_chunks[free_count++] = CHUNKS - 1 - k;
  for (uint32_t k = 0; k < JR_WAITERS; k++) waiter_fds[k] = -1;
}

/* ------------------------------------------------------------------ telling */
#ifndef TFD_IOC_SET_TICKS
#define TFD_IOC_SET_TICKS _IOW('T', 0, uint64_t)
#endif

static void waker_ring(int fd) {
  static const uint64_t one = 1;
  if (ioctl(fd, TFD_IOC_SET_TICKS, &one) < 0 && send(fd, &one, 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN)
    perror("a waiter's waker");
}

static void wake(uint32_t w) {
  if (w < JR_WAITERS && exchange(&waiters[w].asleep, 0) && waiter_fds[w] >= 0) waker_ring(waiter_fds[w]);
}

static void wake_noted(uint32_t *where) {
  if (!load(where)) return;
  const uint32_t v = exchange(where, 0);
  if (v == JR_WAITER_MANY)
    for (uint32_t w = 0; w < JR_WAITERS; w++) wake(w);
  else if (v)
    wake(v - 1);
}

static void tell_queue(uint32_t q, uint32_t slot) {
  if (q >= JR_QUEUES || !load(&queues[q].owner)) return;
  uint64_t *words = (uint64_t *)(base + header->queue_bitmaps_offset + (size_t)q * JR_BITMAP_WORDS * 8);
  fetch_or(&words[slot / 64], 1ull << slot % 64);
  fetch_or(&queues[q].ready.word[slot / 4096], 1ull << slot / 64 % 64);
  wake_noted(&queues[q].sleeper);
}

static void tell(uint32_t slot, bool rx) {
  struct jr_socket *s = &sockets[slot];
  publish(rx ? &s->rx_edges : &s->tx_edges, (rx ? s->rx_edges : s->tx_edges) + 1);
  fence();
  const uint64_t named = load(&s->queues), exclusive = load(&s->exclusive);
  bool exclusive_told = false;
  for (int k = 0; k < 4; k++) {
    const uint32_t q = (uint32_t)(named >> (k * 16) & 0xffff);
    if (k == 3 && q == 0xffff) {
      for (uint32_t every = 0; every < JR_QUEUES; every++) tell_queue(every, slot);
    } else if (q) {
      if ((exclusive >> (k * 16) & 0xffff) && slots[slot].listening) {
        if (exclusive_told) continue;
        exclusive_told = true;
      }
      tell_queue(q - 1, slot);
    }
  }
  wake_noted(rx ? &s->rx_waiter : &s->tx_waiter);
}

/* ------------------------------------------------------------------ chunks */
static uint8_t *chunk(uint32_t entry) { return base + header->chunks_offset + (size_t)(entry - 1) * JR_CHUNK; }

static uint32_t chunk_take(void) { return free_count ? free_chunks[--free_count] + 1 : 0; }

static void chunk_give(uint32_t entry) {
  if (!entry || entry > CHUNKS) return;
  lent_to[entry - 1] = 0;
  free_chunks[free_count++] = entry - 1;
}

static void refill(uint32_t p) {
  struct jr_process *x = &processes[p];
  while (x->magazine_prod - load(&x->magazine_cons) < LENT) {
    const uint32_t entry = chunk_take();
    if (!entry) break;
    lent_to[entry - 1] = (uint16_t)(p + 1);
    x->magazine[x->magazine_prod % JR_MAGAZINE] = entry - 1;
    publish(&x->magazine_prod, x->magazine_prod + 1);
  }
}

static uint64_t free_passed(uint32_t *table, uint64_t from, uint64_t to) {
  for (; (from >> JR_CHUNK_SHIFT) < (to >> JR_CHUNK_SHIFT); from += JR_CHUNK) {
    uint32_t *entry = &table[(from >> JR_CHUNK_SHIFT) % JR_TABLE];
    chunk_give(*entry);
    publish(entry, 0);
  }
  return from > to ? to : from;
}

/* ------------------------------------------------------------------ sockets */
static uint32_t slot_new(void) {
  for (uint32_t k = 0; k < JR_SOCKETS; k++) {
    if (slots[k].used) continue;
    struct jr_socket *s = &sockets[k];
    memset(&slots[k], 0, sizeof slots[k]);
    slots[k].used = true;
    slots[k].peer = NONE;
    slots[k].relay = -1;
    if (k >= slot_top) slot_top = k + 1;
    s->state = 0;
    s->rx_prod = s->tx_cons = s->rx_cons = s->tx_prod = s->rx_told = 0;
    s->tx_limit = s->rx_limit = LIMIT;
    s->error = s->rx_edges = s->tx_edges = s->unsent = 0;
    s->rx_waiter = s->rx_shut = s->claimed = s->tx_waiter = s->tx_shut = s->tx_want = s->tx_more = 0;
    s->queues = s->exclusive = 0;
    memset(&s->option_seq, 0, 64);
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
  for (int i = 0; i < (int)JR_TABLE; i++) {
    chunk_give(s->rx_table[i]);
    chunk_give(s->tx_table[i]);
    s->rx_table[i] = s->tx_table[i] = 0;
  }
  if (slots[k].relay >= 0) close(slots[k].relay);
  publish(&s->state, s->state | JR_SOCKET_CLOSED);
  publish(&s->generation, s->generation + 1);
  slots[k].used = false;
}

static void hold(uint32_t k, uint32_t p) {
  if (slots[k].holders[p / 8] & 1 << p % 8) return;
  slots[k].holders[p / 8] |= (uint8_t)(1 << p % 8);
  slots[k].holder_count++;
}

static void die(uint32_t k, int error) {
  struct jr_socket *s = &sockets[k];
  if (s->state & JR_SOCKET_RESET) return;
  s->error = (uint32_t)error;
  publish(&s->state, s->state | JR_SOCKET_RESET);
  tell(k, true);
  tell(k, false);
}

static void part(uint32_t k) {
  const uint32_t peer = slots[k].peer;
  slots[k].peer = NONE;
  if (peer != NONE) slots[peer].peer = NONE;
}

static bool roomy(const struct jr_socket *s) { return s->tx_prod - s->tx_cons <= s->tx_limit / 3 * 2; }

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
  slots[b].rx_freed = free_passed(d->rx_table, slots[b].rx_freed, cons);
  uint64_t moved = 0;
  while (s->tx_cons < prod && d->rx_prod - cons < d->rx_limit) {
    uint32_t *to = &d->rx_table[(d->rx_prod >> JR_CHUNK_SHIFT) % JR_TABLE];
    if (!*to && !(*to = chunk_take())) break;
    const uint32_t from = s->tx_table[(s->tx_cons >> JR_CHUNK_SHIFT) % JR_TABLE];
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
  slots[a].tx_freed = free_passed(s->tx_table, slots[a].tx_freed, s->tx_cons);
  if (moved) tell(b, true);
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

static void take_claims(uint32_t k) {
  struct jr_socket *s = &sockets[k];
  const uint64_t cons = load(&s->rx_cons);
  while (slots[k].rx_freed < cons) {
    uint64_t handle;
    const uint64_t at = slots[k].rx_freed;
    memcpy(&handle, chunk(s->rx_table[(at >> JR_CHUNK_SHIFT) % JR_TABLE]) + at % JR_CHUNK, 8);
    const uint32_t slot = (uint32_t)handle, claimed = load(&sockets[slot].claimed);
    if (claimed && claimed <= JR_PROCESSES && procs[claimed - 1].used) hold(slot, claimed - 1);
    slots[k].rx_freed = at + 8;
    if (slots[k].rx_freed % JR_CHUNK == 0) {
      uint32_t *entry = &s->rx_table[(at >> JR_CHUNK_SHIFT) % JR_TABLE];
      chunk_give(*entry);
      *entry = 0;
    }
  }
}

static void connect_pending(uint32_t listener);

static void socket_dirty(uint32_t k) {
  if (!slots[k].used) return;
  struct jr_socket *s = &sockets[k];
  if (slots[k].listening) {
    take_claims(k);
    connect_pending(k);
    return;
  }
  move(k);
  if (slots[k].peer != NONE) move(slots[k].peer);
  else if (load(&s->tx_want) && !slots[k].connecting) publish(&s->tx_want, 0), tell(k, false);
  if (load(&s->rx_shut) && !(s->state & JR_SOCKET_RESET)) tell(k, true);
  if (load(&s->tx_shut)) tell(k, false);
  const uint32_t b = slots[k].peer;
  if (b != NONE) finish(b);
  finish(k);
}

static void drop(uint32_t k, uint32_t p, bool reset) {
  if (!slots[k].used || !(slots[k].holders[p / 8] & 1 << p % 8)) return;
  slots[k].holders[p / 8] &= (uint8_t) ~(1 << p % 8);
  if (--slots[k].holder_count) return;
  if (slots[k].listening) {
    take_claims(k);
    for (uint64_t at = slots[k].rx_freed; at < sockets[k].rx_prod; at += 8) {
      uint64_t handle;
      memcpy(&handle, chunk(sockets[k].rx_table[(at >> JR_CHUNK_SHIFT) % JR_TABLE]) + at % JR_CHUNK, 8);
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

/* ------------------------------------------------------------------ calls */
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

/* Gives the connecting sockets their peers, as far as the backlog has room. */
static void connect_pending(uint32_t l) {
  for (uint32_t k = 0; k < slot_top; k++) {
    if (!slots[k].used || !slots[k].connecting || listener_at(&slots[k].address) != l) continue;
    struct jr_socket *s = &sockets[l];
    if (s->rx_prod - load(&s->rx_cons) >= s->rx_limit) return;
    const uint32_t a = slot_new();
    if (a == NONE) return;
    struct jr_socket *c = &sockets[k], *d = &sockets[a];
    memcpy(&d->option_seq, &s->option_seq, 64);
    d->file_flags = 0;
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
    uint32_t *entry = &s->rx_table[(s->rx_prod >> JR_CHUNK_SHIFT) % JR_TABLE];
    if (!*entry) *entry = chunk_take();
    const uint64_t handle = (uint64_t)d->generation << 32 | a;
    memcpy(chunk(*entry) + s->rx_prod % JR_CHUNK, &handle, 8);
    publish(&s->rx_prod, s->rx_prod + 8);
    tell(l, true);
  }
}

static int do_connect(struct jr_waiter *w, uint32_t p) {
  static uint16_t ephemeral = 40000;
  struct jr_connect c;
  memcpy(&c, w->data, sizeof c);
  const uint32_t l = listener_at(&c.remote);
  if (l == NONE && c.remote.port != REFUSED_PORT) return -JR_USE_KERNEL;
  const uint32_t k = slot_new();
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
  publish(&s->state, JR_SOCKET_CONNECTING);
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
  if (w->socket != JR_NO_SOCKET) {
    if (w->socket < JR_SOCKETS) sockets[w->socket].rx_limit = backlog * 8;
    return 0;
  }
  if (listener_at(&c.local) != NONE) return -EADDRINUSE;
  const uint32_t k = slot_new();
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

static void call(uint32_t n) {
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
  if (w->op == JR_OP_GETOPT || w->op == JR_OP_SETOPT) r = -ENOPROTOOPT;
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
    if (slots[pending].connecting) connect_pending(listener_at(&slots[pending].address));
    else tell(pending, true), tell(pending, false);
  }
}

/* ------------------------------------------------------------------ processes */
static void commands(uint32_t p) {
  struct jr_process *x = &processes[p];
  if (!procs[p].used) return;
  /* a socket may be closed in the turn it was accepted in */
  const uint32_t end = load(&x->command_prod);
  for (uint32_t k = 0; end != x->command_cons && k < slot_top; k++)
    if (slots[k].used && slots[k].listening) take_claims(k);
  while (x->command_cons != end) {
    const struct jr_command c = x->commands[x->command_cons % JR_COMMANDS];
    publish(&x->command_cons, x->command_cons + 1);
    if (c.op == JR_COMMAND_CLOSE && c.socket < JR_SOCKETS && sockets[c.socket].generation == c.generation)
      drop(c.socket, p, c.argument & 1);
  }
  if (load(&x->magazine_want)) {
    refill(p);
    publish(&x->magazine_want, 0);
    for (uint32_t k = 0; k < slot_top; k++)
      if (slots[k].used && !slots[k].listening && load(&sockets[k].tx_want) && roomy(&sockets[k])) {
        publish(&sockets[k].tx_want, 0);
        tell(k, false);
      }
  }
}

static uint32_t process_new(int fd, uint32_t pid) {
  for (uint32_t p = 0; p < JR_PROCESSES; p++) {
    if (procs[p].used) continue;
    struct jr_process *x = &processes[p];
    memset(x, 0, sizeof *x);
    procs[p].used = true;
    procs[p].fd = fd;
    x->pid = pid;
    publish(&x->state, 1);
    refill(p);
    struct epoll_event e = {EPOLLIN, {.u64 = p}};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
    return p;
  }
  return NONE;
}

static void process_end(uint32_t p) {
  commands(p);
  for (uint32_t k = 0; k < slot_top; k++)
    if (slots[k].used && slots[k].listening) take_claims(k);
  for (uint32_t k = 0; k < slot_top; k++) drop(k, p, false);
  for (uint32_t w = 0; w < JR_WAITERS; w++) {
    if (waiters[w].owner != p + 1) continue;
    if (waiter_fds[w] >= 0) close(waiter_fds[w]);
    waiter_fds[w] = -1;
    waiters[w].asleep = 0;
    waiters[w].status = JR_CALL_IDLE;
    publish(&waiters[w].owner, 0);
  }
  for (uint32_t q = 0; q < JR_QUEUES; q++) {
    if (queues[q].owner != p + 1) continue;
    for (uint32_t k = 0; k < slot_top; k++)
      for (int f = 0; f < 4; f++) {
        uint64_t v = load(&sockets[k].queues);
        if ((v >> (f * 16) & 0xffff) == q + 1) __atomic_fetch_and(&sockets[k].queues, ~(0xffffull << (f * 16)), __ATOMIC_SEQ_CST);
      }
    publish(&queues[q].owner, 0);
  }
  static bool used[CHUNKS + 1];
  memset(used, 0, sizeof used);
  for (uint32_t k = 0; k < slot_top; k++)
    for (uint32_t i = 0; i < JR_TABLE; i++)
      if (slots[k].used && sockets[k].tx_table[i] <= CHUNKS) used[sockets[k].tx_table[i]] = true;
  for (uint32_t c = 0; c < CHUNKS; c++)
    if (lent_to[c] == p + 1 && !used[c + 1]) chunk_give(c + 1);
  publish(&processes[p].state, 0);
  close(procs[p].fd);
  procs[p].used = false;
}

static void answer(int fd, uint32_t type, int status, uint64_t value, uint32_t process, const int *fds, int count) {
  struct jr_message m = {.magic = JR_HELLO_MAGIC, .abi_version = JR_ABI_VERSION, .type = type, .status = status,
                         .value = value, .process = process};
  struct iovec iov = {&m, sizeof m};
  union {
    struct cmsghdr h;
    char room[CMSG_SPACE(2 * sizeof(int))];
  } c;
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
  if (count) {
    memset(&c, 0, sizeof c);
    msg.msg_control = &c;
    msg.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    c.h.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    c.h.cmsg_level = SOL_SOCKET;
    c.h.cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(&c.h), fds, (size_t)count * sizeof(int));
  }
  sendmsg(fd, &msg, MSG_NOSIGNAL);
}

static int receive(int fd, struct jr_message *m, int passed[2]) {
  struct iovec iov = {m, sizeof *m};
  union {
    struct cmsghdr h;
    char room[CMSG_SPACE(2 * sizeof(int))];
  } c;
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c.room};
  passed[0] = passed[1] = -1;
  const ssize_t r = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  struct cmsghdr *h = CMSG_FIRSTHDR(&msg);
  if (r > 0 && h && h->cmsg_type == SCM_RIGHTS) memcpy(passed, CMSG_DATA(h), h->cmsg_len - CMSG_LEN(0));
  return r < 0 ? -errno : r != sizeof *m ? -EPROTO : 0;
}

static uint64_t cookie_of(int fd) {
  uint64_t cookie = 0;
  socklen_t l = sizeof cookie;
  getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &l);
  return cookie;
}

static void find(uint32_t p, int fd) {
  const uint64_t cookie = cookie_of(fd);
  for (uint32_t k = 0; k < slot_top; k++) {
    if (!slots[k].used || !cookie || slots[k].cookie != cookie) continue;
    hold(k, p);
    answer(procs[p].fd, JR_MSG_FOUND, 0, sockets[k].generation, k, NULL, 0);
    return;
  }
  answer(procs[p].fd, JR_MSG_FOUND, -ENOENT, 0, 0, NULL, 0);
}

static void message(uint32_t p) {
  struct jr_message m;
  int fds[2];
  const int r = receive(procs[p].fd, &m, fds);
  int passed = fds[0];
  if (r == -EAGAIN) return;
  if (r < 0) {
    process_end(p);
    return;
  }
  if (m.type == JR_MSG_WAITER && m.value < JR_WAITERS && passed >= 0) {
    if (waiter_fds[m.value] >= 0) close(waiter_fds[m.value]);
    waiter_fds[m.value] = passed;
    waker_ring(passed);
    passed = -1;
  } else if (m.type == JR_MSG_FORK && passed >= 0) {
    commands(p);
    for (uint32_t k = 0; k < slot_top; k++)
      if (slots[k].used && slots[k].listening) take_claims(k);
    const uint32_t child = process_new(passed, 0);
    for (uint32_t k = 0; k < slot_top; k++)
      if (slots[k].used && (slots[k].holders[p / 8] & 1 << p % 8)) hold(k, child);
    passed = -1;
    answer(procs[p].fd, JR_MSG_FORKED, 0, child, 0, NULL, 0);
  } else if (m.type == JR_MSG_CHILD) {
    processes[p].pid = (uint32_t)m.value;
    answer(procs[p].fd, JR_MSG_WELCOME, 0, header->total_size, p, NULL, 0);
  } else if (m.type == JR_MSG_FIND && passed >= 0) {
    find(p, passed);
  } else if (m.type == JR_MSG_ESCALATE && m.process < JR_SOCKETS && passed >= 0) {
    slots[m.process].cookie = cookie_of(fds[1]);
    fcntl(passed, F_SETFL, O_NONBLOCK);
    slots[m.process].relay = passed;
    hold(m.process, JR_PROCESSES - 1);
    passed = -1;
    answer(procs[p].fd, JR_MSG_ESCALATED, 0, 0, 0, NULL, 0);
  }
  if (passed >= 0) close(passed);
  if (fds[1] >= 0) close(fds[1]);
}

static void welcome(void) {
  const int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  struct jr_message m;
  int passed[2];
  for (int tries = 0; receive(fd, &m, passed) == -EAGAIN && tries < 1000; tries++) usleep(100);
  if (m.magic != JR_HELLO_MAGIC || m.type != JR_MSG_HELLO) {
    close(fd);
    return;
  }
  const uint32_t p = process_new(fd, (uint32_t)m.value);
  const int fds[2] = {memory_fd, service_fd};
  answer(fd, JR_MSG_WELCOME, 0, header->total_size, p, fds, 2);
}

/* ------------------------------------------------------------------ escalated sockets */
static bool relay(uint32_t k) {
  struct jr_socket *s = &sockets[k];
  bool did = false;
  while (s->rx_cons < s->rx_prod) {
    const uint64_t n = s->rx_prod - s->rx_cons, edge = JR_CHUNK - s->rx_cons % JR_CHUNK;
    const uint8_t *from = chunk(s->rx_table[(s->rx_cons >> JR_CHUNK_SHIFT) % JR_TABLE]) + s->rx_cons % JR_CHUNK;
    const ssize_t r = send(slots[k].relay, from, n < edge ? n : edge, MSG_NOSIGNAL);
    if (r <= 0) break;
    publish(&s->rx_cons, s->rx_cons + (uint64_t)r);
    did = true;
  }
  if ((s->state & (JR_SOCKET_RX_EOF | JR_SOCKET_RESET)) && s->rx_cons == s->rx_prod && !s->rx_shut) {
    s->rx_shut = 1;
    shutdown(slots[k].relay, SHUT_WR);
  }
  while (!s->tx_shut && s->tx_prod - s->tx_cons < s->tx_limit / 2) {
    uint32_t *to = &s->tx_table[(s->tx_prod >> JR_CHUNK_SHIFT) % JR_TABLE];
    if (!*to && !(*to = chunk_take())) break;
    const ssize_t r = recv(slots[k].relay, chunk(*to) + s->tx_prod % JR_CHUNK, JR_CHUNK - s->tx_prod % JR_CHUNK, 0);
    if (r == 0) {
      s->tx_shut = 1;
      close(slots[k].relay);
      slots[k].relay = -1;
      drop(k, JR_PROCESSES - 1, false);
      return true;
    }
    if (r < 0) break;
    publish(&s->tx_prod, s->tx_prod + (uint64_t)r);
    did = true;
  }
  if (did) socket_dirty(k);
  return did;
}

/* ------------------------------------------------------------------ the loop */
static bool turn(void) {
  bool relaying = false;
  for (uint32_t k = 0; k < slot_top; k++)
    if (slots[k].used && slots[k].relay >= 0 && slots[k].holder_count == 1) relaying = true, relay(k);
  if (!load(&header->rung)) return relaying;
  exchange(&header->rung, 0);
  for (int i = 0; i < 16; i++)
    for (uint64_t v = load(&header->process_attention[i]) ? exchange(&header->process_attention[i], 0) : 0; v; v &= v - 1)
      commands((uint32_t)(i * 64 + __builtin_ctzll(v)));
  for (uint64_t v = load(&header->calls.word[0]) ? exchange(&header->calls.word[0], 0) : 0; v; v &= v - 1) {
    const uint32_t at = (uint32_t)__builtin_ctzll(v);
    for (uint64_t bits = exchange(&call_words[at], 0); bits; bits &= bits - 1)
      call(at * 64 + (uint32_t)__builtin_ctzll(bits));
  }
  for (uint32_t top = 0; top < 8; top++)
    for (uint64_t v = load(&header->dirty.word[top]) ? exchange(&header->dirty.word[top], 0) : 0; v; v &= v - 1) {
      const uint32_t at = top * 64 + (uint32_t)__builtin_ctzll(v);
      for (uint64_t bits = exchange(&dirty_words[at], 0); bits; bits &= bits - 1)
        socket_dirty(at * 64 + (uint32_t)__builtin_ctzll(bits));
    }
  return true;
}

static void descriptors(int timeout) {
  struct epoll_event events[64];
  const int n = epoll_wait(epoll_fd, events, 64, timeout);
  for (int i = 0; i < n; i++) {
    if (events[i].data.u64 == UINT64_MAX) {
      welcome();
    } else if (events[i].data.u64 == UINT64_MAX - 1) {
      uint64_t count;
      const ssize_t ignored = read(service_fd, &count, sizeof count);
      (void)ignored;
    } else {
      message((uint32_t)events[i].data.u64);
    }
  }
}

static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

int main(int argc, char **argv) {
  const uint32_t spin_us = argc > 2 ? (uint32_t)atoi(argv[2]) : 50;
  signal(SIGPIPE, SIG_IGN);
  layout(spin_us);
  if (argc > 3) {
    header->policy[0] = header->policy[3];
    header->policy[0].prefix = 104;
    header->policy_rules = 0;
    header->policy_count = 1;
  }
  service_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  snprintf(a.sun_path, sizeof a.sun_path, "%s", argc > 1 ? argv[1] : "/tmp/joyride-test.sock");
  unlink(a.sun_path);
  if (bind(listen_fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(listen_fd, 64) < 0) {
    perror(a.sun_path);
    return 1;
  }
  struct epoll_event e = {EPOLLIN, {.u64 = UINT64_MAX}};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listen_fd, &e);
  e.data.u64 = UINT64_MAX - 1;
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, service_fd, &e);
  uint64_t idle_since = now_us();
  for (unsigned count = 0;; count++) {
    if (count % 64 == 0) descriptors(0);
    if (turn()) {
      idle_since = now_us();
    } else if (now_us() - idle_since > spin_us) {
      publish(&header->asleep, 1);
      fence();
      if (!load(&header->rung)) descriptors(-1);
      publish(&header->asleep, 0);
      idle_since = now_us();
    } else {
      sched_yield();
    }
  }
}
