/* SPDX-License-Identifier: BSD-2-Clause */
#include "slab.h"

#include <sys/mman.h>

enum { BLOCK = 64 * 1024 };

static uint8_t **link_of(const struct slab *s, void *object) { return (uint8_t **)((uint8_t *)object + s->link); }

static struct slab *all;

static void grow(struct slab *s) {
  if (!s->known) {
    s->known = true;
    s->other = load(&all);
    while (!cas(&all, &s->other, s)) {
    }
  }
  uint8_t *block = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return;
  const size_t stride = (s->size + JR_LINE - 1) / JR_LINE * JR_LINE;
  for (size_t at = BLOCK / stride; at-- > 0;) {
    uint8_t *object = block + at * stride;
    *link_of(s, object) = s->free;
    s->free = object;
  }
}

void *slab_take(struct slab *s) {
  lock_acquire(&s->lock);
  if (!s->free) grow(s);
  uint8_t *object = s->free;
  if (object) s->free = *link_of(s, object);
  lock_release(&s->lock);
  return object;
}

void slab_give(struct slab *s, void *object) {
  lock_acquire(&s->lock);
  *link_of(s, object) = s->free;
  s->free = object;
  lock_release(&s->lock);
}

/* Whatever another thread was about here, the list is whole after every store. */
void slabs_after_fork(void) {
  for (struct slab *s = all; s; s = s->other) s->lock.word = 0;
}
