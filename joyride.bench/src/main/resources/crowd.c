/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many connections, of which some talk: an ordinary program of the socket interface.
 *
 *   crowd -s ADDRESS PORT    serves: sends back what comes, on all connections at once
 *   crowd -c ADDRESS PORT    reads orders, one a line, and answers each with one:
 *     open N                 have N connections in all; "opened N SECONDS"
 *     talk K SECONDS SEED    one message of 64 bytes under way on each of K connections, all the time: the first ones opened if SEED is 0, else
 *                            K that are drawn by it among all; "talked ANSWERS SECONDS begin NS gap NS p50 NS p99 NS p9999 NS ticks N N N…":
 *                            the begin by CLOCK_REALTIME, the longest time without any answer, round trips, answers in each 10 ms
 *     close                  closes all; "closed"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE = 64, EVENTS = 256, TICK = 10000000, TRIPS = 1 << 22 };

struct talker {
  int fd, got;
  int64_t sent;
};

static void fail(const char *what) {
  fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct sockaddr_in address_of(char **argv) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[3]))};
  if (inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) {
    fprintf(stderr, "crowd: '%s' is not an IPv4 address\n", argv[2]);
    exit(2);
  }
  return address;
}

static void set_up(int fd) {
  int one = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) || fcntl(fd, F_SETFL, O_NONBLOCK)) fail("socket");
}

static void watch(int poller, int fd, uint64_t data) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = data};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

/* All of it: a ring that is new to its socket may have no room for a moment. */
static int send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    if (n > 0) {
      bytes += n;
      length -= (size_t)n;
    } else if (errno != EINTR && (errno != EAGAIN || poll(&room, 1, 5000) <= 0)) {
      return 0;
    }
  }
  return 1;
}

/* Whether the connection still stands. */
static int echo(int fd) {
  char bytes[4096];
  ssize_t n = recv(fd, bytes, sizeof bytes, 0);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  return n > 0 && send_all(fd, bytes, (size_t)n);
}

static void serve(char **argv) {
  struct sockaddr_in address = address_of(argv);
  struct epoll_event events[EVENTS];
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poller = epoll_create1(0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) fail("listen");
  watch(poller, listener, (uint64_t)listener);
  puts("listening");
  fflush(stdout);
  for (;;) {
    int n = epoll_wait(poller, events, EVENTS, -1);
    if (n < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < n; i++) {
      int fd = (int)events[i].data.u64;
      if (fd != listener) {
        if (!echo(fd)) close(fd);
        continue;
      }
      while ((fd = accept(listener, NULL, NULL)) >= 0) {
        set_up(fd);
        watch(poller, fd, (uint64_t)fd);
      }
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) fail("accept");
    }
  }
}

static int by_value(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

static void say(struct talker *talker) {
  static const char message[MESSAGE] = "as many bytes as a short request may have, and no word of sense.";
  talker->sent = now(CLOCK_MONOTONIC);
  talker->got = 0;
  if (!send_all(talker->fd, message, MESSAGE)) fail("send");
}

/* splitmix64 */
static uint64_t draw(uint64_t *seed) {
  uint64_t z = *seed += 0x9e3779b97f4a7c15ull;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ z >> 27) * 0x94d049bb133111ebull;
  return z ^ z >> 31;
}

/* Who talks: any `count` of those that are open, or the first ones. */
static int *chosen(int open, int count, uint64_t seed) {
  int *all = malloc((size_t)open * sizeof *all);
  if (!all) fail("malloc");
  for (int i = 0; i < open; i++) all[i] = i;
  for (int i = 0; seed && i < count; i++) {
    int j = i + (int)(draw(&seed) % (uint64_t)(open - i)), other = all[j];
    all[j] = all[i];
    all[i] = other;
  }
  return all;
}

static void talk(int poller, struct talker *talkers, const int *who, int count, double seconds) {
  static int64_t trips[TRIPS];
  struct epoll_event events[EVENTS];
  int64_t wall = now(CLOCK_REALTIME), begin = now(CLOCK_MONOTONIC), end = begin + (int64_t)(seconds * 1e9), last = begin, gap = 0;
  int64_t ticks = (end - begin) / TICK + 1, *answers = calloc((size_t)ticks, sizeof *answers), all = 0;
  int waiting = count;
  if (!answers) fail("calloc");
  for (int i = 0; i < count; i++) say(&talkers[who[i]]);
  while (waiting > 0) {
    int n = epoll_wait(poller, events, EVENTS, 5000);
    if (n == 0) {
      fprintf(stderr, "crowd: no answer for 5 s\n");
      exit(1);
    }
    if (n < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < n; i++) {
      struct talker *talker = &talkers[events[i].data.u64];
      char bytes[MESSAGE];
      ssize_t got = recv(talker->fd, bytes, (size_t)(MESSAGE - talker->got), 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got <= 0) fail("recv");
      talker->got += (int)got;
      if (talker->got < MESSAGE) continue;
      int64_t t = now(CLOCK_MONOTONIC);
      if (t < end) {
        trips[all++ % TRIPS] = t - talker->sent;
        answers[(t - begin) / TICK]++;
        if (t - last > gap) gap = t - last;
        last = t;
        say(talker);
      } else {
        waiting--;
      }
    }
  }
  if (end - last > gap) gap = end - last;
  int64_t known = all < TRIPS ? all : TRIPS;
  qsort(trips, (size_t)known, sizeof *trips, by_value);
  printf("talked %lld %.6f begin %lld gap %lld p50 %lld p99 %lld p9999 %lld ticks", (long long)all, seconds, (long long)wall, (long long)gap,
         (long long)(known ? trips[known / 2] : 0), (long long)(known ? trips[(int64_t)((double)known * 0.99)] : 0),
         (long long)(known ? trips[(int64_t)((double)known * 0.9999)] : 0));
  for (int64_t i = 0; i < ticks; i++) printf(" %lld", (long long)answers[i]);
  puts("");
  free(answers);
}

static void ask(char **argv) {
  struct sockaddr_in address = address_of(argv);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  struct talker *talkers = calloc(files.rlim_cur, sizeof *talkers);
  int poller = epoll_create1(0), open = 0, count;
  unsigned long long seed;
  char line[256];
  double seconds;
  if (!talkers) fail("calloc");
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "open %d", &count) == 1 && count >= open && (rlim_t)count < files.rlim_cur - 16) {
      int64_t begin = now(CLOCK_MONOTONIC);
      for (; open < count; open++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
        set_up(fd);
        watch(poller, fd, (uint64_t)open);
        talkers[open].fd = fd;
      }
      printf("opened %d %.6f\n", open, (double)(now(CLOCK_MONOTONIC) - begin) / 1e9);
    } else if (sscanf(line, "talk %d %lf %llu", &count, &seconds, &seed) == 3 && count > 0 && count <= open && seconds > 0) {
      int *who = chosen(open, count, seed);
      talk(poller, talkers, who, count, seconds);
      free(who);
    } else if (!strcmp(line, "close\n")) {
      while (open > 0) close(talkers[--open].fd);
      puts("closed");
    } else {
      fprintf(stderr, "crowd: cannot '%s'\n", line);
      exit(2);
    }
    fflush(stdout);
  }
}

int main(int argc, char **argv) {
  struct rlimit files;
  if (argc != 4 || (strcmp(argv[1], "-s") && strcmp(argv[1], "-c"))) {
    fprintf(stderr, "usage: crowd -s ADDRESS PORT | crowd -c ADDRESS PORT\n");
    return 2;
  }
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (argv[1][1] == 's') serve(argv);
  else ask(argv);
  return 0;
}
