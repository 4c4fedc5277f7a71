/* An ordinary client of an echo server.
 *
 * echo_client ADDRESS PORT count BYTES [WAY]   sends and receives so many at once, compares them, prints "echoed BYTES"
 *   WAY dup     over a duplicate that was made before connect(), the first one closed
 *       fork    in a child that was made between socket() and connect()
 *       exec    in this program executed again after connect()
 *       epoll   connected without blocking, in an epoll set since before connect()
 * echo_client ADDRESS PORT forever       exchanges messages until the connection fails
 * echo_client ADDRESS PORT hold          exchanges one message, then waits in read() until the connection fails
 * echo_client ADDRESS PORT epoll         the same, but waits in epoll_wait()
 *
 * All but the first print "ready" after the first message, and at the end "ended ERRNO" (0: the peer closed in order).
 */
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
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 16384, MESSAGE = 1000 };

static void die(const char *what) {
    perror(what);
    exit(1);
}

/* Byte at a position of the stream: no block equals another. */
static unsigned char pattern(uint64_t position) {
    uint64_t x = (position + 1) * 0x9e3779b97f4a7c15u;
    return (unsigned char)(x >> 56);
}

static int count(int fd, uint64_t total) {
    unsigned char out[BLOCK], in[BLOCK];
    uint64_t sent = 0, received = 0;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (received < total) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (sent < total)
            wait.events |= POLLOUT;
        if (poll(&wait, 1, -1) < 0 && errno != EINTR)
            die("poll");
        if (wait.revents & POLLOUT) {
            size_t length = total - sent < BLOCK ? (size_t)(total - sent) : BLOCK;
            for (size_t i = 0; i < length; i++)
                out[i] = pattern(sent + i);
            ssize_t n = write(fd, out, length);
            if (n < 0 && errno != EAGAIN)
                die("write");
            if (n > 0)
                sent += (uint64_t)n;
        }
        if (wait.revents & (POLLIN | POLLHUP | POLLERR)) {
            ssize_t n = read(fd, in, sizeof in);
            if (n < 0 && errno == EAGAIN)
                continue;
            if (n < 0)
                die("read");
            if (n == 0) {
                fprintf(stderr, "ended after %llu of %llu bytes\n", (unsigned long long)received,
                        (unsigned long long)total);
                return 1;
            }
            for (ssize_t i = 0; i < n; i++)
                if (in[i] != pattern(received + (uint64_t)i)) {
                    fprintf(stderr, "byte %llu is wrong\n", (unsigned long long)(received + (uint64_t)i));
                    return 1;
                }
            received += (uint64_t)n;
        }
    }
    printf("echoed %llu\n", (unsigned long long)received);
    return 0;
}

static void wait_writable(int fd, int poller) {
    struct epoll_event event;
    int error = 0;
    socklen_t length = sizeof error;

    while (epoll_wait(poller, &event, 1, -1) < 0)
        if (errno != EINTR)
            die("epoll_wait");
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 || error != 0) {
        errno = error;
        die("connect");
    }
    close(poller);
}

static int add_to_epoll(int fd) {
    struct epoll_event event = {.events = EPOLLOUT, .data.fd = fd};
    int poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll");
    return poller;
}

/* Connects in a way that servers' clients of the world do; returns the descriptor to use. */
static int connect_by(const char *way, int fd, const struct sockaddr *to, socklen_t length, char **argv) {
    int with_epoll = strcmp(way, "epoll") == 0, other = -1, poller = -1, status;
    char number[16];

    if (strcmp(way, "dup") == 0 && (other = dup(fd)) < 0)
        die("dup");
    if (strcmp(way, "fork") == 0) {
        pid_t child = fork();
        if (child < 0)
            die("fork");
        if (child > 0) {
            close(fd);
            if (waitpid(child, &status, 0) < 0)
                die("waitpid");
            exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
        }
    }
    if (with_epoll) {
        fcntl(fd, F_SETFL, O_NONBLOCK);
        poller = add_to_epoll(fd);
    }
    if (connect(fd, to, length) < 0 && !(with_epoll && errno == EINPROGRESS))
        die("connect");
    if (with_epoll)
        wait_writable(fd, poller);
    if (strcmp(way, "exec") == 0) {
        snprintf(number, sizeof number, "%d", fd);
        execl("/proc/self/exe", argv[0], "--descriptor", number, "count", argv[4], (char *)NULL);
        die("exec");
    }
    if (other >= 0) {
        close(fd);
        return other;
    }
    return fd;
}

/* Sends a message and waits for all of it. Returns 0, or -1 with errno (0: the peer closed). */
static int exchange(int fd) {
    unsigned char message[MESSAGE];
    memset(message, 'j', sizeof message);
    if (send(fd, message, sizeof message, MSG_NOSIGNAL) < 0)
        return -1;
    for (size_t got = 0; got < sizeof message;) {
        ssize_t n = read(fd, message, sizeof message - got);
        if (n == 0)
            errno = 0;
        if (n <= 0)
            return -1;
        got += (size_t)n;
    }
    return 0;
}

static int ended(int error) {
    printf("ended %d %s\n", error, error == 0 ? "closed" : strerror(error));
    return 0;
}

static int hold(int fd, int with_epoll) {
    char byte;
    if (with_epoll) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP};
        int poller = epoll_create1(0);
        if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0)
            die("epoll");
        while (epoll_wait(poller, &event, 1, -1) < 0)
            if (errno != EINTR)
                return ended(errno);
    }
    ssize_t n = read(fd, &byte, 1);
    return ended(n < 0 ? errno : 0);
}

int main(int argc, char **argv) {
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *at;
    int one = 1;

    if (argc == 5 && strcmp(argv[1], "--descriptor") == 0)
        return count(atoi(argv[2]), strtoull(argv[4], NULL, 10));
    if (argc < 4 || argc > 6 || (strcmp(argv[3], "count") == 0) != (argc > 4)) {
        fprintf(stderr, "usage: echo_client ADDRESS PORT count BYTES [dup|fork|exec|epoll] | forever | hold | epoll\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (getaddrinfo(argv[1], argv[2], &hints, &at) != 0) {
        fprintf(stderr, "address: %s\n", argv[1]);
        return 2;
    }
    int fd = socket(at->ai_family, SOCK_STREAM, 0);
    if (fd < 0)
        die("socket");
    fd = connect_by(argc == 6 ? argv[5] : "", fd, at->ai_addr, at->ai_addrlen, argv);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (argc > 4)
        return count(fd, strtoull(argv[4], NULL, 10));
    if (exchange(fd) < 0)
        die("first message");
    printf("ready\n");
    fflush(stdout);
    if (strcmp(argv[3], "forever") != 0)
        return hold(fd, strcmp(argv[3], "epoll") == 0);
    while (exchange(fd) == 0)
        ;
    return ended(errno);
}
