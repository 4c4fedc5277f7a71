/* SPDX-License-Identifier: BSD-2-Clause */
#include "file.h"

#include "asked.h"

#include <string.h>

#include "command.h"
#include "epoll.h"
#include "fdtable.h"
#include "keys.h"
#include "linger.h"
#include "slab.h"
#include "world.h"

static struct slab files = SLAB(struct file, next);

struct file *file_new(enum file_kind kind) {
  struct file *f = slab_take(&files);
  if (!f) return NULL;
  memset(&f->socket, 0, sizeof *f - offsetof(struct file, socket));
  f->early.linger = -1;
  publish(&f->kind, kind);
  publish(&f->refs, 1);
  return f;
}

void file_free(struct file *f) {
  publish(&f->kind, FILE_FREE);
  slab_give(&files, f);
}

bool file_hold(struct file *f) {
  uint32_t n = peek(&f->refs);
  while (n && !cas(&f->refs, &n, n + 1)) {
  }
  return n != 0;
}

void file_attach_socket(struct file *f, enum file_kind kind, struct instance *i, uint32_t slot, uint32_t generation) {
  f->instance = i;
  f->slot = slot;
  f->generation = generation;
  f->loss_told = 0;
  publish(&f->socket, &i->sockets[slot]);
  publish(&f->kind, kind);
}

/*
 * Threads that look at the file without a reference find `socket` changed once they have the lock: so none copies from or
 * into the rings after this.
 */
static struct jr_socket *drive_out(struct file *f) {
  struct jr_socket *s = f->socket;
  publish(&f->socket, NULL);
  direction_lock(&s->rx_lock);
  direction_unlock(&s->rx_lock);
  direction_lock(&s->tx_lock);
  direction_unlock(&s->tx_lock);
  return s;
}

static void let_go_of_socket(struct file *f) {
  world_enter();
  epoll_file_closed(f);
  const struct jr_socket *s = drive_out(f);
  struct instance *i = f->instance;
  const int32_t linger = f->kind == FILE_STREAM ? s->linger : -1;
  const uint32_t generation = f->generation;
  f->early.linger = linger;
  command_close(f);
  world_leave();
  if (linger > 0) linger_wait(i, s, generation, linger);
}

void file_close_socket(struct instance *i, uint32_t slot, uint32_t generation, int32_t linger) {
  struct file *closing = file_new(FILE_STREAM);
  if (!closing) return;
  closing->instance = i;
  closing->slot = slot;
  closing->generation = generation;
  closing->early.linger = linger;
  command_close(closing);
}

void file_detach_socket(struct file *f) {
  epoll_file_undecided(f);
  world_enter();
  const struct jr_socket *s = drive_out(f);
  publish(&f->kind, FILE_UNDECIDED);
  file_close_socket(f->instance, f->slot, f->generation, s->linger);
  world_leave();
}

static COLD void release(struct file *f) {
  const int saved = errno;
  if (unlikely(f->keys)) keys_forget(f);
  if (unlikely(f->asked)) asked_forget(f);
  switch (f->kind) {
    case FILE_STREAM:
    case FILE_LISTENER:
      let_go_of_socket(f);
      break;
    case FILE_EPOLL:
      epoll_closed(f);
      file_free(f);
      break;
    default:
      epoll_file_closed(f);
      file_free(f);
  }
  errno = saved;
}

void file_put(struct file *f) {
  if (fetch_add(&f->refs, -1u) == 1) release(f);
}

void files_recount(void) {
  const int top = fd_highest();
  for (int fd = 0; fd <= top; fd++)
    if (fd_table[fd]) fd_table[fd]->refs = 0;
  for (int fd = 0; fd <= top; fd++)
    if (fd_table[fd]) fd_table[fd]->refs++;
}
