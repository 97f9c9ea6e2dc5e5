/* CanonicalizeHostname: short names are tried in the domains of CanonicalDomains, and aliases are
 * followed where CanonicalizePermittedCNAMEs allows it. Done before anything else goes on, so the
 * look-ups may block. */
#include "canonical.h"

#include "hop.h"
#include "say.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CanonicalizeHostname, in the order of the table's words. */
enum { CANONICAL_NO, CANONICAL_YES, CANONICAL_ALWAYS, CANONICAL_NONE };

static int64_t how(const ssh_hop *h)
{
    int64_t word = hop_number(h, "CanonicalizeHostname");
    return word == CANONICAL_NONE ? CANONICAL_NO : word;
}

bool canonical_is_wanted(const ssh_hop *h)
{
    return how(h) != CANONICAL_NO;
}

static bool is_none(const char *text)
{
    return !text || strcmp(text, "none") == 0;
}

/* What a proxy or a jump host will resolve is not ours to judge, unless that is asked for. */
static bool is_ours(const ssh_hop *h)
{
    return how(h) == CANONICAL_ALWAYS ||
           (is_none(hop_text(h, "ProxyCommand")) && is_none(hop_text(h, "ProxyJump")));
}

static bool is_address(const char *name)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    return uv_ip4_addr(name, 0, &v4) == 0 || uv_ip6_addr(name, 0, &v6) == 0;
}

static void drop_last_dot(char *name)
{
    size_t len = strlen(name);
    if (len && name[len - 1] == '.')
        name[len - 1] = 0;
}

/* ---- asking the system ---- */

/* The name that the system calls this one by, which may be the same; NULL when there is none. */
static char *look_up(const ssh_hop *h, const char *name)
{
    static const int families[] = {0, AF_INET, AF_INET6};
    struct addrinfo hints;
    uv_loop_t loop;
    uv_getaddrinfo_t request;
    char *found = NULL;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = families[hop_number(h, "AddressFamily")];
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_CANONNAME;
    if (uv_loop_init(&loop) != 0)
        return NULL;
    if (uv_getaddrinfo(&loop, &request, NULL, name, NULL, &hints) == 0) {
        const char *theirs = request.addrinfo->ai_canonname;
        found = text_format("%s", theirs ? theirs : name);
        uv_freeaddrinfo(request.addrinfo);
    }
    uv_loop_close(&loop);
    if (found)
        drop_last_dot(found);
    return found;
}

/* ---- aliases ---- */

/* A rule is "names:targets", two lists of patterns. */
static bool rule_allows(const char *rule, const char *name, const char *target)
{
    const char *colon = strchr(rule, ':');
    char *names = colon ? text_format("%.*s", (int)(colon - rule), rule) : NULL;
    bool allows = names && cleat_pattern_list_match(name, names) &&
                  cleat_pattern_list_match(target, colon + 1);
    free(names);
    return allows;
}

static bool may_follow(const ssh_hop *h, const char *name, const char *target)
{
    static const char keyword[] = "CanonicalizePermittedCNAMEs";
    if (strcmp(name, target) == 0 || !place_is_host(target))
        return false;
    for (size_t i = 0; i < cleat_config_count(h->config, keyword); i++) {
        if (rule_allows(cleat_config_item(h->config, keyword, i), name, target))
            return true;
    }
    return false;
}

/* Takes both. */
static void settle(const ssh_hop *h, char **name, char *full, char *target)
{
    drop_last_dot(full);
    bool follow = may_follow(h, full, target);
    say(CLEAT_LOG_DEBUG1,
        follow ? "Canonicalized DNS aliased hostname \"%s\" => \"%s\""
               : "Canonicalized hostname \"%s\" => \"%s\"",
        follow ? full : *name, follow ? target : full);
    free(*name);
    *name = follow ? target : full;
    free(follow ? full : target);
}

/* ---- domains ---- */

static size_t dots_in(const char *name)
{
    size_t count = 0;
    for (; *name; name++)
        count += *name == '.';
    return count;
}

/* True when the name has been found as `full`, which is taken. */
static bool try_name(const ssh_hop *h, char **name, char *full)
{
    char *target = full ? look_up(h, full) : NULL;
    if (target)
        settle(h, name, full, target);
    else
        free(full);
    return target != NULL;
}

static bool try_domains(const ssh_hop *h, char **name)
{
    for (size_t i = 0; i < cleat_config_count(h->config, "CanonicalDomains"); i++) {
        const char *domain = cleat_config_item(h->config, "CanonicalDomains", i);
        if (is_none(domain))
            return false;
        if (try_name(h, name, text_format("%s.%s.", *name, domain)))
            return true;
    }
    return false;
}

cleat_status canonical_name(ssh_hop *h, char **name, cleat_error *error)
{
    size_t len = strlen(*name);
    if (!canonical_is_wanted(h) || !is_ours(h) || len == 0 || is_address(*name))
        return CLEAT_OK;
    if ((*name)[len - 1] == '.') { /* is whole as it stands */
        (void)try_name(h, name, text_format("%s", *name));
        return CLEAT_OK;
    }
    if (dots_in(*name) > (size_t)hop_number(h, "CanonicalizeMaxDots") || try_domains(h, name))
        return CLEAT_OK;
    if (hop_flag(h, "CanonicalizeFallbackLocal"))
        return CLEAT_OK;
    *error = (cleat_error){.status = CLEAT_E_RESOLVE};
    snprintf(error->text, sizeof error->text,
             "Could not resolve host \"%s\" in any of CanonicalDomains, and "
             "CanonicalizeFallbackLocal is no",
             *name);
    return CLEAT_E_RESOLVE;
}
