/* Looking at many servers at once. Each connection has its own time limit, so that one that is slow
 * holds up none; and there are only so many at a time. */
#include "keyscan.h"
#include "port.h"
#include "say.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* As many connections at once. libuv looks names up on threads of its own, half of them at most:
 * none of these lookups may wait for another's. */
enum { PROBES_MAX = 128 };
static const char lookup_threads[] = "256";

typedef struct run {
    const keyscan_options *o;
    cleat_ctx *ctx;
    keyscan_source *source;
    uv_loop_t loop;
    keyscan_host host; /* that the types are counted out for */
    size_t type;       /* the next one */
    size_t active;
    bool found;
} run;

/* One connection after another, to the host's addresses, for one type of key. */
typedef struct probe {
    run *of;
    keyscan_host host;
    size_t type;
    size_t tried;  /* addresses */
    char *address; /* that is being tried */
} probe;

static void fill(run *r);

static void finish(probe *p)
{
    run *r = p->of;
    keyscan_host_free(&p->host);
    free(p->address);
    free(p);
    r->active--;
}

/* ---- one connection ---- */

/* As with ssh-keyscan it is no news that nobody listens, or nobody answers, or has no such key. */
static void complain(const probe *p, const cleat_error *error)
{
    bool usual = error->status == CLEAT_E_TIMEOUT || error->status == CLEAT_E_NO_COMMON_ALG ||
                 (error->status == CLEAT_E_CONNECT && error->os_error == -UV_ECONNREFUSED);
    bool is_about_host = error->status == CLEAT_E_CONNECT || error->status == CLEAT_E_RESOLVE;
    bool gone = error->status == CLEAT_E_EOF || error->status == CLEAT_E_DISCONNECTED;
    cleat_log_level level = usual ? CLEAT_LOG_DEBUG1 : CLEAT_LOG_ERROR;
    if (is_about_host)
        say(level, "%s", error->text);
    else
        say(level, "%s: %s", p->address, gone ? "Connection closed by remote host" : error->text);
}

static bool try_next(probe *p);

/* Another address may still answer if this one is no SSH server. */
static void on_done(void *user, const cleat_scan_result *found, const cleat_error *error)
{
    probe *p = user;
    run *r = p->of;
    bool shown = false;
    if (found->version)
        keyscan_print_version(r->o, p->address, found->version);
    if (found->algorithm)
        shown = keyscan_print_key(r->o, r->ctx, p->host.names, found);
    else
        complain(p, error);
    r->found = r->found || shown;
    if (found->version || !try_next(p))
        finish(p);
    fill(r);
}

/* Starts a scan of the next address that one can be started for. False: there is none left. */
static bool try_next(probe *p)
{
    const run *r = p->of;
    const keyscan_options *o = r->o;
    for (;;) {
        free(p->address);
        p->address = text_piece(p->host.addresses, p->tried++);
        if (!p->address)
            return false;
        const cleat_dial_options to = {
            .struct_size = sizeof to, .host = p->address, .port = o->port, .family = o->family};
        const cleat_scan_options options = {.struct_size = sizeof options,
                                            .to = &to,
                                            .ctx = r->ctx,
                                            .timeout_ms = o->timeout_ms,
                                            .key_types = keyscan_types[p->type].key_types,
                                            .certificate = o->certificates};
        cleat_scan *scan;
        cleat_error error = {0};
        if (cleat_scan_start(&scan, &p->of->loop, &options, on_done, p, &error) == CLEAT_OK)
            return true;
        complain(p, &error);
    }
}

/* ---- all of them ---- */

/* The next type of the host, or the first of the next host. */
static bool next_task(run *r)
{
    for (;;) {
        while (r->host.addresses && ++r->type < KEYSCAN_TYPES) {
            if (r->o->types[r->type])
                return true;
        }
        keyscan_host_free(&r->host);
        r->type = SIZE_MAX;
        if (!keyscan_source_next(r->source, &r->host))
            return false;
    }
}

static void start_one(run *r)
{
    probe *p = calloc(1, sizeof *p);
    if (!p)
        return;
    *p = (probe){.of = r, .type = r->type};
    p->host = (keyscan_host){.addresses = text_format("%s", r->host.addresses),
                             .names = text_format("%s", r->host.names)};
    r->active++;
    if (!p->host.addresses || !p->host.names || !try_next(p))
        finish(p);
}

static void fill(run *r)
{
    while (r->active < PROBES_MAX && next_task(r))
        start_one(r);
}

bool keyscan_run(const keyscan_options *o, cleat_ctx *ctx, keyscan_source *source)
{
    run r = {.o = o, .ctx = ctx, .source = source};
    char unset[2];
    size_t size = sizeof unset;
    if (uv_os_getenv("UV_THREADPOOL_SIZE", unset, &size) == UV_ENOENT)
        uv_os_setenv("UV_THREADPOOL_SIZE", lookup_threads);
    if (uv_loop_init(&r.loop) != 0)
        return false;
    fill(&r);
    uv_run(&r.loop, UV_RUN_DEFAULT);
    keyscan_host_free(&r.host);
    uv_loop_close(&r.loop);
    return r.found;
}
