/* The blocking layer's objects. */
#ifndef CLEAT_LOOP_EASY_INT_H
#define CLEAT_LOOP_EASY_INT_H

#include "port.h"
#include "stream.h"

#include <cleat/easy.h>
#include <cleat/login.h>
#include <cleat/store.h>

enum { EASY_KEYS_MAX = 64 };

/* The loop of a connection, and of those that go through it. */
typedef struct easy_loop {
    uv_loop_t uv;
    uv_timer_t limit;
    bool late; /* the limit has passed */
    unsigned users;
} easy_loop;

/* First member of what a channel's user pointer points to. */
typedef struct easy_owner {
    void (*on_event)(struct easy_owner *owner, const cleat_event *ev);
} easy_owner;

/* The channel of a jump host that a connection runs on. */
typedef struct easy_way {
    easy_owner owner;
    cleat_channel *channel;
    cleat_stream *stream; /* NULL until the channel is open */
    uv_loop_t *loop;
    bool failed;
    cleat_error why;
} easy_way;

typedef struct easy_key {
    cleat_key *key;
    char *file; /* NULL: only the agent has it */
    bool in_agent;
} easy_key;

struct cleat_easy {
    easy_loop *loop;
    cleat_ctx *ctx;
    const cleat_easy_options *options; /* until logged in; NULL then */
    const char *host;                  /* of options */
    uint16_t port;
    char *user;
    cleat_policy *policy;

    easy_way way;
    cleat_dial *dial;
    cleat_stream *stream; /* until the connection takes it */
    cleat_uv *uv;         /* NULL: none yet, or ended */
    cleat_login *login;
    cleat_agent_link *agent;
    bool agent_listed;
    uint64_t agent_query; /* that its signature answers; 0: none */
    easy_key keys[EASY_KEYS_MAX];
    size_t key_count;
    char *password; /* the one tried last: CLEAT_EASY_ANSWER_MAX bytes */
    bool password_used;
    char note[sizeof((cleat_error *)0)->text + 2]; /* what stood in the way of a login */

    bool connected, ended;
    cleat_error why; /* the first cause of the end */
    cleat_easy_stream *streams;
};

/* Waits until something has happened. False when there is nothing to wait for any more: the time is
 * up, or the connection has ended; easy_problem tells. */
bool easy_wait(cleat_easy *e);

/* Why easy_wait returned false. `doing` completes "timed out while ...". */
cleat_status easy_problem(const cleat_easy *e, const char *doing, cleat_error *error);

/* From now on easy_wait waits ms at most, all calls together; 0: no limit. */
void easy_limit(cleat_easy *e, uint32_t ms);

/* Ends the connection; the first cause counts. */
void easy_give_up(cleat_easy *e, cleat_status st, const char *format, ...) CLEAT_PRINTF(3, 4);

/* A status with nowhere to go: what went wrong ends the connection, which is told as such. */
void easy_ignore(cleat_status st);

/* Asks for the types of key first that the host is known by. */
CLEAT_MUST_USE cleat_status easy_hosts_prefer(cleat_easy *e);

/* CLEAT_EV_HOSTKEY. */
void easy_hosts_check(cleat_easy *e, const cleat_event *ev);

/* Gathers keys from files and the agent. */
CLEAT_MUST_USE cleat_status easy_keys_gather(cleat_easy *e);
void easy_keys_drop(cleat_easy *e);

/* CLEAT_EV_SIGN by a key whose private part the login plan does not have. */
void easy_keys_sign(cleat_easy *e, const cleat_event *ev);

/* Starts the login plan with the keys that were gathered. */
CLEAT_MUST_USE cleat_status easy_login_start(cleat_easy *e, cleat_conn *conn);

/* Any event of a connection that is not about a channel. */
void easy_login_event(cleat_easy *e, const cleat_event *ev);
void easy_login_end(cleat_easy *e);

/* The program's answer; the clock stands still meanwhile. */
bool easy_ask(cleat_easy *e, const cleat_easy_question *question, char *answer);

/* Stops the clock and starts it again with what is left, where it was running. */
bool easy_pause(cleat_easy *e, uint64_t *left);
void easy_resume(cleat_easy *e, uint64_t left);

/* The connection has ended, and with it every channel. */
void easy_streams_end(cleat_easy *e);
void easy_streams_free(cleat_easy *e);

#endif
