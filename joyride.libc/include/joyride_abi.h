/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared memory between the Joyride service and the processes of one stack instance, and the messages
 * of the attach socket. This header is the layout's single description: the Java side (joyride.ipc.shm,
 * ShmLayout) is compared with it field by field by a test.
 *
 * One sealed memfd per stack instance, made by the service. Offsets and indices, never pointers. Integers are
 * native endian (little), naturally aligned. "S" marks words that the service alone writes, "A" words that
 * the attached processes write, "SA" words that both change by atomic read-modify-write.
 *
 * Trust: a process may write anything anywhere here at any time. The service reads each A word once, checks it,
 * and at worst ends this instance. What the service must be able to rely on is kept in its own memory.
 *
 * Publishing: data first, then the position by a release store, then a full fence (or a locked instruction),
 * then the other side's sleep word is read. The other side mirrors it: sleep word, full fence, look again, sleep.
 */
#ifndef JOYRIDE_ABI_H
#define JOYRIDE_ABI_H

#include <stdint.h>

#define JR_MAGIC 0x3145444952594f4aULL /* "JOYRIDE1" read as little endian bytes */
#define JR_ABI_VERSION 8u

#define JR_LINE 64u
#define JR_SOCKETS 32768u  /* socket slots of an instance: 512 bitmap words, 8 summary words, one line */
#define JR_PROCESSES 1024u /* processes attached to an instance at a time */
#define JR_QUEUES 1024u    /* readiness queues: one for each epoll instance in use */
#define JR_WAITERS 4096u   /* threads that may sleep on, or call, the service */
#define JR_POLICIES 128u
#define JR_CHUNK_SHIFT 14u
#define JR_CHUNK (1u << JR_CHUNK_SHIFT) /* ring memory comes in chunks of 16 KiB */
#define JR_TABLE 16u                    /* chunks a direction can have at a time in the slot's own table: 256 KiB */
#define JR_LARGE_TABLE 256u             /* and with a large table: 4 MiB */
#define JR_LARGE_TABLES 4096u           /* directions of an instance that have a large table at a time */
#define JR_MAGAZINE 64u                 /* free chunks lent to a process for its send rings */
#define JR_COMMANDS 256u                /* entries of a process's command ring */

/* ------------------------------------------------------------------ bitmaps: who wants attention
 *
 * A set of up to 32768 numbers that many set and one drains, wait-free and safe against a SIGKILL anywhere:
 * number n is bit n%64 of word n/64; bit (n/64)%64 of summary word n/4096 says that the word is not empty.
 * To set: fetch_or the word, then fetch_or the summary word (skipped if its bit is seen set after the first, which is a
 * full fence), then the ring word as described at the owner. To drain, top down: exchange each level with 0
 * before the one below it is looked at, and look at the subject after that.
 */
struct jr_bitmap_summary {
  uint64_t word[8];
};
#define JR_BITMAP_WORDS 512u

/* ------------------------------------------------------------------ header: page 0 */
struct jr_header {
  /* line 0, S, written before the memfd is handed out */
  uint64_t magic;
  uint32_t abi_version;
  uint32_t header_size;   /* sizeof(struct jr_header) */
  uint64_t total_size;    /* of the memfd */
  uint64_t instance_id;
  uint32_t sockets_offset;
  uint32_t processes_offset;
  uint32_t waiters_offset;
  uint32_t queues_offset;
  uint32_t queue_bitmaps_offset;
  uint32_t dirty_bitmap_offset;
  uint32_t call_bitmap_offset;
  uint32_t chunks_offset; /* chunk i lies at chunks_offset + i * JR_CHUNK */
  /* line 1, S */
  uint32_t chunk_count __attribute__((aligned(64)));
  uint32_t state;         /* JR_INSTANCE_* */
  int32_t end_errno;      /* why the instance ended: what its sockets report */
  uint32_t spin_us;       /* bound of a waiter's spin before it sleeps, 0: do not spin */
  uint32_t yield_limit_us; /* a sched_yield that took longer than this stops the spinning for a while */
  uint32_t large_tables_offset; /* large table k lies at large_tables_offset + k * JR_LARGE_TABLE * 4 */
  /* line 2, SA: the service's doorbell. Bits JR_RING_*; whoever sets one sets it last, after the bitmaps */
  uint64_t rung __attribute__((aligned(64)));
  /* line 3, SA: 1 while the service sleeps. Whoever rang exchanges it with 0 and, if it was 1, writes 8 bytes to the
   * service's eventfd */
  uint32_t asleep __attribute__((aligned(64)));
  uint32_t idle; /* S: 1 while the service looks on and has no work, on `cpu` */
  uint32_t cpu;  /* S: 1 + the CPU where the service looked on last, while it carries frames of a NIC; else 0 */
  /* SA: 1 + a CPU, another than the service's, on which a thread of a program looked on for the service's work; the service
   * takes it and leaves 0 */
  uint32_t waiting_cpu;
  /* line 4, SA: summary of the dirty bitmap (sockets whose A words changed) */
  struct jr_bitmap_summary dirty __attribute__((aligned(64)));
  /* line 5, SA: summary of the call bitmap (waiters with a submitted call); word 0 only */
  struct jr_bitmap_summary calls __attribute__((aligned(64)));
  /* lines 6-7, SA: bit p of word p/64: process p has commands, or wants chunks */
  uint64_t process_attention[16] __attribute__((aligned(64)));
  /* policy table, S, guarded by policy_seq (odd while it is being written) */
  uint32_t policy_seq __attribute__((aligned(64)));
  uint32_t policy_count;
  uint32_t policy_rules; /* so many of them, the first, are rules */
  uint8_t policy_reserved[52];
  struct jr_policy {
    uint8_t address[16];  /* IPv4 as ::ffff:a.b.c.d */
    uint8_t prefix;       /* 0..128 */
    uint8_t action;       /* JR_POLICY_* */
    uint8_t calls;        /* of a rule: JR_POLICY_CONNECT, JR_POLICY_LISTEN */
    uint8_t reserved;
    uint16_t first_port;  /* of a rule, host order */
    uint16_t last_port;
  } policy[JR_POLICIES];
};

enum { JR_INSTANCE_RUNNING = 1, JR_INSTANCE_ENDED = 2 };
enum { JR_RING_SOCKETS = 1, JR_RING_CALLS = 2, JR_RING_PROCESSES = 4 };
/* What a program does goes by the first rule that matches its call, address and port (of connect the remote ones, of listen the
 * local ones): KERNEL, REFUSE, JOYRIDE, which means as if no rule matched, or UDP, which means the same and that what would be the kernel's is refused: the service says to
 * which port datagrams go. Then the first of the other entries that covers the address,
 * which lie by falling prefix; nothing matches: kernel. LOCAL: an address of this Joyride: connect asks the service,
 * which answers JR_USE_KERNEL if no Joyride listener is there; listeners on it are Joyride's too. A listener on the wildcard is
 * Joyride's unless a rule says otherwise. The service decides by the same policy itself when it is asked. */
enum { JR_POLICY_KERNEL = 0, JR_POLICY_JOYRIDE = 1, JR_POLICY_LOCAL = 2, JR_POLICY_REFUSE = 3, JR_POLICY_UDP = 4 };
enum { JR_POLICY_CONNECT = 1, JR_POLICY_LISTEN = 2 };

/* ------------------------------------------------------------------ sockets
 *
 * A stream's byte p lies at chunk table[(p >> JR_CHUNK_SHIFT) % JR_TABLE], offset p % JR_CHUNK. Positions are cumulative
 * from 0 and never wrap. Table entries are chunk index + 1; 0: no chunk. A direction whose buffer is larger than the slot's
 * own table can show is lent a large one: while rx_large or tx_large is not 0, bytes from rx_large_from or tx_large_from on (the begin of a
 * chunk) lie at large table rx_large - 1 or tx_large - 1, entry (p >> JR_CHUNK_SHIFT) % JR_LARGE_TABLE, those before it in
 * the slot's. The service lends one before it lets anything beyond the slot's table be used, and begins it at a chunk that nobody
 * can have looked for; it takes one back from a direction that has no chunk, of a send ring under tx_lock, and lowers tx_limit then.
 * So who has read rx_prod, or tx_cons and tx_limit under the lock, reads these two after that and has the right place.
 *  receive ring: the service puts chunks into rx_table, writes, then publishes rx_prod. The process copies
 *   out under rx_lock and publishes rx_cons; the service takes chunks back.
 *  send ring: under tx_lock the process puts chunks from its magazine into tx_table, copies in, publishes tx_prod.
 *   It may be at most tx_limit bytes ahead of tx_cons. The service takes chunks back once tx_cons passed them, or, of an
 *   idle and drained socket, while it holds tx_lock itself (owner JR_LOCK_SERVICE; tried once, held for some
 *   instructions).
 *   tx_limit never exceeds (JR_LARGE_TABLE - 1) * JR_CHUNK, without a large table (JR_TABLE - 1) * JR_CHUNK.
 *  rx_newest and tx_newest name one chunk once more, so that small exchanges need no table: in the low half what its entry says, 0 none,
 *   in the high half the low 32 bits of p >> JR_CHUNK_SHIFT. They hold for who may look for that p. The service writes rx_newest whenever it
 *   has put a chunk into the receive ring's table; tx_newest is the process's, under tx_lock, after the table's entry; the service, which does
 *   not read it, clears it where it takes an idle ring's chunk back.
 * A listener's receive ring carries accepted sockets: 8-byte handles instead of bytes, the slot in the low and the
 * generation in the high 32 bits. The acceptor writes its process number + 1 into the accepted socket's `claimed`
 * before it publishes rx_cons, and marks the listener dirty. The service has copied the listener's options, rcvlowat and timeouts
 * into the accepted socket; its file_flags are 0.
 *
 * When the process marks a socket dirty and rings: after each tx_prod, shut, option_seq; and after rx_cons by this
 * rule: if rx_cons - rx_told >= rx_limit / 4, then rx_told = rx_cons and mark dirty; and if, a full fence after rx_cons was
 * published, rx_cons >= rx_wanted, then mark dirty. rx_wanted is how far the process must have read for a window update to be
 * worth its segment, while the window that the peer knows of is too small for it; larger than any position while it is not. The
 * service sets it, passes a full fence, and looks at rx_cons again: so one of the two sees what the other did, and no peer waits
 * for a window of which nobody tells it. Small requests never cause a ring.
 *
 * Who is told: the service counts the edge (rx_edges, tx_edges), then sets the socket's bit in each queue of `queues`,
 * then exchanges rx_waiter or tx_waiter with 0 and wakes whom it named (JR_WAITER_MANY: every waiter in use). A
 * shutdown's waking of blocked callers is the service's too: it answers rx_shut and tx_shut by an edge of that direction.
 * Urgent data lies in the ring like any other; without JR_OPTION_OOBINLINE who reads passes over the byte at oob_mark. No read crosses it.
 *
 * "Room again" after tx_want means: tx_prod - tx_cons <= tx_limit / 3 * 2. A process that finds less room, and wants more,
 * sets tx_want, fences, and looks again.
 *
 * Of many connections no line lies in a cache: the service finds what a call that sends, receives or asks for readiness
 * left behind in the first three, and so does the call what it needs.
 */
struct jr_socket {
  /* line 0, S */
  uint32_t generation; /* of this use of the slot; odd while in use */
  uint32_t state;      /* JR_SOCKET_* bits */
  uint64_t rx_prod;
  uint64_t tx_cons;
  uint32_t tx_limit;   /* bytes: the send buffer's size now (sb_hiwat) */
  uint32_t rx_limit;   /* bytes: the receive buffer's size now (sb_hiwat), or a listener's backlog * 8 */
  uint32_t error;      /* so_error: a Linux errno, or 0. SO_ERROR and failing calls take it by exchange with 0: SA */
  uint32_t rx_edges;   /* counts readiness edges for EPOLLET: data, connection to accept, end of stream, error */
  uint32_t tx_edges;   /* counts edges: room after tx_want, connected, error */
  uint32_t unsent;     /* bytes not yet acknowledged by the peer, for SIOCOUTQ */
  uint64_t rx_wanted;  /* rx_cons from which on the service is to hear of each reading at once */
  uint64_t rx_newest;  /* the chunk that was put last, and its number */
  /* line 1, A: the reader's, and what changes seldom */
  uint64_t rx_cons __attribute__((aligned(64)));
  uint32_t rx_lock;   /* JR_LOCK_*: tid of the owner; SA */
  uint32_t rx_waiter; /* waiter + 1 of the one thread that sleeps for this direction; JR_WAITER_MANY: several */
  uint32_t rx_shut;   /* 1 after shutdown(SHUT_RD) */
  uint32_t claimed;   /* process + 1 that took this socket from its listener */
  uint64_t rx_told;   /* rx_cons when the service was last told of it */
  uint64_t queues;    /* readiness queues to tell: four 16-bit fields, queue + 1 each, 0 free, changed by CAS; 0xffff in the
                       * highest: tell every queue in use */
  uint64_t exclusive; /* not 0 in the fields of `queues` that asked for EPOLLEXCLUSIVE */
  uint64_t oob_mark;  /* S: 1 + the position of the last byte that the peer marked urgent, written before it is received; 0: none */
  uint32_t file_flags; /* JR_FILE_*: what Linux keeps with the open file; the service does not look at it, nor at the next */
  uint32_t rcvlowat;  /* bytes, 0: 1 */
  /* line 2, A: the writer's, and what changes seldom */
  uint64_t tx_prod __attribute__((aligned(64)));
  uint32_t tx_lock;
  uint32_t tx_waiter;
  uint32_t tx_shut;   /* 1 after shutdown(SHUT_WR): tx_prod is final */
  uint32_t tx_want;   /* 1: tell (edge, queues, waiter) when there is room again; the service clears it. SA */
  uint32_t tx_more;   /* 1: the last write had MSG_MORE: a partial segment waits as with JR_OPTION_NOPUSH */
  uint32_t option_seq; /* raised after a change of an option, then the socket is marked dirty */
  uint64_t tx_urgent; /* the position after the last byte sent with MSG_OOB, written before the tx_prod that covers it; the service takes
                       * it and leaves 0. SA */
  uint64_t tx_newest; /* as rx_newest */
  uint32_t rcvtimeo_ms; /* 0: none; the service does not look at these two */
  uint32_t sndtimeo_ms;
  /* line 3 */
  uint64_t rx_large_from __attribute__((aligned(64))); /* S, the four: stream position, */
  uint64_t tx_large_from;
  uint32_t rx_large;   /* large table + 1; 0: none */
  uint32_t tx_large;
  uint64_t oob_taken; /* A: the oob_mark whose byte was received with MSG_OOB */
  uint8_t local_address[16]; /* S: addresses, IPv4 as ::ffff:a.b.c.d; ports in host order */
  uint8_t remote_address[16];
  /* line 4 */
  uint16_t local_port __attribute__((aligned(64))); /* S, the four */
  uint16_t remote_port;
  uint16_t family; /* AF_INET or AF_INET6 as the program sees it */
  uint16_t mss;
  int32_t owner;        /* A, the three: who gets signals, by F_SETOWN_EX's numbers; 0: nobody. For F_GETOWN: the service sends as JR_MSG_OWNER says */
  uint32_t owner_type;
  uint32_t owner_signal; /* of F_SETSIG; 0: SIGIO */
  uint32_t option_flags;    /* A: options; JR_OPTION_* */
  uint32_t sndbuf;          /* bytes asked for by SO_SNDBUF, 0: autosized */
  uint32_t rcvbuf;
  uint32_t keepidle;        /* s, 0: the instance's sysctl */
  uint32_t keepintvl;
  uint32_t keepcnt;
  int32_t linger;           /* s, -1: off */
  uint32_t user_timeout_ms;
  uint32_t maxseg;
  uint32_t tos;
  uint32_t ttl;
  /* chunk tables: rx S, tx SA */
  uint32_t rx_table[JR_TABLE] __attribute__((aligned(64)));
  uint32_t tx_table[JR_TABLE];
};

enum {
  JR_SOCKET_LISTENING = 1,
  JR_SOCKET_CONNECTING = 2,
  JR_SOCKET_CONNECTED = 4,  /* was established; stays set until closed */
  JR_SOCKET_RX_EOF = 8,     /* the peer sent FIN: no byte follows rx_prod */
  JR_SOCKET_TX_CLOSED = 16, /* no more can be sent: EPIPE */
  JR_SOCKET_RESET = 32,     /* the connection ended with an error */
  JR_SOCKET_DEFERRED = 128, /* connect was answered, and the SYN waits for the first bytes: Fast Open */
  JR_SOCKET_CLOSED = 64     /* TCP state CLOSED, or all sent and acknowledged after close: a lingering close returns */
};
enum {
  JR_OPTION_NODELAY = 1,
  JR_OPTION_NOPUSH = 2, /* TCP_CORK */
  JR_OPTION_KEEPALIVE = 4,
  JR_OPTION_QUICKACK = 8,
  JR_OPTION_OOBINLINE = 16
};

enum { JR_FILE_NONBLOCK = 1, JR_FILE_ASYNC = 2 };

/* Direction locks: 0 free, else the owner's tid; JR_LOCK_CONTENDED is or-ed in by who waits. A dead
 * owner's lock is taken over: positions are published last, so there is nothing to repair. Nobody resets a lock word, not
 * even at the slot's next use: a thread with a stale handle may take the lock for an instant before it sees the
 * generation. A process closes a socket only while none of its threads holds a lock of it. Contenders sleep by futex on the
 * word; they only spin while the service holds it. */
#define JR_LOCK_CONTENDED 0x80000000u
#define JR_LOCK_SERVICE 0x7fffffffu
#define JR_WAITER_MANY 0xffffffffu

/* ------------------------------------------------------------------ processes */
struct jr_command {
  uint32_t op; /* JR_COMMAND_* */
  uint32_t socket;
  uint32_t generation;
  uint32_t argument;
};
struct jr_process {
  /* line 0, S */
  uint32_t state; /* 0 free, 1 attached, 2 being removed */
  uint32_t pid;
  uint32_t magazine_prod; /* S */
  uint32_t command_cons;  /* S */
  /* line 1, A */
  uint32_t magazine_cons __attribute__((aligned(64))); /* taken by CAS, lock-free: the entry is read before */
  uint32_t magazine_want; /* 1: out of chunks; the service refills, then clears it and tells sockets with tx_want: SA */
  uint32_t command_prod;
  uint32_t reserved1;
  uint32_t magazine[JR_MAGAZINE] __attribute__((aligned(64))); /* chunk indices lent, S */
  struct jr_command commands[JR_COMMANDS];
};
enum {
  JR_COMMAND_CLOSE = 1, /* this process holds the socket no more; argument 1: linger 0, reset */
  JR_COMMAND_HOLD = 2   /* this process holds it too (an fd came by exec or SCM_RIGHTS) */
};

/* ------------------------------------------------------------------ waiters and calls
 *
 * A thread that sleeps or calls has a waiter slot: claimed by CAS of `owner` 0 -> process + 1, then its waker
 * is sent by JR_MSG_WAITER before it first sleeps. To sleep: asleep = 1, full fence, note the waiter where it waits
 * (socket, queue), full fence, look again, poll {waker, attach socket, ...}: in this order, for a name is taken once.
 * Who wakes exchanges asleep with 0 and makes the waker readable if it was 1. The number noted where it waits holds for one wake-up: who wakes exchanges it with 0. When the service
 * receives a JR_MSG_WAITER it wakes once, for a wake-up that was due before.
 * A waker is what the service can make readable in bounded time, whatever the program does to it. That is a timerfd, by
 * ioctl TFD_IOC_SET_TICKS, or, where the kernel was built without that call, an end of an AF_UNIX stream socketpair, of which the
 * program reads the other, by send with MSG_DONTWAIT. An eventfd is not: write waits where the program says so.
 * To call: fill op and args, status = JR_CALL_SUBMITTED (release), set the waiter's bit in the call bitmap, ring
 * JR_RING_CALLS, wait until status is JR_CALL_DONE.
 */
struct jr_waiter {
  uint32_t owner;  /* A: process + 1 */
  uint32_t tid;    /* A */
  uint32_t asleep; /* SA */
  uint32_t status; /* JR_CALL_*; SA */
  uint32_t op;     /* A: JR_OP_* */
  int32_t result;  /* S: >= 0, or -errno */
  uint32_t socket; /* A: slot, or JR_NO_SOCKET; S: slot made by the call */
  uint32_t generation;
  uint64_t args[4];
  uint8_t data[192]; /* addresses and option values */
};
#define JR_NO_SOCKET 0xffffffffu
#define JR_USE_KERNEL 4096 /* result -JR_USE_KERNEL: not Joyride's, use the kernel */
enum { JR_CALL_IDLE = 0, JR_CALL_SUBMITTED = 1, JR_CALL_DONE = 2 };

struct jr_address {
  uint8_t address[16];
  uint16_t port; /* host order */
  uint16_t family;
  uint32_t scope;
};
/* call data */
struct jr_connect { /* JR_OP_CONNECT; local port 0: the service picks; local address ::: by route */
  struct jr_address remote;
  struct jr_address local;
  uint32_t option_flags, sndbuf, rcvbuf, keepidle, keepintvl, keepcnt;
  int32_t linger;
  uint32_t user_timeout_ms, maxseg, tos, ttl;
  uint32_t flags; /* JR_CONNECT_* */
};
struct jr_listen { /* JR_OP_LISTEN; on a slot that listens already it changes the backlog */
  struct jr_address local;
  uint32_t backlog;
  uint32_t flags; /* JR_LISTEN_* */
  uint32_t option_flags, sndbuf, rcvbuf, keepidle, keepintvl, keepcnt;
  int32_t linger;
  uint32_t user_timeout_ms, maxseg, tos, ttl, reserved;
  uint64_t twin; /* SO_COOKIE of the kernel's listener beside it; 0: unknown */
};
struct jr_md5key { /* JR_OP_MD5KEY */
  struct jr_address peer;
  uint32_t prefix; /* bits of the address that count, of an IPv4 address 0..32 */
  uint32_t length; /* 0: the key of that prefix is taken away */
  uint8_t key[80];
};
/* FASTOPEN: state JR_SOCKET_DEFERRED if the SYN may take data along, else it asks for a cookie. FASTOPEN_ONLY: -EOPNOTSUPP if Fast Open is off, instead of a
 * plain connect. NO_COOKIE: it may take data along without a cookie. */
enum { JR_CONNECT_FASTOPEN = 1, JR_CONNECT_FASTOPEN_ONLY = 2, JR_CONNECT_NO_COOKIE = 4 };
enum { JR_LISTEN_REUSEPORT = 1, JR_LISTEN_V6ONLY = 2, JR_LISTEN_REUSEADDR = 4 };
enum {
  JR_OP_CONNECT = 1, /* starts it; the caller's process holds the new socket; result 0: under way, readiness tells the rest, or deferred. args unused; data jr_connect */
  JR_OP_LISTEN = 2,  /* data jr_listen */
  JR_OP_GETOPT = 3,  /* args[0] level, args[1] name, args[2] room; data: value; result: length. Linux numbers, TCP_INFO's layout Linux's */
  JR_OP_SETOPT = 4,  /* args[0] level, args[1] name, args[2] length; data: value */
  JR_OP_DISCONNECT = 5, /* connect(AF_UNSPEC) */
  JR_OP_OPEN = 7,       /* args[0] family: a socket that is nothing yet, for JR_OP_MD5KEY and then JR_OP_CONNECT or JR_OP_LISTEN on it, which close it
                           where they fail; the caller's process holds it */
  JR_OP_MD5KEY = 8,     /* data jr_md5key; on any socket, in any state (RFC 2385) */
  JR_OP_NOP = 6      /* answers 0: a round trip, for benchmarks and doctor */
};

/* ------------------------------------------------------------------ readiness queues (one for each epoll instance)
 *
 * The service sets the bit of a socket whose readiness had an edge, in every queue the socket names; a queue in use has
 * owner != 0, claimed by CAS like a waiter. If `sleeper` is a waiter, the service wakes it.
 */
struct jr_queue {
  uint32_t owner;   /* A: process + 1 */
  uint32_t sleeper; /* SA: as rx_waiter: waiter + 1 of the thread that sleeps in epoll_wait; JR_WAITER_MANY: several */
  uint32_t reserved[14];
  struct jr_bitmap_summary ready; /* SA */
};
/* queue q's words: uint64_t[JR_BITMAP_WORDS] at queue_bitmaps_offset + q * 4096 */

/* ------------------------------------------------------------------ attach socket: AF_UNIX, SOCK_SEQPACKET, one message each */
#define JR_HELLO_MAGIC 0x4a4f5952u
struct jr_message {
  uint32_t magic;
  uint32_t abi_version;
  uint32_t type; /* JR_MSG_* */
  int32_t status; /* answers: 0, or -errno */
  uint64_t value; /* HELLO: pid; WELCOME: total size; WAITER: waiter number; FORK answer: the child's process number */
  uint32_t process; /* WELCOME: the process number */
  uint32_t reserved;
  char text[96]; /* HELLO: the program's name; errors: one line that says what and the remedy */
};
enum { JR_SIGNAL_URGENT = 0, JR_SIGNAL_READY = 1 };
enum {
  JR_MSG_HELLO = 1,   /* -> WELCOME with SCM_RIGHTS {memfd, service eventfd}, or REFUSED. A process whose earlier program escalated sockets
                       * (same pid, after exec) joins their instance. On a connection that is attached already, inherited over exec: the
                       * process keeps its number and what it holds, its waiters and queues are freed */
  JR_MSG_WELCOME = 2,
  JR_MSG_REFUSED = 3,
  JR_MSG_WAITER = 4,  /* with SCM_RIGHTS {waker}; no answer */
  JR_MSG_FORK = 5,    /* with SCM_RIGHTS {one end of a new SEQPACKET socketpair: the child's attach socket} -> FORKED. The
                       * child holds what the parent holds once its commands and claims so far have been taken in */
  JR_MSG_FORKED = 6,
  JR_MSG_CHILD = 7,   /* the child's first message on it: value = its pid -> WELCOME without descriptors */
  JR_MSG_ESCALATE = 8, /* process: socket slot, value: generation; SCM_RIGHTS {the service's end of a stream socketpair, and, if it shall be
                        * found by FIND, the program's end, of which the cookie is read} -> ESCALATED. The service relays: what is
                        * written to the other end at once, what arrives once no process holds the socket. A process that finds
                        * the socket reads first what was relayed before */
  JR_MSG_ESCALATED = 9,
  JR_MSG_FIND = 10,   /* SCM_RIGHTS {an fd}: which socket is this? The service reads its cookie -> FOUND {process: slot, value: generation} */
  JR_MSG_FOUND = 11,
  JR_MSG_OWNER = 12,  /* process: socket slot, value: generation, and JR_SIGNAL_* in the high 32 bits; SCM_RIGHTS {both ends of a stream socketpair}, of which the
                       * first has owner, signal and O_ASYNC: the service makes the kernel send it by a shutdown of the second. None: no more signals -> OWNED */
  JR_MSG_OWNED = 13
};

#endif
