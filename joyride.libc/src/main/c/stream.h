/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a connection. Results as of a system call: a count, or -errno. */
#ifndef JOYRIDE_STREAM_H
#define JOYRIDE_STREAM_H

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "file.h"

/* Not the socket it was when it was looked up: look it up again. */
#define STREAM_STALE (-4095)

static inline bool stream_nonblocking(const struct jr_socket *s, int flags) {
  return (flags & MSG_DONTWAIT) || (peek(&s->file_flags) & JR_FILE_NONBLOCK);
}

static inline bool stream_urgent_inline(const struct jr_socket *s) {
  return peek(&s->option_flags) & JR_OPTION_OOBINLINE;
}

/* Is the next byte the urgent one? */
static inline bool stream_at_mark(const struct jr_socket *s) { return load(&s->oob_mark) == s->rx_cons + 1; }

/* Bytes that a read may take from `start` on, of those before `prod`: it ends before an urgent byte, and begins behind one that it is to pass over. */
static inline uint64_t stream_readable(const struct jr_socket *s, uint64_t *start, uint64_t prod) {
  const uint64_t mark = load(&s->oob_mark);
  if (unlikely(mark > *start && mark <= prod)) {
    if (mark - 1 > *start) return mark - 1 - *start;
    if (!stream_urgent_inline(s)) ++*start;
  }
  return prod > *start ? prod - *start : 0;
}

static inline uint64_t stream_unread(const struct jr_socket *s) {
  const uint64_t prod = load(&s->rx_prod);
  uint64_t start = s->rx_cons;
  return stream_readable(s, &start, prod);
}

/* Is there an urgent byte that nobody has received apart, or read past? */
static inline bool stream_urgent_waits(const struct jr_socket *s) {
  const uint64_t prod = load(&s->rx_prod), mark = load(&s->oob_mark);
  return unlikely(mark) && mark > s->rx_cons && mark <= prod && mark != s->oob_taken;
}

/* Is it still being connected? */
static inline bool stream_opening(const struct jr_socket *s) {
  return load(&s->state) & (JR_SOCKET_CONNECTING | JR_SOCKET_DEFERRED);
}

/* A reference for a call that may sleep; false: f and s are no more what fd says. */
bool stream_hold(int fd, struct file *f, struct jr_socket *s);

ssize_t stream_receive(int fd, struct file *f, const struct iovec *iov, int count, int flags);
ssize_t stream_send(int fd, struct file *f, const struct iovec *iov, int count, int flags);

/* From a file (or whatever readv can read) straight into the ring. */
ssize_t stream_send_file(int fd, struct file *f, int in, off_t *offset, size_t n);

/* EPIPE without MSG_NOSIGNAL raises the signal; the rest becomes errno. */
ssize_t stream_sent(ssize_t r, int flags);

#endif
