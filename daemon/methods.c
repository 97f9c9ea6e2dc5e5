/* AuthenticationMethods. What has been proved is kept in its order; a list goes on if it begins
 * with that. */
#include "methods.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {METHOD_KEY, METHOD_PASSWORD, METHOD_KBDINT};
enum { COUNT = sizeof names / sizeof *names };

/* ---- lists ---- */

static bool is(const char *text, size_t len, const char *name)
{
    return strlen(name) == len && memcmp(text, name, len) == 0;
}

/* The method that the list begins with; NULL: it is none of ours. *rest: behind it and its comma,
 * NULL at the end. */
static const char *take(const char *list, const char **rest)
{
    size_t len = strcspn(list, ",");
    *rest = list[len] ? list + len + 1 : NULL;
    if (is(list, len, METHOD_KBDINT ":pam"))
        return METHOD_KBDINT;
    for (size_t i = 0; i < COUNT; i++) {
        if (is(list, len, names[i]))
            return names[i];
    }
    return NULL;
}

static bool is_any(const char *list)
{
    return strcmp(list, "any") == 0;
}

const char *methods_fault(const char *list)
{
    size_t count = 0;
    if (is_any(list))
        return NULL;
    for (const char *at = list; at; count++) {
        if (!take(at, &at))
            return "names a method that is none of publickey, password and keyboard-interactive";
    }
    return count <= GRANTS_MAX ? NULL : "asks for more than one login can have";
}

bool methods_are_keys(const char *list)
{
    const char *at = is_any(list) ? NULL : list;
    while (at) {
        const char *name = take(at, &at);
        if (!name || strcmp(name, METHOD_KEY) != 0)
            return false;
    }
    return true;
}

/* Whether the list begins with what has been proved. *rest: what it still asks for; NULL: nothing.
 */
static bool goes_on(const connection *c, const char *list, const char **rest)
{
    *rest = list;
    for (size_t i = 0; i < c->proved_count; i++) {
        const char *name = *rest ? take(*rest, rest) : NULL;
        if (!name || strcmp(name, c->proved[i]) != 0)
            return false;
    }
    return true;
}

/* ---- now ---- */

static bool is_enabled(const connection *c, const char *name)
{
    if (strcmp(name, METHOD_KEY) == 0)
        return rules_flag(c->rules, "PubkeyAuthentication");
    return strcmp(name, METHOD_PASSWORD) == 0 ? rules_passwords(c->rules)
                                              : rules_questions(c->rules);
}

static const char *list_at(const connection *c, size_t i)
{
    return cleat_config_item(c->rules->config, "AuthenticationMethods", i);
}

static size_t list_count(const connection *c)
{
    size_t count = cleat_config_count(c->rules->config, "AuthenticationMethods");
    return count && is_any(list_at(c, 0)) ? 0 : count;
}

bool methods_allow(const connection *c, const char *name)
{
    size_t count = list_count(c);
    bool allowed = count == 0;
    for (size_t i = 0; i < count && !allowed; i++) {
        const char *rest;
        const char *next = goes_on(c, list_at(c, i), &rest) && rest ? take(rest, &rest) : NULL;
        allowed = next && strcmp(next, name) == 0;
    }
    return allowed && is_enabled(c, name);
}

cleat_auth_verdict methods_prove(connection *c, const char *name)
{
    size_t count = list_count(c);
    bool whole = count == 0;
    if (c->proved_count == GRANTS_MAX)
        return CLEAT_AUTH_REJECT;
    c->proved[c->proved_count++] = name;
    for (size_t i = 0; i < count && !whole; i++) {
        const char *rest;
        whole = goes_on(c, list_at(c, i), &rest) && !rest;
    }
    return whole ? CLEAT_AUTH_ACCEPT : CLEAT_AUTH_PARTIAL;
}

char *methods_left(const connection *c)
{
    const char *left[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        left[i] = methods_allow(c, names[i]) ? names[i] : "";
    bool first = *left[0];
    bool second = *left[1];
    return text_format("%s%s%s%s%s", left[0], first && second ? "," : "", left[1],
                       (first || second) && *left[2] ? "," : "", left[2]);
}
