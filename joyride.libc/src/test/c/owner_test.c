/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals of a socket: SIGURG and SIGIO, to whom F_SETOWN says, also while the program runs its own code. On the kernel's sockets first. */
#include <sys/ioctl.h>
#include <linux/sockios.h>

#include "harness.h"

enum { PORT = 7420, SPIN_SECONDS = 10, QUIET_MS = 60 };

static int listener, client, server;
static volatile sig_atomic_t urgent, ready, by_number, code;
static volatile pid_t thread;

static void on_urgent(int number) {
  (void)number;
  urgent++;
  thread = (pid_t)syscall(SYS_gettid);
}

static void on_ready(int number) {
  (void)number;
  ready++;
}

static void on_number(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  code = info->si_code;
  by_number++;
}

static void begin(void) {
  urgent = ready = by_number = 0;
  connected(listener, PORT, &client, &server);
}

static void end(void) {
  close(client);
  close(server);
}

/* Without a call of this program's. */
static bool spin(volatile sig_atomic_t *flag, int until) {
  const uint64_t start = now_ns();
  while (*flag < until && now_ns() - start < SPIN_SECONDS * 1000000000ull) {
  }
  return *flag >= until;
}

/* Time passes, and signals come: nanosleep ends with each. */
static void quiet(void) {
  const uint64_t start = now_ns();
  while (now_ns() - start < QUIET_MS * 1000000ull) sleep_ms(5);
}

static void hurry(void) { CHECK(send(client, "!", 1, MSG_OOB) == 1); }

static void take(int fd) {
  char c;
  CHECK(recv(fd, &c, 1, MSG_OOB) == 1 && c == '!');
}

static void while_it_spins(void) {
  begin();
  CHECK(fcntl(server, F_SETOWN, getpid()) == 0 && fcntl(server, F_GETOWN) == getpid());
  for (int k = 1; k <= 5; k++) {
    hurry();
    CHECK(spin(&urgent, k));
    take(server);
  }
  CHECK(fcntl(server, F_SETOWN, 0) == 0 && fcntl(server, F_GETOWN) == 0);
  hurry();
  quiet();
  CHECK(urgent == 5 && ready == 0);
  end();
}

static void ignored_unless_handled(void) {
  begin();
  signal(SIGURG, SIG_DFL);
  CHECK(fcntl(server, F_SETOWN, getpid()) == 0);
  hurry();
  quiet();
  signal(SIGURG, on_urgent);
  quiet();
  CHECK(urgent == 0);
  hurry();
  CHECK(spin(&urgent, 1));
  end();
}

static void asked_for_before_the_connect(void) {
  urgent = 0;
  client = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(fcntl(client, F_SETOWN, getpid()) == 0);
  struct sockaddr_in a = address(PORT);
  CHECK(connect(client, (struct sockaddr *)&a, sizeof a) == 0 && is_joyride(client) != on_kernel());
  CHECK(fcntl(client, F_GETOWN) == getpid());
  server = accept(listener, NULL, NULL);
  CHECK(fcntl(server, F_GETOWN) == 0); /* its own business */
  CHECK(send(server, "!", 1, MSG_OOB) == 1);
  CHECK(spin(&urgent, 1));
  take(client);
  end();
}

static volatile pid_t spinner;

static void *spins(void *unused) {
  (void)unused;
  spinner = (pid_t)syscall(SYS_gettid);
  spin(&urgent, 1);
  return NULL;
}

static void to_a_thread(void) {
  begin();
  pthread_t t;
  spinner = 0;
  CHECK(pthread_create(&t, NULL, spins, NULL) == 0);
  while (!spinner) sleep_ms(1);
  const struct f_owner_ex owner = {F_OWNER_TID, spinner};
  struct f_owner_ex got;
  CHECK(fcntl(server, F_SETOWN_EX, &owner) == 0);
  CHECK(fcntl(server, F_GETOWN_EX, &got) == 0 && got.type == F_OWNER_TID && got.pid == spinner);
  hurry();
  CHECK(pthread_join(t, NULL) == 0);
  CHECK(urgent == 1 && thread == spinner);
  end();
}

static void to_a_group(void) {
  begin();
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    _exit(spin(&urgent, 1) ? 0 : 1);
  }
  setpgid(child, child);
  CHECK(fcntl(server, F_SETOWN, -child) == 0 && fcntl(server, F_GETOWN) == -child);
  hurry();
  child_ok(child);
  CHECK(urgent == 0);
  end();
}

/* What a child sets is the socket's, as with any open file. */
static void set_by_a_child(void) {
  begin();
  const pid_t parent = getpid(), child = fork();
  if (child == 0) _exit(fcntl(server, F_SETOWN, parent) == 0 ? 0 : 1);
  child_ok(child);
  CHECK(fcntl(server, F_GETOWN) == parent);
  hurry();
  CHECK(spin(&urgent, 1));
  end();
}

static void by_ioctl(void) {
  begin();
  int owner = getpid(), got = 0;
  CHECK(ioctl(server, SIOCSPGRP, &owner) == 0 && ioctl(server, SIOCGPGRP, &got) == 0 && got == owner);
  hurry();
  CHECK(spin(&urgent, 1));
  take(server);
  owner = 0;
  CHECK(ioctl(server, FIOSETOWN, &owner) == 0 && ioctl(server, FIOGETOWN, &got) == 0 && got == 0);
  int on = 1;
  CHECK(fcntl(server, F_SETOWN, getpid()) == 0 && ioctl(server, FIOASYNC, &on) == 0);
  CHECK(fcntl(server, F_GETFL) & O_ASYNC);
  send_all(client, "x", 1);
  CHECK(spin(&ready, 1));
  end();
}

static void refused(void) {
  begin();
  const struct f_owner_ex strange = {7, getpid()};
  CHECK(fcntl(server, F_SETOWN, 0x3ffffff) < 0 && errno == ESRCH);
  CHECK(fcntl(server, F_SETOWN_EX, &strange) < 0 && errno == EINVAL);
  CHECK(fcntl(server, F_SETSIG, 65) < 0 && errno == EINVAL);
  CHECK(fcntl(server, F_GETOWN) == 0 && fcntl(server, F_GETSIG) == 0);
  end();
}

static void ready_by_signal(void) {
  begin();
  char c;
  CHECK(fcntl(server, F_SETOWN, getpid()) == 0);
  send_all(client, "x", 1);
  quiet();
  CHECK(ready == 0);
  receive_all(server, &c, 1);
  CHECK(fcntl(server, F_SETFL, fcntl(server, F_GETFL) | O_ASYNC | O_NONBLOCK) == 0);
  CHECK((fcntl(server, F_GETFL) & (O_ASYNC | O_NONBLOCK)) == (O_ASYNC | O_NONBLOCK));
  send_all(client, "x", 1);
  CHECK(spin(&ready, 1));
  receive_all(server, &c, 1);
  CHECK(fcntl(server, F_SETSIG, SIGRTMIN) == 0 && fcntl(server, F_GETSIG) == SIGRTMIN);
  quiet();
  ready = 0;
  send_all(client, "x", 1);
  CHECK(spin(&by_number, 1));
  CHECK(code == POLL_IN && ready == 0);
  CHECK(fcntl(server, F_SETFL, fcntl(server, F_GETFL) & ~O_ASYNC) == 0);
  quiet();
  by_number = 0;
  send_all(client, "x", 1);
  quiet();
  CHECK(ready == 0 && by_number == 0);
  end();
}

/* To set an owner is allowed to all; that it is signalled, only to who may. */
static void not_permitted(void) {
  if (geteuid() != 0) return;
  begin();
  const pid_t parent = getpid(), child = fork();
  if (child == 0) {
    CHECK(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
    CHECK(fcntl(server, F_SETOWN, parent) == 0 && fcntl(server, F_GETOWN) == parent);
    _exit(0);
  }
  child_ok(child);
  hurry();
  quiet();
  CHECK(urgent == 0);
  end();
}

static void handlers(void) {
  const struct sigaction a = {.sa_handler = on_urgent, .sa_flags = SA_RESTART};
  const struct sigaction b = {.sa_handler = on_ready, .sa_flags = SA_RESTART};
  const struct sigaction c = {.sa_sigaction = on_number, .sa_flags = SA_SIGINFO | SA_RESTART};
  CHECK(sigaction(SIGURG, &a, NULL) == 0 && sigaction(SIGIO, &b, NULL) == 0 && sigaction(SIGRTMIN, &c, NULL) == 0);
}

COMPARED_TESTS(handlers(); listener = listen_at(PORT, 0); RUN(while_it_spins); RUN(ignored_unless_handled);
               RUN(asked_for_before_the_connect); RUN(to_a_thread); RUN(to_a_group); RUN(set_by_a_child); RUN(by_ioctl);
               RUN(refused); RUN(ready_by_signal); RUN(not_permitted);)
