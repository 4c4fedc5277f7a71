/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who gets signals of a socket: SIGURG for urgent data, SIGIO (or F_SETSIG's) for readiness with O_ASYNC. The kernel sends them: see JR_MSG_OWNER. Results as
 * of a system call: >= 0, or -errno.
 */
#ifndef JOYRIDE_OWNER_H
#define JOYRIDE_OWNER_H

#include "file.h"

/* fcntl on a socket of Joyride's. False: it is about something else. */
bool owner_fcntl(int fd, struct file *f, int command, long argument, long *result);

/* ioctl, the same. */
bool owner_ioctl(int fd, struct file *f, unsigned long request, void *argument, long *result);

/* The kernel took it, on a socket that is undecided yet. */
void owner_noted(struct file *f, unsigned long command);

/* It is Joyride's from now on: what was asked of the kernel's socket. */
void owner_of_kernel(int fd, struct file *f);

/* O_ASYNC of F_SETFL. */
int owner_async(int fd, struct file *f, bool on);

#endif
