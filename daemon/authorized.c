/* The user's keys. */
#include "authorized.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEYS_FILE_MAX = 1 << 20 };

/* One key looked for. */
typedef struct search {
    const connection *c;
    const cleat_key *key;
    cleat_key_options *options;
    port_trust trust;
    bool found;
} search;

/* One event for each line of the file that the key is in and may not be used by. */
static void log_refusals(const connection *c, const cleat_bytes *problems)
{
    const char *at = problems->len ? (const char *)problems->data : "";
    for (int len; *at; at += len + (at[len] == '\n')) {
        len = (int)strcspn(at, "\n");
        log_about(c, CLEAT_LOG_INFO, "Key refused: %.*s", len, at);
    }
}

static void in_file(search *s, const char *path)
{
    const server *daemon = s->c->server;
    uint8_t *data = NULL;
    size_t len = 0;
    cleat_error error = {0};
    cleat_bytes problems = {0};
    const cleat_key_peer peer = {
        .address = s->c->ends.peer, .host = s->c->host, .now = (int64_t)time(NULL)};
    cleat_status st =
        port_file_read(&data, &len, path, s->trust, daemon->user->home, KEYS_FILE_MAX, &error);
    if (st != CLEAT_OK) {
        log_about(s->c, st == CLEAT_E_NO_SUCH ? CLEAT_LOG_DEBUG1 : CLEAT_LOG_INFO,
                  "Authentication refused: %s", error.text);
        return;
    }
    st = cleat_authorized_keys_find(daemon->ctx, (cleat_slice){data, len}, path, s->key, &peer,
                                    s->options, &problems);
    log_refusals(s->c, &problems);
    cleat_bytes_free(&problems);
    port_free(data);
    s->found = st == CLEAT_OK;
}

static void in_matching_files(search *s, const char *pattern)
{
    char **paths;
    cleat_error error = {0};
    if (port_path_glob(&paths, pattern, &error) != CLEAT_OK) {
        log_about(s->c, CLEAT_LOG_ERROR, "%s", error.text);
        return;
    }
    for (size_t i = 0; paths[i] && !s->found; i++)
        in_file(s, paths[i]);
    port_free(paths);
}

/* A relative name is in the home directory. */
static char *expand(const search *s, const char *pattern)
{
    const port_user *user = s->c->server->user;
    const cleat_config_token tokens[] = {{'h', user->home}, {'u', user->name}, {'U', user->id}};
    char *expanded = NULL;
    char *joined = NULL;
    cleat_error error = {0};
    cleat_status st =
        cleat_config_expand(&expanded, NULL, pattern, "hUu", tokens, 3, NULL, NULL, &error);
    if (st == CLEAT_OK)
        st = port_path_join(&joined, user->home, expanded, &error);
    if (st != CLEAT_OK)
        log_about(s->c, CLEAT_LOG_ERROR, "AuthorizedKeysFile %s: %s", pattern, error.text);
    char *out = joined ? text_format("%s", joined) : NULL;
    port_free(joined);
    free(expanded);
    return out;
}

static void in_configured(search *s, const char *pattern)
{
    char *path = strcmp(pattern, "none") == 0 ? NULL : expand(s, pattern);
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

bool authorized_find(const connection *c, const cleat_key *key, cleat_key_options *options)
{
    const cleat_config *config = c->rules->config;
    search s = {.c = c, .key = key, .options = options, .trust = PORT_TRUST_ANY};
    if (rules_flag(c->rules, "StrictModes"))
        s.trust = PORT_TRUST_STRICT;
    for (size_t i = 0; i < cleat_config_count(config, "AuthorizedKeysFile") && !s.found; i++)
        in_configured(&s, cleat_config_item(config, "AuthorizedKeysFile", i));
    if (!s.found && !cleat_config_is_set(config, "AuthorizedKeysFile"))
        in_state(&s);
    return s.found;
}

static bool holds(const connection *c, const char *path, const cleat_key *key)
{
    uint8_t *data;
    size_t len;
    cleat_error error = {0};
    if (port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, KEYS_FILE_MAX, &error) !=
        CLEAT_OK) {
        log_about(c, CLEAT_LOG_ERROR, "RevokedKeys: no key is accepted: %s", error.text);
        return true;
    }
    bool has = cleat_key_list_has(c->server->ctx, (cleat_slice){data, len}, key);
    port_free(data);
    return has;
}

bool authorized_is_revoked(const connection *c, const cleat_key *key)
{
    const cleat_config *config = c->rules->config;
    for (size_t i = 0; i < cleat_config_count(config, "RevokedKeys"); i++) {
        const char *path = cleat_config_item(config, "RevokedKeys", i);
        if (strcmp(path, "none") != 0 && holds(c, path, key))
            return true;
    }
    return false;
}
