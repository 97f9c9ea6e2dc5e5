/* The daemon's objects: one server, its connections, and what runs in their channels. */
#ifndef CLEATD_SERVER_H
#define CLEATD_SERVER_H

#include "port.h"
#include "settings.h"

#include <cleat/uv.h>

enum { SERVER_KEYS_MAX = 16, SERVER_LISTENERS_MAX = 16 };

typedef struct connection connection;
typedef struct forward forward;

typedef struct server {
    uv_loop_t *loop;
    cleat_ctx *ctx;
    cleat_policy *policy;
    settings settings;
    port_user *user; /* whom we serve */
    char *state_dir;
    char *version;
    char *banner;
    cleat_key *host_keys[SERVER_KEYS_MAX];
    size_t host_key_count;
    cleat_listener *listeners[SERVER_LISTENERS_MAX];
    size_t listener_count;
    connection *first;
    unsigned count, unauthenticated;
    uint64_t last_id;
    bool draining, one_only;
    uv_signal_t on_term, on_int;
} server;

/* What a channel belongs to: first member of every object that is a channel's user. */
typedef struct channel_owner {
    void (*on_event)(struct channel_owner *owner, const cleat_event *ev);
} channel_owner;

struct connection {
    connection *previous, *next;
    server *server;
    cleat_uv *uv;
    uint64_t id;
    cleat_stream_ends ends;
    bool authenticated;
    cleat_key_options options; /* of the key that let the user in */
    cleat_key *key;
    forward *dialling; /* forwardings that have no channel yet */
};

void log_line(cleat_log_level level, const char *format, ...) CLEAT_PRINTF(2, 3);
void log_to_file(const char *path);
void log_to_system(void);
void log_set_level(cleat_log_level level);
cleat_log_level log_get_level(void);
cleat_log_sink log_engine_sink(void); /* quiet by itself: each connection sets its level */

CLEAT_MUST_USE cleat_status hostkeys_load(server *s, cleat_error *error);
CLEAT_MUST_USE cleat_status user_key_make(server *s, cleat_error *error);

/* A client on this stream, which is taken. */
void connection_start(server *s, cleat_stream *stream);

/* Answers an authentication request; remembers the key's options when it is the right one. */
void auth_decide(connection *c, const cleat_event *ev);

/* Takes a session channel that the peer opens. */
void session_open(connection *c, const cleat_event *ev);

/* No more clients; the loop ends when the last is gone. */
void server_drain(server *s);

#endif
