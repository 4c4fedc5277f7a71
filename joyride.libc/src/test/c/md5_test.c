/* SPDX-License-Identifier: BSD-2-Clause */
/* Signed segments (RFC 2385): TCP_MD5SIG and its prefixes. */
#include "talk.h"

static int listener;
enum { PORT = 7350 };

static struct tcp_md5sig key_for(const char *address, const char *secret) {
  struct sockaddr_in peer = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address)};
  struct tcp_md5sig key = {.tcpm_keylen = (uint16_t)strlen(secret)};
  memcpy(&key.tcpm_addr, &peer, sizeof peer);
  memcpy(key.tcpm_key, secret, strlen(secret));
  return key;
}

static int set_key(int fd, int name, const struct tcp_md5sig *key) {
  return setsockopt(fd, IPPROTO_TCP, name, key, sizeof *key);
}

static int kernel_state(int fd) {
  struct tcp_info kernels;
  socklen_t l = sizeof kernels;
  CHECK(syscall(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &kernels, &l) == 0);
  return kernels.tcpi_state;
}

/* A socket with a key, or without, that tries to connect for a moment. */
static int try_with(const char *secret, uint16_t port, bool connects) {
  const struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(ADDRESS)};
  const struct tcp_md5sig key = key_for(ADDRESS, secret);
  const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = to.sin_addr}; /* whose key the listener has */
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(!*secret || set_key(fd, TCP_MD5SIG, &key) == 0);
  CHECK(bind(fd, (const struct sockaddr *)&from, sizeof from) == 0);
  nonblocking(fd);
  CHECK(connect(fd, (const struct sockaddr *)&to, sizeof to) < 0 && errno == EINPROGRESS);
  CHECK(kernel_state(fd) == TCP_CLOSE);
  struct pollfd p = {.fd = fd, .events = POLLOUT};
  CHECK(poll(&p, 1, connects ? 5000 : 50) == connects);
  return fd;
}

/* Who asks for signed segments gets them, before the first one goes (RFC 2385). */
static void signed_segments(void) {
  const int plain = socket(AF_INET, SOCK_STREAM, 0);
  struct tcp_md5sig key = key_for(ADDRESS, "key");
  if (set_key(plain, TCP_MD5SIG, &key) < 0 && errno == ENOPROTOOPT) {
    close(plain);
    printf("no TCP-MD5 in this kernel, so none over Joyride\n");
    return;
  }
  struct tcp_md5sig wrong = key;
  wrong.tcpm_keylen = TCP_MD5SIG_MAXKEYLEN + 1;
  CHECK(set_key(plain, TCP_MD5SIG, &wrong) < 0 && errno == EINVAL);
  CHECK(setsockopt(plain, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key - 1) < 0 && errno == EINVAL);
  close(plain);

  /* the listener has no key */
  close(try_with("key", PORT, false));
  /* it gets one while it listens, for a prefix; the longer prefix counts */
  struct tcp_md5sig net = key_for("127.0.0.0", "net");
  net.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
  net.tcpm_prefixlen = 8;
  CHECK(set_key(listener, TCP_MD5SIG_EXT, &net) == 0);
  close(try_with("", PORT, false));
  close(try_with("key", PORT, false));
  close(try_with("net", PORT, true));
  close(accept(listener, NULL, NULL));
  CHECK(set_key(listener, TCP_MD5SIG, &key) == 0);
  close(try_with("net", PORT, false));
  const int signing = try_with("key", PORT, true);
  const int accepted = accept(listener, NULL, NULL);
  CHECK(is_joyride(accepted) && send(signing, "x", 1, 0) == 1);
  char byte;
  CHECK(recv(accepted, &byte, 1, 0) == 1);
  /* on a connection, too */
  CHECK(set_key(accepted, TCP_MD5SIG, &key) == 0);
  close(signing);
  close(accepted);
  /* taken away again */
  key.tcpm_keylen = net.tcpm_keylen = 0;
  CHECK(set_key(listener, TCP_MD5SIG, &key) == 0 && set_key(listener, TCP_MD5SIG_EXT, &net) == 0);
  CHECK(set_key(listener, TCP_MD5SIG, &key) < 0 && errno == ENOENT);
  close(try_with("", PORT, true));
  close(accept(listener, NULL, NULL));

  /* before it listens */
  const uint16_t port = (uint16_t)(20000 + getpid() % 10000);
  const struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(ADDRESS)};
  const int early = socket(AF_INET, SOCK_STREAM, 0);
  net = key_for("127.0.0.0", "early");
  net.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
  net.tcpm_prefixlen = 8;
  CHECK(set_key(early, TCP_MD5SIG_EXT, &net) == 0);
  CHECK(bind(early, (const struct sockaddr *)&here, sizeof here) == 0 && listen(early, 5) == 0);
  close(try_with("", port, false));
  close(try_with("early", port, true));

  /* who gets the descriptor does not know the keys: the kernel's then, which does */
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  pass(ends[0], early);
  close(early);
  const int heir = passed(ends[1]);
  CHECK(heir >= 0 && accept(heir, NULL, NULL) < 0 && errno == EAGAIN);
  const int stranger = socket(AF_INET, SOCK_STREAM, 0);
  nonblocking(stranger);
  connect(stranger, (const struct sockaddr *)&here, sizeof here);
  struct pollfd p = {.fd = stranger, .events = POLLOUT};
  CHECK(kernel_state(stranger) == TCP_SYN_SENT && poll(&p, 1, 50) == 0);
  close(stranger);
  close(heir);
  close(ends[0]);
  close(ends[1]);
}

TESTS(listener = listen_at(PORT, 0); RUN(signed_segments);)
