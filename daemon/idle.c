/* ChannelTimeout. A channel is looked at LOOKS times within its time, so it is closed after the
 * time it may be silent and at most one LOOKS-th of that. */
#include "idle.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKS = 4 };

struct idle {
    struct idle *next; /* of the same connection */
    connection *c;
    cleat_channel *channel;
    uv_timer_t timer;
    uint64_t traffic;
    unsigned silent; /* looks without traffic in a row */
    char what[64];
};

/* ---- the keyword ---- */

static bool split(const char *item, size_t *pattern, uint32_t *seconds)
{
    const char *equals = strrchr(item, '=');
    *pattern = equals ? (size_t)(equals - item) : 0;
    if (strcmp(item, "none") == 0)
        return true;
    return *pattern && (strcmp(equals + 1, "none") == 0 || cleat_config_time(equals + 1, seconds));
}

const char *idle_check(const char *item)
{
    size_t pattern;
    uint32_t seconds;
    if (!split(item, &pattern, &seconds))
        return "is not type=time";
    return pattern == 6 && strncmp(item, "global", pattern) == 0
               ? "is not supported yet: remove it, or it would promise what is not enforced"
               : NULL;
}

/* The first pattern that matches counts; 0: no limit. */
static uint32_t seconds_for(const rules *r, const char *what)
{
    uint32_t seconds = 0;
    for (size_t i = 0; i < cleat_config_count(r->config, "ChannelTimeout") && !seconds; i++) {
        const char *item = cleat_config_item(r->config, "ChannelTimeout", i);
        size_t len;
        uint32_t here = 0;
        char *pattern = split(item, &len, &here) ? text_format("%.*s", (int)len, item) : NULL;
        if (pattern && cleat_pattern_list_match(what, pattern))
            seconds = here;
        free(pattern);
    }
    return seconds;
}

/* ---- watching ---- */

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_channel(const struct idle *w)
{
    connection *c = w->c;
    cleat_channel *channel = w->channel;
    log_about(c, CLEAT_LOG_INFO, "channel %u (%s) is closed: nothing came or went for too long",
              (unsigned)cleat_channel_number(channel), w->what);
    idle_forget(c, channel);
    cleat_status st = cleat_channel_close(channel);
    if (st != CLEAT_OK)
        log_about(c, CLEAT_LOG_DEBUG1, "channel: %s", cleat_status_text(st));
    cleat_uv_kick(c->uv);
}

static void look(uv_timer_t *timer)
{
    struct idle *w = timer->data;
    uint64_t traffic = cleat_channel_traffic(w->channel);
    w->silent = traffic == w->traffic ? w->silent + 1 : 0;
    w->traffic = traffic;
    if (w->silent == LOOKS)
        close_channel(w);
}

void idle_watch(connection *c, cleat_channel *channel, const char *what)
{
    uint64_t seconds = seconds_for(c->rules, what);
    idle_forget(c, channel);
    struct idle *w = seconds ? calloc(1, sizeof *w) : NULL;
    if (!w)
        return;
    if (uv_timer_init(c->server->loop, &w->timer) != 0) {
        free(w);
        return;
    }
    w->timer.data = w;
    w->c = c;
    w->channel = channel;
    w->traffic = cleat_channel_traffic(channel);
    snprintf(w->what, sizeof w->what, "%s", what);
    w->next = c->idle;
    c->idle = w;
    uint64_t step = seconds * 1000 / LOOKS;
    uv_timer_start(&w->timer, look, step, step);
}

void idle_forget(connection *c, const cleat_channel *channel)
{
    struct idle **at = &c->idle;
    while (*at) {
        struct idle *w = *at;
        if (channel && w->channel != channel) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        uv_close((uv_handle_t *)&w->timer, on_closed);
    }
}
