/* SPDX-License-Identifier: BSD-2-Clause */
/* Edges: readiness queues and threads that sleep. */
#include "service.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#ifndef TFD_IOC_SET_TICKS
#define TFD_IOC_SET_TICKS _IOW('T', 0, uint64_t)
#endif

void waker_ring(int fd) {
  static const uint64_t one = 1;
  if (ioctl(fd, TFD_IOC_SET_TICKS, &one) < 0 && send(fd, &one, 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN)
    perror("a waiter's waker");
}

void wake(uint32_t w) {
  if (w < JR_WAITERS && exchange(&waiters[w].asleep, 0) && waiter_fds[w] >= 0) waker_ring(waiter_fds[w]);
}

static void wake_noted(uint32_t *where) {
  if (!load(where)) return;
  const uint32_t v = exchange(where, 0);
  if (v == JR_WAITER_MANY)
    for (uint32_t w = 0; w < JR_WAITERS; w++) wake(w);
  else if (v)
    wake(v - 1);
}

static void tell_queue(uint32_t q, uint32_t slot) {
  if (q >= JR_QUEUES || !load(&queues[q].owner)) return;
  uint64_t *words = (uint64_t *)(base + header->queue_bitmaps_offset + (size_t)q * JR_BITMAP_WORDS * 8);
  fetch_or(&words[slot / 64], 1ull << slot % 64);
  fetch_or(&queues[q].ready.word[slot / 4096], 1ull << slot / 64 % 64);
  wake_noted(&queues[q].sleeper);
}

void owner_set(uint32_t slot, uint32_t kind, const int *ends) {
  struct slot *s = &slots[slot];
  if (s->held[kind] >= 0) close(s->held[kind]), close(s->rung[kind]);
  s->held[kind] = ends ? ends[0] : -1;
  s->rung[kind] = ends ? ends[1] : -1;
}

void owner_tell(uint32_t slot, uint32_t kind) {
  if (slots[slot].rung[kind] >= 0) shutdown(slots[slot].rung[kind], SHUT_WR);
}

void tell(uint32_t slot, bool rx) {
  owner_tell(slot, JR_SIGNAL_READY);
  struct jr_socket *s = &sockets[slot];
  publish(rx ? &s->rx_edges : &s->tx_edges, (rx ? s->rx_edges : s->tx_edges) + 1);
  fence();
  const uint64_t named = load(&s->queues), exclusive = load(&s->exclusive);
  bool exclusive_told = false;
  for (int k = 0; k < 4; k++) {
    const uint32_t q = (uint32_t)(named >> (k * 16) & 0xffff);
    if (k == 3 && q == 0xffff) {
      for (uint32_t every = 0; every < JR_QUEUES; every++) tell_queue(every, slot);
    } else if (q) {
      if ((exclusive >> (k * 16) & 0xffff) && slots[slot].listening) {
        if (exclusive_told) continue;
        exclusive_told = true;
      }
      tell_queue(q - 1, slot);
    }
  }
  wake_noted(rx ? &s->rx_waiter : &s->tx_waiter);
}
