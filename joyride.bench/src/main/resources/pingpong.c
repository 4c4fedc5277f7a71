/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection, one message under way: what a round trip costs. An ordinary program that knows nothing of Joyride.
 *
 *   pingpong -s ADDRESS PORT            serve one connection after the other
 *   pingpong -c ADDRESS PORT N BYTES [FILE]  N round trips of BYTES each; prints "p50 NS p99 NS p999 NS mean NS"; FILE gets each
 *                                            trip's ns, a line each
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
  fprintf(stderr, "pingpong: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int move_all(int fd, char *bytes, size_t length, int sending) {
  size_t done = 0;
  while (done < length) {
    ssize_t n = sending ? send(fd, bytes + done, length - done, MSG_NOSIGNAL) : recv(fd, bytes + done, length - done, 0);
    if (n == 0) return 0;
    if (n < 0) {
      if (errno == EINTR) continue;
      return -1;
    }
    done += (size_t)n;
  }
  return 1;
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

static struct sockaddr_in address_of(char **argv) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[3]))};
  if (inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) {
    fprintf(stderr, "pingpong: '%s' is not an IPv4 address\n", argv[2]);
    exit(2);
  }
  return address;
}

static void serve(char **argv) {
  static char bytes[65536];
  struct sockaddr_in address = address_of(argv);
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 16)) fail("listen");
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    uint32_t size;
    if (fd < 0) {
      if (errno == EINTR) continue;
      fail("accept");
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (move_all(fd, (char *)&size, sizeof size, 0) == 1 && size > 0 && size <= sizeof bytes)
      while (move_all(fd, bytes, size, 0) == 1 && move_all(fd, bytes, size, 1) == 1) continue;
    close(fd);
  }
}

static void ask(char **argv) {
  static char bytes[65536];
  struct sockaddr_in address = address_of(argv);
  int count = atoi(argv[4]), one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  uint32_t size = (uint32_t)atoi(argv[5]);
  int64_t *times = calloc((size_t)count, sizeof *times), sum = 0;
  if (count < 1 || size < 1 || size > sizeof bytes || !times) {
    fprintf(stderr, "pingpong: N must be at least 1 and BYTES in 1..65536\n");
    exit(2);
  }
  if (connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (move_all(fd, (char *)&size, sizeof size, 1) != 1) fail("send");
  for (int i = -count / 10; i < count; i++) {
    int64_t start = now();
    if (move_all(fd, bytes, size, 1) != 1 || move_all(fd, bytes, size, 0) != 1) fail("round trip");
    if (i >= 0) sum += times[i] = now() - start;
  }
  if (argv[6]) {
    FILE *file = fopen(argv[6], "w");
    if (!file) fail(argv[6]);
    for (int i = 0; i < count; i++) fprintf(file, "%lld\n", (long long)times[i]);
    if (fclose(file)) fail(argv[6]);
  }
  qsort(times, (size_t)count, sizeof *times, by_value);
  printf("p50 %lld p99 %lld p999 %lld mean %lld\n", (long long)times[count / 2], (long long)times[(int)(count * 0.99)],
         (long long)times[(int)(count * 0.999)], (long long)(sum / count));
}

int main(int argc, char **argv) {
  if (argc == 4 && !strcmp(argv[1], "-s")) serve(argv);
  else if ((argc == 6 || argc == 7) && !strcmp(argv[1], "-c")) ask(argv);
  else {
    fprintf(stderr, "usage: pingpong -s ADDRESS PORT | pingpong -c ADDRESS PORT N BYTES [FILE]\n");
    return 2;
  }
  return 0;
}
