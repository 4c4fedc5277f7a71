/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that a program starts, with the layer and without it: exec, spawn, sockets that they inherit. */
#include "talk.h"

#include <spawn.h>

extern char **environ;
static int listener;
enum { PORT = 7210 };

static void pair(int *client, int *server) { connected(listener, PORT, client, server); }

/* A program that knows nothing of all this talks over its standard descriptors. */
static void exec_with_socket(void) {
  int client, server;
  pair(&client, &server);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(server, 0);
    dup2(server, 1);
    close(server);
    close(client);
    unsetenv("LD_PRELOAD");
    execlp("tr", "tr", "a-z", "A-Z", NULL);
    _exit(127);
  }
  close(server);
  say(client, "shout this\n");
  CHECK(shutdown(client, SHUT_WR) == 0);
  expect(client, "SHOUT THIS\n");
  expect_end(client);
  child_ok(pid);
  close(client);
}

/* Under the layer the next program has the rings again. */
static int inherited(int fd) {
  struct sockaddr_in a;
  socklen_t l = sizeof a;
  CHECK(getpeername(fd, (struct sockaddr *)&a, &l) == 0 && a.sin_family == AF_INET);
  CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
  CHECK(fcntl(fd, F_SETFL, 0) == 0);
  expect(fd, "for the next");
  say(fd, "from the next");
  /* a listener that was open before: at the first epoll_ctl it is Joyride's */
  struct epoll_event e = {EPOLLIN, {.fd = atoi(getenv("JOYRIDE_TEST_LISTENER"))}};
  const int epfd = epoll_create1(0);
  CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, e.data.fd, &e) == 0);
  say(fd, "listening");
  CHECK(epoll_wait(epfd, &e, 1, 5000) == 1);
  const int other = accept(e.data.fd, NULL, NULL);
  CHECK(other >= 0 && is_joyride(other));
  say(other, "accepted");
  return 0;
}

static void exec_under_the_layer(void) {
  int client, server;
  pair(&client, &server);
  const int own_listener = listen_at(PORT + 1, 0);
  const pid_t pid = fork();
  if (pid == 0) {
    char text[16], number[16];
    snprintf(text, sizeof text, "%d", server);
    snprintf(number, sizeof number, "%d", own_listener);
    setenv("JOYRIDE_TEST_LISTENER", number, 1);
    nonblocking(server);
    nonblocking(own_listener);
    close(client);
    execl("/proc/self/exe", "exec_test", "-inherited", text, NULL);
    _exit(127);
  }
  close(server);
  close(own_listener);
  say(client, "for the next");
  expect(client, "from the next");
  expect(client, "listening");
  const int other = connect_to(PORT + 1);
  expect(other, "accepted");
  child_ok(pid);
  expect_end(client);
  close(client);
  close(other);
}

static void exec_keeps_parents_bytes(void) {
  int client, server;
  pair(&client, &server);
  const pid_t pid = fork();
  if (pid == 0) {
    execlp("sleep", "sleep", "0.05", NULL);
    _exit(127);
  }
  sleep_ms(20);
  say(client, "for the parent");
  child_ok(pid);
  expect(server, "for the parent");
  close(server);
  expect_end(client);
  close(client);
}

static void spawn_and_vfork(void) {
  int client, server;
  pair(&client, &server);
  for (int k = 0; k < 3; k++) {
    pid_t pid;
    char *argv[] = {"true", NULL};
    CHECK(fcntl(client, F_SETFD, FD_CLOEXEC) == 0 && fcntl(server, F_SETFD, FD_CLOEXEC) == 0);
    CHECK(posix_spawnp(&pid, "true", NULL, NULL, argv, environ) == 0);
    child_ok(pid);
    pid = vfork();
    if (pid == 0) {
      close(client);
      close(server);
      execvp("true", argv);
      _exit(127);
    }
    child_ok(pid);
    CHECK(system("true") == 0);
    FILE *p = popen("echo popen", "r");
    char line[16];
    CHECK(p && fgets(line, sizeof line, p) && strcmp(line, "popen\n") == 0 && pclose(p) == 0);
  }
  say(client, "still");
  expect(server, "still");
  close(client);
  close(server);
}

static void spawn_on_stdin(void) {
  int client, server;
  pair(&client, &server);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  CHECK(posix_spawn_file_actions_adddup2(&actions, server, 0) == 0);
  CHECK(posix_spawn_file_actions_adddup2(&actions, server, 1) == 0);
  pid_t pid;
  char *argv[] = {"cat", NULL}, *bare[] = {"PATH=/usr/bin:/bin", NULL};
  CHECK(posix_spawnp(&pid, "cat", &actions, NULL, argv, bare) == 0);
  posix_spawn_file_actions_destroy(&actions);
  close(server);
  say(client, "cat?");
  expect(client, "cat?");
  shutdown(client, SHUT_WR);
  child_ok(pid);
  expect_end(client);
  close(client);
}

/* A program without the layer, with a listener that it inherited: it serves one connection. */
static int stranger(int fd) {
  alarm(20);
  struct pollfd p = {fd, POLLIN, 0}; /* the kernel's twin does not block */
  CHECK(poll(&p, 1, -1) == 1);
  const int server = accept(fd, NULL, NULL);
  CHECK(server >= 0);
  say(server, "stranger");
  return 0;
}

/* The last process with the layer is killed, and a program without it has the listener still: the kernel serves the port. */
static void listener_of_a_stranger(void) {
  int ready[2];
  CHECK(pipe(ready) == 0);
  const pid_t holder = fork();
  if (holder == 0) {
    const int fd = listen_at(7690, 0);
    char number[16];
    snprintf(number, sizeof number, "%d", fd);
    if (fork() == 0) {
      unsetenv("LD_PRELOAD");
      execl("/proc/self/exe", "exec_test", "-stranger", number, NULL);
      _exit(127);
    }
    const int client = connect_to(7690); /* over Joyride, as long as this process lives */
    CHECK(write(ready[1], "x", 1) == 1);
    pause();
    close(client);
  }
  char c;
  CHECK(read(ready[0], &c, 1) == 1);
  CHECK(kill(holder, SIGKILL) == 0 && waitpid(holder, NULL, 0) == holder);
  int client = -1;
  for (int k = 0; k < 200 && client < 0; k++) { /* the service hears of the death some time */
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = address(7690);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0 && !is_joyride(fd)) {
      client = fd;
    } else {
      close(fd);
      sleep_ms(10);
    }
  }
  CHECK(client >= 0);
  expect(client, "stranger");
  close(client);
  close(ready[0]);
  close(ready[1]);
}

TESTS(if (only && strcmp(only, "-inherited") == 0) return inherited(atoi(argv[2]));
      if (only && strcmp(only, "-stranger") == 0) return stranger(atoi(argv[2]));
      listener = listen_at(PORT, 0);
      RUN(listener_of_a_stranger); RUN(exec_with_socket); RUN(exec_under_the_layer);
      RUN(exec_keeps_parents_bytes); RUN(spawn_and_vfork); RUN(spawn_on_stdin);)
