/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy.h"

#include <string.h>

static bool covers(const uint8_t *prefix, unsigned bits, const uint8_t *address) {
  if (bits > 128) return false;
  if (memcmp(prefix, address, bits / 8) != 0) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((prefix[bits / 8] ^ address[bits / 8]) >> (8 - rest)) == 0;
}

static int match(const struct jr_header *h, const uint8_t address[16]) {
  int best = -1, action = JR_POLICY_KERNEL;
  const uint32_t count = (uint32_t)smaller(peek(&h->policy_count), JR_POLICIES);
  for (uint32_t k = 0; k < count; k++) {
    const struct jr_policy *p = &h->policy[k];
    if (p->prefix > best && covers(p->address, p->prefix, address)) {
      best = p->prefix;
      action = p->action;
    }
  }
  return action;
}

static bool ipv6(const struct jr_header *h) {
  static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
  const uint32_t count = (uint32_t)smaller(peek(&h->policy_count), JR_POLICIES);
  for (uint32_t k = 0; k < count; k++) {
    const struct jr_policy *p = &h->policy[k];
    if (p->action != JR_POLICY_LOCAL && p->action != JR_POLICY_JOYRIDE) continue;
    if (p->prefix < 96 || memcmp(p->address, mapped, sizeof mapped) != 0) return true;
  }
  return false;
}

/* Unguarded by policy_seq: an entry half written gives an answer that was, or will be, right. */
bool policy_has_ipv6(const struct instance *i) { return ipv6(i->header); }

int policy_of(const struct instance *i, const uint8_t address[16]) {
  const struct jr_header *h = i->header;
  for (int tries = 0; tries < 1000; tries++) {
    const uint32_t before = load(&h->policy_seq);
    const int action = match(h, address);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (!(before & 1) && peek(&h->policy_seq) == before) return action;
    cpu_relax();
  }
  return JR_POLICY_KERNEL;
}
