/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <unistd.h>

#include "doorbell.h"

void file_free(struct file *f);

void service_wake(struct instance *i) {
  if (!exchange(&i->header->asleep, 0)) return;
  const uint64_t one = 1;
  if (RAW3(SYS_write, i->service_fd, &one, sizeof one) == -EBADF)
    instance_lost(i, "the program closed a descriptor of the layer");
}

static bool put(struct instance *i, uint32_t op, const struct file *f, uint32_t argument) {
  struct jr_process *p = i->process;
  if (p->command_prod - load(&p->command_cons) >= JR_COMMANDS) return false;
  p->commands[p->command_prod % JR_COMMANDS] = (struct jr_command){op, f->slot, f->generation, argument};
  publish(&p->command_prod, p->command_prod + 1);
  return true;
}

/* Under command_lock. */
static struct file *give(struct instance *i) {
  struct file *told = NULL;
  while (i->closing && (instance_gone(i) || put(i, JR_COMMAND_CLOSE, i->closing, i->closing->early.linger == 0))) {
    struct file *f = i->closing;
    i->closing = f->next;
    f->next = told;
    told = f;
  }
  return told;
}

static bool flush(struct instance *i, struct file *more) {
  lock_acquire(&i->command_lock);
  if (more) {
    more->next = i->closing;
    i->closing = more;
  }
  struct file *told = give(i);
  const bool all = !i->closing;
  lock_release(&i->command_lock);
  full_fence();
  if (told && !instance_gone(i)) mark_process(i);
  while (told) {
    struct file *f = told;
    told = f->next;
    file_free(f);
  }
  return all;
}

void command_close(struct file *f) { flush(f->instance, f); }

bool commands_flush(struct instance *i) { return likely(!peek(&i->closing)) || flush(i, NULL); }
