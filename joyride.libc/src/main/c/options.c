/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options live in three places: words of the socket's slot, which the service reads; the kernel socket under the
 * descriptor, for what has no meaning here or only restricts values as Linux does; and the service itself.
 * One table says which words an option is, for undecided sockets and for Joyride's alike.
 */
#include "options.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/time.h>

#include "call.h"
#include "doorbell.h"
#include "real.h"

enum form { FLAG, SECONDS, BUFFER, LINGER, TIMEOUT, NUMBER };

static const struct option {
  int level, name;
  enum form form;
  uint16_t early, shared; /* offsets of the word */
  uint32_t bit;           /* FLAG */
  int low, high;          /* allowed values of a number */
} table[] = {
#define WORD(member) offsetof(struct early_options, member), offsetof(struct jr_socket, member)
    {SOL_SOCKET, SO_KEEPALIVE, FLAG, WORD(option_flags), JR_OPTION_KEEPALIVE, 0, 0},
    {SOL_SOCKET, SO_OOBINLINE, FLAG, WORD(option_flags), JR_OPTION_OOBINLINE, 0, 0},
    {IPPROTO_TCP, TCP_NODELAY, FLAG, WORD(option_flags), JR_OPTION_NODELAY, 0, 0},
    {IPPROTO_TCP, TCP_CORK, FLAG, WORD(option_flags), JR_OPTION_NOPUSH, 0, 0},
    {IPPROTO_TCP, TCP_QUICKACK, FLAG, WORD(option_flags), JR_OPTION_QUICKACK, 0, 0},
    {SOL_SOCKET, SO_SNDBUF, BUFFER, WORD(sndbuf), 0, 0, 0},
    {SOL_SOCKET, SO_SNDBUFFORCE, BUFFER, WORD(sndbuf), 0, 0, 0},
    {SOL_SOCKET, SO_RCVBUF, BUFFER, WORD(rcvbuf), 0, 0, 0},
    {SOL_SOCKET, SO_RCVBUFFORCE, BUFFER, WORD(rcvbuf), 0, 0, 0},
    {SOL_SOCKET, SO_LINGER, LINGER, WORD(linger), 0, 0, 0},
    {SOL_SOCKET, SO_RCVTIMEO, TIMEOUT, WORD(rcvtimeo_ms), 0, 0, 0},
    {SOL_SOCKET, SO_SNDTIMEO, TIMEOUT, WORD(sndtimeo_ms), 0, 0, 0},
    {SOL_SOCKET, SO_RCVLOWAT, NUMBER, WORD(rcvlowat), 0, INT32_MIN, INT32_MAX},
    {IPPROTO_TCP, TCP_KEEPIDLE, NUMBER, WORD(keepidle), 0, 1, 32767},
    {IPPROTO_TCP, TCP_KEEPINTVL, NUMBER, WORD(keepintvl), 0, 1, 32767},
    {IPPROTO_TCP, TCP_KEEPCNT, NUMBER, WORD(keepcnt), 0, 1, 127},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, NUMBER, WORD(user_timeout_ms), 0, 0, INT32_MAX},
    {IPPROTO_TCP, TCP_MAXSEG, NUMBER, WORD(maxseg), 0, 88, 65535},
    {IPPROTO_IP, IP_TOS, NUMBER, WORD(tos), 0, INT32_MIN, INT32_MAX},
    {IPPROTO_IPV6, IPV6_TCLASS, NUMBER, WORD(tos), 0, -1, 255},
    {IPPROTO_IP, IP_TTL, NUMBER, WORD(ttl), 0, -1, 255},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, NUMBER, WORD(ttl), 0, -1, 255},
#undef WORD
};

static const struct option *find(int level, int name) {
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++)
    if (table[k].level == level && table[k].name == name) return &table[k];
  return NULL;
}

static uint32_t *word(void *base, size_t offset) { return (uint32_t *)((uint8_t *)base + offset); }

/* As Linux reads struct timeval: rounded up to ours, 0 is for ever. */
static int read_timeout(const void *v, socklen_t l, uint32_t *to) {
  struct timeval t;
  if (l < sizeof t) return -EINVAL;
  memcpy(&t, v, sizeof t);
  if (t.tv_usec < 0 || t.tv_usec >= 1000000) return -EDOM;
  if (t.tv_sec < 0)
    *to = 0;
  else if (t.tv_sec > INT32_MAX / 1000 - 1)
    *to = 0;
  else
    *to = (uint32_t)t.tv_sec * 1000u + (uint32_t)(t.tv_usec + 999) / 1000u;
  return 0;
}

/* The kernel socket under the descriptor says what Linux makes of a buffer size: twice the value, within its limits. */
static int read_buffer(int fd, const struct option *o, const void *v, socklen_t l, uint32_t *to) {
  int size = 0;
  socklen_t n = sizeof size;
  if (real.setsockopt(fd, o->level, o->name, v, l) < 0) return -errno;
  const bool sending = o->name == SO_SNDBUF || o->name == SO_SNDBUFFORCE;
  if (real.getsockopt(fd, SOL_SOCKET, sending ? SO_SNDBUF : SO_RCVBUF, &size, &n) < 0) return -errno;
  *to = (uint32_t)size / 2;
  return 0;
}

/* The option's value as its word has it. */
static int read_value(int fd, const struct option *o, const void *v, socklen_t l, uint32_t *to) {
  if (!v) return -EFAULT;
  if (o->form == TIMEOUT) return read_timeout(v, l, to);
  if (o->form == BUFFER) return read_buffer(fd, o, v, l, to);
  if (o->form == LINGER) {
    struct linger x;
    if (l < sizeof x) return -EINVAL;
    memcpy(&x, v, sizeof x);
    *to = x.l_onoff ? (uint32_t)(x.l_linger < 0 ? INT32_MAX : x.l_linger) : (uint32_t)-1;
    return 0;
  }
  int x;
  if (o->level == IPPROTO_IP && l >= 1 && l < sizeof x)
    x = *(const uint8_t *)v;
  else if (l < sizeof x)
    return -EINVAL;
  else
    memcpy(&x, v, sizeof x);
  if (o->form == NUMBER && (x < o->low || x > o->high) && !(o->name == TCP_MAXSEG && x == 0)) return -EINVAL;
  if (o->form == NUMBER && o->name == SO_RCVLOWAT && o->level == SOL_SOCKET) x = x < 0 ? INT32_MAX : x ? x : 1;
  if (o->form == NUMBER && x == -1) x = 0; /* back to the default */
  *to = (uint32_t)x;
  return 0;
}

static void store(const struct option *o, uint32_t *to, uint32_t value) {
  if (o->form != FLAG)
    poke(to, value);
  else if (value)
    fetch_or(to, o->bit);
  else
    fetch_and(to, ~o->bit);
}

/* Of an open alone, and no word of the socket's. */
static uint32_t fast_open_bit(int level, int name) {
  if (level != IPPROTO_TCP) return 0;
  return name == TCP_FASTOPEN_CONNECT ? EARLY_FASTOPEN_CONNECT : name == TCP_FASTOPEN_NO_COOKIE ? EARLY_FASTOPEN_NO_COOKIE : 0;
}

void options_note(int fd, struct file *f, int level, int name, const void *v, socklen_t l) {
  const uint32_t bit = fast_open_bit(level, name);
  if (bit) {
    int on = 0;
    memcpy(&on, v, smaller(l, sizeof on));
    f->early.fast_open = on ? f->early.fast_open | bit : f->early.fast_open & ~bit;
    return;
  }
  const struct option *o = find(level, name);
  uint32_t value;
  if (o && read_value(fd, o, v, l, &value) == 0) store(o, word(&f->early, o->early), value);
}

/* What Linux takes and Joyride has no use for, at least not yet: no promise is broken by leaving it to the kernel socket. */
static bool harmless(int level, int name) {
  if (level == SOL_SOCKET) return true;
  if (level == IPPROTO_TCP)
    return name == TCP_SYNCNT || name == TCP_LINGER2 || name == TCP_DEFER_ACCEPT || name == TCP_WINDOW_CLAMP ||
           name == TCP_NOTSENT_LOWAT || name == TCP_FASTOPEN || fast_open_bit(level, name) || name == TCP_THIN_LINEAR_TIMEOUTS;
  return level == IPPROTO_IPV6 || (level == IPPROTO_IP && name != IP_MTU && name != IP_OPTIONS);
}

int options_ask_set(struct instance *i, uint32_t slot, uint32_t generation, int level, int name, const void *v, socklen_t l) {
  struct call c;
  if (l > sizeof c.slot->data) return -EINVAL;
  if (call_begin(&c, i, JR_OP_SETOPT, slot, generation) < 0) return -ENOBUFS;
  c.slot->args[0] = (uint64_t)level;
  c.slot->args[1] = (uint64_t)name;
  c.slot->args[2] = l;
  if (v) memcpy(c.slot->data, v, l);
  const int r = call_run(&c);
  call_end(&c);
  return r == -ESTALE ? -ECONNRESET : r < 0 ? r : 0;
}

int options_ask_get(struct instance *i, uint32_t slot, uint32_t generation, int level, int name, void *v, socklen_t *l) {
  struct call c;
  if (call_begin(&c, i, JR_OP_GETOPT, slot, generation) < 0) return -ENOBUFS;
  c.slot->args[0] = (uint64_t)level;
  c.slot->args[1] = (uint64_t)name;
  c.slot->args[2] = smaller(*l, sizeof c.slot->data);
  memcpy(c.slot->data, v, c.slot->args[2]);
  const int r = call_run(&c);
  if (r >= 0) {
    *l = (socklen_t)smaller(*l, smaller((size_t)r, sizeof c.slot->data));
    memcpy(v, c.slot->data, *l);
  }
  call_end(&c);
  return r == -ESTALE ? -ECONNRESET : r < 0 ? r : 0;
}

static int ask_set(struct file *f, int level, int name, const void *v, socklen_t l) {
  return options_ask_set(f->instance, f->slot, f->generation, level, name, v, l);
}

/* Of a listener; the kernel's twin, which clients on the kernel's side reach, has it too, and remembers it. */
static int set_fast_open(int fd, struct file *f, int name, const void *v, socklen_t l) {
  if (f->kind != FILE_LISTENER || name == TCP_FASTOPEN_CONNECT) return -EINVAL;
  if (real.setsockopt(fd, IPPROTO_TCP, name, v, l) < 0) return -errno;
  return ask_set(f, IPPROTO_TCP, name, v, l);
}

static void repeat(int fd, struct file *f, int name) {
  int value = 0;
  socklen_t l = sizeof value;
  if (real.getsockopt(fd, IPPROTO_TCP, name, &value, &l) == 0 && value > 0) ask_set(f, IPPROTO_TCP, name, &value, l);
}

void options_of_listener(int fd, struct file *f) {
  repeat(fd, f, TCP_FASTOPEN);
  repeat(fd, f, TCP_FASTOPEN_NO_COOKIE);
}

int options_set(int fd, struct file *f, int level, int name, const void *v, socklen_t l) {
  struct jr_socket *s = f->socket;
  const struct option *o = find(level, name);
  if (!s) return -EBADF;
  if (!o) {
    if (level == IPPROTO_TCP && (name == TCP_FASTOPEN || fast_open_bit(level, name))) return set_fast_open(fd, f, name, v, l);
    if (harmless(level, name)) return real.setsockopt(fd, level, name, v, l) < 0 ? -errno : 0;
    return ask_set(f, level, name, v, l);
  }
  uint32_t value;
  const int r = read_value(fd, o, v, l, &value);
  if (r < 0) return r;
  store(o, word(s, o->shared), value);
  fetch_add(&s->option_seq, 1);
  mark_dirty(f->instance, f->slot);
  return 0;
}

static int give(void *v, socklen_t *l, const void *value, size_t size) {
  if ((int)*l < 0) return -EINVAL;
  *l = (socklen_t)smaller(*l, size);
  memcpy(v, value, *l);
  return 0;
}

static int give_int(void *v, socklen_t *l, int value) { return give(v, l, &value, sizeof value); }

static int get_word(const struct option *o, struct jr_socket *s, void *v, socklen_t *l) {
  const uint32_t value = load(word(s, o->shared));
  switch (o->form) {
    case FLAG:
      return give_int(v, l, (value & o->bit) != 0);
    case BUFFER:
      if (value) return give_int(v, l, (int)value * 2);
      return give_int(v, l, (int)load(o->name == SO_SNDBUF ? &s->tx_limit : &s->rx_limit));
    case LINGER: {
      const struct linger x = {(int32_t)value >= 0, (int32_t)value >= 0 ? (int32_t)value : 0};
      return give(v, l, &x, sizeof x);
    }
    case TIMEOUT: {
      const struct timeval t = {value / 1000, value % 1000 * 1000};
      return give(v, l, &t, sizeof t);
    }
    default:
      return give_int(v, l, (int)value);
  }
}

/* What an option that was never set is on Linux. 0: not such an option. */
static int default_of(int level, int name) {
  if (level == IPPROTO_TCP && name == TCP_KEEPIDLE) return 7200;
  if (level == IPPROTO_TCP && name == TCP_KEEPINTVL) return 75;
  if (level == IPPROTO_TCP && name == TCP_KEEPCNT) return 9;
  if ((level == IPPROTO_IP && name == IP_TTL) || (level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS)) return 64;
  if (level == SOL_SOCKET && name == SO_RCVLOWAT) return 1;
  return 0;
}

static int get_error(struct file *f, struct jr_socket *s) {
  if (instance_gone(f->instance) && !exchange(&f->loss_told, 1)) return instance_errno(f->instance);
  return load(&s->error) ? (int)exchange(&s->error, 0) : 0;
}

int options_get(int fd, struct file *f, int level, int name, void *v, socklen_t *l) {
  struct jr_socket *s = f->socket;
  if (!s) return -EBADF;
  if (!v || !l) return -EFAULT;
  if (level == SOL_SOCKET) switch (name) {
      case SO_ERROR:
        return give_int(v, l, get_error(f, s));
      case SO_ACCEPTCONN:
        return give_int(v, l, f->kind == FILE_LISTENER);
      case SO_DOMAIN:
        return give_int(v, l, f->family);
      case SO_TYPE:
        return give_int(v, l, SOCK_STREAM);
      case SO_PROTOCOL:
        return give_int(v, l, IPPROTO_TCP);
    }
  if (level == IPPROTO_TCP && name == TCP_MAXSEG && s->mss) return give_int(v, l, s->mss);
  const struct option *o = find(level, name);
  if (o) {
    const int fallback = default_of(level, name);
    if (fallback && !load(word(s, o->shared))) return give_int(v, l, fallback);
    return get_word(o, s, v, l);
  }
  if (harmless(level, name)) return real.getsockopt(fd, level, name, v, l) < 0 ? -errno : 0;
  return options_ask_get(f->instance, f->slot, f->generation, level, name, v, l);
}

#define COPY_OPTIONS(to, from)                                                                           \
  ((to)->option_flags = (from)->option_flags, (to)->sndbuf = (from)->sndbuf, (to)->rcvbuf = (from)->rcvbuf, \
   (to)->keepidle = (from)->keepidle, (to)->keepintvl = (from)->keepintvl, (to)->keepcnt = (from)->keepcnt, \
   (to)->linger = (from)->linger, (to)->user_timeout_ms = (from)->user_timeout_ms,                          \
   (to)->maxseg = (from)->maxseg, (to)->tos = (from)->tos, (to)->ttl = (from)->ttl)

void options_into_connect(struct jr_connect *to, const struct early_options *from) { COPY_OPTIONS(to, from); }
void options_into_listen(struct jr_listen *to, const struct early_options *from) { COPY_OPTIONS(to, from); }

void options_into_socket(struct jr_socket *to, const struct early_options *from) {
  COPY_OPTIONS(to, from);
  to->rcvlowat = from->rcvlowat;
  to->rcvtimeo_ms = from->rcvtimeo_ms;
  to->sndtimeo_ms = from->sndtimeo_ms;
  to->file_flags = 0;
}
