/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections that carry bytes: blocking and by epoll, between threads and between processes. */
#include "harness.h"

static void *echo_server(void *argument) {
  const int listener = *(int *)argument;
  const int fd = accept(listener, NULL, NULL);
  CHECK(fd >= 0);
  char buffer[10000];
  ssize_t n;
  while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0) send_all(fd, buffer, (size_t)n);
  CHECK(n == 0);
  close(fd);
  return NULL;
}

static void echo_rounds(int fd, size_t most) {
  uint8_t *out = malloc(most), *in = malloc(most);
  uint32_t x = 1;
  for (size_t size = 1; size <= most; size = size * 3 + 1) {
    for (size_t k = 0; k < size; k++) out[k] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
    for (int k = 0; k < 5; k++) {
      send_all(fd, out, size);
      memset(in, 0, size);
      receive_all(fd, in, size);
      CHECK(memcmp(in, out, size) == 0);
    }
  }
  free(out);
  free(in);
}

static void blocking_threads(void) {
  int listener = listen_at(7001, 0);
  pthread_t server;
  CHECK(pthread_create(&server, NULL, echo_server, &listener) == 0);
  const int fd = connect_to(7001);
  echo_rounds(fd, 100000);
  CHECK(shutdown(fd, SHUT_WR) == 0);
  char c;
  CHECK(recv(fd, &c, 1, 0) == 0);
  pthread_join(server, NULL);
  close(fd);
  close(listener);
}

static void blocking_processes(void) {
  int listener = listen_at(7002, 0);
  const pid_t pid = fork();
  if (pid == 0) {
    echo_server(&listener);
    _exit(0);
  }
  close(listener);
  const int fd = connect_to(7002);
  echo_rounds(fd, 100000);
  CHECK(shutdown(fd, SHUT_WR) == 0);
  char c;
  CHECK(recv(fd, &c, 1, 0) == 0);
  close(fd);
  child_ok(pid);
}

enum { CLIENTS = 20 };

static void *epoll_server(void *argument) {
  const int listener = *(int *)argument, epfd = epoll_create1(0);
  struct epoll_event e = {EPOLLIN, {.fd = listener}}, events[8];
  nonblocking(listener);
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &e) == 0);
  int ended = 0;
  while (ended < CLIENTS) {
    const int n = epoll_wait(epfd, events, 8, 5000);
    CHECK(n > 0);
    for (int k = 0; k < n; k++) {
      int fd = events[k].data.fd;
      if (fd == listener) {
        while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          CHECK(is_joyride(fd) && (fcntl(fd, F_GETFL) & O_NONBLOCK));
          e = (struct epoll_event){EPOLLIN, {.fd = fd}};
          CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &e) == 0);
        }
        CHECK(errno == EAGAIN);
        continue;
      }
      char buffer[1000];
      const ssize_t r = recv(fd, buffer, sizeof buffer, 0);
      CHECK(r >= 0);
      if (r > 0) {
        send_all(fd, buffer, (size_t)r);
      } else {
        close(fd);
        ended++;
      }
    }
  }
  close(epfd);
  return NULL;
}

static void epoll_clients(void) {
  int listener = listen_at(7003, 0), fds[CLIENTS];
  pthread_t server;
  CHECK(pthread_create(&server, NULL, epoll_server, &listener) == 0);
  for (int k = 0; k < CLIENTS; k++) fds[k] = connect_to(7003);
  for (int round = 0; round < 50; round++) {
    for (int k = 0; k < CLIENTS; k++) {
      char text[32];
      const int n = snprintf(text, sizeof text, "%d of %d", round, k);
      send_all(fds[k], text, (size_t)n);
    }
    for (int k = 0; k < CLIENTS; k++) {
      char text[32], back[32];
      const int n = snprintf(text, sizeof text, "%d of %d", round, k);
      receive_all(fds[k], back, (size_t)n);
      CHECK(memcmp(text, back, (size_t)n) == 0);
    }
  }
  for (int k = 0; k < CLIENTS; k++) close(fds[k]);
  pthread_join(server, NULL);
  close(listener);
}

static void *sink(void *argument) {
  const int fd = *(int *)argument;
  uint64_t sum = 0, count = 0;
  static uint8_t buffer[200000];
  ssize_t n;
  while ((n = read(fd, buffer, sizeof buffer)) > 0)
    for (ssize_t k = 0; k < n; k++) {
      CHECK(buffer[k] == (uint8_t)(count * 7 + (count >> 8)));
      count++;
      sum += buffer[k];
    }
  CHECK(n == 0 && count == 20000000);
  return NULL;
}

static void bulk(void) {
  int listener = listen_at(7004, 0), client, server;
  connected(listener, 7004, &client, &server);
  pthread_t reader;
  CHECK(pthread_create(&reader, NULL, sink, &server) == 0);
  static uint8_t buffer[300000];
  for (uint64_t at = 0; at < 20000000;) {
    size_t n = sizeof buffer;
    if (n > 20000000 - at) n = 20000000 - at;
    for (size_t k = 0; k < n; k++) buffer[k] = (uint8_t)((at + k) * 7 + ((at + k) >> 8));
    CHECK(write(client, buffer, n) == (ssize_t)n);
    at += n;
  }
  CHECK(shutdown(client, SHUT_WR) == 0);
  pthread_join(reader, NULL);
  close(client);
  close(server);
  close(listener);
}

static void kernel_still_works(void) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t l = sizeof a;
  CHECK(bind(listener, (struct sockaddr *)&a, sizeof a) == 0 && listen(listener, 5) == 0);
  CHECK(getsockname(listener, (struct sockaddr *)&a, &l) == 0 && a.sin_port != 0);
  CHECK(connect(client, (struct sockaddr *)&a, sizeof a) == 0 && !is_joyride(client));
  const int server = accept(listener, NULL, NULL);
  CHECK(server >= 0 && !is_joyride(server));
  send_all(client, "kernel", 6);
  char buffer[6];
  receive_all(server, buffer, 6);
  close(client);
  close(server);
  close(listener);
}

/* The wildcard listens on both sides; accept serves both. */
static void both_sides(void) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0), kernel = socket(AF_INET, SOCK_STREAM, 0);
  const uint16_t port = (uint16_t)(20000 + getpid() % 10000);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  const int yes = 1;
  CHECK(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
  CHECK(bind(listener, (struct sockaddr *)&a, sizeof a) == 0 && listen(listener, 5) == 0);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(connect(kernel, (struct sockaddr *)&a, sizeof a) == 0 && !is_joyride(kernel));
  const int ours = connect_to(port);
  int joyrides = 0;
  for (int k = 0; k < 2; k++) {
    const int fd = accept(listener, NULL, NULL);
    CHECK(fd >= 0);
    joyrides += is_joyride(fd);
    close(fd);
  }
  CHECK(joyrides == 1);
  close(ours);
  close(kernel);
  close(listener);
}

TESTS(RUN(blocking_threads); RUN(blocking_processes); RUN(epoll_clients); RUN(bulk); RUN(kernel_still_works); RUN(both_sides);)
