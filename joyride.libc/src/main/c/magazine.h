/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JOYRIDE_MAGAZINE_H
#define JOYRIDE_MAGAZINE_H

#include "instance.h"

/* A free chunk's table entry, or 0: none is there now, the service has been asked for more. */
uint32_t magazine_take(struct instance *i);

/* Waits a moment for chunks that were asked for. False: still none; whoever goes to sleep then hears of the next that come. */
bool magazine_await(struct instance *i, uint64_t most_ns);

/* One that was taken and not used. */
void magazine_keep(struct instance *i, uint32_t entry);

#endif
