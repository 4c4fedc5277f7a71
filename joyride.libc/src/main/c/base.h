/* SPDX-License-Identifier: BSD-2-Clause */
/* What every file of the layer uses: attributes, atomic accesses, clock. */
#ifndef JOYRIDE_BASE_H
#define JOYRIDE_BASE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "joyride_abi.h"

#define EXPORT __attribute__((visibility("default")))
#define COLD __attribute__((cold, noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define peek(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define load(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define poke(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define publish(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define exchange(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define fetch_or(p, v) __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define fetch_and(p, v) __atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST)
#define fetch_add(p, v) __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
/* p is *expected: becomes v, true; else *expected is what p is, false */
#define cas(p, expected, v) \
  __atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
/* For fetch_to_write GCC emits a fetch to read, unless it is told of a CPU; prefetchw is at worst no operation on an x86-64. */
#define fetch_line(p) __builtin_prefetch(p)
#if defined(__x86_64__)
#define fetch_to_write(p) __asm__ volatile("prefetchw (%0)" ::"r"(p))
#else
#define fetch_to_write(p) __builtin_prefetch((p), 1)
#endif
#define compiler_barrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)

/* A locked instruction on the stack is 4 times as fast as mfence. */
static inline void full_fence(void) {
#if defined(__x86_64__)
  __asm__ volatile("lock orl $0, (%%rsp)" ::: "memory", "cc");
#else
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

static inline void cpu_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield" ::: "memory");
#endif
}

static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A cheap clock for bounds that need no precision: at least 1, at most some 5 ticks a nanosecond. */
static inline uint64_t cycles(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return now_ns();
#endif
}

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* -errno as the kernel returns it becomes -1 and errno */
static inline long answer(long r) {
  if (unlikely(r < 0)) {
    errno = (int)-r;
    return -1;
  }
  return r;
}

#endif
