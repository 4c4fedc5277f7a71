/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP Fast Open by clients (RFC 7413): sending with MSG_FASTOPEN connects first. */
#ifndef JOYRIDE_FAST_OPEN_H
#define JOYRIDE_FAST_OPEN_H

#include <sys/socket.h>

/* sendmsg with MSG_FASTOPEN, whosever the socket is. As a library function: -1 and errno. */
ssize_t fast_open_send(int fd, const struct msghdr *m, int flags);

#endif
