/* Dialling: name resolution, then one attempt after another, a new one each quarter of a second
 * until the first succeeds (RFC 8305, without its DNS half). Proxy commands are in proxy.c. */
#include "dial.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESSES_MAX = 16, STAGGER_MS = 250, KEEPALIVE_S = 60 };

typedef struct attempt {
    uv_connect_t request;
    uv_tcp_t *tcp; /* NULL: not under way */
    cleat_dial *dial;
} attempt;

struct cleat_dial {
    uv_loop_t *loop;
    cleat_dial_cb done;
    void *user;
    char *host;
    char *bind_address, *bind_interface;
    uint16_t port;
    bool keepalive;
    bool over; /* has called back, or was cancelled */
    uv_timer_t stagger, limit;
    unsigned holds; /* callbacks of libuv's still to come */
    uv_getaddrinfo_t resolve;
    struct sockaddr_storage addresses[ADDRESSES_MAX];
    attempt attempts[ADDRESSES_MAX];
    size_t count, next, running;
    int last_error;
    bool bind_failed;
};

static void release(cleat_dial *d)
{
    if (--d->holds)
        return;
    free(d->host);
    free(d->bind_address);
    free(d->bind_interface);
    free(d);
}

static void on_timer_closed(uv_handle_t *handle)
{
    release(handle->data);
}

/* Nothing of the dial may be reached by the caller any more. */
static void wind_up(cleat_dial *d)
{
    d->over = true;
    for (size_t i = 0; i < d->count; i++) {
        stream_free_handle((uv_handle_t *)d->attempts[i].tcp);
        d->attempts[i].tcp = NULL;
    }
    uv_cancel((uv_req_t *)&d->resolve);
    uv_close((uv_handle_t *)&d->stagger, on_timer_closed);
    uv_close((uv_handle_t *)&d->limit, on_timer_closed);
}

static void succeed(cleat_dial *d, uv_tcp_t *tcp)
{
    uv_tcp_nodelay(tcp, 1);
    if (d->keepalive)
        uv_tcp_keepalive(tcp, 1, KEEPALIVE_S);
    cleat_stream *s = stream_from_handles((uv_stream_t *)tcp, (uv_stream_t *)tcp);
    cleat_error error = {.status = s ? CLEAT_OK : CLEAT_E_NOMEM};
    if (s)
        stream_note_ends(s, tcp);
    wind_up(d);
    d->done(d->user, s, &error);
}

static void fail(cleat_dial *d, cleat_status st, int e)
{
    cleat_error error;
    const char *ours = d->bind_address ? d->bind_address : d->bind_interface;
    if (st == CLEAT_E_RESOLVE)
        loop_fail(&error, st, "Could not resolve hostname %s: %s", d->host, uv_strerror(e));
    else if (d->bind_failed)
        loop_fail(&error, st, "connect to host %s port %u from %s: %s", d->host, (unsigned)d->port,
                  ours, uv_strerror(e));
    else
        loop_fail(&error, st, "connect to host %s port %u: %c%s", d->host, (unsigned)d->port,
                  toupper(*uv_strerror(e)), uv_strerror(e) + 1);
    error.os_error = -e;
    wind_up(d);
    d->done(d->user, NULL, &error);
}

static void try_next(cleat_dial *d);

static void on_connect(uv_connect_t *request, int status)
{
    attempt *a = request->data;
    cleat_dial *d = a->dial;
    uv_tcp_t *tcp = a->tcp;
    if (!d->over && status == 0) {
        a->tcp = NULL;
        succeed(d, tcp);
    } else if (!d->over) {
        a->tcp = NULL;
        stream_free_handle((uv_handle_t *)tcp);
        d->last_error = status;
        d->running--;
        try_next(d);
    }
    release(d);
}

static bool is_link_local(const struct sockaddr_in6 *address)
{
    return address->sin6_addr.s6_addr[0] == 0xFE && (address->sin6_addr.s6_addr[1] & 0xC0) == 0x80;
}

/* Link-local addresses reach no further than the link: only where there is no other. */
static int bind_to_interface(const cleat_dial *d, uv_tcp_t *tcp, int family)
{
    uv_interface_address_t *all;
    const uv_interface_address_t *ours = NULL;
    int count;
    int e = uv_interface_addresses(&all, &count);
    if (e)
        return e;
    for (int i = 0; i < count; i++) {
        const struct sockaddr *address = (const struct sockaddr *)&all[i].address;
        if (address->sa_family == family && strcmp(all[i].name, d->bind_interface) == 0 &&
            (!ours || (family == AF_INET6 && is_link_local(&ours->address.address6))))
            ours = &all[i];
    }
    e = ours ? uv_tcp_bind(tcp, (const struct sockaddr *)&ours->address, 0) : UV_EADDRNOTAVAIL;
    uv_free_interface_addresses(all, count);
    return e;
}

static int bind_ours(const cleat_dial *d, uv_tcp_t *tcp, int family)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (!d->bind_address)
        return d->bind_interface ? bind_to_interface(d, tcp, family) : 0;
    if (family == AF_INET && uv_ip4_addr(d->bind_address, 0, &v4) == 0)
        return uv_tcp_bind(tcp, (const struct sockaddr *)&v4, 0);
    if (family == AF_INET6 && uv_ip6_addr(d->bind_address, 0, &v6) == 0)
        return uv_tcp_bind(tcp, (const struct sockaddr *)&v6, 0);
    return UV_EADDRNOTAVAIL;
}

static int start_attempt(cleat_dial *d, size_t i)
{
    attempt *a = &d->attempts[i];
    const struct sockaddr *address = (const struct sockaddr *)&d->addresses[i];
    uv_tcp_t *tcp = malloc(sizeof *tcp);
    if (!tcp)
        return UV_ENOMEM;
    int e = uv_tcp_init(d->loop, tcp);
    if (e) {
        free(tcp);
        return e;
    }
    *a = (attempt){.tcp = tcp, .dial = d};
    a->request.data = a;
    e = bind_ours(d, tcp, address->sa_family);
    d->bind_failed = e != 0;
    if (!e)
        e = uv_tcp_connect(&a->request, tcp, address, on_connect);
    if (e) {
        a->tcp = NULL;
        stream_free_handle((uv_handle_t *)tcp);
        return e;
    }
    d->holds++;
    d->running++;
    return 0;
}

static void on_stagger(uv_timer_t *timer)
{
    try_next(timer->data);
}

static void try_next(cleat_dial *d)
{
    while (d->next < d->count) {
        int e = start_attempt(d, d->next++);
        if (!e) {
            uv_timer_start(&d->stagger, on_stagger, STAGGER_MS, 0);
            return;
        }
        d->last_error = e;
    }
    if (d->running == 0)
        fail(d, CLEAT_E_CONNECT, d->last_error ? d->last_error : UV_EADDRNOTAVAIL);
}

static void add_address(cleat_dial *d, const struct sockaddr *address, size_t len)
{
    if (d->count < ADDRESSES_MAX)
        memcpy(&d->addresses[d->count++], address, len);
}

/* The first family's addresses and the other's by turns: one broken family costs one attempt. */
static void add_by_turns(cleat_dial *d, const struct addrinfo *list)
{
    int family = list ? list->ai_family : 0;
    const struct addrinfo *turn[2] = {list, list};
    for (int i = 0; turn[0] || turn[1]; i = 1 - i) {
        while (turn[i] && (turn[i]->ai_family == family) != (i == 0))
            turn[i] = turn[i]->ai_next;
        if (!turn[i])
            continue;
        add_address(d, turn[i]->ai_addr, (size_t)turn[i]->ai_addrlen);
        turn[i] = turn[i]->ai_next;
    }
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    cleat_dial *d = request->data;
    if (!d->over && status) {
        fail(d, CLEAT_E_RESOLVE, status);
    } else if (!d->over) {
        add_by_turns(d, list);
        try_next(d);
    }
    if (list)
        uv_freeaddrinfo(list);
    release(d);
}

static bool is_numeric(cleat_dial *d, int family)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (family != AF_INET6 && uv_ip4_addr(d->host, d->port, &v4) == 0)
        add_address(d, (const struct sockaddr *)&v4, sizeof v4);
    else if (family != AF_INET && uv_ip6_addr(d->host, d->port, &v6) == 0)
        add_address(d, (const struct sockaddr *)&v6, sizeof v6);
    return d->count > 0;
}

static int resolve(cleat_dial *d, int family)
{
    char port[8];
    struct addrinfo hints;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    snprintf(port, sizeof port, "%u", (unsigned)d->port);
    d->resolve.data = d;
    int e = uv_getaddrinfo(d->loop, &d->resolve, on_resolved, d->host, port, &hints);
    if (!e)
        d->holds++;
    return e;
}

static void on_start(uv_timer_t *timer)
{
    try_next(timer->data);
}

static void on_limit(uv_timer_t *timer)
{
    fail(timer->data, CLEAT_E_CONNECT, UV_ETIMEDOUT);
}

static char *copy(const char *text)
{
    size_t len = text ? strlen(text) + 1 : 0;
    char *out = len ? malloc(len) : NULL;
    if (out)
        memcpy(out, text, len);
    return out;
}

static cleat_dial *new_dial(uv_loop_t *loop, const cleat_dial_options *o)
{
    cleat_dial *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->loop = loop;
    d->port = o->port;
    d->keepalive = !o->no_keepalive;
    d->host = copy(o->host);
    d->bind_address = copy(o->bind_address);
    d->bind_interface = copy(o->bind_interface);
    uv_timer_init(loop, &d->stagger);
    uv_timer_init(loop, &d->limit);
    d->stagger.data = d;
    d->limit.data = d;
    d->holds = 2;
    return d;
}

static cleat_status start(cleat_dial **out, uv_loop_t *loop, const cleat_dial_options *o,
                          cleat_dial_cb done, void *user, cleat_error *error)
{
    if (o->argv)
        return dial_proxy(loop, o->argv, done, user, error);
    cleat_dial *d = new_dial(loop, o);
    if (!d)
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    d->done = done;
    d->user = user;
    int e = d->host ? 0 : UV_ENOMEM;
    if (!e && is_numeric(d, o->family))
        uv_timer_start(&d->stagger, on_start, 0, 0);
    else if (!e)
        e = resolve(d, o->family);
    if (e) {
        wind_up(d);
        return loop_fail(error, CLEAT_E_RESOLVE, "Could not resolve hostname %s: %s", o->host,
                         uv_strerror(e));
    }
    if (o->timeout_ms)
        uv_timer_start(&d->limit, on_limit, o->timeout_ms, 0);
    *out = d;
    return CLEAT_OK;
}

cleat_status cleat_dial_start(cleat_dial **out, uv_loop_t *loop, const cleat_dial_options *options,
                              cleat_dial_cb done, void *user, cleat_error *error)
{
    cleat_dial_options o;
    *out = NULL;
    if (!cleat_options_import(&o, sizeof o, options))
        return loop_fail(error, CLEAT_E_BAD_CALL, "options of a newer version");
    return start(out, loop, &o, done, user, error);
}

void cleat_dial_cancel(cleat_dial *d)
{
    if (d && !d->over)
        wind_up(d);
}
