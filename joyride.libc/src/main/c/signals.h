/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JOYRIDE_SIGNALS_H
#define JOYRIDE_SIGNALS_H

#include <signal.h>

/* As sigaction(2), for handlers that this layer must know of. */
int signals_action(int number, const struct sigaction *act, struct sigaction *old);

#endif
