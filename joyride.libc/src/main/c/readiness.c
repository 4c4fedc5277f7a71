/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness.h"

#include "stream.h"

uint32_t socket_events(const struct file *f, const struct jr_socket *s) {
  const uint32_t state = load(&s->state);
  /* a listener goes on in the kernel; while another thread makes it the kernel's alone, its memory says what it is */
  if (instance_gone(f->instance))
    return f->kind == FILE_LISTENER || (state & JR_SOCKET_LISTENING)
               ? 0
               : EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM | EPOLLRDHUP | EPOLLERR | EPOLLHUP;
  const uint64_t received = load(&s->rx_prod);
  if (state & JR_SOCKET_LISTENING) return received != s->rx_cons ? EPOLLIN | EPOLLRDNORM : 0;
  uint32_t events = 0;
  const bool dead = state & (JR_SOCKET_RESET | JR_SOCKET_CLOSED);
  const bool no_more_in = dead || (state & JR_SOCKET_RX_EOF) || peek(&s->rx_shut);
  const bool no_more_out = dead || (state & JR_SOCKET_TX_CLOSED) || peek(&s->tx_shut);
  if (no_more_in) events |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
  if (no_more_in && no_more_out) events |= EPOLLHUP;
  if (load(&s->error)) events |= EPOLLERR;
  if (state & JR_SOCKET_CONNECTING) return events;
  uint64_t start = s->rx_cons;
  const uint64_t unread = stream_readable(s, &start, received);
  if (stream_urgent_waits(s)) events |= EPOLLPRI;
  const uint32_t low = s->rcvlowat;
  if (unlikely(f->prefix)) events |= EPOLLIN | EPOLLRDNORM;
  if (unread && (low <= 1 || unread >= smaller(low, load(&s->rx_limit)))) events |= EPOLLIN | EPOLLRDNORM;
  if (no_more_out || stream_roomy(s)) events |= EPOLLOUT | EPOLLWRNORM;
  return events;
}

uint32_t socket_events_wanting(const struct file *f, struct jr_socket *s, uint32_t interest) {
  const uint32_t events = socket_events(f, s);
  if (!(interest & EPOLLOUT) || (events & EPOLLOUT) || f->kind == FILE_LISTENER) return events;
  if (load(&s->state) & JR_SOCKET_CONNECTING) return events; /* becoming connected is an edge of its own */
  if (!peek(&s->tx_want)) {
    publish(&s->tx_want, 1);
    full_fence();
  }
  return socket_events(f, s);
}
