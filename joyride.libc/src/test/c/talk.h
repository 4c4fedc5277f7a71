/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests say over connections, and what they expect to hear. */
#ifndef TALK_H
#define TALK_H

#include "harness.h"

static inline void say(int fd, const char *text) { send_all(fd, text, strlen(text)); }

static inline void expect(int fd, const char *text) {
  char buffer[64];
  receive_all(fd, buffer, strlen(text));
  if (memcmp(buffer, text, strlen(text)) != 0) fprintf(stderr, "expected \"%s\", got \"%.*s\"\n", text, (int)strlen(text), buffer);
  CHECK(memcmp(buffer, text, strlen(text)) == 0);
}

static inline void expect_end(int fd) {
  char c;
  CHECK(recv(fd, &c, 1, 0) == 0);
}

static inline short polled(int fd, short events, int timeout) {
  struct pollfd p = {fd, events, 0};
  return poll(&p, 1, timeout) > 0 ? p.revents : 0;
}

/* Nothing comes: how long that took, in ms, and with what error it ended. */
static inline double timed_receive(int fd, int *error) {
  char c;
  const uint64_t start = now_ns();
  errno = 0;
  CHECK(recv(fd, &c, 1, 0) < 0);
  *error = errno;
  return (double)(now_ns() - start) / 1e6;
}

/* Reads until the peer has ended. Gives how much that was. */
static inline void *swallow(void *fd) {
  char buffer[65536];
  ssize_t n;
  intptr_t all = 0;
  while ((n = read(*(int *)fd, buffer, sizeof buffer)) > 0) all += n;
  return (void *)all;
}

#endif
