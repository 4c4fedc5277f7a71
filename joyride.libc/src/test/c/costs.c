/* SPDX-License-Identifier: BSD-2-Clause */
/* What single calls cost over Joyride: run by hand, no test. Figures in ns a call, the least of some batches. */
#include "harness.h"

#include <sys/ioctl.h>

enum { BATCH = 1000, BATCHES = 200, SIZE = 64 };
static int listener, client, server;
static char data[SIZE];

static void drain(void) {
  char buffer[4096];
  while (recv(server, buffer, sizeof buffer, MSG_DONTWAIT) > 0) {
  }
}

static double sending(void) {
  double least = 1e9;
  for (int b = 0; b < BATCHES; b++) {
    const uint64_t start = now_ns();
    for (int k = 0; k < BATCH; k++) CHECK(send(client, data, SIZE, 0) == SIZE);
    const double ns = (double)(now_ns() - start) / BATCH;
    if (ns < least) least = ns;
    for (size_t got = 0; got < (size_t)BATCH * SIZE;) {
      static char buffer[BATCH * SIZE];
      got += (size_t)recv(server, buffer, sizeof buffer, 0);
    }
  }
  return least;
}

static double receiving(void) {
  double least = 1e9;
  for (int b = 0; b < BATCHES; b++) {
    for (int k = 0; k < BATCH; k++) CHECK(send(client, data, SIZE, 0) == SIZE);
    for (int there = 0; there < BATCH * SIZE;) CHECK(ioctl(server, FIONREAD, &there) == 0);
    const uint64_t start = now_ns();
    for (int k = 0; k < BATCH; k++) CHECK(recv(server, data, SIZE, 0) == SIZE);
    const double ns = (double)(now_ns() - start) / BATCH;
    if (ns < least) least = ns;
  }
  return least;
}

static double empty_receiving(void) {
  const uint64_t start = now_ns();
  for (int k = 0; k < 1000000; k++) CHECK(recv(server, data, SIZE, MSG_DONTWAIT) < 0);
  return (double)(now_ns() - start) / 1e6;
}

static double ready_epoll(int events_ready) {
  const int epfd = epoll_create1(0);
  struct epoll_event e = {EPOLLIN, {.fd = server}}, out[4];
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, server, &e) == 0);
  if (events_ready) {
    send_all(client, data, 1);
    CHECK(epoll_wait(epfd, out, 4, 1000) == 1);
  }
  const uint64_t start = now_ns();
  for (int k = 0; k < 100000; k++) CHECK(epoll_wait(epfd, out, 4, 0) == events_ready);
  const double ns = (double)(now_ns() - start) / 1e5;
  drain();
  close(epfd);
  return ns;
}

static double kernel_read(void) {
  int fds[2];
  CHECK(pipe(fds) == 0);
  nonblocking(fds[0]);
  const uint64_t start = now_ns();
  for (int k = 0; k < 1000000; k++) CHECK(read(fds[0], data, 1) < 0);
  const double ns = (double)(now_ns() - start) / 1e6;
  close(fds[0]);
  close(fds[1]);
  return ns;
}

static double raw_kernel_read(void) {
  int fds[2];
  CHECK(pipe(fds) == 0);
  nonblocking(fds[0]);
  const uint64_t start = now_ns();
  for (int k = 0; k < 1000000; k++) CHECK(syscall(SYS_read, fds[0], data, 1) < 0);
  const double ns = (double)(now_ns() - start) / 1e6;
  close(fds[0]);
  close(fds[1]);
  return ns;
}

static double *samples;
static int compare(const void *a, const void *b) { return *(const double *)a < *(const double *)b ? -1 : 1; }

static void *echo(void *unused) {
  char c;
  while (recv(server, &c, 1, 0) == 1) send(server, &c, 1, 0);
  return unused;
}

static void ping_pong(void) {
  enum { ROUNDS = 20000 };
  pthread_t t;
  pthread_create(&t, NULL, echo, NULL);
  samples = malloc(ROUNDS * sizeof *samples);
  for (int k = 0; k < ROUNDS; k++) {
    const uint64_t start = now_ns();
    send_all(client, data, 1);
    receive_all(client, data, 1);
    samples[k] = (double)(now_ns() - start);
  }
  qsort(samples, ROUNDS, sizeof *samples, compare);
  printf("ping-pong           p50 %.0f p99 %.0f\n", samples[ROUNDS / 2], samples[ROUNDS * 99 / 100]);
  shutdown(client, SHUT_WR);
  pthread_join(t, NULL);
}

static void churn(void) {
  const uint64_t start = now_ns();
  for (int k = 0; k < 5000; k++) {
    int a, b;
    connected(listener, 7100, &a, &b);
    close(a);
    close(b);
  }
  printf("connect+accept+2 close  %.0f\n", (double)(now_ns() - start) / 5000);
}

static void all(void) {
  listener = listen_at(7100, 0);
  connected(listener, 7100, &client, &server);
  printf("send %d B           %.1f\n", SIZE, sending());
  printf("recv %d B           %.1f\n", SIZE, receiving());
  printf("recv, EAGAIN        %.1f\n", empty_receiving());
  printf("epoll_wait, 1 ready %.1f\n", ready_epoll(1));
  printf("epoll_wait, none    %.1f\n", ready_epoll(0));
  printf("read of a pipe      %.1f (raw system call %.1f)\n", kernel_read(), raw_kernel_read());
  churn();
  ping_pong();
}

TESTS(all();)
