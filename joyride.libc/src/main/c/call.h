/* SPDX-License-Identifier: BSD-2-Clause */
/* A question to the service through the thread's waiter slot. For what is rare: never on the way of data. */
#ifndef JOYRIDE_CALL_H
#define JOYRIDE_CALL_H

#include "wait.h"

struct call {
  struct waiter *waiter;
  struct jr_waiter *slot; /* op, args and data go here between begin and run */
};

/* 0, or -ENOBUFS: no waiter slot */
int call_begin(struct call *c, struct instance *i, uint32_t op, uint32_t socket, uint32_t generation);

/* The result; -ESTALE: the service is gone. */
int call_run(struct call *c);
void call_end(struct call *c);

#endif
