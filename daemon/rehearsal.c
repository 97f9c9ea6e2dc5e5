/* Both ends of a connection in one process. */
#include "rehearsal.h"

#include <cleat/cleat.h>

#include <string.h>

enum { TURNS_MAX = 64 };

/* What clients choose most. */
static const struct {
    const char *exchange, *cipher;
} scenes[] = {
    {"mlkem768x25519-sha256", "aes128-gcm@openssh.com"},
    {"sntrup761x25519-sha512@openssh.com", "chacha20-poly1305@openssh.com"},
    {"curve25519-sha256", "aes256-gcm@openssh.com"},
};

typedef struct stage {
    cleat_ctx *ctx;
    cleat_key *key; /* the host's and the user's */
    cleat_conn *client, *server;
    cleat_login *login;
    bool done;
} stage;

/* Bytes from one to the other. */
static bool carry(cleat_conn *from, cleat_conn *to)
{
    size_t count, room;
    bool moved = false;
    for (const cleat_slice *out; (out = cleat_conn_send_peek(from, &count)) && count;
         moved = true) {
        uint8_t *at = cleat_conn_recv_space(to, &room);
        size_t n = out->len < room ? out->len : room;
        if (!n)
            break;
        memcpy(at, out->data, n);
        cleat_conn_send_done(from, n);
        if (cleat_conn_recv_done(to, n) != CLEAT_OK)
            break;
    }
    return moved;
}

static cleat_status sign(const stage *s, const cleat_event *ev)
{
    cleat_bytes signature = {0};
    cleat_status st =
        cleat_key_sign(s->key, ev->u.sign.algorithm, ev->u.sign.message, &signature, NULL);
    if (st == CLEAT_OK)
        st = cleat_answer_signature(s->server, ev->query,
                                    (cleat_slice){signature.data, signature.len});
    cleat_bytes_free(&signature);
    return st;
}

static cleat_status serve(const stage *s, const cleat_event *ev)
{
    if (ev->type == CLEAT_EV_SIGN)
        return sign(s, ev);
    if (ev->type == CLEAT_EV_AUTH_REQUEST)
        return cleat_answer_auth(s->server, ev->query,
                                 ev->u.auth.method == CLEAT_AUTH_NONE ? CLEAT_AUTH_REJECT
                                                                      : CLEAT_AUTH_ACCEPT,
                                 "publickey");
    return ev->query ? cleat_answer_reject(s->server, ev->query) : CLEAT_OK;
}

static cleat_status act(stage *s, const cleat_event *ev)
{
    cleat_login_step step = cleat_login_event(s->login, ev);
    s->done = s->done || step == CLEAT_LOGIN_DONE;
    if (step != CLEAT_LOGIN_NOT_MINE)
        return CLEAT_OK;
    if (ev->type == CLEAT_EV_HOSTKEY)
        return cleat_answer_hostkey(s->client, ev->query, true);
    return ev->query ? cleat_answer_reject(s->client, ev->query) : CLEAT_OK;
}

static void turn(stage *s)
{
    for (const cleat_event *ev; (ev = cleat_conn_next(s->server)) != NULL;) {
        if (serve(s, ev) != CLEAT_OK)
            return;
    }
    for (const cleat_event *ev; (ev = cleat_conn_next(s->client)) != NULL;) {
        if (act(s, ev) != CLEAT_OK)
            return;
    }
}

static cleat_status open(stage *s, cleat_policy *policy)
{
    const cleat_conn_options client = {.struct_size = sizeof client, .policy = policy};
    const cleat_conn_options server = {
        .struct_size = sizeof server, .host_keys = &s->key, .host_key_count = 1};
    const cleat_login_options login = {.struct_size = sizeof login, .user = "nobody"};
    cleat_status st = cleat_conn_new(&s->client, s->ctx, CLEAT_CLIENT, &client, 0);
    if (st == CLEAT_OK)
        st = cleat_conn_new(&s->server, s->ctx, CLEAT_SERVER, &server, 0);
    if (st == CLEAT_OK)
        st = cleat_login_new(&s->login, s->client, &login);
    return st == CLEAT_OK ? cleat_login_add_key(s->login, s->key, NULL) : st;
}

static void play(stage *s, cleat_policy *policy)
{
    bool moved = open(s, policy) == CLEAT_OK;
    for (int i = 0; i < TURNS_MAX && moved && !s->done; i++) {
        turn(s);
        moved = carry(s->client, s->server);
        moved = carry(s->server, s->client) || moved;
    }
    cleat_login_free(s->login);
    cleat_conn_free(s->client);
    cleat_conn_free(s->server);
}

void rehearse(cleat_ctx *ctx)
{
    cleat_key *key;
    if (cleat_key_generate(&key, ctx, "ed25519", 0, "", NULL) != CLEAT_OK)
        return;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        cleat_policy *policy;
        stage s = {.ctx = ctx, .key = key};
        if (cleat_policy_new(&policy, ctx, CLEAT_CLIENT) != CLEAT_OK)
            break;
        if (cleat_policy_set(policy, CLEAT_ALG_KEX, scenes[i].exchange, NULL) == CLEAT_OK &&
            cleat_policy_set(policy, CLEAT_ALG_CIPHER, scenes[i].cipher, NULL) == CLEAT_OK)
            play(&s, policy);
        cleat_policy_unref(policy);
    }
    cleat_key_unref(key);
}
