/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A listener listens in the kernel too, under the program's descriptor: that reserves the port, and who comes by the
 * kernel's stack finds the same server. accept takes from both in turn. The twin never blocks; whether the program's calls
 * do is kept with the Joyride socket.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "address.h"
#include "call.h"
#include "doorbell.h"
#include "epoll.h"
#include "fdtable.h"
#include "guard.h"
#include "keys.h"
#include "log.h"
#include "options.h"
#include "owner.h"
#include "policy.h"
#include "real.h"
#include "ring.h"
#include "socket.h"
#include "wait.h"
#include "world.h"

enum { TWIN_EVERY = 16 };
#define ADOPT_AGAIN_NS 1000000000ull

static bool kernel_flag(int fd, int level, int name) {
  int v = 0;
  socklen_t n = sizeof v;
  return real.getsockopt(fd, level, name, &v, &n) == 0 && v;
}

static void kernel_nonblocking(int fd, bool on) {
  const int flags = real.fcntl(fd, F_GETFL);
  real.fcntl(fd, F_SETFL, (long)(on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

static int ask(int fd, struct file *f, struct instance *i, const struct jr_address *local, int backlog) {
  const bool again = f->kind == FILE_LISTENER;
  struct call c;
  uint32_t opened = f->slot, generation = f->generation;
  int r = again ? 0 : keys_open(f, i, &opened, &generation);
  if (r < 0) return r;
  if (call_begin(&c, i, JR_OP_LISTEN, opened, generation) < 0) {
    if (!again && opened != JR_NO_SOCKET) file_close_socket(i, opened, generation, -1);
    return -JR_USE_KERNEL;
  }
  struct jr_listen request = {.local = *local, .backlog = (uint32_t)backlog};
  if (kernel_flag(fd, SOL_SOCKET, SO_REUSEPORT)) request.flags |= JR_LISTEN_REUSEPORT;
  if (kernel_flag(fd, SOL_SOCKET, SO_REUSEADDR)) request.flags |= JR_LISTEN_REUSEADDR;
  if (f->family == AF_INET6 && kernel_flag(fd, SOL_IPV6, IPV6_V6ONLY)) request.flags |= JR_LISTEN_V6ONLY;
  socklen_t cookie_size = sizeof request.twin;
  if (real.getsockopt(fd, SOL_SOCKET, SO_COOKIE, &request.twin, &cookie_size) < 0) request.twin = 0;
  options_into_listen(&request, &f->early);
  memcpy(c.slot->data, &request, sizeof request);
  r = call_run(&c);
  const uint32_t slot = c.slot->socket;
  generation = c.slot->generation;
  call_end(&c);
  if (r >= 0 && !again && slot < JR_SOCKETS) {
    options_into_socket(&i->sockets[slot], &f->early);
    if (real.fcntl(fd, F_GETFL) & O_NONBLOCK) fetch_or(&i->sockets[slot].file_flags, JR_FILE_NONBLOCK);
    file_attach_socket(f, FILE_DECIDING, i, slot, generation);
    r = 0;
  } else if (r == -ESTALE || (r >= 0 && slot >= JR_SOCKETS)) {
    r = -JR_USE_KERNEL;
  }
  return r;
}

static int ask_inside(int fd, struct file *f, struct instance *i, const struct jr_address *local, int backlog) {
  world_enter();
  const int r = ask(fd, f, i, local, backlog);
  world_leave();
  return r;
}

static int decide(int fd, struct file *f, int backlog) {
  struct instance *i = instance_attach();
  struct jr_address local;
  if (!i || address_of_kernel(fd, &local) < 0) return -JR_USE_KERNEL;
  const int action = policy_of(i, JR_POLICY_LISTEN, local.address, local.port);
  if (action == JR_POLICY_REFUSE) return -EACCES;
  if (action == JR_POLICY_KERNEL) return -JR_USE_KERNEL;
  if (address_is_any(local.address) && f->family == AF_INET6 && kernel_flag(fd, SOL_IPV6, IPV6_V6ONLY) &&
      !policy_has_ipv6(i))
    return -JR_USE_KERNEL;
  if (backlog < 0 || backlog > SOMAXCONN) backlog = SOMAXCONN;
  return ask_inside(fd, f, i, &local, backlog);
}

/* The kernel listens; Joyride too? The file is in this thread's hand. 0, or -errno: Joyride says no to what the kernel took. */
static int join(int fd, struct file *f, int backlog) {
  const int r = decide(fd, f, backlog);
  if (r == 0) {
    kernel_nonblocking(fd, true);
    publish(&f->kind, FILE_LISTENER);
    options_of_listener(fd, f);
    owner_of_kernel(fd, f);
    epoll_file_decided(f);
    LOG("fd %d listens over Joyride and in the kernel", fd);
    return 0;
  }
  publish(&f->kind, FILE_UNDECIDED);
  if (r == -JR_USE_KERNEL) {
    LOG("fd %d listens in the kernel alone", fd);
    socket_is_kernels(fd, f);
    return 0;
  }
  return r;
}

int listener_listen(int fd, struct file *f, int backlog) {
  if (f->kind == FILE_STREAM) return -EINVAL;
  /* the kernel first: it picks the port if none was bound, and says what is wrong with the rest */
  if (real.listen(fd, backlog) < 0) return -errno;
  f->adopt = 0;
  if (f->kind == FILE_LISTENER) {
    struct jr_address none = {.family = f->family};
    if (!instance_gone(f->instance)) ask_inside(fd, f, f->instance, &none, backlog);
    return 0;
  }
  if (!socket_decide(f)) return 0;
  const int r = join(fd, f, backlog);
  if (r < 0) real.shutdown(fd, SHUT_RDWR); /* no more a listener, and still bound */
  return r;
}

void listener_adopt(int fd, struct file *f) {
  const uint64_t now = now_ns();
  if (!f->adopt || now < f->adopt_after || !socket_decide(f)) return;
  f->adopt_after = now + ADOPT_AGAIN_NS;
  if (!instance_attach()) {
    publish(&f->kind, FILE_UNDECIDED);
  } else if (join(fd, f, SOMAXCONN) == 0) {
    f->adopt = 0;
  } /* else it is undecided again: another program has the port over Joyride, perhaps not for long */
}

/* The twin is what is left. adopt: it may be a new service's. */
static void back_to_twin(int fd, struct file *f, bool adopt) {
  uint32_t kind = FILE_LISTENER;
  if (!cas(&f->kind, &kind, FILE_DECIDING)) return;
  if (!(f->socket->file_flags & JR_FILE_NONBLOCK)) kernel_nonblocking(fd, false);
  f->adopt = adopt;
  file_detach_socket(f);
}

void listener_surrender(int fd, struct file *f) {
  LOG("fd %d listens in the kernel alone until there is a service", fd);
  back_to_twin(fd, f, true);
}

/* As on Linux: it listens no more, and may again by listen. */
int listener_shutdown(int fd, struct file *f, int how) {
  if (real.shutdown(fd, how) < 0) return -errno;
  if (how != SHUT_WR) back_to_twin(fd, f, false);
  return 0;
}

/* One idle socket, of which every accepted descriptor is a dup: much cheaper than a socket each. */
static struct {
  struct lock lock;
  int fd;
} idle = {.fd = -1};

static int placeholder(void) {
  lock_acquire(&idle.lock);
  if (idle.fd < 0) {
    const int fresh = real.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fresh >= 0) guard_fd(fresh, &idle.fd);
  }
  lock_release(&idle.lock);
  return idle.fd;
}

void placeholder_after_fork(void) { idle.lock.word = 0; }

static bool waiting_connection(const struct jr_socket *s) { return load(&s->rx_prod) - peek(&s->rx_cons) >= 8; }

/* Takes one handle from the queue. -EAGAIN: none was left. */
static int claim(struct file *f, struct jr_socket *s, struct file *to) {
  struct instance *i = f->instance;
  int r = -EAGAIN;
  direction_lock(&s->rx_lock);
  while (r < 0 && load(&f->socket) == s && waiting_connection(s)) {
    const uint8_t *chunk = chunk_at(i, receive_named(i, s, s->rx_cons));
    uint64_t handle = UINT64_MAX;
    if (chunk) memcpy(&handle, chunk + chunk_offset(s->rx_cons), sizeof handle);
    const uint32_t slot = (uint32_t)handle, generation = (uint32_t)(handle >> 32);
    if (slot < JR_SOCKETS && load(&i->sockets[slot].generation) == generation) {
      publish(&i->sockets[slot].claimed, i->process_number + 1);
      file_attach_socket(to, FILE_STREAM, i, slot, generation);
      r = 0;
    }
    publish(&s->rx_cons, s->rx_cons + 8);
  }
  direction_unlock(&s->rx_lock);
  return r;
}

static int accept_joyride(struct file *f, struct jr_socket *s, struct sockaddr *a, socklen_t *l, int flags) {
  if (!waiting_connection(s)) return -EAGAIN;
  const int from = placeholder();
  if (from < 0) return -ENFILE;
  const int fd = real.fcntl(from, (flags & SOCK_CLOEXEC) ? F_DUPFD_CLOEXEC : F_DUPFD, 0L);
  if (fd < 0) return -errno;
  struct file *to = file_new(FILE_STREAM);
  world_enter();
  int r = to ? claim(f, s, to) : -ENOMEM;
  if (r == 0) {
    struct jr_socket *accepted = to->socket;
    to->family = accepted->family;
    poke(&accepted->file_flags, (flags & SOCK_NONBLOCK) ? JR_FILE_NONBLOCK : 0);
    fd_install(fd, to);
    full_fence();
    mark_dirty(f->instance, f->slot);
    if (a) address_write(a, l, accepted->family, accepted->remote_address, accepted->remote_port);
  }
  world_leave();
  if (r == 0) return fd;
  if (to) {
    to->kind = FILE_KERNEL;
    file_put(to);
  }
  real.close(fd);
  return r;
}

static int accept_kernel(int fd, struct sockaddr *a, socklen_t *l, int flags) {
  const int r = real.accept4(fd, a, l, flags);
  if (r < 0) return -errno;
  fd_remove(r);
  return r;
}

static bool connection_or_end(void *argument) {
  const struct file *f = argument;
  const struct jr_socket *s = load(&f->socket);
  return !s || waiting_connection(s) || instance_gone(f->instance);
}

/* f is held by the caller. */
int listener_accept(int fd, struct file *f, struct sockaddr *a, socklen_t *l, int flags) {
  if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) return -EINVAL;
  WAIT w = {0};
  int r;
  for (;;) {
    struct jr_socket *s = load(&f->socket);
    if (!s) {
      if (file_kind(f) != FILE_LISTENER) return accept_kernel(fd, a, l, flags); /* surrendered by another thread */
      r = -EINVAL;
      break;
    }
    if (instance_gone(f->instance)) {
      listener_surrender(fd, f);
      return accept_kernel(fd, a, l, flags);
    }
    const bool twin_first = ++f->twin_turn % TWIN_EVERY == 0;
    r = twin_first ? accept_kernel(fd, a, l, flags) : accept_joyride(f, s, a, l, flags);
    if (r == -EAGAIN) r = twin_first ? accept_joyride(f, s, a, l, flags) : accept_kernel(fd, a, l, flags);
    if (r != -EAGAIN || (peek(&s->file_flags) & JR_FILE_NONBLOCK)) break;
    const uint32_t timeout = s->rcvtimeo_ms;
    if (!w.begun) wait_begin(&w, f->instance, timeout ? timeout * 1000000ull : WAIT_FOREVER);
    r = wait_for_either(&w, f->instance, &s->rx_waiter, connection_or_end, f, fd);
    if (r) break;
  }
  return r;
}
