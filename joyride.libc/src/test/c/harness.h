/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test program starts the test service, then itself again under the layer. Everything ends in bounded time: the outer
 * process kills what it started, by pid.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Runs beside each other do not meet: each has an address of its own. */
#define ADDRESS getenv("JOYRIDE_TEST_ADDRESS")
enum { TEST_SECONDS = 60 };

#define CHECK(condition)                                                                                     \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      fprintf(stderr, "%s:%d: %s: %s (errno %d, %s)\n", __FILE__, __LINE__, __func__, #condition, errno,     \
              strerror(errno));                                                                              \
      exit(1);                                                                                               \
    }                                                                                                        \
  } while (0)

static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void sleep_ms(long ms) {
  const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&t, NULL);
}

/* Returns once the thread sleeps in a system call: what it was to wait in, it waits in. */
static inline void until_asleep(pid_t thread) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
  for (int seen = 0; seen < 3; sleep_ms(5)) {
    FILE *f = fopen(path, "r");
    CHECK(f != NULL && fgets(line, sizeof line, f) != NULL);
    fclose(f);
    seen = strrchr(line, ')')[2] == 'S' ? seen + 1 : 0;
  }
}

struct sleeper {
  void *(*run)(void *);
  void *argument;
  pid_t thread;
};

static inline void *as_sleeper(void *argument) {
  struct sleeper *s = argument;
  void *(*run)(void *) = s->run;
  void *const mine = s->argument;
  __atomic_store_n(&s->thread, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
  return run(mine);
}

/* Starts a thread and returns once it sleeps in what it does. */
static inline pthread_t asleep(void *(*run)(void *), void *argument) {
  struct sleeper s = {run, argument, 0};
  pthread_t t;
  CHECK(pthread_create(&t, NULL, as_sleeper, &s) == 0);
  while (__atomic_load_n(&s.thread, __ATOMIC_ACQUIRE) == 0) sleep_ms(1);
  until_asleep(s.thread);
  return t;
}

struct late_signal {
  pid_t thread;
  int number;
};

static inline void *signals_sleeper(void *argument) {
  const struct late_signal late = *(struct late_signal *)argument;
  free(argument);
  until_asleep(late.thread);
  CHECK(syscall(SYS_tgkill, getpid(), late.thread, late.number) == 0);
  return NULL;
}

/* The calling thread gets the signal once it sleeps. */
static inline pthread_t signal_when_asleep(int number) {
  struct late_signal *late = malloc(sizeof *late);
  sigset_t all, before;
  pthread_t t;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  *late = (struct late_signal){(pid_t)syscall(SYS_gettid), number};
  CHECK(pthread_create(&t, NULL, signals_sleeper, late) == 0);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return t;
}

static inline struct sockaddr_in address(uint16_t port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, ADDRESS, &a.sin_addr);
  return a;
}

/* Without the layer, to see whether a test expects what Linux does. */
static inline bool on_kernel(void) { return getenv("JOYRIDE_TEST_KERNEL") != NULL; }

/* The kernel's socket under a Joyride connection knows no peer. */
static inline bool is_joyride(int fd) {
  struct sockaddr_storage a;
  socklen_t l = sizeof a;
  return syscall(SYS_getpeername, fd, &a, &l) < 0 && errno == ENOTCONN;
}

static inline int listen_at(uint16_t port, int flags) {
  const int fd = socket(AF_INET, SOCK_STREAM | flags, 0), yes = 1;
  CHECK(fd >= 0);
  CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
  struct sockaddr_in a = address(port);
  CHECK(bind(fd, (struct sockaddr *)&a, sizeof a) == 0);
  CHECK(listen(fd, 128) == 0);
  return fd;
}

static inline int connect_to(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(fd >= 0);
  struct sockaddr_in a = address(port);
  CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) == 0);
  CHECK(is_joyride(fd) != on_kernel());
  return fd;
}

/* A connection's two ends. */
static inline void connected(int listener, uint16_t port, int *client, int *server) {
  *client = connect_to(port);
  *server = accept(listener, NULL, NULL);
  CHECK(*server >= 0 && is_joyride(*server) != on_kernel());
}

static inline void send_all(int fd, const void *data, size_t n) {
  for (size_t done = 0; done < n;) {
    const ssize_t r = send(fd, (const char *)data + done, n - done, 0);
    CHECK(r > 0);
    done += (size_t)r;
  }
}

static inline void receive_all(int fd, void *data, size_t n) {
  for (size_t done = 0; done < n;) {
    const ssize_t r = recv(fd, (char *)data + done, n - done, 0);
    CHECK(r > 0);
    done += (size_t)r;
  }
}

static inline void nonblocking(int fd) { CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0); }

static inline void child_ok(pid_t pid) {
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static inline pid_t service_pid(void) { return (pid_t)atoi(getenv("JOYRIDE_TEST_SERVICE")); }

static inline pid_t start(char *const argv[], bool preload, const char *library) {
  const pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (preload) setenv("LD_PRELOAD", library, 1);
  execv(argv[0], argv);
  _exit(127);
}

static inline int outer(char **argv) {
  char self[4096], library[4096 + 32], service[4096 + 32], path[64], pid[16];
  const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  CHECK(n > 0);
  self[n] = 0;
  char copy[4096];
  strcpy(copy, self);
  const char *directory = dirname(copy);
  snprintf(library, sizeof library, "%s/../libjoyride.so", directory);
  snprintf(service, sizeof service, "%s/test_service", directory);
  snprintf(path, sizeof path, "/tmp/joyride-test-%d.sock", (int)getpid());
  const char *spin = getenv("JOYRIDE_TEST_SPIN");
  char *service_argv[] = {service, path, (char *)(spin ? spin : "50"), NULL};
  const pid_t service_process = start(service_argv, false, NULL);
  for (int k = 0; k < 1000 && access(path, F_OK) != 0; k++) sleep_ms(2);
  snprintf(pid, sizeof pid, "%d", (int)service_process);
  char own_address[32];
  snprintf(own_address, sizeof own_address, "127.77.%d.%d", 64 + (int)getpid() / 250 % 128, 1 + (int)getpid() % 250);
  setenv("JOYRIDE_TEST_ADDRESS", own_address, 1);
  setenv("JOYRIDE_ATTACH", path, 1);
  setenv("JOYRIDE_TEST_SERVICE", pid, 1);
  setenv("JOYRIDE_TEST_INNER", "1", 1);
  argv[0] = self;
  const pid_t inner = start(argv, true, library);
  int status = 0;
  bool over = false;
  for (int k = 0; k < TEST_SECONDS * 100 && !over; k++) {
    over = waitpid(inner, &status, WNOHANG) == inner;
    if (!over) sleep_ms(10);
  }
  if (!over) {
    fprintf(stderr, "%s: not done within %d s\n", self, TEST_SECONDS);
    kill(inner, SIGKILL);
    waitpid(inner, &status, 0);
  }
  kill(service_process, SIGKILL);
  int service_status;
  waitpid(service_process, &service_status, 0);
  unlink(path);
  if (WIFSIGNALED(service_status) && WTERMSIG(service_status) != SIGKILL) {
    fprintf(stderr, "the test service died by signal %d\n", WTERMSIG(service_status));
    return 1;
  }
  if (over && WIFSIGNALED(status)) fprintf(stderr, "%s: died by signal %d\n", self, WTERMSIG(status));
  return over && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* The same tests in this process's stead, on the kernel's sockets. */
static inline int compared(char **argv) {
  const pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    char own_address[32];
    snprintf(own_address, sizeof own_address, "127.78.%d.%d", 64 + (int)getpid() / 250 % 128, 1 + (int)getpid() % 250);
    setenv("JOYRIDE_TEST_ADDRESS", own_address, 1);
    setenv("JOYRIDE_TEST_KERNEL", "1", 1);
    setenv("JOYRIDE_TEST_INNER", "1", 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(TEST_SECONDS);
    execv("/proc/self/exe", argv);
    _exit(127);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return outer(argv);
  fprintf(stderr, "%s: it is not as the kernel does it\n", argv[0]);
  return 1;
}

#define RUN(test)                                                              \
  do {                                                                         \
    if (!only || strcmp(only, #test) == 0) {                                   \
      const uint64_t began = now_ns();                                         \
      test();                                                                  \
      if (getenv("V")) printf("  %-32s %6.1f ms\n", #test, (double)(now_ns() - began) / 1e6), fflush(stdout); \
    }                                                                          \
  } while (0)

/* main: the tests run inside, each by RUN; an argument picks one. COMPARED_TESTS run on the kernel's sockets first. */
#define TESTS(...) TESTS_BY(outer, __VA_ARGS__)
#define COMPARED_TESTS(...) TESTS_BY(compared, __VA_ARGS__)
#define TESTS_BY(run, ...)                             \
  int main(int argc, char **argv) {                    \
    if (!getenv("JOYRIDE_TEST_INNER")) return run(argv); \
    const char *only = argc > 1 ? argv[1] : NULL;      \
    (void)only;                                        \
    __VA_ARGS__                                        \
    return 0;                                          \
  }

/* Hands a descriptor over a Unix socket. */
static inline void pass(int way, int fd) {
  char c = 'x', room[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec iov = {&c, 1};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *h = CMSG_FIRSTHDR(&m);
  *h = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
  memcpy(CMSG_DATA(h), &fd, sizeof fd);
  CHECK(sendmsg(way, &m, 0) == 1);
}

static inline int passed(int way) {
  char c, room[CMSG_SPACE(sizeof(int))];
  struct iovec iov = {&c, 1};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  CHECK(recvmsg(way, &m, 0) == 1);
  int fd;
  memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
  return fd;
}

#endif
