/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JOYRIDE_POLICY_H
#define JOYRIDE_POLICY_H

#include "instance.h"

/* JR_POLICY_* of the longest prefix that covers the address; none: JR_POLICY_KERNEL. */
int policy_of(const struct instance *i, const uint8_t address[16]);

/* Is any address that is not IPv4's Joyride's? */
bool policy_has_ipv6(const struct instance *i);

#endif
