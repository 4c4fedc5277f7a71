/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects of one type in pages of our own, never given back: malloc may be the program's, may be in use by the thread that a
 * signal handler interrupts, or not yet be there. A free object is linked by the member that is named.
 */
#ifndef JOYRIDE_SLAB_H
#define JOYRIDE_SLAB_H

#include "lock.h"

struct slab {
  struct lock lock;
  uint32_t size;
  uint32_t link;
  uint8_t *free;
  struct slab *other; /* all slabs in use */
  bool known;
};

#define SLAB(type, member) {.size = sizeof(type), .link = offsetof(type, member)}

/* As it was left, but for its link; a new one is zeroed. NULL: no memory. */
void *slab_take(struct slab *s);
void slab_give(struct slab *s, void *object);

/* In the child of a fork: no other thread is at work in one. */
void slabs_after_fork(void);

#endif
