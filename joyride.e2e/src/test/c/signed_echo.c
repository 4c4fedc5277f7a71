/* An echo over TCP-MD5 (RFC 2385), as routing daemons ask for it; "-" for a key is none.
 *
 * signed_echo serve ADDRESS PORT PEER[/PREFIX] KEY   prints "listening", then echoes to one peer after another
 * signed_echo ask ADDRESS PORT KEY BYTES SECONDS     prints "echoed BYTES", or "no connection" after so many seconds
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

static void sign(int fd, const char *peer, const char *key) {
    struct tcp_md5sig md5 = {.tcpm_keylen = (uint16_t)strlen(key)};
    char address[64];
    socklen_t length;
    if (strcmp(key, "-") == 0)
        return;
    snprintf(address, sizeof address, "%s", peer);
    char *slash = strchr(address, '/');
    if (slash) {
        *slash = 0;
        md5.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
        md5.tcpm_prefixlen = (uint8_t)atoi(slash + 1);
    }
    struct sockaddr_storage to = parse(address, NULL, &length);
    memcpy(&md5.tcpm_addr, &to, sizeof to);
    memcpy(md5.tcpm_key, key, strlen(key));
    if (setsockopt(fd, IPPROTO_TCP, slash ? TCP_MD5SIG_EXT : TCP_MD5SIG, &md5, sizeof md5) < 0)
        die("TCP_MD5SIG");
}

static _Noreturn void serve(char **argv) {
    static char block[16384];
    socklen_t length;
    struct sockaddr_storage at = parse(argv[2], argv[3], &length);
    int listener = socket(at.ss_family, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sign(listener, argv[4], argv[5]);
    if (bind(listener, (struct sockaddr *)&at, length) < 0 || listen(listener, 16) < 0)
        die("listen");
    printf("listening\n");
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            die("accept");
        for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;)
            for (ssize_t done = 0, w; done < n; done += w)
                if ((w = write(fd, block + done, (size_t)(n - done))) < 0)
                    break;
        close(fd);
    }
}

static int ask(char **argv) {
    static unsigned char out[16384], in[16384];
    socklen_t length;
    struct sockaddr_storage to = parse(argv[2], argv[3], &length);
    const uint64_t total = strtoull(argv[5], NULL, 10);
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sign(fd, argv[2], argv[4]);
    if (connect(fd, (struct sockaddr *)&to, length) < 0 && errno != EINPROGRESS)
        die("connect");
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    if (poll(&wait, 1, atoi(argv[6]) * 1000) == 0) {
        printf("no connection\n");
        return 0;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error != 0) {
        errno = error;
        die("connect");
    }
    uint64_t sent = 0, received = 0;
    while (received < total) {
        wait.events = (short)(POLLIN | (sent < total ? POLLOUT : 0));
        if (poll(&wait, 1, 30000) <= 0)
            die("poll");
        if (wait.revents & POLLOUT) {
            size_t n = total - sent < sizeof out ? (size_t)(total - sent) : sizeof out;
            for (size_t i = 0; i < n; i++)
                out[i] = (unsigned char)((sent + i) * 0x9e3779b97f4a7c15u >> 56);
            ssize_t w = write(fd, out, n);
            if (w > 0)
                sent += (uint64_t)w;
        }
        if (wait.revents & (POLLIN | POLLERR | POLLHUP)) {
            ssize_t r = read(fd, in, sizeof in);
            if (r <= 0 && !(r < 0 && errno == EAGAIN))
                die("read");
            for (ssize_t i = 0; i < r; i++)
                if (in[i] != (unsigned char)((received + (uint64_t)i) * 0x9e3779b97f4a7c15u >> 56)) {
                    fprintf(stderr, "byte %llu is wrong\n", (unsigned long long)received + (unsigned long long)i);
                    return 1;
                }
            received += r > 0 ? (uint64_t)r : 0;
        }
    }
    printf("echoed %llu\n", (unsigned long long)received);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 6 && strcmp(argv[1], "serve") == 0)
        serve(argv);
    if (argc == 7 && strcmp(argv[1], "ask") == 0)
        return ask(argv);
    fprintf(stderr, "usage: signed_echo serve ADDRESS PORT PEER[/PREFIX] KEY | ask ADDRESS PORT KEY BYTES SECONDS\n");
    return 2;
}
