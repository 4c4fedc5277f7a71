/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory of the instance, and the policy that it shows. */
#include "service.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

uint8_t *base;
struct jr_header *header;
struct jr_socket *sockets;
struct jr_process *processes;
struct jr_waiter *waiters;
struct jr_queue *queues;
uint64_t *dirty_words, *call_words;
int memory_fd, service_fd, epoll_fd, listen_fd;
struct slot slots[JR_SOCKETS];
uint32_t slot_top;
struct process procs[JR_PROCESSES];
int waiter_fds[JR_WAITERS];
uint32_t free_chunks[CHUNKS], free_count;
uint16_t lent_to[CHUNKS];

static size_t pages(size_t n) { return (n + 4095) / 4096 * 4096; }

void layout(uint32_t spin_us) {
  size_t at = pages(sizeof *header);
  const size_t sockets_at = at;
  at = pages(at + JR_SOCKETS * sizeof *sockets);
  const size_t processes_at = at;
  at = pages(at + JR_PROCESSES * sizeof *processes);
  const size_t waiters_at = at;
  at = pages(at + JR_WAITERS * sizeof *waiters);
  const size_t queues_at = at;
  at = pages(at + JR_QUEUES * sizeof *queues);
  const size_t bitmaps_at = at;
  at = pages(at + (size_t)JR_QUEUES * JR_BITMAP_WORDS * 8);
  const size_t dirty_at = at, calls_at = at + JR_BITMAP_WORDS * 8;
  at = pages(calls_at + 4096);
  const size_t large_at = at;
  at = pages(at + (size_t)JR_LARGE_TABLES * JR_LARGE_TABLE * 4);
  const size_t chunks_at = at;
  at += (size_t)CHUNKS * JR_CHUNK;
  memory_fd = memfd_create("joyride-test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  assert(memory_fd >= 0 && ftruncate(memory_fd, (off_t)at) == 0);
  assert(fcntl(memory_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0);
  base = mmap(NULL, at, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
  assert(base != MAP_FAILED);
  header = (struct jr_header *)base;
  header->magic = JR_MAGIC;
  header->abi_version = JR_ABI_VERSION;
  header->header_size = sizeof *header;
  header->total_size = at;
  header->instance_id = 1;
  header->sockets_offset = (uint32_t)sockets_at;
  header->processes_offset = (uint32_t)processes_at;
  header->waiters_offset = (uint32_t)waiters_at;
  header->queues_offset = (uint32_t)queues_at;
  header->queue_bitmaps_offset = (uint32_t)bitmaps_at;
  header->dirty_bitmap_offset = (uint32_t)dirty_at;
  header->call_bitmap_offset = (uint32_t)calls_at;
  header->large_tables_offset = (uint32_t)large_at;
  header->chunks_offset = (uint32_t)chunks_at;
  header->chunk_count = CHUNKS;
  header->state = JR_INSTANCE_RUNNING;
  header->spin_us = spin_us;
  header->yield_limit_us = 200;
  sockets = (struct jr_socket *)(base + sockets_at);
  processes = (struct jr_process *)(base + processes_at);
  waiters = (struct jr_waiter *)(base + waiters_at);
  queues = (struct jr_queue *)(base + queues_at);
  dirty_words = (uint64_t *)(base + dirty_at);
  call_words = (uint64_t *)(base + calls_at);
  header->policy_rules = 2;
  header->policy_count = 4;
  header->policy[0] = (struct jr_policy){.action = JR_POLICY_REFUSE, .calls = JR_POLICY_LISTEN, .first_port = 7990, .last_port = 7991};
  header->policy[1] = (struct jr_policy){.action = JR_POLICY_KERNEL, .calls = JR_POLICY_CONNECT, .first_port = 7991, .last_port = 7992};
  header->policy[2] = (struct jr_policy){.prefix = 128, .action = JR_POLICY_REFUSE};
  memcpy(header->policy[2].address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\x4d\0\x63", 16);
  header->policy[3] = (struct jr_policy){.prefix = 112, .action = JR_POLICY_LOCAL};
  memcpy(header->policy[3].address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\x4d\0\0", 16);
  for (uint32_t k = 0; k < CHUNKS; k++) free_chunks[free_count++] = CHUNKS - 1 - k;
  for (uint32_t k = 0; k < JR_WAITERS; k++) waiter_fds[k] = -1;
}
