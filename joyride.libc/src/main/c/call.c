/* SPDX-License-Identifier: BSD-2-Clause */
#include "call.h"

#include <string.h>

#include "doorbell.h"

int call_begin(struct call *c, struct instance *i, uint32_t op, uint32_t socket, uint32_t generation) {
  c->waiter = waiter_borrow(i);
  if (!c->waiter) return -ENOBUFS;
  struct jr_waiter *s = c->slot = c->waiter->shared;
  s->op = op;
  s->socket = socket;
  s->generation = generation;
  s->result = 0;
  memset(s->args, 0, sizeof s->args);
  memset(s->data, 0, sizeof s->data);
  return 0;
}

static bool answered(void *slot) { return load(&((struct jr_waiter *)slot)->status) == JR_CALL_DONE; }

int call_run(struct call *c) {
  struct waiter *w = c->waiter;
  struct instance *i = w->instance;
  publish(&c->slot->status, JR_CALL_SUBMITTED);
  full_fence();
  bitmap_set(i->call_words, &i->header->calls, w->number);
  ring(i, JR_RING_CALLS);
  const struct wait wait = {.waiter = w};
  while (!answered(c->slot)) {
    if (instance_gone(i)) return -ESTALE;
    if (wait_spin(i, answered, c->slot, 0)) break;
    waiter_arm(w);
    struct pollfd fds[2];
    if (!answered(c->slot)) waiter_sleep(&wait, i, fds, 2, NULL);
    waiter_disarm(w);
  }
  publish(&c->slot->status, JR_CALL_IDLE);
  return c->slot->result;
}

void call_end(struct call *c) {
  if (c->waiter) waiter_return(c->waiter);
}
