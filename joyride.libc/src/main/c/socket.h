/* SPDX-License-Identifier: BSD-2-Clause */
/* Making, connecting, listening, accepting. Results as of a system call: >= 0, or -errno. */
#ifndef JOYRIDE_SOCKET_H
#define JOYRIDE_SOCKET_H

#include <sys/socket.h>

#include "file.h"

/* A fresh kernel socket: remembered, if Joyride may come to own it. */
void socket_made(int fd, int domain, int type, int protocol);

int socket_connect(int fd, struct file *f, const struct sockaddr *a, socklen_t l);

/* The part of a send with MSG_FASTOPEN that connects. 0: send now; -JR_USE_KERNEL: the kernel's; or -errno. */
int socket_connect_to_send(int fd, struct file *f, const struct sockaddr *a, socklen_t l, int flags);

/* Waits until a connection has come about or not; where it did not the socket is undecided again. 0 or -errno. */
int socket_await(struct file *f, struct jr_socket *s, bool nonblocking);

int socket_bind(int fd, struct file *f, const struct sockaddr *a, socklen_t l);
int socket_shutdown(struct file *f, int how);

int listener_listen(int fd, struct file *f, int backlog);
int listener_shutdown(int fd, struct file *f, int how);
int listener_accept(int fd, struct file *f, struct sockaddr *a, socklen_t *l, int flags);

/* A listener that was open before this program began, or before the service did, is Joyride's too, if the service takes it. Asks
 * once a second at most. */
void listener_adopt(int fd, struct file *f);

/* The service is gone: the twin in the kernel goes on alone, until listener_adopt finds a new one. */
void listener_surrender(int fd, struct file *f);

void placeholder_after_fork(void);

/* It is the kernel's from now on; the table forgets it where that is simple. */
void socket_is_kernels(int fd, struct file *f);

/* One thread takes an undecided file in hand; false: it is not undecided, or no more. */
bool socket_decide(struct file *f);

#endif
