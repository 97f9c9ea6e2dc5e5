/* Permissions of direct-tcpip. */
#include "reach.h"

#include "place.h"

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
