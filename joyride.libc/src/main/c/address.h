/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JOYRIDE_ADDRESS_H
#define JOYRIDE_ADDRESS_H

#include <sys/socket.h>

#include "base.h"

/* 0, or -EINVAL, -EAFNOSUPPORT as connect and bind have it for a socket of that family. */
int address_read(struct jr_address *to, const struct sockaddr *from, socklen_t length, uint16_t family);

/* Writes as much as *length has room for, then the true length. 0, or -EINVAL, -EFAULT. */
int address_write(struct sockaddr *to, socklen_t *length, uint16_t family, const uint8_t address[16], uint16_t port);

bool address_is_v4(const uint8_t address[16]);
bool address_is_any(const uint8_t address[16]);

/* What the kernel bound this descriptor to. */
int address_of_kernel(int fd, struct jr_address *to);

#endif
