/* A client of an echo server that asks for what FreeBSD's TCP has and Linux's has not, before it connects.
 *
 * option_echo ADDRESS PORT BYTES [udp=PORT] [cc=NAME] [beta=PERCENT]   prints "echoed BYTES udp PORT cc NAME mss MSS [beta PERCENT]"
 */
#include "../../../../joyride.libc/include/joyride.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void set(int fd, int name, const void *value, socklen_t length, const char *what) {
    if (setsockopt(fd, IPPROTO_TCP, name, value, length) < 0)
        die(what);
}

static void get(int fd, int name, void *value, socklen_t length, const char *what) {
    if (getsockopt(fd, IPPROTO_TCP, name, value, &length) < 0)
        die(what);
}

static void option(int fd, const char *text) {
    if (strncmp(text, "udp=", 4) == 0) {
        int port = atoi(text + 4);
        set(fd, TCP_REMOTE_UDP_ENCAPS_PORT, &port, sizeof port, "udp");
    } else if (strncmp(text, "cc=", 3) == 0) {
        set(fd, TCP_CONGESTION, text + 3, (socklen_t)strlen(text + 3), "cc");
    } else if (strncmp(text, "beta=", 5) == 0) {
        struct cc_newreno_opts beta = {CC_NEWRENO_BETA, (uint32_t)atoi(text + 5)};
        set(fd, TCP_CCALGOOPT, &beta, sizeof beta, "beta");
    }
}

int main(int argc, char **argv) {
    static unsigned char out[8192], in[8192];
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *to;
    if (argc < 4 || getaddrinfo(argv[1], argv[2], &hints, &to) != 0)
        return 2;
    int fd = socket(to->ai_family, SOCK_STREAM, 0);
    for (int k = 4; k < argc; k++)
        option(fd, argv[k]);
    if (connect(fd, to->ai_addr, to->ai_addrlen) < 0)
        die("connect");
    const long total = atol(argv[3]);
    for (long done = 0; done < total;) {
        const size_t n = total - done < (long)sizeof out ? (size_t)(total - done) : sizeof out;
        for (size_t i = 0; i < n; i++)
            out[i] = (unsigned char)((done + (long)i) * 37 >> 5);
        if (write(fd, out, n) != (ssize_t)n)
            die("write");
        for (size_t got = 0; got < n;) {
            const ssize_t r = read(fd, in + got, n - got);
            if (r <= 0)
                die("read");
            got += (size_t)r;
        }
        if (memcmp(in, out, n) != 0) {
            fprintf(stderr, "another echo\n");
            return 1;
        }
        done += (long)n;
    }
    int udp = 0, mss = 0;
    char cc[16] = "";
    get(fd, TCP_REMOTE_UDP_ENCAPS_PORT, &udp, sizeof udp, "udp");
    get(fd, TCP_CONGESTION, cc, sizeof cc, "cc");
    get(fd, TCP_MAXSEG, &mss, sizeof mss, "mss");
    printf("echoed %ld udp %d cc %s mss %d", total, udp, cc, mss);
    struct cc_newreno_opts beta = {CC_NEWRENO_BETA, 0};
    socklen_t length = sizeof beta;
    if (getsockopt(fd, IPPROTO_TCP, TCP_CCALGOOPT, &beta, &length) == 0)
        printf(" beta %u", beta.val);
    else if (errno != ENOENT)
        die("beta");
    printf("\n");
    return 0;
}
