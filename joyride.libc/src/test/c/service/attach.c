/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the attach socket. */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer(int fd, uint32_t type, int status, uint64_t value, uint32_t process, const int *fds, int count) {
  struct jr_message m = {.magic = JR_HELLO_MAGIC, .abi_version = JR_ABI_VERSION, .type = type, .status = status,
                         .value = value, .process = process};
  struct iovec iov = {&m, sizeof m};
  union {
    struct cmsghdr h;
    char room[CMSG_SPACE(2 * sizeof(int))];
  } c;
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
  if (count) {
    memset(&c, 0, sizeof c);
    msg.msg_control = &c;
    msg.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    c.h.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    c.h.cmsg_level = SOL_SOCKET;
    c.h.cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(&c.h), fds, (size_t)count * sizeof(int));
  }
  sendmsg(fd, &msg, MSG_NOSIGNAL);
}

static int receive(int fd, struct jr_message *m, int passed[2]) {
  struct iovec iov = {m, sizeof *m};
  union {
    struct cmsghdr h;
    char room[CMSG_SPACE(2 * sizeof(int))];
  } c;
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c.room};
  passed[0] = passed[1] = -1;
  const ssize_t r = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  struct cmsghdr *h = CMSG_FIRSTHDR(&msg);
  if (r > 0 && h && h->cmsg_type == SCM_RIGHTS) memcpy(passed, CMSG_DATA(h), h->cmsg_len - CMSG_LEN(0));
  return r < 0 ? -errno : r != sizeof *m ? -EPROTO : 0;
}

static uint64_t cookie_of(int fd) {
  uint64_t cookie = 0;
  socklen_t l = sizeof cookie;
  getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &l);
  return cookie;
}

static void find(uint32_t p, int fd) {
  const uint64_t cookie = cookie_of(fd);
  for (uint32_t k = 0; k < slot_top; k++) {
    if (!slots[k].used || !cookie || slots[k].cookie != cookie) continue;
    hold(k, p);
    answer(procs[p].fd, JR_MSG_FOUND, 0, sockets[k].generation, k, NULL, 0);
    return;
  }
  answer(procs[p].fd, JR_MSG_FOUND, -ENOENT, 0, 0, NULL, 0);
}

void message(uint32_t p) {
  struct jr_message m;
  int fds[2];
  const int r = receive(procs[p].fd, &m, fds);
  int passed = fds[0];
  if (r == -EAGAIN) return;
  if (r < 0) {
    process_end(p);
    return;
  }
  if (m.type == JR_MSG_WAITER && m.value < JR_WAITERS && passed >= 0) {
    if (waiter_fds[m.value] >= 0) close(waiter_fds[m.value]);
    waiter_fds[m.value] = passed;
    waker_ring(passed);
    passed = -1;
  } else if (m.type == JR_MSG_FORK && passed >= 0) {
    commands(p);
    for (uint32_t k = 0; k < slot_top; k++)
      if (slots[k].used && slots[k].listening) take_claims(k);
    const uint32_t child = process_new(passed, 0);
    for (uint32_t k = 0; k < slot_top; k++)
      if (slots[k].used && (slots[k].holders[p / 8] & 1 << p % 8)) hold(k, child);
    passed = -1;
    answer(procs[p].fd, JR_MSG_FORKED, 0, child, 0, NULL, 0);
  } else if (m.type == JR_MSG_CHILD) {
    processes[p].pid = (uint32_t)m.value;
    answer(procs[p].fd, JR_MSG_WELCOME, 0, header->total_size, p, NULL, 0);
  } else if (m.type == JR_MSG_FIND && passed >= 0) {
    find(p, passed);
  } else if (m.type == JR_MSG_OWNER && m.process < JR_SOCKETS && slots[m.process].used) {
    owner_set(m.process, (uint32_t)(m.value >> 32) & 1, passed >= 0 ? fds : NULL);
    passed = fds[1] = -1;
    answer(procs[p].fd, JR_MSG_OWNED, 0, 0, 0, NULL, 0);
  } else if (m.type == JR_MSG_ESCALATE && m.process < JR_SOCKETS && passed >= 0) {
    slots[m.process].cookie = cookie_of(fds[1]);
    fcntl(passed, F_SETFL, O_NONBLOCK);
    slots[m.process].relay = passed;
    hold(m.process, JR_PROCESSES - 1);
    passed = -1;
    answer(procs[p].fd, JR_MSG_ESCALATED, 0, 0, 0, NULL, 0);
  }
  if (passed >= 0) close(passed);
  if (fds[1] >= 0) close(fds[1]);
}

void welcome(void) {
  const int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  struct jr_message m;
  int passed[2];
  for (int tries = 0; receive(fd, &m, passed) == -EAGAIN && tries < 1000; tries++) usleep(100);
  if (m.magic != JR_HELLO_MAGIC || m.type != JR_MSG_HELLO) {
    close(fd);
    return;
  }
  const uint32_t p = process_new(fd, (uint32_t)m.value);
  const int fds[2] = {memory_fd, service_fd};
  answer(fd, JR_MSG_WELCOME, 0, header->total_size, p, fds, 2);
}
