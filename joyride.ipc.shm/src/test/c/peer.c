/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that speaks the shared memory itself, without the libc layer: what tests of the transport alone run as another
 * process.
 *   peer PATH serve ADDRESS PORT            echoes every connection, until killed
 *   peer PATH ping ADDRESS PORT COUNT SIZE  COUNT round trips of SIZE bytes, prints "ok NANOSECONDS-EACH"
 *   peer PATH stream ADDRESS PORT MIB       writes and reads back MIB MiB, prints "ok MIB-PER-SECOND"
 *   peer PATH sink ADDRESS PORT             reads what comes and throws it away, until killed
 *   peer PATH pour ADDRESS PORT MIB         writes MIB MiB, prints "ok MIB-PER-SECOND"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "joyride_abi.h"

static uint8_t *base;
static struct jr_header *header;
static struct jr_socket *sockets;
static struct jr_process *self;
static struct jr_waiter *waiter;
static uint32_t process;
static int attached, doorbell, event;

#define LOAD(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define STORE(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)

static void die(const char *what) {
  fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void ring(uint64_t what) {
  __atomic_fetch_or(&header->rung, what, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&header->asleep, __ATOMIC_SEQ_CST) && __atomic_exchange_n(&header->asleep, 0, __ATOMIC_SEQ_CST)) {
    const uint64_t one = 1;
    if (write(doorbell, &one, sizeof one) < 0) die("doorbell");
  }
}

static void mark(uint32_t offset, struct jr_bitmap_summary *summary, uint32_t n) {
  uint64_t *words = (uint64_t *)(base + offset);
  __atomic_fetch_or(&words[n / 64], 1ull << n % 64, __ATOMIC_SEQ_CST);
  __atomic_fetch_or(&summary->word[n / 4096], 1ull << n / 64 % 64, __ATOMIC_SEQ_CST);
}

static void dirty(uint32_t slot) {
  mark(header->dirty_bitmap_offset, &header->dirty, slot);
  ring(JR_RING_SOCKETS);
}

static void attention(void) {
  __atomic_fetch_or(&header->process_attention[process / 64], 1ull << process % 64, __ATOMIC_SEQ_CST);
  ring(JR_RING_PROCESSES);
}

static void send_message(struct jr_message *m, int fd) {
  struct iovec iov = {m, sizeof *m};
  char room[CMSG_SPACE(sizeof(int))] = {0};
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
  if (fd >= 0) {
    msg.msg_control = room;
    msg.msg_controllen = sizeof room;
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    c->cmsg_len = CMSG_LEN(sizeof(int));
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
  }
  if (sendmsg(attached, &msg, 0) < 0) die("send");
}

static void attach(const char *path) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
  attached = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  if (connect(attached, (struct sockaddr *)&a, sizeof a) < 0) die(path);
  struct jr_message m = {.magic = JR_HELLO_MAGIC, .abi_version = JR_ABI_VERSION, .type = JR_MSG_HELLO, .value = (uint64_t)getpid()};
  strcpy(m.text, "peer");
  send_message(&m, -1);
  int fds[2];
  char room[CMSG_SPACE(sizeof fds)];
  struct iovec iov = {&m, sizeof m};
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  if (recvmsg(attached, &msg, 0) != sizeof m || m.type != JR_MSG_WELCOME) die(m.text);
  memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof fds);
  doorbell = fds[1];
  process = m.process;
  base = mmap(NULL, m.value, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0);
  if (base == MAP_FAILED) die("mmap");
  header = (struct jr_header *)base;
  sockets = (struct jr_socket *)(base + header->sockets_offset);
  self = (struct jr_process *)(base + header->processes_offset) + process;
  waiter = (struct jr_waiter *)(base + header->waiters_offset);
  waiter->owner = process + 1;
  event = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct jr_message w = {.magic = JR_HELLO_MAGIC, .abi_version = JR_ABI_VERSION, .type = JR_MSG_WAITER, .value = 0};
  send_message(&w, event);
}

/* Sleeps until woken; `where` is noted, `changed` looked at once more after it. */
static void doze(uint32_t *where, bool (*changed)(void *), void *subject) {
  const char *spin = getenv("PEER_SPIN_US");
  struct timespec from, now;
  clock_gettime(CLOCK_MONOTONIC, &from);
  do {
    if (changed(subject)) return;
    sched_yield();
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while (spin && (now.tv_sec - from.tv_sec) * 1000000 + (now.tv_nsec - from.tv_nsec) / 1000 < atoi(spin));
  if (where) *where = 1;
  STORE(&waiter->asleep, 1);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  while (!changed(subject)) {
    struct pollfd p[2] = {{event, POLLIN, 0}, {attached, 0, 0}};
    poll(p, 2, -1);
    if (p[1].revents) die("the service is gone");
    uint64_t count;
    if (read(event, &count, sizeof count) < 0 && errno != EAGAIN) die("timerfd");
    if (where) *where = 1;
    STORE(&waiter->asleep, 1);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
  }
  __atomic_exchange_n(&waiter->asleep, 0, __ATOMIC_SEQ_CST);
}

static bool done(void *subject) { return LOAD(&((struct jr_waiter *)subject)->status) == JR_CALL_DONE; }

static int call(uint32_t op) {
  waiter->op = op;
  waiter->socket = JR_NO_SOCKET;
  STORE(&waiter->status, JR_CALL_SUBMITTED);
  mark(header->call_bitmap_offset, &header->calls, 0);
  ring(JR_RING_CALLS);
  doze(NULL, done, waiter);
  return waiter->result;
}

static struct jr_address address(const char *text, int port) {
  struct jr_address a = {.port = (uint16_t)port, .family = AF_INET};
  a.address[10] = a.address[11] = 0xff;
  if (inet_pton(AF_INET, text, &a.address[12]) != 1) die(text);
  return a;
}

static uint32_t listening(const char *where, int port) {
  struct jr_listen l = {.local = address(where, port), .backlog = 128, .linger = -1};
  memcpy(waiter->data, &l, sizeof l);
  const int r = call(JR_OP_LISTEN);
  if (r < 0) errno = -r, die("listen");
  return waiter->socket;
}

static bool connected(void *s) { return !(LOAD(&((struct jr_socket *)s)->state) & JR_SOCKET_CONNECTING); }

static uint32_t connecting(const char *where, int port) {
  struct jr_connect c = {.remote = address(where, port), .linger = -1, .option_flags = JR_OPTION_NODELAY};
  c.local.family = AF_INET;
  memcpy(waiter->data, &c, sizeof c);
  const int r = call(JR_OP_CONNECT);
  if (r < 0) errno = r == -JR_USE_KERNEL ? ECONNREFUSED : -r, die("connect");
  struct jr_socket *s = &sockets[waiter->socket];
  const uint32_t slot = waiter->socket;
  doze(&s->tx_waiter, connected, s);
  if (s->error) errno = (int)s->error, die("connect");
  return slot;
}

static uint8_t *chunk(uint32_t entry, uint64_t position) {
  return base + header->chunks_offset + (size_t)(entry - 1) * JR_CHUNK + position % JR_CHUNK;
}

/* Where the chunk of this position is named. */
static uint32_t *entry_of(uint32_t *table, const uint32_t *large, const uint64_t *from, uint64_t position) {
  const uint32_t lent = LOAD(large);
  uint32_t *tables = (uint32_t *)(base + header->large_tables_offset);
  if (lent && position >= *from)
    return &tables[(size_t)(lent - 1) * JR_LARGE_TABLE + (position >> JR_CHUNK_SHIFT) % JR_LARGE_TABLE];
  return &table[(position >> JR_CHUNK_SHIFT) % JR_TABLE];
}

static uint32_t *received(struct jr_socket *s, uint64_t position) {
  return entry_of(s->rx_table, &s->rx_large, &s->rx_large_from, position);
}

static size_t take(uint32_t slot, uint8_t *to, size_t most) {
  struct jr_socket *s = &sockets[slot];
  uint64_t at = s->rx_cons;
  const uint64_t until = LOAD(&s->rx_prod);
  size_t n = 0;
  while (n < most && at < until) {
    size_t k = JR_CHUNK - at % JR_CHUNK;
    if (k > until - at) k = until - at;
    if (k > most - n) k = most - n;
    memcpy(to + n, chunk(*received(s, at), at), k);
    n += k;
    at += k;
  }
  if (n) {
    STORE(&s->rx_cons, at);
    if (at - s->rx_told >= s->rx_limit / 4) {
      s->rx_told = at;
      dirty(slot);
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (at >= LOAD(&s->rx_wanted)) dirty(slot);
  }
  return n;
}

static size_t put(uint32_t slot, const uint8_t *from, size_t most) {
  struct jr_socket *s = &sockets[slot];
  uint64_t at = s->tx_prod;
  const uint64_t limit = LOAD(&s->tx_cons) + s->tx_limit;
  size_t n = 0;
  while (n < most && at < limit) {
    uint32_t *entry = entry_of(s->tx_table, &s->tx_large, &s->tx_large_from, at);
    if (!LOAD(entry)) {
      if (LOAD(&self->magazine_prod) == self->magazine_cons) {
        __atomic_exchange_n(&self->magazine_want, 1, __ATOMIC_SEQ_CST);
        attention();
        break;
      }
      STORE(entry, self->magazine[self->magazine_cons % JR_MAGAZINE] + 1);
      STORE(&self->magazine_cons, self->magazine_cons + 1);
    }
    size_t k = JR_CHUNK - at % JR_CHUNK;
    if (k > limit - at) k = limit - at;
    if (k > most - n) k = most - n;
    memcpy(chunk(*entry, at), from + n, k);
    n += k;
    at += k;
  }
  if (n) {
    STORE(&s->tx_prod, at);
    dirty(slot);
  }
  return n;
}

static bool readable(void *subject) {
  struct jr_socket *s = subject;
  return LOAD(&s->rx_prod) != s->rx_cons || LOAD(&s->state) & (JR_SOCKET_RX_EOF | JR_SOCKET_RESET);
}

static bool writable(void *subject) { return !LOAD(&((struct jr_socket *)subject)->tx_want) || readable(subject); }

static void put_all(uint32_t slot, const uint8_t *from, size_t n) {
  struct jr_socket *s = &sockets[slot];
  for (size_t k = put(slot, from, n); k < n; k += put(slot, from + k, n - k)) {
    if (s->state & JR_SOCKET_RESET) errno = ECONNRESET, die("write");
    __atomic_exchange_n(&s->tx_want, 1, __ATOMIC_SEQ_CST);
    if (s->tx_prod - LOAD(&s->tx_cons) < s->tx_limit && LOAD(&self->magazine_prod) != self->magazine_cons) continue;
    doze(&s->tx_waiter, writable, s);
  }
}

static size_t take_some(uint32_t slot, uint8_t *to, size_t most) {
  struct jr_socket *s = &sockets[slot];
  size_t n;
  while (!(n = take(slot, to, most))) {
    if (LOAD(&s->state) & (JR_SOCKET_RX_EOF | JR_SOCKET_RESET)) return 0;
    doze(&s->rx_waiter, readable, s);
  }
  return n;
}

static uint32_t accepting(uint32_t listener) {
  struct jr_socket *s = &sockets[listener];
  doze(&s->rx_waiter, readable, s);
  uint64_t handle;
  memcpy(&handle, chunk(*received(s, s->rx_cons), s->rx_cons), sizeof handle);
  STORE(&sockets[(uint32_t)handle].claimed, process + 1);
  STORE(&s->rx_cons, s->rx_cons + 8);
  dirty(listener);
  return (uint32_t)handle;
}

static void closing(uint32_t slot) {
  self->commands[self->command_prod % JR_COMMANDS] = (struct jr_command){JR_COMMAND_CLOSE, slot, sockets[slot].generation, 0};
  STORE(&self->command_prod, self->command_prod + 1);
  attention();
}

static uint8_t buffer[1 << 20];

static void serve(const char *where, int port, bool echo) {
  const uint32_t listener = listening(where, port);
  puts("ready");
  fflush(stdout);
  for (;;) {
    const uint32_t slot = accepting(listener);
    for (size_t n; (n = take_some(slot, buffer, sizeof buffer));)
      if (echo) put_all(slot, buffer, n);
    closing(slot);
  }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void ping(uint32_t slot, int count, size_t size) {
  double best = 1e9, start = now();
  for (int i = 0; i < count; i++) {
    const double from = now();
    memset(buffer, i, size);
    put_all(slot, buffer, size);
    for (size_t n = 0; n < size;) {
      const size_t k = take_some(slot, buffer + n, size - n);
      if (!k) errno = ECONNRESET, die("read");
      n += k;
    }
    for (size_t n = 0; n < size; n++)
      if (buffer[n] != (uint8_t)i) errno = EBADMSG, die("echo");
    const double took = now() - from;
    if (took < best) best = took;
  }
  printf("ok %.0f best %.0f\n", (now() - start) / count * 1e9, best * 1e9);
}

static void stream(uint32_t slot, size_t total, bool echo) {
  const double start = now();
  size_t sent = 0, received = 0;
  static uint8_t back[65536];
  for (size_t i = 0; i < sizeof buffer; i++) {
    const size_t k = i % (sizeof buffer - 65536);
    buffer[i] = (uint8_t)(k * 7 + k / 251);
  }
  while (sent < total || (echo && received < total)) {
    if (sent < total) {
      size_t k = total - sent < 65536 ? total - sent : 65536;
      const size_t at = sent % (sizeof buffer - 65536);
      if (!echo)
        put_all(slot, buffer + at, k);
      else
        k = put(slot, buffer + at, k);
      sent += k;
    }
    if (echo) {
      size_t n = take(slot, back, sizeof back);
      if (!n && sent == total) n = take_some(slot, back, sizeof back);
      for (size_t i = 0; i < n; i++)
        if (back[i] != buffer[(received + i) % (sizeof buffer - 65536)]) errno = EBADMSG, die("echo");
      received += n;
    }
  }
  if (!echo) {
    while (LOAD(&sockets[slot].tx_cons) != sockets[slot].tx_prod) sched_yield();
  }
  printf("ok %.0f\n", (double)total / (1 << 20) / (now() - start));
}

int main(int argc, char **argv) {
  if (argc < 5) errno = EINVAL, die("arguments");
  attach(argv[1]);
  const char *verb = argv[2];
  const int port = atoi(argv[4]);
  if (!strcmp(verb, "serve") || !strcmp(verb, "sink")) serve(argv[3], port, *verb == 's' && verb[1] == 'e');
  const uint32_t slot = connecting(argv[3], port);
  if (!strcmp(verb, "ping"))
    ping(slot, atoi(argv[5]), (size_t)atoi(argv[6]));
  else
    stream(slot, (size_t)atoi(argv[5]) << 20, !strcmp(verb, "stream"));
  closing(slot);
  return 0;
}
