/* SPDX-License-Identifier: BSD-2-Clause */
#include "escalate.h"

#include <fcntl.h>
#include <string.h>

#include "epoll.h"
#include "fdtable.h"
#include "log.h"
#include "real.h"
#include "socket.h"

/* The end takes each descriptor's place, with its close-on-exec flag, and with the file's O_NONBLOCK. */
static void replace(struct file *f, int end) {
  if (peek(&f->socket->file_flags) & JR_FILE_NONBLOCK)
    real.fcntl(end, F_SETFL, (long)(real.fcntl(end, F_GETFL) | O_NONBLOCK));
  for (int fd = 0; fd <= fd_highest(); fd++) {
    if (fd_file(fd) != f) continue;
    const int flags = real.fcntl(fd, F_GETFD);
    real.dup3(end, fd, (flags & FD_CLOEXEC) ? O_CLOEXEC : 0);
  }
}

static int escalate_file(struct file *f) {
  int ends[2];
  if (RAW4(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return -errno;
  struct jr_message m, answered;
  message_fill(&m, JR_MSG_ESCALATE, f->generation);
  m.process = f->slot;
  const int r = instance_ask(f->instance, &m, ends[1], JR_MSG_ESCALATED, &answered);
  if (r == 0) {
    replace(f, ends[0]);
    epoll_file_is_kernels(f);
    for (int fd = 0; fd <= fd_highest(); fd++)
      if (fd_file(fd) == f) fd_remove(fd);
  }
  real.close(ends[0]);
  real.close(ends[1]);
  return r;
}

int escalate(int fd) {
  struct file *f = fd_hold(fd);
  if (!f) return 0;
  int r = 0;
  if (f->kind == FILE_STREAM) r = instance_gone(f->instance) ? -ECONNRESET : escalate_file(f);
  if (f->kind == FILE_STREAM) LOG("fd %d leaves this layer's sight: %s", fd, r ? strerror(-r) : "relayed by the service");
  file_put(f);
  return r;
}

void escalate_rights(const struct msghdr *m) {
  const int saved = errno;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR((struct msghdr *)m, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
      int fd;
      memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
      const struct file *f = fd_file(fd);
      if (f && f->kind == FILE_STREAM) escalate(fd);
    }
  }
  errno = saved;
}

void escalate_inheritable(void) {
  for (int fd = 0; fd <= fd_highest(); fd++) {
    const struct file *f = fd_file(fd);
    if (!f || f->kind != FILE_STREAM) continue;
    const int flags = real.fcntl(fd, F_GETFD);
    if (flags >= 0 && !(flags & FD_CLOEXEC)) escalate(fd);
  }
}
