/* SPDX-License-Identifier: BSD-2-Clause */
/* epoll, poll and select over Joyride sockets and kernel descriptors. */
#include "harness.h"

#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/timerfd.h>

static int listener;
enum { PORT = 7400 };

static void pair(int *client, int *server) { connected(listener, PORT, client, server); }

static int set_with(int fd, uint32_t events) {
  const int epfd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event e = {events, {.fd = fd}};
  CHECK(epfd >= 0 && epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &e) == 0);
  return epfd;
}

static uint32_t once(int epfd, int timeout) {
  struct epoll_event e[4];
  const int n = epoll_wait(epfd, e, 4, timeout);
  CHECK(n >= 0 && n <= 1);
  return n ? e[0].events : 0;
}

/* What was sent has arrived at the other end. */
static void arrived(int fd, size_t n) {
  char buffer[4096];
  CHECK(n <= sizeof buffer && recv(fd, buffer, n, MSG_PEEK | MSG_WAITALL) == (ssize_t)n);
}

static void level(void) {
  int client, server;
  char c;
  pair(&client, &server);
  const int epfd = set_with(server, EPOLLIN);
  CHECK(once(epfd, 0) == 0 && once(epfd, 10) == 0);
  send_all(client, "ab", 2);
  CHECK(once(epfd, 5000) == EPOLLIN && once(epfd, 0) == EPOLLIN);
  arrived(server, 2);
  CHECK(read(server, &c, 1) == 1 && once(epfd, 0) == EPOLLIN);
  CHECK(read(server, &c, 1) == 1 && once(epfd, 0) == 0);
  struct epoll_event e = {EPOLLIN | EPOLLOUT | EPOLLRDHUP, {.fd = server}};
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, server, &e) < 0 && errno == EEXIST);
  CHECK(epoll_ctl(epfd, EPOLL_CTL_MOD, server, &e) == 0 && once(epfd, 0) == EPOLLOUT);
  shutdown(client, SHUT_WR);
  while (once(epfd, 1000) == EPOLLOUT) {
  }
  CHECK(once(epfd, 0) == (EPOLLIN | EPOLLOUT | EPOLLRDHUP));
  shutdown(server, SHUT_WR);
  CHECK(once(epfd, 0) == (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP));
  CHECK(epoll_ctl(epfd, EPOLL_CTL_DEL, server, NULL) == 0 && once(epfd, 0) == 0);
  CHECK(epoll_ctl(epfd, EPOLL_CTL_DEL, server, NULL) < 0 && errno == ENOENT);
  CHECK(epoll_ctl(epfd, EPOLL_CTL_MOD, server, &e) < 0 && errno == ENOENT);
  CHECK(epoll_ctl(client, EPOLL_CTL_ADD, server, &e) < 0 && errno == EINVAL);
  CHECK(epoll_ctl(999, EPOLL_CTL_ADD, server, &e) < 0 && errno == EBADF);
  close(client);
  close(server);
  close(epfd);
}

static void edge(void) {
  int client, server;
  char c;
  pair(&client, &server);
  const int epfd = set_with(server, EPOLLIN | EPOLLET);
  CHECK(once(epfd, 0) == 0);
  send_all(client, "a", 1);
  CHECK(once(epfd, 5000) == EPOLLIN && once(epfd, 0) == 0);
  send_all(client, "b", 1);
  CHECK(once(epfd, 5000) == EPOLLIN && once(epfd, 0) == 0);
  CHECK(read(server, &c, 1) == 1 && once(epfd, 0) == 0);
  struct epoll_event e = {EPOLLIN | EPOLLET, {.fd = server}};
  CHECK(epoll_ctl(epfd, EPOLL_CTL_MOD, server, &e) == 0 && once(epfd, 0) == EPOLLIN && once(epfd, 0) == 0);
  close(client);
  CHECK(once(epfd, 5000) & EPOLLIN);
  close(server);
  CHECK(once(epfd, 0) == 0);
  close(epfd);
}

static void edge_out(void) {
  int client, server;
  pair(&client, &server);
  nonblocking(client);
  const int epfd = set_with(client, EPOLLOUT | EPOLLET);
  CHECK(once(epfd, 0) == EPOLLOUT && once(epfd, 0) == 0);
  static char data[100000];
  size_t sent = 0;
  ssize_t n;
  for (int idle = 0; idle < 20; idle++) {
    while ((n = send(client, data, sizeof data, 0)) > 0) sent += (size_t)n, idle = 0;
    CHECK(errno == EAGAIN);
    sleep_ms(1);
  }
  while (once(epfd, 0)) CHECK(send(client, data, 1, 0) < 0 || ++sent);
  for (size_t got = 0; got < sent; got += (size_t)n) CHECK((n = read(server, data, sizeof data)) > 0);
  CHECK(once(epfd, 5000) == EPOLLOUT && once(epfd, 0) == 0);
  CHECK(send(client, data, 1, 0) == 1 && once(epfd, 5) == 0);
  close(client);
  close(server);
  close(epfd);
}

static void oneshot(void) {
  int client, server;
  pair(&client, &server);
  const int epfd = set_with(server, EPOLLIN | EPOLLONESHOT);
  send_all(client, "ab", 2);
  CHECK(once(epfd, 5000) == EPOLLIN && once(epfd, 0) == 0);
  send_all(client, "c", 1);
  arrived(server, 3);
  CHECK(once(epfd, 5) == 0);
  struct epoll_event e = {EPOLLIN | EPOLLONESHOT, {.fd = server}};
  CHECK(epoll_ctl(epfd, EPOLL_CTL_MOD, server, &e) == 0 && once(epfd, 0) == EPOLLIN && once(epfd, 0) == 0);
  close(client);
  close(server);
  close(epfd);
}

static void mixed(void) {
  int client, server;
  pair(&client, &server);
  const int epfd = set_with(server, EPOLLIN), event = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
  struct epoll_event e = {EPOLLIN, {.fd = event}}, out[8];
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, event, &e) == 0);
  e.data.fd = timer;
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, timer, &e) == 0);
  CHECK(eventfd_write(event, 1) == 0);
  CHECK(epoll_wait(epfd, out, 8, 5000) == 1 && out[0].data.fd == event);
  send_all(client, "x", 1);
  arrived(server, 1);
  int n = 0;
  for (int k = 0; k < 100 && n != 2; k++) n = epoll_wait(epfd, out, 8, 1000), sleep_ms(1);
  CHECK(n == 2);
  eventfd_t v;
  CHECK(eventfd_read(event, &v) == 0);
  /* a busy Joyride socket starves no kernel descriptor, even with room for one event */
  CHECK(eventfd_write(event, 1) == 0);
  bool seen = false;
  for (int k = 0; k < 1000 && !seen; k++) {
    CHECK(epoll_wait(epfd, out, 1, 1000) == 1);
    seen = out[0].data.fd == event;
  }
  CHECK(seen);
  /* and a busy kernel descriptor starves no Joyride socket */
  seen = false;
  for (int k = 0; k < 1000 && !seen; k++) {
    CHECK(epoll_wait(epfd, out, 1, 1000) == 1);
    seen = out[0].data.fd == server;
  }
  CHECK(seen);
  char c;
  CHECK(read(server, &c, 1) == 1 && eventfd_read(event, &v) == 0);
  const struct itimerspec soon = {{0, 0}, {0, 20000000}};
  CHECK(timerfd_settime(timer, 0, &soon, NULL) == 0);
  CHECK(epoll_wait(epfd, out, 8, 5000) == 1 && out[0].data.fd == timer);
  close(timer);
  close(event);
  close(client);
  close(server);
  close(epfd);
}

/* nginx adds before it connects; the idle kernel socket must not be seen as hung up afterwards. */
static void add_before_connect(void) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int epfd = set_with(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  CHECK(once(epfd, 0) == (EPOLLOUT | EPOLLHUP));
  struct sockaddr_in a = address(PORT);
  CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) == 0 || errno == EINPROGRESS);
  CHECK(once(epfd, 5000) == EPOLLOUT && once(epfd, 5) == 0);
  const int server = accept(listener, NULL, NULL);
  send_all(server, "x", 1);
  CHECK(once(epfd, 5000) == (EPOLLIN | EPOLLOUT) && once(epfd, 0) == 0);
  close(fd);
  close(server);
  CHECK(once(epfd, 0) == 0);
  close(epfd);
}

static void duplicates(void) {
  int client, server;
  pair(&client, &server);
  const int other = dup(server), epfd = set_with(server, EPOLLIN);
  struct epoll_event e = {EPOLLIN, {.u64 = 77}}, out[4];
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, other, &e) == 0);
  send_all(client, "x", 1);
  arrived(server, 1);
  CHECK(epoll_wait(epfd, out, 4, 1000) == 2);
  close(other);
  const int second = dup(epfd);
  close(epfd);
  CHECK(epoll_wait(second, out, 4, 1000) == 2);
  close(server);
  close(client);
  close(second);
}

static void *adds_later(void *argument) {
  const int *fds = argument;
  until_asleep(fds[3]);
  struct epoll_event e = {EPOLLIN, {.fd = fds[1]}};
  CHECK(epoll_ctl(fds[0], EPOLL_CTL_ADD, fds[1], &e) == 0);
  until_asleep(fds[3]);
  send_all(fds[2], "x", 1);
  return NULL;
}

/* A thread that sleeps in a set without Joyride sockets learns of one that another thread adds. */
static void added_while_asleep(void) {
  for (int k = 0; k < 2; k++) {
    int client, server, first[2];
    pair(&client, &server);
    pair(&first[0], &first[1]);
    const int event = eventfd(0, 0), epfd = set_with(k ? first[0] : event, EPOLLIN);
    int fds[4] = {epfd, server, client, (int)syscall(SYS_gettid)};
    pthread_t t;
    struct epoll_event out[4];
    CHECK(pthread_create(&t, NULL, adds_later, fds) == 0);
    CHECK(epoll_wait(epfd, out, 4, 5000) == 1 && out[0].data.fd == server);
    pthread_join(t, NULL);
    CHECK(epoll_wait(epfd, out, 4, 0) == 1);
    close(client);
    close(server);
    close(first[0]);
    close(first[1]);
    close(event);
    close(epfd);
  }
}

static void nested(void) {
  int client, server;
  pair(&client, &server);
  const int inner = set_with(server, EPOLLIN), outer_set = set_with(inner, EPOLLIN);
  CHECK(once(outer_set, 0) == 0 && once(outer_set, 5) == 0);
  struct pollfd p = {inner, POLLIN, 0};
  CHECK(poll(&p, 1, 5) == 0);
  send_all(client, "x", 1);
  CHECK(once(outer_set, 5000) == EPOLLIN);
  CHECK(poll(&p, 1, 5000) == 1 && p.revents == POLLIN);
  CHECK(once(inner, 0) == EPOLLIN);
  char c;
  CHECK(read(server, &c, 1) == 1 && once(outer_set, 0) == 0 && poll(&p, 1, 0) == 0);
  close(server);
  close(client);
  close(inner);
  close(outer_set);
}

enum { WORKERS = 4, JOBS = 2000 };
static int shared_set, jobs_done;

static void *works(void *unused) {
  struct epoll_event e;
  while (__atomic_load_n(&jobs_done, __ATOMIC_SEQ_CST) < JOBS) {
    if (epoll_wait(shared_set, &e, 1, 20) < 1) continue;
    char buffer[64];
    const ssize_t n = recv(e.data.fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) __atomic_fetch_add(&jobs_done, (int)n, __ATOMIC_SEQ_CST);
    e.events = EPOLLIN | EPOLLONESHOT;
    CHECK(epoll_ctl(shared_set, EPOLL_CTL_MOD, e.data.fd, &e) == 0);
  }
  return unused;
}

static void threads_on_one_set(void) {
  int clients[8], servers[8];
  pthread_t t[WORKERS];
  shared_set = epoll_create1(0);
  jobs_done = 0;
  for (int k = 0; k < 8; k++) {
    pair(&clients[k], &servers[k]);
    struct epoll_event e = {EPOLLIN | EPOLLONESHOT, {.fd = servers[k]}};
    CHECK(epoll_ctl(shared_set, EPOLL_CTL_ADD, servers[k], &e) == 0);
  }
  for (int k = 0; k < WORKERS; k++) CHECK(pthread_create(&t[k], NULL, works, NULL) == 0);
  for (int k = 0; k < JOBS; k++) send_all(clients[k % 8], "j", 1);
  for (int k = 0; k < WORKERS; k++) pthread_join(t[k], NULL);
  CHECK(jobs_done == JOBS);
  for (int k = 0; k < 8; k++) {
    close(clients[k]);
    close(servers[k]);
  }
  close(shared_set);
}

static void fair(void) {
  enum { MANY = 20 };
  int clients[MANY], servers[MANY];
  const int epfd = epoll_create1(0);
  for (int k = 0; k < MANY; k++) {
    pair(&clients[k], &servers[k]);
    struct epoll_event e = {EPOLLIN, {.fd = servers[k]}};
    CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, servers[k], &e) == 0);
    send_all(clients[k], "x", 1);
  }
  for (int k = 0; k < MANY; k++) arrived(servers[k], 1);
  int seen[1024] = {0};
  for (int k = 0; k < MANY; k++) {
    struct epoll_event e;
    CHECK(epoll_wait(epfd, &e, 1, 1000) == 1);
    CHECK(seen[e.data.fd]++ == 0);
  }
  for (int k = 0; k < MANY; k++) {
    close(clients[k]);
    close(servers[k]);
  }
  close(epfd);
}

/* The listener as a member: a connection of either side, reported once. */
static void listener_member(void) {
  nonblocking(listener);
  const int epfd = set_with(listener, EPOLLIN);
  CHECK(once(epfd, 0) == 0 && once(epfd, 5) == 0);
  const int ours = connect_to(PORT);
  CHECK(once(epfd, 5000) == EPOLLIN && once(epfd, 0) == EPOLLIN);
  /* the twin: the kernel's own way to the same address */
  const int kernel = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = address(PORT);
  CHECK(syscall(SYS_connect, kernel, &a, sizeof a) == 0);
  CHECK(once(epfd, 5000) == EPOLLIN);
  const int one = accept(listener, NULL, NULL);
  CHECK(one >= 0 && once(epfd, 5000) == EPOLLIN);
  const int two = accept(listener, NULL, NULL);
  CHECK(two >= 0 && is_joyride(one) != is_joyride(two) && once(epfd, 5) == 0);
  CHECK(accept(listener, NULL, NULL) < 0 && errno == EAGAIN);
  close(one);
  close(two);
  close(ours);
  close(kernel);
  close(epfd);
  CHECK(fcntl(listener, F_SETFL, 0) == 0);
}

static void polling(void) {
  int client, server, ends[2];
  pair(&client, &server);
  CHECK(pipe(ends) == 0);
  struct pollfd p[5] = {{server, POLLIN, 0}, {ends[0], POLLIN, 0}, {client, POLLOUT | POLLIN, 0}, {-1, POLLIN, 0}, {900, POLLIN, 0}};
  CHECK(poll(p, 5, 1000) == 2 && p[2].revents == POLLOUT && p[4].revents == POLLNVAL && !p[0].revents && !p[1].revents);
  p[2].events = POLLIN;
  CHECK(poll(p, 4, 0) == 0 && poll(p, 4, 5) == 0);
  CHECK(write(ends[1], "x", 1) == 1);
  CHECK(poll(p, 4, 5000) == 1 && p[1].revents == POLLIN);
  send_all(client, "y", 1);
  arrived(server, 1);
  CHECK(poll(p, 4, 5000) == 2 && p[0].revents == POLLIN);
  fd_set r, w;
  FD_ZERO(&r);
  FD_ZERO(&w);
  FD_SET(server, &r);
  FD_SET(client, &r);
  FD_SET(ends[0], &r);
  FD_SET(client, &w);
  struct timeval t = {1, 0};
  CHECK(select(900, &r, &w, NULL, &t) == 3);
  CHECK(FD_ISSET(server, &r) && !FD_ISSET(client, &r) && FD_ISSET(ends[0], &r) && FD_ISSET(client, &w));
  CHECK(t.tv_sec == 0 || t.tv_usec == 0);
  char c;
  CHECK(read(server, &c, 1) == 1 && read(ends[0], &c, 1) == 1);
  FD_ZERO(&w);
  t = (struct timeval){0, 20000};
  const uint64_t start = now_ns();
  CHECK(select(900, &r, &w, NULL, &t) == 0 && now_ns() - start >= 20000000 && t.tv_usec == 0);
  FD_SET(899, &r);
  CHECK(select(900, &r, NULL, NULL, &t) < 0 && errno == EBADF);
  close(client);
  p[0].events = POLLIN | POLLRDHUP;
  CHECK(poll(p, 1, 5000) == 1 && p[0].revents == (POLLIN | POLLRDHUP));
  close(server);
  close(ends[0]);
  close(ends[1]);
}

static volatile sig_atomic_t hits;
static void hit(int number) { hits += number == SIGUSR1; }

static void interrupted(void) {
  int client, server;
  pair(&client, &server);
  const pthread_t me = pthread_self();
  const struct sigaction act = {.sa_handler = hit, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &act, NULL);
  const int epfd = set_with(server, EPOLLIN);
  struct epoll_event e;
  const pthread_t late = signal_when_asleep(SIGUSR1);
  CHECK(epoll_wait(epfd, &e, 1, 10000) < 0 && errno == EINTR && hits == 1);
  pthread_join(late, NULL);
  /* blocked outside, let in only while it waits */
  sigset_t blocked, none;
  sigemptyset(&none);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, NULL);
  pthread_kill(me, SIGUSR1);
  CHECK(epoll_wait(epfd, &e, 1, 10) == 0 && hits == 1);
  CHECK(epoll_pwait(epfd, &e, 1, 5000, &none) < 0 && errno == EINTR && hits == 2);
  pthread_kill(me, SIGUSR1);
  struct pollfd p = {server, POLLIN, 0};
  const struct timespec limit = {5, 0};
  CHECK(ppoll(&p, 1, &limit, &none) < 0 && errno == EINTR && hits == 3);
  pthread_kill(me, SIGUSR1);
  fd_set r;
  FD_ZERO(&r);
  FD_SET(server, &r);
  CHECK(pselect(server + 1, &r, NULL, NULL, &limit, &none) < 0 && errno == EINTR && hits == 4);
  pthread_sigmask(SIG_UNBLOCK, &blocked, NULL);
  close(client);
  close(server);
  close(epfd);
}

static void inherited_set(void) {
  int client, server;
  pair(&client, &server);
  const int epfd = set_with(server, EPOLLIN);
  const pid_t pid = fork();
  if (pid == 0) {
    CHECK(once(epfd, 5000) == EPOLLIN);
    char c;
    CHECK(read(server, &c, 1) == 1);
    close(server);
    close(epfd);
    _exit(0);
  }
  sleep_ms(10);
  send_all(client, "x", 1);
  child_ok(pid);
  send_all(client, "y", 1);
  CHECK(once(epfd, 5000) == EPOLLIN);
  close(server);
  close(client);
  close(epfd);
}

/* More than are fetched at once, some of them closed since they were told, one twice in the set. */
static void many_at_once(void) {
  enum { MANY = 75 };
  int clients[MANY], servers[MANY], seen[MANY] = {0};
  char bytes[4];
  const int epfd = epoll_create1(0);
  for (int i = 0; i < MANY; i++) {
    pair(&clients[i], &servers[i]);
    struct epoll_event e = {EPOLLIN | EPOLLET, {.u32 = (uint32_t)i}};
    CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, servers[i], &e) == 0);
  }
  const int twice = dup(servers[0]);
  struct epoll_event e = {EPOLLIN | EPOLLET, {.u32 = 0}}, got[MANY + 1];
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, twice, &e) == 0);
  CHECK(epoll_wait(epfd, got, MANY + 1, 0) == 0);
  for (int i = 0; i < MANY; i++) send_all(clients[i], "all", 3);
  for (int i = 0; i < MANY; i++) arrived(servers[i], 3);
  close(servers[40]);
  for (int n = 0, k; n < MANY; n += k) {
    CHECK((k = epoll_wait(epfd, got, MANY + 1, 5000)) > 0);
    for (int i = 0; i < k; i++) CHECK(got[i].events == EPOLLIN && got[i].data.u32 < MANY && ++seen[got[i].data.u32] <= 2);
  }
  CHECK(epoll_wait(epfd, got, MANY + 1, 0) == 0);
  for (int i = 0; i < MANY; i++) {
    CHECK(seen[i] == (i == 0 ? 2 : i != 40));
    if (i != 40) {
      receive_all(servers[i], bytes, 3);
      CHECK(memcmp(bytes, "all", 3) == 0);
      close(servers[i]);
    }
    close(clients[i]);
  }
  close(twice);
  close(epfd);
}

TESTS(listener = listen_at(PORT, 0); RUN(level); RUN(edge); RUN(edge_out); RUN(oneshot); RUN(mixed); RUN(add_before_connect);
      RUN(duplicates); RUN(added_while_asleep); RUN(nested); RUN(threads_on_one_set); RUN(fair); RUN(listener_member);
      RUN(polling); RUN(interrupted); RUN(inherited_set); RUN(many_at_once);)
