/* SPDX-License-Identifier: BSD-2-Clause */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "real.h"

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* The service keeps the zone of a link-local address (RFC 4007 section 6), its device's number, in the address: bytes 2 and 3, 0 on the wire. */
static bool has_zone(const uint8_t *address) { return address[0] == 0xfe && (address[1] & 0xc0) == 0x80; }

int address_read(struct jr_address *to, const struct sockaddr *from, socklen_t length, uint16_t family) {
  memset(to, 0, sizeof *to);
  to->family = family;
  if (length < sizeof(sa_family_t)) return -EINVAL;
  if (from->sa_family == AF_INET && family == AF_INET) {
    struct sockaddr_in in;
    if (length < sizeof in) return -EINVAL;
    memcpy(&in, from, sizeof in);
    memcpy(to->address, mapped, sizeof mapped);
    memcpy(to->address + 12, &in.sin_addr, 4);
    to->port = ntohs(in.sin_port);
    return 0;
  }
  if (from->sa_family == AF_INET6 && family == AF_INET6) {
    struct sockaddr_in6 in = {0};
    if (length < 24) return -EINVAL;
    memcpy(&in, from, smaller(length, sizeof in));
    memcpy(to->address, &in.sin6_addr, 16);
    to->port = ntohs(in.sin6_port);
    to->scope = in.sin6_scope_id;
    if (has_zone(to->address)) {
      const uint32_t zone = to->scope > 0xffff ? 0 : to->scope;
      to->address[2] = (uint8_t)(zone >> 8);
      to->address[3] = (uint8_t)zone;
    }
    return 0;
  }
  return -EAFNOSUPPORT;
}

int address_write(struct sockaddr *to, socklen_t *length, uint16_t family, const uint8_t address[16], uint16_t port) {
  if (!length || !to) return -EFAULT;
  if ((int)*length < 0) return -EINVAL;
  union {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } a;
  memset(&a, 0, sizeof a);
  socklen_t n;
  if (family == AF_INET) {
    a.v4.sin_family = AF_INET;
    a.v4.sin_port = htons(port);
    memcpy(&a.v4.sin_addr, address + 12, 4);
    n = sizeof a.v4;
  } else {
    a.v6.sin6_family = AF_INET6;
    a.v6.sin6_port = htons(port);
    memcpy(&a.v6.sin6_addr, address, 16);
    if (has_zone(address)) {
      a.v6.sin6_scope_id = (uint32_t)address[2] << 8 | address[3];
      a.v6.sin6_addr.s6_addr[2] = a.v6.sin6_addr.s6_addr[3] = 0;
    }
    n = sizeof a.v6;
  }
  memcpy(to, &a, smaller(n, *length));
  *length = n;
  return 0;
}

bool address_is_v4(const uint8_t address[16]) { return memcmp(address, mapped, sizeof mapped) == 0; }

bool address_is_any(const uint8_t address[16]) {
  static const uint8_t none[16];
  return memcmp(address, none, 16) == 0 || (memcmp(address, mapped, 12) == 0 && memcmp(address + 12, none, 4) == 0);
}

int address_of_kernel(int fd, struct jr_address *to) {
  struct sockaddr_storage a;
  socklen_t n = sizeof a;
  if (real.getsockname(fd, (struct sockaddr *)&a, &n) < 0) return -errno;
  return address_read(to, (struct sockaddr *)&a, n, a.ss_family);
}
