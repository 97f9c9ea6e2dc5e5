/* Two engines joined in memory: a client that logs in, runs "echo" and sends a payload, and a
 * server that echoes it. Randomness, clock and the ways bytes move come from the setup, so that a
 * run can be repeated exactly. */
#ifndef CLEAT_TESTS_PAIR_H
#define CLEAT_TESTS_PAIR_H

#include <cleat/event.h>
#include <cleat/key.h>

struct cl_kex_alg;
typedef struct pair pair;

enum { PAIR_KEYS_MAX = 2 };

typedef struct pair_setup {
    uint32_t seed;
    const char *lists[CLEAT_ALG_KINDS]; /* for both sides; NULL: the role's default */
    cleat_conn_options client, server;
    const char *host_key; /* family; NULL: "ed25519" */
    unsigned host_key_bits;
    const char *user_key; /* family; NULL: "ed25519" */
    unsigned user_key_bits;
    cleat_key *ready_host_key, *ready_user_key; /* used instead of fresh ones */
    const struct cl_kex_alg *const *extra_kex;  /* beside the registry's, ended by NULL */
    const char *method; /* NULL: "publickey"; "password", "expired", "keyboard-interactive", "none",
                           "partial" (publickey, then password), "all" (publickey, then
                           keyboard-interactive, then an expired password) */
    bool every_query;   /* host keys are proved and global requests asked both ways, too */
    size_t payload;     /* bytes to be echoed */
    size_t split;       /* most bytes that move at once; 0: all there are */
    unsigned late;      /* answers come this many rounds after their events */
    bool answer_twice;
    const cleat_allocator *allocator;
    const cleat_random *random; /* NULL: from the seed */
    const cleat_log_sink *log;
    void *user;
    /* Sees every event first; true: it has been dealt with. */
    bool (*on_event)(pair *p, cleat_conn *c, const cleat_event *ev);
    /* May change bytes on their way; *len may shrink or grow up to room. */
    void (*on_wire)(pair *p, bool to_server, uint8_t *bytes, size_t *len, size_t room);
    /* After every round; false stops the run. */
    bool (*on_round)(pair *p);
} pair_setup;

typedef struct pair_side {
    cleat_conn *conn;
    cleat_channel *channel;
    unsigned events[CLEAT_EV_CLOSED + 1]; /* how many of each type were pulled */
    bool closed;
    cleat_status end;
    uint32_t reason; /* of the DISCONNECT sent or received */
    char end_text[600];
} pair_side;

struct pair {
    const pair_setup *setup;
    cleat_ctx *ctx;
    cleat_key *host_keys[PAIR_KEYS_MAX]; /* the second only with every_query */
    cleat_key *host_key, *user_key;
    pair_side client, server;
    uint64_t now;
    unsigned rounds;
    size_t sent, echoed; /* payload bytes */
    bool intact;         /* what came back is what was sent; every second answer was stale */
    bool exit_seen;
    uint32_t exit_status;
    uint32_t random_state;
    cleat_status start; /* of making keys and connections */
    cleat_status owner; /* what failed first of the owners' own calls */
    struct pair_impl *impl;
};

/* Runs until both sides have closed, nothing moves any more, or a bound is reached. */
void pair_run(pair *p, const pair_setup *setup);
void pair_free(pair *p);

/* The two halves of pair_run, for tests that do something in between or go on afterwards. */
void pair_make(pair *p, const pair_setup *setup);
void pair_go(pair *p);

/* Pulls a side's events and acts on them; true when there were any. For tests that carry the bytes
 * themselves. */
bool pair_pull(pair *p, pair_side *side);

/* The whole dialogue went as it should: logged in, everything echoed intact, exit status seen,
 * both sides closed without an error. */
bool pair_went_well(const pair *p);

/* Deterministic bytes from a seed; for tests that need noise. */
uint32_t pair_noise(uint32_t *state);

/* CLEAT_FULL is set: time enough for the long tests. */
bool pair_tests_are_full(void);

/* CLEAT_SHORT is set, as under Wine: every row once will do. */
bool pair_tests_are_short(void);

#endif
