/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JOYRIDE_LINGER_H
#define JOYRIDE_LINGER_H

#include "instance.h"

/* After the close command: until all was sent and acknowledged, or the seconds are over. */
void linger_wait(struct instance *i, const struct jr_socket *s, uint32_t generation, int32_t seconds);

#endif
