/* What the configuration says about one client. */
#include "rules.h"

#include "check.h"
#include "text.h"

#include <cleat/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct evaluation {
    const visitor *visitor; /* NULL: nobody yet */
    bool system;
    cleat_ctx *ctx;
} evaluation;

/* ---- Match ---- */

static bool matches_list(const char *text, const char *patterns)
{
    return text && cleat_pattern_list_match(text, patterns);
}

/* One group that the list excludes is enough, whatever the others are. */
static bool matches_group(const visitor *v, const char *patterns)
{
    char *unless_excluded = text_format("%s,*", patterns);
    bool matches = false;
    bool excluded = !unless_excluded;
    for (char *const *group = v->known ? v->groups : NULL; group && *group && !excluded; group++) {
        matches = matches || cleat_pattern_list_match(*group, patterns);
        excluded = !cleat_pattern_list_match(*group, unless_excluded);
    }
    free(unless_excluded);
    return matches && !excluded;
}

static bool matches_port(uint16_t port, const char *text)
{
    return port && strtoul(text, NULL, 10) == port;
}

/* Names are compared in small letters, as the DNS does not tell the cases apart. */
static bool matches_host(const char *host, const char *patterns)
{
    char *name = host ? text_lower(host) : NULL;
    char *list = text_lower(patterns);
    bool matches = name && list && cleat_pattern_list_match(name, list);
    free(name);
    free(list);
    return matches;
}

static bool matches_address(const char *address, const char *list)
{
    bool malformed;
    return address && cleat_address_list_match(address, list, &malformed);
}

static bool matches(const visitor *v, const char *criterion, const char *argument)
{
    if (strcmp(criterion, "user") == 0)
        return matches_list(v->user, argument);
    if (strcmp(criterion, "invalid-user") == 0)
        return v->user && !v->known;
    if (strcmp(criterion, "group") == 0)
        return matches_group(v, argument);
    if (strcmp(criterion, "host") == 0)
        return matches_host(v->host, argument);
    if (strcmp(criterion, "address") == 0)
        return matches_address(v->address, argument);
    if (strcmp(criterion, "localaddress") == 0)
        return matches_address(v->local_address, argument);
    if (strcmp(criterion, "localport") == 0)
        return matches_port(v->local_port, argument);
    if (strcmp(criterion, "version") == 0)
        return cleat_pattern_list_match("Cleat_" CLEAT_VERSION, argument);
    return false; /* rdomain: nobody comes by a routing domain that this program could tell */
}

static cleat_status on_match(void *user, const cleat_config *c,
                             const cleat_config_question *question, bool *result,
                             cleat_error *error)
{
    const visitor *v = ((const evaluation *)user)->visitor;
    (void)c;
    cleat_status st = check_match(question, error);
    if (st == CLEAT_OK && v)
        *result = matches(v, question->criterion, question->argument);
    return st;
}

static cleat_status on_value(void *user, const cleat_config_row *row, const char *const *items,
                             size_t count, cleat_error *error)
{
    const evaluation *e = user;
    cleat_status st = check_value(row, items, count, e->system, error);
    /* The same lines have been looked at before there was a visitor. */
    if (st == CLEAT_OK && !e->visitor)
        st = check_algorithms(row, items, count, e->ctx, error);
    return st;
}

/* ---- algorithms ---- */

static cleat_status set_list(rules *r, cleat_alg_kind kind, const char *keyword, cleat_error *error)
{
    cleat_error why = {0};
    const char *spec = cleat_config_text(r->config, keyword);
    cleat_status st = spec ? cleat_policy_set(r->policy, kind, spec, &why) : CLEAT_OK;
    if (st == CLEAT_OK)
        return st;
    *error = (cleat_error){.status = st};
    snprintf(error->text, sizeof error->text, "%s: %s: %.300s",
             cleat_config_origin(r->config, keyword), keyword, why.text);
    return st;
}

static cleat_status make_policy(rules *r, cleat_ctx *ctx, cleat_error *error)
{
    cleat_status st = cleat_policy_new(&r->policy, ctx, CLEAT_SERVER);
    if (st == CLEAT_OK && rules_x509(r))
        st = cleat_policy_take_x509(r->policy);
    for (size_t i = 0; i < CHECK_ALGORITHM_ROWS && st == CLEAT_OK; i++) {
        const check_algorithm_row *row = &check_algorithm_rows[i];
        if (row->counts)
            st = set_list(r, row->kind, row->keyword, error);
    }
    if (st == CLEAT_OK && !rules_flag(r, "Compression"))
        st = cleat_policy_set(r->policy, CLEAT_ALG_COMPRESSION, "none", error);
    if (st == CLEAT_OK)
        st = cleat_policy_set_rsa_min(r->policy, (unsigned)rules_number(r, "RequiredRSASize"));
    return st;
}

/* A user may be kept to a command, which variables as LD_PRELOAD would lead out of: where there are
 * many users this has to be said. */
static cleat_status put_system_defaults(const rules *r, cleat_error *error)
{
    static const char keyword[] = "PermitUserEnvironment";
    if (!r->system || cleat_config_is_set(r->config, keyword))
        return CLEAT_OK;
    return cleat_config_put(r->config, keyword, "no", error);
}

bool rules_names_command(const rules *r, const char *keyword)
{
    return cleat_config_is_set(r->config, keyword) &&
           strcmp(cleat_config_item(r->config, keyword, 0), "none") != 0;
}

/* Where there are many users, it must be said which of them runs a command; root is not guessed. */
static cleat_status check_command_users(const rules *r, cleat_error *error)
{
    static const struct {
        const char *command, *user;
    } pairs[] = {{"AuthorizedKeysCommand", "AuthorizedKeysCommandUser"},
                 {"AuthorizedPrincipalsCommand", "AuthorizedPrincipalsCommandUser"}};
    for (size_t i = 0; r->system && i < sizeof pairs / sizeof *pairs; i++) {
        if (!rules_names_command(r, pairs[i].command) || rules_text(r, pairs[i].user))
            continue;
        *error = (cleat_error){.status = CLEAT_E_CONFIG};
        snprintf(error->text, sizeof error->text, "%s: %s: %s must say who is to run it",
                 cleat_config_origin(r->config, pairs[i].command), pairs[i].command, pairs[i].user);
        return CLEAT_E_CONFIG;
    }
    return CLEAT_OK;
}

/* ---- life ---- */

cleat_status rules_new(rules **out, config_files *files, cleat_ctx *ctx, const visitor *v,
                       cleat_error *error)
{
    evaluation whom = {.visitor = v, .system = config_files_arguments(files)->system, .ctx = ctx};
    const cleat_config_host host = {
        .struct_size = sizeof host, .user = &whom, .match = on_match, .check = on_value};
    rules *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r)
        return CLEAT_E_NOMEM;
    r->references = 1;
    cleat_status st = cleat_config_new(&r->config, NULL, cleat_config_server_table());
    if (st == CLEAT_OK)
        st = config_files_read(files, r->config, &host, error);
    r->system = whom.system;
    if (st == CLEAT_OK)
        st = put_system_defaults(r, error);
    if (st == CLEAT_OK && !v) /* a block may take the command away, or name a user */
        st = check_command_users(r, error);
    if (st == CLEAT_OK)
        st = make_policy(r, ctx, error);
    if (st == CLEAT_OK)
        *out = r;
    else
        rules_unref(r);
    return st;
}

rules *rules_ref(rules *r)
{
    r->references++;
    return r;
}

void rules_unref(rules *r)
{
    if (!r || --r->references)
        return;
    cleat_policy_unref(r->policy);
    cleat_config_free(r->config);
    free(r);
}

/* ---- values ---- */

bool rules_x509(const rules *r)
{
    return cleat_config_is_set(r->config, "CACertificateFile") ||
           cleat_config_is_set(r->config, "CACertificatePath");
}

/* In system mode they are yes from the start. */
static bool by_pam(const rules *r, const char *keyword)
{
    bool wanted = !cleat_config_is_set(r->config, keyword) || rules_flag(r, keyword);
    return r->system && wanted && rules_flag(r, "UsePAM");
}

bool rules_passwords(const rules *r)
{
    return by_pam(r, "PasswordAuthentication");
}

bool rules_questions(const rules *r)
{
    return by_pam(r, "KbdInteractiveAuthentication");
}

bool rules_flag(const rules *r, const char *keyword)
{
    return cleat_config_flag_of(r->config, keyword);
}

int64_t rules_number(const rules *r, const char *keyword)
{
    return cleat_config_number(r->config, keyword);
}

const char *rules_text(const rules *r, const char *keyword)
{
    const char *text = cleat_config_text(r->config, keyword);
    return text && !text_same(text, "none") ? text : NULL;
}

cleat_log_level rules_log_level(const rules *r)
{
    return (cleat_log_level)rules_number(r, "LogLevel"); /* the row's words are in its order */
}

cleat_fingerprint_hash rules_fingerprint_hash(const rules *r)
{
    return rules_number(r, "FingerprintHash") ? CLEAT_FINGERPRINT_MD5 : CLEAT_FINGERPRINT_SHA256;
}

uint32_t rules_rekey_seconds(const rules *r)
{
    uint32_t seconds = 0;
    const char *text = cleat_config_item(r->config, "RekeyLimit", 1);
    return text && cleat_config_time(text, &seconds) ? seconds : 0;
}
