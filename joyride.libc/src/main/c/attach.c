/* SPDX-License-Identifier: BSD-2-Clause */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "guard.h"
#include "instance.h"
#include "log.h"
#include "place.h"
#include "real.h"

enum { ANSWER_TIMEOUT_S = 2 };
#define RETRY_NS 1000000000ull

struct instance *instance_current;
static struct lock attaching;
static uint64_t retry_after;

void message_fill(struct jr_message *m, uint32_t type, uint64_t value) {
  memset(m, 0, sizeof *m);
  m->magic = JR_HELLO_MAGIC;
  m->abi_version = JR_ABI_VERSION;
  m->type = type;
  m->value = value;
}

static int message_send(int to, const struct jr_message *m, const int *fds, int count) {
  struct iovec iov = {(void *)m, sizeof *m};
  union {
    struct cmsghdr h;
    char room[CMSG_SPACE(2 * sizeof(int))];
  } control;
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
  if (count) {
    const size_t size = (size_t)count * sizeof(int);
    memset(&control, 0, sizeof control);
    msg.msg_control = &control;
    msg.msg_controllen = CMSG_SPACE(size);
    control.h.cmsg_len = CMSG_LEN(size);
    control.h.cmsg_level = SOL_SOCKET;
    control.h.cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(&control.h), fds, size);
  }
  ssize_t r;
  do r = real.sendmsg(to, &msg, MSG_NOSIGNAL);
  while (r < 0 && errno == EINTR);
  return r < 0 ? -errno : 0;
}

/* fds: room for two, -1 where none came */
static int message_receive(int from, struct jr_message *m, int fds[2]) {
  struct iovec iov = {m, sizeof *m};
  union {
    struct cmsghdr h;
    char room[CMSG_SPACE(2 * sizeof(int))];
  } control;
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
  ssize_t r;
  do r = real.recvmsg(from, &msg, MSG_CMSG_CLOEXEC);
  while (r < 0 && errno == EINTR);
  if (r < 0) return -errno;
  fds[0] = fds[1] = -1;
  struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
  if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
    memcpy(fds, CMSG_DATA(c), smaller(c->cmsg_len - CMSG_LEN(0), 2 * sizeof(int)));
  if (r == 0) return -ECONNRESET;
  if ((size_t)r < sizeof *m || m->magic != JR_HELLO_MAGIC) return -EPROTO;
  return 0;
}

int instance_ask(struct instance *i, const struct jr_message *m, const int *fds, int count, uint32_t answer_type,
                 struct jr_message *answer_room) {
  if (!answer_room) return message_send(i->attach_fd, m, fds, count);
  lock_acquire(&i->attach_lock);
  int r = message_send(i->attach_fd, m, fds, count);
  while (r == 0) {
    int came[2];
    r = message_receive(i->attach_fd, answer_room, came);
    if (r) break;
    for (int k = 0; k < 2; k++)
      if (came[k] >= 0) real.close(came[k]);
    if (answer_room->type == answer_type) {
      r = answer_room->status;
      break;
    }
  }
  lock_release(&i->attach_lock);
  return r;
}

/* A service sees and writes what its programs send: it must be this user's own or root's, unless the user named it. A program with
 * more rights than its caller takes no name from the caller (secure_getenv), and trusts root alone. */
static bool trusted(int fd, bool named) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (real.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return false;
  return peer.uid == 0 || (!getauxval(AT_SECURE) && (named || peer.uid == geteuid()));
}

/* What the environment said when the program began: some empty theirs later (nginx's workers), and come to a new service all the same. */
static char named_at_start[sizeof ((struct sockaddr_un *)0)->sun_path], runtime_at_start[sizeof named_at_start];

static void remember(const char *name, char *room) {
  const char *v = secure_getenv(name);
  if (v && strlen(v) < sizeof named_at_start) strcpy(room, v);
}

void attach_init(void) {
  remember("JOYRIDE_ATTACH", named_at_start);
  remember("XDG_RUNTIME_DIR", runtime_at_start);
}

static const char *now_or_at_start(const char *name, const char *at_start) {
  const char *v = secure_getenv(name);
  return v ? v : at_start;
}

/* *is_named: by JOYRIDE_ATTACH */
static bool attach_path(struct sockaddr_un *a, bool *is_named) {
  memset(a, 0, sizeof *a);
  a->sun_family = AF_UNIX;
  const char *named = now_or_at_start("JOYRIDE_ATTACH", named_at_start);
  const char *runtime = now_or_at_start("XDG_RUNTIME_DIR", runtime_at_start);
  int n;
  *is_named = *named;
  if (*is_named)
    n = snprintf(a->sun_path, sizeof a->sun_path, "%s", named);
  else if (*runtime && (n = snprintf(a->sun_path, sizeof a->sun_path, "%s/joyride/attach.sock", runtime)) <
                                      (int)sizeof a->sun_path && access(a->sun_path, F_OK) == 0)
    return true;
  else
    n = snprintf(a->sun_path, sizeof a->sun_path, "/run/joyride/attach.sock");
  return n > 0 && n < (int)sizeof a->sun_path;
}

static void program_name(char *room, size_t size) {
  snprintf(room, size, "%s", program_invocation_short_name ? program_invocation_short_name : "?");
}

static const char *layout_fault(const struct jr_header *h, uint64_t size, uint32_t process) {
  if (h->magic != JR_MAGIC) return "bad magic";
  if (h->abi_version != JR_ABI_VERSION) return "another ABI version";
  if (h->header_size != sizeof *h || h->total_size != size) return "another layout";
  if (process >= JR_PROCESSES) return "bad process number";
  if (h->sockets_offset + (uint64_t)JR_SOCKETS * sizeof(struct jr_socket) > size ||
      h->processes_offset + (uint64_t)JR_PROCESSES * sizeof(struct jr_process) > size ||
      h->waiters_offset + (uint64_t)JR_WAITERS * sizeof(struct jr_waiter) > size ||
      h->queues_offset + (uint64_t)JR_QUEUES * sizeof(struct jr_queue) > size ||
      h->queue_bitmaps_offset + (uint64_t)JR_QUEUES * JR_BITMAP_WORDS * 8 > size ||
      h->large_tables_offset + (uint64_t)JR_LARGE_TABLES * JR_LARGE_TABLE * 4 > size ||
      h->chunks_offset + (uint64_t)h->chunk_count * JR_CHUNK > size)
    return "offsets past the end";
  return NULL;
}

static uint32_t *new_life(void) {
  uint32_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return NULL;
  madvise(page, 4096, MADV_WIPEONFORK);
  *page = 1;
  return page;
}

static struct instance *instance_map(int attach_fd, const struct jr_message *welcome, int memory, int service_fd) {
  struct stat st;
  if (fstat(memory, &st) < 0 || (uint64_t)st.st_size != welcome->value ||
      welcome->value < sizeof(struct jr_header) + sizeof(struct instance))
    return NULL;
  uint8_t *base = mmap(NULL, welcome->value, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  if (base == MAP_FAILED) return NULL;
  struct jr_header *h = (struct jr_header *)base;
  const char *fault = layout_fault(h, welcome->value, welcome->process);
  struct instance *i = fault ? MAP_FAILED
                             : mmap(NULL, sizeof *i, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (i != MAP_FAILED && !(i->life = new_life())) i = MAP_FAILED;
  if (i == MAP_FAILED) {
    LOG("the service's memory is not usable: %s; the kernel is used", fault ? fault : "no memory");
    munmap(base, welcome->value);
    return NULL;
  }
  place_start();
  i->header = h;
  i->sockets = (struct jr_socket *)(base + h->sockets_offset);
  i->process_number = welcome->process;
  i->process = (struct jr_process *)(base + h->processes_offset) + welcome->process;
  i->waiters = (struct jr_waiter *)(base + h->waiters_offset);
  i->queues = (struct jr_queue *)(base + h->queues_offset);
  i->queue_bitmaps = base + h->queue_bitmaps_offset;
  i->dirty_words = (uint64_t *)(base + h->dirty_bitmap_offset);
  i->call_words = (uint64_t *)(base + h->call_bitmap_offset);
  i->large_tables = (uint32_t *)(base + h->large_tables_offset);
  i->chunks = base + h->chunks_offset;
  i->chunk_count = h->chunk_count;
  guard_fd(attach_fd, &i->attach_fd);
  guard_fd(service_fd, &i->service_fd);
  return i;
}

static struct instance *attach(void) {
  struct sockaddr_un a;
  self.tid = 0;
  bool named;
  if (!attach_path(&a, &named)) return NULL;
  const int fd = real.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0) return NULL;
  const struct timeval timeout = {ANSWER_TIMEOUT_S, 0};
  real.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  real.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  struct jr_message m;
  message_fill(&m, JR_MSG_HELLO, (uint64_t)getpid());
  program_name(m.text, sizeof m.text);
  int fds[2] = {-1, -1};
  struct instance *i = NULL;
  int r = real.connect(fd, (struct sockaddr *)&a, sizeof a) < 0 ? -errno : 0;
  const bool stranger = r == 0 && !trusted(fd, named);
  if (stranger) r = -EPERM;
  if (r == 0) r = message_send(fd, &m, NULL, 0);
  if (r == 0) r = message_receive(fd, &m, fds);
  if (r == 0 && m.type == JR_MSG_REFUSED)
    LOG("refused by the service: %.*s", (int)sizeof m.text, m.text);
  else if (r == 0 && m.type == JR_MSG_WELCOME && fds[0] >= 0 && fds[1] >= 0)
    i = instance_map(fd, &m, fds[0], fds[1]);
  else
    LOG("no service at %s: %s; the kernel is used", a.sun_path,
        stranger ? "it is another user's" : r ? strerror(-r) : "no welcome");
  if (fds[0] >= 0) real.close(fds[0]);
  if (i) {
    LOG("attached to %s as process %u of instance %llu", a.sun_path, i->process_number,
        (unsigned long long)i->header->instance_id);
  } else {
    if (fds[1] >= 0) real.close(fds[1]);
    real.close(fd);
  }
  return i;
}

struct instance *instance_attach(void) {
  struct instance *i = load(&instance_current);
  if (likely(i && !instance_gone(i))) return i;
  if (i) instance_lost(i, peek(i->life) ? "the instance ended" : "this process was made behind the layer's back");
  const uint64_t now = now_ns();
  if (now < peek(&retry_after)) return NULL;
  const int saved = errno;
  lock_acquire(&attaching);
  i = load(&instance_current);
  if (!i && now >= peek(&retry_after)) {
    i = attach();
    publish(&instance_current, i);
    /* a service that is stopped lets every attempt wait: these become rare */
    const uint64_t after = now_ns();
    if (!i) poke(&retry_after, after + RETRY_NS + 30 * (after - now));
  }
  lock_release(&attaching);
  errno = saved;
  return i;
}

void attach_after_fork(void) {
  struct instance *i = instance_current;
  attaching.word = 0;
  if (i) i->attach_lock.word = i->command_lock.word = 0;
}

void instance_lost(struct instance *i, const char *why) {
  struct instance *me = i;
  if (exchange(i->life, 0) | cas(&instance_current, &me, NULL)) LOG("the service is gone: %s", why);
}

bool instance_check(struct instance *i) {
  if (instance_gone(i)) return false;
  struct pollfd p = {i->attach_fd, 0, 0};
  if (real.poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL))) {
    instance_lost(i, "its end of the attach socket was closed");
    return false;
  }
  return true;
}

int instance_errno(const struct instance *i) {
  const int e = i->header->end_errno;
  return peek(&i->header->state) == JR_INSTANCE_ENDED && e > 0 ? e : ECONNRESET;
}
