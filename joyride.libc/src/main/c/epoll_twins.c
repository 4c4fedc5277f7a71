/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's twins of the listeners in an epoll set wait in a kernel epoll of the layer's own, not in the program's: so
 * both sides of a listener are reported as one, and the program's data words stay the program's.
 */
#include "epoll.h"
#include "guard.h"
#include "real.h"

enum { TWINS_AT_ONCE = 16 };

static void tell_kernel(struct epoll *e, struct member *m, int op) {
  struct epoll_event event = {m->disarmed ? 0 : m->events & ~(uint32_t)EPOLLONESHOT, {.ptr = m}};
  if (e->twins_fd >= 0) real.epoll_ctl(e->twins_fd, op, m->fd, &event);
}

void twin_add(struct epoll *e, struct member *m) {
  m->is_twin = 1;
  m->next_twin = e->twins;
  e->twins = m;
  if (e->twins_fd < 0) {
    const int fd = real.epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) return;
    guard_fd(fd, &e->twins_fd);
  }
  tell_kernel(e, m, EPOLL_CTL_DEL); /* what an earlier member may have left, see is_member */
  tell_kernel(e, m, EPOLL_CTL_ADD);
}

void twin_change(struct epoll *e, struct member *m) {
  tell_kernel(e, m, EPOLL_CTL_MOD);
}

void twin_remove(struct epoll *e, struct member *m) {
  m->is_twin = 0;
  m->twin_ready = 0;
  struct member **at = &e->twins;
  while (*at && *at != m) at = &(*at)->next_twin;
  if (*at) *at = m->next_twin;
  tell_kernel(e, m, EPOLL_CTL_DEL);
}

/* A registration may outlive its member, where a dup or a child keeps the kernel's file open. */
static bool is_member(const struct epoll *e, const struct member *m) {
  const struct member *k = e->twins;
  while (k && k != m) k = k->next_twin;
  return k;
}

void twins_look(struct epoll *e) {
  e->look_at_twins = 0;
  if (e->twins_fd < 0) return;
  struct epoll_event events[TWINS_AT_ONCE];
  const int saved = errno;
  const int n = real.epoll_wait(e->twins_fd, events, TWINS_AT_ONCE, 0);
  errno = saved;
  for (int k = 0; k < n; k++) {
    struct member *m = events[k].data.ptr;
    if (!is_member(e, m) || m->disarmed) continue;
    m->twin_ready = 1;
    ready_push(e, m);
  }
}
