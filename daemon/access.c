/* Who may log in at all. */
#include "access.h"

#include "text.h"

#include <cleat/store.h>

#include <stdlib.h>
#include <string.h>

/* "user" or "user@host". */
static bool user_matches(const visitor *v, const char *pattern)
{
    const char *at = strrchr(pattern, '@');
    char *name =
        at ? text_format("%.*s", (int)(at - pattern), pattern) : text_format("%s", pattern);
    bool matches = name && cleat_pattern_list_match(v->user, name) &&
                   (!at || cleat_host_list_match(v->address, v->host, at + 1));
    free(name);
    return matches;
}

static bool lists_user(const rules *r, const char *keyword, const visitor *v)
{
    for (size_t i = 0; i < cleat_config_count(r->config, keyword); i++) {
        if (user_matches(v, cleat_config_item(r->config, keyword, i)))
            return true;
    }
    return false;
}

static bool lists_group(const rules *r, const char *keyword, const visitor *v)
{
    for (size_t i = 0; i < cleat_config_count(r->config, keyword); i++) {
        const char *pattern = cleat_config_item(r->config, keyword, i);
        for (char *const *group = v->groups; group && *group; group++) {
            if (cleat_pattern_list_match(*group, pattern))
                return true;
        }
    }
    return false;
}

static const char *refused_group(const rules *r, const visitor *v)
{
    bool denies = cleat_config_is_set(r->config, "DenyGroups");
    bool allows = cleat_config_is_set(r->config, "AllowGroups");
    if ((denies || allows) && !v->groups)
        return "not allowed because the user's groups cannot be told";
    if (denies && lists_group(r, "DenyGroups", v))
        return "not allowed because a group is listed in DenyGroups";
    if (allows && !lists_group(r, "AllowGroups", v))
        return "not allowed because none of user's groups are listed in AllowGroups";
    return NULL;
}

const char *access_refusal(const rules *r, const visitor *v, bool is_root)
{
    if (lists_user(r, "DenyUsers", v))
        return "not allowed because listed in DenyUsers";
    if (cleat_config_is_set(r->config, "AllowUsers") && !lists_user(r, "AllowUsers", v))
        return "not allowed because not listed in AllowUsers";
    if (is_root && strcmp(cleat_config_text(r->config, "PermitRootLogin"), "no") == 0)
        return "not allowed because PermitRootLogin is no";
    return refused_group(r, v);
}
