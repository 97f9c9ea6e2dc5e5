/* Clients of load balancers, until it is known where they come from. */
#include "proxied.h"

#include "accepted.h"

#include <stdlib.h>
#include <string.h>

enum { WAITING_MAX = 1024 };

typedef struct waiting {
    struct waiting *next;
    proxied *of;
    uint64_t id;
    cleat_stream_ends ends;              /* the load balancer's */
    cleat_stream *stream;                /* NULL: `reading` has it */
    cleat_proxy_header_reading *reading; /* NULL: another process does that */
} waiting;

struct proxied {
    server *server;
    waiting *first;
    unsigned count;
    uint64_t last_id;
    monitor_link *reader; /* NULL: not started */
    int64_t part;
};

bool proxied_is_from(const server *s, const char *address)
{
    const char *list = rules_text(s->setup->rules, "ProxyProtocolFrom");
    bool malformed;
    return list && cleat_address_list_match(address, list, &malformed);
}

/* ---- those that wait ---- */

/* The last that a server waits for may end it, and free w->of. */
static void forget(waiting *w)
{
    proxied *p = w->of;
    server *s = p->server;
    waiting **at = &p->first;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    free(w);
    if (--p->count == 0 && s->draining)
        server_drain(s);
}

static void drop(waiting *w)
{
    if (w->stream)
        cleat_stream_close(w->stream);
    cleat_proxy_header_cancel(w->reading);
    forget(w);
}

static void drop_all(const proxied *p)
{
    for (waiting *w = p->first, *next; w; w = next) {
        next = w->next;
        drop(w);
    }
}

/* Load balancers look by a connection without a word whether there is a server. */
static void log_refusal(const waiting *w, cleat_status st, const char *why)
{
    log_line(st == CLEAT_E_EOF ? CLEAT_LOG_DEBUG1 : CLEAT_LOG_INFO,
             "no connection through %s port %u: %s", w->ends.peer, (unsigned)w->ends.peer_port,
             why);
}

static void begin(waiting *w, cleat_stream *stream, const cleat_stream_ends *ends)
{
    server *s = w->of->server;
    log_line(CLEAT_LOG_DEBUG1, "Connection from %s port %u comes through %s port %u", ends->peer,
             (unsigned)ends->peer_port, w->ends.peer, (unsigned)w->ends.peer_port);
    connection_begin(s, stream, ends);
    forget(w);
}

/* ---- in this process ---- */

static void on_header(void *user, cleat_stream *stream, const cleat_error *error)
{
    waiting *w = user;
    cleat_stream_ends ends;
    if (!stream) {
        log_refusal(w, error->status, error->text);
        forget(w);
        return;
    }
    cleat_stream_get_ends(stream, &ends);
    begin(w, stream, &ends);
}

static cleat_status read_here(waiting *w)
{
    cleat_stream *stream = w->stream;
    w->stream = NULL;
    return cleat_proxy_header_read(&w->reading, w->of->server->loop, stream, PROXIED_MS, on_header,
                                   w);
}

/* ---- in another ---- */

static waiting *find(const proxied *p, uint64_t id)
{
    for (waiting *w = p->first; w; w = w->next) {
        if (w->id == id)
            return w;
    }
    return NULL;
}

static bool copy_address(char out[64], cleat_slice text)
{
    uint8_t address[16];
    if (text.len >= 64)
        return false;
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return uv_inet_pton(AF_INET, out, address) == 0 || uv_inet_pton(AF_INET6, out, address) == 0;
}

static bool take_origin(const proxied *p, cleat_slice bytes)
{
    monitor_origin m;
    if (monitor_decode_origin(bytes, &m) != CLEAT_OK)
        return false;
    waiting *w = find(p, m.connection);
    if (!w)
        return false;
    if (!m.good) {
        if (m.why.len)
            log_relay_limited(0, p->server->setup->rules, CLEAT_LOG_INFO, m.why);
        drop(w);
        return true;
    }
    cleat_stream_ends ends = {.peer_port = (uint16_t)m.peer_port,
                              .local_port = (uint16_t)m.local_port};
    if (!copy_address(ends.peer, m.peer) || !copy_address(ends.local, m.local))
        return false;
    cleat_stream *stream = w->stream;
    w->stream = NULL;
    begin(w, stream, &ends);
    return true;
}

/* The reader is not to be believed, but for where its clients come from. */
static bool on_message(void *user, cleat_slice bytes, port_attached *attached)
{
    const proxied *p = user;
    monitor_line line;
    if (attached->count)
        return false;
    if (monitor_number(bytes) == MONITOR_origin)
        return take_origin(p, bytes);
    if (monitor_number(bytes) != MONITOR_line || monitor_decode_line(bytes, &line) != CLEAT_OK)
        return false;
    log_relay_limited(0, p->server->setup->rules, line.level, line.text);
    return true;
}

/* The next client has it started anew. */
static void on_reader_end(void *user, const cleat_error *why)
{
    proxied *p = user;
    part_reap(p->part, "the reader of PROXY headers", why);
    monitor_link_close(p->reader);
    p->reader = NULL;
    drop_all(p);
}

static cleat_status read_apart(const waiting *w, cleat_error *error)
{
    proxied *p = w->of;
    const monitor_link_owner owner = {p, on_message, on_reader_end, NULL};
    cleat_status st = CLEAT_OK;
    if (!p->reader)
        st = part_start(p->server, proxied_main, &p->part, &p->reader, &owner, error);
    int socket = st == CLEAT_OK ? port_socket_dup(cleat_stream_socket(w->stream)) : -1;
    if (socket < 0)
        return st == CLEAT_OK ? CLEAT_E_IO : st;
    accepted_send(p->reader, w->id, &w->ends,
                  &(port_attached){.fds = {socket, -1, -1}, .count = 1});
    return CLEAT_OK;
}

/* ---- both ---- */

static proxied *of_server(server *s)
{
    if (!s->proxied)
        s->proxied = calloc(1, sizeof *s->proxied);
    if (s->proxied)
        s->proxied->server = s;
    return s->proxied;
}

static waiting *waiting_new(proxied *p, cleat_stream *stream)
{
    waiting *w = p && p->count < WAITING_MAX ? calloc(1, sizeof *w) : NULL;
    if (!w)
        return NULL;
    *w = (waiting){.next = p->first, .of = p, .id = ++p->last_id, .stream = stream};
    cleat_stream_get_ends(stream, &w->ends);
    p->first = w;
    p->count++;
    return w;
}

void proxied_take(server *s, cleat_stream *stream)
{
    cleat_error error = {0};
    waiting *w = waiting_new(of_server(s), stream);
    if (!w) {
        log_line(CLEAT_LOG_ERROR, "too many connections wait for a PROXY header");
        cleat_stream_close(stream);
        return;
    }
    cleat_status st = s->arguments->system ? read_apart(w, &error) : read_here(w);
    if (st == CLEAT_OK)
        return;
    log_refusal(w, st, error.text[0] ? error.text : cleat_status_text(st));
    drop(w);
}

bool proxied_has_any(const server *s)
{
    return s->proxied && s->proxied->count;
}

void proxied_stop(server *s)
{
    proxied *p = s->proxied;
    s->proxied = NULL; /* so that this happens once */
    if (!p)
        return;
    drop_all(p);
    monitor_link_close(p->reader);
    free(p);
}

void proxied_let_go(const proxied *p)
{
    if (!p)
        return;
    if (p->reader)
        monitor_link_let_go(p->reader);
    for (const waiting *w = p->first; w; w = w->next) {
        if (w->stream)
            part_close((int)cleat_stream_socket(w->stream));
    }
}
