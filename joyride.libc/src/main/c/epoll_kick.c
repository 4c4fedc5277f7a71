/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set without Joyride members is waited for in the kernel alone. If another thread adds the first such member, the
 * sleepers must come out and wait again, knowing it: a descriptor that is always readable joins the set until all
 * have seen it, marked by a data word that no program has.
 */
#include <sys/eventfd.h>

#include "epoll.h"
#include "guard.h"
#include "real.h"

static int kick_fd = -1;
static char tag_home;

static uint64_t tag(void) { return (uint64_t)(uintptr_t)&tag_home ^ 0x6a6f797269646521ull; }

void kick_sleepers(struct epoll *e) {
  if (!load(&e->in_kernel)) return;
  if (kick_fd < 0) {
    const int fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) return;
    guard_fd(fd, &kick_fd);
  }
  struct epoll_event event = {EPOLLIN, {.u64 = tag()}};
  real.epoll_ctl(epoll_descriptor(e), EPOLL_CTL_ADD, kick_fd, &event);
}

int kick_filter(struct epoll *e, struct epoll_event *events, int n, bool *kicked) {
  int kept = 0;
  *kicked = false;
  for (int k = 0; k < n; k++) {
    if (unlikely(events[k].data.u64 == tag()))
      *kicked = true;
    else
      events[kept++] = events[k];
  }
  if (unlikely(*kicked) && !load(&e->in_kernel))
    real.epoll_ctl(epoll_descriptor(e), EPOLL_CTL_DEL, kick_fd, &(struct epoll_event){0});
  return n < 0 ? n : kept;
}
