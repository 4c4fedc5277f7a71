/* SPDX-License-Identifier: BSD-2-Clause */
#include "inherited.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"
#include "escalate.h"
#include "fdtable.h"
#include "keys.h"
#include "log.h"
#include "options.h"
#include "real.h"
#include "world.h"

enum { NOTED = 1024, PROBED = 64 };
static uint64_t noted[NOTED / 64];

void inherited_note(int fd) {
  if ((unsigned)fd < NOTED) fetch_or(&noted[fd / 64], 1ull << fd % 64);
}

bool inherited_noted(int fd) { return (unsigned)fd < NOTED && noted[fd / 64] >> fd % 64 & 1; }

static int option(int fd, int name) {
  int v = -1;
  socklen_t l = sizeof v;
  return real.getsockopt(fd, SOL_SOCKET, name, &v, &l) < 0 ? -1 : v;
}

/* Another descriptor here that is that socket. */
static struct file *known(uint32_t slot, uint32_t generation, const struct instance *i) {
  for (int fd = 0; fd <= fd_highest(); fd++) {
    struct file *f = fd_file(fd);
    if (f && f->kind == FILE_STREAM && f->instance == i && f->slot == slot && f->generation == generation && file_hold(f))
      return f;
  }
  return NULL;
}

static void take_up(int fd) {
  struct instance *i = instance_attach();
  struct jr_message m, found;
  if (!i || option(fd, SO_DOMAIN) != AF_UNIX || option(fd, SO_TYPE) != SOCK_STREAM) return;
  message_fill(&m, JR_MSG_FIND, 0);
  world_enter();
  if (instance_ask(i, &m, &fd, 1, JR_MSG_FOUND, &found) == 0 && found.process < JR_SOCKETS) {
    const uint32_t slot = found.process, generation = (uint32_t)found.value;
    struct file *f = known(slot, generation, i);
    if (!f && (f = file_new(FILE_KERNEL))) {
      f->family = i->sockets[slot].family;
      f->escalated = 1;
      file_attach_socket(f, FILE_STREAM, i, slot, generation);
      f->prefix = 1;
    }
    if (f) fd_install(fd, f);
    LOG("fd %d is a socket of Joyride's", fd);
  }
  world_leave();
}

void escalated_inherited(void) {
  char *list = secure_getenv(INHERITED_VARIABLE);
  if (!list) return;
  while (*list) {
    char *end;
    const long fd = strtol(list, &end, 10);
    if (end == list || fd < 0 || fd >= (long)FD_TABLE) break;
    take_up((int)fd);
    inherited_note((int)fd);
    list = *end ? end + 1 : end;
  }
  unsetenv(INHERITED_VARIABLE);
}

/* A kernel listener, whoever opened it, may be Joyride's too. */
static void listener_came(int fd) {
  if (option(fd, SO_ACCEPTCONN) != 1 || option(fd, SO_TYPE) != SOCK_STREAM || keys_were_set(fd)) return;
  const int family = option(fd, SO_DOMAIN);
  struct file *f = family == AF_INET || family == AF_INET6 ? file_new(FILE_UNDECIDED) : NULL;
  if (!f) return;
  f->family = (uint16_t)family;
  f->adopt = 1;
  fd_install(fd, f);
}

void escalated_came(struct msghdr *m) {
  const int saved = errno;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
      int fd;
      memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
      fd_remove(fd); /* it may be in the table still, if it was closed behind our back */
      if (load(&instance_current)) take_up(fd);
      if (!fd_file(fd)) listener_came(fd);
    }
  }
  errno = saved;
}

void inherited_listeners(void) {
  struct pollfd fds[PROBED];
  for (int k = 0; k < PROBED; k++) fds[k] = (struct pollfd){k + 3, 0, 0};
  if (real.poll(fds, PROBED, 0) == PROBED) { /* the usual case: nothing but the standard descriptors */
    int k = 0;
    while (k < PROBED && (fds[k].revents & POLLNVAL)) k++;
    if (k == PROBED) return;
  }
  for (int k = 0; k < PROBED; k++) {
    if (!(fds[k].revents & POLLNVAL)) listener_came(fds[k].fd);
  }
}
