/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "address.h"
#include "asked.h"
#include "call.h"
#include "epoll.h"
#include "fdtable.h"
#include "keys.h"
#include "log.h"
#include "options.h"
#include "owner.h"
#include "policy.h"
#include "real.h"
#include "socket.h"
#include "stream.h"
#include "world.h"

#define NOT_SENDING (-1)

static bool connecting_over(void *socket) { return !stream_opening(socket); }

/* The outcome of a connect that is no more under way; a failed one leaves an undecided socket. */
static int outcome(struct file *f, struct jr_socket *s) {
  const uint32_t state = load(&s->state);
  f->connect_pending = 0;
  if ((state & JR_SOCKET_CONNECTED) && !(state & (JR_SOCKET_RESET | JR_SOCKET_CLOSED))) return 0;
  const uint32_t error = exchange(&s->error, 0);
  if (!error && (state & JR_SOCKET_CONNECTED)) return 0; /* and it has ended since */
  file_detach_socket(f);
  return error ? -(int)error : -ECONNABORTED;
}

int socket_await(struct file *f, struct jr_socket *s, bool nonblocking) {
  f->connect_pending = 1;
  if (nonblocking) return -EINPROGRESS;
  WAIT w = {0};
  const uint32_t timeout = s->sndtimeo_ms;
  wait_begin(&w, f->instance, timeout ? timeout * 1000000ull : WAIT_FOREVER);
  int r = 0;
  while (r == 0 && !connecting_over(s) && !instance_gone(f->instance))
    r = wait_for(&w, f->instance, &s->tx_waiter, connecting_over, s);
  wait_end(&w);
  if (connecting_over(s)) return outcome(f, s);
  if (instance_gone(f->instance)) return -instance_errno(f->instance);
  return r == -EAGAIN ? -EINPROGRESS : r;
}

/* sending: the flags of a send with MSG_FASTOPEN, or NOT_SENDING */
static uint32_t flags_of(const struct file *f, int sending) {
  const uint32_t early = f->early.fast_open;
  return (sending != NOT_SENDING ? JR_CONNECT_FASTOPEN | JR_CONNECT_FASTOPEN_ONLY : 0) |
         ((early & EARLY_FASTOPEN_CONNECT) ? JR_CONNECT_FASTOPEN : 0) |
         ((early & EARLY_FASTOPEN_NO_COOKIE) ? JR_CONNECT_NO_COOKIE : 0);
}

/* JR_OP_CONNECT: 0 and the file is a stream that connects, or -errno, or -JR_USE_KERNEL. */
static int ask(int fd, struct file *f, struct instance *i, const struct jr_address *remote, uint32_t flags) {
  struct call c;
  uint32_t opened, generation;
  int r = keys_open(f, i, &opened, &generation);
  if (r < 0) return r;
  if (call_begin(&c, i, JR_OP_CONNECT, opened, generation) < 0) {
    if (opened != JR_NO_SOCKET) file_close_socket(i, opened, generation, -1);
    return -JR_USE_KERNEL;
  }
  struct jr_connect request = {.remote = *remote, .flags = flags};
  request.local.family = f->family;
  if (f->bound) address_of_kernel(fd, &request.local);
  options_into_connect(&request, &f->early);
  memcpy(c.slot->data, &request, sizeof request);
  r = call_run(&c);
  const uint32_t slot = c.slot->socket;
  generation = c.slot->generation;
  call_end(&c);
  if (r >= 0 && slot < JR_SOCKETS) {
    options_into_socket(&i->sockets[slot], &f->early);
    if (real.fcntl(fd, F_GETFL) & O_NONBLOCK) fetch_or(&i->sockets[slot].file_flags, JR_FILE_NONBLOCK);
    file_attach_socket(f, FILE_DECIDING, i, slot, generation);
    r = 0;
  } else if (r == -ESTALE || r >= 0) {
    r = -JR_USE_KERNEL;
  }
  return r;
}

static bool is_ipv6_alone(int fd) {
  int value = 0;
  socklen_t length = sizeof value;
  return real.getsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &value, &length) == 0 && value;
}

static int decide(int fd, struct file *f, const struct sockaddr *a, socklen_t l, int sending) {
  struct instance *i = instance_attach();
  struct jr_address remote;
  if (!i || address_read(&remote, a, l, f->family) < 0) return -JR_USE_KERNEL;
  /* an IPv4 address in disguise is refused there, as it should be */
  if (f->family == AF_INET6 && address_is_v4(remote.address) && is_ipv6_alone(fd)) return -JR_USE_KERNEL;
  const int action = policy_of(i, JR_POLICY_CONNECT, remote.address, remote.port);
  if (action == JR_POLICY_REFUSE) return -EACCES;
  if (action == JR_POLICY_KERNEL) return -JR_USE_KERNEL;
  world_enter();
  const int r = ask(fd, f, i, &remote, flags_of(f, sending));
  world_leave();
  return r;
}

/* One whose SYN waits for the first bytes is connected as far as the program can tell. */
static int await_unless_deferred(struct file *f, struct jr_socket *s, int sending) {
  const bool nonblocking = stream_nonblocking(s, sending == NOT_SENDING ? 0 : sending);
  f->connect_pending = 1;
  return (load(&s->state) & JR_SOCKET_DEFERRED) ? 0 : socket_await(f, s, nonblocking);
}

static int connect_undecided(int fd, struct file *f, const struct sockaddr *a, socklen_t l, int sending) {
  int r = decide(fd, f, a, l, sending);
  if (r == 0) {
    struct jr_socket *s = f->socket;
    publish(&f->kind, FILE_STREAM);
    epoll_file_decided(f);
    owner_of_kernel(fd, f);
    return await_unless_deferred(f, s, sending);
  }
  publish(&f->kind, FILE_UNDECIDED);
  if (r == -JR_USE_KERNEL && asked_for_udp(f)) {
    LOG("connect of fd %d: it shall go over UDP, and the kernel cannot", fd);
    r = -EOPNOTSUPP;
  }
  if (r != -JR_USE_KERNEL || sending != NOT_SENDING) return r;
  LOG("connect of fd %d: by the kernel", fd);
  r = real.connect(fd, a, l) < 0 ? -errno : 0;
  if (r == 0 || r == -EINPROGRESS) socket_is_kernels(fd, f);
  return r;
}

static int disconnect(struct file *f) {
  struct call c;
  if (call_begin(&c, f->instance, JR_OP_DISCONNECT, f->slot, f->generation) == 0) {
    call_run(&c);
    call_end(&c);
  }
  file_detach_socket(f);
  return 0;
}

static int connect_file(int fd, struct file *f, const struct sockaddr *a, socklen_t l, int sending) {
  const bool sends = sending != NOT_SENDING;
  const bool unspecified = a && l >= sizeof(sa_family_t) && a->sa_family == AF_UNSPEC;
  if (sends && unspecified) return -EOPNOTSUPP;
  for (;;) {
    if (socket_decide(f)) return connect_undecided(fd, f, a, l, sending);
    struct jr_socket *s = load(&f->socket);
    if (f->kind != FILE_STREAM || !s) return sends ? -JR_USE_KERNEL : real.connect(fd, a, l) < 0 ? -errno : 0;
    if (unspecified) return disconnect(f);
    if (instance_gone(f->instance)) {
      file_detach_socket(f);
      continue;
    }
    const uint32_t state = load(&s->state);
    if ((state & JR_SOCKET_DEFERRED) && !peek(&s->tx_prod)) return sends ? 0 : -EISCONN;
    if (state & (JR_SOCKET_CONNECTING | JR_SOCKET_DEFERRED))
      return sends || stream_nonblocking(s, 0) ? -EALREADY : socket_await(f, s, false);
    if (f->connect_pending) return outcome(f, s);
    if (state & JR_SOCKET_CONNECTED) return -EISCONN;
    file_detach_socket(f);
  }
}

int socket_connect(int fd, struct file *f, const struct sockaddr *a, socklen_t l) {
  return f->kind == FILE_LISTENER ? -EISCONN : connect_file(fd, f, a, l, NOT_SENDING);
}

int socket_connect_to_send(int fd, struct file *f, const struct sockaddr *a, socklen_t l, int flags) {
  return connect_file(fd, f, a, l, flags & MSG_DONTWAIT);
}
