/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a socket goes beyond what this layer sees (stdio, another program), the file under its descriptors is replaced by
 * one end of a socketpair whose other end the service holds. The service relays bytes as soon as no process holds the
 * socket by its rings; a process under this layer that gets the end finds the rings again by the end's cookie.
 */
#ifndef JOYRIDE_ESCALATE_H
#define JOYRIDE_ESCALATE_H

#include <stdbool.h>
#include <sys/socket.h>

/* All descriptors of fd's file become the kernel's, relayed from now on. On failure it is as it was. */
void escalate_and_leave(int fd);

/* The file under fd is replaced, and this process goes on by the rings as long as it has it. */
void escalate(int fd);

/* The Joyride sockets among the descriptors that a message passes on. */
void escalate_rights(const struct msghdr *m);

/* For exec: those that the next program would inherit; returns the environment that tells it of them. */
char *const *escalate_inheritable(char *const envp[]);

/* The other side: descriptors that came by exec, or by a message. */
void escalated_inherited(void);
void escalated_came(struct msghdr *m);

#endif
