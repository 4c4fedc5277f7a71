/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes: their commands, their coming and going. */
#include "service.h"

#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

void commands(uint32_t p) {
  struct jr_process *x = &processes[p];
  if (!procs[p].used) return;
  /* a socket may be closed in the turn it was accepted in */
  const uint32_t end = load(&x->command_prod);
  for (uint32_t k = 0; end != x->command_cons && k < slot_top; k++)
    if (slots[k].used && slots[k].listening) take_claims(k);
  while (x->command_cons != end) {
    const struct jr_command c = x->commands[x->command_cons % JR_COMMANDS];
    publish(&x->command_cons, x->command_cons + 1);
    if (c.op == JR_COMMAND_CLOSE && c.socket < JR_SOCKETS && sockets[c.socket].generation == c.generation)
      drop(c.socket, p, c.argument & 1);
  }
  if (load(&x->magazine_want)) {
    refill(p);
    publish(&x->magazine_want, 0);
    for (uint32_t k = 0; k < slot_top; k++)
      if (slots[k].used && !slots[k].listening && load(&sockets[k].tx_want) && roomy(&sockets[k])) {
        publish(&sockets[k].tx_want, 0);
        tell(k, false);
      }
  }
}

uint32_t process_new(int fd, uint32_t pid) {
  for (uint32_t p = 0; p < JR_PROCESSES; p++) {
    if (procs[p].used) continue;
    struct jr_process *x = &processes[p];
    memset(x, 0, sizeof *x);
    procs[p].used = true;
    procs[p].fd = fd;
    x->pid = pid;
    publish(&x->state, 1);
    refill(p);
    struct epoll_event e = {EPOLLIN, {.u64 = p}};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
    return p;
  }
  return NONE;
}

void process_end(uint32_t p) {
  commands(p);
  for (uint32_t k = 0; k < slot_top; k++)
    if (slots[k].used && slots[k].listening) take_claims(k);
  for (uint32_t k = 0; k < slot_top; k++) drop(k, p, false);
  for (uint32_t w = 0; w < JR_WAITERS; w++) {
    if (waiters[w].owner != p + 1) continue;
    if (waiter_fds[w] >= 0) close(waiter_fds[w]);
    waiter_fds[w] = -1;
    waiters[w].asleep = 0;
    waiters[w].status = JR_CALL_IDLE;
    publish(&waiters[w].owner, 0);
  }
  for (uint32_t q = 0; q < JR_QUEUES; q++) {
    if (queues[q].owner != p + 1) continue;
    for (uint32_t k = 0; k < slot_top; k++)
      for (int f = 0; f < 4; f++) {
        uint64_t v = load(&sockets[k].queues);
        if ((v >> (f * 16) & 0xffff) == q + 1) __atomic_fetch_and(&sockets[k].queues, ~(0xffffull << (f * 16)), __ATOMIC_SEQ_CST);
      }
    publish(&queues[q].owner, 0);
  }
  static bool used[CHUNKS + 1];
  memset(used, 0, sizeof used);
  for (uint32_t k = 0; k < slot_top; k++)
    for (uint64_t i = 0; slots[k].used && i < JR_TABLE + JR_LARGE_TABLE; i++) {
      const uint32_t entry = i < JR_TABLE ? sockets[k].tx_table[i] : *tx_entry(&sockets[k], LARGE_FROM + i * JR_CHUNK);
      if (entry <= CHUNKS) used[entry] = true;
    }
  for (uint32_t c = 0; c < CHUNKS; c++)
    if (lent_to[c] == p + 1 && !used[c + 1]) chunk_give(c + 1);
  publish(&processes[p].state, 0);
  close(procs[p].fd);
  procs[p].used = false;
}
