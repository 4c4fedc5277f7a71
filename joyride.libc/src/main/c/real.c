/* SPDX-License-Identifier: BSD-2-Clause */
#include "real.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>

#include "base.h"
#include "raw.h"

#define KERNEL_SIGSET 8

static ssize_t early_read(int fd, void *buf, size_t n) { return answer(RAW3(SYS_read, fd, buf, n)); }
static ssize_t early_write(int fd, const void *buf, size_t n) { return answer(RAW3(SYS_write, fd, buf, n)); }
static ssize_t early_readv(int fd, const struct iovec *iov, int count) {
  return answer(RAW3(SYS_readv, fd, iov, count));
}
static ssize_t early_writev(int fd, const struct iovec *iov, int count) {
  return answer(RAW3(SYS_writev, fd, iov, count));
}
static ssize_t early_recvfrom(int fd, void *buf, size_t n, int flags, struct sockaddr *a, socklen_t *l) {
  return answer(RAW6(SYS_recvfrom, fd, buf, n, flags, a, l));
}
static ssize_t early_sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *a, socklen_t l) {
  return answer(RAW6(SYS_sendto, fd, buf, n, flags, a, l));
}
static ssize_t early_recv(int fd, void *buf, size_t n, int flags) {
  return early_recvfrom(fd, buf, n, flags, NULL, NULL);
}
static ssize_t early_send(int fd, const void *buf, size_t n, int flags) {
  return early_sendto(fd, buf, n, flags, NULL, 0);
}
static ssize_t early_recvmsg(int fd, struct msghdr *m, int flags) { return answer(RAW3(SYS_recvmsg, fd, m, flags)); }
static ssize_t early_sendmsg(int fd, const struct msghdr *m, int flags) {
  return answer(RAW3(SYS_sendmsg, fd, m, flags));
}
static int early_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *t) {
  return (int)answer(RAW5(SYS_recvmmsg, fd, m, n, flags, t));
}
static int early_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags) {
  return (int)answer(RAW4(SYS_sendmmsg, fd, m, n, flags));
}
static ssize_t early_sendfile(int out, int in, off_t *offset, size_t n) {
  return answer(RAW4(SYS_sendfile, out, in, offset, n));
}
static ssize_t early_splice(int in, off64_t *ioff, int out, off64_t *ooff, size_t n, unsigned flags) {
  return answer(RAW6(SYS_splice, in, ioff, out, ooff, n, flags));
}
static int early_socket(int domain, int type, int protocol) {
  return (int)answer(RAW3(SYS_socket, domain, type, protocol));
}
static int early_bind(int fd, const struct sockaddr *a, socklen_t l) { return (int)answer(RAW3(SYS_bind, fd, a, l)); }
static int early_listen(int fd, int backlog) { return (int)answer(RAW2(SYS_listen, fd, backlog)); }
static int early_accept4(int fd, struct sockaddr *a, socklen_t *l, int flags) {
  return (int)answer(RAW4(SYS_accept4, fd, a, l, flags));
}
static int early_accept(int fd, struct sockaddr *a, socklen_t *l) { return early_accept4(fd, a, l, 0); }
static int early_connect(int fd, const struct sockaddr *a, socklen_t l) {
  return (int)answer(RAW3(SYS_connect, fd, a, l));
}
static int early_shutdown(int fd, int how) { return (int)answer(RAW2(SYS_shutdown, fd, how)); }
static int early_getsockname(int fd, struct sockaddr *a, socklen_t *l) {
  return (int)answer(RAW3(SYS_getsockname, fd, a, l));
}
static int early_getpeername(int fd, struct sockaddr *a, socklen_t *l) {
  return (int)answer(RAW3(SYS_getpeername, fd, a, l));
}
static int early_getsockopt(int fd, int level, int name, void *v, socklen_t *l) {
  return (int)answer(RAW5(SYS_getsockopt, fd, level, name, v, l));
}
static int early_setsockopt(int fd, int level, int name, const void *v, socklen_t l) {
  return (int)answer(RAW5(SYS_setsockopt, fd, level, name, v, l));
}
static int early_close(int fd) { return (int)answer(RAW1(SYS_close, fd)); }
static int early_close_range(unsigned first, unsigned last, int flags) {
  return (int)answer(RAW3(SYS_close_range, first, last, flags));
}
static int early_dup(int fd) { return (int)answer(RAW1(SYS_dup, fd)); }
static int early_dup3(int fd, int to, int flags) { return (int)answer(RAW3(SYS_dup3, fd, to, flags)); }
static int early_fcntl(int fd, int command, ...) {
  va_list ap;
  va_start(ap, command);
  long argument = va_arg(ap, long);
  va_end(ap);
  return (int)answer(RAW3(SYS_fcntl, fd, command, argument));
}
static int early_dup2(int fd, int to) {
  if (fd != to) return early_dup3(fd, to, 0);
  return early_fcntl(fd, 1 /* F_GETFD */, 0L) < 0 ? -1 : fd;
}
static int early_ioctl(int fd, unsigned long request, ...) {
  va_list ap;
  va_start(ap, request);
  long argument = va_arg(ap, long);
  va_end(ap);
  return (int)answer(RAW3(SYS_ioctl, fd, request, argument));
}
static int early_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *t, const sigset_t *mask) {
  struct timespec copy = t ? *t : (struct timespec){0};
  return (int)answer(RAW5(SYS_ppoll, fds, n, t ? &copy : NULL, mask, KERNEL_SIGSET));
}
static int early_poll(struct pollfd *fds, nfds_t n, int timeout) {
  struct timespec t = {timeout / 1000, timeout % 1000 * 1000000L};
  return early_ppoll(fds, n, timeout < 0 ? NULL : &t, NULL);
}
static int early_pselect(int n, fd_set *r, fd_set *w, fd_set *e, const struct timespec *t, const sigset_t *mask) {
  struct timespec copy = t ? *t : (struct timespec){0};
  struct {
    const sigset_t *mask;
    size_t size;
  } wrapped = {mask, KERNEL_SIGSET};
  return (int)answer(RAW6(SYS_pselect6, n, r, w, e, t ? &copy : NULL, &wrapped));
}
static int early_select(int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *t) {
  struct timespec copy = t ? (struct timespec){t->tv_sec, t->tv_usec * 1000} : (struct timespec){0};
  return early_pselect(n, r, w, e, t ? &copy : NULL, NULL);
}
static int early_epoll_create1(int flags) { return (int)answer(RAW1(SYS_epoll_create1, flags)); }
static int early_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event) {
  return (int)answer(RAW4(SYS_epoll_ctl, epfd, op, fd, event));
}
static int early_epoll_pwait(int epfd, struct epoll_event *events, int max, int timeout, const sigset_t *mask) {
  return (int)answer(RAW6(SYS_epoll_pwait, epfd, events, max, timeout, mask, KERNEL_SIGSET));
}
static int early_epoll_wait(int epfd, struct epoll_event *events, int max, int timeout) {
  return early_epoll_pwait(epfd, events, max, timeout, NULL);
}
/* A handler set by the system call alone would need our own return trampoline: libc's is asked for, by its inner name. */
int __sigaction(int number, const struct sigaction *act, struct sigaction *old);
static int early_sigaction(int number, const struct sigaction *act, struct sigaction *old) {
  return __sigaction(number, act, old);
}

struct real real = {
#define X(type, name, params) .name = early_##name,
    REAL_FUNCTIONS(X)
#undef X
        .fcntl = early_fcntl,
    .ioctl = early_ioctl,
};

static void resolve(void *slot, const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found) memcpy(slot, &found, sizeof found);
}

void real_resolve(void) {
#define X(type, name, params) resolve(&real.name, #name);
  REAL_FUNCTIONS(X)
  REAL_LATE_FUNCTIONS(X)
#undef X
  resolve(&real.fcntl, "fcntl");
  resolve(&real.ioctl, "ioctl");
}
