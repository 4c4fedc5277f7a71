/* SPDX-License-Identifier: BSD-2-Clause */
#include "asked.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "joyride.h"
#include "keys.h"
#include "log.h"
#include "options.h"
#include "real.h"
#include "slab.h"
#include "world.h"

enum { ROOM = 64 };

struct asked {
  struct asked *next;
  int name;
  socklen_t length;
  uint8_t value[ROOM];
};

static struct slab slab = SLAB(struct asked, next);
static struct lock lists; /* the lists of all files: rarely used */

bool asked_option(int level, int name) {
  return level == IPPROTO_TCP && (name == TCP_CONGESTION || name == TCP_CCALGOOPT || name == TCP_REMOTE_UDP_ENCAPS_PORT ||
                                  name == TCP_FUNCTION_BLK);
}

/* An algorithm's options differ by their first word; of the others the last one counts. */
static bool same(const struct asked *a, int name, const void *v) {
  return a->name == name && (name != TCP_CCALGOOPT || memcmp(a->value, v, sizeof(int)) == 0);
}

/* Under the lock. A new congestion control has options of its own. */
static void drop(struct file *f, int name, const void *v) {
  struct asked **at = &f->asked;
  while (*at) {
    struct asked *a = *at;
    if (same(a, name, v) || (name == TCP_CONGESTION && a->name == TCP_CCALGOOPT)) {
      *at = a->next;
      slab_give(&slab, a);
    } else {
      at = &a->next;
    }
  }
}

/* Behind the others: an algorithm comes before its options. */
static int note(struct file *f, int name, const void *v, socklen_t l) {
  struct asked *fresh = slab_take(&slab);
  if (!fresh) return -ENOMEM;
  fresh->next = NULL;
  fresh->name = name;
  fresh->length = l;
  memset(fresh->value, 0, sizeof fresh->value);
  memcpy(fresh->value, v, l);
  lock_acquire(&lists);
  drop(f, name, v);
  struct asked **at = &f->asked;
  while (*at) at = &(*at)->next;
  *at = fresh;
  lock_release(&lists);
  return 0;
}

static void unnote(struct file *f, int name) {
  lock_acquire(&lists);
  drop(f, name, &name);
  lock_release(&lists);
}

int asked_repeat(struct file *f, struct instance *i, uint32_t slot, uint32_t generation) {
  int r = 0;
  lock_acquire(&lists);
  for (const struct asked *a = f->asked; a && r == 0; a = a->next) {
    r = options_ask_set(i, slot, generation, IPPROTO_TCP, a->name, a->value, a->length);
    if (r == -ENOENT && a->name != TCP_REMOTE_UDP_ENCAPS_PORT) {
      LOG("\"%.16s\" is no more there: the service's own choice", (const char *)a->value);
      r = 0;
    }
  }
  lock_release(&lists);
  return r;
}

bool asked_for_udp(struct file *f) {
  if (likely(!load(&f->asked))) return false;
  bool found = false;
  lock_acquire(&lists);
  for (const struct asked *a = f->asked; a; a = a->next) {
    int port = 0;
    memcpy(&port, a->value, sizeof port);
    found |= a->name == TCP_REMOTE_UDP_ENCAPS_PORT && port != 0;
  }
  lock_release(&lists);
  return found;
}

/* A socket with all that the file was told, to try something on. */
static int rehearse(struct file *f, struct instance **i, uint32_t *slot, uint32_t *generation) {
  *i = instance_attach();
  if (!*i) return -ENOPROTOOPT;
  world_enter();
  const int r = keys_open_always(f, *i, slot, generation);
  world_leave();
  return r == -JR_USE_KERNEL ? -ENOPROTOOPT : r;
}

static int try(struct file *f, int name, const void *v, socklen_t l) {
  struct instance *i;
  uint32_t slot, generation;
  int r = rehearse(f, &i, &slot, &generation);
  if (r < 0) return r;
  r = options_ask_set(i, slot, generation, IPPROTO_TCP, name, v, l);
  file_close_socket(i, slot, generation, -1);
  return r;
}

static int set_by_kernel(int fd, int name, const void *v, socklen_t l) {
  return real.setsockopt(fd, IPPROTO_TCP, name, v, l) < 0 ? -errno : 0;
}

/* The congestion controls of both sides are offered as long as nobody knows whose socket it will be. */
static int set_undecided(int fd, struct file *f, int name, const void *v, socklen_t l) {
  const int kernel = name == TCP_CONGESTION ? set_by_kernel(fd, name, v, l) : -ENOPROTOOPT;
  const socklen_t least = name == TCP_CONGESTION || name == TCP_FUNCTION_BLK ? 1 : sizeof(int);
  const int ours = !v ? -EFAULT : l < least || l > ROOM ? -EINVAL : try(f, name, v, l);
  if (ours == 0) return note(f, name, v, l);
  if (kernel == 0) {
    LOG("Joyride has no congestion control \"%.*s\": it goes by its own where the connection is Joyride's", (int)l, (const char *)v);
    unnote(f, name);
  }
  return kernel == 0 ? 0 : ours == -ENOPROTOOPT && name == TCP_CONGESTION ? kernel : ours;
}

static int set_joyride(int fd, struct file *f, int name, const void *v, socklen_t l) {
  const int twin = f->kind == FILE_LISTENER && name == TCP_CONGESTION ? set_by_kernel(fd, name, v, l) : -ENOPROTOOPT;
  const int ours = options_ask_set(f->instance, f->slot, f->generation, IPPROTO_TCP, name, v, l);
  return twin == 0 ? 0 : ours;
}

int asked_set(int fd, struct file *f, int name, const void *v, socklen_t l) {
  const uint32_t kind = file_kind(f);
  if (kind == FILE_UNDECIDED) return set_undecided(fd, f, name, v, l);
  if (kind == FILE_STREAM || kind == FILE_LISTENER) return f->socket ? set_joyride(fd, f, name, v, l) : -EBADF;
  return set_by_kernel(fd, name, v, l);
}

static bool noted(struct file *f, int name) {
  bool found = false;
  lock_acquire(&lists);
  for (const struct asked *a = f->asked; a; a = a->next) found |= a->name == name;
  lock_release(&lists);
  return found;
}

int asked_get(int fd, struct file *f, int name, void *v, socklen_t *l) {
  const uint32_t kind = file_kind(f);
  if (!v || !l) return -EFAULT;
  if (kind == FILE_STREAM || kind == FILE_LISTENER)
    return f->socket ? options_ask_get(f->instance, f->slot, f->generation, IPPROTO_TCP, name, v, l) : -EBADF;
  if (kind != FILE_UNDECIDED || (name == TCP_CONGESTION && !noted(f, name)))
    return real.getsockopt(fd, IPPROTO_TCP, name, v, l) < 0 ? -errno : 0;
  struct instance *i;
  uint32_t slot, generation;
  int r = rehearse(f, &i, &slot, &generation);
  if (r < 0) return r;
  r = options_ask_get(i, slot, generation, IPPROTO_TCP, name, v, l);
  file_close_socket(i, slot, generation, -1);
  return r;
}

void asked_forget(struct file *f) {
  lock_acquire(&lists);
  while (f->asked) {
    struct asked *gone = f->asked;
    f->asked = gone->next;
    slab_give(&slab, gone);
  }
  lock_release(&lists);
}

void asked_after_fork(void) { lists.word = 0; }
