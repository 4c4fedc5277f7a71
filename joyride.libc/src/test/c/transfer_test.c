/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes by every call that carries them: flags, vectors, files, windows that fill, many connections. */
#include "talk.h"

#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static int listener;
enum { PORT = 7340 };

static void pair(int *client, int *server) { connected(listener, PORT, client, server); }

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
  CHECK(pthread_create(&t, NULL, swallow, &server) == 0);
  for (int k = 0; k < 100; k++)
    for (at = 0; at < (off_t)sizeof data;) {
      const ssize_t n = sendfile(client, file, &at, 70000);
      CHECK(n > 0 || (n < 0 && errno == EAGAIN));
      if (n < 0) CHECK(polled(client, POLLOUT, 5000) == POLLOUT);
    }
  CHECK(shutdown(client, SHUT_WR) == 0);
  void *total;
  pthread_join(t, &total);
  CHECK((intptr_t)total == 100 * (intptr_t)sizeof data);
  int ends[2];
  CHECK(pipe(ends) == 0 && sendfile(client, ends[0], NULL, 1) < 0 && errno == EINVAL);
  CHECK(splice(server, NULL, ends[1], NULL, 10, 0) < 0 && errno == EINVAL);
  close(ends[0]);
  close(ends[1]);
  close(file);
  close(client);
  close(server);
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

TESTS(listener = listen_at(PORT, 0); RUN(flags); RUN(files); RUN(read_in_pieces); RUN(many);)
