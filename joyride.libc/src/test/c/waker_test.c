/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that sleep are woken, by the kernel's call that sets a timer's ticks and, where a filter takes that away, without it. */
#include "harness.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>

#ifndef TFD_IOC_SET_TICKS
#define TFD_IOC_SET_TICKS _IOW('T', 0, uint64_t)
#endif
enum { ROUNDS = 50 };

static int client, server;

static void *echo(void *unused) {
  char c;
  while (recv(server, &c, 1, 0) == 1) {
    sleep_ms(1); /* long enough for the other to sleep, too */
    send_all(server, &c, 1);
  }
  return unused;
}

static void threads_that_sleep_are_woken(void) {
  const int listener = listen_at(7200, 0), epfd = epoll_create1(0);
  connected(listener, 7200, &client, &server);
  struct epoll_event e = {EPOLLIN, {.fd = client}}, out;
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, client, &e) == 0);
  pthread_t t;
  CHECK(pthread_create(&t, NULL, echo, NULL) == 0);
  for (int k = 0; k < ROUNDS; k++) {
    char c = (char)k;
    send_all(client, &c, 1);
    if (k % 2) CHECK(epoll_wait(epfd, &out, 1, 10000) == 1);
    receive_all(client, &c, 1);
    CHECK(c == (char)k);
  }
  shutdown(client, SHUT_WR);
  pthread_join(t, NULL);
  close(client);
  close(server);
  close(listener);
  close(epfd);
}

static void handler(int unused) { (void)unused; }

/* What interrupts between the last look and the sleep is seen: the thread wakes itself. */
static void a_signal_ends_the_sleep(void) {
  const int listener = listen_at(7201, 0);
  const struct sigaction a = {.sa_handler = handler};
  CHECK(sigaction(SIGALRM, &a, NULL) == 0);
  const pthread_t late = signal_when_asleep(SIGALRM);
  CHECK(accept(listener, NULL, NULL) < 0 && errno == EINTR);
  pthread_join(late, NULL);
  close(listener);
}

static void filter_ticks_away(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TFD_IOC_SET_TICKS, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof code / sizeof *code, code};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void and_without_the_call(void) {
  const pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    filter_ticks_away();
    setenv("JOYRIDE_TEST_FILTERED", "1", 1);
    execl("/proc/self/exe", "waker_test", NULL);
    _exit(127);
  }
  child_ok(pid);
}

/* Or the case above would try the same thing twice. */
static void the_filter_is_in_force(void) {
  const uint64_t one = 1;
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  const bool there = ioctl(timer, TFD_IOC_SET_TICKS, &one) == 0;
  if (getenv("JOYRIDE_TEST_FILTERED")) CHECK(!there && errno == ENOTTY);
  close(timer);
}

TESTS({
  RUN(the_filter_is_in_force);
  RUN(threads_that_sleep_are_woken);
  RUN(a_signal_ends_the_sleep);
  if (!getenv("JOYRIDE_TEST_FILTERED")) RUN(and_without_the_call);
})
