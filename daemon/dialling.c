/* Dialling for a client, as far as it may. */
#include "dialling.h"

#include "audit.h"
#include "reach.h"
#include "text.h"

#include <stdlib.h>

enum { DIAL_MS = 30000 };

struct dialling {
    const connection *c;
    cleat_dial *dial;
    char *host, *origin;
    uint16_t port;
    dialling_cb done;
    void *user;
};

static void audit(const connection *c, const dialling_to *to, const char *result)
{
    audit_forward(c, &(audit_forwarding){.kind = "connect",
                                         .to = to->host,
                                         .port = to->port,
                                         .origin = to->origin,
                                         .result = result});
}

static void discard(dialling *d)
{
    if (!d)
        return;
    free(d->host);
    free(d->origin);
    free(d);
}

static dialling *create(const connection *c, const dialling_to *to, dialling_cb done, void *user)
{
    dialling *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    *d = (dialling){.c = c,
                    .host = text_format("%s", to->host),
                    .origin = text_format("%s", to->origin),
                    .port = to->port,
                    .done = done,
                    .user = user};
    if (d->host && d->origin)
        return d;
    discard(d);
    return NULL;
}

static void end(dialling *d, cleat_stream *stream, const cleat_error *error)
{
    const dialling_to to = {.host = d->host, .port = d->port, .origin = d->origin};
    audit(d->c, &to, stream ? "connected" : "failed");
    d->done(d->user, stream, CLEAT_OPEN_CONNECT_FAILED, error ? error->text : "");
    discard(d);
}

static void on_dialled(void *user, cleat_stream *stream, const cleat_error *error)
{
    dialling *d = user;
    if (!stream)
        log_about(d->c, CLEAT_LOG_INFO, "%s", error->text);
    end(d, stream, error);
}

static void dial(dialling **out, dialling *d)
{
    cleat_error error = {0};
    const cleat_dial_options options = {
        .struct_size = sizeof options, .host = d->host, .port = d->port, .timeout_ms = DIAL_MS};
    *out = d;
    if (cleat_dial_start(&d->dial, d->c->server->loop, &options, on_dialled, d, &error) == CLEAT_OK)
        return;
    *out = NULL;
    end(d, NULL, &error);
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
    dialling *d = create(c, to, done, user);
    if (!d) {
        done(user, NULL, CLEAT_OPEN_SHORTAGE, "out of memory");
        return;
    }
    log_about(c, CLEAT_LOG_VERBOSE, "forwarding to %s port %u for %s", to->host, (unsigned)to->port,
              c->ends.peer);
    audit(c, to, "permitted");
    dial(out, d);
}

void dialling_cancel(dialling *d)
{
    if (!d)
        return;
    cleat_dial_cancel(d->dial);
    discard(d);
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
    audit(c, &to, fd < 0 ? "failed" : "connected");
    return fd;
}
