/* SPDX-License-Identifier: BSD-2-Clause */
/* Which file is in which epoll set, and on whose side: recorded beside the kernel, or ours. */
#include "epoll_set.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fdtable.h"
#include "real.h"
#include "slab.h"
#include "socket.h"

static struct lock memberships;
static struct slab members = SLAB(struct member, next);
static struct slab sets = SLAB(struct epoll, link);

void epoll_made(int fd) {
  fd_remove(fd);
  struct epoll *e = slab_take(&sets);
  struct file *f = e ? file_new(FILE_EPOLL) : NULL;
  if (!f) return;
  memset(e, 0, sizeof *e);
  e->fd = fd;
  e->queue = NO_QUEUE;
  e->twins_fd = -1;
  f->epoll = e;
  e->file = f;
  fd_install(fd, f);
}

void memberships_lock(void) { lock_acquire(&memberships); }
void memberships_unlock(void) { lock_release(&memberships); }

int epoll_descriptor(struct epoll *e) {
  const struct file *f = fd_file(e->fd);
  if (f && f->epoll == e) return e->fd;
  for (int fd = 0; fd <= fd_highest(); fd++) {
    f = fd_file(fd);
    if (f && f->kind == FILE_EPOLL && f->epoll == e) return e->fd = fd;
  }
  return -1;
}

void ready_push(struct epoll *e, struct member *m) {
  if (m->ready) return;
  m->ready = 1;
  m->ready_next = NULL;
  m->ready_previous = e->ready_tail;
  *(e->ready_tail ? &e->ready_tail->ready_next : &e->ready_head) = m;
  e->ready_tail = m;
}

void ready_drop(struct epoll *e, struct member *m) {
  if (!m->ready) return;
  m->ready = 0;
  *(m->ready_previous ? &m->ready_previous->ready_next : &e->ready_head) = m->ready_next;
  *(m->ready_next ? &m->ready_next->ready_previous : &e->ready_tail) = m->ready_previous;
}

void epoll_wake(struct epoll *e) {
  for (struct sleeper *s = e->sleepers; s; s = s->next) waiter_wake(s->waiter);
}

/* The set's queue is in the instance of its living sockets: the first of them, or the first after the service came anew,
 * brings it there. */
static void join_instance(struct epoll *e, struct instance *i) {
  if (e->instance == i && e->queue != NO_QUEUE) return;
  if (e->instance != i) {
    e->queue = NO_QUEUE; /* of a service that is no more */
    if (e->by_slot) memset(e->by_slot, 0, JR_SOCKETS * sizeof *e->by_slot);
    e->instance = i;
    e->loss_seen = 0;
  }
  queue_join(e);
}

static bool has_slot(const struct member *m) {
  return m->file->kind == FILE_STREAM || m->file->kind == FILE_LISTENER;
}

/* From here on the layer answers for the member. */
static void take_over(struct member *m) {
  struct epoll *e = m->epoll;
  lock_acquire(&e->lock);
  m->ours = 1;
  m->fresh = 1;
  /* a listener that another thread makes the kernel's alone is given up by it, as soon as this one lets it */
  if (m->file->kind != FILE_EPOLL) {
    join_instance(e, m->file->instance);
    queue_name(e, m);
    if (m->file->kind == FILE_LISTENER) twin_add(e, m);
    e->ours++;
    full_fence();
    kick_sleepers(e);
    for (const struct member *outer = e->file->members; outer; outer = outer->same_file) kick_sleepers(outer->epoll);
  } else {
    e->inner++;
  }
  if (!m->disarmed) ready_push(e, m);
  epoll_wake(e);
  lock_release(&e->lock);
}

static void give_up(struct member *m) {
  struct epoll *e = m->epoll;
  lock_acquire(&e->lock);
  ready_drop(e, m);
  if (m->ours && m->file->kind == FILE_EPOLL) {
    e->inner--;
  } else if (m->ours) {
    if (m->file->instance == e->instance) queue_unname(e, m);
    if (m->is_twin) twin_remove(e, m);
    e->ours--;
  }
  m->ours = 0;
  lock_release(&e->lock);
}

static void link_member(struct member *m) {
  struct epoll *e = m->epoll;
  lock_acquire(&e->lock);
  m->previous = NULL;
  m->next = e->members;
  if (m->next) m->next->previous = m;
  e->members = m;
  lock_release(&e->lock);
  m->same_file = m->file->members;
  m->file->members = m;
}

static void remove_member(struct member *m) {
  struct epoll *e = m->epoll;
  give_up(m);
  lock_acquire(&e->lock);
  *(m->previous ? &m->previous->next : &e->members) = m->next;
  if (m->next) m->next->previous = m->previous;
  lock_release(&e->lock);
  struct member **at = &m->file->members;
  while (*at && *at != m) at = &(*at)->same_file;
  if (*at) *at = m->same_file;
  slab_give(&members, m);
}

static struct member *find(struct file *f, const struct epoll *e, int fd) {
  struct member *m = f->members;
  while (m && (m->epoll != e || m->fd != fd)) m = m->same_file;
  return m;
}

static void set_events(struct member *m, const struct epoll_event *event) {
  m->events = event->events | EPOLLERR | EPOLLHUP;
  m->data = event->data;
  m->fresh = 1;
  m->disarmed = 0;
}

static int add(struct epoll *e, struct file *f, int fd, const struct epoll_event *event, bool ours) {
  struct member *m = slab_take(&members);
  if (!m) return -ENOMEM;
  memset(m, 0, sizeof *m);
  m->epoll = e;
  m->file = f;
  m->fd = fd;
  set_events(m, event);
  link_member(m);
  if (ours) take_over(m);
  return 0;
}

static void modify(struct member *m, const struct epoll_event *event) {
  struct epoll *e = m->epoll;
  lock_acquire(&e->lock);
  set_events(m, event);
  if (m->ours) {
    if (m->is_twin) twin_change(e, m);
    ready_push(e, m);
    epoll_wake(e);
  }
  lock_release(&e->lock);
}

/* The answers that the kernel gives, for sockets that it does not see. */
static int control_ours(struct epoll *e, int op, struct file *f, int fd, const struct epoll_event *event) {
  struct member *m = find(f, e, fd);
  switch (op) {
    case EPOLL_CTL_ADD:
      return m ? -EEXIST : add(e, f, fd, event, true);
    case EPOLL_CTL_MOD:
      if (!m) return -ENOENT;
      if ((m->events | event->events) & EPOLLEXCLUSIVE) return -EINVAL;
      modify(m, event);
      return 0;
    case EPOLL_CTL_DEL:
      if (!m) return -ENOENT;
      remove_member(m);
      return 0;
    default:
      return -EINVAL;
  }
}

/* The kernel's member for now; what it would need as ours is kept. An epoll set is both. */
static int control_recorded(struct epoll *e, int epfd, int op, struct file *f, int fd, const struct epoll_event *event) {
  struct epoll_event copy;
  if (event) copy = *event;
  if (real.epoll_ctl(epfd, op, fd, event ? &copy : NULL) < 0) return -errno;
  e->kernel_used = 1;
  struct member *m = find(f, e, fd);
  if (op == EPOLL_CTL_DEL) {
    if (m) remove_member(m);
  } else if (m) {
    modify(m, event);
  } else {
    return add(e, f, fd, event, f->kind == FILE_EPOLL);
  }
  return 0;
}

/* An epoll that was made before this layer, or came by exec. */
static struct file *adopt(int epfd) {
  char path[32], link[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", epfd);
  const ssize_t n = readlink(path, link, sizeof link - 1);
  link[n < 0 ? 0 : n] = 0;
  if (!strstr(link, "[eventpoll]")) return NULL;
  epoll_made(epfd);
  return fd_file(epfd);
}

/* Takes the lock while nobody decides what the file is: who does may want the lock to be done with it. */
static uint32_t lock_decided(const struct file *f) {
  for (;;) {
    const uint32_t kind = file_kind(f);
    memberships_lock();
    if (load(&f->kind) == kind) return kind;
    memberships_unlock();
  }
}

int epoll_control(int epfd, int op, int fd, const struct epoll_event *event) {
  struct file *f = fd_hold(fd);
  if (unlikely(f && f->adopt)) listener_adopt(fd, f);
  if (!f || f->kind == FILE_KERNEL || f->kind == FILE_OWN) {
    const bool own = f && f->kind == FILE_OWN;
    if (f) file_put(f);
    if (own) return -EBADF;
    const struct file *set = fd_file(epfd);
    if (set && set->kind == FILE_EPOLL) set->epoll->kernel_used = 1;
    struct epoll_event copy;
    if (event) copy = *event;
    return real.epoll_ctl(epfd, op, fd, event ? &copy : NULL) < 0 ? -errno : 0;
  }
  int r;
  struct file *set = fd_hold(epfd);
  if (!set) set = adopt(epfd), set = set ? fd_hold(epfd) : NULL;
  if (!set || set->kind != FILE_EPOLL)
    r = real.fcntl(epfd, 1 /* F_GETFD */) < 0 ? -EBADF : -EINVAL;
  else if (!event && op != EPOLL_CTL_DEL)
    r = -EFAULT;
  else {
    const uint32_t kind = lock_decided(f);
    if (set->epoll->rejoin) epoll_rejoin(set->epoll);
    set->epoll->fd = epfd;
    const bool ours = kind == FILE_STREAM || kind == FILE_LISTENER;
    r = ours ? control_ours(set->epoll, op, f, fd, event) : control_recorded(set->epoll, epfd, op, f, fd, event);
    memberships_unlock();
  }
  if (set) file_put(set);
  file_put(f);
  return r;
}

static void kernel_control(struct member *m, int op) {
  struct epoll_event event = {m->disarmed ? 0 : m->events, m->data};
  const int epfd = epoll_descriptor(m->epoll);
  if (op == EPOLL_CTL_ADD) m->epoll->kernel_used = 1;
  if (epfd >= 0) real.epoll_ctl(epfd, op, m->fd, &event);
}

/* Idle kernel TCP sockets would be reported as hung up: they leave the kernel's set. */
void epoll_file_decided(struct file *f) {
  memberships_lock(); /* even without members: one may be just coming */
  for (struct member *m = f->members; m; m = m->same_file) {
    if (m->ours) continue;
    kernel_control(m, EPOLL_CTL_DEL);
    take_over(m);
  }
  memberships_unlock();
}

void epoll_file_undecided(struct file *f) {
  memberships_lock(); /* as above */
  for (struct member *m = f->members; m; m = m->same_file) {
    if (!m->ours) continue;
    give_up(m);
    kernel_control(m, EPOLL_CTL_ADD);
  }
  memberships_unlock();
}

void epoll_file_is_kernels(struct file *f) {
  if (!f->members) return;
  memberships_lock();
  while (f->members) {
    struct member *m = f->members;
    const bool was_ours = m->ours;
    give_up(m);
    if (was_ours) kernel_control(m, EPOLL_CTL_ADD);
    remove_member(m);
  }
  memberships_unlock();
}

void epoll_file_closed(struct file *f) {
  if (!f->members) return;
  memberships_lock();
  while (f->members) remove_member(f->members);
  memberships_unlock();
}

void epoll_closed(struct file *f) {
  struct epoll *e = f->epoll;
  memberships_lock();
  while (f->members) remove_member(f->members);
  while (e->members) remove_member(e->members);
  lock_acquire(&e->lock);
  queue_leave(e);
  guard_close(e->twins_fd);
  if (e->by_slot) by_slot_free(e);
  lock_release(&e->lock);
  memberships_unlock();
  slab_give(&sets, e);
}

/* The parent's queue and twins stay the parent's: what this process does to the set must not touch them. */
void epoll_after_fork(struct file *f) {
  struct epoll *e = f->epoll;
  e->lock.word = 0;
  e->sleepers = NULL;
  e->in_kernel = 0;
  e->queue = NO_QUEUE;
  if (e->by_slot) by_slot_free(e);
  guard_close(e->twins_fd);
  e->twins_fd = -1;
  e->twins = NULL;
  for (struct member *m = e->members; m; m = m->next) m->is_twin = 0;
  e->rejoin = e->ours != 0;
}

/* Under memberships: an inherited set gets a queue and twins of this process. */
void epoll_rejoin(struct epoll *e) {
  lock_acquire(&e->lock);
  e->rejoin = 0;
  if (e->instance && !instance_gone(e->instance)) queue_join(e);
  for (struct member *m = e->members; m; m = m->next) {
    if (!m->ours || !has_slot(m)) continue;
    if (m->file->instance == e->instance) queue_name(e, m);
    if (m->file->kind == FILE_LISTENER) twin_add(e, m);
    if (!m->disarmed) ready_push(e, m);
  }
  lock_release(&e->lock);
}
