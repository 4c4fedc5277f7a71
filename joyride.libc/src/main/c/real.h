/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The C library's own functions under the names that this layer takes over. Until our constructor has run (libc and other
 * preloaded libraries call in earlier), each is a plain system call: so nothing here allocates or looks up
 * symbols while somebody else's start-up holds a lock.
 */
#ifndef JOYRIDE_REAL_H
#define JOYRIDE_REAL_H

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#define REAL_FUNCTIONS(X)                                                                          \
  X(ssize_t, read, (int fd, void *buf, size_t n))                                                  \
  X(ssize_t, write, (int fd, const void *buf, size_t n))                                           \
  X(ssize_t, readv, (int fd, const struct iovec *iov, int count))                                  \
  X(ssize_t, writev, (int fd, const struct iovec *iov, int count))                                 \
  X(ssize_t, recv, (int fd, void *buf, size_t n, int flags))                                       \
  X(ssize_t, send, (int fd, const void *buf, size_t n, int flags))                                 \
  X(ssize_t, recvfrom, (int fd, void *buf, size_t n, int flags, struct sockaddr *a, socklen_t *l)) \
  X(ssize_t, sendto,                                                                               \
    (int fd, const void *buf, size_t n, int flags, const struct sockaddr *a, socklen_t l))         \
  X(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags))                                       \
  X(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags))                                 \
  X(int, recvmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *t))         \
  X(int, sendmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags))                             \
  X(ssize_t, sendfile, (int out, int in, off_t *offset, size_t n))                                 \
  X(ssize_t, splice, (int in, off64_t *ioff, int out, off64_t *ooff, size_t n, unsigned flags))    \
  X(int, socket, (int domain, int type, int protocol))                                             \
  X(int, bind, (int fd, const struct sockaddr *a, socklen_t l))                                    \
  X(int, listen, (int fd, int backlog))                                                            \
  X(int, accept, (int fd, struct sockaddr *a, socklen_t *l))                                       \
  X(int, accept4, (int fd, struct sockaddr *a, socklen_t *l, int flags))                           \
  X(int, connect, (int fd, const struct sockaddr *a, socklen_t l))                                 \
  X(int, shutdown, (int fd, int how))                                                              \
  X(int, getsockname, (int fd, struct sockaddr *a, socklen_t *l))                                  \
  X(int, getpeername, (int fd, struct sockaddr *a, socklen_t *l))                                  \
  X(int, getsockopt, (int fd, int level, int name, void *v, socklen_t *l))                         \
  X(int, setsockopt, (int fd, int level, int name, const void *v, socklen_t l))                    \
  X(int, close, (int fd))                                                                          \
  X(int, close_range, (unsigned first, unsigned last, int flags))                                  \
  X(int, dup, (int fd))                                                                            \
  X(int, dup2, (int fd, int to))                                                                   \
  X(int, dup3, (int fd, int to, int flags))                                                        \
  X(int, poll, (struct pollfd * fds, nfds_t n, int timeout))                                       \
  X(int, ppoll, (struct pollfd * fds, nfds_t n, const struct timespec *t, const sigset_t *mask))   \
  X(int, select, (int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *t))                      \
  X(int, pselect,                                                                                  \
    (int n, fd_set *r, fd_set *w, fd_set *e, const struct timespec *t, const sigset_t *mask))      \
  X(int, epoll_create1, (int flags))                                                               \
  X(int, epoll_ctl, (int epfd, int op, int fd, struct epoll_event *event))                         \
  X(int, epoll_wait, (int epfd, struct epoll_event *events, int max, int timeout))                 \
  X(int, epoll_pwait,                                                                              \
    (int epfd, struct epoll_event *events, int max, int timeout, const sigset_t *mask))            \
  X(int, sigaction, (int number, const struct sigaction *act, struct sigaction *old))

/* Never called before our constructor has run: resolved there, else NULL. */
#define REAL_LATE_FUNCTIONS(X)                                                                     \
  X(int, epoll_pwait2,                                                                             \
    (int epfd, struct epoll_event *events, int max, const struct timespec *t, const sigset_t *m))  \
  X(FILE *, fdopen, (int fd, const char *mode))                                                    \
  X(ssize_t, __read_chk, (int fd, void *buf, size_t n, size_t room))                               \
  X(ssize_t, __recv_chk, (int fd, void *buf, size_t n, size_t room, int flags))                    \
  X(ssize_t, __recvfrom_chk,                                                                       \
    (int fd, void *buf, size_t n, size_t room, int flags, struct sockaddr *a, socklen_t *l))       \
  X(int, __poll_chk, (struct pollfd * fds, nfds_t n, int timeout, size_t room))                    \
  X(int, __ppoll_chk,                                                                              \
    (struct pollfd * fds, nfds_t n, const struct timespec *t, const sigset_t *mask, size_t room))

struct real {
#define X(type, name, params) type(*name) params;
  REAL_FUNCTIONS(X)
  REAL_LATE_FUNCTIONS(X)
#undef X
  int (*fcntl)(int fd, int command, ...);
  int (*ioctl)(int fd, unsigned long request, ...);
};
extern struct real real;

void real_resolve(void);

#endif
