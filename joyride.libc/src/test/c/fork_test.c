/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that share sockets with their children: fork, pre-forked workers, and holders that are killed. */
#include "talk.h"

static int listener;
enum { PORT = 7200 };

static void pair(int *client, int *server) { connected(listener, PORT, client, server); }

/* Both processes use one socket; its end is told when the last has closed it. */
static void shared_socket(void) {
  int client, server;
  pair(&client, &server);
  const pid_t pid = fork();
  if (pid == 0) {
    close(client);
    CHECK(is_joyride(server));
    expect(server, "to child");
    say(server, "from child");
    close(server);
    _exit(0);
  }
  say(client, "to child");
  expect(client, "from child");
  child_ok(pid);
  say(server, "from parent");
  expect(client, "from parent");
  close(server);
  expect_end(client);
  close(client);
}

static void fork_before_connect(void) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = address(PORT);
  const pid_t pid = fork();
  if (pid == 0) {
    CHECK(connect(client, (struct sockaddr *)&a, sizeof a) == 0 && is_joyride(client));
    say(client, "child");
    _exit(0);
  }
  const int server = accept(listener, NULL, NULL);
  expect(server, "child");
  expect_end(server);
  child_ok(pid);
  close(client);
  close(server);
}

/* Several processes accept from one listener. */
static void prefork(void) {
  enum { WORKERS = 4, CLIENTS = 40 };
  pid_t pids[WORKERS];
  for (int k = 0; k < WORKERS; k++) {
    if ((pids[k] = fork()) != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      const int fd = accept(listener, NULL, NULL);
      CHECK(fd >= 0);
      expect(fd, "hello");
      say(fd, "world");
      close(fd);
    }
  }
  for (int k = 0; k < CLIENTS; k++) {
    const int fd = connect_to(PORT);
    say(fd, "hello");
    expect(fd, "world");
    expect_end(fd);
    close(fd);
  }
  for (int k = 0; k < WORKERS; k++) {
    kill(pids[k], SIGKILL);
    waitpid(pids[k], NULL, 0);
  }
}

/* Pre-forked workers, each with an epoll of its own over the shared listener, as nginx has them. */
static void prefork_epoll(void) {
  enum { WORKERS = 3, CLIENTS = 60 };
  pid_t pids[WORKERS];
  nonblocking(listener);
  for (int k = 0; k < WORKERS; k++) {
    if ((pids[k] = fork()) != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int epfd = epoll_create(1);
    struct epoll_event e = {EPOLLIN | (k == 0 ? EPOLLEXCLUSIVE : 0u), {.fd = listener}};
    CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &e) == 0);
    for (;;) {
      CHECK(epoll_wait(epfd, &e, 1, -1) == 1);
      if (e.data.fd == listener) {
        const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) continue;
        e = (struct epoll_event){EPOLLIN | EPOLLET, {.fd = fd}};
        CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &e) == 0);
      } else {
        char buffer[16];
        const ssize_t n = read(e.data.fd, buffer, sizeof buffer);
        if (n == 5) say(e.data.fd, "world");
        if (n == 0) close(e.data.fd);
      }
    }
  }
  for (int k = 0; k < CLIENTS; k++) {
    const int fd = connect_to(PORT);
    say(fd, "hello");
    expect(fd, "world");
    close(fd);
  }
  for (int k = 0; k < WORKERS; k++) {
    kill(pids[k], SIGKILL);
    waitpid(pids[k], NULL, 0);
  }
  CHECK(fcntl(listener, F_SETFL, 0) == 0);
}

static void killed_holder(void) {
  int client, server;
  pair(&client, &server);
  const pid_t pid = fork();
  if (pid == 0) {
    close(client);
    say(server, "alive");
    for (;;) pause();
  }
  close(server);
  expect(client, "alive");
  kill(pid, SIGKILL);
  expect_end(client);
  waitpid(pid, NULL, 0);
  close(client);
}

/* A process that dies while it sends, again and again, with the parent sending on the same socket. */
static void killed_sender(void) {
  int client, server;
  pair(&client, &server);
  pthread_t t;
  CHECK(pthread_create(&t, NULL, swallow, &server) == 0);
  for (int round = 0; round < 10; round++) {
    const pid_t pid = fork();
    if (pid == 0) {
      static char data[5000];
      for (;;) send_all(client, data, sizeof data);
    }
    static char data[3000];
    for (int k = 0; k < 50; k++) send_all(client, data, sizeof data);
    kill(pid, SIGKILL);
    for (int k = 0; k < 50; k++) send_all(client, data, sizeof data);
    waitpid(pid, NULL, 0);
  }
  shutdown(client, SHUT_WR);
  pthread_join(t, NULL);
  close(client);
  close(server);
}

/* A fork that nobody announces: the child's sockets are dead, new ones work, the parent is not disturbed. */
static void fork_unseen(void) {
  int client, server;
  pair(&client, &server);
  const pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
  if (pid == 0) {
    char c;
    CHECK(recv(client, &c, 1, 0) < 0 && errno == ECONNRESET);
    CHECK(send(client, &c, 1, MSG_NOSIGNAL) < 0);
    const int fresh = connect_to(PORT);
    say(fresh, "fresh");
    close(client);
    close(server);
    _exit(0);
  }
  const int fresh = accept(listener, NULL, NULL);
  expect(fresh, "fresh");
  expect_end(fresh);
  child_ok(pid);
  say(client, "as ever");
  expect(server, "as ever");
  close(fresh);
  close(client);
  close(server);
}

static void fork_storm(void) {
  int client, server;
  pair(&client, &server);
  for (int k = 0; k < 100; k++) {
    const pid_t pid = fork();
    if (pid == 0) {
      if (k % 3 == 0) kill(getpid(), SIGKILL);
      if (k % 3 == 1) say(client, "x");
      _exit(0);
    }
    waitpid(pid, NULL, 0);
    if (k % 3 == 1) expect(server, "x");
  }
  close(client);
  expect_end(server);
  close(server);
}

TESTS(listener = listen_at(PORT, 0); RUN(shared_socket); RUN(fork_before_connect); RUN(prefork);
      RUN(prefork_epoll); RUN(killed_holder); RUN(killed_sender); RUN(fork_storm); RUN(fork_unseen);)
