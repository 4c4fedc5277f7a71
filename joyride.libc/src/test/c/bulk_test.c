/* SPDX-License-Identifier: BSD-2-Clause */
/* Who moves much at a time sleeps at once where it has to wait: what looking on would gain is little, and others need the core. The service has everybody look on for long. */
#include "harness.h"

static int listener;
enum { PORT = 7350, MUCH = 200000, LIMIT_NS = 1000000, ROUNDS = 10 };
static char data[2 * MUCH];

struct sending {
  int fd;
  size_t n;
  uint64_t cpu_ns; /* of the thread, while it sent */
};

static uint64_t thread_cpu_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *sends(void *argument) {
  struct sending *s = argument;
  const uint64_t before = thread_cpu_ns();
  send_all(s->fd, data, s->n);
  s->cpu_ns = thread_cpu_ns() - before;
  return NULL;
}

/* The service is elsewhere while n bytes are sent behind `before` of another connection's. */
static void sends_asleep(size_t before, size_t n) {
  int clients[2], servers[2];
  for (int k = 0; k < 2; k++) connected(listener, PORT, &clients[k], &servers[k]);
  CHECK(kill(service_pid(), SIGSTOP) == 0);
  sleep_ms(20);
  send_all(clients[0], data, before);
  struct sending rest = {clients[1], n, 0};
  const pthread_t thread = asleep(sends, &rest);
  CHECK(kill(service_pid(), SIGCONT) == 0);
  receive_all(servers[0], data, before);
  receive_all(servers[1], data, n);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(rest.cpu_ns < LIMIT_NS);
  for (int k = 0; k < 2; k++) close(clients[k]), close(servers[k]);
}

/* The process has used up the chunks that it was lent, though the socket's buffer has room. */
static void sends_without_chunks(void) { sends_asleep(80000, MUCH); }

static void sends_into_a_full_buffer(void) { sends_asleep(1, 2 * MUCH); }

static void receives(void) {
  int client, server;
  connected(listener, PORT, &client, &server);
  const struct timeval limit = {0, 30000};
  CHECK(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  for (int k = 0; k < ROUNDS; k++) { /* on a busy machine looking on costs nothing now and then */
    send_all(client, data, MUCH);
    receive_all(server, data, MUCH);
    const uint64_t before = thread_cpu_ns();
    CHECK(recv(server, data, 1, 0) < 0 && errno == EAGAIN);
    CHECK(thread_cpu_ns() - before < LIMIT_NS);
  }
  close(client);
  close(server);
}

int main(int argc, char **argv) {
  if (!getenv("JOYRIDE_TEST_INNER")) {
    setenv("JOYRIDE_TEST_SPIN", "20000", 1);
    return outer(argv);
  }
  const char *only = argc > 1 ? argv[1] : NULL;
  listener = listen_at(PORT, 0);
  RUN(sends_without_chunks);
  RUN(sends_into_a_full_buffer);
  RUN(receives);
  return 0;
}
