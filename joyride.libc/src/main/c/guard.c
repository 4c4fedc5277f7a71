/* SPDX-License-Identifier: BSD-2-Clause */
#include "guard.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "fdtable.h"
#include "real.h"

/* Higher would make the kernel's descriptor table of every such process larger, and every fork slower. */
enum { TOP = 8192, RESERVE = 128 };

static long lowest(void) {
  struct rlimit r;
  if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur > TOP) return TOP - RESERVE;
  return r.rlim_cur > 2 * RESERVE ? (long)r.rlim_cur - RESERVE : (long)r.rlim_cur / 2;
}

void guard_fd(int fd, int *where) {
  const int high = real.fcntl(fd, F_DUPFD_CLOEXEC, lowest());
  if (high >= 0) {
    real.close(fd);
    fd = high;
  }
  *where = fd;
  struct file *f = file_new(FILE_OWN);
  if (!f) return;
  f->own_where = where;
  fd_install(fd, f);
}

void guard_close(int fd) {
  if (fd < 0) return;
  fd_remove(fd);
  real.close(fd);
}

bool guard_holds(int fd) {
  const struct file *f = fd_file(fd);
  return f && f->kind == FILE_OWN;
}

void guard_yield(int fd) {
  struct file *f = fd_file(fd);
  const int moved = real.fcntl(fd, F_DUPFD_CLOEXEC, lowest());
  if (moved < 0 || !file_hold(f)) return;
  fd_install(moved, f);
  *f->own_where = moved;
  fd_remove(fd);
}
