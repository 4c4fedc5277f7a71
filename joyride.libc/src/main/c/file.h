/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Linux calls an open file, for those this layer answers for: all descriptors made by dup share one. Memory of a
 * struct file is never given back, only used again for another file: so one may be looked at without a reference,
 * if what was seen is confirmed afterwards under the lock it is about (stream.c).
 */
#ifndef JOYRIDE_FILE_H
#define JOYRIDE_FILE_H

#include "instance.h"

enum file_kind {
  FILE_FREE = 0,
  FILE_OWN,       /* a descriptor of the layer itself */
  FILE_KERNEL,    /* decided: the kernel's */
  FILE_UNDECIDED, /* a kernel TCP socket that may become Joyride's by connect or listen */
  FILE_DECIDING,  /* a thread is about it */
  FILE_STREAM,
  FILE_LISTENER, /* Joyride's, and the kernel's twin under the descriptor */
  FILE_EPOLL
};

struct member;
struct epoll;
struct key;
struct asked;

/* Options set before there is a slot to put them in; names as in struct jr_socket. */
struct early_options {
  uint32_t option_flags, sndbuf, rcvbuf, keepidle, keepintvl, keepcnt;
  int32_t linger;
  uint32_t user_timeout_ms, maxseg, tos, ttl;
  uint32_t rcvlowat, rcvtimeo_ms, sndtimeo_ms;
  uint32_t fast_open; /* EARLY_* */
};
enum { EARLY_FASTOPEN_CONNECT = 1, EARLY_FASTOPEN_NO_COOKIE = 2 };

struct file {
  uint32_t kind;
  uint32_t refs; /* descriptors, and calls that may sleep */
  struct jr_socket *socket;
  struct instance *instance;
  uint32_t slot;
  uint32_t generation;
  uint8_t connect_pending; /* a non-blocking connect whose success connect() has not told yet */
  uint8_t loss_told;       /* the service's end was reported by an error */
  uint8_t bound;
  uint8_t owned; /* the kernel's socket, under an undecided file, was given an owner */
  uint8_t escalated; /* the kernel's file under the descriptors is an end of a socketpair (escalate.h) */
  uint8_t prefix;    /* bytes that were relayed before this process had the rings come first (inherited.h) */
  uint8_t adopt;     /* a kernel listener that may be Joyride's: it was open before this program began (inherited.h), or its service ended */
  uint8_t twin_turn; /* accept: whose turn it is, ours or the kernel twin's */
  uint16_t family;
  uint64_t adopt_after; /* ns: asked for again then */
  struct member *members; /* the epoll sets it is in */
  struct epoll *epoll;
  struct key *keys;  /* of TCP-MD5 (keys.h) */
  struct asked *asked; /* options for the service alone (asked.h) */
  struct file *next; /* free, or waiting for its close command */
  int *own_where;    /* FILE_OWN: who keeps the number */
  struct early_options early;
};

/*
 * What the file is once nobody is deciding about it: between a connect's first word to the service and its last, the
 * connection may be accepted already, and other threads know of it.
 */
static inline uint32_t file_kind(const struct file *f) {
  uint32_t kind;
  while (unlikely((kind = load(&f->kind)) == FILE_DECIDING)) RAW0(SYS_sched_yield);
  return kind;
}

struct file *file_new(enum file_kind kind);

/* Another reference, unless it had none left. */
bool file_hold(struct file *f);
void file_put(struct file *f);

/* A reference that goes with its variable, also when the thread is cancelled. */
#define HELD __attribute__((cleanup(file_unhold)))
static inline void file_unhold(struct file **f) {
  if (*f) file_put(*f);
}

/* The socket of a connection or listener becomes this file's; its kind is published last. */
void file_attach_socket(struct file *f, enum file_kind kind, struct instance *i, uint32_t slot, uint32_t generation);

/* The file lets go of its socket and is undecided again: what connect after a failed connect needs. */
void file_detach_socket(struct file *f);

/* Closes a socket of the service's that no file has. */
void file_close_socket(struct instance *i, uint32_t slot, uint32_t generation, int32_t linger);

/* After fork, in the child: references as the descriptors have them, none by other threads' calls. */
void files_recount(void);

#endif
