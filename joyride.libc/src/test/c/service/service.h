/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A service for the tests of the layer: one instance for whoever attaches, and connections that are two sockets whose
 * rings it copies into each other. No network, no TCP: only what joyride_abi.h promises to the programs.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "joyride_abi.h"

#define load(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define publish(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define exchange(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define fetch_or(p, v) __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)

enum { CHUNKS = 8192, LENT = 16, LIMIT = 256 * 1024, LARGE_FROM = 2 * JR_CHUNK, REFUSED_PORT = 9, KEYS = 4 };
#define NONE UINT32_MAX

/* A slot beside what lies in shared memory. */
struct slot {
  bool used, listening, closing, fin_told, connecting, deferred;
  uint32_t peer;
  uint32_t taken; /* a listener: handles whose claims were seen, in bytes */
  uint64_t rx_freed, tx_freed;
  uint8_t holders[JR_PROCESSES / 8];
  uint32_t holder_count;
  struct jr_address address;
  int relay; /* the escalated end, or -1 */
  uint64_t cookie; /* of the program's end */
  struct jr_md5key keys[KEYS];
  char congestion[16];
  uint32_t beta; /* of newreno */
  int held[2], rung[2]; /* of those who get signals, -1: nobody */
};

struct process {
  bool used;
  int fd;
};

extern uint8_t *base;
extern struct jr_header *header;
extern struct jr_socket *sockets;
extern struct jr_process *processes;
extern struct jr_waiter *waiters;
extern struct jr_queue *queues;
extern uint64_t *dirty_words, *call_words;
extern int memory_fd, service_fd, epoll_fd, listen_fd;
extern struct slot slots[JR_SOCKETS];
extern uint32_t slot_top;
extern struct process procs[JR_PROCESSES];
extern int waiter_fds[JR_WAITERS];
extern uint32_t free_chunks[CHUNKS], free_count;
extern uint16_t lent_to[CHUNKS]; /* process + 1 */

/* layout.c */
void layout(uint32_t spin_us);

/* telling.c */
void waker_ring(int fd);
void wake(uint32_t w);
void tell(uint32_t slot, bool rx);
void owner_set(uint32_t slot, uint32_t kind, const int *ends);
void owner_tell(uint32_t slot, uint32_t kind);

/* chunks.c */
uint8_t *chunk(uint32_t entry);
uint32_t chunk_take(void);
void chunk_give(uint32_t entry);
void refill(uint32_t p);
uint32_t *rx_entry(struct jr_socket *s, uint64_t position);
uint32_t *tx_entry(struct jr_socket *s, uint64_t position);

/* The chunk, if it is one, into s's receive ring at rx_prod. */
bool rx_put(struct jr_socket *s, uint32_t chunk);
uint64_t free_passed(struct jr_socket *s, uint32_t *(*entry_at)(struct jr_socket *, uint64_t), uint64_t from, uint64_t to);

/* sockets.c */
uint32_t slot_new(void);
void hold(uint32_t k, uint32_t p);
void die(uint32_t k, int error);
void part(uint32_t k);
bool roomy(const struct jr_socket *s);
void take_claims(uint32_t k);
void connect_pending(uint32_t listener);
void depart(uint32_t k);
void socket_dirty(uint32_t k);
void drop(uint32_t k, uint32_t p, bool reset);

/* calls.c */
void call(uint32_t n);

/* processes.c */
void commands(uint32_t p);
uint32_t process_new(int fd, uint32_t pid);
void process_end(uint32_t p);

/* attach.c */
void message(uint32_t p);
void welcome(void);

/* relay.c */
bool relay(uint32_t k);

#endif
