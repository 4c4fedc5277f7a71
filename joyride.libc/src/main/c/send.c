/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending. Without waiting it is: one lock, one copy, one unlock, the dirty bit, and a ring if the service sleeps. */
#include <sys/socket.h>
#include <sys/uio.h>

#include "doorbell.h"
#include "fdtable.h"
#include "magazine.h"
#include "readiness.h"
#include "ring.h"
#include "socket.h"
#include "stream.h"
#include "wait.h"

/* What one round copies before the service hears of it: it sends the first part while the next is copied. */
#define ROUND (4 * JR_CHUNK)

/* For chunks: programs do not expect EAGAIN where there is room; who may sleep gives way to the service and to others. */
#define PATIENCE_NS 2000000ull
#define LOOK_NS 20000ull

bool stream_hold(int fd, struct file *f, struct jr_socket *s) {
  if (!file_hold(f)) return false;
  if (fd_file(fd) == f && load(&f->socket) == s) return true;
  file_put(f);
  return false;
}

/* The chunk for this position, a new one if it has none yet. */
static uint8_t *chunk_for(struct instance *i, struct jr_socket *s, uint64_t position) {
  uint32_t v = newest_entry(peek(&s->tx_newest), position);
  if (likely(v)) return chunk_at(i, v);
  uint32_t *entry = send_entry(i, s, position);
  v = load(entry);
  if (unlikely(!v)) {
    const uint32_t fresh = magazine_take(i);
    if (!fresh) return NULL;
    if (cas(entry, &v, fresh))
      v = fresh;
    else
      magazine_keep(i, fresh);
  }
  publish(&s->tx_newest, (position >> JR_CHUNK_SHIFT) << 32 | v);
  return chunk_at(i, v);
}

/* Where the bytes come from: the program's buffers, or a file. */
struct source {
  struct cursor cursor;
  int file; /* -1: the cursor */
  off_t *offset;
};

static ssize_t fill(uint8_t *to, struct source *from, size_t n) {
  if (likely(from->file < 0)) {
    gather(to, &from->cursor, n);
    return (ssize_t)n;
  }
  const long r = from->offset ? RAW4(SYS_pread64, from->file, to, n, *from->offset) : RAW3(SYS_read, from->file, to, n);
  if (r > 0 && from->offset) *from->offset += r;
  return r;
}

static ssize_t copy_in(struct instance *i, struct jr_socket *s, uint64_t start, struct source *from, size_t n) {
  size_t done = 0;
  ssize_t r = 0;
  while (done < n) {
    const uint32_t offset = chunk_offset(start + done);
    uint8_t *chunk = chunk_for(i, s, start + done);
    if (unlikely(!chunk)) return done ? (ssize_t)done : -EAGAIN;
    r = fill(chunk + offset, from, smaller(n - done, JR_CHUNK - offset));
    if (unlikely(r <= 0)) break;
    done += (size_t)r;
  }
  return done ? (ssize_t)done : r;
}

/* Is there a reason why no byte can be sent? Of a call that has sent some, the next call tells it. */
static bool refused(const struct file *f, const struct jr_socket *s) {
  return instance_gone(f->instance) || load(&s->error) || peek(&s->tx_shut) ||
         (load(&s->state) & (JR_SOCKET_TX_CLOSED | JR_SOCKET_RESET | JR_SOCKET_CLOSED));
}

/* 0: go on, or the reason. */
static ssize_t refusal(struct file *f, struct jr_socket *s) {
  if (instance_gone(f->instance)) return exchange(&f->loss_told, 1) ? -EPIPE : -instance_errno(f->instance);
  const uint32_t state = load(&s->state);
  if (unlikely(load(&s->error))) {
    const uint32_t error = exchange(&s->error, 0);
    if (error) return -(ssize_t)error;
  }
  if (unlikely(peek(&s->tx_shut) || (state & (JR_SOCKET_TX_CLOSED | JR_SOCKET_RESET | JR_SOCKET_CLOSED)))) return -EPIPE;
  return unlikely(state & (JR_SOCKET_CONNECTING | JR_SOCKET_DEFERRED)) ? -EAGAIN : 0;
}

/* As many of n bytes as there is room for now. fd -1: the caller holds the file. started: it has sent some */
static ssize_t put(int fd, struct file *f, struct jr_socket *s, struct source *from, size_t n, int flags, bool started) {
  struct instance *i = f->instance;
  direction_lock(&s->tx_lock);
  if (unlikely(load(&f->socket) != s || (fd >= 0 && fd_file(fd) != f))) {
    direction_unlock(&s->tx_lock);
    return STREAM_STALE;
  }
  ssize_t r = likely(!started) ? refusal(f, s) : refused(f, s) ? -EPIPE : 0;
  if (likely(r == 0)) {
    const uint64_t start = s->tx_prod;
    const uint64_t used = start - load(&s->tx_cons);
    const uint32_t limit = load(&s->tx_limit);
    if (likely(used < limit)) {
      const size_t room = smaller(limit - used, ROUND);
      const uint32_t more = (flags & MSG_MORE) || (room == ROUND && n > ROUND);
      r = copy_in(i, s, start, from, smaller(n, room));
      if (r > 0) {
        if (unlikely(s->tx_more != more)) poke(&s->tx_more, more);
        /* the last byte of the call is the urgent one */
        if (unlikely(flags & MSG_OOB) && (size_t)r == n) publish(&s->tx_urgent, start + (uint64_t)r);
        publish(&s->tx_prod, start + (uint64_t)r);
      }
    } else {
      r = -EAGAIN;
    }
  }
  direction_unlock(&s->tx_lock);
  if (likely(r > 0)) mark_dirty(i, f->slot);
  return r;
}

struct writable {
  struct file *file;
  struct jr_socket *socket;
  bool connecting; /* when the wait began */
};

static bool writable(void *argument) {
  const struct writable *w = argument;
  struct jr_socket *s = w->socket;
  if (refused(w->file, s)) return true;
  if (w->connecting) return !(load(&s->state) & JR_SOCKET_CONNECTING);
  /* the service's answer, not the room itself: the room may be there and the magazine empty */
  return !load(&s->tx_want);
}

static void want_room(struct file *f, struct jr_socket *s, int flags) {
  const bool push = s->tx_more && !(flags & MSG_MORE);
  if (push) poke(&s->tx_more, 0);
  if (load(&s->state) & JR_SOCKET_CONNECTING) return;
  publish(&s->tx_want, 1);
  full_fence();
  if (push) mark_dirty(f->instance, f->slot);
}

/* Is there room after all, so that want_room's answer need not be waited for? */
static bool room_now(const struct instance *i, struct jr_socket *s) {
  if (s->tx_prod - load(&s->tx_cons) >= load(&s->tx_limit) || (load(&s->state) & JR_SOCKET_CONNECTING)) return false;
  return load(send_entry(i, s, s->tx_prod)) ||
         load(&i->process->magazine_prod) != peek(&i->process->magazine_cons);
}

/* The first bytes of a connection whose SYN waits for them. Who may wait waits for the connection, and so hears if there is none. */
static ssize_t send_first(struct file *f, struct jr_socket *s, struct source *from, size_t n, int flags) {
  const bool nonblocking = stream_nonblocking(s, flags);
  const ssize_t r = put(-1, f, s, from, n, flags, true);
  if (r <= 0 || nonblocking) return r;
  const int opened = socket_await(f, s, false);
  return opened < 0 && opened != -EINPROGRESS && opened != -EINTR ? opened : r;
}

static ssize_t send_from(int fd, struct file *f, struct source *from, size_t total, int flags) {
  struct jr_socket *s = load(&f->socket);
  if (unlikely(!s)) return STREAM_STALE;
  ssize_t r = put(fd, f, s, from, total, flags, false);
  if (likely(r == (ssize_t)total) || (r <= 0 && r != -EAGAIN)) return r;
  size_t done = r > 0 ? (size_t)r : 0;
  if (!stream_hold(fd, f, s)) return done ? (ssize_t)done : STREAM_STALE;
  HELD struct file *held = f;
  const bool nonblocking = stream_nonblocking(s, flags);
  if (unlikely(!done && (load(&s->state) & JR_SOCKET_DEFERRED))) {
    r = send_first(f, s, from, total, flags);
    if (r <= 0 || nonblocking || r == (ssize_t)total || stream_opening(s)) return r;
    done = (size_t)r;
  }
  WAIT w = {0};
  const uint32_t timeout = s->sndtimeo_ms;
  for (;;) {
    if (r > 0 || room_now(f->instance, s)) {
      r = put(-1, f, s, from, total - done, flags, done);
    } else {
      want_room(f, s, flags);
      if (room_now(f->instance, s)) continue;
      const bool connecting = load(&s->state) & JR_SOCKET_CONNECTING;
      const bool without_chunks = !connecting && s->tx_prod - load(&s->tx_cons) < load(&s->tx_limit);
      if (without_chunks && magazine_await(f->instance, nonblocking ? PATIENCE_NS : LOOK_NS)) continue;
      if (nonblocking) break;
      if (!w.begun) wait_begin(&w, f->instance, timeout ? timeout * 1000000ull : WAIT_FOREVER);
      struct writable want = {f, s, connecting};
      /* with so large a buffer the service has much to send before it says that there is room */
      w.sleeps = without_chunks || (!connecting && load(&s->tx_limit) >= ROUND);
      r = wait_for(&w, f->instance, &s->tx_waiter, writable, &want);
      if (r == 0) r = put(-1, f, s, from, total - done, flags, done);
    }
    if (r > 0) done += (size_t)r;
    if (done == total || (r <= 0 && r != -EAGAIN)) break;
    if (r == -EAGAIN && w.begun && w.deadline && now_ns() >= w.deadline) break;
  }
  (void)held;
  return done ? (ssize_t)done : r;
}

ssize_t stream_send(int fd, struct file *f, const struct iovec *iov, int count, int flags) {
  const size_t total = iov_total(iov, count);
  struct source from = {{iov, 0}, -1, NULL};
  if (unlikely(total == 0)) {
    struct jr_socket *s = load(&f->socket);
    const ssize_t r = s ? refusal(f, s) : STREAM_STALE;
    return r == -EAGAIN ? 0 : r;
  }
  return send_from(fd, f, &from, total, flags);
}

ssize_t stream_send_file(int fd, struct file *f, int in, off_t *offset, size_t n) {
  struct source from = {{NULL, 0}, in, offset};
  return n ? send_from(fd, f, &from, n, 0) : 0;
}

COLD static ssize_t broken_pipe(int flags) {
  if (!(flags & MSG_NOSIGNAL)) RAW3(SYS_tgkill, RAW0(SYS_getpid), own_tid(), SIGPIPE);
  errno = EPIPE;
  return -1;
}

ssize_t stream_sent(ssize_t r, int flags) { return unlikely(r == -EPIPE) ? broken_pipe(flags) : answer(r); }
