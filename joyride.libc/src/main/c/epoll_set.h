/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JOYRIDE_EPOLL_SET_H
#define JOYRIDE_EPOLL_SET_H

#include "epoll.h"
#include "guard.h"

void memberships_lock(void);
void memberships_unlock(void);
void epoll_rejoin(struct epoll *e);

void by_slot_free(struct epoll *e);

#endif
