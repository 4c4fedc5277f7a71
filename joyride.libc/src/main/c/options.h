/* SPDX-License-Identifier: BSD-2-Clause */
/* Socket options as Linux answers them. Results: 0 or -errno. */
#ifndef JOYRIDE_OPTIONS_H
#define JOYRIDE_OPTIONS_H

#include <sys/socket.h>

#include "file.h"

/* For a socket of Joyride's. */
int options_set(int fd, struct file *f, int level, int name, const void *v, socklen_t l);
int options_get(int fd, struct file *f, int level, int name, void *v, socklen_t *l);

/* The kernel took it, on a socket that is undecided yet: kept for when it is Joyride's. */
void options_note(int fd, struct file *f, int level, int name, const void *v, socklen_t l);

/* It listens from now on: what was set before on the kernel's socket. */
void options_of_listener(int fd, struct file *f);

/* Of a socket of the service's, by a call. A program's value comes along with the question. */
int options_ask_set(struct instance *i, uint32_t slot, uint32_t generation, int level, int name, const void *v, socklen_t l);
int options_ask_get(struct instance *i, uint32_t slot, uint32_t generation, int level, int name, void *v, socklen_t *l);

void options_into_connect(struct jr_connect *to, const struct early_options *from);
void options_into_listen(struct jr_listen *to, const struct early_options *from);
void options_into_socket(struct jr_socket *to, const struct early_options *from);

#endif
