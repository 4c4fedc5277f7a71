/* SPDX-License-Identifier: BSD-2-Clause */
/* What poll and epoll say of a Joyride socket, from its words in shared memory alone. */
#ifndef JOYRIDE_READINESS_H
#define JOYRIDE_READINESS_H

#include <sys/epoll.h>

#include "file.h"

/* Enough room that it is worth telling: the rule of joyride_abi.h */
static inline bool stream_roomy(const struct jr_socket *s) {
  return s->tx_prod - load(&s->tx_cons) <= load(&s->tx_limit) / 3 * 2;
}

/* EPOLLIN, OUT, RDHUP, HUP, ERR as Linux has them for TCP */
uint32_t socket_events(const struct file *f, const struct jr_socket *s);

/* The same; where there is no room it asks the service to tell, then looks again. */
uint32_t socket_events_wanting(const struct file *f, struct jr_socket *s, uint32_t interest);

#endif
