/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JOYRIDE_FORK_H
#define JOYRIDE_FORK_H

void fork_init(void);

#endif
