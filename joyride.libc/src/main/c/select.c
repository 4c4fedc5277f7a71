/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "epoll.h"
#include "fdtable.h"
#include "poll.h"

enum { ON_STACK = 64, WORD_BITS = 8 * sizeof(long) };
static const short in_events = POLLIN | POLLRDNORM | POLLRDBAND, out_events = POLLOUT | POLLWRNORM | POLLWRBAND;

/* Sets may be larger than fd_set: programs allocate them for their own limits. */
static bool has(const fd_set *s, int fd) {
  return s && ((const unsigned long *)s)[fd / WORD_BITS] >> (fd % WORD_BITS) & 1;
}

static void put(fd_set *s, int fd, bool on) {
  if (!s) return;
  unsigned long *word = &((unsigned long *)s)[fd / WORD_BITS];
  const unsigned long bit = 1ul << (fd % WORD_BITS);
  *word = on ? *word | bit : *word & ~bit;
}

bool select_ours(int n, const fd_set *r, const fd_set *w, const fd_set *x) {
  if (!peek(&instance_current) && fd_highest() < 0) return false;
  for (int fd = 0; fd < n && fd <= fd_highest(); fd++) {
    const struct file *f = fd_file(fd);
    if (!f || !(has(r, fd) || has(w, fd) || has(x, fd)) || file_kind(f) < FILE_STREAM) continue;
    if (f->kind != FILE_EPOLL || epoll_has_ours(f->epoll)) return true;
  }
  return false;
}

static nfds_t collect(struct pollfd *fds, int n, const fd_set *r, const fd_set *w, const fd_set *x) {
  nfds_t count = 0;
  for (int fd = 0; fd < n; fd++) {
    const short events = (short)((has(r, fd) ? in_events : 0) | (has(w, fd) ? out_events : 0) | (has(x, fd) ? POLLPRI : 0));
    if (!events) continue;
    if (fds) fds[count] = (struct pollfd){fd, events, 0};
    count++;
  }
  return count;
}

static int answer_sets(const struct pollfd *fds, nfds_t n, fd_set *r, fd_set *w, fd_set *x) {
  int bits = 0;
  for (nfds_t k = 0; k < n; k++)
    if (fds[k].revents & POLLNVAL) return -EBADF;
  for (nfds_t k = 0; k < n; k++) {
    const int fd = fds[k].fd;
    const bool in = has(r, fd) && (fds[k].revents & (in_events | POLLHUP | POLLERR));
    const bool out = has(w, fd) && (fds[k].revents & (out_events | POLLERR));
    const bool urgent = has(x, fd) && (fds[k].revents & POLLPRI);
    put(r, fd, in);
    put(w, fd, out);
    put(x, fd, urgent);
    bits += in + out + urgent;
  }
  return bits;
}

static void release(struct pollfd **fds) { free(*fds); }

int select_waiting(int n, fd_set *r, fd_set *w, fd_set *x, uint64_t timeout_ns, const sigset_t *mask) {
  struct pollfd few[ON_STACK];
  __attribute__((cleanup(release))) struct pollfd *many = NULL;
  const nfds_t count = collect(NULL, n, r, w, x);
  struct pollfd *fds = count > ON_STACK ? many = malloc(count * sizeof *fds) : few;
  if (!fds) return -ENOMEM;
  collect(fds, n, r, w, x);
  int result = poll_waiting(fds, count, timeout_ns, mask);
  if (result >= 0) result = answer_sets(fds, count, r, w, x);
  return result;
}
