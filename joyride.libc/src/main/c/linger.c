/* SPDX-License-Identifier: BSD-2-Clause */
#include "linger.h"

#include "wait.h"

struct lingering {
  const struct jr_socket *socket;
  uint32_t generation;
};

static bool ended(void *argument) {
  const struct lingering *l = argument;
  const struct jr_socket *s = l->socket;
  return load(&s->generation) != l->generation || (load(&s->state) & JR_SOCKET_CLOSED) || load(&s->tx_cons) == s->tx_prod;
}

/* The slot is no more ours to note a waiter in, so the sleeps are naps. */
void linger_wait(struct instance *i, const struct jr_socket *s, uint32_t generation, int32_t seconds) {
  struct lingering l = {s, generation};
  const uint64_t end = now_ns() + (uint64_t)seconds * 1000000000u;
  for (long nap = 50000; !ended(&l) && !instance_gone(i) && now_ns() < end; nap = nap < 2000000 ? nap * 2 : nap) {
    if (wait_spin(i, ended, &l, end)) return;
    const struct timespec t = {0, nap};
    RAW2(SYS_nanosleep, &t, NULL);
    instance_check(i);
  }
}
