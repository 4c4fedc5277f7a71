/* An echo whose clients use TCP Fast Open (RFC 7413); "took" and "with the SYN" are what TCP_INFO says (TCPI_OPT_SYN_DATA).
 *
 * fast_echo serve ADDRESS PORT [nocookie]    prints "listening", then echoes to one peer after another, a line for each: "with the SYN" or "after it"
 * fast_echo ask ADDRESS PORT COUNT how [nocookie]  COUNT connections one after another, a line for each: "took it" or "did not"
 *   how: sendto (MSG_FASTOPEN), nonblocking (the same, never waiting), connect (TCP_FASTOPEN_CONNECT)
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TCP_FASTOPEN_NO_COOKIE
#define TCP_FASTOPEN_NO_COOKIE 34
#endif
enum { SYN_DATA = 32, SIZE = 3000, PATIENCE_MS = 20000 };

static void die(const char *what) {
    perror(what);
    exit(1);
}

static struct sockaddr_storage parse(const char *address, const char *port, socklen_t *length) {
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *found;
    struct sockaddr_storage result = {0};
    if (getaddrinfo(address, port, &hints, &found) != 0) {
        fprintf(stderr, "bad address %s\n", address);
        exit(2);
    }
    memcpy(&result, found->ai_addr, found->ai_addrlen);
    *length = found->ai_addrlen;
    freeaddrinfo(found);
    return result;
}

static void set(int fd, int name, int value) {
    if (setsockopt(fd, IPPROTO_TCP, name, &value, sizeof value) < 0)
        die("setsockopt");
}

static bool had_syn_data(int fd) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
        die("TCP_INFO");
    return info.tcpi_options & SYN_DATA;
}

static void await(int fd, short events) {
    struct pollfd wait = {.fd = fd, .events = events};
    if (poll(&wait, 1, PATIENCE_MS) != 1)
        die("poll");
}

static void send_all(int fd, const char *data, size_t n) {
    for (size_t done = 0; done < n;) {
        ssize_t w = write(fd, data + done, n - done);
        if (w < 0 && errno != EAGAIN)
            die("write");
        if (w < 0)
            await(fd, POLLOUT);
        else
            done += (size_t)w;
    }
}

static size_t receive_all(int fd, char *data, size_t n) {
    size_t done = 0;
    while (done < n) {
        await(fd, POLLIN);
        ssize_t r = read(fd, data + done, n - done);
        if (r == 0)
            break;
        if (r < 0 && errno != EAGAIN)
            die("read");
        done += r > 0 ? (size_t)r : 0;
    }
    return done;
}

static _Noreturn void serve(char **argv, bool nocookie) {
    char data[SIZE];
    socklen_t length;
    struct sockaddr_storage at = parse(argv[2], argv[3], &length);
    int listener = socket(at.ss_family, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    set(listener, TCP_FASTOPEN, 16);
    if (nocookie)
        set(listener, TCP_FASTOPEN_NO_COOKIE, 1);
    if (bind(listener, (struct sockaddr *)&at, length) < 0 || listen(listener, 16) < 0)
        die("listen");
    printf("listening\n");
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            die("accept");
        const bool early = had_syn_data(fd);
        if (receive_all(fd, data, SIZE) == SIZE) {
            printf(early ? "with the SYN\n" : "after it\n");
            fflush(stdout);
            send_all(fd, data, SIZE);
        }
        close(fd);
    }
}

static size_t open_by_sendto(int fd, const struct sockaddr_storage *to, socklen_t length, const char *data) {
    ssize_t n = sendto(fd, data, SIZE, MSG_FASTOPEN, (const struct sockaddr *)to, length);
    if (n < 0 && errno == EINPROGRESS) {
        await(fd, POLLOUT);
        return 0;
    }
    if (n < 0)
        die("sendto");
    return (size_t)n;
}

static size_t open_by_connect(int fd, const struct sockaddr_storage *to, socklen_t length) {
    set(fd, TCP_FASTOPEN_CONNECT, 1);
    if (connect(fd, (const struct sockaddr *)to, length) < 0)
        die("connect");
    return 0;
}

static void ask(char **argv, bool nocookie) {
    char data[SIZE], got[SIZE];
    socklen_t length;
    struct sockaddr_storage to = parse(argv[2], argv[3], &length);
    for (int k = 0; k < atoi(argv[4]); k++) {
        const char *how = argv[5];
        int fd = socket(to.ss_family, SOCK_STREAM | (strcmp(how, "nonblocking") == 0 ? SOCK_NONBLOCK : 0), 0);
        if (nocookie)
            set(fd, TCP_FASTOPEN_NO_COOKIE, 1);
        for (int i = 0; i < SIZE; i++)
            data[i] = (char)(i * 31 + k);
        size_t sent = strcmp(how, "connect") == 0 ? open_by_connect(fd, &to, length) : open_by_sendto(fd, &to, length, data);
        send_all(fd, data + sent, SIZE - sent);
        if (receive_all(fd, got, SIZE) != SIZE || memcmp(data, got, SIZE) != 0) {
            fprintf(stderr, "another echo\n");
            exit(1);
        }
        printf(had_syn_data(fd) ? "took it\n" : "did not\n");
        close(fd);
    }
}

int main(int argc, char **argv) {
    const bool nocookie = argc > 4 && strcmp(argv[argc - 1], "nocookie") == 0;
    if (argc >= 4 && strcmp(argv[1], "serve") == 0)
        serve(argv, nocookie);
    if (argc < 6 || strcmp(argv[1], "ask") != 0)
        return 2;
    ask(argv, nocookie);
    return 0;
}
