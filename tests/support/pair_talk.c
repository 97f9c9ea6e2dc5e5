/* What a pair's two sides do of their own accord: the client logs in, runs "echo" and sends the
 * payload; the server sends it back and reports exit status 7. */
#include "pair_int.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096 };

/* What an owner is told at once need not show on the connection. */
static void note(pair *p, cleat_status st)
{
    if (p->owner == CLEAT_OK)
        p->owner = st;
}

static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 7 + at / 251);
}

/* ---- logging in ---- */

static cleat_status try_key(pair *p, cleat_conn *c)
{
    const char *allowed = cleat_conn_server_sig_algs(c);
    return cleat_auth_probe(c, "alice", cleat_key_pick_algorithm(p->user_key, allowed, allowed),
                            cleat_key_blob(p->user_key));
}

static cleat_status next_try(pair *p, cleat_conn *c, const cleat_event *ev)
{
    const char *methods = ev->u.auth_next.methods;
    if (ev->u.auth_next.first)
        return cleat_auth_none(c, "alice");
    if (pair_method_is(p, "password") || pair_method_is(p, "partial"))
        methods = ev->u.auth_next.partial ? "password" : p->setup->method;
    if (pair_method_is(p, "keyboard-interactive") || strcmp(methods, "keyboard-interactive") == 0)
        return cleat_auth_kbdint(c, "alice", "");
    if (pair_method_is(p, "expired") || (pair_method_is(p, "all") && !strcmp(methods, "password")))
        return cleat_auth_password(c, "alice", "expired");
    if (strcmp(methods, "password") == 0)
        return cleat_auth_password(c, "alice", "correct horse");
    return try_key(p, c);
}

static void ask_globally(pair *p, cleat_conn *c)
{
    const cleat_slice fields = {(const uint8_t *)"fields", 6};
    for (uint64_t tag = 1; tag <= 2; tag++)
        note(p, cleat_conn_global_request(c, "question@example.org", true, fields, tag));
}

static void prove(pair *p, cleat_conn *c, const cleat_event *ev)
{
    const size_t all[PAIR_KEYS_MAX] = {0, 1};
    note(p, cleat_conn_prove_hostkeys(c, all, ev->u.hostkeys.count));
}

/* ---- the payload ---- */

static void send_payload(pair *p)
{
    uint8_t chunk[CHUNK];
    size_t accepted = 1;
    while (p->sent < p->setup->payload && accepted) {
        size_t n = p->setup->payload - p->sent < CHUNK ? p->setup->payload - p->sent : CHUNK;
        for (size_t i = 0; i < n; i++)
            chunk[i] = pattern(p->sent + i);
        note(p, cleat_channel_write(p->client.channel, 0, chunk, n, &accepted));
        p->sent += accepted;
    }
    if (p->sent == p->setup->payload && !p->impl->client_eof) {
        p->impl->client_eof = true;
        note(p, cleat_channel_eof(p->client.channel));
    }
}

static void check_echo(pair *p, const cleat_event *ev)
{
    for (size_t i = 0; i < ev->u.data.bytes.len; i++)
        p->intact = p->intact && ev->u.data.bytes.data[i] == pattern(p->echoed + i);
    p->echoed += ev->u.data.bytes.len;
    note(p, cleat_channel_consume(ev->channel, ev->u.data.bytes.len));
}

static void echo_more(pair *p)
{
    size_t accepted = 0;
    struct pair_impl *impl = p->impl;
    if (!impl->echo_len)
        return;
    note(p, cleat_channel_write(p->server.channel, 0, impl->echo, impl->echo_len, &accepted));
    impl->echo_len -= accepted;
    memmove(impl->echo, impl->echo + accepted, impl->echo_len);
    note(p, cleat_channel_consume(p->server.channel, accepted));
}

static void finish_echo(pair *p)
{
    if (p->impl->echo_len || !p->server.events[CLEAT_EV_CHANNEL_EOF])
        return;
    note(p, cleat_channel_exit_status(p->server.channel, 7));
    note(p, cleat_channel_eof(p->server.channel));
    note(p, cleat_channel_close(p->server.channel));
}

static void take_echo(pair *p, const cleat_event *ev)
{
    cleat_slice bytes = ev->u.data.bytes;
    struct pair_impl *impl = p->impl;
    uint8_t *grown = realloc(impl->echo, impl->echo_len + bytes.len + 1);
    if (!grown)
        return;
    memcpy(grown + impl->echo_len, bytes.data, bytes.len);
    impl->echo = grown;
    impl->echo_len += bytes.len;
    echo_more(p);
}

/* ---- events ---- */

static void end_client(pair *p)
{
    if (cleat_conn_is_closed(p->client.conn))
        return;
    cleat_channel_free(p->client.channel);
    p->client.channel = NULL;
    cleat_conn_disconnect(p->client.conn, 11, "done");
}

static void client_talk(pair *p, const cleat_event *ev)
{
    cleat_conn *c = p->client.conn;
    switch (ev->type) {
    case CLEAT_EV_AUTH_NEXT:
        note(p, next_try(p, c, ev));
        break;
    case CLEAT_EV_AUTH_PK_OK:
        note(p, cleat_auth_publickey(c, "alice", ev->u.key.algorithm, ev->u.key.blob, false));
        break;
    case CLEAT_EV_AUTH_SUCCESS:
        if (p->setup->every_query)
            ask_globally(p, c);
        note(p, cleat_channel_open_session(&p->client.channel, c));
        break;
    case CLEAT_EV_HOSTKEYS:
        prove(p, c, ev);
        break;
    case CLEAT_EV_CHANNEL_OPENED:
        note(p, cleat_channel_exec(p->client.channel, "echo", true));
        break;
    case CLEAT_EV_CHANNEL_REPLY:
    case CLEAT_EV_CHANNEL_WRITABLE:
        send_payload(p);
        break;
    case CLEAT_EV_CHANNEL_DATA:
        check_echo(p, ev);
        break;
    case CLEAT_EV_CHANNEL_REQUEST:
        p->exit_seen = p->exit_seen || ev->u.request.type == CLEAT_REQ_EXIT_STATUS;
        p->exit_status = ev->u.request.status;
        break;
    case CLEAT_EV_CHANNEL_CLOSED:
        end_client(p);
        break;
    default:
        break;
    }
}

static void server_talk(pair *p, const cleat_event *ev)
{
    switch (ev->type) {
    case CLEAT_EV_AUTH_SUCCESS:
        if (p->setup->every_query)
            ask_globally(p, p->server.conn);
        break;
    case CLEAT_EV_CHANNEL_DATA:
        take_echo(p, ev);
        break;
    case CLEAT_EV_CHANNEL_WRITABLE:
        echo_more(p);
        finish_echo(p);
        break;
    case CLEAT_EV_CHANNEL_EOF:
        finish_echo(p);
        break;
    default:
        break;
    }
}

void pair_talk(pair *p, pair_side *side, const cleat_event *ev)
{
    if (side == &p->client)
        client_talk(p, ev);
    else
        server_talk(p, ev);
}
