/* Permissions of forwardings. */
#include "reach.h"

#include "place.h"
#include "text.h"

#include <string.h>

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

bool reach_permits(const connection *c, const char *host, uint16_t port)
{
    bool permits = !c->account->must_change && rules_permit(c->rules, host, port);
    for (size_t i = 0; i < c->grant_count; i++)
        permits = permits && key_permits(&c->grants[i].options, host, port);
    return permits;
}

/* ---- listening ---- */

/* A port alone is one at any host. */
static bool listens_at(const char *pattern, const char *host, uint16_t port)
{
    uint32_t number;
    if (strcmp(pattern, "any") == 0)
        return true;
    if (text_number(pattern, 65535, &number))
        return number == port;
    return place_matches(pattern, host, port);
}

static bool rules_permit_listening(const rules *r, const char *host, uint16_t port)
{
    size_t count = cleat_config_count(r->config, "PermitListen");
    const char *allowed = cleat_config_text(r->config, "AllowTcpForwarding");
    bool permits = false;
    if (rules_flag(r, "DisableForwarding") || strcmp(allowed, "no") == 0 ||
        strcmp(allowed, "local") == 0)
        return false;
    for (size_t i = 0; i < count && !permits; i++)
        permits = listens_at(cleat_config_item(r->config, "PermitListen", i), host, port);
    return permits;
}

static bool key_permits_listening(const cleat_key_options *key, const char *host, uint16_t port)
{
    const char *const *list = key->permit_listen;
    bool permits = !list || !list[0];
    for (; !permits && *list; list++)
        permits = listens_at(*list, host, port);
    return permits && !key->no_port_forwarding;
}

bool reach_permits_listening(const connection *c, const char *host, uint16_t port)
{
    bool permits = !c->account->must_change && rules_permit_listening(c->rules, host, port);
    for (size_t i = 0; i < c->grant_count; i++)
        permits = permits && key_permits_listening(&c->grants[i].options, host, port);
    return permits;
}

/* A key that is kept to certain ports was not meant to reach whatever listens at a file. */
static bool key_permits_sockets(const cleat_key_options *key, bool arriving)
{
    const char *const *ports = arriving ? key->permit_listen : key->permit_open;
    return !key->no_port_forwarding && (!ports || !*ports);
}

bool reach_permits_sockets(const connection *c, bool arriving)
{
    const char *allowed = cleat_config_text(c->rules->config, "AllowStreamLocalForwarding");
    bool permits =
        !c->account->must_change && !rules_flag(c->rules, "DisableForwarding") &&
        (strcmp(allowed, "yes") == 0 || strcmp(allowed, arriving ? "remote" : "local") == 0);
    for (size_t i = 0; i < c->grant_count; i++)
        permits = permits && key_permits_sockets(&c->grants[i].options, arriving);
    return permits;
}

bool reach_permits_agent(const connection *c)
{
    bool permits = !c->account->must_change && rules_flag(c->rules, "AllowAgentForwarding") &&
                   !rules_flag(c->rules, "DisableForwarding");
    for (size_t i = 0; i < c->grant_count; i++)
        permits = permits && !c->grants[i].options.no_agent_forwarding;
    return permits;
}

bool reach_permits_x11(const connection *c)
{
    bool permits = !c->account->must_change && rules_flag(c->rules, "X11Forwarding") &&
                   !rules_flag(c->rules, "DisableForwarding");
    for (size_t i = 0; i < c->grant_count; i++)
        permits = permits && !c->grants[i].options.no_x11_forwarding;
    return permits;
}
