/* SPDX-License-Identifier: BSD-2-Clause */
/* Socket options, on sockets of every state, and the time limits among them. */
#include "joyride.h"
#include "talk.h"

static int listener;
enum { PORT = 7320 };

static void pair(int *client, int *server) { connected(listener, PORT, client, server); }

static int get(int fd, int level, int name) {
  int v = -1;
  socklen_t l = sizeof v;
  CHECK(getsockopt(fd, level, name, &v, &l) == 0);
  return v;
}

static void set(int fd, int level, int name, int v) { CHECK(setsockopt(fd, level, name, &v, sizeof v) == 0); }

static void options_of(int fd) {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  CHECK(get(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
  set(fd, IPPROTO_TCP, TCP_NODELAY, 0);
  CHECK(get(fd, IPPROTO_TCP, TCP_NODELAY) == 0);
  set(fd, SOL_SOCKET, SO_SNDBUF, 50000);
  CHECK(get(fd, SOL_SOCKET, SO_SNDBUF) == 100000);
  set(fd, SOL_SOCKET, SO_RCVBUF, 40000);
  CHECK(get(fd, SOL_SOCKET, SO_RCVBUF) == 80000);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 33);
  CHECK(get(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 33 && get(fd, IPPROTO_TCP, TCP_KEEPINTVL) == 75);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  CHECK(get(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
  struct linger g = {1, 3};
  socklen_t l = sizeof g;
  CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &g, sizeof g) == 0);
  g = (struct linger){0, 0};
  CHECK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &g, &l) == 0 && g.l_onoff == 1 && g.l_linger == 3);
  g = (struct linger){0, 0};
  CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &g, sizeof g) == 0);
  struct timeval t = {1, 500000};
  l = sizeof t;
  CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) == 0);
  t = (struct timeval){0, 0};
  CHECK(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, &l) == 0 && t.tv_sec == 1 && t.tv_usec == 500000);
  CHECK(get(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM && get(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET);
  CHECK(get(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP && get(fd, IPPROTO_IP, IP_TTL) == 64);
  int v = 1;
  CHECK(setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &v, 1) < 0 && errno == EINVAL);
  v = 999;
  CHECK(setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &v, sizeof v) < 0 && errno == EINVAL);
  CHECK(setsockopt(fd, IPPROTO_TCP, 12345, &v, sizeof v) < 0 && errno == ENOPROTOOPT);
}

static void options(void) {
  int client, server;
  const int undecided = socket(AF_INET, SOCK_STREAM, 0);
  options_of(undecided);
  struct sockaddr_in a = address(PORT);
  CHECK(connect(undecided, (struct sockaddr *)&a, sizeof a) == 0 && is_joyride(undecided));
  CHECK(get(undecided, SOL_SOCKET, SO_SNDBUF) == 100000 && get(undecided, IPPROTO_TCP, TCP_KEEPIDLE) == 33);
  close(accept(listener, NULL, NULL));
  close(undecided);
  set(listener, IPPROTO_TCP, TCP_NODELAY, 1);
  pair(&client, &server);
  CHECK(get(server, IPPROTO_TCP, TCP_NODELAY) == 1 && get(client, IPPROTO_TCP, TCP_NODELAY) == 0);
  options_of(client);
  options_of(server);
  CHECK(get(listener, SOL_SOCKET, SO_ACCEPTCONN) == 1 && get(client, SOL_SOCKET, SO_ACCEPTCONN) == 0);
  close(client);
  close(server);
}

static void timeouts(void) {
  int client, server, error;
  pair(&client, &server);
  const struct timeval t = {0, 30000};
  CHECK(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) == 0);
  const double ms = timed_receive(server, &error);
  CHECK(error == EAGAIN && ms >= 29);
  CHECK(setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t) == 0);
  static char data[3000000];
  const uint64_t start = now_ns();
  const ssize_t n = send(client, data, sizeof data, 0);
  CHECK(n > 0 && n < (ssize_t)sizeof data && now_ns() - start >= 29000000);
  while (send(client, data, sizeof data, 0) > 0) {
  }
  CHECK(errno == EAGAIN);
  const struct timeval accepts = {0, 20000};
  CHECK(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &accepts, sizeof accepts) == 0);
  CHECK(accept(listener, NULL, NULL) < 0 && errno == EAGAIN);
  CHECK(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){0}, sizeof accepts) == 0);
  close(client);
  close(server);
}

static void congestion(int fd, const char *expected) {
  char name[16] = "";
  socklen_t l = sizeof name;
  CHECK(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &l) == 0 && strcmp(name, expected) == 0);
}

static int choose(int fd, const char *name) { return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name)); }

static int set_beta(int fd, uint32_t percent) {
  const struct cc_newreno_opts o = {CC_NEWRENO_BETA, percent};
  return setsockopt(fd, IPPROTO_TCP, TCP_CCALGOOPT, &o, sizeof o);
}

static uint32_t get_beta(int fd) {
  struct cc_newreno_opts o = {CC_NEWRENO_BETA, 0};
  socklen_t l = sizeof o;
  CHECK(getsockopt(fd, IPPROTO_TCP, TCP_CCALGOOPT, &o, &l) == 0 && l == sizeof o);
  return o.val;
}

/* What only the service knows is kept until there is a connection, and checked at once. */
static void asked(void) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(choose(fd, "nosuch") < 0 && errno == ENOENT);
  CHECK(choose(fd, "newreno") == 0);
  congestion(fd, "newreno");
  CHECK(set_beta(fd, 101) < 0 && errno == EINVAL);
  CHECK(set_beta(fd, 60) == 0 && set_beta(fd, 70) == 0);
  CHECK(get_beta(fd) == 70);
  struct sockaddr_in a = address(PORT);
  CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) == 0 && is_joyride(fd));
  congestion(fd, "newreno");
  CHECK(get_beta(fd) == 70);
  CHECK(set_beta(fd, 80) == 0 && get_beta(fd) == 80);
  CHECK(choose(fd, "cubic") == 0);
  congestion(fd, "cubic");
  CHECK(set_beta(fd, 80) < 0 && errno == ENOENT);
  close(accept(listener, NULL, NULL));
  close(fd);
  const int other = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(choose(other, "newreno") == 0 && set_beta(other, 70) == 0);
  CHECK(choose(other, "cubic") == 0); /* another has none of its options */
  CHECK(set_beta(other, 70) < 0 && errno == ENOENT);
  CHECK(connect(other, (struct sockaddr *)&a, sizeof a) == 0 && is_joyride(other));
  congestion(other, "cubic");
  close(accept(listener, NULL, NULL));
  close(other);
}

TESTS(listener = listen_at(PORT, 0); RUN(options); RUN(timeouts); RUN(asked);)
