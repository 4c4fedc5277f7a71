/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This process's view of a stack instance: the mapped memory and the attach socket. Instances are never unmapped
 * or freed: a thread may still be at work in the memory of one whose service is gone, and there is one for each service's life.
 */
#ifndef JOYRIDE_INSTANCE_H
#define JOYRIDE_INSTANCE_H

#include "base.h"
#include "lock.h"

struct file;

#define KEPT_CHUNKS 4

struct instance {
  struct jr_header *header;
  struct jr_socket *sockets;
  uint8_t *chunks;
  uint32_t *large_tables;
  uint64_t *dirty_words;
  struct jr_process *process; /* our own entry */
  struct jr_queue *queues;
  struct jr_waiter *waiters;
  uint64_t *call_words;
  uint8_t *queue_bitmaps;
  uint32_t process_number;
  /* 0: the service is gone, or this is the child of a fork that pthread_atfork did not see: the page is wiped there */
  uint32_t *life;
  int attach_fd;
  int service_fd;
  uint32_t chunk_count;
  uint32_t kept[KEPT_CHUNKS]; /* table entries of chunks taken from the magazine and not used */
  struct lock attach_lock; /* a question and its answer */
  struct lock command_lock;
  struct file *closing; /* closed here, the command not yet given: the ring was full. Under command_lock */
};

/* NULL: not attached. */
extern struct instance *instance_current;

/* At the program's start, while its environment is what its user made. */
void attach_init(void);

/* The instance for new sockets, attached to now if need be; NULL: no service, use the kernel. */
struct instance *instance_attach(void);

/* The service has ended: its sockets report errors from now on. */
void instance_lost(struct instance *i, const char *why);

/* Does the attach socket still have its other end? Costs a system call. */
bool instance_check(struct instance *i);

/* ECONNRESET, or what the service gave as the reason. */
int instance_errno(const struct instance *i);

static inline bool instance_gone(const struct instance *i) {
  return unlikely(!peek(i->life) || peek(&i->header->state) != JR_INSTANCE_RUNNING);
}

/* Sends a message with at most two descriptors; with an answer's room given, waits for one of that type. 0 or -errno. */
int instance_ask(struct instance *i, const struct jr_message *m, const int *fds, int count, uint32_t answer_type,
                 struct jr_message *answer_room);

/* In the child of a fork: no other thread holds a lock of these. */
void attach_after_fork(void);

void message_fill(struct jr_message *m, uint32_t type, uint64_t value);

#endif
