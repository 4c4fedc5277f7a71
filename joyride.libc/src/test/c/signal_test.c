/* SPDX-License-Identifier: BSD-2-Clause */
/* What wakes or ends a thread in a call: signals, shutdown, cancellation; and calls from a handler. */
#include "talk.h"

static int listener;
enum { PORT = 7330 };

static volatile sig_atomic_t caught;
static void catch (int number) { caught = number; }

static void pair(int *client, int *server) { connected(listener, PORT, client, server); }

static void pipe_signal(void) {
  int client, server;
  pair(&client, &server);
  signal(SIGPIPE, catch);
  CHECK(shutdown(client, SHUT_WR) == 0);
  caught = 0;
  CHECK(send(client, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE && !caught);
  CHECK(write(client, "x", 1) < 0 && errno == EPIPE && caught == SIGPIPE);
  signal(SIGPIPE, SIG_IGN);
  CHECK(shutdown(server, 7) < 0 && errno == EINVAL);
  CHECK(shutdown(listener, SHUT_WR) == 0 || errno == ENOTCONN);
  close(client);
  close(server);
}

static void handler_for(int flags) {
  struct sigaction act = {.sa_handler = catch, .sa_flags = flags}, seen;
  CHECK(sigaction(SIGALRM, &act, NULL) == 0 && sigaction(SIGALRM, NULL, &seen) == 0);
  CHECK(seen.sa_handler == catch && (seen.sa_flags & SA_RESTART) == (flags & SA_RESTART) && !(seen.sa_flags & SA_SIGINFO));
}

static pid_t receiver;

static void *sends_after_the_signal(void *argument) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  while (caught == 0) sleep_ms(1);
  until_asleep(receiver);
  send_all(*(int *)argument, "z", 1);
  return NULL;
}

static void signals(void) {
  int client, server, error;
  char c;
  pair(&client, &server);
  handler_for(0);
  caught = 0;
  pthread_t late = signal_when_asleep(SIGALRM), t;
  timed_receive(server, &error);
  CHECK(error == EINTR && caught == SIGALRM);
  pthread_join(late, NULL);
  late = signal_when_asleep(SIGALRM);
  CHECK(accept(listener, NULL, NULL) < 0 && errno == EINTR);
  pthread_join(late, NULL);
  late = signal_when_asleep(SIGALRM);
  CHECK(polled(server, POLLIN, 10000) == 0 && errno == EINTR);
  pthread_join(late, NULL);
  handler_for(SA_RESTART);
  caught = 0;
  receiver = (pid_t)syscall(SYS_gettid);
  CHECK(pthread_create(&t, NULL, sends_after_the_signal, &client) == 0);
  late = signal_when_asleep(SIGALRM);
  CHECK(recv(server, &c, 1, 0) == 1 && caught == SIGALRM);
  pthread_join(t, NULL);
  pthread_join(late, NULL);
  late = signal_when_asleep(SIGALRM);
  struct pollfd p = {server, POLLIN, 0};
  CHECK(poll(&p, 1, 10000) < 0 && errno == EINTR);
  pthread_join(late, NULL);
  const struct timeval limit = {10, 0};
  CHECK(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  late = signal_when_asleep(SIGALRM);
  timed_receive(server, &error);
  CHECK(error == EINTR);
  pthread_join(late, NULL);
  signal(SIGALRM, SIG_DFL);
  close(client);
  close(server);
}

/* A handler that sends on the very socket that its thread is busy with. */
static int busy_socket;
static volatile int from_handler;
static void sends(int number) {
  const int saved = errno;
  (void)number;
  if (send(busy_socket, "h", 1, MSG_DONTWAIT) == 1) from_handler++;
  errno = saved;
}

static void *counts(void *argument) {
  static char buffer[100000];
  long *total = calloc(2, sizeof *total);
  ssize_t n;
  while ((n = read(*(int *)argument, buffer, sizeof buffer)) > 0)
    for (ssize_t k = 0; k < n; k++) total[buffer[k] == 'h']++;
  return total;
}

static void handler_sends(void) {
  int client, server;
  pair(&client, &server);
  busy_socket = client;
  from_handler = 0;
  pthread_t t;
  sigset_t mask, before;
  sigemptyset(&mask);
  sigaddset(&mask, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &mask, &before);
  CHECK(pthread_create(&t, NULL, counts, &server) == 0);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  struct sigaction act = {.sa_handler = sends, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &act, NULL);
  const struct itimerval often = {{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &often, NULL);
  static char data[2000];
  memset(data, 'd', sizeof data);
  for (int k = 0; k < 20000; k++) send_all(client, data, 1 + (size_t)k % sizeof data);
  const struct itimerval off = {0};
  setitimer(ITIMER_REAL, &off, NULL);
  signal(SIGALRM, SIG_DFL);
  shutdown(client, SHUT_WR);
  long *total;
  pthread_join(t, (void **)&total);
  CHECK(total[1] == from_handler && from_handler > 0);
  long expected = 0;
  for (int k = 0; k < 20000; k++) expected += 1 + k % (long)sizeof data;
  CHECK(total[0] == expected);
  free(total);
  close(client);
  close(server);
}

static void *receives(void *argument) {
  char c;
  return (void *)(recv(*(int *)argument, &c, 1, 0) + 10);
}

static void shutdown_wakes_close_does_not(void) {
  int client, server;
  pair(&client, &server);
  void *r;
  pthread_t t = asleep(receives, &server);
  CHECK(shutdown(server, SHUT_RD) == 0);
  pthread_join(t, &r);
  CHECK((long)r == 10);
  close(client);
  close(server);
  pair(&client, &server);
  int copy = server;
  t = asleep(receives, &copy);
  close(server);
  sleep_ms(20);
  CHECK(pthread_tryjoin_np(t, &r) == EBUSY);
  send_all(client, "x", 1);
  pthread_join(t, &r);
  CHECK((long)r == 11);
  char c;
  CHECK(recv(client, &c, 1, 0) == 0);
  close(client);
}

static void *waits(void *argument) {
  struct epoll_event e;
  struct pollfd p = {((int *)argument)[0], POLLIN, 0};
  switch (((int *)argument)[2]) {
    case 0: recv(p.fd, &e, 1, 0); break;
    case 1: poll(&p, 1, -1); break;
    case 2: epoll_wait(((int *)argument)[1], &e, 1, -1); break;
    case 3: accept(listener, NULL, NULL); break;
  }
  return NULL;
}

/* A cancelled thread leaves nothing behind: the connection ends with its last descriptor. */
static void cancelled(void) {
  int client, server;
  pair(&client, &server);
  const int epfd = epoll_create1(0);
  struct epoll_event e = {EPOLLIN, {.fd = server}};
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, server, &e) == 0);
  for (int k = 0; k < 4; k++) {
    int arguments[3] = {server, epfd, k};
    void *r;
    const pthread_t t = asleep(waits, arguments);
    CHECK(pthread_cancel(t) == 0 && pthread_join(t, &r) == 0 && r == PTHREAD_CANCELED);
  }
  send_all(client, "x", 1);
  CHECK(epoll_wait(epfd, &e, 1, 5000) == 1);
  close(epfd);
  char c;
  CHECK(recv(server, &c, 1, 0) == 1);
  close(server);
  CHECK(recv(client, &c, 1, 0) == 0);
  close(client);
}

TESTS(listener = listen_at(PORT, 0); RUN(pipe_signal); RUN(signals); RUN(handler_sends);
      RUN(shutdown_wakes_close_does_not); RUN(cancelled);)
