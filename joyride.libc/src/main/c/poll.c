/* SPDX-License-Identifier: BSD-2-Clause */
/* poll over Joyride's sockets and the kernel's descriptors in one call; select is put into its terms. */
#include "poll.h"

#include <stdlib.h>
#include <string.h>

#include "epoll.h"
#include "fdtable.h"
#include "readiness.h"
#include "real.h"
#include "socket.h"
#include "wait.h"

enum { ON_STACK = 64, SPIN_LOOKS = 16 };
#define SERVICE_CYCLES 100000000u

struct polling {
  struct pollfd *fds;     /* the program's */
  struct pollfd *kernels; /* two for the waiter, then the kernel's part of fds */
  struct file **files;    /* ours, held */
  nfds_t n;
  struct instance *instance;
  bool any_kernel;
  unsigned looks;
  void *room;
};

static bool is_ours(const struct file *f) {
  if (likely(!f)) return false;
  const uint32_t kind = file_kind(f);
  return kind == FILE_STREAM || kind == FILE_LISTENER || (kind == FILE_EPOLL && epoll_has_ours(f->epoll));
}

bool poll_ours(struct pollfd *fds, nfds_t n) {
  for (nfds_t k = 0; k < n; k++)
    if (unlikely(is_ours(fd_file(fds[k].fd)))) return true;
  return false;
}

static uint32_t ready_events(struct file *f, short wanted) {
  const uint32_t mask = (uint32_t)(uint16_t)wanted | POLLERR | POLLHUP;
  if (f->kind == FILE_EPOLL) return epoll_ready(f->epoll) ? mask & (POLLIN | POLLRDNORM) : 0;
  struct jr_socket *s = load(&f->socket);
  return s ? socket_events_wanting(f, s, mask) & mask : 0;
}

/* Takes the files in hand, and out of the kernel's part what the kernel knows nothing of. */
static void split(struct polling *p) {
  for (nfds_t k = 0; k < p->n; k++) {
    p->kernels[k + 2] = p->fds[k];
    struct file *f = fd_hold(p->fds[k].fd);
    if (f && f->kind == FILE_LISTENER && instance_gone(f->instance)) listener_surrender(p->fds[k].fd, f);
    if (f && !is_ours(f)) {
      if (f->kind == FILE_OWN) p->kernels[k + 2].fd = 1 << 30; /* POLLNVAL */
      file_put(f);
      f = NULL;
    }
    p->files[k] = f;
    if (f && f->kind == FILE_STREAM) p->kernels[k + 2].fd = -1;
    else if (p->fds[k].fd >= 0) p->any_kernel = true;
    struct instance *i = !f ? NULL : f->kind == FILE_EPOLL ? f->epoll->instance : f->instance;
    if (i && (!p->instance || instance_gone(p->instance))) p->instance = i;
  }
}

static int look(struct polling *p) {
  int ready = 0;
  for (nfds_t k = 0; k < p->n; k++) {
    p->fds[k].revents = p->files[k] ? (short)ready_events(p->files[k], p->fds[k].events) : 0;
    ready += p->fds[k].revents != 0;
  }
  return ready;
}

/* Adds what the kernel's part says, as it was last polled. */
static int merge(struct polling *p) {
  int ready = 0;
  for (nfds_t k = 0; k < p->n; k++) {
    p->fds[k].revents |= p->kernels[k + 2].fd == -1 ? 0 : p->kernels[k + 2].revents;
    ready += p->fds[k].revents != 0;
  }
  return ready;
}

static int look_everywhere(struct polling *p) {
  const int ours = look(p);
  if (!p->any_kernel) return ours;
  return real.poll(p->kernels + 2, p->n, 0) < 0 ? ours : merge(p);
}

static bool something(void *argument) {
  struct polling *p = argument;
  if (look(p)) return true;
  return ++p->looks % SPIN_LOOKS == 0 && p->any_kernel && real.poll(p->kernels + 2, p->n, 0) > 0;
}

static void note(struct polling *p, const struct waiter *w, bool on) {
  void (*const act)(uint32_t *, const struct waiter *) = on ? waiter_note : waiter_forget;
  for (nfds_t k = 0; k < p->n; k++) {
    struct file *f = p->files[k];
    struct jr_socket *s = f ? load(&f->socket) : NULL;
    if (f && f->kind == FILE_EPOLL) epoll_note(f->epoll, w, on);
    if (!s) continue;
    act(&s->rx_waiter, w);
    if (p->fds[k].events & (POLLOUT | POLLWRNORM)) act(&s->tx_waiter, w);
  }
}

static int wait_until_ready(struct polling *p, uint64_t timeout_ns, const sigset_t *mask) {
  static uint64_t service_asked;
  int ready = look_everywhere(p);
  if (timeout_ns == 0 && cycles() - peek(&service_asked) > SERVICE_CYCLES) {
    poke(&service_asked, cycles());
    instance_check(p->instance);
  }
  if (ready || timeout_ns == 0) return ready;
  WAIT w = {0};
  wait_begin(&w, p->instance, timeout_ns);
  w.any = true;
  while (!ready) {
    if (wait_interrupted(&w)) {
      ready = -EINTR;
      break;
    }
    if (wait_spin(p->instance, something, p, w.deadline)) {
      ready = look_everywhere(p);
      continue;
    }
    waiter_arm(w.waiter);
    note(p, w.waiter, true);
    full_fence();
    int r = 1;
    if (!look(p)) {
      r = wait_interrupted(&w) ? -EINTR : waiter_sleep(&w, p->instance, p->kernels, (unsigned)p->n + 2, mask);
    }
    waiter_disarm(w.waiter);
    note(p, w.waiter, false);
    ready = look_everywhere(p);
    if (r == 0) break;
    if (!ready && r == -EINTR && (wait_interrupted(&w) || mask)) ready = -EINTR;
  }
  return ready;
}

static void let_go(struct polling *p) {
  for (nfds_t k = 0; k < p->n; k++)
    if (p->files[k]) file_put(p->files[k]);
  free(p->room);
}

int poll_waiting(struct pollfd *fds, nfds_t n, uint64_t timeout_ns, const sigset_t *mask) {
  struct pollfd few_kernels[ON_STACK + 2];
  struct file *few_files[ON_STACK];
  __attribute__((cleanup(let_go))) struct polling p = {.fds = fds, .kernels = few_kernels, .files = few_files};
  if (n > ON_STACK) {
    p.room = malloc((n + 2) * sizeof *p.kernels + n * sizeof *p.files);
    if (!p.room) return -ENOMEM;
    p.files = p.room;
    p.kernels = (struct pollfd *)(p.files + n);
  }
  p.n = n;
  split(&p);
  int r;
  if (p.instance) {
    r = wait_until_ready(&p, timeout_ns, mask);
  } else { /* they have become the kernel's meanwhile */
    const struct timespec t = {(time_t)(timeout_ns / 1000000000u), (long)(timeout_ns % 1000000000u)};
    r = real.ppoll(fds, n, timeout_ns == WAIT_FOREVER ? NULL : &t, mask);
    if (r < 0) r = -errno;
  }
  return r;
}
