/* SPDX-License-Identifier: BSD-2-Clause */
/* Escalated sockets that come to this process: which of its descriptors they are, and taking up their rings. */
#ifndef JOYRIDE_INHERITED_H
#define JOYRIDE_INHERITED_H

#include <stdbool.h>

#define INHERITED_VARIABLE "JOYRIDE_SOCKETS"

/* Descriptors that this process left to the relay: the next program may take them up. */
void inherited_note(int fd);
bool inherited_noted(int fd);

/* At start: listeners of the kernel's that were open already; they may become Joyride's too. */
void inherited_listeners(void);

#endif
