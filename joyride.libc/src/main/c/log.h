/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JOYRIDE_LOG_H
#define JOYRIDE_LOG_H

#include <stdbool.h>

extern bool log_on;

void log_init(void);
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line to stderr for a notable decision; nothing, not even its arguments, unless JOYRIDE_LOG=1. */
#define LOG(...)                       \
  do {                                 \
    if (log_on) log_line(__VA_ARGS__); \
  } while (0)

#endif
