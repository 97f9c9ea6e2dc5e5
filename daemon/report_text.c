/* The server and its connections in words, and in Prometheus' text format. */
#include "report.h"
#include "text.h"
#include "traffic.h"
#include "worker.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- growing text ---- */

/* more is taken; NULL: there is no memory for it. */
static void add(text_buffer *page, char *more)
{
    if (more)
        text_add(page, more, strlen(more));
    page->failed = page->failed || !more;
    free(more);
}

/* ---- for people ---- */

/* What is not known, or would command the terminal, is a dash. */
static const char *shown(const char *text)
{
    if (!text || !*text)
        return "-";
    for (const char *at = text; *at; at++) {
        if (!isprint((unsigned char)*at))
            return "-";
    }
    return text;
}

static char *age(uint64_t since)
{
    uint64_t seconds = (uv_hrtime() - since) / 1000000000;
    unsigned long long days = seconds / 86400;
    unsigned hours = (unsigned)(seconds / 3600 % 24);
    unsigned minutes = (unsigned)(seconds / 60 % 60);
    if (days)
        return text_format("%llud%02uh", days, hours);
    if (hours)
        return text_format("%uh%02um", hours, minutes);
    return minutes ? text_format("%um%02us", minutes, (unsigned)(seconds % 60))
                   : text_format("%us", (unsigned)seconds);
}

/* A name that the client says is nobody's until there is such a user. */
static char *row(const connection *c)
{
    static const traffic none;
    const traffic *t = c->traffic ? c->traffic : &none;
    char *since = age(c->began);
    char *from = text_format("%s:%u", c->ends.peer, (unsigned)c->ends.peer_port);
    char *line =
        since && from
            ? text_format("%-6llu %-16s %-24s %8s %14llu %14llu %s %s %s %s %s\n",
                          (unsigned long long)c->id,
                          c->authenticated ? shown(c->user) : "(no login)", from, since,
                          (unsigned long long)t->bytes_in, (unsigned long long)t->bytes_out,
                          shown(t->kex), shown(t->host_key), shown(t->cipher), shown(t->mac),
                          shown(t->client))
            : NULL;
    free(since);
    free(from);
    return line;
}

static char *head(const server *s)
{
    const tally *t = &s->tally;
    unsigned shared = s->workers ? workers_count(s->workers) : 0;
    return text_format(
        "cleatd %s, process %d%s\n"
        "isolation: %s, workers: %u\n"
        "connections: %u, of which %u have not logged in\n"
        "since the start: %llu connections, %llu logins, %llu ended without one, %llu turned away\n"
        "bytes: %llu received, %llu sent\n\n"
        "%-6s %-16s %-24s %8s %14s %14s %s\n",
        CLEAT_VERSION, (int)uv_os_getpid(), s->draining ? ", which takes no more connections" : "",
        s->workers             ? "shared"
        : s->arguments->system ? "per-connection"
                               : "one user",
        shared, s->count, s->unauthenticated, (unsigned long long)t->connections,
        (unsigned long long)t->logins, (unsigned long long)t->failures,
        (unsigned long long)t->turned_away, (unsigned long long)t->bytes_in,
        (unsigned long long)t->bytes_out, "NUMBER", "USER", "FROM", "SINCE", "RECEIVED", "SENT",
        "KEX HOSTKEY CIPHER MAC CLIENT");
}

char *report_status(const server *s)
{
    text_buffer page = {0};
    add(&page, head(s));
    for (const connection *c = s->first; c; c = c->next)
        add(&page, row(c));
    return text_take(&page);
}

/* ---- for Prometheus ---- */

static void add_figure(text_buffer *p, const char *name, const char *kind, const char *help,
                       unsigned long long value)
{
    add(p, text_format("# HELP cleatd_%s %s\n# TYPE cleatd_%s %s\ncleatd_%s %llu\n", name, help,
                       name, kind, name, value));
}

char *report_metrics(const server *s)
{
    const tally *t = &s->tally;
    text_buffer p = {0};
    add(&p, text_format("# HELP cleatd_build_info The version that runs.\n"
                        "# TYPE cleatd_build_info gauge\n"
                        "cleatd_build_info{version=\"%s\"} 1\n",
                        CLEAT_VERSION));
    add_figure(&p, "connections", "gauge", "Connections that are open.", s->count);
    add_figure(&p, "connections_without_login", "gauge", "Of these, those that have not logged in.",
               s->unauthenticated);
    add_figure(&p, "workers", "gauge", "Processes that carry many connections each.",
               s->workers ? workers_count(s->workers) : 0);
    add_figure(&p, "connections_total", "counter", "Connections that were taken.", t->connections);
    add_figure(&p, "connections_turned_away_total", "counter",
               "Connections that limits or penalties turned away.", t->turned_away);
    add_figure(&p, "logins_total", "counter", "Logins.", t->logins);
    add_figure(&p, "login_failures_total", "counter", "Connections that ended without a login.",
               t->failures);
    add_figure(&p, "received_bytes_total", "counter", "Bytes from clients, on the wire.",
               t->bytes_in);
    add_figure(&p, "sent_bytes_total", "counter", "Bytes to clients, on the wire.", t->bytes_out);
    return text_take(&p);
}
