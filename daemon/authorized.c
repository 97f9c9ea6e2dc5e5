/* The user's keys. */
#include "authorized.h"

#include "authorities.h"
#include "text.h"

#include "parts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEYS_FILE_MAX = 64 << 20, REVOKED_FILE_MAX = 64 << 20 };

/* One key looked for. */
typedef struct search {
    const connection *c;
    const claim *what;
    cleat_key_options *options;
    port_trust trust;
    bool of_names; /* the files have names that a certificate may be for */
    const char *path;
    unsigned lines; /* before the piece that is searched */
    bool found;
} search;

/* One event for each line of the file that the key or the authority is in, and may not be used by.
 */
static void log_refusals(const search *s, const cleat_bytes *problems)
{
    const char *at = problems->len ? (const char *)problems->data : "";
    for (int len; *at; at += len + (at[len] == '\n')) {
        len = (int)strcspn(at, "\n");
        log_about(s->c, CLEAT_LOG_INFO, "%s refused: %.*s",
                  s->what->cert || s->what->chain ? "Certificate" : "Key", len, at);
    }
}

static cleat_status look_up(const search *s, cleat_slice file, const char *path,
                            cleat_bytes *problems)
{
    const connection *c = s->c;
    cleat_ctx *ctx = c->server->ctx;
    const cleat_key_peer peer = {
        .address = c->ends.peer, .host = c->host, .now = (int64_t)time(NULL), .lines = s->lines};
    const cleat_cert_use use = {.struct_size = sizeof use,
                                .kind = CLEAT_CERT_USER,
                                .name = c->account->user->name,
                                .address = c->ends.peer,
                                .now = peer.now,
                                .algorithms = cleat_policy_get(c->rules->policy, CLEAT_ALG_CA),
                                .rsa_min_bits = cleat_policy_rsa_min(c->rules->policy)};
    if (s->of_names)
        return cleat_principals_find(ctx, file, path, s->what->cert, &use, &peer, s->options,
                                     problems);
    if (s->what->cert)
        return cleat_authorized_keys_find_cert(ctx, file, path, s->what->cert, &use, &peer,
                                               s->options, problems);
    if (s->what->chain)
        return cleat_authorized_keys_find_x509(ctx, file, path, s->what->chain, &peer, s->options,
                                               problems);
    return cleat_authorized_keys_find(ctx, file, path, s->what->key, &peer, s->options, problems);
}

static void take_from(search *s, cleat_slice file, const char *path)
{
    cleat_bytes problems = {0};
    cleat_status st = look_up(s, file, path, &problems);
    log_refusals(s, &problems);
    cleat_bytes_free(&problems);
    s->found = st == CLEAT_OK;
}

/* A user's file is read with the user's rights, so that nobody is shown another's by a link. */
static bool borrow_rights(const search *s, const port_user *whose)
{
    cleat_error error = {0};
    const account *a = s->c->account;
    if (!s->c->server->arguments->system)
        return true;
    if (whose && !a->exists)
        return false;
    if (port_user_act_as(whose, &error) == CLEAT_OK)
        return true;
    log_about(s->c, CLEAT_LOG_ERROR, "%s", error.text);
    return false;
}

static void give_rights_back(const search *s)
{
    if (!borrow_rights(s, NULL))
        port_part_exit(1); /* nothing that is done with other rights than expected is safe */
}

static bool take_piece(void *user, cleat_slice piece)
{
    search *s = user;
    take_from(s, piece, s->path);
    s->lines += port_lines_in(piece);
    return !s->found;
}

static void in_file(search *s, const char *path)
{
    cleat_error error = {0};
    if (!borrow_rights(s, s->c->account->user))
        return;
    s->path = path;
    cleat_status st = port_file_read_lines(path, s->trust, s->c->account->user->home, KEYS_FILE_MAX,
                                           take_piece, s, &error);
    s->lines = 0;
    give_rights_back(s);
    if (st != CLEAT_OK)
        log_about(s->c, st == CLEAT_E_NO_SUCH ? CLEAT_LOG_DEBUG1 : CLEAT_LOG_INFO,
                  "Authentication refused: %s", error.text);
}

static void in_matching_files(search *s, const char *pattern)
{
    char **paths;
    cleat_error error = {0};
    if (!borrow_rights(s, s->c->account->user))
        return;
    cleat_status st = port_path_glob(&paths, pattern, &error);
    give_rights_back(s);
    if (st != CLEAT_OK) {
        log_about(s->c, CLEAT_LOG_ERROR, "%s", error.text);
        return;
    }
    for (size_t i = 0; paths[i] && !s->found; i++)
        in_file(s, paths[i]);
    port_free(paths);
}

/* A relative name is in the home directory. */
static char *expand(const search *s, const char *keyword, const char *pattern)
{
    const port_user *user = s->c->account->user;
    const cleat_config_token tokens[] = {{'h', user->home}, {'u', user->name}, {'U', user->id}};
    char *expanded = NULL;
    char *joined = NULL;
    cleat_error error = {0};
    cleat_status st =
        cleat_config_expand(&expanded, NULL, pattern, "hUu", tokens, 3, NULL, NULL, &error);
    if (st == CLEAT_OK)
        st = port_path_join(&joined, user->home, expanded, &error);
    if (st != CLEAT_OK)
        log_about(s->c, CLEAT_LOG_ERROR, "%s %s: %s", keyword, pattern, error.text);
    char *out = joined ? text_format("%s", joined) : NULL;
    port_free(joined);
    free(expanded);
    return out;
}

static void in_configured(search *s, const char *pattern)
{
    char *path = strcmp(pattern, "none") == 0 ? NULL : expand(s, "AuthorizedKeysFile", pattern);
    if (path && strpbrk(pattern, "*?["))
        in_matching_files(s, path);
    else if (path)
        in_file(s, path);
    free(path);
}

/* The file that the first start makes is ours, and nobody's home. */
static void in_state(search *s)
{
    char *path = text_format("%s/authorized_keys", s->c->server->state_dir);
    s->trust = PORT_TRUST_CONFIG;
    if (path)
        in_file(s, path);
    free(path);
}

/* ---- TrustedUserCAKeys ---- */

static bool is_trusted(const connection *c, const char *path, const cleat_key *authority)
{
    uint8_t *data;
    size_t len;
    cleat_error error = {0};
    if (port_file_read(&data, &len, path, PORT_TRUST_REGULAR, NULL, KEYS_FILE_MAX, &error) !=
        CLEAT_OK) {
        log_about(c, CLEAT_LOG_ERROR, "TrustedUserCAKeys: no certificate is accepted: %s",
                  error.text);
        return false;
    }
    bool trusted = cleat_key_list_trusts(c->server->ctx, (cleat_slice){data, len}, authority);
    port_free(data);
    return trusted;
}

bool authorized_by_authority(const connection *c, const claim *what)
{
    const char *trusted = rules_text(c->rules, "TrustedUserCAKeys");
    return what->cert && trusted && is_trusted(c, trusted, cleat_cert_authority(what->cert));
}

/* The user's own name as a file of names. It restricts nothing: whether a security key must be
 * touched is for the certificate alone to say. */
static void by_own_name(search *s)
{
    char *line = text_format("no-touch-required %s", s->c->account->user->name);
    if (line)
        take_from(s, cleat_slice_of(line), "the user's name,");
    free(line);
}

/* For a name of AuthorizedPrincipalsFile, where there is one; for the user's if no command is to be
 * asked for names either. */
static void by_authority(search *s)
{
    const rules *r = s->c->rules;
    const char *names = rules_text(r, "AuthorizedPrincipalsFile");
    bool asks = rules_text(r, "AuthorizedPrincipalsCommand") != NULL;
    if (!authorized_by_authority(s->c, s->what))
        return;
    s->of_names = true;
    char *path = names ? expand(s, "AuthorizedPrincipalsFile", names) : NULL;
    if (path)
        in_file(s, path);
    if (path && !s->found && !asks)
        log_about(s->c, CLEAT_LOG_INFO, "Certificate refused: it has no name by %s", path);
    if (!names && !asks)
        by_own_name(s);
    s->of_names = false;
    free(path);
}

/* ---- */

bool authorized_find(const connection *c, const claim *what, cleat_key_options *options)
{
    const cleat_config *config = c->rules->config;
    search s = {.c = c, .what = what, .options = options, .trust = PORT_TRUST_REGULAR};
    if (rules_flag(c->rules, "StrictModes"))
        s.trust = PORT_TRUST_STRICT;
    if (what->cert)
        by_authority(&s);
    if (what->chain)
        s.found = authorities_name(c, what->chain);
    for (size_t i = 0; i < cleat_config_count(config, "AuthorizedKeysFile") && !s.found; i++)
        in_configured(&s, cleat_config_item(config, "AuthorizedKeysFile", i));
    if (!s.found && !c->server->arguments->system &&
        !cleat_config_is_set(config, "AuthorizedKeysFile"))
        in_state(&s);
    return s.found;
}

bool authorized_find_in(const connection *c, const claim *what, authorized_place place,
                        cleat_slice output, const char *path, cleat_key_options *options)
{
    search s = {.c = c, .what = what, .options = options, .of_names = place == AUTHORIZED_NAMES};
    take_from(&s, output, path);
    if (s.of_names && !s.found)
        log_about(c, CLEAT_LOG_INFO, "Certificate refused: it has no name by %s", path);
    return s.found;
}

/* The key, or what it comes in. */
static bool names(const connection *c, cleat_slice file, const cleat_key *key, const claim *what)
{
    cleat_ctx *ctx = c->server->ctx;
    return cleat_key_is_revoked(ctx, file, key, what ? what->cert : NULL) ||
           (what && what->chain && cleat_x509_is_revoked(ctx, file, what->chain));
}

static bool revokes(const connection *c, const char *path, const cleat_key *key, const claim *what)
{
    uint8_t *data;
    size_t len;
    cleat_error error = {0};
    if (port_file_read(&data, &len, path, PORT_TRUST_REGULAR, NULL, REVOKED_FILE_MAX, &error) !=
        CLEAT_OK) {
        log_about(c, CLEAT_LOG_ERROR, "RevokedKeys: no key is accepted: %s", error.text);
        return true;
    }
    bool has = names(c, (cleat_slice){data, len}, key, what);
    port_free(data);
    return has;
}

static bool is_revoked(const connection *c, const cleat_key *key, const claim *what)
{
    const cleat_config *config = c->rules->config;
    for (size_t i = 0; i < cleat_config_count(config, "RevokedKeys"); i++) {
        const char *path = cleat_config_item(config, "RevokedKeys", i);
        if (strcmp(path, "none") != 0 && revokes(c, path, key, what))
            return true;
    }
    return false;
}

bool authorized_is_revoked(const connection *c, const claim *what)
{
    return is_revoked(c, what->key, what);
}

bool authorized_key_is_revoked(const connection *c, const cleat_key *key)
{
    return is_revoked(c, key, NULL);
}
