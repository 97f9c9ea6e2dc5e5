/* Where clients are awaited. */
#include "listening.h"

#include "parts.h"
#include "report.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_MAX = 64, SYSTEM_PORT = 22 };

typedef struct place {
    char address[ADDRESS_MAX]; /* numeric */
    uint16_t port;             /* as it was asked for: 0 for any */
    cleat_listener *listener;  /* NULL: not open */
    bool fresh;                /* prepared, not committed */
    bool announced;            /* in the log */
} place;

typedef struct places {
    place items[LISTENING_MAX];
    size_t count;
} places;

struct listening {
    uv_loop_t *loop;
    cleat_accept_cb on_accept;
    void *user;
    places open, wanted;
    bool handed_over; /* by the service manager, who alone says where they are */
};

/* ---- text ---- */

/* With the zone behind it, if there is one. */
static bool is_ipv6(const char *text)
{
    struct in6_addr address;
    char bare[ADDRESS_MAX];
    size_t len = strcspn(text, "%");
    if (len >= sizeof bare)
        return false;
    memcpy(bare, text, len);
    bare[len] = '\0';
    return uv_inet_pton(AF_INET6, bare, &address) == 0;
}

bool listen_parse(const char *text, listen_place *where)
{
    const char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
    const char *colon = bracket ? (bracket[1] == ':' ? bracket + 1 : NULL) : strchr(text, ':');
    uint32_t port = 0;
    if (text[0] == '[' && (!bracket || (bracket[1] && bracket[1] != ':')))
        return false;
    if (strchr(text, '/') || (!bracket && strchr(text, ']')))
        return false;
    if (!bracket && colon && strchr(colon + 1, ':')) {
        if (!is_ipv6(text))
            return false;
        colon = NULL;
    }
    const char *from = text + (bracket != NULL);
    const char *to = bracket ? bracket : colon ? colon : text + strlen(text);
    *where = (listen_place){.has_port = colon != NULL};
    if (to == from || (size_t)(to - from) >= sizeof where->host)
        return false;
    snprintf(where->host, sizeof where->host, "%.*s", (int)(to - from), from);
    if (colon && !text_number(colon + 1, 65535, &port))
        return false;
    where->port = (uint16_t)port;
    return true;
}

/* ---- names ---- */

static cleat_status fail(cleat_error *error, const rules *r, const char *host, const char *why)
{
    const char *origin = cleat_config_origin(r->config, "ListenAddress");
    *error = (cleat_error){.status = CLEAT_E_CONFIG};
    snprintf(error->text, sizeof error->text, "%s%sListenAddress: \"%.200s\" %s", origin,
             *origin ? ": " : "", host, why);
    return CLEAT_E_CONFIG;
}

static bool has(const places *p, const char *address, uint16_t port)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->items[i].port == port && strcmp(p->items[i].address, address) == 0)
            return true;
    }
    return false;
}

static bool add(places *p, const char *address, uint16_t port)
{
    if (has(p, address, port))
        return true;
    if (p->count == LISTENING_MAX)
        return false;
    place *at = &p->items[p->count++];
    *at = (place){.port = port};
    snprintf(at->address, sizeof at->address, "%s", address);
    return true;
}

static bool add_ports(places *p, const rules *r, const char *address, const listen_place *where)
{
    if (where->has_port)
        return add(p, address, where->port);
    if (r->system && !cleat_config_is_set(r->config, "Port"))
        return add(p, address, SYSTEM_PORT);
    for (size_t i = 0; i < cleat_config_count(r->config, "Port"); i++) {
        uint32_t port = 0;
        if (!text_number(cleat_config_item(r->config, "Port", i), 65535, &port) ||
            !add(p, address, (uint16_t)port))
            return false;
    }
    return true;
}

/* An address of a link is nothing without it. */
static bool add_zone(char address[ADDRESS_MAX], const struct sockaddr *at)
{
    char zone[UV_IF_NAMESIZE];
    size_t len = strlen(address);
    size_t room = sizeof zone;
    if (at->sa_family != AF_INET6)
        return true;
    unsigned scope = ((const struct sockaddr_in6 *)(const void *)at)->sin6_scope_id;
    if (!scope)
        return true;
    if (uv_if_indextoiid(scope, zone, &room) != 0 || len + 1 + room >= ADDRESS_MAX)
        return false;
    snprintf(address + len, ADDRESS_MAX - len, "%%%s", zone);
    return true;
}

static cleat_status resolve(places *p, uv_loop_t *loop, const rules *r, const char *text,
                            cleat_error *error)
{
    static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6}; /* as AddressFamily's words */
    const struct addrinfo hints = {.ai_family = families[rules_number(r, "AddressFamily")],
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE};
    uv_getaddrinfo_t request;
    listen_place where;
    bool good = listen_parse(text, &where); /* checked when it was read */
    int e = good ? uv_getaddrinfo(loop, &request, NULL, where.host, NULL, &hints) : UV_EINVAL;
    if (e)
        return fail(error, r, text, uv_strerror(e));
    for (const struct addrinfo *a = request.addrinfo; a && good; a = a->ai_next) {
        char address[ADDRESS_MAX];
        good = uv_ip_name(a->ai_addr, address, sizeof address) == 0 &&
               add_zone(address, a->ai_addr) && add_ports(p, r, address, &where);
    }
    uv_freeaddrinfo(request.addrinfo);
    return good ? CLEAT_OK : fail(error, r, text, "is more than can be listened on");
}

static cleat_status wanted_places(places *p, uv_loop_t *loop, const rules *r, cleat_error *error)
{
    size_t count = cleat_config_count(r->config, "ListenAddress");
    cleat_status st = CLEAT_OK;
    p->count = 0;
    for (size_t i = 0; i < count && st == CLEAT_OK; i++)
        st = resolve(p, loop, r, cleat_config_item(r->config, "ListenAddress", i), error);
    if (count)
        return st;
    bool only_v6 = rules_number(r, "AddressFamily") == 2;
    bool only_v4 = rules_number(r, "AddressFamily") == 1;
    if (!r->system)
        return resolve(p, loop, r, only_v6 ? "::1" : "127.0.0.1", error);
    if (!only_v6)
        st = resolve(p, loop, r, "0.0.0.0", error);
    return st == CLEAT_OK && !only_v4 ? resolve(p, loop, r, "::", error) : st;
}

cleat_status listening_show(const rules *r, void (*line)(void *user, const char *text), void *user,
                            cleat_error *error)
{
    places p;
    uv_loop_t loop;
    char text[ADDRESS_MAX + 32];
    if (uv_loop_init(&loop))
        return CLEAT_E_NOMEM;
    cleat_status st = wanted_places(&p, &loop, r, error);
    for (size_t i = 0; st == CLEAT_OK && i < p.count; i++) {
        bool v6 = strchr(p.items[i].address, ':') != NULL;
        snprintf(text, sizeof text, "listenaddress %s%s%s:%u", v6 ? "[" : "", p.items[i].address,
                 v6 ? "]" : "", (unsigned)p.items[i].port);
        line(user, text);
    }
    uv_loop_close(&loop);
    return st;
}

/* ---- sockets ---- */

/* With that port: what may keep it from being opened at another address. */
static bool has_port(const places *p, uint16_t port)
{
    for (size_t i = 0; port && i < p->count; i++) {
        if (p->items[i].port == port)
            return true;
    }
    return false;
}

/* Port may be the default's. */
static const char *origin_of(const rules *r)
{
    const char *origin = cleat_config_origin(r->config, "ListenAddress");
    return *origin ? origin : cleat_config_origin(r->config, "Port");
}

static cleat_status open_place(listening *l, place *p, const rules *r, cleat_error *error)
{
    cleat_error why = {0};
    cleat_status st =
        cleat_listener_new(&p->listener, l->loop, p->address, p->port, l->on_accept, l->user, &why);
    p->fresh = st == CLEAT_OK;
    if (p->fresh)
        return st;
    const char *origin = origin_of(r);
    *error = (cleat_error){.status = st};
    snprintf(error->text, sizeof error->text, "%.150s%s%.200s %s", origin, *origin ? ": " : "",
             why.text,
             has_port(&l->open, p->port)
                 ? "This server listens on that port already; another address of it takes a restart"
                 : "Choose another place with Port (-p) or ListenAddress");
    return st;
}

/* What is open and wanted stays. */
static void take_open(listening *l)
{
    for (size_t i = 0; i < l->wanted.count; i++) {
        place *w = &l->wanted.items[i];
        for (size_t k = 0; k < l->open.count; k++) {
            const place *o = &l->open.items[k];
            if (o->port == w->port && strcmp(o->address, w->address) == 0)
                *w = *o;
        }
    }
}

static void close_others(const places *open, const places *wanted)
{
    for (size_t i = 0; i < open->count; i++) {
        const place *o = &open->items[i];
        if (!has(wanted, o->address, o->port))
            cleat_listener_close(o->listener);
    }
}

static void announce(listening *l, const rules *r)
{
    for (size_t i = 0; i < l->open.count; i++) {
        place *at = &l->open.items[i];
        cleat_listener_set_keepalive(at->listener, rules_flag(r, "TCPKeepAlive"));
        if (!at->announced)
            log_line(CLEAT_LOG_INFO, "Server listening on %s port %u.", at->address,
                     (unsigned)cleat_listener_port(at->listener));
        at->announced = true;
        at->fresh = false;
    }
}

cleat_status listening_prepare(listening *l, const rules *r, cleat_error *error)
{
    if (l->handed_over)
        return CLEAT_OK;
    cleat_status st = wanted_places(&l->wanted, l->loop, r, error);
    if (st != CLEAT_OK)
        return st;
    take_open(l);
    for (size_t i = 0; i < l->wanted.count && st == CLEAT_OK; i++) {
        if (!l->wanted.items[i].listener)
            st = open_place(l, &l->wanted.items[i], r, error);
    }
    if (st != CLEAT_OK)
        listening_cancel(l);
    return st;
}

void listening_cancel(listening *l)
{
    for (size_t i = 0; i < l->wanted.count; i++) {
        if (l->wanted.items[i].fresh)
            cleat_listener_close(l->wanted.items[i].listener);
    }
    l->wanted.count = 0;
}

void listening_commit(listening *l, const rules *r)
{
    if (!l->handed_over) {
        close_others(&l->open, &l->wanted);
        l->open = l->wanted;
    }
    announce(l, r);
}

/* Sockets that have no place are a service manager's. */
static const char by_manager[] = "*";

/* The next "address port" that listening_sockets told. */
static bool take_place(place *p, const char **text)
{
    char *end;
    size_t len = strcspn(*text, " ");
    if (len == 0 || len >= sizeof p->address || !(*text)[len])
        return false;
    memcpy(p->address, *text, len);
    p->address[len] = '\0';
    unsigned long port = strtoul(*text + len + 1, &end, 10);
    *text = end + (*end == ',');
    p->port = (uint16_t)port;
    return port <= 65535;
}

/* What a service manager, or the program whose place this one takes, listens on already. */
static cleat_status take_over(listening *l, cleat_error *error)
{
    int first;
    unsigned count = port_service_sockets(&first) - report_inherited();
    const char *told = port_service_inherited();
    bool by_another = told ? strncmp(told, by_manager, strlen(by_manager)) == 0 : count != 0;
    for (unsigned i = 0; i < count && l->open.count < LISTENING_MAX; i++) {
        place *p = &l->open.items[l->open.count];
        cleat_status st = cleat_listener_open(&p->listener, l->loop, (uv_os_sock_t)(first + (int)i),
                                              l->on_accept, l->user, error);
        if (st != CLEAT_OK)
            return st;
        snprintf(p->address, sizeof p->address, "%s", cleat_listener_address(p->listener));
        p->port = cleat_listener_port(p->listener);
        l->open.count++;
        if (!by_another && !take_place(p, &told))
            return CLEAT_E_PROTO;
    }
    l->handed_over = by_another;
    return CLEAT_OK;
}

char *listening_sockets(const listening *l, int sockets[LISTENING_MAX], size_t *count)
{
    char *told = text_format("%s", l->handed_over ? by_manager : "");
    *count = l->open.count;
    for (size_t i = 0; i < l->open.count; i++) {
        const place *p = &l->open.items[i];
        sockets[i] = (int)cleat_listener_socket(p->listener);
        if (l->handed_over || !told)
            continue;
        char *longer = text_format("%s%s%s %u", told, i ? "," : "", p->address, (unsigned)p->port);
        free(told);
        told = longer;
    }
    return told;
}

cleat_status listening_new(listening **out, uv_loop_t *loop, cleat_accept_cb on_accept, void *user,
                           cleat_error *error)
{
    listening *l = calloc(1, sizeof *l);
    *out = l;
    if (!l)
        return CLEAT_E_NOMEM;
    l->loop = loop;
    l->on_accept = on_accept;
    l->user = user;
    return take_over(l, error);
}

void listening_let_go(const listening *l)
{
    for (size_t i = 0; l && i < l->open.count; i++) {
        port_attached one = {.fds = {(int)cleat_listener_socket(l->open.items[i].listener)},
                             .count = 1};
        port_attached_close(&one);
    }
}

void listening_free(listening *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->open.count; i++)
        cleat_listener_close(l->open.items[i].listener);
    free(l);
}
