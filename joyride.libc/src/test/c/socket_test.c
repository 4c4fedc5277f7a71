/* SPDX-License-Identifier: BSD-2-Clause */
/* What socket calls answer: connecting, errors, flags, options, names, timeouts, signals. */
#include "harness.h"

#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static int listener;
enum { PORT = 7300, REFUSED = 9 };

static void pair(int *client, int *server) { connected(listener, PORT, client, server); }

static int error_of(int fd) {
  int e = -1;
  socklen_t l = sizeof e;
  CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &l) == 0 && l == sizeof e);
  return e;
}

static short polled(int fd, short events, int timeout) {
  struct pollfd p = {fd, events, 0};
  return poll(&p, 1, timeout) > 0 ? p.revents : 0;
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

static volatile sig_atomic_t caught;
static void catch (int number) { caught = number; }

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

static void flags(void) {
  int client, server;
  char buffer[16] = {0};
  pair(&client, &server);
  CHECK(send(client, "0123456789", 10, 0) == 10);
  CHECK(recv(server, buffer, 4, MSG_PEEK | MSG_WAITALL) == 4 && memcmp(buffer, "0123", 4) == 0);
  CHECK(recv(server, buffer, 2, 0) == 2 && memcmp(buffer, "01", 2) == 0);
  CHECK(recv(server, buffer, 3, MSG_TRUNC) == 3);
  int there = 0;
  for (int k = 0; k < 1000 && there != 5; k++) {
    CHECK(ioctl(server, FIONREAD, &there) == 0);
    sleep_ms(1);
  }
  CHECK(there == 5);
  struct iovec iov[3] = {{buffer, 1}, {NULL, 0}, {buffer + 1, 2}};
  CHECK(readv(server, iov, 3) == 3 && memcmp(buffer, "567", 3) == 0);
  struct sockaddr_in a;
  socklen_t l = sizeof a;
  CHECK(recvfrom(server, buffer, 1, 0, (struct sockaddr *)&a, &l) == 1 && l == 0 && buffer[0] == '8');
  struct msghdr m = {.msg_iov = iov, .msg_iovlen = 1, .msg_name = &a, .msg_namelen = sizeof a};
  CHECK(recvmsg(server, &m, 0) == 1 && buffer[0] == '9' && m.msg_namelen == 0);
  iov[0] = (struct iovec){"ab", 2};
  iov[2] = (struct iovec){"cd", 2};
  CHECK(writev(client, iov, 3) == 4);
  m = (struct msghdr){.msg_iov = iov, .msg_iovlen = 3};
  CHECK(sendmsg(client, &m, MSG_MORE) == 4);
  CHECK(sendto(client, "!", 1, 0, (struct sockaddr *)&a, sizeof a) == 1);
  CHECK(recv(server, buffer, 9, MSG_WAITALL) == 9 && memcmp(buffer, "abcdabcd!", 9) == 0);
  CHECK(recv(server, buffer, 1, MSG_OOB) < 0 && errno == EINVAL);
  CHECK(recv(server, buffer, 0, 0) == 0);
  int yes = 1;
  CHECK(ioctl(server, FIONBIO, &yes) == 0 && recv(server, buffer, 1, 0) < 0 && errno == EAGAIN);
  CHECK(fcntl(server, F_GETFL) == (O_RDWR | O_NONBLOCK));
  struct mmsghdr mm[2] = {{.msg_hdr = {.msg_iov = iov, .msg_iovlen = 1}}, {.msg_hdr = {.msg_iov = iov, .msg_iovlen = 1}}};
  CHECK(sendmmsg(client, mm, 2, 0) == 2 && mm[1].msg_len == 2);
  close(client);
  close(server);
  CHECK(recv(client, buffer, 1, 0) < 0 && errno == EBADF);
}

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

static double timed_receive(int fd, int *error) {
  char c;
  const uint64_t start = now_ns();
  errno = 0;
  CHECK(recv(fd, &c, 1, 0) < 0);
  *error = errno;
  return (double)(now_ns() - start) / 1e6;
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

static void files(void) {
  int client, server;
  pair(&client, &server);
  char path[] = "/tmp/joyride-file-XXXXXX";
  const int file = mkstemp(path);
  unlink(path);
  static char data[150000], back[150000];
  for (size_t k = 0; k < sizeof data; k++) data[k] = (char)(k * 31 >> 3);
  CHECK(write(file, data, sizeof data) == (ssize_t)sizeof data);
  off_t at = 1000;
  CHECK(sendfile(client, file, &at, 100000) == 100000 && at == 101000);
  receive_all(server, back, 100000);
  CHECK(memcmp(back, data + 1000, 100000) == 0);
  CHECK(lseek(file, 0, SEEK_SET) == 0);
  CHECK(sendfile(client, file, NULL, 1000000) == (ssize_t)sizeof data);
  receive_all(server, back, sizeof back);
  CHECK(memcmp(back, data, sizeof data) == 0);
  CHECK(sendfile(client, file, NULL, 100) == 0);
  /* without blocking: what there is no room or no memory for now is EAGAIN, not the file's end */
  nonblocking(client);
  pthread_t t;
  CHECK(pthread_create(&t, NULL, counts, &server) == 0);
  for (int k = 0; k < 100; k++)
    for (at = 0; at < (off_t)sizeof data;) {
      const ssize_t n = sendfile(client, file, &at, 70000);
      CHECK(n > 0 || (n < 0 && errno == EAGAIN));
      if (n < 0) CHECK(polled(client, POLLOUT, 5000) == POLLOUT);
    }
  CHECK(shutdown(client, SHUT_WR) == 0);
  long *total;
  pthread_join(t, (void **)&total);
  CHECK(total[0] + total[1] == 100 * (long)sizeof data);
  free(total);
  int ends[2];
  CHECK(pipe(ends) == 0 && sendfile(client, ends[0], NULL, 1) < 0 && errno == EINVAL);
  CHECK(splice(server, NULL, ends[1], NULL, 10, 0) < 0 && errno == EINVAL);
  close(ends[0]);
  close(ends[1]);
  close(file);
  close(client);
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

static struct tcp_md5sig key_for(const char *address, const char *secret) {
  struct sockaddr_in peer = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address)};
  struct tcp_md5sig key = {.tcpm_keylen = (uint16_t)strlen(secret)};
  memcpy(&key.tcpm_addr, &peer, sizeof peer);
  memcpy(key.tcpm_key, secret, strlen(secret));
  return key;
}

static int set_key(int fd, int name, const struct tcp_md5sig *key) {
  return setsockopt(fd, IPPROTO_TCP, name, key, sizeof *key);
}

static int kernel_state(int fd) {
  struct tcp_info kernels;
  socklen_t l = sizeof kernels;
  CHECK(syscall(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &kernels, &l) == 0);
  return kernels.tcpi_state;
}

/* A socket with a key, or without, that tries to connect for a moment. */
static int try_with(const char *secret, uint16_t port, bool connects) {
  const struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(ADDRESS)};
  const struct tcp_md5sig key = key_for(ADDRESS, secret);
  const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = to.sin_addr}; /* whose key the listener has */
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(!*secret || set_key(fd, TCP_MD5SIG, &key) == 0);
  CHECK(bind(fd, (const struct sockaddr *)&from, sizeof from) == 0);
  nonblocking(fd);
  CHECK(connect(fd, (const struct sockaddr *)&to, sizeof to) < 0 && errno == EINPROGRESS);
  CHECK(kernel_state(fd) == TCP_CLOSE);
  struct pollfd p = {.fd = fd, .events = POLLOUT};
  CHECK(poll(&p, 1, connects ? 5000 : 50) == connects);
  return fd;
}

/* Who asks for signed segments gets them, before the first one goes (RFC 2385). */
static void signed_segments(void) {
  const int plain = socket(AF_INET, SOCK_STREAM, 0);
  struct tcp_md5sig key = key_for(ADDRESS, "key");
  if (set_key(plain, TCP_MD5SIG, &key) < 0 && errno == ENOPROTOOPT) {
    close(plain);
    printf("no TCP-MD5 in this kernel, so none over Joyride\n");
    return;
  }
  struct tcp_md5sig wrong = key;
  wrong.tcpm_keylen = TCP_MD5SIG_MAXKEYLEN + 1;
  CHECK(set_key(plain, TCP_MD5SIG, &wrong) < 0 && errno == EINVAL);
  CHECK(setsockopt(plain, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key - 1) < 0 && errno == EINVAL);
  close(plain);

  /* the listener has no key */
  close(try_with("key", PORT, false));
  /* it gets one while it listens, for a prefix; the longer prefix counts */
  struct tcp_md5sig net = key_for("127.0.0.0", "net");
  net.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
  net.tcpm_prefixlen = 8;
  CHECK(set_key(listener, TCP_MD5SIG_EXT, &net) == 0);
  close(try_with("", PORT, false));
  close(try_with("key", PORT, false));
  close(try_with("net", PORT, true));
  close(accept(listener, NULL, NULL));
  CHECK(set_key(listener, TCP_MD5SIG, &key) == 0);
  close(try_with("net", PORT, false));
  const int signing = try_with("key", PORT, true);
  const int accepted = accept(listener, NULL, NULL);
  CHECK(is_joyride(accepted) && send(signing, "x", 1, 0) == 1);
  char byte;
  CHECK(recv(accepted, &byte, 1, 0) == 1);
  /* on a connection, too */
  CHECK(set_key(accepted, TCP_MD5SIG, &key) == 0);
  close(signing);
  close(accepted);
  /* taken away again */
  key.tcpm_keylen = net.tcpm_keylen = 0;
  CHECK(set_key(listener, TCP_MD5SIG, &key) == 0 && set_key(listener, TCP_MD5SIG_EXT, &net) == 0);
  CHECK(set_key(listener, TCP_MD5SIG, &key) < 0 && errno == ENOENT);
  close(try_with("", PORT, true));
  close(accept(listener, NULL, NULL));

  /* before it listens */
  const uint16_t port = (uint16_t)(20000 + getpid() % 10000);
  const struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(ADDRESS)};
  const int early = socket(AF_INET, SOCK_STREAM, 0);
  net = key_for("127.0.0.0", "early");
  net.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
  net.tcpm_prefixlen = 8;
  CHECK(set_key(early, TCP_MD5SIG_EXT, &net) == 0);
  CHECK(bind(early, (const struct sockaddr *)&here, sizeof here) == 0 && listen(early, 5) == 0);
  close(try_with("", port, false));
  close(try_with("early", port, true));

  /* who gets the descriptor does not know the keys: the kernel's then, which does */
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  pass(ends[0], early);
  close(early);
  const int heir = passed(ends[1]);
  CHECK(heir >= 0 && accept(heir, NULL, NULL) < 0 && errno == EAGAIN);
  const int stranger = socket(AF_INET, SOCK_STREAM, 0);
  nonblocking(stranger);
  connect(stranger, (const struct sockaddr *)&here, sizeof here);
  struct pollfd p = {.fd = stranger, .events = POLLOUT};
  CHECK(kernel_state(stranger) == TCP_SYN_SENT && poll(&p, 1, 50) == 0);
  close(stranger);
  close(heir);
  close(ends[0]);
  close(ends[1]);
}

/*
 * The peer has less room left than a full segment (65,483 bytes over the loopback) and half of the window (twice that), so
 * it waits for more. All is read by now, in pieces: the last one has to be heard of, or nobody moves until the persist timer.
 */
static void read_in_pieces(void) {
  static char data[1 << 17];
  int client, server;
  pair(&client, &server);
  const struct timeval limit = {2, 0};
  CHECK(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  send_all(client, "?", 1);
  receive_all(server, data, 1);
  send_all(server, "!", 1);
  receive_all(client, data, 1);
  send_all(client, data, 65483);
  sleep_ms(20);
  send_all(client, data, 1000);
  sleep_ms(200); /* a delayed acknowledgement is out */
  receive_all(server, data, 62000);
  sleep_ms(20);
  receive_all(server, data, 4483);
  sleep_ms(20);
  send_all(client, data, 100000);
  receive_all(server, data, 100000);
  close(client);
  close(server);
}

static void many(void) {
  enum { MANY = 500 };
  static int clients[MANY], servers[MANY];
  for (int k = 0; k < MANY; k++) pair(&clients[k], &servers[k]);
  for (int k = 0; k < MANY; k++) send_all(clients[k], &k, sizeof k);
  for (int k = 0; k < MANY; k++) {
    int v;
    receive_all(servers[k], &v, sizeof v);
    CHECK(v == k);
  }
  for (int k = 0; k < MANY; k++) close(k % 2 ? clients[k] : servers[k]);
  char c;
  for (int k = 0; k < MANY; k++) CHECK(recv(k % 2 ? servers[k] : clients[k], &c, 1, 0) == 0);
  for (int k = 0; k < MANY; k++) close(k % 2 ? servers[k] : clients[k]);
}

TESTS(listener = listen_at(PORT, 0); RUN(connect_nonblocking); RUN(refused); RUN(listener_shutdown); RUN(names); RUN(ended); RUN(pipe_signal); RUN(flags);
      RUN(options); RUN(timeouts); RUN(signals); RUN(handler_sends); RUN(shutdown_wakes_close_does_not); RUN(cancelled);
      RUN(lingering);
      RUN(files); RUN(ipv6_and_the_rest); RUN(signed_segments); RUN(read_in_pieces); RUN(many);)
