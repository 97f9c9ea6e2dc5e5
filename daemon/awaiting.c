/* Listening at ports for a client. */
#include "awaiting.h"

#include "audit.h"
#include "reach.h"

#include <stdlib.h>
#include <string.h>

enum { ADDRESSES = 2 };

struct awaiting {
    const connection *c;
    cleat_listener *listeners[ADDRESSES];
    awaiting_cb arrived;
    void *user;
};

static void on_accept(void *user, cleat_listener *l, cleat_stream *stream)
{
    const awaiting *a = user;
    (void)l;
    a->arrived(a->user, stream);
}

/* RFC 4254 §7.1, as far as GatewayPorts lets the client choose. "" is every address. */
static void choose(const char *addresses[ADDRESSES], const connection *c, const char *host)
{
    static const char *const here[ADDRESSES] = {"127.0.0.1", "::1"};
    const char *word = cleat_config_text(c->rules->config, "GatewayPorts");
    bool any = !host[0] || strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0 ||
               strcmp(host, "::") == 0;
    bool chosen = strcmp(word, "clientspecified") == 0;
    bool open = strcmp(word, "yes") == 0 || (chosen && any);
    addresses[0] = here[0];
    addresses[1] = here[1];
    if (open)
        addresses[0] = "";
    else if (chosen && strcmp(host, "localhost") != 0)
        addresses[0] = host;
    if (addresses[0] != here[0])
        addresses[1] = NULL;
}

/* The second address gets the port of the first, and may be missing. */
static bool listen_at(awaiting *a, const char *const addresses[ADDRESSES], uint16_t *port)
{
    uv_loop_t *loop = a->c->server->loop;
    cleat_error error = {0};
    if (cleat_listener_new(&a->listeners[0], loop, addresses[0], *port, on_accept, a, &error) !=
        CLEAT_OK) {
        log_about(a->c, CLEAT_LOG_INFO, "%s", error.text);
        return false;
    }
    *port = cleat_listener_port(a->listeners[0]);
    if (addresses[1] && cleat_listener_new(&a->listeners[1], loop, addresses[1], *port, on_accept,
                                           a, &error) != CLEAT_OK)
        log_about(a->c, CLEAT_LOG_DEBUG1, "%s", error.text);
    return true;
}

static void audit(const connection *c, const char *host, uint16_t port, const char *result)
{
    audit_forward(
        c, &(audit_forwarding){.kind = "listen", .to = host, .port = port, .result = result});
}

bool awaiting_start(awaiting **out, const connection *c, const char *host, uint16_t *port,
                    awaiting_cb arrived, void *user)
{
    const char *addresses[ADDRESSES];
    *out = NULL;
    if (!reach_permits_listening(c, host, *port)) {
        log_about(c, CLEAT_LOG_INFO, "refused remote port forward: listen %s port %u", host,
                  (unsigned)*port);
        audit(c, host, *port, "refused");
        return false;
    }
    awaiting *a = calloc(1, sizeof *a);
    if (!a)
        return false;
    *a = (awaiting){.c = c, .arrived = arrived, .user = user};
    choose(addresses, c, host);
    if (!listen_at(a, addresses, port)) {
        free(a);
        return false;
    }
    log_about(c, CLEAT_LOG_VERBOSE, "listening on %s port %u for %s", host, (unsigned)*port,
              c->ends.peer);
    audit(c, host, *port, "listening");
    *out = a;
    return true;
}

void awaiting_end(awaiting *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < ADDRESSES; i++)
        cleat_listener_close(a->listeners[i]);
    free(a);
}
