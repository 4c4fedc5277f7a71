/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On which core a thread waits for the service. The two take turns, so where cores are scarce they share one better with each
 * other than with strangers; the scheduler does not know.
 */
#ifndef JOYRIDE_PLACE_H
#define JOYRIDE_PLACE_H

#include "instance.h"

/* Does this thread run where the service ran last? If not, the service is told where this thread waits, at most once a
 * millisecond. now: ns */
bool place_beside(struct jr_header *header, uint64_t now);

/* Somebody else uses this core: goes to where the service looks on without work, if it does and this thread may run there; at
 * most once a millisecond. The scheduler may move the thread again from then on. */
void place_join(struct jr_header *header, uint64_t now);

/* When the program attaches: a thread stays where it is if the program is confined to some system calls already. */
void place_start(void);

/* The same from now on. */
void place_stay(void);

#endif
