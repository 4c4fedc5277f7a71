/* SPDX-License-Identifier: BSD-2-Clause */
/* How connections begin and end: connect, refusal, names, shutdown, lingering, both families. */
#include "talk.h"

static int listener;
enum { PORT = 7300, REFUSED = 9 };

static void pair(int *client, int *server) { connected(listener, PORT, client, server); }

static int error_of(int fd) {
  int e = -1;
  socklen_t l = sizeof e;
  CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &l) == 0 && l == sizeof e);
  return e;
}

static void connect_nonblocking(void) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in a = address(PORT);
  const int r = connect(fd, (struct sockaddr *)&a, sizeof a);
  CHECK(r == 0 || errno == EINPROGRESS);
  CHECK(polled(fd, POLLOUT, 5000) == POLLOUT);
  CHECK(error_of(fd) == 0);
  if (r < 0) CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) == 0);
  CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) < 0 && errno == EISCONN);
  const int server = accept(listener, NULL, NULL);
  char c;
  CHECK(recv(fd, &c, 1, 0) < 0 && errno == EAGAIN);
  CHECK(recv(server, &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
  close(fd);
  CHECK(read(server, &c, 1) == 0);
  close(server);
}

static void *accept_once(void *fd) {
  CHECK(accept(*(int *)fd, NULL, NULL) < 0 && errno == EINVAL);
  return NULL;
}

/* As on Linux: a listener that was shut down listens no more, its accept ends, and listen begins anew. */
static void listener_shutdown(void) {
  const int fd = listen_at(7396, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = address(7396);
  const pthread_t t = asleep(accept_once, (void *)&fd);
  CHECK(shutdown(fd, SHUT_RDWR) == 0);
  pthread_join(t, NULL);
  CHECK(connect(client, (struct sockaddr *)&a, sizeof a) < 0 && errno == ECONNREFUSED);
  CHECK(accept(fd, NULL, NULL) < 0 && errno == EINVAL);
  CHECK(listen(fd, 5) == 0);
  const int again = connect_to(7396), server = accept(fd, NULL, NULL);
  CHECK(server >= 0 && is_joyride(server));
  close(again);
  close(server);
  close(client);
  close(fd);
}

static void refused(void) {
  struct sockaddr_in a = address(REFUSED), good = address(PORT), forbidden = a;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) < 0 && errno == ECONNREFUSED);
  CHECK(connect(fd, (struct sockaddr *)&good, sizeof good) == 0 && is_joyride(fd));
  close(fd);
  close(accept(listener, NULL, NULL));
  fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) < 0);
  if (errno == EINPROGRESS) {
    CHECK(polled(fd, POLLOUT, 5000) == (POLLOUT | POLLERR | POLLHUP));
    CHECK(error_of(fd) == ECONNREFUSED && error_of(fd) == 0);
  } else {
    CHECK(errno == ECONNREFUSED);
  }
  close(fd);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  inet_pton(AF_INET, "127.77.0.99", &forbidden.sin_addr);
  CHECK(connect(fd, (struct sockaddr *)&forbidden, sizeof forbidden) < 0 && errno == EACCES);
  /* rules of the policy: 7990 and 7991 are not listened on, 7991 and 7992 are connected to by the kernel */
  const int allowed = listen_at(7992, 0), by_kernel = socket(AF_INET, SOCK_STREAM, 0), ruled = socket(AF_INET, SOCK_STREAM, 0);
  a = address(7992);
  CHECK(connect(by_kernel, (struct sockaddr *)&a, sizeof a) == 0 && !is_joyride(by_kernel));
  a = address(7990);
  CHECK(bind(ruled, (struct sockaddr *)&a, sizeof a) == 0);
  CHECK(listen(ruled, 5) < 0 && errno == EACCES);
  CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) < 0 && errno == ECONNREFUSED);
  close(allowed);
  close(by_kernel);
  close(ruled);
  /* nobody listens, on either side */
  a = address(7399);
  CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) < 0 && errno == ECONNREFUSED);
  close(fd);
}

static void names(void) {
  int client, server;
  pair(&client, &server);
  struct sockaddr_in local, remote;
  socklen_t l = sizeof local;
  CHECK(getsockname(client, (struct sockaddr *)&local, &l) == 0 && l == sizeof local);
  CHECK(getpeername(server, (struct sockaddr *)&remote, &l) == 0 && memcmp(&local, &remote, sizeof local) == 0);
  CHECK(getpeername(client, (struct sockaddr *)&remote, &l) == 0 && ntohs(remote.sin_port) == PORT);
  CHECK(getsockname(listener, (struct sockaddr *)&local, &l) == 0 && ntohs(local.sin_port) == PORT);
  CHECK(getpeername(listener, (struct sockaddr *)&local, &l) < 0 && errno == ENOTCONN);
  char small[4];
  l = sizeof small;
  CHECK(getpeername(client, (struct sockaddr *)small, &l) == 0 && l == sizeof local);
  close(client);
  close(server);
  client = connect_to(PORT);
  l = sizeof remote;
  server = accept(listener, (struct sockaddr *)&remote, &l);
  CHECK(server >= 0 && l == sizeof remote && remote.sin_family == AF_INET && remote.sin_port != 0);
  close(client);
  close(server);
}

static void ended(void) {
  int client, server;
  char c;
  pair(&client, &server);
  CHECK(send(client, "abc", 3, 0) == 3);
  close(client);
  CHECK(polled(server, POLLIN | POLLRDHUP, 5000) & POLLIN);
  CHECK(recv(server, &c, 1, 0) == 1 && recv(server, &c, 1, 0) == 1 && recv(server, &c, 1, 0) == 1);
  CHECK(recv(server, &c, 1, 0) == 0 && recv(server, &c, 1, 0) == 0);
  CHECK(polled(server, POLLIN | POLLRDHUP, 0) == (POLLIN | POLLRDHUP));
  /* the peer is gone: the first send finds out, later ones fail */
  signal(SIGPIPE, SIG_IGN);
  CHECK(send(server, "x", 1, 0) == 1);
  for (int k = 0; k < 500 && send(server, "x", 1, 0) == 1; k++) sleep_ms(1);
  CHECK(errno == ECONNRESET || errno == EPIPE);
  CHECK(send(server, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
  close(server);
}

static void lingering(void) {
  int client, server;
  pair(&client, &server);
  struct linger g = {1, 0};
  char c;
  CHECK(setsockopt(client, SOL_SOCKET, SO_LINGER, &g, sizeof g) == 0);
  close(client);
  CHECK(recv(server, &c, 1, 0) < 0 && errno == ECONNRESET);
  CHECK(recv(server, &c, 1, 0) == 0);
  close(server);
  pair(&client, &server);
  g.l_linger = 2;
  CHECK(setsockopt(client, SOL_SOCKET, SO_LINGER, &g, sizeof g) == 0);
  send_all(client, "x", 1);
  close(client);
  CHECK(recv(server, &c, 1, 0) == 1 && recv(server, &c, 1, 0) == 0);
  close(server);
}

static void ipv6_and_the_rest(void) {
  CHECK(socket(AF_INET, SOCK_DGRAM, 0) >= 0);
  const int fd = socket(AF_INET6, SOCK_STREAM, 0);
  if (fd < 0) return;
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
  char mapped[64];
  snprintf(mapped, sizeof mapped, "::ffff:%s", ADDRESS);
  inet_pton(AF_INET6, mapped, &a.sin6_addr);
  CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) == 0 && is_joyride(fd));
  socklen_t l = sizeof a;
  CHECK(getpeername(fd, (struct sockaddr *)&a, &l) == 0 && a.sin6_family == AF_INET6 && l == sizeof a);
  close(fd);
  close(accept(listener, NULL, NULL));
  /* both wildcards on one port, as many servers have it */
  const uint16_t port = (uint16_t)(20000 + getpid() % 10000);
  const int four = socket(AF_INET, SOCK_STREAM, 0), six = socket(AF_INET6, SOCK_STREAM, 0), yes = 1;
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  CHECK(setsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0);
  CHECK(setsockopt(four, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
  CHECK(setsockopt(six, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
  CHECK(bind(four, (struct sockaddr *)&any, sizeof any) == 0 && listen(four, 1) == 0);
  CHECK(bind(six, (struct sockaddr *)&any6, sizeof any6) == 0 && listen(six, 1) == 0);
  close(four);
  close(six);
}

TESTS(listener = listen_at(PORT, 0); RUN(connect_nonblocking); RUN(refused); RUN(listener_shutdown);
      RUN(names); RUN(ended); RUN(lingering); RUN(ipv6_and_the_rest);)
