/*
 * How far two cores are from each other: the time in which a cache line goes from one to the other and back.
 *
 *   cores A B    prints "NS" for cores A and B: the least of what groups of round trips took for one, since what else runs there only lengthens it
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 50
#define GROUPS 40
#define LIMIT 300000000L

static _Alignas(128) atomic_uint there;
static _Alignas(128) atomic_uint back;
static atomic_int done;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void stay_on(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set)) {
    perror("sched_setaffinity");
    exit(1);
  }
}

static void *answer(void *core) {
  stay_on(*(int *)core);
  for (unsigned last = 0; !done;) {
    unsigned number = atomic_load_explicit(&there, memory_order_acquire);
    if (number != last) atomic_store_explicit(&back, last = number, memory_order_release);
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fputs("usage: cores A B\n", stderr);
    return 2;
  }
  int here = atoi(argv[1]), other = atoi(argv[2]);
  pthread_t thread;
  stay_on(here);
  if (pthread_create(&thread, NULL, answer, &other)) {
    perror("pthread_create");
    return 1;
  }
  int64_t begin = now(), best = INT64_MAX;
  unsigned number = 0;
  for (int group = 0; group < GROUPS && now() - begin < LIMIT; group++) {
    int64_t start = now();
    for (int round = 0; round < ROUNDS; round++) {
      atomic_store_explicit(&there, ++number, memory_order_release);
      while (atomic_load_explicit(&back, memory_order_acquire) != number) {
      }
    }
    int64_t took = now() - start;
    if (took < best) best = took;
  }
  done = 1;
  pthread_join(thread, NULL);
  printf("%ld\n", (long)(best / ROUNDS));
  return 0;
}
