/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JOYRIDE_COMMAND_H
#define JOYRIDE_COMMAND_H

#include "file.h"

/* This process lets go of the file's socket. The struct is freed once the service has been told. */
void command_close(struct file *f);

/* Gives what did not fit before. False: some is left. */
bool commands_flush(struct instance *i);

#endif
