/* An ordinary echo server, in the ways that servers of the world hand a connection on.
 *
 * echo_server ADDRESS PORT MODE     prints "listening" once it does, runs until it is killed
 *   epoll    one thread, non-blocking, edge-triggered
 *   thread   a thread for each connection, blocking
 *   fork     a process for each connection
 *   prefork  four processes that share the listener
 *   exec     a process for each connection, which executes this program again with the descriptor's number
 *   stdio    a process for each connection, which executes cat with the connection as standard input and output (inetd)
 *   dup      one connection at a time, over a duplicate of its descriptor
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 16384, EVENTS = 64, BACKLOG = 128, PROCESSES = 4 };

static const char *self;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int write_all(int fd, const char *data, size_t length) {
    while (length > 0) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

/* Blocking; returns when the peer has closed or the connection failed. */
static void echo(int fd) {
    char block[BLOCK];
    for (;;) {
        ssize_t n = read(fd, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || write_all(fd, block, (size_t)n) < 0)
            return;
    }
}

static void *echo_thread(void *argument) {
    int fd = (int)(intptr_t)argument;
    echo(fd);
    close(fd);
    return NULL;
}

static void serve_process(int listener, int fd, const char *mode) {
    char number[16];
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child > 0) {
        close(fd);
        return;
    }
    close(listener);
    if (strcmp(mode, "exec") == 0) {
        snprintf(number, sizeof number, "%d", fd);
        execl("/proc/self/exe", self, "--descriptor", number, (char *)NULL);
        die("exec");
    }
    if (strcmp(mode, "stdio") == 0) {
        if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
            die("dup2");
        if (fd > 1)
            close(fd);
        execlp("cat", "cat", (char *)NULL);
        die("exec cat");
    }
    echo(fd);
    _exit(0);
}

static void serve_blocking(int listener, const char *mode) {
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            die("accept");
        }
        if (strcmp(mode, "thread") == 0) {
            pthread_t thread;
            if (pthread_create(&thread, NULL, echo_thread, (void *)(intptr_t)fd) != 0)
                die("pthread_create");
            pthread_detach(thread);
        } else if (strcmp(mode, "dup") == 0) {
            int other = dup(fd);
            if (other < 0)
                die("dup");
            close(fd);
            echo(other);
            close(other);
        } else if (strcmp(mode, "prefork") == 0) {
            echo(fd);
            close(fd);
        } else {
            serve_process(listener, fd, mode);
        }
    }
}

/* What one connection of the epoll server still has to send. */
struct backlog {
    size_t from, to;
    char data[BLOCK];
};

static struct backlog *backlogs[65536];

/* Echoes until nothing can be read or written; 0: the connection has ended. */
static int echo_ready(int fd) {
    struct backlog *b = backlogs[fd];
    for (;;) {
        while (b->from < b->to) {
            ssize_t n = send(fd, b->data + b->from, b->to - b->from, MSG_NOSIGNAL);
            if (n < 0)
                return errno == EAGAIN || errno == EINTR;
            b->from += (size_t)n;
        }
        ssize_t n = recv(fd, b->data, sizeof b->data, 0);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        if (n == 0)
            return 0;
        b->from = 0;
        b->to = (size_t)n;
    }
}

static void serve_epoll(int listener) {
    struct epoll_event events[EVENTS];
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event listening = {.events = EPOLLIN, .data.fd = listener};
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &listening) < 0)
        die("epoll");
    fcntl(listener, F_SETFL, O_NONBLOCK);
    for (;;) {
        int ready = epoll_wait(poller, events, EVENTS, -1);
        if (ready < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd != listener) {
                if (!echo_ready(fd)) {
                    free(backlogs[fd]);
                    backlogs[fd] = NULL;
                    close(fd);
                }
                continue;
            }
            while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
                backlogs[fd] = calloc(1, sizeof *backlogs[fd]);
                if (backlogs[fd] == NULL || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0)
                    die("epoll_ctl");
            }
        }
    }
}

int main(int argc, char **argv) {
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *at;
    int one = 1;

    self = argv[0];
    if (argc == 3 && strcmp(argv[1], "--descriptor") == 0) {
        echo(atoi(argv[2]));
        return 0;
    }
    if (argc != 4) {
        fprintf(stderr, "usage: echo_server ADDRESS PORT MODE\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    if (getaddrinfo(argv[1], argv[2], &hints, &at) != 0) {
        fprintf(stderr, "address: %s\n", argv[1]);
        return 2;
    }
    int listener = socket(at->ai_family, SOCK_STREAM, 0);
    if (listener < 0)
        die("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, at->ai_addr, at->ai_addrlen) < 0)
        die("bind");
    if (listen(listener, BACKLOG) < 0)
        die("listen");
    printf("listening\n");
    fflush(stdout);
    if (strcmp(argv[3], "epoll") == 0)
        serve_epoll(listener);
    if (strcmp(argv[3], "prefork") == 0)
        for (int i = 1; i < PROCESSES; i++)
            if (fork() == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                break;
            }
    serve_blocking(listener, argv[3]);
}
