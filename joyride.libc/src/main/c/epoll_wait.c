/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll_wait over both worlds. What is ready of Joyride's is found without a system call; the kernel is asked now and
 * then while Joyride alone keeps the program busy, always before spinning, and by the sleep itself.
 */
#include <unistd.h>

#include "epoll_set.h"
#include "fdtable.h"
#include "readiness.h"
#include "real.h"
#include "socket.h"

/* Bounds on how long a kernel event may wait while Joyride's sockets are busy, or when they are not. */
#define BUSY_CYCLES 1000000u
#define IDLE_CYCLES 40000u
#define SERVICE_CYCLES 100000000u
enum { BUSY_TURNS = 64, SPIN_LOOKS = 16 };

static bool level(const struct member *m) { return !(m->events & EPOLLET); }

/* Was there an edge that this member is interested in? */
static bool edge(const struct member *m, uint32_t rx, uint32_t tx, uint32_t events) {
  const bool in = rx != m->rx_seen, out = tx != m->tx_seen;
  return (in && (m->events & (EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLPRI))) ||
         (out && (m->events & (EPOLLOUT | EPOLLWRNORM))) || ((in || out) && (events & (EPOLLERR | EPOLLHUP)));
}

/* What to report of the member now; 0: nothing. */
static uint32_t evaluate(struct epoll *e, struct member *m, bool consume) {
  if (m->file->kind == FILE_EPOLL) return epoll_ready(m->file->epoll) ? m->events & EPOLLIN : 0;
  struct jr_socket *s = m->file->socket;
  if (!s) return 0;
  const uint32_t rx = load(&s->rx_edges), tx = load(&s->tx_edges);
  uint32_t events = socket_events_wanting(m->file, s, m->events);
  if (m->twin_ready) events |= EPOLLIN | EPOLLRDNORM;
  const bool now = level(m) || m->fresh || m->twin_ready || edge(m, rx, tx, events);
  if (!consume) return now ? events & m->events : 0;
  if (m->twin_ready) {
    m->twin_ready = 0;
    e->look_at_twins = level(m);
  }
  m->rx_seen = rx;
  m->tx_seen = tx;
  m->fresh = 0;
  return now ? events & m->events : 0;
}

/* Does the member stay in the list, though an edge will not bring it back? */
static bool stays(const struct epoll *e, const struct member *m, uint32_t reported) {
  if (m->disarmed) return false;
  return m->file->kind == FILE_EPOLL || e->queue == NO_QUEUE || (reported && level(m));
}

static int harvest(struct epoll *e, struct epoll_event *events, int max) {
  int n = 0;
  lock_acquire(&e->lock);
  queue_drain(e);
  if (e->look_at_twins) twins_look(e);
  const struct member *last = e->ready_tail;
  for (struct member *m = e->ready_head; m && n < max; m = e->ready_head) {
    const bool end = m == last;
    ready_drop(e, m);
    const uint32_t reported = evaluate(e, m, true);
    if (reported) {
      events[n].events = reported;
      events[n++].data = m->data;
      if (m->events & EPOLLONESHOT) {
        m->disarmed = 1;
        if (m->is_twin) twin_change(e, m);
      }
    }
    if (stays(e, m, reported)) ready_push(e, m);
    if (end) break;
  }
  if (unlikely(n == max && e->sleepers)) waiter_wake(e->sleepers->waiter);
  lock_release(&e->lock);
  return n;
}

bool epoll_ready(struct epoll *e) {
  bool any = false;
  lock_acquire(&e->lock);
  queue_drain(e);
  const struct member *last = e->ready_tail;
  for (struct member *m = e->ready_head; m && !any; m = e->ready_head) {
    const bool end = m == last;
    any = evaluate(e, m, false) != 0;
    ready_drop(e, m);
    if (any || stays(e, m, 0) || !level(m)) ready_push(e, m);
    if (end) break;
  }
  lock_release(&e->lock);
  return any;
}

/* Listeners go on in the kernel alone, connections report their end. */
static void see_loss(struct epoll *e) {
  struct file *listener;
  do {
    int fd = -1;
    listener = NULL;
    memberships_lock();
    lock_acquire(&e->lock);
    e->loss_seen = 1;
    for (struct member *m = e->members; m; m = m->next) {
      if (!m->ours || m->file->kind == FILE_EPOLL || !instance_gone(m->file->instance)) continue;
      m->fresh = 1;
      if (!m->disarmed) ready_push(e, m);
      if (m->file->kind == FILE_LISTENER && !listener && file_hold(m->file)) {
        listener = m->file;
        fd = m->fd;
      }
    }
    lock_release(&e->lock);
    memberships_unlock();
    if (listener) {
      listener_surrender(fd, listener);
      file_put(listener);
    }
  } while (listener);
}

static void settle(struct epoll *e) {
  if (unlikely(e->rejoin)) {
    memberships_lock();
    if (e->rejoin) epoll_rejoin(e);
    memberships_unlock();
  }
  if (unlikely(e->instance && instance_gone(e->instance) && !e->loss_seen)) see_loss(e);
}

static int ask_kernel(struct epoll *e, int epfd, struct epoll_event *events, int max) {
  e->kernel_asked = cycles();
  e->turns = 0;
  e->look_at_twins = e->twins_fd >= 0;
  if (e->instance && e->kernel_asked - e->service_asked > SERVICE_CYCLES) {
    e->service_asked = e->kernel_asked;
    instance_check(e->instance);
  }
  if (!e->kernel_used) return 0;
  bool kicked;
  int n = real.epoll_wait(epfd, events, max, 0);
  if (n > 0) n = kick_filter(e, events, n, &kicked);
  e->kernel_spoke = n > 0;
  return n < 0 ? -errno : n;
}

/* Whatever is ready on either side; neither starves the other of the program's room. */
static int collect(struct epoll *e, int epfd, struct epoll_event *events, int max, bool kernel_now) {
  settle(e);
  int n = 0;
  const uint64_t waited = cycles() - e->kernel_asked;
  if (kernel_now || ++e->turns >= BUSY_TURNS || waited > BUSY_CYCLES) {
    n = ask_kernel(e, epfd, events, max > 1 ? (max + 1) / 2 : 1);
    if (n < 0) return n;
    return n + harvest(e, events + n, max - n);
  }
  n = harvest(e, events, max);
  /* where the kernel had the last word it is asked before spinning, else by the spin */
  if (n == 0 && e->kernel_spoke && waited > IDLE_CYCLES) {
    n = ask_kernel(e, epfd, events, max);
    if (n == 0 && e->look_at_twins) n = harvest(e, events, max);
  }
  return n;
}

struct looking {
  struct epoll *epoll;
  int epfd;
  unsigned looks;
  bool kernel;
};

/* Members that are sets themselves stay in the ready list: they are looked at one by one. */
static bool inner_signalled(const struct epoll *e) {
  bool any = false;
  memberships_lock();
  for (const struct member *m = e->members; m && !any; m = m->next)
    any = m->file->kind == FILE_EPOLL && epoll_signalled(m->file->epoll);
  memberships_unlock();
  return any;
}

bool epoll_signalled(struct epoll *e) {
  if (queue_signalled(e) || (e->instance && instance_gone(e->instance) && !e->loss_seen)) return true;
  if (unlikely(e->inner)) return inner_signalled(e);
  return peek(&e->ready_head) && e->queue != NO_QUEUE;
}

static bool something(void *argument) {
  struct looking *l = argument;
  struct epoll *e = l->epoll;
  if (epoll_signalled(e)) return true;
  if (++l->looks % SPIN_LOOKS) return false;
  struct pollfd fds[2] = {{e->kernel_used ? l->epfd : -1, POLLIN, 0}, {e->twins_fd, POLLIN, 0}};
  return l->kernel = real.poll(fds, 2, 0) > 0;
}

void epoll_note(struct epoll *e, const struct waiter *w, bool on) {
  if (e->queue != NO_QUEUE) (on ? waiter_note : waiter_forget)(&epoll_queue(e)->sleeper, w);
  if (likely(!e->inner)) return;
  memberships_lock();
  for (struct member *m = e->members; m; m = m->next)
    if (m->file->kind == FILE_EPOLL && m->file->epoll->queue != NO_QUEUE)
      (on ? waiter_note : waiter_forget)(&epoll_queue(m->file->epoll)->sleeper, w);
  memberships_unlock();
}

static void sleeper_link(struct sleeper *me) {
  struct epoll *e = me->epoll;
  if (!me->waiter) return;
  lock_acquire(&e->lock);
  me->next = e->sleepers;
  e->sleepers = me;
  lock_release(&e->lock);
}

static void sleeper_unlink(struct sleeper *me) {
  struct epoll *e = me->epoll;
  if (!me->waiter) return;
  lock_acquire(&e->lock);
  struct sleeper **at = &e->sleepers;
  while (*at && *at != me) at = &(*at)->next;
  if (*at) *at = me->next;
  lock_release(&e->lock);
}

/* As waiter_sleep; *kernel: the kernel has events. */
static int sleep_on(struct epoll *e, int epfd, const struct wait *w, struct instance *i, const sigset_t *mask,
                    bool *kernel) {
  __attribute__((cleanup(sleeper_unlink))) struct sleeper me = {w->waiter, e, NULL};
  int r = 1;
  sleeper_link(&me);
  waiter_arm(w->waiter);
  epoll_note(e, w->waiter, true);
  full_fence();
  if (!epoll_signalled(e)) {
    struct pollfd fds[4] = {[2] = {epfd, POLLIN, 0}, [3] = {e->twins_fd, POLLIN, 0}};
    r = wait_interrupted(w) ? -EINTR : waiter_sleep(w, i, fds, 4, mask);
    *kernel = r > 0 && (fds[2].revents || fds[3].revents);
  }
  waiter_disarm(w->waiter);
  epoll_note(e, w->waiter, false);
  return r;
}

/* No Joyride socket in the set: the kernel's own call. False: kicked out of it, there is one now. */
static bool kernel_alone(struct epoll *e, int epfd, struct epoll_event *events, int max, uint64_t timeout_ns,
                         const sigset_t *mask, int *result) {
  fetch_add(&e->in_kernel, 1);
  bool kicked = false;
  int n = 0;
  if (!epoll_has_ours(e)) {
    const bool whole_ms = timeout_ns == WAIT_FOREVER || timeout_ns % 1000000 == 0 || !real.epoll_pwait2;
    const struct timespec t = {(time_t)(timeout_ns / 1000000000u), (long)(timeout_ns % 1000000000u)};
    const uint64_t ms = timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);
    const int timeout = timeout_ns == WAIT_FOREVER || ms > INT32_MAX ? -1 : (int)ms;
    n = whole_ms ? real.epoll_pwait(epfd, events, max, timeout, mask) : real.epoll_pwait2(epfd, events, max, &t, mask);
    if (n < 0) n = -errno;
  } else {
    kicked = true;
  }
  fetch_add(&e->in_kernel, -1u);
  bool seen = false;
  if (n > 0) n = kick_filter(e, events, n, &seen);
  *result = n;
  return n != 0 || !(kicked || seen);
}

/* The instance of the set, or of a set within it. */
static struct instance *instance_of(struct epoll *e) {
  struct instance *i = e->instance;
  if (likely(i != NULL)) return i;
  memberships_lock();
  for (const struct member *m = e->members; m && !i; m = m->next)
    if (m->file->kind == FILE_EPOLL) i = m->file->epoll->instance;
  memberships_unlock();
  return i;
}

bool epoll_has_ours(struct epoll *e) { return load(&e->ours) || (load(&e->inner) && instance_of(e)); }

int epoll_waiting(int epfd, struct file *f, struct epoll_event *events, int max, uint64_t timeout_ns,
                  const sigset_t *mask) {
  struct epoll *e = f->epoll;
  if (max <= 0) return -EINVAL;
  const uint64_t end = timeout_ns == 0 || timeout_ns == WAIT_FOREVER ? 0 : now_ns() + timeout_ns;
  int n;
  if (!epoll_has_ours(e) && kernel_alone(e, epfd, events, max, timeout_ns, mask, &n)) return n;
  bool kernel = timeout_ns == 0, over = timeout_ns == 0;
  WAIT w = {0};
  const uint32_t signals = self.signals;
  for (;;) {
    n = collect(e, epfd, events, max, kernel);
    if (n || over) break;
    struct instance *i = instance_of(e);
    if (w.begun && w.waiter && w.waiter->instance != i) wait_end(&w);
    if (!w.begun) wait_begin(&w, i, WAIT_FOREVER);
    w.deadline = end;
    w.signals = signals;
    w.any = true;
    if (wait_interrupted(&w)) {
      n = -EINTR;
      break;
    }
    struct looking l = {.epoll = e, .epfd = epfd};
    if (wait_spin(i, something, &l, end)) {
      kernel = l.kernel;
      continue;
    }
    const bool nap = e->queue == NO_QUEUE && e->ours;
    if (nap && (!end || end > now_ns() + NAP_NS)) w.deadline = now_ns() + NAP_NS;
    const int r = sleep_on(e, epfd, &w, i, mask, &kernel);
    if (r == -EINTR && (wait_interrupted(&w) || mask)) {
      n = harvest(e, events, max);
      if (n == 0) n = -EINTR;
      break;
    }
    if (r == 0 && w.deadline == end) over = kernel = true;
  }
  return n;
}
