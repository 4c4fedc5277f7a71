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

/* A reference for a call that may sleep; false: f and s are no more what fd says. */
bool stream_hold(int fd, struct file *f, struct jr_socket *s);

ssize_t stream_receive(int fd, struct file *f, const struct iovec *iov, int count, int flags);
ssize_t stream_send(int fd, struct file *f, const struct iovec *iov, int count, int flags);

/* From a file (or whatever readv can read) straight into the ring. */
ssize_t stream_send_file(int fd, struct file *f, int in, off_t *offset, size_t n);

/* EPIPE without MSG_NOSIGNAL raises the signal; the rest becomes errno. */
ssize_t stream_sent(ssize_t r, int flags);

#endif
