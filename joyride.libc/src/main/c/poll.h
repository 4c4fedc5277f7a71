/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JOYRIDE_POLL_H
#define JOYRIDE_POLL_H

#include <poll.h>
#include <signal.h>
#include <sys/select.h>

#include "base.h"

/* Is one of them a Joyride socket, or an epoll set with some? */
bool poll_ours(struct pollfd *fds, nfds_t n);
bool select_ours(int n, const fd_set *r, const fd_set *w, const fd_set *x);

int poll_waiting(struct pollfd *fds, nfds_t n, uint64_t timeout_ns, const sigset_t *mask);
int select_waiting(int n, fd_set *r, fd_set *w, fd_set *x, uint64_t timeout_ns, const sigset_t *mask);

#endif
