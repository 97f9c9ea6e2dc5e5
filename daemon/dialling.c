/* Dialling for a client, as far as it may. */
#include "dialling.h"

#include "audit.h"
#include "reach.h"

#include <stdlib.h>

enum { DIAL_MS = 30000 };

struct dialling {
    const connection *c;
    cleat_dial *dial;
    dialling_cb done;
    void *user;
};

static void on_dialled(void *user, cleat_stream *stream, const cleat_error *error)
{
    dialling *d = user;
    if (!stream)
        log_about(d->c, CLEAT_LOG_INFO, "%s", error->text);
    d->done(d->user, stream, CLEAT_OPEN_CONNECT_FAILED, error ? error->text : "");
    free(d);
}

static void dial(dialling **out, dialling *d, const dialling_to *to)
{
    cleat_error error = {0};
    const cleat_dial_options options = {
        .struct_size = sizeof options, .host = to->host, .port = to->port, .timeout_ms = DIAL_MS};
    *out = d;
    if (cleat_dial_start(&d->dial, d->c->server->loop, &options, on_dialled, d, &error) == CLEAT_OK)
        return;
    *out = NULL;
    d->done(d->user, NULL, CLEAT_OPEN_CONNECT_FAILED, error.text);
    free(d);
}

static void audit(const connection *c, const dialling_to *to, const char *result)
{
    audit_forward(c, &(audit_forwarding){.kind = "connect",
                                         .to = to->host,
                                         .port = to->port,
                                         .origin = to->origin,
                                         .result = result});
}

void dialling_start(dialling **out, const connection *c, const dialling_to *to, dialling_cb done,
                    void *user)
{
    *out = NULL;
    if (!reach_permits(c, to->host, to->port)) {
        log_about(c, CLEAT_LOG_INFO,
                  "refused local port forward: originator %s port %u, target %s port %u",
                  to->origin, (unsigned)to->origin_port, to->host, (unsigned)to->port);
        audit(c, to, "refused");
        done(user, NULL, CLEAT_OPEN_PROHIBITED, "open failed");
        return;
    }
    dialling *d = calloc(1, sizeof *d);
    if (!d) {
        done(user, NULL, CLEAT_OPEN_SHORTAGE, "out of memory");
        return;
    }
    *d = (dialling){.c = c, .done = done, .user = user};
    log_about(c, CLEAT_LOG_VERBOSE, "forwarding to %s port %u for %s", to->host, (unsigned)to->port,
              c->ends.peer);
    audit(c, to, "permitted");
    dial(out, d, to);
}

void dialling_cancel(dialling *d)
{
    if (!d)
        return;
    cleat_dial_cancel(d->dial);
    free(d);
}

int dialling_socket(const connection *c, const char *path, uint32_t *reason, cleat_error *error)
{
    int fd;
    const dialling_to to = {.host = path};
    *error = (cleat_error){.text = "open failed"};
    *reason = CLEAT_OPEN_PROHIBITED;
    if (!reach_permits_sockets(c, false)) {
        log_about(c, CLEAT_LOG_INFO, "refused local socket forward: target %s", path);
        audit(c, &to, "refused");
        return -1;
    }
    log_about(c, CLEAT_LOG_VERBOSE, "forwarding to %s for %s", path, c->ends.peer);
    audit(c, &to, "permitted");
    *reason = CLEAT_OPEN_CONNECT_FAILED;
    if (port_local_connect(&fd, path, error) != CLEAT_OK)
        log_about(c, CLEAT_LOG_INFO, "%s", error->text);
    return fd;
}
