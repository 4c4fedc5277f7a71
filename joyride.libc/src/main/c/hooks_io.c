/* SPDX-License-Identifier: BSD-2-Clause */
/* Exported names: bytes in and out. A descriptor of the kernel's costs one load and a jump. */
#include <fcntl.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "escalate.h"
#include "fast_open.h"
#include "fdtable.h"
#include "real.h"
#include "stream.h"

/* For a stream: `call`'s answer; else on to the kernel. */
#define FOR_STREAM(fd, call, finish)                              \
  for (struct file *f = fd_file(fd); unlikely(f); f = fd_file(fd)) { \
    const uint32_t kind = file_kind(f);                           \
    if (kind != FILE_STREAM) {                                    \
      if (kind == FILE_OWN) return answer(-EBADF);             \
      break;                                                      \
    }                                                             \
    const ssize_t r = (call);                                     \
    if (likely(r != STREAM_STALE)) return finish;                 \
  }

#define RECEIVE(fd, iov, n, flags) FOR_STREAM(fd, stream_receive(fd, f, iov, n, flags), answer(r))
#define SEND(fd, iov, n, flags) FOR_STREAM(fd, stream_send(fd, f, iov, n, flags), stream_sent(r, flags))

EXPORT ssize_t read(int fd, void *buf, size_t n) {
  const struct iovec iov = {buf, n};
  RECEIVE(fd, &iov, 1, 0)
  return real.read(fd, buf, n);
}

EXPORT ssize_t recv(int fd, void *buf, size_t n, int flags) {
  const struct iovec iov = {buf, n};
  RECEIVE(fd, &iov, 1, flags)
  return real.recv(fd, buf, n, flags);
}

EXPORT ssize_t recvfrom(int fd, void *buf, size_t n, int flags, struct sockaddr *a, socklen_t *l) {
  const struct iovec iov = {buf, n};
  FOR_STREAM(fd, stream_receive(fd, f, &iov, 1, flags), (a && l && r >= 0 ? *l = 0 : 0, answer(r)))
  return real.recvfrom(fd, buf, n, flags, a, l);
}

EXPORT ssize_t readv(int fd, const struct iovec *iov, int count) {
  if (unlikely(count < 0 || count > IOV_MAX)) return real.readv(fd, iov, count);
  RECEIVE(fd, iov, count, 0)
  return real.readv(fd, iov, count);
}

static ssize_t received(struct msghdr *m, ssize_t r, int flags) {
  if (r < 0) return answer(r);
  m->msg_namelen = 0;
  m->msg_controllen = 0;
  m->msg_flags = flags & MSG_OOB;
  return r;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *m, int flags) {
  FOR_STREAM(fd, m->msg_iovlen > IOV_MAX ? -EMSGSIZE : stream_receive(fd, f, m->msg_iov, (int)m->msg_iovlen, flags),
             received(m, r, flags))
  const ssize_t r = real.recvmsg(fd, m, flags);
  if (unlikely(r >= 0 && m->msg_controllen)) escalated_came(m);
  return r;
}

EXPORT int recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *t) {
  const struct file *f = fd_file(fd);
  if (likely(!f || f->kind != FILE_STREAM)) return real.recvmmsg(fd, m, n, flags, t);
  unsigned k = 0;
  while (k < n) {
    const ssize_t r = recvmsg(fd, &m[k].msg_hdr, flags & ~MSG_WAITFORONE);
    if (r < 0) return k ? (int)k : -1;
    m[k++].msg_len = (unsigned)r;
    if (r == 0) break;
    if (flags & MSG_WAITFORONE) flags |= MSG_DONTWAIT;
  }
  return (int)k;
}

EXPORT ssize_t write(int fd, const void *buf, size_t n) {
  const struct iovec iov = {(void *)buf, n};
  SEND(fd, &iov, 1, 0)
  return real.write(fd, buf, n);
}

EXPORT ssize_t send(int fd, const void *buf, size_t n, int flags) {
  if (unlikely(flags & MSG_FASTOPEN)) return sendto(fd, buf, n, flags, NULL, 0);
  const struct iovec iov = {(void *)buf, n};
  SEND(fd, &iov, 1, flags)
  return real.send(fd, buf, n, flags);
}

EXPORT ssize_t sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *a, socklen_t l) {
  struct iovec iov = {(void *)buf, n};
  if (unlikely(flags & MSG_FASTOPEN) && fd_file(fd)) {
    const struct msghdr m = {.msg_name = (void *)a, .msg_namelen = l, .msg_iov = &iov, .msg_iovlen = 1};
    return fast_open_send(fd, &m, flags);
  }
  SEND(fd, &iov, 1, flags)
  return real.sendto(fd, buf, n, flags, a, l);
}

EXPORT ssize_t writev(int fd, const struct iovec *iov, int count) {
  if (unlikely(count < 0 || count > IOV_MAX)) return real.writev(fd, iov, count);
  SEND(fd, iov, count, 0)
  return real.writev(fd, iov, count);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *m, int flags) {
  if (unlikely(flags & MSG_FASTOPEN) && fd_file(fd) && m) return fast_open_send(fd, m, flags);
  FOR_STREAM(fd, m->msg_iovlen > IOV_MAX ? -EMSGSIZE : stream_send(fd, f, m->msg_iov, (int)m->msg_iovlen, flags),
             stream_sent(r, flags))
  if (unlikely(m && m->msg_control)) escalate_rights(m);
  return real.sendmsg(fd, m, flags);
}

EXPORT int sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags) {
  const struct file *f = fd_file(fd);
  if (likely(!f || (f->kind != FILE_STREAM && !(flags & MSG_FASTOPEN)))) return real.sendmmsg(fd, m, n, flags);
  for (unsigned k = 0; k < n; k++) {
    const ssize_t r = sendmsg(fd, &m[k].msg_hdr, flags);
    if (r < 0) return k ? (int)k : -1;
    m[k].msg_len = (unsigned)r;
  }
  return (int)n;
}

/* What the kernel's sendfile takes as a source: something with pages, at a position. */
static ssize_t send_file(int out, struct file *f, int in, off_t *offset, size_t n) {
  struct stat st;
  const struct file *source = fd_file(in);
  if (fstat(in, &st) < 0) return -errno;
  if ((source && source->kind == FILE_STREAM) || (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))) return -EINVAL;
  off_t at = offset ? *offset : 0;
  const ssize_t r = stream_send_file(out, f, in, offset ? &at : NULL, smaller(n, 0x7ffff000));
  if (offset && r > 0) *offset = at;
  return r;
}

EXPORT ssize_t sendfile(int out, int in, off_t *offset, size_t n) {
  FOR_STREAM(out, send_file(out, f, in, offset, n), stream_sent(r, 0))
  return real.sendfile(out, in, offset, n);
}
EXPORT ssize_t sendfile64(int out, int in, off64_t *offset, size_t n) __attribute__((alias("sendfile")));

/* The kernel would move pages; where that cannot be, it says EINVAL, and programs copy. */
EXPORT ssize_t splice(int in, off64_t *ioff, int out, off64_t *ooff, size_t n, unsigned flags) {
  const struct file *a = fd_file(in), *b = fd_file(out);
  if (unlikely((a && a->kind == FILE_STREAM) || (b && b->kind == FILE_STREAM))) return answer(-EINVAL);
  return real.splice(in, ioff, out, ooff, n, flags);
}

EXPORT ssize_t __read_chk(int fd, void *buf, size_t n, size_t room) {
  if (unlikely(n > room)) return real.__read_chk(fd, buf, n, room);
  return read(fd, buf, n);
}

EXPORT ssize_t __recv_chk(int fd, void *buf, size_t n, size_t room, int flags) {
  if (unlikely(n > room)) return real.__recv_chk(fd, buf, n, room, flags);
  return recv(fd, buf, n, flags);
}

EXPORT ssize_t __recvfrom_chk(int fd, void *buf, size_t n, size_t room, int flags, struct sockaddr *a, socklen_t *l) {
  if (unlikely(n > room)) return real.__recvfrom_chk(fd, buf, n, room, flags, a, l);
  return recvfrom(fd, buf, n, flags, a, l);
}
