/* The blocking layer: the loop that is run until something has happened, and the connection. */
#include "easy_int.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNECT_MS = 60000, SSH_PORT = 22 };

/* ---- waiting ---- */

static void on_limit(uv_timer_t *timer)
{
    easy_loop *l = timer->data;
    l->late = true;
}

void easy_limit(cleat_easy *e, uint32_t ms)
{
    easy_loop *l = e->loop;
    l->late = false;
    uv_update_time(&l->uv); /* nothing has run since the last call */
    if (ms)
        uv_timer_start(&l->limit, on_limit, ms, 0);
    else
        uv_timer_stop(&l->limit);
}

bool easy_wait(cleat_easy *e)
{
    if (e->ended || e->loop->late)
        return false;
    uv_run(&e->loop->uv, UV_RUN_ONCE);
    return true;
}

cleat_status easy_problem(const cleat_easy *e, const char *doing, cleat_error *error)
{
    if (e->why.status != CLEAT_OK) {
        if (error)
            *error = e->why;
        return e->why.status;
    }
    if (e->ended)
        return loop_fail(error, CLEAT_E_CLOSED, "the connection was closed while %s", doing);
    return loop_fail(error, CLEAT_E_TIMEOUT, "timed out while %s", doing);
}

bool easy_pause(cleat_easy *e, uint64_t *left)
{
    uv_timer_t *limit = &e->loop->limit;
    bool running = uv_is_active((uv_handle_t *)limit);
    uv_update_time(&e->loop->uv);
    *left = running ? uv_timer_get_due_in(limit) : 0;
    uv_timer_stop(limit);
    return running;
}

void easy_resume(cleat_easy *e, uint64_t left)
{
    uv_update_time(&e->loop->uv);
    uv_timer_start(&e->loop->limit, on_limit, left, 0);
}

static easy_loop *loop_new(void)
{
    easy_loop *l = calloc(1, sizeof *l);
    if (l && uv_loop_init(&l->uv) != 0) {
        free(l);
        return NULL;
    }
    if (!l)
        return NULL;
    uv_timer_init(&l->uv, &l->limit);
    uv_unref((uv_handle_t *)&l->limit);
    l->limit.data = l;
    l->users = 1;
    return l;
}

static void loop_release(easy_loop *l)
{
    if (!l || --l->users)
        return;
    uv_close((uv_handle_t *)&l->limit, NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    uv_loop_close(&l->uv);
    free(l);
}

/* ---- the end of a connection ---- */

void easy_ignore(cleat_status st)
{
    (void)st;
}

void easy_give_up(cleat_easy *e, cleat_status st, const char *format, ...)
{
    va_list args;
    if (e->why.status == CLEAT_OK) {
        e->why = (cleat_error){.status = st};
        va_start(args, format);
        vsnprintf(e->why.text, sizeof e->why.text, format, args);
        va_end(args);
    }
    if (e->uv)
        cleat_conn_disconnect(cleat_uv_conn(e->uv), CLEAT_DISCONNECT_BY_APPLICATION,
                              "disconnected by user");
}

static void on_event(void *user, cleat_uv *u, const cleat_event *ev)
{
    cleat_easy *e = user;
    easy_owner *owner = ev->channel ? cleat_channel_user(ev->channel) : NULL;
    (void)u;
    if (owner)
        owner->on_event(owner, ev);
    else
        easy_login_event(e, ev);
}

static void on_end(void *user, cleat_uv *u, const cleat_error *why)
{
    cleat_easy *e = user;
    (void)u;
    e->uv = NULL;
    e->ended = true;
    if (e->why.status == CLEAT_OK)
        e->why = *why;
    easy_streams_end(e);
    easy_login_end(e);
}

/* ---- reaching the host ---- */

static void on_dialled(void *user, cleat_stream *stream, const cleat_error *error)
{
    cleat_easy *e = user;
    e->dial = NULL;
    e->stream = stream;
    if (!stream)
        e->why = *error;
}

static cleat_status dial(cleat_easy *e)
{
    const cleat_dial_options options = {
        .struct_size = sizeof options, .host = e->host, .port = e->port};
    cleat_status st = cleat_dial_start(&e->dial, &e->loop->uv, &options, on_dialled, e, &e->why);
    while (st == CLEAT_OK && !e->stream && e->why.status == CLEAT_OK) {
        if (!easy_wait(e))
            return loop_fail(&e->why, CLEAT_E_TIMEOUT,
                             "connect to host %s port %u: no answer; check the address, and "
                             "that no firewall drops the packets",
                             e->host, (unsigned)e->port);
    }
    return st == CLEAT_OK ? e->why.status : st;
}

static void on_way_event(easy_owner *owner, const cleat_event *ev)
{
    easy_way *w = (easy_way *)owner;
    if (w->stream) {
        cleat_stream_channel_event(w->stream, ev);
        return;
    }
    /* At once, as the host's first bytes may come next. */
    if (ev->type == CLEAT_EV_CHANNEL_OPENED &&
        cleat_stream_open_channel(&w->stream, w->loop, w->channel) != CLEAT_OK)
        w->failed = true;
    if (ev->type == CLEAT_EV_CHANNEL_FAILED)
        loop_fail(&w->why, CLEAT_E_CONNECT, "%s", ev->text ? ev->text : "refused");
    if (ev->type == CLEAT_EV_CHANNEL_FAILED || ev->type == CLEAT_EV_CHANNEL_CLOSED)
        w->failed = true;
}

/* Gives up a way that no stream has taken. */
static void leave_way(easy_way *w, cleat_easy *jump)
{
    if (!w->channel || w->stream)
        return;
    cleat_channel_free(w->channel);
    w->channel = NULL;
    if (jump->uv)
        cleat_uv_kick(jump->uv);
}

static cleat_status go_through(cleat_easy *e, cleat_easy *jump)
{
    easy_way *w = &e->way;
    w->owner.on_event = on_way_event;
    w->loop = &e->loop->uv;
    cleat_status st = jump->uv ? cleat_channel_open_tcp(&w->channel, cleat_uv_conn(jump->uv),
                                                        e->host, e->port, "127.0.0.1", 0)
                               : CLEAT_E_CLOSED;
    if (st != CLEAT_OK)
        return loop_fail(&e->why, st,
                         "connect to host %s port %u: the jump host's connection "
                         "takes no channel: %s",
                         e->host, (unsigned)e->port, cleat_status_text(st));
    cleat_channel_set_user(w->channel, &w->owner);
    cleat_uv_kick(jump->uv);
    while (!w->stream && !w->failed && easy_wait(jump))
        ;
    if (!w->stream)
        st = loop_fail(&e->why, CLEAT_E_CONNECT,
                       "connect to host %s port %u through the jump host: %s", e->host,
                       (unsigned)e->port,
                       w->failed ? (w->why.status ? w->why.text : "closed") : "no answer");
    if (jump->ended)
        w->channel = NULL; /* went with the connection */
    e->stream = w->stream;
    leave_way(w, jump);
    return st;
}

/* ---- being let in ---- */

static cleat_status set_lists(cleat_easy *e)
{
    const cleat_easy_options *o = e->options;
    const struct {
        cleat_alg_kind kind;
        const char *spec;
    } lists[] = {{CLEAT_ALG_KEX, o->kex},
                 {CLEAT_ALG_CIPHER, o->ciphers},
                 {CLEAT_ALG_MAC, o->macs},
                 {CLEAT_ALG_HOSTKEY, o->host_keys},
                 {CLEAT_ALG_PUBKEY, o->user_keys},
                 {CLEAT_ALG_COMPRESSION, o->compress ? "zlib@openssh.com,none" : NULL}};
    cleat_status st = cleat_policy_new(&e->policy, e->ctx, CLEAT_CLIENT);
    if (st == CLEAT_OK)
        st = cleat_policy_take_host_certs(e->policy);
    for (size_t i = 0; st == CLEAT_OK && i < sizeof lists / sizeof *lists; i++) {
        if (lists[i].spec)
            st = cleat_policy_set(e->policy, lists[i].kind, lists[i].spec, &e->why);
    }
    if (st == CLEAT_OK && !o->host_keys)
        st = easy_hosts_prefer(e);
    return st;
}

static cleat_status attach(cleat_easy *e)
{
    cleat_conn *conn;
    const cleat_conn_options options = {.struct_size = sizeof options, .policy = e->policy};
    const cleat_uv_callbacks callbacks = {sizeof callbacks, e, on_event, on_end};
    cleat_status st = cleat_conn_new(&conn, e->ctx, CLEAT_CLIENT, &options, uv_now(&e->loop->uv));
    if (st != CLEAT_OK)
        return st;
    st = easy_login_start(e, conn);
    if (st != CLEAT_OK) {
        cleat_conn_free(conn);
        return st;
    }
    cleat_stream *stream = e->stream;
    e->stream = NULL;
    return cleat_uv_attach(&e->uv, &e->loop->uv, conn, stream, &callbacks);
}

static cleat_status fill_in(cleat_easy *e)
{
    const cleat_easy_options *o = e->options;
    port_user *me = NULL;
    cleat_status st = CLEAT_OK;
    e->host = o->host;
    e->port = o->port ? o->port : SSH_PORT;
    if (o->ctx)
        e->ctx = cleat_ctx_ref(o->ctx);
    else
        st = cleat_ctx_new(&e->ctx, NULL);
    if (st == CLEAT_OK && !o->user)
        st = port_user_current(&me, &e->why);
    if (st != CLEAT_OK)
        return st;
    e->user = port_format("%s", o->user ? o->user : me->name);
    e->password = calloc(1, CLEAT_EASY_ANSWER_MAX);
    port_user_free(me);
    return e->user && e->password ? CLEAT_OK : CLEAT_E_NOMEM;
}

static cleat_status log_in(cleat_easy *e)
{
    cleat_status st = fill_in(e);
    easy_limit(e, e->options->timeout_ms ? e->options->timeout_ms : CONNECT_MS);
    if (st == CLEAT_OK)
        st = set_lists(e);
    if (st == CLEAT_OK)
        st = easy_keys_gather(e);
    if (st == CLEAT_OK)
        st = e->options->jump ? go_through(e, e->options->jump) : dial(e);
    if (st == CLEAT_OK)
        st = attach(e);
    while (st == CLEAT_OK && !e->connected) {
        if (!easy_wait(e))
            st = easy_problem(e, "logging in", &e->why);
    }
    return st;
}

cleat_status cleat_easy_connect(cleat_easy **out, const cleat_easy_options *options,
                                cleat_error *error)
{
    cleat_easy_options o;
    *out = NULL;
    if (!cleat_options_import(&o, sizeof o, options) || !o.host)
        return loop_fail(error, CLEAT_E_BAD_CALL,
                         "options.host is missing, or the options are of "
                         "a newer version");
    cleat_easy *e = calloc(1, sizeof *e);
    if (e)
        e->loop = o.jump ? o.jump->loop : loop_new();
    if (!e || !e->loop) {
        free(e);
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    }
    e->loop->users += o.jump != NULL;
    e->options = &o;
    cleat_status st = log_in(e);
    if (st != CLEAT_OK && error) {
        *error = e->why;
        if (e->why.status == CLEAT_OK)
            loop_fail(error, st, "%s", cleat_status_text(st));
    }
    easy_limit(e, 0);
    easy_login_end(e);
    e->options = NULL;
    e->host = NULL;
    if (st == CLEAT_OK)
        *out = e;
    else
        cleat_easy_close(e);
    return st;
}

void cleat_easy_close(cleat_easy *e)
{
    if (!e)
        return;
    easy_limit(e, 0);
    easy_streams_free(e);
    cleat_dial_cancel(e->dial);
    if (e->stream)
        cleat_stream_close(e->stream);
    if (e->uv)
        cleat_uv_close(e->uv);
    while (e->uv && !e->ended)
        uv_run(&e->loop->uv, UV_RUN_ONCE);
    easy_login_end(e);
    cleat_policy_unref(e->policy);
    cleat_ctx_unref(e->ctx);
    free(e->user);
    loop_release(e->loop);
    free(e);
}

cleat_conn *cleat_easy_conn(const cleat_easy *e)
{
    return e->uv ? cleat_uv_conn(e->uv) : NULL;
}
