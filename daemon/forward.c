/* direct-tcpip (RFC 4254 §7.2) and direct-streamlocal@openssh.com: the channel's side. */
#include "forward.h"

#include "idle.h"
#include "session.h"
#include "text.h"

#include <stdlib.h>

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
    free(f->path);
    free(f->host);
    free(f->origin);
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
        idle_watch(f->c, channel, f->path ? "direct-streamlocal@openssh.com" : "direct-tcpip");
    else
        forward_free(f);
}

void forward_dialled(forward *f, cleat_stream *stream, uint32_t reason, const char *text)
{
    cleat_uv *u = f->c->uv;
    unlink_dial(f);
    if (stream) {
        take(f, stream);
    } else {
        refuse(f->c, f->query, reason, text);
        forward_free(f);
    }
    cleat_uv_kick(u);
}

void forward_stop(connection *c)
{
    while (c->dialling) {
        forward *f = c->dialling;
        c->dialling = f->next;
        c->runner->cancel(f);
        forward_free(f);
    }
}

static bool copy_target(forward *f, const cleat_event *ev)
{
    if (ev->u.open.path) {
        f->path = text_format("%s", ev->u.open.path);
        return f->path != NULL;
    }
    f->host = text_format("%s", ev->u.open.host);
    f->origin = text_format("%s", ev->u.open.origin_host);
    return f->host && f->origin;
}

void forward_open(connection *c, const cleat_event *ev)
{
    forward *f = calloc(1, sizeof *f);
    if (!f || !copy_target(f, ev)) {
        if (f)
            forward_free(f);
        refuse(c, ev->query, CLEAT_OPEN_SHORTAGE, "out of memory");
        return;
    }
    f->owner.on_event = on_event;
    f->c = c;
    f->query = ev->query;
    f->port = ev->u.open.port;
    f->origin_port = ev->u.open.origin_port;
    f->next = c->dialling;
    c->dialling = f;
    c->runner->dial(f);
}
