/* SPDX-License-Identifier: BSD-2-Clause */
/* The service is killed: no call hangs, connections report their end, what is new goes to the kernel. */
#include "harness.h"

enum { PORT = 7500, MORE_PORTS = 7510, MORE = 24 };
static int listener, clients[8], servers[8], more[MORE];
static uint64_t killed_at;

static void *blocked_receive(void *argument) {
  char c;
  errno = 0;
  const ssize_t r = recv(*(int *)argument, &c, 1, 0);
  CHECK(r < 0 && errno == ECONNRESET);
  CHECK(recv(*(int *)argument, &c, 1, 0) == 0);
  return NULL;
}

static void *blocked_send(void *argument) {
  static char data[100000];
  while (send(*(int *)argument, data, sizeof data, MSG_NOSIGNAL) > 0) {
  }
  CHECK(errno == ECONNRESET);
  CHECK(send(*(int *)argument, data, 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
  return NULL;
}

/* The kernel's twin goes on: after the death the kernel's connection is accepted. */
static void *blocked_accept(void *argument) {
  const int fd = accept(*(int *)argument, NULL, NULL);
  CHECK(fd >= 0 && !is_joyride(fd));
  close(fd);
  return NULL;
}

/* Waits until `fd` is reported, and says with what. A listener never has anything to tell but connections. */
static uint32_t reported(int epfd, int fd) {
  for (;;) {
    struct epoll_event out[4];
    const int n = epoll_wait(epfd, out, 4, 5000);
    CHECK(n > 0);
    uint32_t events = 0;
    for (int k = 0; k < n; k++) {
      if (out[k].data.fd == fd) events = out[k].events;
      CHECK(out[k].data.fd == servers[3] || out[k].events == EPOLLIN);
    }
    if (events) return events;
    sleep_ms(1); /* a listener that its own thread accepts from */
  }
}

static void *blocked_epoll(void *argument) {
  const int epfd = epoll_create1(0);
  const int mine = *(int *)argument;
  struct epoll_event e = {EPOLLIN, {.fd = mine}};
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, mine, &e) == 0);
  e.data.fd = listener;
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &e) == 0);
  for (int k = 0; k < MORE; k++) {
    e.data.fd = more[k];
    CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, more[k], &e) == 0);
  }
  CHECK((reported(epfd, mine) & (EPOLLERR | EPOLLHUP)) == (EPOLLERR | EPOLLHUP));
  int error;
  socklen_t l = sizeof error;
  CHECK(getsockopt(mine, SOL_SOCKET, SO_ERROR, &error, &l) == 0 && error == ECONNRESET);
  CHECK(epoll_ctl(epfd, EPOLL_CTL_DEL, mine, NULL) == 0);
  /* the listener's member is the kernel's now */
  CHECK(reported(epfd, listener) == EPOLLIN);
  close(epfd);
  return NULL;
}

static void *blocked_poll(void *argument) {
  struct pollfd p = {*(int *)argument, POLLIN, 0};
  CHECK(poll(&p, 1, -1) == 1 && (p.revents & POLLERR));
  return NULL;
}

/* Never sleeps, never makes a system call of its own: it learns of the end all the same. */
static void *busy_epoll(void *argument) {
  const int epfd = epoll_create1(0);
  struct epoll_event e = {EPOLLIN, {.fd = *(int *)argument}};
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, *(int *)argument, &e) == 0);
  while (epoll_wait(epfd, &e, 1, 0) == 0) {
  }
  CHECK(e.events & EPOLLERR);
  close(epfd);
  return NULL;
}

static void *kills(void *unused) {
  sleep_ms(100);
  killed_at = now_ns();
  CHECK(kill(service_pid(), SIGKILL) == 0);
  return unused;
}

static int connection_to(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = address(port);
  CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) == 0);
  return fd;
}

static int kernel_connection(void) { return connection_to(PORT); }

static int old_set;

static void death(void) {
  struct epoll_event e = {EPOLLIN, {.fd = listener}};
  old_set = epoll_create1(0);
  CHECK(epoll_ctl(old_set, EPOLL_CTL_ADD, listener, &e) == 0);
  for (int k = 0; k < 8; k++) connected(listener, PORT, &clients[k], &servers[k]);
  void *(*const work[])(void *) = {blocked_receive, blocked_send, blocked_accept, blocked_epoll, blocked_poll, busy_epoll, kills};
  pthread_t t[7], acceptors[MORE];
  for (int k = 0; k < MORE; k++) {
    more[k] = listen_at((uint16_t)(MORE_PORTS + k), 0);
    CHECK(pthread_create(&acceptors[k], NULL, blocked_accept, &more[k]) == 0);
  }
  for (int k = 0; k < 7; k++) CHECK(pthread_create(&t[k], NULL, work[k], k == 2 ? &listener : &servers[k]) == 0);
  send_all(servers[7], "left behind", 11);
  char buffer[16];
  CHECK(recv(clients[7], buffer, 4, MSG_WAITALL) == 4);
  for (int k = 6; k >= 0; k--) {
    if (k == 2 || k == 3) continue;
    pthread_join(t[k], NULL);
  }
  const int first = kernel_connection(), second = kernel_connection();
  CHECK(!is_joyride(first));
  pthread_join(t[2], NULL);
  pthread_join(t[3], NULL);
  for (int k = 0; k < MORE; k++) {
    const int client = connection_to((uint16_t)(MORE_PORTS + k));
    pthread_join(acceptors[k], NULL);
    close(client);
    close(more[k]);
  }
  CHECK(now_ns() - killed_at < 1000000000u);
  /* bytes that had come are still there */
  CHECK(recv(clients[7], buffer, sizeof buffer, 0) == 7 && memcmp(buffer, " behind", 7) == 0);
  CHECK(recv(clients[7], buffer, 1, 0) < 0 && errno == ECONNRESET);
  close(first);
  close(second);
  for (int k = 0; k < 8; k++) {
    close(clients[k]);
    close(servers[k]);
  }
  struct pollfd left = {listener, POLLIN, 0};
  while (poll(&left, 1, 0) > 0) close(accept(listener, NULL, NULL));
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  child_ok(pid);
}

/* Connects until that is over Joyride; each connection is accepted by `epfd`'s word. */
static void until_joyride(int epfd) {
  for (int k = 0;; k++) {
    CHECK(k < 100);
    const int client = kernel_connection();
    const bool over = is_joyride(client);
    struct epoll_event e;
    CHECK(epoll_wait(epfd, &e, 1, 5000) == 1 && e.data.fd == listener);
    const int server = accept(listener, NULL, NULL);
    CHECK(server >= 0 && is_joyride(server) == over);
    send_all(client, "hello", 5);
    char buffer[5];
    receive_all(server, buffer, 5);
    close(server);
    close(client);
    if (over) return;
    sleep_ms(100);
  }
}

/* The listener of the service before: the first that comes by the kernel makes it Joyride's again, also in an epoll set that it
 * was in all the time, beside one that has been Joyride's since. */
static void listener_is_taken_up(int other) {
  until_joyride(old_set);
  struct epoll_event e = {EPOLLIN, {.fd = other}};
  CHECK(epoll_ctl(old_set, EPOLL_CTL_ADD, other, &e) == 0);
  until_joyride(old_set);
  close(old_set);
}

/* A new service: new sockets are Joyride's again, also of a program that has emptied its environment since, as nginx's workers do. */
static void new_service(void) {
  char service[4096];
  char *path = strdup(getenv("JOYRIDE_ATTACH"));
  unsetenv("JOYRIDE_ATTACH");
  const ssize_t n = readlink("/proc/self/exe", service, sizeof service - 1);
  CHECK(n > 0);
  service[n] = 0;
  strcpy(strrchr(service, '/'), "/test_service");
  char *argv[] = {service, path, NULL};
  const pid_t pid = start(argv, false, NULL);
  int fresh = -1;
  for (int k = 0; k < 40 && fresh < 0; k++) {
    sleep_ms(100);
    const int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in a = address(7501);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
    CHECK(bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 10) == 0);
    const int probe = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(probe, (struct sockaddr *)&a, sizeof a) == 0);
    if (is_joyride(probe)) fresh = fd;
    const int server = accept(fd, NULL, NULL);
    send_all(probe, "hello", 5);
    char buffer[5];
    receive_all(server, buffer, 5);
    close(server);
    close(probe);
    if (fresh < 0) close(fd);
  }
  CHECK(fresh >= 0);
  listener_is_taken_up(fresh);
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  free(path);
}

TESTS(listener = listen_at(PORT, 0); RUN(death); RUN(new_service);)
