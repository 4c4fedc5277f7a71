/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the service knows a cookie of the peer's, the bytes lie in the ring before the SYN goes, and go with it. Else the connect asks for a cookie, and
 * the bytes follow once it is made: at once where the call may wait, by another call where it may not (EINPROGRESS), as on Linux.
 */
#include "fast_open.h"

#include <limits.h>

#include "fdtable.h"
#include "real.h"
#include "socket.h"
#include "stream.h"

static ssize_t by_kernel(int fd, struct file *f, const struct msghdr *m, int flags) {
  const ssize_t r = real.sendmsg(fd, m, flags);
  if (f && file_kind(f) == FILE_UNDECIDED && (r >= 0 || errno == EINPROGRESS)) {
    const int saved = errno;
    if (socket_decide(f)) socket_is_kernels(fd, f);
    errno = saved;
  }
  return r;
}

ssize_t fast_open_send(int fd, const struct msghdr *m, int flags) {
  HELD struct file *f = fd_hold(fd);
  const uint32_t kind = f ? file_kind(f) : FILE_KERNEL;
  if (kind == FILE_OWN) return answer(-EBADF);
  if (kind != FILE_STREAM && kind != FILE_UNDECIDED) return by_kernel(fd, NULL, m, flags);
  if (m->msg_iovlen > IOV_MAX) return answer(-EMSGSIZE);
  for (;;) {
    ssize_t r = socket_connect_to_send(fd, f, m->msg_name, m->msg_namelen, flags);
    if (r == -JR_USE_KERNEL) return by_kernel(fd, f, m, flags);
    if (r == 0) r = stream_send(fd, f, m->msg_iov, (int)m->msg_iovlen, flags & ~MSG_FASTOPEN);
    if (r != STREAM_STALE) return stream_sent(r, flags);
  }
}
