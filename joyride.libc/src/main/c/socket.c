/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket() alone does not tell whose socket it will be. It is made in the kernel and stays the program's descriptor; connect or
 * listen decides.
 */
#include "socket.h"

#include <fcntl.h>
#include <netinet/in.h>

#include "address.h"
#include "call.h"
#include "doorbell.h"
#include "epoll.h"
#include "fdtable.h"
#include "log.h"
#include "options.h"
#include "policy.h"
#include "real.h"
#include "world.h"

void socket_made(int fd, int domain, int type, int protocol) {
  fd_remove(fd);
  if ((domain != AF_INET && domain != AF_INET6) || (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM) return;
  if ((protocol != 0 && protocol != IPPROTO_TCP) || !instance_attach()) return;
  struct file *f = file_new(FILE_UNDECIDED);
  if (!f) return;
  f->family = (uint16_t)domain;
  fd_install(fd, f);
}

bool socket_decide(struct file *f) {
  for (;;) {
    uint32_t kind = FILE_UNDECIDED;
    if (cas(&f->kind, &kind, FILE_DECIDING)) return true;
    if (kind != FILE_DECIDING) return false;
    RAW0(SYS_sched_yield);
  }
}

void socket_is_kernels(int fd, struct file *f) {
  publish(&f->kind, FILE_KERNEL);
  epoll_file_is_kernels(f);
  if (peek(&f->refs) <= 2 && fd_file(fd) == f) fd_remove(fd); /* the table's, and the caller's */
}

/* An address that only Joyride has can be bound in the kernel too, once that is told not to look. */
int socket_bind(int fd, struct file *f, const struct sockaddr *a, socklen_t l) {
  if (f->kind == FILE_STREAM || f->kind == FILE_LISTENER) return -EINVAL;
  int r = real.bind(fd, a, l) < 0 ? -errno : 0;
  struct instance *i = load(&instance_current);
  struct jr_address local;
  if (r == -EADDRNOTAVAIL && i && address_read(&local, a, l, f->family) == 0 &&
      policy_is_local(i, local.address)) {
    const int yes = 1;
    if (real.setsockopt(fd, SOL_IP, IP_FREEBIND, &yes, sizeof yes) == 0) r = real.bind(fd, a, l) < 0 ? -errno : 0;
  }
  if (r == 0) f->bound = 1;
  return r;
}

int socket_shutdown(struct file *f, int how) {
  struct jr_socket *s = load(&f->socket);
  if (how < SHUT_RD || how > SHUT_RDWR) return -EINVAL;
  if (!s) return -ENOTCONN;
  if (!(load(&s->state) & JR_SOCKET_CONNECTED) || (load(&s->state) & (JR_SOCKET_RESET | JR_SOCKET_CLOSED)))
    return -ENOTCONN;
  if (how != SHUT_WR) publish(&s->rx_shut, 1);
  if (how != SHUT_RD) {
    direction_lock(&s->tx_lock);
    publish(&s->tx_shut, 1);
    direction_unlock(&s->tx_lock);
  }
  full_fence();
  mark_dirty(f->instance, f->slot);
  return 0;
}
