/* SPDX-License-Identifier: BSD-2-Clause */
/* Exported names: waiting for many descriptors. */
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "epoll.h"
#include "fdtable.h"
#include "poll.h"
#include "real.h"
#include "wait.h"

static uint64_t of_ms(int ms) { return ms < 0 ? WAIT_FOREVER : (uint64_t)ms * 1000000u; }

static uint64_t of_timespec(const struct timespec *t) {
  return t ? (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec : WAIT_FOREVER;
}

static bool valid(const struct timespec *t) {
  return !t || (t->tv_sec >= 0 && t->tv_nsec >= 0 && t->tv_nsec < 1000000000);
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout) {
  if (likely(!poll_ours(fds, n))) return real.poll(fds, n, timeout);
  return (int)answer(poll_waiting(fds, n, of_ms(timeout), NULL));
}

EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *t, const sigset_t *mask) {
  if (likely(!poll_ours(fds, n)) || !valid(t)) return real.ppoll(fds, n, t, mask);
  return (int)answer(poll_waiting(fds, n, of_timespec(t), mask));
}

EXPORT int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room) {
  if (unlikely(room / sizeof *fds < n)) return real.__poll_chk(fds, n, timeout, room);
  return poll(fds, n, timeout);
}

EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *t, const sigset_t *mask, size_t room) {
  if (unlikely(room / sizeof *fds < n)) return real.__ppoll_chk(fds, n, t, mask, room);
  return ppoll(fds, n, t, mask);
}

EXPORT int select(int n, fd_set *r, fd_set *w, fd_set *x, struct timeval *t) {
  if (likely(!select_ours(n, r, w, x)) || (t && (t->tv_sec < 0 || t->tv_usec < 0))) return real.select(n, r, w, x, t);
  const uint64_t timeout = t ? (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_usec * 1000u : WAIT_FOREVER;
  const uint64_t start = t ? now_ns() : 0;
  const int result = select_waiting(n, r, w, x, timeout, NULL);
  if (t) {
    const uint64_t spent = now_ns() - start, left = spent < timeout ? timeout - spent : 0;
    *t = (struct timeval){(time_t)(left / 1000000000u), (suseconds_t)(left % 1000000000u / 1000u)};
  }
  return (int)answer(result);
}

EXPORT int pselect(int n, fd_set *r, fd_set *w, fd_set *x, const struct timespec *t, const sigset_t *mask) {
  if (likely(!select_ours(n, r, w, x)) || !valid(t)) return real.pselect(n, r, w, x, t, mask);
  return (int)answer(select_waiting(n, r, w, x, of_timespec(t), mask));
}

EXPORT int epoll_create1(int flags) {
  const int fd = real.epoll_create1(flags);
  if (fd >= 0) epoll_made(fd);
  return fd;
}

EXPORT int epoll_create(int size) {
  if (size <= 0) return (int)answer(-EINVAL);
  return epoll_create1(0);
}

EXPORT int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event) {
  return (int)answer(epoll_control(epfd, op, fd, event));
}

static int waiting(int epfd, struct epoll_event *events, int max, uint64_t timeout, const sigset_t *mask, int *result) {
  if (unlikely(!fd_file(epfd))) return 0;
  HELD struct file *f = fd_hold(epfd);
  const bool epoll = f && f->kind == FILE_EPOLL;
  if (epoll) *result = (int)answer(epoll_waiting(epfd, f, events, max, timeout, mask));
  return epoll;
}

EXPORT int epoll_wait(int epfd, struct epoll_event *events, int max, int timeout) {
  int r;
  if (likely(waiting(epfd, events, max, of_ms(timeout), NULL, &r))) return r;
  return real.epoll_wait(epfd, events, max, timeout);
}

EXPORT int epoll_pwait(int epfd, struct epoll_event *events, int max, int timeout, const sigset_t *mask) {
  int r;
  if (likely(waiting(epfd, events, max, of_ms(timeout), mask, &r))) return r;
  return real.epoll_pwait(epfd, events, max, timeout, mask);
}

EXPORT int epoll_pwait2(int epfd, struct epoll_event *events, int max, const struct timespec *t, const sigset_t *mask) {
  int r;
  if (likely(valid(t)) && waiting(epfd, events, max, of_timespec(t), mask, &r)) return r;
  if (!real.epoll_pwait2) return (int)answer(-ENOSYS);
  return real.epoll_pwait2(epfd, events, max, t, mask);
}
