/* SPDX-License-Identifier: BSD-2-Clause */
#include "world.h"

#include "thread.h"

#define STOPPED 0x80000000u
static uint32_t world; /* threads inside, and STOPPED */

void world_enter(void) {
  for (;;) {
    enter();
    if (likely(!(fetch_add(&world, 1) & STOPPED))) return;
    fetch_add(&world, -1u);
    leave();
    RAW0(SYS_sched_yield);
  }
}

void world_leave(void) {
  fetch_add(&world, -1u);
  leave();
}

void world_stop(void) {
  enter();
  while (fetch_or(&world, STOPPED) & STOPPED) RAW0(SYS_sched_yield);
  while (peek(&world) != STOPPED) RAW0(SYS_sched_yield);
}

void world_resume(void) {
  fetch_and(&world, ~STOPPED);
  leave();
}

void world_restart(void) {
  poke(&world, 0);
  leave();
}
