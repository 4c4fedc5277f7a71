/* SPDX-License-Identifier: BSD-2-Clause */
/* Escalated sockets: bytes between a socketpair and the rings. */
#include "service.h"

#include <sys/socket.h>
#include <unistd.h>

bool relay(uint32_t k) {
  struct jr_socket *s = &sockets[k];
  bool did = false;
  while (s->rx_cons < s->rx_prod) {
    const uint64_t n = s->rx_prod - s->rx_cons, edge = JR_CHUNK - s->rx_cons % JR_CHUNK;
    const uint8_t *from = chunk(*rx_entry(s, s->rx_cons)) + s->rx_cons % JR_CHUNK;
    const ssize_t r = send(slots[k].relay, from, n < edge ? n : edge, MSG_NOSIGNAL);
    if (r <= 0) break;
    publish(&s->rx_cons, s->rx_cons + (uint64_t)r);
    did = true;
  }
  if ((s->state & (JR_SOCKET_RX_EOF | JR_SOCKET_RESET)) && s->rx_cons == s->rx_prod && !s->rx_shut) {
    s->rx_shut = 1;
    shutdown(slots[k].relay, SHUT_WR);
  }
  while (!s->tx_shut && s->tx_prod - s->tx_cons < s->tx_limit / 2) {
    uint32_t *to = tx_entry(s, s->tx_prod);
    if (!*to && !(*to = chunk_take())) break;
    const ssize_t r = recv(slots[k].relay, chunk(*to) + s->tx_prod % JR_CHUNK, JR_CHUNK - s->tx_prod % JR_CHUNK, 0);
    if (r == 0) {
      s->tx_shut = 1;
      close(slots[k].relay);
      slots[k].relay = -1;
      drop(k, JR_PROCESSES - 1, false);
      return true;
    }
    if (r < 0) break;
    publish(&s->tx_prod, s->tx_prod + (uint64_t)r);
    did = true;
  }
  if (did) socket_dirty(k);
  return did;
}
