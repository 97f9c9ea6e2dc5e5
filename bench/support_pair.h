/* A client and a server joined in memory by copying, which stands in for the network. */
#ifndef CLEAT_BENCH_PAIR_H
#define CLEAT_BENCH_PAIR_H

#include <cleat/event.h>
#include <cleat/key.h>

/* NULL: the default. */
typedef struct bench_algorithms {
    const char *kex, *cipher, *mac;
} bench_algorithms;

typedef struct bench_pair {
    cleat_ctx *ctx;
    cleat_key *host_key;
    cleat_conn *client, *server;
    cleat_channel *channel; /* the client's; NULL until the server has confirmed it */
    size_t received;        /* channel data that the server has taken */
    bool may_log_in;        /* both are authentic to each other */
} bench_pair;

/* The context and the host key. What goes wrong in a benchmark ends it, with a word on stderr. */
void bench_pair_init(bench_pair *p);
void bench_pair_free(bench_pair *p);

/* Two fresh connections, up to the moment at which the client may log in. */
void bench_pair_meet(bench_pair *p, const bench_algorithms *use);

/* Logs in and opens a session channel. */
void bench_pair_open(bench_pair *p);

/* Sends bytes over the channel until the server has taken them all. */
void bench_pair_push(bench_pair *p, const uint8_t *data, size_t len);

void bench_pair_part(bench_pair *p);

/* Ends the program unless good. */
void bench_must(bool good, const char *what);

#endif
