/* SPDX-License-Identifier: BSD-2-Clause */
/* Exported names: sockets. */
#include <sys/socket.h>

#include "address.h"
#include "asked.h"
#include "fdtable.h"
#include "keys.h"
#include "log.h"
#include "options.h"
#include "real.h"
#include "socket.h"

EXPORT int socket(int domain, int type, int protocol) {
  const int fd = real.socket(domain, type, protocol);
  if (fd >= 0) socket_made(fd, domain, type, protocol);
  return fd;
}

EXPORT int socketpair(int domain, int type, int protocol, int fds[2]) {
  const int r = (int)answer(RAW4(SYS_socketpair, domain, type, protocol, fds));
  if (r == 0) {
    fd_remove(fds[0]);
    fd_remove(fds[1]);
  }
  return r;
}

/* The file in hand, if it is one that may be Joyride's. */
static struct file *hold_socket(int fd) {
  struct file *f = fd_file(fd);
  if (likely(!f)) return NULL;
  const uint32_t kind = file_kind(f);
  if (kind <= FILE_KERNEL || kind == FILE_EPOLL) return NULL;
  return fd_hold(fd);
}

#define WITH_SOCKET(fd, call)                       \
  do {                                              \
    if (unlikely(guarded(fd))) return (int)answer(-EBADF); \
    HELD struct file *f = hold_socket(fd);          \
    if (f) return (int)answer(call);                \
  } while (0)

static bool guarded(int fd) {
  const struct file *f = fd_file(fd);
  return f && f->kind == FILE_OWN;
}

EXPORT int bind(int fd, const struct sockaddr *a, socklen_t l) {
  WITH_SOCKET(fd, socket_bind(fd, f, a, l));
  return real.bind(fd, a, l);
}

EXPORT int connect(int fd, const struct sockaddr *a, socklen_t l) {
  WITH_SOCKET(fd, socket_connect(fd, f, a, l));
  return real.connect(fd, a, l);
}

EXPORT int listen(int fd, int backlog) {
  WITH_SOCKET(fd, listener_listen(fd, f, backlog));
  return real.listen(fd, backlog);
}

static int accept_socket(int fd, struct file *f, struct sockaddr *a, socklen_t *l, int flags) {
  if (f->adopt) listener_adopt(fd, f);
  if (f->kind == FILE_LISTENER) return listener_accept(fd, f, a, l, flags);
  const int r = real.accept4(fd, a, l, flags);
  if (r < 0) return -errno;
  fd_remove(r);
  return r;
}

static int accept_kernel(int fd, struct sockaddr *a, socklen_t *l, int flags) {
  const int r = real.accept4(fd, a, l, flags);
  if (r >= 0) fd_remove(r);
  return r;
}

EXPORT int accept4(int fd, struct sockaddr *a, socklen_t *l, int flags) {
  const struct file *k = fd_file(fd);
  if (unlikely(k) && k->kind == FILE_STREAM) return (int)answer(-EINVAL);
  if (unlikely(k) && k->kind != FILE_LISTENER && !k->adopt) return accept_kernel(fd, a, l, flags);
  WITH_SOCKET(fd, accept_socket(fd, f, a, l, flags));
  return accept_kernel(fd, a, l, flags);
}

EXPORT int accept(int fd, struct sockaddr *a, socklen_t *l) {
  const struct file *k = fd_file(fd);
  if (unlikely(k)) return accept4(fd, a, l, 0);
  const int r = real.accept(fd, a, l);
  if (r >= 0) fd_remove(r);
  return r;
}

static int do_shutdown(int fd, struct file *f, int how) {
  if (f->kind == FILE_STREAM) return socket_shutdown(f, how);
  if (f->kind == FILE_LISTENER) return listener_shutdown(fd, f, how);
  return real.shutdown(fd, how) < 0 ? -errno : 0;
}

EXPORT int shutdown(int fd, int how) {
  WITH_SOCKET(fd, do_shutdown(fd, f, how));
  return real.shutdown(fd, how);
}

static int local_name(int fd, const struct file *f, struct sockaddr *a, socklen_t *l) {
  const struct jr_socket *s = load(&f->socket);
  if (f->kind != FILE_STREAM || !s) return real.getsockname(fd, a, l) < 0 ? -errno : 0;
  return address_write(a, l, f->family, s->local_address, s->local_port);
}

EXPORT int getsockname(int fd, struct sockaddr *a, socklen_t *l) {
  WITH_SOCKET(fd, local_name(fd, f, a, l));
  return real.getsockname(fd, a, l);
}

static int peer_name(int fd, const struct file *f, struct sockaddr *a, socklen_t *l) {
  const struct jr_socket *s = load(&f->socket);
  if (f->kind != FILE_STREAM || !s) return real.getpeername(fd, a, l) < 0 ? -errno : 0;
  const uint32_t state = load(&s->state);
  if (!(state & JR_SOCKET_CONNECTED) || (state & (JR_SOCKET_RESET | JR_SOCKET_CLOSED))) return -ENOTCONN;
  return address_write(a, l, f->family, s->remote_address, s->remote_port);
}

EXPORT int getpeername(int fd, struct sockaddr *a, socklen_t *l) {
  WITH_SOCKET(fd, peer_name(fd, f, a, l));
  return real.getpeername(fd, a, l);
}

static int get_option(int fd, struct file *f, int level, int name, void *v, socklen_t *l) {
  if (unlikely(asked_option(level, name))) return asked_get(fd, f, name, v, l);
  if (f->kind == FILE_STREAM || f->kind == FILE_LISTENER) return options_get(fd, f, level, name, v, l);
  return real.getsockopt(fd, level, name, v, l) < 0 ? -errno : 0;
}

EXPORT int getsockopt(int fd, int level, int name, void *v, socklen_t *l) {
  WITH_SOCKET(fd, get_option(fd, f, level, name, v, l));
  return real.getsockopt(fd, level, name, v, l);
}

/* The twin's options are inherited by what the kernel accepts. */
static int set_option(int fd, struct file *f, int level, int name, const void *v, socklen_t l) {
  if (unlikely(keys_option(level, name))) return keys_set(fd, f, name, v, l);
  if (unlikely(asked_option(level, name))) return asked_set(fd, f, name, v, l);
  if (f->kind == FILE_STREAM) return options_set(fd, f, level, name, v, l);
  if (real.setsockopt(fd, level, name, v, l) < 0) return -errno;
  if (f->kind == FILE_LISTENER) return options_set(fd, f, level, name, v, l);
  options_note(fd, f, level, name, v, l);
  return 0;
}

EXPORT int setsockopt(int fd, int level, int name, const void *v, socklen_t l) {
  WITH_SOCKET(fd, set_option(fd, f, level, name, v, l));
  return real.setsockopt(fd, level, name, v, l);
}
