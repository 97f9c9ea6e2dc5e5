/* The name of an address: a lookup there, and one back, since whoever owns an address may give it
 * any name. */
#include "peer_name.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

struct peer_name {
    union {
        uv_req_t any;
        uv_getnameinfo_t back;
        uv_getaddrinfo_t there;
    } request;
    char *address, *name;
    peer_name_cb done;
    void *user;
};

static void finish(peer_name *p, bool good)
{
    p->done(p->user, good ? p->name : NULL);
    free(p->address);
    free(p->name);
    free(p);
}

static bool leads_to(const struct addrinfo *list, const char *address)
{
    char text[64];
    for (const struct addrinfo *a = list; a; a = a->ai_next) {
        if (uv_ip_name(a->ai_addr, text, sizeof text) == 0 && strcmp(text, address) == 0)
            return true;
    }
    return false;
}

static void on_addresses(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    peer_name *p = request->data;
    bool good = status == 0 && leads_to(list, p->address);
    uv_freeaddrinfo(list);
    finish(p, good);
}

/* A name that looks like an address could pass for another host's. */
static bool is_name(const char *text)
{
    uint8_t bytes[16];
    return uv_inet_pton(AF_INET, text, bytes) != 0 && uv_inet_pton(AF_INET6, text, bytes) != 0;
}

static void on_name(uv_getnameinfo_t *request, int status, const char *host, const char *service)
{
    peer_name *p = request->data;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    uv_loop_t *loop = request->loop;
    (void)service;
    if (status == 0)
        p->name = text_lower(host);
    p->request.there.data = p;
    if (!p->name || !is_name(p->name) ||
        uv_getaddrinfo(loop, &p->request.there, on_addresses, p->name, NULL, &hints) != 0)
        finish(p, false);
}

cleat_status peer_name_start(peer_name **out, uv_loop_t *loop, const char *address,
                             peer_name_cb done, void *user)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } where;
    peer_name *p = calloc(1, sizeof *p);
    *out = NULL;
    if (!p)
        return CLEAT_E_NOMEM;
    p->address = text_format("%s", address);
    p->done = done;
    p->user = user;
    p->request.back.data = p;
    int e = uv_ip4_addr(address, 0, &where.v4);
    if (e)
        e = uv_ip6_addr(address, 0, &where.v6);
    if (!e && p->address)
        e = uv_getnameinfo(loop, &p->request.back, on_name, &where.any, NI_NAMEREQD);
    if (e || !p->address) {
        free(p->address);
        free(p);
        return CLEAT_E_RESOLVE;
    }
    *out = p;
    return CLEAT_OK;
}

void peer_name_cancel(peer_name *p)
{
    (void)uv_cancel(&p->request.any);
}

static void keep_name(void *user, const char *name)
{
    char **kept = user;
    *kept = name ? text_format("%s", name) : NULL;
}

char *peer_name_now(const char *address)
{
    uv_loop_t loop;
    peer_name *p;
    char *name = NULL;
    if (uv_loop_init(&loop) != 0)
        return NULL;
    if (peer_name_start(&p, &loop, address, keep_name, &name) == CLEAT_OK)
        uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return name;
}
