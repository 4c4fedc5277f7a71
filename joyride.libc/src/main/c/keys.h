/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of TCP-MD5 (RFC 2385) that a program gave a socket. They are kept with the file: connect and listen make Joyride's socket, which
 * must have them before its first segment, and a listener may be made again, with another service.
 */
#ifndef JOYRIDE_KEYS_H
#define JOYRIDE_KEYS_H

#include "file.h"

/* Whether it is TCP_MD5SIG or TCP_MD5SIG_EXT. */
bool keys_option(int level, int name);

/* Carries one out. 0, or -errno. */
int keys_set(int fd, struct file *f, int name, const void *v, socklen_t l);

/*
 * Makes a socket that is nothing yet and has the file's keys, and what else only the service knows (asked.h), if there is any: else *slot is JR_NO_SOCKET. 0, -errno, or
 * -JR_USE_KERNEL. Inside world_enter; connect or listen on it, which closes it where that fails, or file_close_socket.
 */
int keys_open(struct file *f, struct instance *i, uint32_t *slot, uint32_t *generation);

/* The same, if there are none too. */
int keys_open_always(struct file *f, struct instance *i, uint32_t *slot, uint32_t *generation);

/* Whether a kernel socket that came from elsewhere has keys, which cannot be read: it must stay the kernel's. */
bool keys_were_set(int fd);

/* The file ends. */
void keys_forget(struct file *f);

void keys_after_fork(void);

#endif
