/* SPDX-License-Identifier: BSD-2-Clause */
/* Receiving. Without waiting it is: one lock, one copy, one unlock, no system call, and seldom a ring (joyride_abi.h says when). */
#include <sys/socket.h>

#include "doorbell.h"
#include "fdtable.h"
#include "real.h"
#include "ring.h"
#include "stream.h"
#include "wait.h"

static size_t copy_out(const struct instance *i, struct jr_socket *s, uint64_t from, struct cursor *to, size_t n,
                       bool discard) {
  size_t done = 0;
  while (done < n) {
    const uint64_t position = from + done;
    const uint32_t offset = chunk_offset(position);
    const size_t k = smaller(n - done, JR_CHUNK - offset);
    const uint8_t *chunk = chunk_at(i, receive_named(i, s, position));
    if (unlikely(!chunk)) break;
    if (likely(!discard)) scatter(to, chunk + offset, k);
    done += k;
  }
  return done;
}

/* Why there is nothing to read: 0 is the end of the stream. */
static ssize_t nothing(struct file *f, struct jr_socket *s) {
  if (instance_gone(f->instance)) return exchange(&f->loss_told, 1) ? 0 : -instance_errno(f->instance);
  const uint32_t state = load(&s->state);
  if (state & JR_SOCKET_RX_EOF) return 0;
  if (load(&s->error)) {
    const uint32_t error = exchange(&s->error, 0);
    if (error) return -(ssize_t)error;
  }
  if (peek(&s->rx_shut) || (state & (JR_SOCKET_RESET | JR_SOCKET_CLOSED))) return 0;
  return -EAGAIN;
}

/* Up to n bytes that are there. fd -1: the caller holds the file. skip: bytes seen by earlier rounds of a peek */
static ssize_t take(int fd, struct file *f, struct jr_socket *s, struct cursor *to, size_t n, size_t skip, int flags) {
  struct instance *i = f->instance;
  direction_lock(&s->rx_lock);
  if (unlikely(load(&f->socket) != s || (fd >= 0 && fd_file(fd) != f))) {
    direction_unlock(&s->rx_lock);
    return STREAM_STALE;
  }
  uint64_t prod = load(&s->rx_prod), start = s->rx_cons + skip;
  uint64_t there = stream_readable(s, &start, prod);
  if (!there) {
    const ssize_t why = nothing(f, s);
    prod = load(&s->rx_prod);
    start = s->rx_cons + skip;
    there = stream_readable(s, &start, prod);
    if (!there || why != 0) {
      /* an urgent byte alone is passed over, as on Linux */
      const bool passed = !there && !(flags & MSG_PEEK) && start != s->rx_cons;
      if (unlikely(passed)) publish(&s->rx_cons, start);
      direction_unlock(&s->rx_lock);
      if (unlikely(passed && start >= load(&s->rx_wanted))) mark_dirty(i, f->slot);
      return there ? -EAGAIN : why;
    }
  }
  n = copy_out(i, s, start, to, smaller(n, there), flags & MSG_TRUNC);
  bool tell = false;
  uint64_t now = 0;
  if (likely(!(flags & MSG_PEEK))) {
    now = start + n;
    publish(&s->rx_cons, now);
    self.received += n;
    if (now - s->rx_told >= s->rx_limit / 4) {
      s->rx_told = now;
      tell = true;
    }
  }
  direction_unlock(&s->rx_lock); /* the full fence before the look at rx_wanted */
  if (unlikely(tell || now >= load(&s->rx_wanted))) mark_dirty(i, f->slot);
  return n ? (ssize_t)n : -EIO;
}

/* Is there more to say than that nothing has come? */
static bool stream_ended(const struct file *f, const struct jr_socket *s) {
  return (load(&s->state) & (JR_SOCKET_RX_EOF | JR_SOCKET_RESET | JR_SOCKET_CLOSED)) || load(&s->error) ||
         peek(&s->rx_shut) || instance_gone(f->instance);
}

/*
 * A thread that receives so much between two waits reads a stream: what looking on would gain is little for each byte, and the
 * longer it sleeps, the more there is at a time.
 */
#define STREAMED JR_CHUNK

static bool streams(void) {
  self.received_a_wait = (self.received_a_wait + self.received) / 2;
  self.received = 0;
  return self.received_a_wait >= STREAMED;
}

struct readable {
  struct file *file;
  struct jr_socket *socket;
  size_t skip; /* bytes beyond rx_cons that a peek has seen */
};

static bool readable(void *argument) {
  const struct readable *r = argument;
  const struct jr_socket *s = r->socket;
  const uint64_t prod = load(&s->rx_prod);
  uint64_t start = s->rx_cons + r->skip;
  return stream_readable(s, &start, prod) || stream_ended(r->file, s);
}

/* With `done` bytes in hand and `target` of them wanted. */
static COLD ssize_t receive_waiting(int fd, struct file *f, struct jr_socket *s, struct cursor to, size_t total,
                                    size_t done, int flags) {
  if (!stream_hold(fd, f, s)) return done ? (ssize_t)done : STREAM_STALE;
  HELD struct file *held = f;
  const uint32_t low = s->rcvlowat ? s->rcvlowat : 1;
  const size_t target = (flags & MSG_WAITALL) ? total : smaller(low, total);
  const uint32_t timeout = s->rcvtimeo_ms;
  WAIT w = {0};
  ssize_t r = 0;
  while (done < target) {
    const size_t skip = (flags & MSG_PEEK) ? done : 0;
    if (done && load(&s->oob_mark) == s->rx_cons + skip + 1) break; /* no read crosses it */
    if (!w.begun) wait_begin(&w, f->instance, timeout ? timeout * 1000000ull : WAIT_FOREVER);
    struct readable want = {f, s, skip};
    w.sleeps = streams();
    r = wait_for(&w, f->instance, &s->rx_waiter, readable, &want);
    if (r) break;
    if (done && stream_ended(f, s) && !stream_unread(s)) break; /* the next call tells why */
    r = take(-1, f, s, &to, total - done, skip, flags);
    if (r == -EAGAIN) continue;
    if (r <= 0) break;
    done += (size_t)r;
  }
  (void)held;
  return done ? (ssize_t)done : r;
}

/* What the relay has put into the end of the socketpair before it stopped. */
static COLD ssize_t take_prefix(int fd, struct file *f, const struct iovec *iov, int count, int flags) {
  struct msghdr m = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)count};
  const ssize_t r = real.recvmsg(fd, &m, flags | MSG_DONTWAIT);
  if (r > 0) return r;
  f->prefix = 0;
  return -EAGAIN;
}

/* The urgent byte apart from the others, as Linux answers. */
static COLD ssize_t take_urgent(int fd, struct file *f, struct jr_socket *s, const struct iovec *iov, int count,
                                int flags) {
  struct cursor to = {iov, 0};
  direction_lock(&s->rx_lock);
  if (load(&f->socket) != s || fd_file(fd) != f) {
    direction_unlock(&s->rx_lock);
    return STREAM_STALE;
  }
  const uint64_t mark = load(&s->oob_mark);
  ssize_t r = 1;
  if (mark <= s->rx_cons || mark == s->oob_taken || stream_urgent_inline(s))
    r = -EINVAL;
  else if (mark > load(&s->rx_prod))
    r = (load(&s->state) & (JR_SOCKET_RX_EOF | JR_SOCKET_RESET | JR_SOCKET_CLOSED)) || peek(&s->rx_shut) ? 0 : -EAGAIN;
  else if (iov_total(iov, count) == 0)
    r = 0;
  else if (!(flags & MSG_TRUNC) && !copy_out(f->instance, s, mark - 1, &to, 1, false))
    r = -EIO;
  if (r >= 0 && mark <= load(&s->rx_prod) && !(flags & MSG_PEEK)) poke(&s->oob_taken, mark);
  direction_unlock(&s->rx_lock);
  return r;
}

ssize_t stream_receive(int fd, struct file *f, const struct iovec *iov, int count, int flags) {
  struct jr_socket *s = load(&f->socket);
  if (unlikely(!s)) return STREAM_STALE;
  if (unlikely(flags & MSG_OOB)) return take_urgent(fd, f, s, iov, count, flags);
  if (unlikely(flags & MSG_ERRQUEUE)) return -EAGAIN;
  const size_t total = iov_total(iov, count);
  if (unlikely(total == 0)) return 0;
  if (unlikely(f->prefix)) {
    const ssize_t r = take_prefix(fd, f, iov, count, flags & ~MSG_WAITALL);
    if (r > 0) return r;
  }
  struct cursor to = {iov, 0};
  ssize_t r;
  if (load(&s->rx_prod) == peek(&s->rx_cons) && stream_nonblocking(s, flags) && !stream_ended(f, s)) return -EAGAIN;
  do r = take(fd, f, s, &to, total, 0, flags);
  while (unlikely(r == -EAGAIN && stream_unread(s)));
  if (likely(r > 0 && ((size_t)r == total || (!(flags & MSG_WAITALL) && s->rcvlowat <= 1)))) return r;
  if (r <= 0 && r != -EAGAIN) return r;
  if (stream_nonblocking(s, flags)) return r;
  return receive_waiting(fd, f, s, to, total, r > 0 ? (size_t)r : 0, flags);
}
