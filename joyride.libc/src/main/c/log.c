/* SPDX-License-Identifier: BSD-2-Clause */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "raw.h"
#include "real.h"

bool log_on;

void log_init(void) {
  const char *v = secure_getenv("JOYRIDE_LOG");
  log_on = v && strcmp(v, "1") == 0;
}

void log_line(const char *format, ...) {
  const int saved = errno;
  char line[256];
  int n = snprintf(line, sizeof line, "joyride[%ld]: ", (long)RAW0(SYS_getpid));
  va_list ap;
  va_start(ap, format);
  n += vsnprintf(line + n, sizeof line - (size_t)n - 1, format, ap);
  va_end(ap);
  if (n > (int)sizeof line - 2) n = (int)sizeof line - 2;
  line[n++] = '\n';
  RAW3(SYS_write, 2, line, n);
  errno = saved;
}
