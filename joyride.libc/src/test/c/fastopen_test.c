/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fast Open by clients' calls, on the kernel's sockets first. Over the loopback the kernel gives no cookies here, so what is compared either knows none,
 * or needs none (TCP_FASTOPEN_NO_COOKIE).
 */
#include <netinet/tcp.h>

#include "harness.h"

#ifndef TCP_FASTOPEN_NO_COOKIE
#define TCP_FASTOPEN_NO_COOKIE 34
#endif

enum { REFUSED = 9, REPEATS = 3 };

static int plain(int flags) {
  const int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
  CHECK(fd >= 0);
  return fd;
}

static void set(int fd, int name, int value) { CHECK(setsockopt(fd, IPPROTO_TCP, name, &value, sizeof value) == 0); }

static int get(int fd, int name) {
  int value = -1;
  socklen_t l = sizeof value;
  CHECK(getsockopt(fd, IPPROTO_TCP, name, &value, &l) == 0);
  return value;
}

static ssize_t fast(int fd, uint16_t port, const char *text, int flags) {
  const struct sockaddr_in a = address(port);
  return sendto(fd, text, strlen(text), MSG_FASTOPEN | MSG_NOSIGNAL | flags, (const struct sockaddr *)&a, sizeof a);
}

static int try_connect(int fd, uint16_t port) {
  const struct sockaddr_in a = address(port);
  return connect(fd, (const struct sockaddr *)&a, sizeof a);
}

static void hears(int listener, const char *text) {
  char got[64] = {0};
  const int server = accept(listener, NULL, NULL);
  CHECK(server >= 0);
  receive_all(server, got, strlen(text));
  CHECK(strcmp(got, text) == 0);
  close(server);
}

static short events(int fd, int timeout) {
  struct pollfd p = {fd, POLLIN | POLLOUT, 0};
  CHECK(poll(&p, 1, timeout) >= 0);
  return p.revents;
}

/* A call that may wait connects and sends, cookie or not. */
static void sends_and_connects(void) {
  const int l = listen_at(2001, 0);
  for (int k = 0; k < REPEATS; k++) {
    const int fd = plain(0);
    CHECK(fast(fd, 2001, "hello", 0) == 5);
    CHECK(is_joyride(fd) != on_kernel());
    CHECK(send(fd, " there", 6, 0) == 6);
    CHECK(fast(fd, 2001, "again", 0) < 0 && errno == EISCONN);
    CHECK(send(fd, "again", 5, MSG_FASTOPEN) < 0 && errno == EISCONN);
    hears(l, "hello there");
    close(fd);
  }
  close(l);
}

static void message_connects(void) {
  const int l = listen_at(2002, 0), fd = plain(0);
  struct sockaddr_in a = address(2002);
  struct iovec parts[] = {{"one ", 4}, {"message", 7}};
  struct mmsghdr m = {.msg_hdr = {.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = parts, .msg_iovlen = 2}};
  CHECK(sendmmsg(fd, &m, 1, MSG_FASTOPEN) == 1 && m.msg_len == 11);
  hears(l, "one message");
  close(fd);
  close(l);
}

/* Without a cookie, a call that may not wait has sent nothing. */
static void nonblocking_asks_for_a_cookie(void) {
  const int l = listen_at(2003, 0), fd = plain(SOCK_NONBLOCK);
  CHECK(fast(fd, 2003, "hello", 0) < 0 && errno == EINPROGRESS);
  CHECK(events(fd, 5000) & POLLOUT);
  CHECK(fast(fd, 2003, "hello", 0) == 5); /* tells of the connect's success, and sends */
  CHECK(fast(fd, 2003, "hello", 0) < 0 && errno == EISCONN);
  hears(l, "hello");
  close(fd);
  const int other = plain(0);
  CHECK(fast(other, 2004, "x", MSG_DONTWAIT) < 0 && (errno == EINPROGRESS || errno == ECONNREFUSED));
  close(other);
  close(l);
}

static void nonblocking_sends_without_one(void) {
  const int l = listen_at(2005, 0), fd = plain(SOCK_NONBLOCK);
  set(fd, TCP_FASTOPEN_NO_COOKIE, 1);
  CHECK(fast(fd, 2005, "hello", 0) == 5);
  CHECK(events(fd, 5000) & POLLOUT);
  hears(l, "hello");
  close(fd);
  close(l);
}

static void refusals_are_told(void) {
  const struct sockaddr_in a = address(REFUSED);
  for (int k = 0; k < REPEATS; k++) {
    const int fd = plain(0);
    if (k) set(fd, TCP_FASTOPEN_NO_COOKIE, 1);
    CHECK(sendto(fd, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)&a, sizeof a) < 0 && errno == ECONNREFUSED);
    CHECK(sendto(fd, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)&a, sizeof a) < 0 && errno == ECONNREFUSED);
    close(fd);
  }
}

static void wrong_addresses_are_refused(void) {
  const int fd = plain(0);
  struct sockaddr_in6 six = {.sin6_family = AF_INET6};
  const struct sockaddr nothing = {.sa_family = AF_UNSPEC};
  CHECK(sendto(fd, "x", 1, MSG_FASTOPEN, NULL, 0) < 0 && errno == EINVAL);
  CHECK(send(fd, "x", 1, MSG_FASTOPEN) < 0 && errno == EINVAL);
  CHECK(sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&six, sizeof six) < 0 && errno == EAFNOSUPPORT);
  CHECK(sendto(fd, "x", 1, MSG_FASTOPEN, &nothing, sizeof nothing) < 0 && errno == EOPNOTSUPP);
  close(fd);
}

/* connect is over at once, and the first bytes make the connection. */
static void connect_waits_for_the_first_bytes(void) {
  const int l = listen_at(2006, SOCK_NONBLOCK), fd = plain(0);
  set(fd, TCP_FASTOPEN_CONNECT, 1);
  set(fd, TCP_FASTOPEN_NO_COOKIE, 1);
  CHECK(get(fd, TCP_FASTOPEN_CONNECT) == 1 && get(fd, TCP_FASTOPEN_NO_COOKIE) == 1);
  CHECK(try_connect(fd, 2006) == 0);
  nonblocking(fd); /* where it may block Linux waits for ever */
  CHECK(try_connect(fd, 2006) < 0 && errno == EISCONN);
  CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) == 0);
  CHECK(events(fd, 0) == POLLOUT);
  char c;
  CHECK(recv(fd, &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
  struct sockaddr_in a;
  socklen_t n = sizeof a;
  CHECK(getpeername(fd, (struct sockaddr *)&a, &n) < 0 && errno == ENOTCONN);
  CHECK(accept(l, NULL, NULL) < 0 && errno == EAGAIN); /* nobody has come */
  CHECK(write(fd, "first", 5) == 5);
  CHECK(getpeername(fd, (struct sockaddr *)&a, &n) == 0 && ntohs(a.sin_port) == 2006);
  CHECK(events(l, 5000) & POLLIN);
  hears(l, "first");
  int yes = 1;
  CHECK(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &yes, sizeof yes) < 0 && errno == EINVAL);
  CHECK(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, &yes, sizeof yes) < 0 && errno == EINVAL);
  close(fd);
  close(l);
}

static void connect_may_be_given_up(void) {
  const int l = listen_at(2007, SOCK_NONBLOCK), fd = plain(0);
  set(fd, TCP_FASTOPEN_CONNECT, 1);
  set(fd, TCP_FASTOPEN_NO_COOKIE, 1);
  CHECK(try_connect(fd, 2007) == 0);
  close(fd);
  sleep_ms(20);
  CHECK(accept(l, NULL, NULL) < 0 && errno == EAGAIN);
  close(l);
}

static void connect_tells_of_a_refusal_when_written(void) {
  const int fd = plain(0);
  set(fd, TCP_FASTOPEN_CONNECT, 1);
  set(fd, TCP_FASTOPEN_NO_COOKIE, 1);
  CHECK(try_connect(fd, REFUSED) == 0);
  CHECK(send(fd, "x", 1, MSG_NOSIGNAL) < 0 && errno == ECONNREFUSED);
  CHECK(try_connect(fd, REFUSED) == 0);
  close(fd);
}

static void connect_without_a_cookie_is_a_connect(void) {
  const int l = listen_at(2008, SOCK_NONBLOCK), fd = plain(SOCK_NONBLOCK);
  set(fd, TCP_FASTOPEN_CONNECT, 1);
  CHECK(try_connect(fd, 2008) < 0 && errno == EINPROGRESS);
  CHECK(events(l, 5000) & POLLIN);
  CHECK(events(fd, 5000) & POLLOUT);
  CHECK(try_connect(fd, 2008) == 0);
  CHECK(send(fd, "hello", 5, 0) == 5);
  hears(l, "hello");
  close(fd);
  close(l);
}

/* More than a SYN takes. */
static void long_writes_go_on(void) {
  enum { SIZE = 3000000 };
  const int l = listen_at(2009, 0), fd = plain(0);
  set(fd, TCP_FASTOPEN_CONNECT, 1);
  set(fd, TCP_FASTOPEN_NO_COOKIE, 1);
  CHECK(try_connect(fd, 2009) == 0);
  char *sent = malloc(SIZE), *got = malloc(SIZE);
  for (int k = 0; k < SIZE; k++) sent[k] = (char)(k * 7 >> 3);
  const pid_t child = fork();
  if (child == 0) {
    send_all(fd, sent, SIZE);
    _exit(0);
  }
  close(fd);
  const int server = accept(l, NULL, NULL);
  receive_all(server, got, SIZE);
  CHECK(memcmp(sent, got, SIZE) == 0);
  child_ok(child);
  close(server);
  close(l);
}

static void listeners_take_the_options(void) {
  const int l = listen_at(2010, 0);
  set(l, TCP_FASTOPEN, 5);
  set(l, TCP_FASTOPEN_NO_COOKIE, 1);
  CHECK(get(l, TCP_FASTOPEN) == 5 && get(l, TCP_FASTOPEN_NO_COOKIE) == 1);
  int yes = 1;
  CHECK(setsockopt(l, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &yes, sizeof yes) < 0 && errno == EINVAL);
  close(l);
}

/* The test service gives a cookie to who asked once. */
static void a_cookie_is_used_the_next_time(void) {
  if (on_kernel()) return;
  const int l = listen_at(2011, SOCK_NONBLOCK);
  int fd = plain(SOCK_NONBLOCK);
  CHECK(fast(fd, 2011, "one", 0) < 0 && errno == EINPROGRESS);
  close(fd);
  fd = plain(SOCK_NONBLOCK);
  CHECK(fast(fd, 2011, "two", 0) == 3);
  CHECK(try_connect(fd, 2011) < 0 ? errno == EALREADY : true);
  close(fd);
  fd = plain(0);
  set(fd, TCP_FASTOPEN_CONNECT, 1);
  CHECK(try_connect(fd, 2011) == 0);
  CHECK(events(fd, 0) == POLLOUT);
  CHECK(fast(fd, 2011, "three", 0) == 5);
  close(fd);
  close(l);
}

COMPARED_TESTS(RUN(sends_and_connects); RUN(message_connects); RUN(nonblocking_asks_for_a_cookie);
         RUN(nonblocking_sends_without_one); RUN(refusals_are_told); RUN(wrong_addresses_are_refused);
         RUN(connect_waits_for_the_first_bytes); RUN(connect_may_be_given_up);
         RUN(connect_tells_of_a_refusal_when_written); RUN(connect_without_a_cookie_is_a_connect); RUN(long_writes_go_on);
         RUN(listeners_take_the_options); RUN(a_cookie_is_used_the_next_time);)
