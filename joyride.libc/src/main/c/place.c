/* SPDX-License-Identifier: BSD-2-Clause */
#include "place.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

enum { MOST_CPUS = 1024, WORD_BITS = 8 * sizeof(unsigned long) };
#define PAUSE_NS 1000000ull

/* A filter of system calls may end the program for the calls below. */
static uint32_t stays;

void place_stay(void) { poke(&stays, 1); }

void place_start(void) {
  char text[4096];
  const int fd = (int)RAW4(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC, 0);
  const long n = fd < 0 ? -1 : RAW3(SYS_read, fd, text, sizeof text - 1);
  if (fd >= 0) RAW1(SYS_close, fd);
  text[n > 0 ? n : 0] = 0;
  const char *line = strstr(text, "\nSeccomp:");
  if (!line || line[9 + strspn(line + 9, " \t")] != '0') place_stay();
}

bool place_beside(struct jr_header *header, uint64_t now) {
  const uint32_t cpu = (uint32_t)sched_getcpu() + 1;
  const uint32_t services = peek(&header->cpu);
  if (services == cpu) return true;
  if (services && now >= self.no_tell_before) {
    self.no_tell_before = now + PAUSE_NS;
    poke(&header->waiting_cpu, cpu);
  }
  return false;
}

void place_join(struct jr_header *header, uint64_t now) {
  const uint32_t cpu = peek(&header->cpu) - 1; /* none: beyond all there are */
  if (peek(&stays) || !peek(&header->idle) || cpu >= MOST_CPUS || now < self.no_join_before) return;
  self.no_join_before = now + PAUSE_NS;
  unsigned long mine[MOST_CPUS / WORD_BITS] = {0}, only[MOST_CPUS / WORD_BITS] = {0};
  const long size = RAW3(SYS_sched_getaffinity, 0, sizeof mine, mine);
  if (size <= 0 || !(mine[cpu / WORD_BITS] & 1ul << cpu % WORD_BITS)) return;
  only[cpu / WORD_BITS] = 1ul << cpu % WORD_BITS;
  if (RAW3(SYS_sched_setaffinity, 0, size, only) == 0) RAW3(SYS_sched_setaffinity, 0, size, mine);
}
