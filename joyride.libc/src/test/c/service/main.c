/* SPDX-License-Identifier: BSD-2-Clause */
/* test_service PATH [spin_us [all]]   attach socket; runs until killed. all: 127.0.0.0/8 is Joyride's, and not only 127.77/16 */
#include "service.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static bool turn(void) {
  bool relaying = false;
  for (uint32_t k = 0; k < slot_top; k++)
    if (slots[k].used && slots[k].relay >= 0 && slots[k].holder_count == 1) relaying = true, relay(k);
  if (!load(&header->rung)) return relaying;
  exchange(&header->rung, 0);
  for (int i = 0; i < 16; i++)
    for (uint64_t v = load(&header->process_attention[i]) ? exchange(&header->process_attention[i], 0) : 0; v; v &= v - 1)
      commands((uint32_t)(i * 64 + __builtin_ctzll(v)));
  for (uint64_t v = load(&header->calls.word[0]) ? exchange(&header->calls.word[0], 0) : 0; v; v &= v - 1) {
    const uint32_t at = (uint32_t)__builtin_ctzll(v);
    for (uint64_t bits = exchange(&call_words[at], 0); bits; bits &= bits - 1)
      call(at * 64 + (uint32_t)__builtin_ctzll(bits));
  }
  for (uint32_t top = 0; top < 8; top++)
    for (uint64_t v = load(&header->dirty.word[top]) ? exchange(&header->dirty.word[top], 0) : 0; v; v &= v - 1) {
      const uint32_t at = top * 64 + (uint32_t)__builtin_ctzll(v);
      for (uint64_t bits = exchange(&dirty_words[at], 0); bits; bits &= bits - 1)
        socket_dirty(at * 64 + (uint32_t)__builtin_ctzll(bits));
    }
  return true;
}

static void descriptors(int timeout) {
  struct epoll_event events[64];
  const int n = epoll_wait(epoll_fd, events, 64, timeout);
  for (int i = 0; i < n; i++) {
    if (events[i].data.u64 == UINT64_MAX) {
      welcome();
    } else if (events[i].data.u64 == UINT64_MAX - 1) {
      uint64_t count;
      const ssize_t ignored = read(service_fd, &count, sizeof count);
      (void)ignored;
    } else {
      message((uint32_t)events[i].data.u64);
    }
  }
}

static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

int main(int argc, char **argv) {
  const uint32_t spin_us = argc > 2 ? (uint32_t)atoi(argv[2]) : 50;
  signal(SIGPIPE, SIG_IGN);
  layout(spin_us);
  if (argc > 3) {
    header->policy[0] = header->policy[3];
    header->policy[0].prefix = 104;
    header->policy_rules = 0;
    header->policy_count = 1;
  }
  service_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  snprintf(a.sun_path, sizeof a.sun_path, "%.100s", argc > 1 ? argv[1] : "/tmp/joyride-test.sock");
  const struct sockaddr_un shown = a;
  strcat(a.sun_path, "-");
  unlink(a.sun_path);
  /* who sees its name finds it listening */
  if (bind(listen_fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(listen_fd, 64) < 0 || rename(a.sun_path, shown.sun_path) < 0) {
    perror(a.sun_path);
    return 1;
  }
  struct epoll_event e = {EPOLLIN, {.u64 = UINT64_MAX}};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listen_fd, &e);
  e.data.u64 = UINT64_MAX - 1;
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, service_fd, &e);
  uint64_t idle_since = now_us();
  for (unsigned count = 0;; count++) {
    if (count % 64 == 0) descriptors(0);
    if (turn()) {
      idle_since = now_us();
    } else if (now_us() - idle_since > spin_us) {
      publish(&header->asleep, 1);
      fence();
      if (!load(&header->rung)) descriptors(-1);
      publish(&header->asleep, 0);
      idle_since = now_us();
    } else {
      sched_yield();
    }
  }
}
