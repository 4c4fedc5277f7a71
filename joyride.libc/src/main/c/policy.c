/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy.h"

#include <string.h>

#include "address.h"

static bool covers(const struct jr_policy *p, const uint8_t *address) {
  const unsigned bits = p->prefix;
  if (bits > 128) return false;
  if (memcmp(p->address, address, bits / 8) != 0) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((p->address[bits / 8] ^ address[bits / 8]) >> (8 - rest)) == 0;
}

static uint32_t count_of(const struct jr_header *h) { return (uint32_t)smaller(peek(&h->policy_count), JR_POLICIES); }

static uint32_t rules_of(const struct jr_header *h) { return (uint32_t)smaller(peek(&h->policy_rules), count_of(h)); }

/* The first rule's action, JR_POLICY_JOYRIDE if none matches. */
static int by_rules(const struct jr_header *h, uint8_t call, const uint8_t address[16], uint16_t port) {
  const uint32_t rules = rules_of(h);
  for (uint32_t k = 0; k < rules; k++) {
    const struct jr_policy *p = &h->policy[k];
    if ((p->calls & call) && port >= p->first_port && port <= p->last_port && covers(p, address)) return p->action;
  }
  return JR_POLICY_JOYRIDE;
}

static int by_address(const struct jr_header *h, const uint8_t address[16]) {
  const uint32_t count = count_of(h);
  const bool v4 = address_is_v4(address); /* a prefix of IPv6 has no IPv4 addresses, however short it is */
  for (uint32_t k = rules_of(h); k < count; k++)
    if (!(v4 && h->policy[k].prefix < 96) && covers(&h->policy[k], address)) return h->policy[k].action;
  return JR_POLICY_KERNEL;
}

static int match(const struct jr_header *h, uint8_t call, const uint8_t address[16], uint16_t port) {
  const int action = by_rules(h, call, address, port);
  if (action == JR_POLICY_UDP) {
    const int follows = by_address(h, address);
    return follows == JR_POLICY_JOYRIDE || follows == JR_POLICY_LOCAL ? JR_POLICY_JOYRIDE : JR_POLICY_REFUSE;
  }
  if (action != JR_POLICY_JOYRIDE || (call == JR_POLICY_LISTEN && address_is_any(address))) return action;
  return by_address(h, address);
}

static bool ipv6(const struct jr_header *h) {
  static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
  const uint32_t count = count_of(h);
  for (uint32_t k = rules_of(h); k < count; k++) {
    const struct jr_policy *p = &h->policy[k];
    if (p->action != JR_POLICY_LOCAL && p->action != JR_POLICY_JOYRIDE) continue;
    if (p->prefix < 96 || memcmp(p->address, mapped, sizeof mapped) != 0) return true;
  }
  return false;
}

/* Unguarded by policy_seq: an entry half written gives an answer that was, or will be, right. */
bool policy_has_ipv6(const struct instance *i) { return ipv6(i->header); }

bool policy_is_local(const struct instance *i, const uint8_t address[16]) {
  return by_address(i->header, address) == JR_POLICY_LOCAL;
}

int policy_of(const struct instance *i, uint8_t call, const uint8_t address[16], uint16_t port) {
  const struct jr_header *h = i->header;
  for (int tries = 0; tries < 1000; tries++) {
    const uint32_t before = load(&h->policy_seq);
    const int action = match(h, call, address, port);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (!(before & 1) && peek(&h->policy_seq) == before) return action;
    cpu_relax();
  }
  return JR_POLICY_KERNEL;
}
