/* A client and a server joined in memory. */
#include "support_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bench_must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "benchmark: %s failed\n", what);
    exit(1);
}

static void must(cleat_status st, const char *what)
{
    if (st != CLEAT_OK)
        fprintf(stderr, "benchmark: %s\n", cleat_status_text(st));
    bench_must(st == CLEAT_OK, what);
}

/* ---- answers ---- */

static void sign(const bench_pair *p, const cleat_event *ev)
{
    cleat_bytes signature = {0};
    must(cleat_key_sign(p->host_key, ev->u.sign.algorithm, ev->u.sign.message, &signature, NULL),
         "signature");
    must(cleat_answer_signature(p->server, ev->query, (cleat_slice){signature.data, signature.len}),
         "answer");
    cleat_bytes_free(&signature);
}

static void server_event(bench_pair *p, const cleat_event *ev)
{
    cleat_channel *channel;
    switch (ev->type) {
    case CLEAT_EV_SIGN:
        sign(p, ev);
        break;
    case CLEAT_EV_AUTH_REQUEST:
        must(cleat_answer_auth(p->server, ev->query, CLEAT_AUTH_ACCEPT, NULL), "login");
        break;
    case CLEAT_EV_CHANNEL_OPEN:
        must(cleat_answer_channel(p->server, ev->query, &channel), "channel");
        break;
    case CLEAT_EV_CHANNEL_DATA:
        p->received += ev->u.data.bytes.len;
        must(cleat_channel_consume(ev->channel, ev->u.data.bytes.len), "consume");
        break;
    default:
        bench_must(ev->type != CLEAT_EV_CLOSED, "server");
        break;
    }
}

static void client_event(bench_pair *p, const cleat_event *ev)
{
    switch (ev->type) {
    case CLEAT_EV_HOSTKEY:
        must(cleat_answer_hostkey(p->client, ev->query, true), "host key");
        break;
    case CLEAT_EV_AUTH_NEXT:
        p->may_log_in = true;
        break;
    case CLEAT_EV_AUTH_SUCCESS:
        must(cleat_channel_open_session(&p->channel, p->client), "session");
        break;
    default:
        bench_must(ev->type != CLEAT_EV_CLOSED, "client");
        break;
    }
}

/* ---- bytes ---- */

static void pull(bench_pair *p, cleat_conn *c)
{
    const cleat_event *ev;
    while ((ev = cleat_conn_next(c)) != NULL) {
        if (c == p->client)
            client_event(p, ev);
        else
            server_event(p, ev);
    }
}

/* As a socket would: as much as fits, again and again. */
static void deliver(bench_pair *p, cleat_conn *to, cleat_slice bytes)
{
    while (bytes.len) {
        size_t room;
        uint8_t *at = cleat_conn_recv_space(to, &room);
        size_t n = bytes.len < room ? bytes.len : room;
        bench_must(n > 0, "receiving");
        memcpy(at, bytes.data, n);
        must(cleat_conn_recv_done(to, n), "receiving");
        bytes.data += n;
        bytes.len -= n;
        pull(p, to);
    }
}

static bool move(bench_pair *p, cleat_conn *from, cleat_conn *to)
{
    size_t count;
    bool any = false;
    const cleat_slice *parts;
    while ((parts = cleat_conn_send_peek(from, &count)) != NULL) {
        const cleat_slice part = parts[0];
        deliver(p, to, part);
        cleat_conn_send_done(from, part.len);
        any = true;
    }
    pull(p, from);
    return any;
}

static void settle(bench_pair *p)
{
    bool any = true;
    while (any) {
        any = move(p, p->client, p->server);
        any = move(p, p->server, p->client) || any;
    }
}

/* ---- life ---- */

void bench_pair_init(bench_pair *p)
{
    *p = (bench_pair){0};
    must(cleat_ctx_new(&p->ctx, NULL), "context");
    must(cleat_key_generate(&p->host_key, p->ctx, "ed25519", 0, NULL, NULL), "host key");
}

void bench_pair_free(bench_pair *p)
{
    cleat_key_unref(p->host_key);
    cleat_ctx_unref(p->ctx);
}

static void set(cleat_policy *policy, cleat_alg_kind kind, const char *list)
{
    if (list)
        must(cleat_policy_set(policy, kind, list, NULL), list);
}

static cleat_conn *connection(bench_pair *p, cleat_role role, const bench_algorithms *use)
{
    cleat_conn *c;
    cleat_policy *policy;
    cleat_conn_options options = {.struct_size = sizeof options};
    must(cleat_policy_new(&policy, p->ctx, role), "policy");
    set(policy, CLEAT_ALG_KEX, use->kex);
    set(policy, CLEAT_ALG_CIPHER, use->cipher);
    set(policy, CLEAT_ALG_MAC, use->mac);
    options.policy = policy;
    options.host_keys = role == CLEAT_SERVER ? &p->host_key : NULL;
    options.host_key_count = role == CLEAT_SERVER;
    must(cleat_conn_new(&c, p->ctx, role, &options, 0), "connection");
    cleat_policy_unref(policy);
    return c;
}

void bench_pair_meet(bench_pair *p, const bench_algorithms *use)
{
    p->client = connection(p, CLEAT_CLIENT, use);
    p->server = connection(p, CLEAT_SERVER, use);
    p->may_log_in = false;
    p->received = 0;
    settle(p);
    bench_must(p->may_log_in, "key exchange");
}

void bench_pair_open(bench_pair *p)
{
    must(cleat_auth_none(p->client, "bench"), "login");
    settle(p);
    bench_must(p->channel && cleat_channel_is_open(p->channel), "opening a channel");
}

void bench_pair_push(bench_pair *p, const uint8_t *data, size_t len)
{
    size_t goal = p->received + len;
    while (len) {
        size_t accepted;
        must(cleat_channel_write(p->channel, CLEAT_STREAM_DATA, data, len, &accepted), "sending");
        data += accepted;
        len -= accepted;
        settle(p);
    }
    bench_must(p->received == goal, "sending");
}

void bench_pair_part(bench_pair *p)
{
    cleat_channel_free(p->channel);
    p->channel = NULL;
    cleat_conn_free(p->client);
    cleat_conn_free(p->server);
}
