/* direct-tcpip (RFC 4254 §7.2). */
#include "forward.h"

#include "idle.h"
#include "place.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { DIAL_MS = 30000 };

struct forward {
    channel_owner owner; /* first: the channel's user points here */
    forward *next;       /* among those that are being dialled */
    connection *c;
    cleat_dial *dial;
    cleat_join *join;
    uint64_t query;
    char *host;
    uint16_t port;
};

/* ---- permission ---- */

static bool rules_permit(const rules *r, const char *host, uint16_t port)
{
    size_t count = cleat_config_count(r->config, "PermitOpen");
    const char *allowed = cleat_config_text(r->config, "AllowTcpForwarding");
    bool permits = false;
    if (rules_flag(r, "DisableForwarding") || strcmp(allowed, "no") == 0 ||
        strcmp(allowed, "remote") == 0)
        return false;
    for (size_t i = 0; i < count && !permits; i++) {
        const char *place = cleat_config_item(r->config, "PermitOpen", i);
        permits = strcmp(place, "any") == 0 || place_matches(place, host, port);
    }
    return permits;
}

static bool key_permits(const cleat_key_options *key, const char *host, uint16_t port)
{
    const char *const *list = key->permit_open;
    bool permits = !list || !list[0];
    for (; !permits && *list; list++)
        permits = place_matches(*list, host, port);
    return permits && !key->no_port_forwarding;
}

static bool may_forward(const connection *c, const char *host, uint16_t port)
{
    bool permits = rules_permit(c->rules, host, port);
    for (size_t i = 0; i < c->grant_count; i++)
        permits = permits && key_permits(&c->grants[i].options, host, port);
    return permits;
}

/* ---- one forwarding ---- */

static void unlink_dial(forward *f)
{
    forward **at = &f->c->dialling;
    while (*at && *at != f)
        at = &(*at)->next;
    if (*at)
        *at = f->next;
}

static void forward_free(forward *f)
{
    free(f->host);
    free(f);
}

static void on_event(channel_owner *owner, const cleat_event *ev)
{
    forward *f = (forward *)owner;
    if (cleat_join_event(f->join, ev))
        forward_free(f);
}

static void refuse(connection *c, uint64_t query, uint32_t reason, const char *text)
{
    cleat_status st = cleat_answer_channel_refuse(cleat_uv_conn(c->uv), query, reason, text);
    if (st != CLEAT_OK)
        log_about(c, CLEAT_LOG_DEBUG1, "forwarding: %s", cleat_status_text(st));
}

static void take(forward *f, cleat_stream *stream)
{
    cleat_channel *channel;
    cleat_uv *u = f->c->uv;
    if (cleat_answer_channel(cleat_uv_conn(u), f->query, &channel) != CLEAT_OK) {
        cleat_stream_close(stream);
        forward_free(f);
        return;
    }
    cleat_channel_set_user(channel, f);
    if (cleat_join_new(&f->join, u, channel, stream) == CLEAT_OK)
        idle_watch(f->c, channel, "direct-tcpip");
    else
        forward_free(f);
}

static void on_dialled(void *user, cleat_stream *stream, const cleat_error *error)
{
    forward *f = user;
    cleat_uv *u = f->c->uv;
    unlink_dial(f);
    if (stream) {
        take(f, stream);
    } else {
        log_about(f->c, CLEAT_LOG_INFO, "%s", error->text);
        refuse(f->c, f->query, CLEAT_OPEN_CONNECT_FAILED, error->text);
        forward_free(f);
    }
    cleat_uv_kick(u);
}

void forward_stop(connection *c)
{
    while (c->dialling) {
        forward *f = c->dialling;
        c->dialling = f->next;
        cleat_dial_cancel(f->dial);
        forward_free(f);
    }
}

static void dial(forward *f)
{
    cleat_error error = {0};
    const cleat_dial_options options = {
        .struct_size = sizeof options, .host = f->host, .port = f->port, .timeout_ms = DIAL_MS};
    f->next = f->c->dialling;
    f->c->dialling = f;
    if (cleat_dial_start(&f->dial, f->c->server->loop, &options, on_dialled, f, &error) == CLEAT_OK)
        return;
    unlink_dial(f);
    refuse(f->c, f->query, CLEAT_OPEN_CONNECT_FAILED, error.text);
    forward_free(f);
}

void forward_open(connection *c, const cleat_event *ev)
{
    const char *host = ev->u.open.host;
    uint16_t port = ev->u.open.port;
    if (!may_forward(c, host, port)) {
        log_about(c, CLEAT_LOG_INFO,
                  "refused local port forward: originator %s port %u, target %s "
                  "port %u",
                  ev->u.open.origin_host, (unsigned)ev->u.open.origin_port, host, (unsigned)port);
        refuse(c, ev->query, CLEAT_OPEN_PROHIBITED, "open failed");
        return;
    }
    forward *f = calloc(1, sizeof *f);
    if (f)
        f->host = text_format("%s", host);
    if (!f || !f->host) {
        free(f);
        refuse(c, ev->query, CLEAT_OPEN_SHORTAGE, "out of memory");
        return;
    }
    f->owner.on_event = on_event;
    f->c = c;
    f->query = ev->query;
    f->port = port;
    log_about(c, CLEAT_LOG_VERBOSE, "forwarding to %s port %u for %s", host, (unsigned)port,
              c->ends.peer);
    dial(f);
}
