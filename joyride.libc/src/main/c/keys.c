/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#include "address.h"
#include "asked.h"
#include "call.h"
#include "log.h"
#include "real.h"
#include "slab.h"
#include "socket.h"

enum { V4_BITS = 32, V6_BITS = 128 };

struct key {
  struct key *next;
  struct jr_md5key given;
};

static struct slab slab = SLAB(struct key, next);
static struct lock lists; /* the lists of all files: rarely used */

bool keys_option(int level, int name) {
  return level == IPPROTO_TCP && (name == TCP_MD5SIG || name == TCP_MD5SIG_EXT);
}

/* 1: for one device alone, which Joyride has no notion of. */
static int read_key(struct jr_md5key *to, const struct file *f, int name, const void *v, socklen_t l) {
  struct tcp_md5sig from;
  if (!v) return -EFAULT;
  if (l < sizeof from) return -EINVAL;
  memcpy(&from, v, sizeof from);
  memset(to, 0, sizeof *to);
  if (address_read(&to->peer, (const struct sockaddr *)&from.tcpm_addr, sizeof from.tcpm_addr, f->family) < 0) return -EINVAL;
  if (from.tcpm_keylen > TCP_MD5SIG_MAXKEYLEN) return -EINVAL;
  const uint32_t bits = address_is_v4(to->peer.address) ? V4_BITS : V6_BITS;
  to->prefix = bits;
  if (name == TCP_MD5SIG_EXT && (from.tcpm_flags & TCP_MD5SIG_FLAG_PREFIX)) {
    if (from.tcpm_prefixlen > bits) return -EINVAL;
    to->prefix = from.tcpm_prefixlen;
  }
  to->length = from.tcpm_keylen;
  memcpy(to->key, from.tcpm_key, from.tcpm_keylen);
  return name == TCP_MD5SIG_EXT && (from.tcpm_flags & TCP_MD5SIG_FLAG_IFINDEX) && from.tcpm_ifindex;
}

static bool same_peers(const struct jr_md5key *a, const struct jr_md5key *b) {
  return a->prefix == b->prefix && memcmp(a->peer.address, b->peer.address, sizeof a->peer.address) == 0;
}

/* Takes it into the file's list, or out of it. False: no memory. */
static bool note(struct file *f, const struct jr_md5key *given) {
  bool done = true;
  lock_acquire(&lists);
  struct key **at = &f->keys;
  while (*at && !same_peers(&(*at)->given, given)) at = &(*at)->next;
  if (given->length == 0) {
    struct key *gone = *at;
    if (gone) {
      *at = gone->next;
      memset(&gone->given, 0, sizeof gone->given);
      slab_give(&slab, gone);
    }
  } else if (*at) {
    (*at)->given = *given;
  } else {
    struct key *fresh = slab_take(&slab);
    if (fresh) {
      fresh->next = NULL;
      fresh->given = *given;
      *at = fresh;
    }
    done = fresh;
  }
  lock_release(&lists);
  return done;
}

static int tell(struct instance *i, uint32_t slot, uint32_t generation, const struct jr_md5key *given) {
  struct call c;
  if (call_begin(&c, i, JR_OP_MD5KEY, slot, generation) < 0) return -ENOBUFS;
  memcpy(c.slot->data, given, sizeof *given);
  const int r = call_run(&c);
  call_end(&c);
  return r == -ESTALE ? -ECONNRESET : r;
}

/*
 * Whoever gets the descriptor by exec or SCM_RIGHTS cannot read the keys, and must know that there are some. This value of an option is as
 * good as none, and nobody sets it.
 */
#define SIGNED_MARK 0xfffffffeu

static void mark(int fd) {
  uint32_t value = 0;
  socklen_t l = sizeof value;
  if (real.getsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, &l) < 0 || (value != 0 && value != UINT32_MAX)) return;
  value = SIGNED_MARK;
  real.setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, sizeof value);
}

bool keys_were_set(int fd) {
  uint32_t value = 0;
  socklen_t l = sizeof value;
  return real.getsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, &l) == 0 && value == SIGNED_MARK;
}

int keys_set(int fd, struct file *f, int name, const void *v, socklen_t l) {
  struct jr_md5key given;
  const int kind = read_key(&given, f, name, v, l);
  const bool mine = socket_decide(f);
  int r = 0;
  /* the kernel, whose socket or twin it is too, says first whether it will do; under an accepted connection there is none of its own */
  if (f->kind != FILE_STREAM && real.setsockopt(fd, IPPROTO_TCP, name, v, l) < 0) r = -errno;
  if (f->kind != FILE_STREAM && r == 0) mark(fd);
  if (mine && r == 0 && (kind > 0 || !note(f, &given))) {
    LOG("fd %d has a key that Joyride cannot have: the kernel's", fd);
    socket_is_kernels(fd, f);
    return 0;
  }
  if (mine) {
    publish(&f->kind, FILE_UNDECIDED);
    return r;
  }
  if (r < 0 || (f->kind != FILE_STREAM && f->kind != FILE_LISTENER)) return r;
  if (kind) return kind < 0 ? kind : -EINVAL;
  r = tell(f->instance, f->slot, f->generation, &given);
  if (r == 0 && !note(f, &given)) r = -ENOMEM;
  return r;
}

int keys_open(struct file *f, struct instance *i, uint32_t *slot, uint32_t *generation) {
  *slot = JR_NO_SOCKET;
  *generation = 0;
  return likely(!load(&f->keys) && !load(&f->asked)) ? 0 : keys_open_always(f, i, slot, generation);
}

int keys_open_always(struct file *f, struct instance *i, uint32_t *slot, uint32_t *generation) {
  *slot = JR_NO_SOCKET;
  struct call c;
  if (call_begin(&c, i, JR_OP_OPEN, JR_NO_SOCKET, 0) < 0) return -JR_USE_KERNEL;
  c.slot->args[0] = f->family;
  int r = call_run(&c);
  const uint32_t opened = c.slot->socket;
  *generation = c.slot->generation;
  call_end(&c);
  if (r < 0 || opened >= JR_SOCKETS) return -JR_USE_KERNEL;
  lock_acquire(&lists);
  for (const struct key *k = f->keys; k && r == 0; k = k->next) r = tell(i, opened, *generation, &k->given);
  lock_release(&lists);
  if (r == 0 && f->asked) r = asked_repeat(f, i, opened, *generation);
  if (r < 0) {
    file_close_socket(i, opened, *generation, -1);
    return r;
  }
  *slot = opened;
  return 0;
}

void keys_forget(struct file *f) {
  lock_acquire(&lists);
  while (f->keys) {
    struct key *gone = f->keys;
    f->keys = gone->next;
    memset(&gone->given, 0, sizeof gone->given);
    slab_give(&slab, gone);
  }
  lock_release(&lists);
}

void keys_after_fork(void) { lists.word = 0; }
