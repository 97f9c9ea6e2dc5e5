/* Who may log in: the user that runs the daemon, with one of the keys in that user's files. */
#include "server.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEYS_FILE_MAX = 1 << 20 };

static bool search_file(connection *c, const char *path, port_trust trust, const cleat_key *key)
{
    server *s = c->server;
    uint8_t *data = NULL;
    size_t len = 0;
    cleat_error error = {0};
    cleat_bytes problems = {0};
    const cleat_key_peer peer = {.address = c->ends.peer, .now = (int64_t)time(NULL)};
    cleat_status st =
        port_file_read(&data, &len, path, trust, s->user->home, KEYS_FILE_MAX, &error);
    if (st != CLEAT_OK) {
        log_line(st == CLEAT_E_NO_SUCH ? CLEAT_LOG_DEBUG1 : CLEAT_LOG_INFO,
                 "Authentication refused: %s", error.text);
        return false;
    }
    cleat_key_options_free(&c->options);
    st = cleat_authorized_keys_find(s->ctx, (cleat_slice){data, len}, path, key, &peer, &c->options,
                                    &problems);
    if (problems.len)
        log_line(CLEAT_LOG_INFO, "Key refused: %s", (const char *)problems.data);
    cleat_bytes_free(&problems);
    port_free(data);
    return st == CLEAT_OK;
}

/* %h and %u; a relative name is beneath the home directory. */
static char *expand(const server *s, const char *pattern)
{
    char *out = text_format("%s%s", pattern[0] == '/' || pattern[0] == '%' ? "" : s->user->home,
                            pattern[0] == '/' || pattern[0] == '%' ? "" : "/");
    for (const char *p = pattern; out && *p; p++) {
        char one[2] = {*p, 0};
        const char *piece = one;
        if (*p == '%' && p[1])
            piece = *++p == 'h' ? s->user->home : *p == 'u' ? s->user->name : "%";
        char *longer = text_format("%s%s", out, piece);
        free(out);
        out = longer;
    }
    return out;
}

static bool search_named(connection *c, const char *pattern, const cleat_key *key)
{
    char *path = expand(c->server, pattern);
    port_trust trust = c->server->settings.strict_modes ? PORT_TRUST_STRICT : PORT_TRUST_ANY;
    bool found = path && search_file(c, path, trust, key);
    free(path);
    return found;
}

static bool key_is_authorized(connection *c, const cleat_key *key)
{
    const settings_list *files = &c->server->settings.authorized_keys;
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->items[i], "none") != 0 && search_named(c, files->items[i], key))
            return true;
    }
    if (files->count)
        return false;
    char *ours = text_format("%s/authorized_keys", c->server->state_dir);
    bool found = search_named(c, ".ssh/authorized_keys", key) ||
                 (ours && search_file(c, ours, PORT_TRUST_CONFIG, key));
    free(ours);
    return found;
}

/* The files are searched whoever asks, so that the time does not tell who is served here. */
static bool decide_key(connection *c, const cleat_event *ev)
{
    cleat_key *key = NULL;
    bool right_user = strcmp(ev->u.auth.user, c->server->user->name) == 0;
    if (!c->server->settings.pubkey ||
        cleat_key_from_blob(&key, c->server->ctx, ev->u.auth.key_blob, NULL) != CLEAT_OK)
        return false;
    bool right_key = key_is_authorized(c, key);
    cleat_key_unref(c->key);
    c->key = key;
    return right_user && right_key;
}

static void log_verdict(const connection *c, const cleat_event *ev, bool accepted)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX] = "";
    bool probe = ev->u.auth.method == CLEAT_AUTH_PUBLICKEY_PROBE;
    bool known = strcmp(ev->u.auth.user, c->server->user->name) == 0;
    if (c->key && cleat_key_fingerprint(c->key, CLEAT_FINGERPRINT_SHA256, fingerprint) != CLEAT_OK)
        fingerprint[0] = 0;
    log_line(probe && accepted ? CLEAT_LOG_DEBUG1 : CLEAT_LOG_INFO,
             "%s publickey for %s%s from %s port %u ssh2: %s %s",
             !accepted ? "Failed"
             : probe   ? "Postponed"
                       : "Accepted",
             known ? "" : "invalid user ", ev->u.auth.user, c->ends.peer,
             (unsigned)c->ends.peer_port, c->key ? cleat_key_label(c->key) : "?", fingerprint);
}

void auth_decide(connection *c, const cleat_event *ev)
{
    cleat_conn *conn = cleat_uv_conn(c->uv);
    bool key_method = ev->u.auth.method == CLEAT_AUTH_PUBLICKEY_PROBE ||
                      ev->u.auth.method == CLEAT_AUTH_PUBLICKEY;
    bool accepted = key_method && decide_key(c, ev);
    if (key_method)
        log_verdict(c, ev, accepted);
    cleat_status st = cleat_answer_auth(
        conn, ev->query, accepted ? CLEAT_AUTH_ACCEPT : CLEAT_AUTH_REJECT, "publickey");
    if (st != CLEAT_OK)
        log_line(CLEAT_LOG_DEBUG1, "answer to an authentication request: %s",
                 cleat_status_text(st));
}
