/* SPDX-License-Identifier: BSD-2-Clause */
/* The chunks that the service lends this process. Lock-free, for the threads of the process take them while they send. */
#include "magazine.h"

#include "doorbell.h"

enum { LOW = 8 };

static void ask_for_more(struct instance *i) {
  if (peek(&i->process->magazine_want)) return;
  if (!exchange(&i->process->magazine_want, 1)) mark_process(i);
}

uint32_t magazine_take(struct instance *i) {
  for (int k = 0; k < KEPT_CHUNKS; k++) {
    uint32_t entry = peek(&i->kept[k]);
    if (unlikely(entry) && cas(&i->kept[k], &entry, 0)) return entry;
  }
  struct jr_process *p = i->process;
  uint32_t cons = load(&p->magazine_cons);
  for (bool asked = false;;) {
    const uint32_t there = load(&p->magazine_prod) - cons;
    if (there == 0 || there > JR_MAGAZINE) {
      if (asked) return 0;
      ask_for_more(i);
      asked = true;
      cons = load(&p->magazine_cons);
      continue;
    }
    const uint32_t chunk = peek(&p->magazine[cons % JR_MAGAZINE]);
    if (!cas(&p->magazine_cons, &cons, cons + 1)) continue;
    if (there <= LOW) ask_for_more(i);
    if (likely(chunk < i->chunk_count)) return chunk + 1;
  }
}

void magazine_keep(struct instance *i, uint32_t entry) {
  for (int k = 0; k < KEPT_CHUNKS; k++) {
    uint32_t none = 0;
    if (cas(&i->kept[k], &none, entry)) return;
  }
}

static bool refilled(void *process) {
  const struct jr_process *p = process;
  return load(&p->magazine_prod) != peek(&p->magazine_cons);
}

bool magazine_await(struct instance *i, uint64_t most_ns) {
  /* The wish seen before may have been the last refill's, taken back just then; the service looks who waits after it took this one. */
  if (!exchange(&i->process->magazine_want, 1)) mark_process(i);
  const uint64_t end = now_ns() + most_ns;
  while (!refilled(i->process)) {
    if (instance_gone(i) || now_ns() > end) return false;
    RAW0(SYS_sched_yield);
  }
  return true;
}
