/* SPDX-License-Identifier: BSD-2-Clause */
#include "fdtable.h"

struct file *fd_table[FD_TABLE] __attribute__((visibility("hidden")));
static int highest = -1;

int fd_highest(void) { return load(&highest); }

struct file *fd_hold(int fd) {
  for (;;) {
    struct file *f = fd_file(fd);
    if (likely(!f)) return NULL;
    if (!file_hold(f)) {
      cpu_relax(); /* it is being closed: the table says so in a moment */
      continue;
    }
    if (fd_file(fd) == f) return f;
    file_put(f);
  }
}

void fd_install(int fd, struct file *f) {
  if ((unsigned)fd >= FD_TABLE) {
    file_put(f);
    return;
  }
  int h = peek(&highest);
  while (h < fd && !cas(&highest, &h, fd)) {
  }
  struct file *old = exchange(&fd_table[fd], f);
  if (unlikely(old)) file_put(old);
}

void fd_remove(int fd) {
  if ((unsigned)fd >= FD_TABLE || !fd_table[fd]) return;
  struct file *old = exchange(&fd_table[fd], NULL);
  if (old) file_put(old);
}
