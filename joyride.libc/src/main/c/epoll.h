/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's epoll descriptor is a kernel epoll, and holds its kernel descriptors. Beside it stands a struct epoll with
 * the Joyride sockets among its members. Edges come as bits of a readiness queue; what they mean is read from the
 * sockets' words when epoll_wait asks, so a stale or doubled bit does no harm.
 *
 * Locks: `memberships` (which file is in which set, static in epoll_set.c) before `lock` (the ready list and members).
 */
#ifndef JOYRIDE_EPOLL_H
#define JOYRIDE_EPOLL_H

#include <signal.h>
#include <sys/epoll.h>

#include "file.h"
#include "wait.h"

#define NO_QUEUE UINT32_MAX

struct member {
  /* one line: all that epoll_wait touches */
  struct file *file;
  struct member *same_slot; /* other descriptors of that socket in this set */
  int fd;
  uint32_t events; /* with EPOLLET, EPOLLONESHOT, ... as the program gave them */
  epoll_data_t data;
  uint32_t rx_seen, tx_seen; /* rx_edges and tx_edges when it was last reported */
  uint8_t ours;       /* Joyride's, and not only recorded for when it will be */
  uint8_t ready;      /* in the ready list */
  uint8_t fresh;      /* added or changed: reported as it is, edge or not */
  uint8_t disarmed;   /* EPOLLONESHOT has fired */
  uint8_t is_twin;    /* in the list of listeners */
  uint8_t twin_ready; /* a listener: the kernel's twin has a connection */
  struct member *ready_next, *ready_previous;
  struct epoll *epoll;
  struct member *next, *previous; /* in the set */
  struct member *same_file;
  struct member *next_twin; /* the next listener in the set */
};
_Static_assert(offsetof(struct member, epoll) == JR_LINE, "what epoll_wait touches of a member is one line");

struct sleeper {
  struct waiter *waiter;
  struct epoll *epoll;
  struct sleeper *next;
};

struct epoll {
  struct lock lock;
  int fd; /* a descriptor of it, as last seen */
  struct instance *instance;
  uint32_t queue;
  uint32_t ours;     /* members that are Joyride's */
  uint32_t inner;    /* members that are epoll sets */
  uint32_t in_kernel; /* threads in the kernel's epoll_wait, which know nothing of Joyride */
  int twins_fd;      /* a kernel epoll of the listeners' twins; -1: none */
  uint8_t look_at_twins;
  uint8_t rejoin;    /* inherited by fork: the queue was the parent's */
  uint8_t loss_seen;
  uint8_t kernel_spoke; /* the kernel had events when it was last asked */
  uint8_t kernel_used; /* there may be kernel descriptors in the set */
  uint32_t turns;      /* epoll_waits since the kernel was asked */
  uint64_t kernel_asked, service_asked; /* cycles() */
  struct member *members;
  struct member *twins;
  struct member *ready_head, *ready_tail;
  struct member **by_slot;
  struct sleeper *sleepers;
  struct file *file;
  struct epoll *link;
};

/* After epoll_create. */
void epoll_made(int fd);

int epoll_control(int epfd, int op, int fd, const struct epoll_event *event);
int epoll_waiting(int epfd, struct file *f, struct epoll_event *events, int max, uint64_t timeout_ns,
                  const sigset_t *mask);

/* Would epoll_wait report a Joyride socket now? */
bool epoll_ready(struct epoll *e);

/* Is there anything to look at, without looking? */
bool epoll_signalled(struct epoll *e);
bool epoll_has_ours(struct epoll *e);

/* Notes or forgets a waiter at the set's queue, and at those of the sets within it. */
void epoll_note(struct epoll *e, const struct waiter *w, bool on);

/* What happened to a file that may be a member. */
void epoll_file_decided(struct file *f);
void epoll_file_undecided(struct file *f);
void epoll_file_is_kernels(struct file *f);
void epoll_file_closed(struct file *f);
void epoll_closed(struct file *f);
void epoll_after_fork(struct file *f);

/* epoll_queue.c, under e->lock */
void queue_join(struct epoll *e);
void queue_leave(struct epoll *e);
void queue_name(struct epoll *e, struct member *m);
void queue_unname(struct epoll *e, struct member *m);
bool queue_signalled(const struct epoll *e);
void queue_drain(struct epoll *e);

/* the ready list, under e->lock */
void ready_push(struct epoll *e, struct member *m);
void ready_drop(struct epoll *e, struct member *m);
void epoll_wake(struct epoll *e);

/* epoll_twins.c, under e->lock */
void twin_add(struct epoll *e, struct member *m);
void twin_change(struct epoll *e, struct member *m);
void twin_remove(struct epoll *e, struct member *m);
void twins_look(struct epoll *e);

/* epoll_kick.c: threads that sleep in the kernel's epoll_wait learn that there are Joyride members now */
void kick_sleepers(struct epoll *e);
/* Takes the kick out of what the kernel reported; after the thread has left in_kernel. */
int kick_filter(struct epoll *e, struct epoll_event *events, int n, bool *kicked);

/* A descriptor for system calls on e; -1: the program has none. */
int epoll_descriptor(struct epoll *e);

static inline struct jr_queue *epoll_queue(const struct epoll *e) { return &e->instance->queues[e->queue]; }

#endif
