/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe connect ADDRESS PORT   says whose the connection is: "joyride", "kernel", or "failed ERRNO", and whether it runs secure
 * probe serve PATH             waits at a unix socket, and says what comes: nothing, or how many bytes
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* The kernel's socket under a connection of Joyride's knows no peer. */
static const char *whose(int fd) {
  struct sockaddr_storage a;
  socklen_t l = sizeof a;
  return syscall(SYS_getpeername, fd, &a, &l) < 0 && errno == ENOTCONN ? "joyride" : "kernel";
}

static int do_connect(const char *address, const char *port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  inet_pton(AF_INET, address, &a.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int secure = getauxval(AT_SECURE) != 0;
  if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
    printf("failed %d secure %d\n", errno, secure);
  else
    printf("%s secure %d\n", whose(fd), secure);
  return 0;
}

static int do_serve(const char *path) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
  const int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 8) < 0) {
    perror(path);
    return 1;
  }
  const int peer = accept(fd, NULL, NULL);
  char message[4096];
  printf("heard %zd\n", recv(peer, message, sizeof message, 0));
  return 0;
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc == 4 && strcmp(argv[1], "connect") == 0) return do_connect(argv[2], argv[3]);
  if (argc == 3 && strcmp(argv[1], "serve") == 0) return do_serve(argv[2]);
  fprintf(stderr, "usage: probe connect ADDRESS PORT | probe serve PATH\n");
  return 2;
}
