/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of the layer by themselves: locks, slabs, bitmaps, policy, addresses. No service, no preload. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../main/c/address.c"
#include "../../main/c/lock.c"
#include "../../main/c/place.c"
#include "../../main/c/policy.c"
#include "../../main/c/slab.c"
#include "doorbell.h"

#define CHECK(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, __func__, #condition);  \
      exit(1);                                                                       \
    }                                                                                \
  } while (0)

__thread struct thread self __attribute__((tls_model("initial-exec"), visibility("hidden")));
struct real real;
static int redelivered;
void signals_redeliver(void) {
  redelivered++;
  self.deferred = 0;
}
void service_wake(struct instance *i) { i->header->asleep = 0; }

static void *shared(size_t n) {
  void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(p != MAP_FAILED);
  return p;
}

static void child_ok(pid_t pid) {
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static struct lock private_lock;
static long counted;

static void *count(void *unused) {
  for (int k = 0; k < 20000; k++) {
    lock_acquire(&private_lock);
    counted++;
    lock_release(&private_lock);
  }
  return unused;
}

static void private_locks(void) {
  pthread_t t[4];
  for (int k = 0; k < 4; k++) CHECK(pthread_create(&t[k], NULL, count, NULL) == 0);
  for (int k = 0; k < 4; k++) pthread_join(t[k], NULL);
  CHECK(counted == 80000 && private_lock.word == 0 && self.inside == 0);
}

static void signals_are_put_off(void) {
  struct lock other = {0};
  lock_acquire(&private_lock);
  lock_acquire(&other);
  self.deferred = 1;
  lock_release(&other);
  CHECK(redelivered == 0);
  lock_release(&private_lock);
  CHECK(redelivered == 1);
}

/* Counting under a lock between processes, some of which are killed while they hold it. */
static void direction_locks(void) {
  uint32_t *word = shared(4096);
  volatile long *sum = (volatile long *)(word + 16);
  pid_t pids[3];
  for (int k = 0; k < 3; k++) {
    pids[k] = fork();
    if (pids[k]) continue;
    self.tid = 0;
    for (int n = 0; n < 10000; n++) {
      direction_lock(word);
      *sum = *sum + 1;
      direction_unlock(word);
    }
    _exit(0);
  }
  for (int k = 0; k < 3; k++) child_ok(pids[k]);
  CHECK(*sum == 30000 && *word == 0);
  for (int reaped = 0; reaped < 2; reaped++) {
    const pid_t pid = fork();
    if (pid == 0) {
      self.tid = 0;
      direction_lock(word);
      _exit(0);
    }
    if (reaped) child_ok(pid);
    else while (*(volatile uint32_t *)word == 0) usleep(100);
    direction_lock(word);
    CHECK((*word & ~JR_LOCK_CONTENDED) == own_tid());
    direction_lock(word); /* ours already */
    direction_unlock(word);
    CHECK(*word == 0);
    self.inside = 0;
    if (!reaped) child_ok(pid);
  }
}

struct thing {
  uint64_t value;
  struct thing *next;
};

static void slabs(void) {
  static struct slab s = SLAB(struct thing, next);
  static struct thing *all[5000];
  for (int k = 0; k < 5000; k++) {
    all[k] = slab_take(&s);
    CHECK(all[k] && (uintptr_t)all[k] % 64 == 0);
    all[k]->value = (uint64_t)k;
  }
  for (int k = 0; k < 5000; k++) CHECK(all[k]->value == (uint64_t)k);
  slab_give(&s, all[7]);
  CHECK(all[7]->value == 7); /* a look at a freed one sees what it was */
  CHECK(slab_take(&s) == all[7]);
}

static struct instance fake;

static void bitmaps(void) {
  struct jr_header *h = shared(sizeof *h);
  static uint64_t words[JR_BITMAP_WORDS];
  fake.header = h;
  fake.dirty_words = words;
  h->asleep = 1;
  mark_dirty(&fake, 0);
  mark_dirty(&fake, 4097);
  mark_dirty(&fake, 32767);
  CHECK(words[0] == 1 && words[64] == 2 && words[511] == 1ull << 63);
  CHECK(h->dirty.word[0] == 1 && h->dirty.word[1] == 1 && h->dirty.word[7] == 1ull << 63);
  CHECK(h->rung == JR_RING_SOCKETS && h->asleep == 0);
}

static void mapped_address(uint8_t *to, const char *text) {
  memset(to, 0, 16);
  to[10] = to[11] = 0xff;
  CHECK(inet_pton(AF_INET, text, to + 12) == 1);
}

/* Entry `at`: a prefix and what happens to it. */
static void policy_entry(uint32_t at, const char *address, uint8_t prefix, uint8_t action) {
  mapped_address(fake.header->policy[at].address, address);
  fake.header->policy[at].prefix = prefix;
  fake.header->policy[at].action = action;
}

static int connecting(const char *address, uint16_t port) {
  uint8_t a[16];
  mapped_address(a, address);
  return policy_of(&fake, JR_POLICY_CONNECT, a, port);
}

static int listening(const char *address, uint16_t port) {
  uint8_t a[16];
  mapped_address(a, address);
  return policy_of(&fake, JR_POLICY_LISTEN, a, port);
}

static void policies(void) {
  struct jr_header *h = fake.header;
  policy_entry(0, "10.1.2.3", 128, JR_POLICY_REFUSE);
  policy_entry(1, "10.1.0.0", 113, JR_POLICY_KERNEL);
  policy_entry(2, "127.77.0.0", 112, JR_POLICY_LOCAL);
  policy_entry(3, "10.0.0.0", 104, JR_POLICY_JOYRIDE);
  h->policy_count = 4;
  h->policy_rules = 0;
  static const struct {
    const char *address;
    int action;
  } cases[] = {{"127.77.3.4", JR_POLICY_LOCAL}, {"127.78.0.1", JR_POLICY_KERNEL}, {"10.9.9.9", JR_POLICY_JOYRIDE},
               {"10.1.2.3", JR_POLICY_REFUSE},  {"10.1.127.1", JR_POLICY_KERNEL}, {"10.1.128.1", JR_POLICY_JOYRIDE}};
  for (unsigned k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    CHECK(connecting(cases[k].address, 80) == cases[k].action);
    CHECK(listening(cases[k].address, 80) == cases[k].action);
  }
  CHECK(listening("0.0.0.0", 80) == JR_POLICY_JOYRIDE && connecting("0.0.0.0", 80) == JR_POLICY_KERNEL);
  uint8_t a[16];
  mapped_address(a, "10.9.9.9");
  CHECK(!policy_has_ipv6(&fake) && !policy_is_local(&fake, a));
  h->policy[3].prefix = 64;
  CHECK(policy_has_ipv6(&fake));
  h->policy[3].prefix = 200;
  CHECK(connecting("10.9.9.9", 80) == JR_POLICY_KERNEL);
  h->policy_seq = 1; /* a writer that never ends */
  CHECK(connecting("10.1.2.3", 80) == JR_POLICY_KERNEL);
  h->policy_seq = 0;
}

static void policy_rule(uint32_t at, uint8_t calls, uint16_t first, uint16_t last) {
  fake.header->policy[at].calls = calls;
  fake.header->policy[at].first_port = first;
  fake.header->policy[at].last_port = last;
}

/* The first that matches decides; JOYRIDE leaves it to the addresses. */
static void policy_rules(void) {
  struct jr_header *h = fake.header;
  memset(h->policy, 0, sizeof h->policy);
  policy_entry(0, "10.0.0.0", 104, JR_POLICY_JOYRIDE);
  policy_rule(0, JR_POLICY_CONNECT, 443, 443);
  policy_entry(1, "10.0.0.0", 104, JR_POLICY_REFUSE);
  policy_rule(1, JR_POLICY_CONNECT, 400, 500);
  h->policy[2].action = JR_POLICY_KERNEL; /* all addresses */
  policy_rule(2, JR_POLICY_LISTEN, 0, 1023);
  policy_entry(3, "10.0.0.0", 104, JR_POLICY_LOCAL);
  h->policy_count = 4;
  h->policy_rules = 3;
  CHECK(connecting("10.1.1.1", 443) == JR_POLICY_LOCAL && connecting("10.1.1.1", 444) == JR_POLICY_REFUSE);
  CHECK(connecting("10.1.1.1", 399) == JR_POLICY_LOCAL && connecting("10.1.1.1", 501) == JR_POLICY_LOCAL);
  CHECK(connecting("11.1.1.1", 443) == JR_POLICY_KERNEL);
  CHECK(listening("10.1.1.1", 443) == JR_POLICY_KERNEL && listening("0.0.0.0", 1023) == JR_POLICY_KERNEL);
  CHECK(listening("10.1.1.1", 1024) == JR_POLICY_LOCAL && listening("0.0.0.0", 1024) == JR_POLICY_JOYRIDE);
  uint8_t a[16];
  mapped_address(a, "10.1.1.1");
  CHECK(policy_is_local(&fake, a)); /* whatever rules say */
  h->policy_rules = 4000; /* garbage */
  h->policy_count = 4000;
  CHECK(connecting("12.1.1.1", 1) == JR_POLICY_JOYRIDE || connecting("12.1.1.1", 1) == JR_POLICY_KERNEL);
}

static void addresses(void) {
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(80)};
  struct jr_address a;
  CHECK(address_read(&a, (struct sockaddr *)&in, sizeof in, AF_INET) == 0 && a.port == 80 && address_is_any(a.address));
  CHECK(address_read(&a, (struct sockaddr *)&in, sizeof in - 1, AF_INET) == -EINVAL);
  CHECK(address_read(&a, (struct sockaddr *)&in, sizeof in, AF_INET6) == -EAFNOSUPPORT);
  in.sin_addr.s_addr = htonl(0x01020304);
  CHECK(address_read(&a, (struct sockaddr *)&in, sizeof in, AF_INET) == 0 && !address_is_any(a.address));
  struct sockaddr_in back;
  socklen_t l = sizeof back;
  CHECK(address_write((struct sockaddr *)&back, &l, AF_INET, a.address, a.port) == 0 && l == sizeof back);
  CHECK(memcmp(&in, &back, sizeof in) == 0);
  struct sockaddr_in6 six;
  l = sizeof six;
  CHECK(address_write((struct sockaddr *)&six, &l, AF_INET6, a.address, a.port) == 0 && l == sizeof six);
  CHECK(IN6_IS_ADDR_V4MAPPED(&six.sin6_addr) && six.sin6_scope_id == 0 && address_is_v4(a.address));
  struct sockaddr_in6 link = {.sin6_family = AF_INET6, .sin6_port = htons(80), .sin6_scope_id = 0x0107};
  inet_pton(AF_INET6, "fe80::1", &link.sin6_addr);
  CHECK(address_read(&a, (struct sockaddr *)&link, sizeof link, AF_INET6) == 0 && !address_is_v4(a.address));
  CHECK(a.address[2] == 1 && a.address[3] == 7); /* its zone */
  l = sizeof six;
  CHECK(address_write((struct sockaddr *)&six, &l, AF_INET6, a.address, a.port) == 0);
  CHECK(memcmp(&six, &link, sizeof link) == 0);
  inet_pton(AF_INET6, "2001:db8::1", &link.sin6_addr);
  CHECK(address_read(&a, (struct sockaddr *)&link, sizeof link, AF_INET6) == 0 && a.address[3] == 0xb8);
}

static uint32_t go_to(int cpu, const cpu_set_t *then) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  CHECK(sched_setaffinity(0, sizeof one, &one) == 0 && sched_setaffinity(0, sizeof *then, then) == 0);
  return (uint32_t)sched_getcpu() + 1;
}

/* The scheduler may move a thread at any time: what is to be seen is tried some times. */
static void places(void) {
  struct jr_header *h = fake.header;
  cpu_set_t all, after, one;
  CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
  int from = 0, to;
  while (!CPU_ISSET(from, &all)) from++;
  for (to = from + 1; to < CPU_SETSIZE && !CPU_ISSET(to, &all);) to++;
  if (to == CPU_SETSIZE) return; /* one CPU: nowhere to go */
  bool joined = false, busy_stayed = false, told = false, beside = false;
  for (int k = 0; k < 20; k++) {
    h->cpu = (uint32_t)to + 1;
    h->idle = 0;
    self.no_join_before = self.no_tell_before = 0;
    go_to(from, &all);
    place_join(h, 1);
    busy_stayed |= sched_getcpu() == from && self.no_join_before == 0;
    h->waiting_cpu = 0;
    told |= !place_beside(h, 1) && h->waiting_cpu == (uint32_t)from + 1;
    h->waiting_cpu = 0;
    place_beside(h, 2);
    CHECK(h->waiting_cpu == 0); /* not twice a millisecond */
    h->idle = 1;
    place_join(h, 1);
    joined |= sched_getcpu() == to;
    beside |= place_beside(h, 1);
    CHECK(sched_getaffinity(0, sizeof after, &after) == 0 && CPU_EQUAL(&all, &after));
    go_to(from, &all);
    place_join(h, 2); /* too soon */
    CHECK(self.no_join_before == 1 + PAUSE_NS);
  }
  CHECK(joined && busy_stayed && told && beside);
  CPU_ZERO(&one);
  CPU_SET(from, &one);
  go_to(from, &one);
  self.no_join_before = 0;
  place_join(h, 1); /* may not run there */
  CHECK(sched_getcpu() == from && sched_getaffinity(0, sizeof after, &after) == 0 && CPU_EQUAL(&one, &after));
  h->cpu = 4000000000u; /* garbage */
  self.no_join_before = 0;
  place_join(h, 1);
  CHECK(self.no_join_before == 0);
  h->cpu = (uint32_t)to + 1;
  CHECK(sched_setaffinity(0, sizeof all, &all) == 0);
  place_start();
  place_stay();
  place_join(h, 1);
  CHECK(self.no_join_before == 0);
}

int main(void) {
  alarm(60);
  private_locks();
  signals_are_put_off();
  direction_locks();
  slabs();
  bitmaps();
  places();
  policies();
  policy_rules();
  addresses();
  return 0;
}
