/* A server for blocking clients: see the header. */
#include "echo_server.h"

#include <cleat/dispatch.h>
#include <cleat/uv.h>

#include <stdlib.h>
#include <string.h>

typedef struct client client;

struct echo_server {
    uv_loop_t loop;
    uv_thread_t thread;
    uv_async_t stop;
    cleat_ctx *ctx;
    cleat_key *host_key;
    cleat_cert *host_cert; /* NULL: none */
    const cleat_key *allowed;
    cleat_listener *listener;
    client *clients;
};

struct client {
    echo_server *server;
    client *next;
    cleat_uv *uv;
};

/* What runs in a channel. */
typedef struct task {
    cleat_channel *channel;
    enum { TASK_IDLE, TASK_ECHO, TASK_FLOOD } kind;
    uint8_t *held; /* came, and could not be sent back yet */
    size_t len;
    size_t said; /* of the last words */
    bool eof;
    cleat_join *join;
    cleat_dial *dial;
    client *client;
    uint64_t query;
} task;

/* A call that fails ends the connection or changes nothing; the client's side shows it. */
static void done(cleat_status st)
{
    (void)st;
}

static bool is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

/* ---- logging in ---- */

static void verdict(cleat_conn *c, const cleat_event *ev, bool right)
{
    done(cleat_answer_auth(c, ev->query, right ? CLEAT_AUTH_ACCEPT : CLEAT_AUTH_REJECT,
                           is(ev->u.auth.user, "quiz")  ? "keyboard-interactive"
                           : is(ev->u.auth.user, "key") ? "publickey"
                                                        : "password"));
}

static void on_password(cleat_conn *c, const cleat_event *ev)
{
    bool change = is(ev->u.auth.user, "change") && is(ev->u.auth.password, "old");
    if (change && !ev->u.auth.new_password)
        done(cleat_answer_auth_change(c, ev->query, "Choose\033a new one"));
    else
        verdict(c, ev,
                (change && is(ev->u.auth.new_password, "new")) ||
                    (is(ev->u.auth.user, "pw") && is(ev->u.auth.password, "secret")));
}

static void on_answers(cleat_conn *c, const cleat_event *ev)
{
    verdict(c, ev,
            ev->u.auth.response_count == 2 && is(ev->u.auth.responses[0], "1") &&
                is(ev->u.auth.responses[1], "2"));
}

static void on_auth(void *user, cleat_conn *c, const cleat_event *ev)
{
    static const cleat_prompt questions[] = {{"first ", true}, {"second ", false}};
    const client *me = user;
    const cleat_key *key = me->server->allowed;
    if (is(ev->u.auth.user, "mute"))
        return;
    switch (ev->u.auth.method) {
    case CLEAT_AUTH_PUBLICKEY:
    case CLEAT_AUTH_PUBLICKEY_PROBE:
        verdict(c, ev, key && cleat_slice_equal(ev->u.auth.key_blob, cleat_key_blob(key)));
        break;
    case CLEAT_AUTH_PASSWORD:
        on_password(c, ev);
        break;
    case CLEAT_AUTH_KBDINT:
        done(cleat_answer_auth_prompts(c, ev->query, "", "", questions, 2));
        break;
    case CLEAT_AUTH_KBDINT_ANSWER:
        on_answers(c, ev);
        break;
    case CLEAT_AUTH_NONE:
        verdict(c, ev, false);
        break;
    }
}

/* ---- channels ---- */

static void on_dialled(void *user, cleat_stream *stream, const cleat_error *error)
{
    task *t = user;
    cleat_conn *c = cleat_uv_conn(t->client->uv);
    t->dial = NULL;
    if (!stream) {
        done(cleat_answer_channel_refuse(c, t->query, CLEAT_OPEN_CONNECT_FAILED, error->text));
        cleat_uv_kick(t->client->uv);
        free(t);
        return;
    }
    done(cleat_answer_channel(c, t->query, &t->channel));
    cleat_channel_set_user(t->channel, t);
    done(cleat_join_new(&t->join, t->client->uv, t->channel, stream));
    cleat_uv_kick(t->client->uv);
}

static void on_open(void *user, cleat_conn *c, const cleat_event *ev)
{
    task *t = calloc(1, sizeof *t);
    cleat_error error;
    if (!t)
        return;
    t->client = user;
    t->query = ev->query;
    if (ev->u.open.host) {
        const cleat_dial_options to = {
            .struct_size = sizeof to, .host = ev->u.open.host, .port = ev->u.open.port};
        done(cleat_dial_start(&t->dial, &t->client->server->loop, &to, on_dialled, t, &error));
        return;
    }
    done(cleat_answer_channel(c, ev->query, &t->channel));
    cleat_channel_set_user(t->channel, t);
}

static void flood(task *t)
{
    static const uint8_t zeros[32768];
    size_t n = sizeof zeros;
    while (n == sizeof zeros &&
           cleat_channel_write(t->channel, CLEAT_STREAM_DATA, zeros, sizeof zeros, &n) == CLEAT_OK)
        ;
}

static void send_back(task *t)
{
    static const char last[] = "done";
    size_t n = 0;
    if (t->len && cleat_channel_write(t->channel, CLEAT_STREAM_DATA, t->held, t->len, &n) == 0) {
        t->len -= n;
        memmove(t->held, t->held + n, t->len);
        done(cleat_channel_consume(t->channel, n));
    }
    if (!t->eof || t->len)
        return;
    done(cleat_channel_write(t->channel, CLEAT_STREAM_STDERR, last + t->said,
                             strlen(last) - t->said, &n));
    t->said += n;
    if (t->said < strlen(last))
        return;
    done(cleat_channel_exit_status(t->channel, 3));
    done(cleat_channel_close(t->channel));
}

static void hold(task *t, cleat_slice bytes)
{
    uint8_t *grown = realloc(t->held, t->len + bytes.len);
    if (!grown)
        return;
    memcpy(grown + t->len, bytes.data, bytes.len);
    t->held = grown;
    t->len += bytes.len;
}

static void start_command(task *t, const char *command)
{
    t->kind = is(command, "echo") ? TASK_ECHO : is(command, "flood") ? TASK_FLOOD : TASK_IDLE;
    if (t->kind == TASK_FLOOD)
        flood(t);
    if (!is(command, "killed"))
        return;
    done(cleat_channel_exit_signal(t->channel, "KILL", false, ""));
    done(cleat_channel_close(t->channel));
}

static void on_request(void *user, cleat_conn *c, const cleat_event *ev)
{
    const char *command = ev->u.request.command;
    (void)user;
    if (is(command, "silent"))
        return;
    if (ev->query)
        done(cleat_answer_request(c, ev->query, command && !is(command, "refused")));
    if (command)
        start_command(cleat_channel_user(ev->channel), command);
}

static void on_channel(task *t, const cleat_event *ev)
{
    if (ev->type == CLEAT_EV_CHANNEL_DATA)
        hold(t, ev->u.data.bytes);
    t->eof = t->eof || ev->type == CLEAT_EV_CHANNEL_EOF;
    if (ev->type == CLEAT_EV_CHANNEL_CLOSED) {
        cleat_channel_free(ev->channel);
        free(t->held);
        free(t);
    } else if (t->kind == TASK_ECHO) {
        send_back(t);
    } else if (t->kind == TASK_FLOOD) {
        flood(t);
    }
}

/* ---- connections ---- */

static void on_sign(void *user, cleat_conn *c, const cleat_event *ev)
{
    const client *me = user;
    done(cleat_answer_sign(c, ev, &me->server->host_key, 1));
}

static void on_event(void *user, cleat_uv *u, const cleat_event *ev)
{
    static const cleat_handler table[] = {{CLEAT_EV_SIGN, on_sign},
                                          {CLEAT_EV_AUTH_REQUEST, on_auth},
                                          {CLEAT_EV_CHANNEL_OPEN, on_open},
                                          {CLEAT_EV_CHANNEL_REQUEST, on_request}};
    task *t = ev->channel ? cleat_channel_user(ev->channel) : NULL;
    if (t && t->join) {
        if (cleat_join_event(t->join, ev))
            free(t);
        return;
    }
    if (t && ev->type != CLEAT_EV_CHANNEL_REQUEST)
        on_channel(t, ev);
    else
        cleat_dispatch(cleat_uv_conn(u), ev, table, sizeof table / sizeof *table, user);
}

static void on_end(void *user, cleat_uv *u, const cleat_error *why)
{
    client *me = user;
    client **at = &me->server->clients;
    (void)u;
    (void)why;
    while (*at != me)
        at = &(*at)->next;
    *at = me->next;
    free(me);
}

static void on_accept(void *user, cleat_listener *l, cleat_stream *stream)
{
    echo_server *s = user;
    cleat_conn *conn;
    client *me = calloc(1, sizeof *me);
    const cleat_uv_callbacks callbacks = {sizeof callbacks, me, on_event, on_end};
    const cleat_conn_options options = {.struct_size = sizeof options,
                                        .host_keys = &s->host_key,
                                        .host_key_count = 1,
                                        .host_certs = &s->host_cert,
                                        .host_cert_count = s->host_cert != NULL};
    (void)l;
    if (!me || cleat_conn_new(&conn, s->ctx, CLEAT_SERVER, &options, uv_now(&s->loop)) != 0) {
        cleat_stream_close(stream);
        free(me);
        return;
    }
    me->server = s;
    me->next = s->clients;
    s->clients = me;
    done(cleat_uv_attach(&me->uv, &s->loop, conn, stream, &callbacks));
}

/* ---- the thread ---- */

static void on_stop(uv_async_t *async)
{
    echo_server *s = async->data;
    cleat_listener_close(s->listener);
    for (client *c = s->clients, *next; c; c = next) {
        next = c->next;
        cleat_uv_close(c->uv);
    }
    uv_close((uv_handle_t *)async, NULL);
}

static void run(void *argument)
{
    echo_server *s = argument;
    uv_run(&s->loop, UV_RUN_DEFAULT);
}

echo_server *echo_server_start(void)
{
    cleat_error error;
    echo_server *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    uv_loop_init(&s->loop);
    uv_async_init(&s->loop, &s->stop, on_stop);
    s->stop.data = s;
    if (cleat_ctx_new(&s->ctx, NULL) != CLEAT_OK ||
        cleat_key_generate(&s->host_key, s->ctx, "ed25519", 0, NULL, &error) != CLEAT_OK ||
        cleat_listener_new(&s->listener, &s->loop, "127.0.0.1", 0, on_accept, s, &error) !=
            CLEAT_OK ||
        uv_thread_create(&s->thread, run, s) != 0)
        return NULL;
    return s;
}

void echo_server_stop(echo_server *s)
{
    uv_async_send(&s->stop);
    uv_thread_join(&s->thread);
    uv_loop_close(&s->loop);
    cleat_key_unref(s->host_key);
    cleat_ctx_unref(s->ctx);
    free(s);
}

uint16_t echo_server_port(const echo_server *s)
{
    return cleat_listener_port(s->listener);
}

const cleat_key *echo_server_key(const echo_server *s)
{
    return s->host_key;
}

void echo_server_allow(echo_server *s, const cleat_key *key)
{
    s->allowed = key;
}

void echo_server_show(echo_server *s, cleat_cert *cert)
{
    s->host_cert = cert;
}
