/* SPDX-License-Identifier: BSD-2-Clause */
#include "owner.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "real.h"
#include "world.h"

enum { LAST_SIGNAL = 64 };

/* An end that the kernel signals for: its owner is judged by the rights of the calling thread, now and whenever it is signalled. */
static int prepare(int end, const struct f_owner_ex *owner, int number) {
  if (real.fcntl(end, F_SETOWN_EX, (long)owner) < 0 || real.fcntl(end, F_SETSIG, (long)number) < 0) return -errno;
  return real.fcntl(end, F_SETFL, (long)(O_RDWR | O_ASYNC)) < 0 ? -errno : 0;
}

static int tell(struct file *f, uint32_t kind, const int *ends) {
  struct jr_message m, answered;
  message_fill(&m, JR_MSG_OWNER, (uint64_t)kind << 32 | f->generation);
  m.process = f->slot;
  world_enter();
  const int r = instance_ask(f->instance, &m, ends, ends ? 2 : 0, JR_MSG_OWNED, &answered);
  world_leave();
  return r;
}

/* Of this kind of news `owner` hears by signal `number` (0: SIGIO) from now on; NULL: nobody. */
static int hear(struct file *f, uint32_t kind, const struct f_owner_ex *owner, int number) {
  int ends[2];
  if (!owner) return tell(f, kind, NULL);
  const long made = RAW4(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
  if (made < 0) return (int)made;
  int r = prepare(ends[0], owner, number);
  if (r == 0) r = tell(f, kind, ends);
  real.close(ends[0]);
  real.close(ends[1]);
  return r;
}

static int hear_ready(struct file *f, const struct jr_socket *s, const struct f_owner_ex *owner, uint32_t number) {
  const bool wanted = owner && (peek(&s->file_flags) & JR_FILE_ASYNC);
  return hear(f, JR_SIGNAL_READY, wanted ? owner : NULL, (int)number);
}

static struct f_owner_ex owner_now(const struct jr_socket *s) {
  return (struct f_owner_ex){(int)peek(&s->owner_type), peek(&s->owner)};
}

static int set_owner(struct file *f, struct jr_socket *s, const struct f_owner_ex *to) {
  if (to->type != F_OWNER_TID && to->type != F_OWNER_PID && to->type != F_OWNER_PGRP) return -EINVAL;
  const struct f_owner_ex *owner = to->pid ? to : NULL;
  int r = hear(f, JR_SIGNAL_URGENT, owner, SIGURG);
  if (r < 0) return r;
  poke(&s->owner, to->pid);
  poke(&s->owner_type, (uint32_t)to->type);
  return hear_ready(f, s, owner, peek(&s->owner_signal));
}

/* F_SETOWN's way to say it: a process, or less than 0: a group. */
static int set_number(struct file *f, struct jr_socket *s, int number) {
  if (number == INT32_MIN) return -EINVAL;
  const struct f_owner_ex to = {number < 0 ? F_OWNER_PGRP : F_OWNER_PID, number < 0 ? -number : number};
  return set_owner(f, s, &to);
}

static int number_now(const struct jr_socket *s) {
  const struct f_owner_ex now = owner_now(s);
  return now.type == F_OWNER_PGRP ? -now.pid : now.pid;
}

static int again(struct file *f, struct jr_socket *s) {
  const struct f_owner_ex now = owner_now(s);
  return hear_ready(f, s, now.pid ? &now : NULL, peek(&s->owner_signal));
}

static int set_signal(struct file *f, struct jr_socket *s, long number) {
  if (number < 0 || number > LAST_SIGNAL) return -EINVAL;
  poke(&s->owner_signal, (uint32_t)number);
  return again(f, s);
}

int owner_async(int fd, struct file *f, bool on) {
  struct jr_socket *s = f->socket;
  const uint32_t before = on ? fetch_or(&s->file_flags, JR_FILE_ASYNC) : fetch_and(&s->file_flags, ~(uint32_t)JR_FILE_ASYNC);
  if (!(before & JR_FILE_ASYNC) == !on) return 0;
  if (f->kind == FILE_LISTENER) {
    const int flags = real.fcntl(fd, F_GETFL); /* the twin's own */
    real.fcntl(fd, F_SETFL, (long)(on ? flags | O_ASYNC : flags & ~O_ASYNC));
  }
  return again(f, s);
}

/* The kernel's twin of a listener signals for its own connections. */
static int and_twin(int fd, const struct file *f, int r, int command, long argument) {
  if (r == 0 && f->kind == FILE_LISTENER) real.fcntl(fd, command, argument);
  return r;
}

bool owner_fcntl(int fd, struct file *f, int command, long argument, long *result) {
  struct jr_socket *s = f->socket;
  switch (command) {
    case F_SETOWN:
      *result = and_twin(fd, f, set_number(f, s, (int)argument), command, argument);
      return true;
    case F_SETOWN_EX:
      *result = and_twin(fd, f, argument ? set_owner(f, s, (const struct f_owner_ex *)argument) : -EFAULT, command, argument);
      return true;
    case F_SETSIG:
      *result = and_twin(fd, f, set_signal(f, s, argument), command, argument);
      return true;
    case F_GETOWN:
      *result = number_now(s);
      return true;
    case F_GETOWN_EX:
      if (argument) *(struct f_owner_ex *)argument = owner_now(s);
      *result = argument ? 0 : -EFAULT;
      return true;
    case F_GETSIG:
      *result = (long)peek(&s->owner_signal);
      return true;
    default:
      return false;
  }
}

bool owner_ioctl(int fd, struct file *f, unsigned long request, void *argument, long *result) {
  int *value = argument;
  if (request != FIOSETOWN && request != SIOCSPGRP && request != FIOGETOWN && request != SIOCGPGRP && request != FIOASYNC)
    return false;
  if (!value)
    *result = -EFAULT;
  else if (request == FIOASYNC)
    *result = owner_async(fd, f, *value);
  else if (request == FIOSETOWN || request == SIOCSPGRP)
    *result = and_twin(fd, f, set_number(f, f->socket, *value), F_SETOWN, *value);
  else
    *value = number_now(f->socket), *result = 0;
  return true;
}

void owner_noted(struct file *f, unsigned long command) {
  if (command == F_SETOWN || command == F_SETOWN_EX || command == FIOSETOWN || command == SIOCSPGRP) f->owned = 1;
}

void owner_of_kernel(int fd, struct file *f) {
  struct f_owner_ex owner;
  if (likely(!f->owned) || real.fcntl(fd, F_GETOWN_EX, (long)&owner) < 0 || !owner.pid) return;
  struct jr_socket *s = f->socket;
  const int number = real.fcntl(fd, F_GETSIG);
  poke(&s->owner_signal, (uint32_t)(number > 0 ? number : 0));
  if (real.fcntl(fd, F_GETFL) & O_ASYNC) fetch_or(&s->file_flags, JR_FILE_ASYNC);
  const int r = set_owner(f, s, &owner);
  if (r < 0) LOG("the owner of fd %d hears nothing of it: errno %d", fd, -r);
}
