/* SPDX-License-Identifier: BSD-2-Clause */
/* Urgent data: MSG_OOB, SO_OOBINLINE, SIOCATMARK, POLLPRI. As on Linux, where the same tests run first. */
#include "harness.h"

#include <sys/ioctl.h>
#include <sys/select.h>

static int listener, client, server;
enum { PORT = 7310 };

static void begin(void) {
  connected(listener, PORT, &client, &server);
  const struct timeval limit = {10, 0};
  CHECK(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
}

static void end(void) {
  close(client);
  close(server);
}

static short polled(short events, int timeout) {
  struct pollfd p = {server, events, 0};
  return poll(&p, 1, timeout) > 0 ? p.revents : 0;
}

static void arrives(void) { CHECK(polled(POLLPRI, 5000) == POLLPRI); }

static void mark(bool at) {
  int answer = -1;
  CHECK(ioctl(server, SIOCATMARK, &answer) == 0 && answer == at);
  CHECK(sockatmark(server) == at);
}

static int unread(void) {
  int there = -1;
  CHECK(ioctl(server, FIONREAD, &there) == 0);
  return there;
}

static void reads(const char *expected, int flags) {
  char buffer[64];
  const size_t n = strlen(expected);
  CHECK(recv(server, buffer, sizeof buffer, flags) == (ssize_t)n && memcmp(buffer, expected, n) == 0);
}

static void no_urgent(int error) {
  char c;
  CHECK(recv(server, &c, 1, MSG_OOB | MSG_DONTWAIT) < 0 && errno == error);
}

static void until_unread(int n) {
  for (int k = 0; k < 2000 && unread() != n; k++) sleep_ms(1);
  CHECK(unread() == n);
}

static void apart(void) {
  begin();
  no_urgent(EINVAL);
  mark(false);
  CHECK(send(client, "abc", 3, MSG_OOB) == 3);
  arrives();
  CHECK(polled(POLLIN | POLLPRI, 0) == (POLLIN | POLLPRI));
  CHECK(unread() == 2);
  mark(false);
  char c = 0;
  CHECK(recv(server, &c, 1, MSG_OOB | MSG_PEEK) == 1 && c == 'c');
  CHECK(recv(server, &c, 1, MSG_OOB) == 1 && c == 'c');
  no_urgent(EINVAL);
  CHECK(polled(POLLPRI, 0) == 0);
  reads("ab", 0);
  mark(true);
  CHECK(unread() == 0 && polled(POLLIN, 0) == 0);
  CHECK(recv(server, &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
  mark(false);
  CHECK(send(client, "de", 2, 0) == 2);
  CHECK(polled(POLLIN, 5000) == POLLIN);
  reads("de", 0);
  mark(false);
  end();
}

static void passed_over(void) {
  begin();
  CHECK(send(client, "ab!", 3, MSG_OOB) == 3 && send(client, "cd", 2, 0) == 2);
  arrives();
  char buffer[8] = {0};
  CHECK(recv(server, buffer, 8, MSG_PEEK) == 2 && recv(server, buffer, 5, MSG_WAITALL) == 2 && memcmp(buffer, "ab", 2) == 0);
  mark(true);
  CHECK(polled(POLLIN, 5000) == POLLIN);
  CHECK(recv(server, buffer, 2, MSG_WAITALL) == 2 && memcmp(buffer, "cd", 2) == 0);
  mark(false);
  no_urgent(EINVAL);
  end();
}

static void in_line(void) {
  const int yes = 1;
  begin();
  CHECK(setsockopt(server, SOL_SOCKET, SO_OOBINLINE, &yes, sizeof yes) == 0);
  CHECK(send(client, "ab!", 3, MSG_OOB) == 3 && send(client, "cd", 2, 0) == 2);
  arrives();
  until_unread(5);
  no_urgent(EINVAL);
  reads("ab", 0);
  mark(true);
  CHECK(polled(POLLIN | POLLPRI, 0) == (POLLIN | POLLPRI));
  reads("!cd", 0);
  mark(false);
  CHECK(polled(POLLPRI, 0) == 0);
  end();
}

static void *blocked(void *unused) {
  (void)unused;
  char buffer[8];
  CHECK(recv(server, buffer, 8, 0) == 2 && memcmp(buffer, "xy", 2) == 0);
  return NULL;
}

/* The byte alone is nothing to read, and wakes nobody who reads. */
static void not_readable(void) {
  begin();
  CHECK(send(client, "!", 1, MSG_OOB) == 1);
  arrives();
  CHECK(polled(POLLIN, 0) == 0 && unread() == 0);
  mark(true);
  const pthread_t t = asleep(blocked, NULL);
  CHECK(send(client, "xy", 2, 0) == 2);
  pthread_join(t, NULL);
  end();
}

static void newer_one(void) {
  begin();
  CHECK(send(client, "a1", 2, MSG_OOB) == 2);
  arrives();
  CHECK(send(client, "b2", 2, MSG_OOB) == 2);
  until_unread(3);
  reads("a1b", 0);
  mark(true);
  char c = 0;
  CHECK(recv(server, &c, 1, MSG_OOB) == 1 && c == '2');
  end();
}

static void events(void) {
  begin();
  const int set = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event e = {EPOLLPRI, {.u32 = 7}};
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, server, &e) == 0);
  CHECK(send(client, "plain", 5, 0) == 5);
  CHECK(polled(POLLIN, 5000) == POLLIN && epoll_wait(set, &e, 1, 0) == 0);
  CHECK(send(client, "!", 1, MSG_OOB) == 1);
  CHECK(epoll_wait(set, &e, 1, 5000) == 1 && e.events == EPOLLPRI && e.data.u32 == 7);
  fd_set x;
  FD_ZERO(&x);
  FD_SET(server, &x);
  struct timeval none = {0, 0};
  CHECK(select(server + 1, NULL, NULL, &x, &none) == 1 && FD_ISSET(server, &x));
  char c;
  struct iovec iov = {&c, 1};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
  CHECK(recvmsg(server, &m, MSG_OOB) == 1 && c == '!' && (m.msg_flags & MSG_OOB));
  CHECK(epoll_wait(set, &e, 1, 0) == 0);
  close(set);
  end();
}

static void last_of_many(void) {
  enum { MANY = 300000 };
  static char data[MANY];
  begin();
  memset(data, 'x', sizeof data);
  data[MANY - 1] = '!';
  const pid_t writer = fork();
  if (writer == 0) {
    for (size_t done = 0; done < MANY;) {
      const ssize_t r = send(client, data + done, MANY - done, MSG_OOB);
      CHECK(r > 0);
      done += (size_t)r;
    }
    _exit(0);
  }
  memset(data, 0, sizeof data);
  receive_all(server, data, MANY - 1);
  mark(true);
  char c = 0;
  CHECK(recv(server, &c, 1, MSG_OOB) == 1 && c == '!');
  child_ok(writer);
  shutdown(client, SHUT_WR);
  CHECK(recv(server, &c, 1, 0) == 0);
  end();
}

/* What Fast Open needs of a listener, and what getsockopt says of it; clients get their bytes with it as without. */
static void fast_open(void) {
  int queue = 5;
  socklen_t l = sizeof queue;
  CHECK(setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof queue) == 0);
  queue = 0;
  CHECK(getsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, &l) == 0 && queue == 5);
  queue = -1;
  CHECK(setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof queue) < 0 && errno == EINVAL);
  begin();
  queue = 3;
  CHECK(setsockopt(client, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof queue) < 0 && errno == EINVAL);
  send_all(client, "ab", 2);
  char buffer[2];
  receive_all(server, buffer, 2);
  end();
}

COMPARED_TESTS(listener = listen_at(PORT, 0); RUN(apart); RUN(passed_over); RUN(in_line); RUN(not_readable); RUN(newer_one);
               RUN(events); RUN(last_of_many); RUN(fast_open);)
