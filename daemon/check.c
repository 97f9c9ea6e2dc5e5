/* What is wrong with a line of sshd_config beyond what the table of keywords can tell. */
#include "check.h"

#include "idle.h"
#include "listening.h"
#include "methods.h"
#include "penalties.h"
#include "place.h"
#include "report.h"
#include "server.h"
#include "sftp.h"
#include "text.h"

#include <cleat/ctx.h>
#include <cleat/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS_MAX = 24 };

typedef const char *(*checker)(const char *item); /* why it is wrong, or NULL */

static cleat_status fail(cleat_error *error, const char *keyword, const char *item, const char *why)
{
    *error = (cleat_error){.status = CLEAT_E_CONFIG};
    snprintf(error->text, sizeof error->text, "%s: \"%.200s\" %.250s", keyword, item, why);
    return CLEAT_E_CONFIG;
}

/* ---- notations ---- */

bool parse_startups(const char *text, startups_limit *limit)
{
    char rest;
    int count = sscanf(text, "%5u:%5u:%5u%c", &limit->start, &limit->rate, &limit->full, &rest);
    if (text[strspn(text, "0123456789:")] || (count != 1 && count != 3))
        return false;
    if (count == 1) {
        limit->full = limit->start;
        limit->rate = 100;
        return !strchr(text, ':');
    }
    return limit->rate >= 1 && limit->rate <= 100 && limit->start <= limit->full;
}

bool parse_block_size(const char *text, unsigned *v4, unsigned *v6)
{
    char rest;
    *v6 = 128;
    int count = sscanf(text, "%3u:%3u%c", v4, v6, &rest);
    return !text[strspn(text, "0123456789:")] && (count == 1 || count == 2) && *v4 <= 32 &&
           *v6 <= 128;
}

/* ---- one item ---- */

static const char *startups(const char *item)
{
    startups_limit limit;
    return parse_startups(item, &limit) ? NULL : "is neither a number nor start:rate:full";
}

static const char *block_size(const char *item)
{
    unsigned v4;
    unsigned v6;
    return parse_block_size(item, &v4, &v6) ? NULL : "is not as 24 or 24:64";
}

static const char *service_class(const char *item)
{
    int tos;
    return cleat_config_service_class(item, &tos) ? NULL : "is no class of service";
}

static const char *pair(const char *item)
{
    return *item && *item != '=' && strchr(item, '=') ? NULL : "is not NAME=value";
}

static const char *variable(const char *item)
{
    return strchr(item, '=') ? "is not a variable's name" : NULL;
}

static const char *attestation(const char *item)
{
    bool known = strcmp(item, "none") == 0 || strcmp(item, "touch-required") == 0 ||
                 strcmp(item, "verify-required") == 0;
    return known ? NULL : "is none of none, touch-required and verify-required";
}

static const char *open_place(const char *item)
{
    bool good = strcmp(item, "any") == 0 || strcmp(item, "none") == 0 || place_is_pattern(item);
    return good ? NULL : "is not host:port";
}

static const char *listen_at(const char *item)
{
    uint32_t port;
    return text_number(item, 65535, &port) ? NULL : open_place(item);
}

static const char *listen_address(const char *item)
{
    listen_place place;
    return listen_parse(item, &place) ? NULL
                                      : "is not host, host:port, [address]:port or an IPv6 address";
}

static const char *addresses(const char *item)
{
    bool malformed;
    (void)cleat_address_list_match("192.0.2.1", item, &malformed);
    return malformed ? "has an address range that cannot be read" : NULL;
}

/* The range behind the @ must be one that can be read, or nobody knows whom it means. */
static const char *user_pattern(const char *item)
{
    const char *at = strrchr(item, '@');
    return at ? addresses(at + 1) : NULL;
}

/* Of internal-sftp we can tell. */
static const char *command(const char *item)
{
    return sftp_is_internal(item) ? sftp_check(item) : NULL;
}

/* The first token may stand for the beginning of a path: %h. */
static const char *root(const char *item)
{
    bool absolute = item[0] == '/' || strncmp(item, "%h", 2) == 0;
    return absolute || strcmp(item, "none") == 0 ? NULL : "is not an absolute path";
}

static const char *absolute(const char *item)
{
    bool good = strcmp(item, "none") == 0 || port_path_is_absolute(item);
    return good ? NULL : "is not an absolute path";
}

static const char *user_rules(const char *item)
{
    return strcmp(item, "none") == 0 ? NULL : cleat_x509_user_rules_fault(item);
}

/* Their names end in a hyphen, behind which the mechanism comes. */
static bool is_gss_exchange(const char *name, size_t len)
{
    static const char *const names[] = {"gss-gex-sha1-",         "gss-group1-sha1-",
                                        "gss-group14-sha1-",     "gss-group14-sha256-",
                                        "gss-group16-sha512-",   "gss-nistp256-sha256-",
                                        "gss-curve25519-sha256-"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0)
            return true;
    }
    return false;
}

static const char *gss_exchanges(const char *item)
{
    const char *at = item;
    for (;;) {
        size_t len = strcspn(at, ",");
        if (!is_gss_exchange(at, len))
            return "has a name that is no key exchange of GSSAPI's";
        if (!at[len])
            return NULL;
        at += len + 1;
    }
}

/* ---- lines ---- */

static const struct {
    const char *keyword;
    checker check;
    size_t most; /* items; 0: any number */
} checks[] = {
    {"MaxStartups", startups, 1},
    {"PerSourceNetBlockSize", block_size, 1},
    {"PerSourcePenalties", penalties_check, 0},
    {"PerSourcePenaltyExemptList", addresses, 1},
    {"ProxyProtocolFrom", addresses, 1},
    {"StatusSocket", absolute, 1},
    {"AuditLog", absolute, 1},
    {"MetricsAddress", report_metrics_fault, 1},
    {"ChannelTimeout", idle_check, 0},
    {"IPQoS", service_class, 2},
    {"SetEnv", pair, 0},
    {"AcceptEnv", variable, 0},
    {"AuthenticationMethods", methods_fault, 0},
    {"PubkeyAuthOptions", attestation, 0},
    {"PermitOpen", open_place, 0},
    {"PermitListen", listen_at, 0},
    {"ListenAddress", listen_address, 1}, /* so "rdomain" behind one is refused */
    {"AllowUsers", user_pattern, 0},
    {"DenyUsers", user_pattern, 0},
    {"ForceCommand", command, 0},
    {"ChrootDirectory", root, 1},
    {"GSSAPIKexAlgorithms", gss_exchanges, 1},
    {"AllowedCertPurpose", cleat_x509_purposes_fault, 0},
    {"X509UserName", user_rules, 0},
};

static cleat_status check_subsystem(const char *line, cleat_error *error)
{
    size_t name = strcspn(line, " \t");
    const char *rest = line + name + strspn(line + name, " \t");
    const char *why = *rest ? command(rest) : "lacks its command";
    return why ? fail(error, "Subsystem", line, why) : CLEAT_OK;
}

/* A command that is run without a shell: nobody looks for it along a path. */
static cleat_status check_program(const cleat_config_row *row, const char *path, cleat_error *error)
{
    char *joined = NULL;
    if (strcmp(path, "none") == 0)
        return CLEAT_OK;
    cleat_status st = port_path_join(&joined, ".", path, error);
    if (st == CLEAT_OK && strcmp(joined, path) != 0)
        st = fail(error, row->name, path, "is not an absolute path");
    port_free(joined);
    return st;
}

static bool is_program(const cleat_config_row *row)
{
    return strcmp(row->name, "AuthorizedKeysCommand") == 0 ||
           strcmp(row->name, "AuthorizedPrincipalsCommand") == 0;
}

/* Only which tokens there are is of interest, not what they stand for. */
static cleat_status check_tokens(const cleat_config_row *row, const char *item, cleat_error *error)
{
    cleat_config_token tokens[TOKENS_MAX];
    size_t count = strlen(row->tokens);
    char *expanded = NULL;
    cleat_error why = {0};
    for (size_t i = 0; i < count; i++)
        tokens[i] = (cleat_config_token){row->tokens[i], ""};
    cleat_status st =
        cleat_config_expand(&expanded, NULL, item, row->tokens, tokens, count, NULL, NULL, &why);
    free(expanded);
    return st == CLEAT_E_CONFIG ? fail(error, row->name, item, why.text) : st;
}

/* What only a server with root's rights can do. */
static cleat_status check_alone(const cleat_config_row *row, const char *item, cleat_error *error)
{
    if (strcmp(row->name, "ChrootDirectory") == 0 && strcmp(item, "none") != 0)
        return fail(error, row->name, item, "takes root's rights, which only --system has");
    if (strcmp(row->name, "AuthenticationMethods") == 0 && !methods_are_keys(item))
        return fail(error, row->name, item,
                    "asks for a method that there is not: a server that serves the user that "
                    "starts it has publickey only");
    return CLEAT_OK;
}

cleat_status check_value(const cleat_config_row *row, const char *const *items, size_t count,
                         bool system, cleat_error *error)
{
    for (size_t i = 0; !system && i < count; i++) {
        if (check_alone(row, items[i], error) != CLEAT_OK)
            return error->status;
    }
    if (strcmp(row->name, "Subsystem") == 0)
        return check_subsystem(items[0], error);
    if (is_program(row) && check_program(row, items[0], error) != CLEAT_OK)
        return error->status;
    for (size_t i = 0; row->tokens && i < count; i++) {
        cleat_status st = check_tokens(row, items[i], error);
        if (st != CLEAT_OK)
            return st;
    }
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        if (strcmp(checks[i].keyword, row->name) != 0)
            continue;
        for (size_t k = 0; k < count; k++) {
            const char *why = checks[i].check(items[k]);
            if (why)
                return fail(error, row->name, items[k], why);
        }
        if (checks[i].most && count > checks[i].most)
            return fail(error, row->name, items[checks[i].most], "is one word too many");
    }
    return CLEAT_OK;
}

const check_algorithm_row check_algorithm_rows[CHECK_ALGORITHM_ROWS] = {
    {"KexAlgorithms", CLEAT_ALG_KEX, true},
    {"Ciphers", CLEAT_ALG_CIPHER, true},
    {"MACs", CLEAT_ALG_MAC, true},
    {"HostKeyAlgorithms", CLEAT_ALG_HOSTKEY, true},
    {"PubkeyAcceptedAlgorithms", CLEAT_ALG_PUBKEY, true},
    {"HostbasedAcceptedAlgorithms", CLEAT_ALG_PUBKEY, false},
    {"CASignatureAlgorithms", CLEAT_ALG_CA, true},
};

static cleat_status check_list(const char *keyword, cleat_alg_kind kind, const char *list,
                               cleat_ctx *ctx, cleat_error *error)
{
    cleat_policy *policy;
    cleat_error why = {0};
    cleat_status st = cleat_policy_new(&policy, ctx, CLEAT_SERVER);
    if (st == CLEAT_OK)
        st = cleat_policy_take_x509(policy);
    if (st == CLEAT_OK)
        st = cleat_policy_set(policy, kind, list, &why);
    cleat_policy_unref(policy);
    if (st != CLEAT_OK) {
        *error = (cleat_error){.status = st};
        snprintf(error->text, sizeof error->text, "%s: %.300s", keyword,
                 why.text[0] ? why.text : cleat_status_text(st));
    }
    return st;
}

cleat_status check_algorithms(const cleat_config_row *row, const char *const *items, size_t count,
                              cleat_ctx *ctx, cleat_error *error)
{
    size_t at = 0;
    cleat_status st = CLEAT_OK;
    while (at < CHECK_ALGORITHM_ROWS && strcmp(check_algorithm_rows[at].keyword, row->name) != 0)
        at++;
    if (at == CHECK_ALGORITHM_ROWS)
        return CLEAT_OK;
    for (size_t i = 0; i < count && st == CLEAT_OK; i++)
        st = check_list(row->name, check_algorithm_rows[at].kind, items[i], ctx, error);
    return st;
}

cleat_status check_match(const cleat_config_question *q, cleat_error *error)
{
    bool address =
        strcmp(q->criterion, "address") == 0 || strcmp(q->criterion, "localaddress") == 0;
    const char *why = address ? addresses(q->argument) : NULL;
    if (why)
        return fail(error, "Match", q->argument, why);
    if (strcmp(q->criterion, "localport") == 0) {
        uint32_t port;
        if (!text_number(q->argument, 65535, &port) || !port)
            return fail(error, "Match", q->argument, "is no port");
    }
    return CLEAT_OK;
}
