/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors that become others: dup, passing, stdio, and programs that close whatever may be open. */
#include "talk.h"

static int listener;
enum { PORT = 7220 };

static void pair(int *client, int *server) { connected(listener, PORT, client, server); }

static void duplicates(void) {
  int client, server;
  pair(&client, &server);
  const int other = dup(client), third = fcntl(client, F_DUPFD_CLOEXEC, 100), fourth = dup2(client, 200);
  CHECK(other >= 0 && third >= 100 && fourth == 200);
  nonblocking(client);
  CHECK(fcntl(third, F_GETFL) & O_NONBLOCK);
  close(client);
  say(other, "1");
  say(third, "2");
  say(fourth, "3");
  expect(server, "123");
  close(other);
  close(third);
  say(fourth, "4");
  CHECK(dup2(server, 201) == 201 && dup3(201, 200, O_CLOEXEC) == 200);
  expect(server, "4");
  expect_end(server);
  close(200);
  close(201);
  close(server);
}

static void dup_before_connect(void) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0), other = dup(fd);
  struct sockaddr_in a = address(PORT);
  CHECK(connect(other, (struct sockaddr *)&a, sizeof a) == 0);
  const int server = accept(listener, NULL, NULL);
  close(other);
  say(fd, "x");
  expect(server, "x");
  close(fd);
  expect_end(server);
  close(server);
}

static void passed_descriptor(void) {
  int client, server, way[2];
  pair(&client, &server);
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, way) == 0);
  const pid_t pid = fork();
  if (pid == 0) {
    close(client);
    close(server);
    const int fd = passed(way[1]);
    say(fd, "passed");
    close(fd);
    _exit(0);
  }
  pass(way[0], server);
  close(server);
  expect(client, "passed");
  expect_end(client);
  child_ok(pid);
  close(client);
  close(way[0]);
  close(way[1]);
}

/* Who has a listener passed on, as a server that takes another's place, has it over Joyride once the other let go of it. */
static void passed_listener(void) {
  int way[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, way) == 0);
  const pid_t pid = fork();
  if (pid == 0) {
    const int fd = passed(way[1]);
    bool over = false;
    for (int k = 0; k < 100 && !over; k++) {
      const int client = socket(AF_INET, SOCK_STREAM, 0);
      struct sockaddr_in a = address(7680);
      /* the kernel's listener does not block; one that went to the other's queue goes down with that, at once or later */
      const int r = connect(client, (struct sockaddr *)&a, sizeof a);
      CHECK(r == 0 || errno == ECONNRESET);
      struct pollfd p = {fd, POLLIN, 0};
      const int server = r == 0 && poll(&p, 1, 200) == 1 ? accept(fd, NULL, NULL) : -1;
      if (server < 0) {
        close(client);
        continue;
      }
      over = is_joyride(client);
      CHECK(is_joyride(server) == over);
      say(client, "hello");
      expect(server, "hello");
      close(client);
      close(server);
      if (!over) sleep_ms(50);
    }
    CHECK(over);
    _exit(0);
  }
  const int mine = listen_at(7680, 0);
  pass(way[0], mine);
  close(mine);
  child_ok(pid);
  close(way[0]);
  close(way[1]);
}

static void through_stdio(void) {
  int client, server;
  pair(&client, &server);
  FILE *f = fdopen(server, "r+");
  CHECK(f);
  say(client, "a line\n");
  char line[32];
  CHECK(fgets(line, sizeof line, f) && strcmp(line, "a line\n") == 0);
  CHECK(fprintf(f, "answer\n") > 0 && fflush(f) == 0);
  expect(client, "answer\n");
  CHECK(fclose(f) == 0);
  expect_end(client);
  close(client);
}

/* Programs that close whatever may be open do not hurt the layer. */
static void close_everything(void) {
  int client, server;
  pair(&client, &server);
  const pid_t pid = fork();
  if (pid == 0) {
    for (int fd = 3; fd < 20000; fd++)
      if (fd != client) close(fd);
    say(client, "1");
    close_range((unsigned)client + 1, ~0u, 0);
    say(client, "2");
    CHECK(dup2(client, 8190) == 8190 && dup2(client, 8100) == 8100);
    for (int fd = 8064; fd < 8192; fd++) CHECK(dup2(client, fd) == fd);
    say(client, "3");
    const int again = connect_to(PORT);
    closefrom(3);
    CHECK(write(again, "x", 1) < 0 && errno == EBADF);
    _exit(0);
  }
  close(client);
  expect(server, "123");
  expect_end(server);
  close(accept(listener, NULL, NULL));
  child_ok(pid);
  close(server);
}

TESTS(listener = listen_at(PORT, 0); RUN(duplicates); RUN(dup_before_connect); RUN(passed_descriptor);
      RUN(passed_listener); RUN(through_stdio); RUN(close_everything);)
