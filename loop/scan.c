/* One connection that learns what a server tells without a login. */
#include "stream.h"
#include "text.h"

#include <cleat/cert.h>
#include <cleat/scan.h>
#include <cleat/store.h>

#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 5000, RSA_BITS_MIN = 1024 };

struct cleat_scan {
    uv_loop_t *loop;
    cleat_ctx *ctx;
    cleat_policy *policy;
    char *user;
    uint32_t timeout_ms;
    uv_timer_t limit;
    cleat_dial *dial;
    cleat_uv *uv;
    cleat_scan_cb done; /* NULL: nobody waits any more */
    void *done_user;
    cleat_scan_result found; /* what it points to is ours */
    cleat_error why;
    bool complete, late;
};

/* ---- the end ---- */

static void release(cleat_scan *s)
{
    free((char *)(uintptr_t)s->found.version);
    free((char *)(uintptr_t)s->found.algorithm);
    free((char *)(uintptr_t)s->found.methods);
    free((uint8_t *)(uintptr_t)s->found.host_key.data);
    free(s->user);
    cleat_policy_unref(s->policy);
    cleat_ctx_unref(s->ctx);
    free(s);
}

static void on_timer_closed(uv_handle_t *handle)
{
    cleat_scan *s = handle->data;
    if (s->done)
        s->done(s->done_user, &s->found, &s->why);
    release(s);
}

static void end(cleat_scan *s)
{
    uv_close((uv_handle_t *)&s->limit, on_timer_closed);
}

static void stop(cleat_scan *s)
{
    if (s->uv) {
        cleat_uv_close(s->uv);
    } else if (s->dial) {
        cleat_dial_cancel(s->dial);
        s->dial = NULL;
        end(s);
    }
}

static void on_late(uv_timer_t *timer)
{
    cleat_scan *s = timer->data;
    s->late = true;
    loop_fail(&s->why, CLEAT_E_TIMEOUT, "the server has not answered in time");
    stop(s);
}

/* The server has given a sign: it has as much time again for the next one. */
static void wait_on(cleat_scan *s)
{
    uv_timer_start(&s->limit, on_late, s->timeout_ms, 0);
}

void cleat_scan_cancel(cleat_scan *s)
{
    s->done = NULL;
    stop(s);
}

/* ---- what is learned ---- */

static void complete(cleat_scan *s)
{
    s->complete = true;
    cleat_conn_disconnect(cleat_uv_conn(s->uv), CLEAT_DISCONNECT_BY_APPLICATION, "thank you");
}

static void ignore(cleat_status st)
{
    (void)st; /* what went wrong ends the connection, which is told */
}

/* Without memory nothing is found. On a second key exchange nothing changes. */
static void keep_key(cleat_scan *s, const cleat_event *ev)
{
    cleat_slice blob = ev->u.hostkey.blob;
    uint8_t *copy = s->found.algorithm ? NULL : malloc(blob.len);
    char *algorithm = copy ? port_format("%s", ev->u.hostkey.algorithm) : NULL;
    if (!algorithm) {
        free(copy);
        return;
    }
    memcpy(copy, blob.data, blob.len);
    s->found.host_key = (cleat_slice){copy, blob.len};
    s->found.algorithm = algorithm;
}

static void on_host_key(cleat_scan *s, const cleat_event *ev)
{
    keep_key(s, ev);
    if (s->user && s->found.algorithm)
        ignore(cleat_answer_hostkey(cleat_uv_conn(s->uv), ev->query, true));
    else
        complete(s);
}

static void on_methods(cleat_scan *s, const char *methods, bool let_in)
{
    s->found.methods = port_format("%s", methods);
    s->found.let_in = let_in;
    complete(s);
}

static void on_event(void *user, cleat_uv *u, const cleat_event *ev)
{
    cleat_scan *s = user;
    cleat_conn *conn = cleat_uv_conn(u);
    wait_on(s);
    switch (ev->type) {
    case CLEAT_EV_VERSION:
        s->found.version = port_format("%s", ev->text);
        break;
    case CLEAT_EV_HOSTKEY:
        on_host_key(s, ev);
        break;
    case CLEAT_EV_AUTH_NEXT:
        if (ev->u.auth_next.first)
            ignore(cleat_auth_none(conn, s->user));
        else
            on_methods(s, ev->u.auth_next.methods, false);
        break;
    case CLEAT_EV_AUTH_SUCCESS:
        on_methods(s, "", true);
        break;
    default:
        if (ev->query)
            ignore(cleat_answer_reject(conn, ev->query));
        break;
    }
}

/* Nothing is missing: how the connection ended does not matter. */
static bool has_all(const cleat_scan *s)
{
    return s->complete && s->found.algorithm && (!s->user || s->found.methods);
}

static void on_end(void *user, cleat_uv *u, const cleat_error *why)
{
    cleat_scan *s = user;
    (void)u;
    s->uv = NULL;
    if (has_all(s))
        s->why = (cleat_error){0};
    else if (s->complete)
        loop_fail(&s->why, CLEAT_E_NOMEM, "out of memory");
    else if (!s->late)
        s->why = *why;
    end(s);
}

/* ---- the connection ---- */

static cleat_status attach(cleat_scan *s, cleat_stream *stream)
{
    cleat_conn *conn;
    const cleat_conn_options options = {.struct_size = sizeof options, .policy = s->policy};
    const cleat_uv_callbacks callbacks = {sizeof callbacks, s, on_event, on_end};
    cleat_status st = cleat_conn_new(&conn, s->ctx, CLEAT_CLIENT, &options, uv_now(s->loop));
    if (st != CLEAT_OK) {
        cleat_stream_close(stream);
        return st;
    }
    return cleat_uv_attach(&s->uv, s->loop, conn, stream, &callbacks);
}

static void on_dialled(void *user, cleat_stream *stream, const cleat_error *error)
{
    cleat_scan *s = user;
    s->dial = NULL;
    if (!stream) {
        s->why = *error;
        end(s);
        return;
    }
    wait_on(s);
    cleat_status st = attach(s, stream);
    if (st != CLEAT_OK) {
        loop_fail(&s->why, st, "%s", cleat_status_text(st));
        end(s);
    }
}

/* ---- the start ---- */

/* The names by which keys of these types sign, or certificates of such; NULL without memory, "" for
 * types that nobody knows. */
static char *names_of(const char *key_types, bool certificate)
{
    const char *name;
    char *list = port_format("%s", "");
    for (size_t i = 0; list && (name = cleat_alg_name(CLEAT_ALG_HOSTKEY, i)) != NULL; i++) {
        bool wanted = cleat_cert_is_name(name) == certificate;
        if (!wanted ||
            (key_types && !cleat_pattern_list_match(cleat_algorithm_key_type(name), key_types)))
            continue;
        char *longer = port_format("%s%s%s", list, *list ? "," : "", name);
        free(list);
        list = longer;
    }
    return list;
}

/* RSA keys that are too short for a login are still worth knowing. */
static cleat_status set_policy(cleat_scan *s, const cleat_scan_options *o, cleat_error *error)
{
    cleat_status st = cleat_policy_new(&s->policy, s->ctx, CLEAT_CLIENT);
    if (st == CLEAT_OK)
        st = cleat_policy_set_rsa_min(s->policy, RSA_BITS_MIN);
    if (st != CLEAT_OK || (!o->key_types && !o->certificate))
        return st;
    char *names = names_of(o->key_types, o->certificate);
    if (names && !*names)
        st = loop_fail(error, CLEAT_E_UNSUPPORTED, "keys of type \"%s\" are not known",
                       o->key_types);
    else
        st = names ? cleat_policy_set(s->policy, CLEAT_ALG_HOSTKEY, names, error) : CLEAT_E_NOMEM;
    free(names);
    return st;
}

static cleat_status fill_in(cleat_scan *s, const cleat_scan_options *o, cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    s->timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_MS;
    if (o->ctx)
        s->ctx = cleat_ctx_ref(o->ctx);
    else
        st = cleat_ctx_new(&s->ctx, NULL);
    if (st == CLEAT_OK)
        st = set_policy(s, o, error);
    if (st == CLEAT_OK && o->user) {
        s->user = port_format("%s", o->user);
        st = s->user ? CLEAT_OK : CLEAT_E_NOMEM;
    }
    return st;
}

/* done is never called from within: the dial of an address calls back from the loop only. */
cleat_status cleat_scan_start(cleat_scan **out, uv_loop_t *loop, const cleat_scan_options *options,
                              cleat_scan_cb done, void *user, cleat_error *error)
{
    cleat_scan_options o;
    *out = NULL;
    if (!cleat_options_import(&o, sizeof o, options) || !o.to)
        return loop_fail(error, CLEAT_E_BAD_CALL, "options of a newer version, or without `to`");
    cleat_scan *s = calloc(1, sizeof *s);
    if (!s)
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    s->loop = loop;
    s->done_user = user;
    cleat_status st = fill_in(s, &o, error);
    if (st != CLEAT_OK) {
        release(s);
        return st;
    }
    uv_timer_init(loop, &s->limit);
    s->limit.data = s;
    wait_on(s);
    st = cleat_dial_start(&s->dial, loop, o.to, on_dialled, s, error);
    if (st != CLEAT_OK) {
        end(s);
        return st;
    }
    s->done = done;
    *out = s;
    return CLEAT_OK;
}
