/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options that the service alone knows the meaning of: congestion control, TCP variant, TCP over UDP. Before there is a connection they are kept with the
 * file, and said again of each socket that it becomes. Results: 0 or -errno.
 */
#ifndef JOYRIDE_ASKED_H
#define JOYRIDE_ASKED_H

#include <sys/socket.h>

#include "file.h"

bool asked_option(int level, int name);

/* For a socket that is the kernel's, or undecided, or Joyride's. */
int asked_set(int fd, struct file *f, int name, const void *v, socklen_t l);
int asked_get(int fd, struct file *f, int name, void *v, socklen_t *l);

/* Says all of a socket that is nothing yet. */
int asked_repeat(struct file *f, struct instance *i, uint32_t slot, uint32_t generation);

/* It has been told to go over UDP: nothing that the kernel could do. */
bool asked_for_udp(struct file *f);

void asked_forget(struct file *f);
void asked_after_fork(void);

#endif
