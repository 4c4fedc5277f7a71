/* SPDX-License-Identifier: BSD-2-Clause */
/* Exported names: descriptors. */
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "escalate.h"
#include "fdtable.h"
#include "guard.h"
#include "owner.h"
#include "real.h"
#include "stream.h"

EXPORT int close(int fd) {
  const struct file *f = fd_file(fd);
  if (unlikely(f)) {
    if (f->kind == FILE_OWN) return (int)answer(-EBADF);
    fd_remove(fd);
  }
  return real.close(fd);
}

static bool ours(const struct file *f) {
  const uint32_t kind = file_kind(f);
  return kind == FILE_STREAM || kind == FILE_LISTENER;
}

/* `made` is a new number for fd's open file f, which the caller holds, or NULL. */
static int duplicated(struct file *f, int made) {
  const bool keep = f && f->kind != FILE_KERNEL;
  if (made < 0) {
    const int saved = errno;
    if (f) file_put(f);
    errno = saved;
  } else if (keep) {
    fd_install(made, f);
  } else {
    fd_remove(made);
    if (f) file_put(f);
  }
  return made;
}

EXPORT int dup(int fd) {
  if (guard_holds(fd)) return (int)answer(-EBADF);
  struct file *f = fd_hold(fd);
  return duplicated(f, real.dup(fd));
}

/* The standard descriptors are used by stdio and by programs to come, which this layer does not see. */
static int replaced(int made) {
  const struct file *f = made >= 0 && made <= 2 ? fd_file(made) : NULL;
  if (unlikely(f) && f->kind == FILE_STREAM) escalate_and_leave(made);
  return made;
}

EXPORT int dup2(int fd, int to) {
  if (guard_holds(fd)) return (int)answer(-EBADF);
  if (fd == to) return real.dup2(fd, to);
  if (guard_holds(to)) guard_yield(to);
  struct file *f = fd_hold(fd);
  return replaced(duplicated(f, real.dup2(fd, to)));
}

EXPORT int dup3(int fd, int to, int flags) {
  if (guard_holds(fd)) return (int)answer(-EBADF);
  if (fd != to && guard_holds(to)) guard_yield(to);
  struct file *f = fd_hold(fd);
  return replaced(duplicated(f, real.dup3(fd, to, flags)));
}

static void set_nonblocking(const struct file *f, bool on) {
  if (on)
    fetch_or(&f->socket->file_flags, JR_FILE_NONBLOCK);
  else
    fetch_and(&f->socket->file_flags, ~(uint32_t)JR_FILE_NONBLOCK);
}

static bool is_nonblocking(const struct file *f) { return peek(&f->socket->file_flags) & JR_FILE_NONBLOCK; }

static int owner_command(int fd, int command, long argument) {
  HELD struct file *f = fd_hold(fd);
  long r;
  if (f && ours(f) && f->socket && owner_fcntl(fd, f, command, argument, &r))
    return (int)(command == F_GETOWN ? r : answer(r)); /* a group is less than 0 */
  r = real.fcntl(fd, command, argument);
  if (f && r == 0) owner_noted(f, (unsigned long)command);
  return (int)r;
}

EXPORT int fcntl(int fd, int command, ...) {
  va_list ap;
  va_start(ap, command);
  const long argument = va_arg(ap, long);
  va_end(ap);
  struct file *f = fd_file(fd);
  if (unlikely(f) && f->kind == FILE_OWN) return (int)answer(-EBADF);
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      f = fd_hold(fd);
      return duplicated(f, real.fcntl(fd, command, argument));
    case F_SETFL:
    case F_GETFL:
      if (likely(!f)) break;
      f = fd_hold(fd);
      if (f && ours(f) && f->socket) {
        int flags = 0;
        if (command == F_SETFL) {
          set_nonblocking(f, argument & O_NONBLOCK);
          flags = owner_async(fd, f, argument & O_ASYNC);
        } else {
          flags = O_RDWR | (is_nonblocking(f) ? O_NONBLOCK : 0) | ((peek(&f->socket->file_flags) & JR_FILE_ASYNC) ? O_ASYNC : 0);
        }
        file_put(f);
        return (int)answer(flags);
      }
      if (f) file_put(f);
      break;
    case F_SETOWN:
    case F_GETOWN:
    case F_SETOWN_EX:
    case F_GETOWN_EX:
    case F_SETSIG:
    case F_GETSIG:
      if (likely(!f)) break;
      return owner_command(fd, command, argument);
  }
  return real.fcntl(fd, command, argument);
}
EXPORT int fcntl64(int fd, int command, ...) __attribute__((alias("fcntl")));

/* As Linux counts: up to an urgent byte that is not in line, of which there is none at all. */
static uint64_t unread(const struct jr_socket *s) {
  const uint64_t prod = load(&s->rx_prod), mark = load(&s->oob_mark);
  const bool apart = mark > s->rx_cons && mark <= prod && !stream_urgent_inline(s);
  return (apart ? mark - 1 : prod) - s->rx_cons;
}

/* 1: the kernel shall answer. */
static int control(const struct file *f, unsigned long request, int *value) {
  const struct jr_socket *s = f->socket;
  switch (request) {
    case FIONBIO:
      set_nonblocking(f, *value);
      return 0;
    case FIONREAD:
      if (f->kind == FILE_LISTENER) return -EINVAL;
      *value = (int)unread(s);
      return 0;
    case SIOCOUTQ:
      if (f->kind == FILE_LISTENER) return -EINVAL;
      *value = (int)(s->tx_prod - load(&s->tx_cons));
      return 0;
    case SIOCOUTQNSD:
      *value = (int)load(&s->unsent);
      return 0;
    case SIOCATMARK:
      if (f->kind == FILE_LISTENER) return -EINVAL;
      *value = stream_at_mark(s);
      return 0;
    default:
      return 1;
  }
}

EXPORT int ioctl(int fd, unsigned long request, ...) {
  va_list ap;
  va_start(ap, request);
  void *argument = va_arg(ap, void *);
  va_end(ap);
  if (unlikely(fd_file(fd))) {
    if (guard_holds(fd)) return (int)answer(-EBADF);
    struct file *f = fd_hold(fd);
    long r = 1;
    if (f && ours(f) && f->socket && !owner_ioctl(fd, f, request, argument, &r)) r = control(f, request, argument);
    if (f && r > 0) owner_noted(f, request);
    if (f) file_put(f);
    if (r <= 0) return (int)answer(r);
  }
  return real.ioctl(fd, request, argument);
}

/* glibc's own asks the kernel past this layer. */
EXPORT int sockatmark(int fd) {
  int at;
  return ioctl(fd, SIOCATMARK, &at) < 0 ? -1 : at;
}

/* Calls `act` for each stretch between the layer's own descriptors. */
static int between_guards(unsigned first, unsigned last, int flags) {
  int r = 0;
  const int top = fd_highest();
  while (first <= last && r == 0) {
    unsigned end = first;
    while (end <= last && (int)end >= 0 && (int)end <= top && !guard_holds((int)end)) end++;
    if ((int)end > top || end > last) return real.close_range(first, last, flags);
    if (end > first) r = real.close_range(first, end - 1, flags);
    first = end + 1;
  }
  return r;
}

EXPORT int close_range(unsigned first, unsigned last, int flags) {
  if (fd_highest() < 0 || first > last) return real.close_range(first, last, flags);
  if (!(flags & CLOSE_RANGE_CLOEXEC))
    for (int fd = first > INT32_MAX ? INT32_MAX : (int)first; fd <= fd_highest() && (unsigned)fd <= last; fd++)
      if (fd_file(fd) && !guard_holds(fd)) fd_remove(fd);
  return between_guards(first, last, flags);
}

EXPORT void closefrom(int first) {
  const int saved = errno;
  close_range(first < 0 ? 0u : (unsigned)first, UINT32_MAX, 0);
  errno = saved;
}

/* stdio reads and writes inside libc, past this layer. */
EXPORT FILE *fdopen(int fd, const char *mode) {
  const struct file *f = fd_file(fd);
  if (unlikely(f) && f->kind == FILE_STREAM) escalate_and_leave(fd);
  return real.fdopen(fd, mode);
}
