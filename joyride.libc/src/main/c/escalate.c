/* SPDX-License-Identifier: BSD-2-Clause */
#include "escalate.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "epoll.h"
#include "fdtable.h"
#include "inherited.h"
#include "log.h"
#include "real.h"

enum { ROOM = 64 * 1024 };
static const char variable[] = INHERITED_VARIABLE "=";

/* The end takes each descriptor's place, with its close-on-exec flag. */
static void replace(const struct file *f, int end) {
  for (int fd = 0; fd <= fd_highest(); fd++) {
    if (fd_file(fd) != f) continue;
    const int flags = real.fcntl(fd, F_GETFD);
    real.dup3(end, fd, (flags & FD_CLOEXEC) ? O_CLOEXEC : 0);
  }
}

static int exchange_file(struct file *f) {
  if (f->escalated) return 0;
  if (instance_gone(f->instance)) return -ECONNRESET;
  int ends[2];
  const long made = RAW4(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
  if (made < 0) return (int)made;
  struct jr_message m, answered;
  message_fill(&m, JR_MSG_ESCALATE, f->generation);
  m.process = f->slot;
  const int fds[2] = {ends[1], ends[0]};
  const int r = instance_ask(f->instance, &m, fds, 2, JR_MSG_ESCALATED, &answered);
  if (r == 0) {
    replace(f, ends[0]);
    f->escalated = 1;
  }
  real.close(ends[0]);
  real.close(ends[1]);
  return r;
}

/* O_NONBLOCK belongs to the file: the end gets it as it is now. */
static void pass_flags(int fd, const struct file *f) {
  const int flags = real.fcntl(fd, F_GETFL) & ~O_NONBLOCK;
  real.fcntl(fd, F_SETFL, (long)(flags | ((peek(&f->socket->file_flags) & JR_FILE_NONBLOCK) ? O_NONBLOCK : 0)));
}

static struct file *begin(int fd) {
  struct file *f = fd_hold(fd);
  if (!f) return NULL;
  const int r = f->kind == FILE_STREAM ? exchange_file(f) : -EINVAL;
  if (r == 0) {
    pass_flags(fd, f);
    return f;
  }
  LOG("fd %d cannot leave this layer's sight: %s", fd, strerror(-r));
  file_put(f);
  return NULL;
}

void escalate(int fd) {
  struct file *f = begin(fd);
  if (f) file_put(f);
}

void escalate_and_leave(int fd) {
  struct file *f = begin(fd);
  if (!f) return;
  LOG("fd %d leaves this layer's sight: relayed by the service", fd);
  epoll_file_is_kernels(f);
  for (int k = 0; k <= fd_highest(); k++) {
    if (fd_file(k) != f) continue;
    inherited_note(k);
    fd_remove(k);
  }
  file_put(f);
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

/* JOYRIDE_SOCKETS=3,5 behind the rest of the environment, in memory that exec does away with. */
static char *const *with_list(char *const envp[], const char *list) {
  size_t count = 0;
  while (envp && envp[count]) count++;
  const size_t size = (count + 2) * sizeof(char *) + sizeof variable + strlen(list);
  char **room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return envp;
  char *text = (char *)(room + count + 2);
  sprintf(text, "%s%s", variable, list);
  for (size_t k = 0; k < count; k++) room[k] = envp[k];
  room[count] = text;
  return room;
}

char *const *escalate_inheritable(char *const envp[]) {
  const int saved = errno;
  char list[1024];
  size_t n = 0;
  for (int fd = 0; fd <= fd_highest(); fd++) {
    const struct file *f = fd_file(fd);
    const bool left = inherited_noted(fd);
    if ((!f || f->kind != FILE_STREAM) && !left) continue;
    const int flags = real.fcntl(fd, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC)) continue;
    if (f) escalate(fd);
    if (n < sizeof list - 16) n += (size_t)sprintf(list + n, n ? ",%d" : "%d", fd);
  }
  char *const *result = n ? with_list(envp, list) : envp;
  errno = saved;
  return result;
}
