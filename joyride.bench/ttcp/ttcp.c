/* ttcp: moves a stream of bytes over one TCP connection and says how fast. An ordinary program of the socket interface.
 *
 *   ttcp -r [options]              receives: listens, takes one connection, reads until its end
 *   ttcp -t [options] HOST         transmits: connects, writes -n buffers of -l bytes, closes
 *
 *   -l BYTES   length of a buffer (8192)
 *   -n COUNT   buffers to write (2048); with -r: read COUNT times -l bytes, 0: until the end of the stream (0)
 *   -p PORT    port (5001)
 *   -D         TCP_NODELAY
 *   -b BYTES   SO_SNDBUF and SO_RCVBUF
 *   -s         as in the original: makes what it sends, throws away what it gets; it does so anyway
 *   -N         non-blocking, with poll
 *   -T SECONDS with -t: write for so long, instead of -n
 *   -S TIME    with -t: connect at once, write from TIME on (seconds since the epoch), so that several begin together
 *   -B ADDRESS with -r: the address to listen at (all)
 *
 * One line on standard output: role, bytes, seconds, Mb/s, system calls, CPU seconds of this process.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct options {
    int transmit, receive, nodelay, nonblocking, buffer;
    size_t length;
    uint64_t count;
    double duration, start;
    const char *port, *address, *host;
};

static uint64_t calls;
static volatile sig_atomic_t over;

static void die(const char *what) {
    fprintf(stderr, "ttcp: %s: %s\n", what, strerror(errno));
    exit(1);
}

static _Noreturn void usage(const char *wrong) {
    fprintf(stderr,
            "ttcp: %s\nusage: ttcp -t [-l BYTES] [-n COUNT] [-p PORT] [-D] [-b BYTES] [-s] [-N] [-T SECONDS] [-S TIME] HOST\n"
            "       ttcp -r [-l BYTES] [-n COUNT] [-p PORT] [-D] [-b BYTES] [-s] [-N] [-B ADDRESS]\n",
            wrong);
    exit(2);
}

static uint64_t number(const char *text, uint64_t least, uint64_t most, const char *wrong) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *text == '-' || *end != '\0' || end == text || value < least || value > most)
        usage(wrong);
    return value;
}

static double duration(const char *text, double most, const char *wrong) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value > 0 && value <= most))
        usage(wrong);
    return value;
}

static struct options parse(int argc, char **argv) {
    struct options o = {.length = 8192, .count = UINT64_MAX, .port = "5001"};
    int c;
    while ((c = getopt(argc, argv, "trl:n:p:Db:suNB:T:S:")) != -1) {
        switch (c) {
        case 't': o.transmit = 1; break;
        case 'r': o.receive = 1; break;
        case 'l': o.length = number(optarg, 1, 1 << 30, "-l takes 1 to 1073741824 bytes"); break;
        case 'n': o.count = number(optarg, 0, UINT64_MAX >> 31, "-n takes a number of buffers"); break;
        case 'p': number(optarg, 1, 65535, "-p takes a port, 1 to 65535"); o.port = optarg; break;
        case 'D': o.nodelay = 1; break;
        case 'b': o.buffer = (int)number(optarg, 1, 1 << 30, "-b takes 1 to 1073741824 bytes"); break;
        case 's': break;
        case 'u': usage("-u: this ttcp speaks TCP alone");
        case 'N': o.nonblocking = 1; break;
        case 'T': o.duration = duration(optarg, 86400, "-T takes a number of seconds, up to 86400"); break;
        case 'S': o.start = duration(optarg, 1e12, "-S takes seconds since the epoch"); break;
        case 'B': o.address = optarg; break;
        default: usage("no such option");
        }
    }
    if (o.transmit == o.receive)
        usage("give one of -t and -r");
    if (o.transmit && optind + 1 != argc)
        usage("-t takes one HOST");
    if (o.receive && optind != argc)
        usage("-r takes no HOST");
    o.host = argv[optind];
    if (o.receive && (o.duration > 0 || o.start > 0))
        usage("-T and -S are for -t");
    if (o.count == UINT64_MAX)
        o.count = o.receive ? 0 : o.duration > 0 ? UINT64_MAX : 2048;
    return o;
}

static void set(int fd, const struct options *o) {
    int one = 1;
    if (o->buffer > 0 && (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &o->buffer, sizeof o->buffer) < 0 ||
                          setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &o->buffer, sizeof o->buffer) < 0))
        die("SO_SNDBUF, SO_RCVBUF");
    if (o->nodelay && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0)
        die("TCP_NODELAY");
}

static struct addrinfo *resolve(const char *host, const struct options *o, int flags) {
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = flags}, *found;
    int result = getaddrinfo(host, o->port, &hints, &found);
    if (result != 0) {
        fprintf(stderr, "ttcp: %s: %s\n", host != NULL ? host : "any address", gai_strerror(result));
        exit(1);
    }
    return found;
}

static int connected(const struct options *o) {
    struct addrinfo *to = resolve(o->host, o, 0);
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
    if (fd < 0)
        die("socket");
    set(fd, o);
    if (connect(fd, to->ai_addr, to->ai_addrlen) < 0)
        die("connect");
    freeaddrinfo(to);
    return fd;
}

static int accepted(const struct options *o) {
    struct addrinfo *at = resolve(o->address, o, AI_PASSIVE);
    int one = 1, listener = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (listener < 0)
        die("socket");
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0)
        die("SO_REUSEADDR");
    set(listener, o);
    if (bind(listener, at->ai_addr, at->ai_addrlen) < 0)
        die("bind");
    if (listen(listener, 1) < 0)
        die("listen");
    freeaddrinfo(at);
    fprintf(stderr, "ttcp: listening at port %s\n", o->port);
    int fd;
    do
        fd = accept(listener, NULL, NULL);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        die("accept");
    close(listener);
    return fd;
}

/* After a call that failed: returns when it is worth another try. */
static void again(int fd, short events, const char *what) {
    struct pollfd wait = {.fd = fd, .events = events};
    if (errno == EINTR)
        return;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        die(what);
    calls++;
    if (poll(&wait, 1, -1) < 0 && errno != EINTR)
        die("poll");
}

static uint64_t transmit(int fd, const struct options *o, const char *buffer) {
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < o->count; i++) {
        size_t done = 0;
        while (done < o->length && !over) {
            ssize_t n = write(fd, buffer + done, o->length - done);
            calls++;
            if (n < 0)
                again(fd, POLLOUT, "write");
            else
                done += (size_t)n;
        }
        bytes += done;
        if (over)
            break;
    }
    if (shutdown(fd, SHUT_WR) < 0)
        die("shutdown");
    return bytes;
}

static uint64_t receive(int fd, const struct options *o, char *buffer) {
    uint64_t bytes = 0, limit = o->count * o->length;
    while (limit == 0 || bytes < limit) {
        ssize_t n = read(fd, buffer, o->length);
        calls++;
        if (n < 0)
            again(fd, POLLIN, "read");
        else if (n == 0)
            break;
        else
            bytes += (uint64_t)n;
    }
    return bytes;
}

/* The peer has read everything when it closes. */
static void last(int fd, char *buffer, size_t length) {
    for (;;) {
        ssize_t n = read(fd, buffer, length);
        if (n == 0)
            return;
        if (n < 0)
            again(fd, POLLIN, "read");
    }
}

static void ring(int signal) {
    (void)signal;
    over = 1;
}

/* Waits for -S, and has the time of -T end what blocks. */
static void begun(const struct options *o) {
    if (o->start > 0) {
        struct timespec at = {.tv_sec = (time_t)o->start, .tv_nsec = (long)((o->start - (double)(time_t)o->start) * 1e9)};
        while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &at, NULL) == EINTR)
            continue;
    }
    if (o->duration > 0) {
        struct sigaction action = {.sa_handler = ring};
        /* Again and again, in case that the first comes just before a call that blocks. */
        struct itimerval timer = {.it_value = {.tv_sec = (time_t)o->duration,
                                               .tv_usec = (suseconds_t)((o->duration - (double)(time_t)o->duration) * 1e6)},
                                  .it_interval = {.tv_usec = 10000}};
        if (sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &timer, NULL) < 0)
            die("setitimer");
    }
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
    struct options o = parse(argc, argv);
    char *buffer = malloc(o.length);
    if (buffer == NULL)
        die("malloc");
    for (size_t i = 0; i < o.length; i++)
        buffer[i] = (char)(' ' + i % 95);
    int fd = o.transmit ? connected(&o) : accepted(&o);
    if (o.nonblocking && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
        die("O_NONBLOCK");
    begun(&o);
    double begin = seconds(), used = cpu();
    uint64_t bytes = o.transmit ? transmit(fd, &o, buffer) : receive(fd, &o, buffer);
    if (o.transmit)
        last(fd, buffer, o.length);
    double took = seconds() - begin;
    close(fd);
    printf("ttcp %s: %llu bytes, %.6f s, %.1f Mb/s, %llu calls, %.6f s CPU\n", o.transmit ? "-t" : "-r",
           (unsigned long long)bytes, took, (double)bytes * 8 / took / 1e6, (unsigned long long)calls, cpu() - used);
    free(buffer);
    return 0;
}
