/* SPDX-License-Identifier: BSD-2-Clause */
/* fork, exec, dup, passing of descriptors, and processes that are killed. */
#include "harness.h"

#include <spawn.h>

extern char **environ;
static int listener;
enum { PORT = 7200 };

static void pair(int *client, int *server) { connected(listener, PORT, client, server); }

static void expect(int fd, const char *text) {
  char buffer[64];
  receive_all(fd, buffer, strlen(text));
  if (memcmp(buffer, text, strlen(text)) != 0) fprintf(stderr, "expected \"%s\", got \"%.*s\"\n", text, (int)strlen(text), buffer);
  CHECK(memcmp(buffer, text, strlen(text)) == 0);
}

static void say(int fd, const char *text) { send_all(fd, text, strlen(text)); }

static void expect_end(int fd) {
  char c;
  CHECK(recv(fd, &c, 1, 0) == 0);
}

/* Both processes use one socket; its end is told when the last has closed it. */
static void shared_socket(void) {
  int client, server;
  pair(&client, &server);
  const pid_t pid = fork();
  if (pid == 0) {
    close(client);
    CHECK(is_joyride(server));
    expect(server, "to child");
    say(server, "from child");
    close(server);
    _exit(0);
  }
  say(client, "to child");
  expect(client, "from child");
  child_ok(pid);
  say(server, "from parent");
  expect(client, "from parent");
  close(server);
  expect_end(client);
  close(client);
}

static void fork_before_connect(void) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = address(PORT);
  const pid_t pid = fork();
  if (pid == 0) {
    CHECK(connect(client, (struct sockaddr *)&a, sizeof a) == 0 && is_joyride(client));
    say(client, "child");
    _exit(0);
  }
  const int server = accept(listener, NULL, NULL);
  expect(server, "child");
  expect_end(server);
  child_ok(pid);
  close(client);
  close(server);
}

/* Several processes accept from one listener. */
static void prefork(void) {
  enum { WORKERS = 4, CLIENTS = 40 };
  pid_t pids[WORKERS];
  for (int k = 0; k < WORKERS; k++) {
    if ((pids[k] = fork()) != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      const int fd = accept(listener, NULL, NULL);
      CHECK(fd >= 0);
      expect(fd, "hello");
      say(fd, "world");
      close(fd);
    }
  }
  for (int k = 0; k < CLIENTS; k++) {
    const int fd = connect_to(PORT);
    say(fd, "hello");
    expect(fd, "world");
    expect_end(fd);
    close(fd);
  }
  for (int k = 0; k < WORKERS; k++) {
    kill(pids[k], SIGKILL);
    waitpid(pids[k], NULL, 0);
  }
}

/* Pre-forked workers, each with an epoll of its own over the shared listener, as nginx has them. */
static void prefork_epoll(void) {
  enum { WORKERS = 3, CLIENTS = 60 };
  pid_t pids[WORKERS];
  nonblocking(listener);
  for (int k = 0; k < WORKERS; k++) {
    if ((pids[k] = fork()) != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int epfd = epoll_create(1);
    struct epoll_event e = {EPOLLIN | (k == 0 ? EPOLLEXCLUSIVE : 0u), {.fd = listener}};
    CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &e) == 0);
    for (;;) {
      CHECK(epoll_wait(epfd, &e, 1, -1) == 1);
      if (e.data.fd == listener) {
        const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) continue;
        e = (struct epoll_event){EPOLLIN | EPOLLET, {.fd = fd}};
        CHECK(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &e) == 0);
      } else {
        char buffer[16];
        const ssize_t n = read(e.data.fd, buffer, sizeof buffer);
        if (n == 5) say(e.data.fd, "world");
        if (n == 0) close(e.data.fd);
      }
    }
  }
  for (int k = 0; k < CLIENTS; k++) {
    const int fd = connect_to(PORT);
    say(fd, "hello");
    expect(fd, "world");
    close(fd);
  }
  for (int k = 0; k < WORKERS; k++) {
    kill(pids[k], SIGKILL);
    waitpid(pids[k], NULL, 0);
  }
  CHECK(fcntl(listener, F_SETFL, 0) == 0);
}

static void killed_holder(void) {
  int client, server;
  pair(&client, &server);
  const pid_t pid = fork();
  if (pid == 0) {
    close(client);
    say(server, "alive");
    for (;;) pause();
  }
  close(server);
  expect(client, "alive");
  kill(pid, SIGKILL);
  expect_end(client);
  waitpid(pid, NULL, 0);
  close(client);
}

/* A process that dies while it sends, again and again, with the parent sending on the same socket. */
static void killed_sender(void) {
  int client, server;
  pair(&client, &server);
  pthread_t t;
  extern void *swallow(void *);
  CHECK(pthread_create(&t, NULL, swallow, &server) == 0);
  for (int round = 0; round < 10; round++) {
    const pid_t pid = fork();
    if (pid == 0) {
      static char data[5000];
      for (;;) send_all(client, data, sizeof data);
    }
    static char data[3000];
    for (int k = 0; k < 50; k++) send_all(client, data, sizeof data);
    kill(pid, SIGKILL);
    for (int k = 0; k < 50; k++) send_all(client, data, sizeof data);
    waitpid(pid, NULL, 0);
  }
  shutdown(client, SHUT_WR);
  pthread_join(t, NULL);
  close(client);
  close(server);
}

void *swallow(void *argument) {
  static char buffer[65536];
  while (read(*(int *)argument, buffer, sizeof buffer) > 0) {
  }
  return NULL;
}

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
    execl("/proc/self/exe", "process_test", "-inherited", text, NULL);
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

/* A fork that nobody announces: the child's sockets are dead, new ones work, the parent is not disturbed. */
static void fork_unseen(void) {
  int client, server;
  pair(&client, &server);
  const pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
  if (pid == 0) {
    char c;
    CHECK(recv(client, &c, 1, 0) < 0 && errno == ECONNRESET);
    CHECK(send(client, &c, 1, MSG_NOSIGNAL) < 0);
    const int fresh = connect_to(PORT);
    say(fresh, "fresh");
    close(client);
    close(server);
    _exit(0);
  }
  const int fresh = accept(listener, NULL, NULL);
  expect(fresh, "fresh");
  expect_end(fresh);
  child_ok(pid);
  say(client, "as ever");
  expect(server, "as ever");
  close(fresh);
  close(client);
  close(server);
}

static void fork_storm(void) {
  int client, server;
  pair(&client, &server);
  for (int k = 0; k < 100; k++) {
    const pid_t pid = fork();
    if (pid == 0) {
      if (k % 3 == 0) kill(getpid(), SIGKILL);
      if (k % 3 == 1) say(client, "x");
      _exit(0);
    }
    waitpid(pid, NULL, 0);
    if (k % 3 == 1) expect(server, "x");
  }
  close(client);
  expect_end(server);
  close(server);
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
      execl("/proc/self/exe", "process_test", "-stranger", number, NULL);
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
      RUN(shared_socket); RUN(fork_before_connect); RUN(prefork); RUN(prefork_epoll);
      RUN(killed_holder); RUN(killed_sender); RUN(listener_of_a_stranger); RUN(duplicates); RUN(dup_before_connect); RUN(exec_with_socket);
      RUN(exec_under_the_layer); RUN(exec_keeps_parents_bytes); RUN(spawn_and_vfork); RUN(spawn_on_stdin); RUN(passed_descriptor); RUN(passed_listener);
      RUN(through_stdio); RUN(close_everything); RUN(fork_storm); RUN(fork_unseen);)
