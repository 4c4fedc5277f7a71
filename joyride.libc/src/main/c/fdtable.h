/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptor -> file, by one load; NULL is the kernel's. Untouched pages of the table cost nothing. */
#ifndef JOYRIDE_FDTABLE_H
#define JOYRIDE_FDTABLE_H

#include "file.h"

#define FD_TABLE (1u << 20)

extern struct file *fd_table[FD_TABLE] __attribute__((visibility("hidden")));

static inline struct file *fd_file(int fd) {
  return likely((unsigned)fd < FD_TABLE) ? load(&fd_table[fd]) : NULL;
}

/* The file with a reference; NULL: the kernel's. */
struct file *fd_hold(int fd);

/* The caller's reference to f passes to the table; what was there (closed behind our back) is let go. */
void fd_install(int fd, struct file *f);

/* Makes fd the kernel's, lets go of the file. */
void fd_remove(int fd);

/* No descriptor is above. */
int fd_highest(void);

#endif
