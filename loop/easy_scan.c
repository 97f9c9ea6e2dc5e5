/* All that a server tells without a login, gathered by a few connections at once. */
#include "stream.h"
#include "text.h"

#include <cleat/easy.h>
#include <cleat/scan.h>

#include <stdlib.h>
#include <string.h>

enum { PROBES_MAX = 32, SSH_PORT = 22 };

typedef struct survey survey;

/* One connection. */
typedef struct probe {
    survey *of;
    cleat_scan *scan; /* NULL: it is over */
} probe;

struct survey {
    uv_loop_t loop;
    cleat_ctx *ctx;
    const cleat_easy_scan_options *options;
    cleat_easy_server *server;
    probe probes[PROBES_MAX];
    size_t count;
    cleat_error why; /* the first that went wrong otherwise than by a missing key */
};

/* ---- what is learned ---- */

/* The server has not shown it before. */
static bool is_new(const cleat_easy_server *to, const cleat_key *key, const cleat_cert *cert)
{
    for (size_t i = 0; !cert && i < to->key_count; i++) {
        if (cleat_key_equal(to->keys[i], key))
            return false;
    }
    for (size_t i = 0; cert && i < to->cert_count; i++) {
        if (cleat_slice_equal(cleat_cert_blob(to->certs[i]), cleat_cert_blob(cert)))
            return false;
    }
    return true;
}

static cleat_status keep_key(survey *s, cleat_slice blob)
{
    cleat_key *key;
    cleat_easy_server *to = s->server;
    cleat_status st = cleat_key_from_blob(&key, s->ctx, blob, NULL);
    if (st != CLEAT_OK)
        return st;
    if (to->key_count < CLEAT_EASY_HOST_KEYS_MAX && is_new(to, key, NULL))
        to->keys[to->key_count++] = key;
    else
        cleat_key_unref(key);
    return CLEAT_OK;
}

static cleat_status keep_cert(survey *s, cleat_slice blob)
{
    cleat_cert *cert;
    cleat_easy_server *to = s->server;
    cleat_status st = cleat_cert_from_blob(&cert, s->ctx, blob, NULL);
    if (st != CLEAT_OK)
        return st;
    if (to->cert_count < CLEAT_EASY_HOST_KEYS_MAX && is_new(to, NULL, cert))
        to->certs[to->cert_count++] = cert;
    else
        cleat_cert_unref(cert);
    return CLEAT_OK;
}

static void note(survey *s, const cleat_error *error)
{
    if (s->why.status == CLEAT_OK && error->status != CLEAT_E_NO_COMMON_ALG)
        s->why = *error;
}

static cleat_status keep(survey *s, const cleat_scan_result *found)
{
    cleat_easy_server *to = s->server;
    cleat_status st = CLEAT_OK;
    if (!to->version && found->version)
        to->version = port_format("%s", found->version);
    if (found->algorithm)
        st = cleat_cert_is_name(found->algorithm) ? keep_cert(s, found->host_key)
                                                  : keep_key(s, found->host_key);
    if (found->methods) {
        to->methods = port_format("%s", found->methods);
        to->let_in = found->let_in;
    }
    return st;
}

static void on_done(void *user, const cleat_scan_result *found, const cleat_error *error)
{
    probe *p = user;
    survey *s = p->of;
    p->scan = NULL;
    cleat_error kept = {.status = keep(s, found)};
    note(s, error);
    if (kept.status != CLEAT_OK)
        loop_fail(&kept, kept.status, "the server's key: %s", cleat_status_text(kept.status));
    note(s, &kept);
}

/* ---- the connections ---- */

static cleat_status add(survey *s, const char *key_type, bool certificate, const char *user)
{
    const cleat_easy_scan_options *o = s->options;
    const cleat_dial_options to = {
        .struct_size = sizeof to, .host = o->host, .port = o->port ? o->port : SSH_PORT};
    const cleat_scan_options options = {.struct_size = sizeof options,
                                        .to = &to,
                                        .ctx = s->ctx,
                                        .timeout_ms = o->timeout_ms,
                                        .key_types = key_type,
                                        .certificate = certificate,
                                        .user = user};
    if (s->count == PROBES_MAX)
        return CLEAT_OK;
    probe *p = &s->probes[s->count++];
    *p = (probe){.of = s};
    return cleat_scan_start(&p->scan, &s->loop, &options, on_done, p, &s->why);
}

/* Several names of algorithms may be of one type. */
static bool is_first_of_its_type(size_t i)
{
    const char *type = cleat_algorithm_key_type(cleat_alg_name(CLEAT_ALG_CA, i));
    while (i--) {
        if (strcmp(cleat_algorithm_key_type(cleat_alg_name(CLEAT_ALG_CA, i)), type) == 0)
            return false;
    }
    return true;
}

static cleat_status ask_all(survey *s)
{
    const char *name;
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; st == CLEAT_OK && (name = cleat_alg_name(CLEAT_ALG_CA, i)) != NULL; i++) {
        const char *type = cleat_algorithm_key_type(name);
        if (!is_first_of_its_type(i))
            continue;
        st = add(s, type, false, NULL);
        if (st == CLEAT_OK && s->options->certificates)
            st = add(s, type, true, NULL);
    }
    if (st == CLEAT_OK && s->options->user)
        st = add(s, NULL, false, s->options->user);
    for (size_t i = 0; st != CLEAT_OK && i < s->count; i++) {
        if (s->probes[i].scan)
            cleat_scan_cancel(s->probes[i].scan);
    }
    return st;
}

/* That the server has no key of a type is no failure, nor that it breaks off there: many do. But
 * some key it must have, and say what was asked. */
static cleat_status judge(const survey *s, cleat_error *error)
{
    const cleat_easy_server *to = s->server;
    bool good = to->key_count + to->cert_count && to->version && (!s->options->user || to->methods);
    if (good)
        return CLEAT_OK;
    if (error)
        *error = s->why;
    return s->why.status
               ? s->why.status
               : loop_fail(error, CLEAT_E_NO_COMMON_ALG,
                           "%s has no host key of a type that is known", s->options->host);
}

static cleat_status run(survey *s, cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    if (s->options->ctx)
        s->ctx = cleat_ctx_ref(s->options->ctx);
    else
        st = cleat_ctx_new(&s->ctx, NULL);
    if (st == CLEAT_OK)
        st = ask_all(s);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    cleat_ctx_unref(s->ctx);
    if (st == CLEAT_OK)
        return judge(s, error);
    return loop_fail(error, st, "%s", s->why.text[0] ? s->why.text : cleat_status_text(st));
}

cleat_status cleat_easy_scan(cleat_easy_server *server, const cleat_easy_scan_options *options,
                             cleat_error *error)
{
    cleat_easy_scan_options o;
    *server = (cleat_easy_server){0};
    if (!cleat_options_import(&o, sizeof o, options) || !o.host)
        return loop_fail(error, CLEAT_E_BAD_CALL,
                         "options.host is missing, or the options are of a newer version");
    survey *s = calloc(1, sizeof *s);
    if (!s || uv_loop_init(&s->loop) != 0) {
        free(s);
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    }
    s->options = &o;
    s->server = server;
    cleat_status st = run(s, error);
    uv_loop_close(&s->loop);
    free(s);
    return st;
}

void cleat_easy_server_free(cleat_easy_server *server)
{
    if (!server)
        return;
    for (size_t i = 0; i < server->key_count; i++)
        cleat_key_unref(server->keys[i]);
    for (size_t i = 0; i < server->cert_count; i++)
        cleat_cert_unref(server->certs[i]);
    free(server->version);
    free(server->methods);
    *server = (cleat_easy_server){0};
}
