/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JOYRIDE_POLICY_H
#define JOYRIDE_POLICY_H

#include "instance.h"

/* JR_POLICY_* for JR_POLICY_CONNECT to, or JR_POLICY_LISTEN on, that address and port. A listener on the wildcard: JOYRIDE, unless
 * a rule says otherwise. */
int policy_of(const struct instance *i, uint8_t call, const uint8_t address[16], uint16_t port);

/* Is it an address of Joyride's own? */
bool policy_is_local(const struct instance *i, const uint8_t address[16]);

/* Is any address that is not IPv4's Joyride's? */
bool policy_has_ipv6(const struct instance *i);

#endif
