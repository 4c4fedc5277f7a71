/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever changes which sockets this process holds happens between world_enter and world_leave, by many threads at a
 * time; fork stops the world, so that a child holds exactly what its parent holds.
 */
#ifndef JOYRIDE_WORLD_H
#define JOYRIDE_WORLD_H

void world_enter(void);
void world_leave(void);
void world_stop(void);
void world_resume(void);
/* In the child of a fork: nobody else is inside. */
void world_restart(void);

#endif
