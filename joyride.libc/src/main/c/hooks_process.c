/* SPDX-License-Identifier: BSD-2-Clause */
/* Exported names: new program images. fork itself is seen through pthread_atfork, whoever calls it. */
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "escalate.h"
#include "fdtable.h"
#include "instance.h"
#include "place.h"
#include "real.h"

extern char **environ;

/* What leaves by exec: nothing was ever Joyride's in most programs that come here. */
static char *const *before_exec(char *const envp[]) { return likely(fd_highest() < 0) ? envp : escalate_inheritable(envp); }

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

#define NEXT(type, name, params)           \
  type(*call) params;                      \
  void *found = next(#name);               \
  if (!found) return (int)answer(-ENOSYS); \
  memcpy(&call, &found, sizeof call)

/* A program that confines itself, most often by libseccomp, says so here first. */
EXPORT int prctl(int option, ...) {
  if (option == PR_SET_SECCOMP || option == PR_SET_NO_NEW_PRIVS) place_stay();
  va_list ap;
  va_start(ap, option);
  unsigned long a[4];
  for (int k = 0; k < 4; k++) a[k] = va_arg(ap, unsigned long);
  va_end(ap);
  return (int)answer(RAW5(SYS_prctl, option, a[0], a[1], a[2], a[3]));
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[]) {
  return (int)answer(RAW3(SYS_execve, path, argv, before_exec(envp)));
}

EXPORT int execv(const char *path, char *const argv[]) { return execve(path, argv, environ); }

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[]) {
  NEXT(int, execvpe, (const char *, char *const[], char *const[]));
  return call(file, argv, before_exec(envp));
}

EXPORT int execvp(const char *file, char *const argv[]) { return execvpe(file, argv, environ); }

EXPORT int fexecve(int fd, char *const argv[], char *const envp[]) {
  NEXT(int, fexecve, (int, char *const[], char *const[]));
  return call(fd, argv, before_exec(envp));
}

EXPORT int execveat(int at, const char *path, char *const argv[], char *const envp[], int flags) {
  return (int)answer(RAW5(SYS_execveat, at, path, argv, before_exec(envp), flags));
}

/* Counts the arguments, then lays them out; *envp is what follows the NULL, if the caller has that. */
#define ARGUMENTS(first, argv, envp)                                  \
  va_list ap;                                                         \
  size_t count = 1;                                                   \
  va_start(ap, first);                                                \
  while (va_arg(ap, const char *)) count++;                           \
  va_end(ap);                                                         \
  char *argv[count + 1];                                              \
  argv[0] = (char *)first;                                            \
  va_start(ap, first);                                                \
  for (size_t k = 1; k <= count; k++) argv[k] = va_arg(ap, char *);   \
  char **envp = with_environment ? va_arg(ap, char **) : environ;     \
  va_end(ap)

EXPORT int execl(const char *path, const char *first, ...) {
  const bool with_environment = false;
  ARGUMENTS(first, argv, envp);
  return execve(path, argv, envp);
}

EXPORT int execlp(const char *file, const char *first, ...) {
  const bool with_environment = false;
  ARGUMENTS(first, argv, envp);
  return execvpe(file, argv, envp);
}

EXPORT int execle(const char *path, const char *first, ...) {
  const bool with_environment = true;
  ARGUMENTS(first, argv, envp);
  return execve(path, argv, envp);
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) {
  NEXT(int, posix_spawn,
       (pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[],
        char *const[]));
  return call(pid, path, actions, attributes, argv, before_exec(envp));
}

EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) {
  NEXT(int, posix_spawnp,
       (pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[],
        char *const[]));
  return call(pid, file, actions, attributes, argv, before_exec(envp));
}

/* libc duplicates in the child, past this layer: the descriptor must be a kernel file by then. */
EXPORT int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int to) {
  int (*call)(posix_spawn_file_actions_t *, int, int);
  void *found = next("posix_spawn_file_actions_adddup2");
  if (!found) return ENOSYS;
  memcpy(&call, &found, sizeof call);
  const struct file *f = fd_file(fd);
  if (f && f->kind == FILE_STREAM) escalate(fd);
  return call(actions, fd, to);
}

/*
 * A vfork child shares the parent's memory but not its descriptors: what it does to those would show in the parent's
 * table. So an attached process forks, and as with vfork goes on when the child execs or ends.
 */
__attribute__((used, visibility("hidden"))) pid_t vfork_by_fork(void) {
  int ends[2];
  if (RAW2(SYS_pipe2, ends, O_CLOEXEC) < 0) return fork();
  const pid_t pid = fork();
  const int saved = errno;
  if (pid == 0) {
    real.close(ends[0]);
    return 0;
  }
  real.close(ends[1]);
  char c;
  if (pid > 0)
    while (RAW3(SYS_read, ends[0], &c, 1) == -EINTR) {
    }
  real.close(ends[0]);
  errno = saved;
  return pid;
}

__attribute__((visibility("hidden"))) void *real_vfork;
__attribute__((constructor)) static void resolve_vfork(void) { real_vfork = next("vfork"); }

/* Not in C: the real vfork returns twice through this frame, so there must be none. */
#if defined(__x86_64__)
__asm__(
    ".text\n.globl vfork\n.type vfork, @function\nvfork:\n"
    "  endbr64\n"
    "  cmpq $0, instance_current(%rip)\n"
    "  jne vfork_by_fork\n"
    "  movq real_vfork(%rip), %rax\n"
    "  testq %rax, %rax\n"
    "  je vfork_by_fork\n"
    "  jmp *%rax\n"
    ".size vfork, .-vfork\n");
#elif defined(__aarch64__)
__asm__(
    ".text\n.globl vfork\n.type vfork, %function\nvfork:\n"
    "  hint 34\n"
    "  adrp x0, instance_current\n"
    "  ldr x0, [x0, #:lo12:instance_current]\n"
    "  cbnz x0, 1f\n"
    "  adrp x0, real_vfork\n"
    "  ldr x0, [x0, #:lo12:real_vfork]\n"
    "  cbz x0, 1f\n"
    "  br x0\n"
    "1: b vfork_by_fork\n"
    ".size vfork, .-vfork\n");
#endif
