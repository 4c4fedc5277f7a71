/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Socket options of the level IPPROTO_TCP that Joyride has and Linux has not. Numbers and structures are FreeBSD's; on a socket of the kernel's, and
 * without Joyride, they answer ENOPROTOOPT.
 */
#ifndef JOYRIDE_H
#define JOYRIDE_H

#include <stdint.h>

/* An option of the connection's congestion control. newreno alone has some: struct cc_newreno_opts; ENOENT with others. */
#ifndef TCP_CCALGOOPT
#define TCP_CCALGOOPT 65
#endif

/* int: the peer takes TCP in UDP datagrams at this port (net.inet.tcp.udp_tunneling_port is ours); 0: plain TCP. Before connect. */
#ifndef TCP_REMOTE_UDP_ENCAPS_PORT
#define TCP_REMOTE_UDP_ENCAPS_PORT 71
#endif

/* The TCP variant of the connection: struct tcp_function_set. */
#ifndef TCP_FUNCTION_BLK
#define TCP_FUNCTION_BLK 8192
#endif

#ifndef TCP_FUNCTION_NAME_LEN_MAX
#define TCP_FUNCTION_NAME_LEN_MAX 32
struct tcp_function_set {
  char function_set_name[TCP_FUNCTION_NAME_LEN_MAX];
  uint32_t pcbcnt;
};
#endif

#ifndef CC_NEWRENO_BETA
#define CC_NEWRENO_BETA 1     /* val: percent of the window that a loss leaves, 1..100 */
#define CC_NEWRENO_BETA_ECN 2 /* that an ECN echo leaves; setting it means the RFC 8511 way for this connection */
struct cc_newreno_opts {
  int name;
  uint32_t val;
};
#endif

#endif
