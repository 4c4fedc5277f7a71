/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The child keeps the mapping and all sockets; it gets an attach socket, a process number and a command ring of its own. Before the
 * fork the service is told, so that nobody waits for the child afterwards.
 */
#include "fork.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "asked.h"
#include "epoll_set.h"
#include "fdtable.h"
#include "guard.h"
#include "keys.h"
#include "log.h"
#include "real.h"
#include "slab.h"
#include "socket.h"
#include "wait.h"
#include "world.h"

/* Under the stopped world, so one fork at a time. */
static struct {
  int child_end; /* -1: not attached, or the service refused */
  uint32_t process_number;
  uint32_t life; /* of the instance, for the child */
  uint64_t signals; /* the mask before: what comes for the child before it is ready waits */
} forking = {-1, 0, 0, 0};

static void each_set(void (*act)(struct epoll *)) {
  for (int fd = 0; fd <= fd_highest(); fd++) {
    const struct file *f = fd_file(fd);
    if (f && f->kind == FILE_EPOLL && epoll_descriptor(f->epoll) == fd) act(f->epoll);
  }
}

static void set_lock(struct epoll *e) { lock_acquire(&e->lock); }
static void set_unlock(struct epoll *e) { lock_release(&e->lock); }

static void announce(struct instance *i) {
  int ends[2];
  if (RAW4(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return;
  struct jr_message m, answered;
  message_fill(&m, JR_MSG_FORK, 0);
  const int r = instance_ask(i, &m, &ends[1], 1, JR_MSG_FORKED, &answered);
  real.close(ends[1]);
  if (r == 0 && answered.value < JR_PROCESSES) {
    forking.child_end = ends[0];
    forking.process_number = (uint32_t)answered.value;
  } else {
    LOG("the service takes no child: it will use the kernel");
    real.close(ends[0]);
  }
}

static void prepare(void) {
  const int saved = errno;
  world_stop();
  memberships_lock();
  each_set(set_lock);
  struct instance *i = load(&instance_current);
  forking.child_end = -1;
  forking.life = i ? peek(i->life) : 0;
  if (i && !instance_gone(i)) announce(i);
  const uint64_t all = UINT64_MAX;
  RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &forking.signals, sizeof all);
  errno = saved;
}

static void in_parent(void) {
  const int saved = errno;
  if (forking.child_end >= 0) real.close(forking.child_end);
  forking.child_end = -1;
  each_set(set_unlock);
  memberships_unlock();
  world_resume();
  RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &forking.signals, NULL, sizeof forking.signals);
  errno = saved;
}

static void move_in(struct instance *i) {
  const int old = i->attach_fd;
  i->process += (int64_t)forking.process_number - (int64_t)i->process_number;
  i->process_number = forking.process_number;
  memset(i->kept, 0, sizeof i->kept);
  guard_close(old);
  guard_fd(forking.child_end, &i->attach_fd);
  struct jr_message m;
  message_fill(&m, JR_MSG_CHILD, (uint64_t)getpid());
  if (instance_ask(i, &m, NULL, 0, 0, NULL) < 0) instance_lost(i, "it did not take this child");
}

static void each_file_after_fork(void) {
  for (int fd = 0; fd <= fd_highest(); fd++) {
    struct file *f = fd_file(fd);
    if (f && f->kind == FILE_DECIDING) f->kind = FILE_UNDECIDED;
    if (f && f->kind == FILE_EPOLL && epoll_descriptor(f->epoll) == fd) epoll_after_fork(f);
  }
}

static void in_child(void) {
  const int saved = errno;
  self.tid = 0;
  self.deferred = 0;
  waiters_after_fork();
  slabs_after_fork();
  attach_after_fork();
  placeholder_after_fork();
  keys_after_fork();
  asked_after_fork();
  struct instance *i = load(&instance_current);
  if (i) {
    *i->life = forking.life;
    if (forking.child_end >= 0)
      move_in(i);
    else
      instance_lost(i, "it did not take this child");
  }
  forking.child_end = -1;
  files_recount();
  each_file_after_fork();
  memberships_unlock();
  self.inside = 1;
  world_restart();
  RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &forking.signals, NULL, sizeof forking.signals);
  errno = saved;
}

void fork_init(void) { pthread_atfork(prepare, in_parent, in_child); }
