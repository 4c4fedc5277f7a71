/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a socket leaves the world that this layer sees (stdio, another program), the file under its descriptors is replaced
 * by one end of a socketpair whose other end the service holds, and bytes are relayed.
 */
#ifndef JOYRIDE_ESCALATE_H
#define JOYRIDE_ESCALATE_H

#include <sys/socket.h>

/* All descriptors of fd's file. 0 or -errno: then it is as it was. */
int escalate(int fd);

/* The Joyride sockets among the descriptors that a message passes on. */
void escalate_rights(const struct msghdr *m);

/* Those that the next program image would inherit. */
void escalate_inheritable(void);

#endif
