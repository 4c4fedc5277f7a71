/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layer's own descriptors. They lie high, where programs that count from 0 do not look; they are closed by exec; and a
 * program that closes whatever is open does not close them.
 */
#ifndef JOYRIDE_GUARD_H
#define JOYRIDE_GUARD_H

#include <stdbool.h>

/* Moves fd up (or leaves it, if no other number is to be had), guards it, and writes its number to *where, now and
 * whenever it has to move. */
void guard_fd(int fd, int *where);

/* Takes the guard away and closes. */
void guard_close(int fd);

bool guard_holds(int fd);

/* The program wants this number for itself: what is there moves elsewhere. */
void guard_yield(int fd);

#endif
