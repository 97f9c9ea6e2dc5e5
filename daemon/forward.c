/* direct-tcpip (RFC 4254 §7.2). */
#include "forward.h"

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

/* "host:port", "[host]:port", "*" for either part. */
static bool place_matches(const char *pattern, const char *host, uint16_t port)
{
    bool bracket = pattern[0] == '[';
    const char *colon = strrchr(pattern, ':');
    const char *start = pattern + bracket;
    if (!colon || colon - start < bracket)
        return false;
    char *name = text_format("%.*s", (int)(colon - start) - bracket, start);
    char *number = text_format("%u", (unsigned)port);
    bool matches = name && number && cleat_pattern_list_match(host, name) &&
                   (strcmp(colon + 1, "*") == 0 || strcmp(colon + 1, number) == 0);
    free(name);
    free(number);
    return matches;
}

static bool set_permits(const settings *set, const char *host, uint16_t port)
{
    const settings_list *list = &set->permit_open;
    bool permits = list->count == 0;
    if (set->no_forwarding || set->tcp_forwarding == TCP_NO || set->tcp_forwarding == TCP_REMOTE)
        return false;
    for (size_t i = 0; i < list->count && !permits; i++)
        permits = strcmp(list->items[i], "any") == 0 || place_matches(list->items[i], host, port);
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
        log_line(CLEAT_LOG_DEBUG1, "forwarding: %s", cleat_status_text(st));
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
    if (cleat_join_new(&f->join, u, channel, stream) != CLEAT_OK)
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
        log_line(CLEAT_LOG_INFO, "%s", error->text);
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
    if (!set_permits(&c->server->settings, host, port) || !key_permits(&c->options, host, port)) {
        log_line(CLEAT_LOG_INFO,
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
    log_line(CLEAT_LOG_VERBOSE, "forwarding to %s port %u for %s", host, (unsigned)port,
             c->ends.peer);
    dial(f);
}
