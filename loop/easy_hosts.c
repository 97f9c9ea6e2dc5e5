/* Is it the right host? What known_hosts files say, and then the program. */
#include "easy_int.h"

#include <stdio.h>
#include <string.h>

enum { FILE_MAX = 64 << 20 };

/* The i-th file to look into; NULL past the end. Released with port_free. */
static char *file_at(const cleat_easy *e, size_t i)
{
    const char *named = e->options->known_hosts;
    char *folder = NULL;
    char *path = NULL;
    if (named && (i > 0 || strcmp(named, "none") == 0))
        return NULL;
    if (named)
        return port_path_expand(&path, named, NULL) == CLEAT_OK ? path : NULL;
    if (i > 1 ||
        port_path(&folder, i ? PORT_PLACE_SYSTEM_SSH : PORT_PLACE_USER_SSH, NULL) != CLEAT_OK)
        return NULL;
    easy_ignore(port_path_join(&path, folder, i ? "ssh_known_hosts" : "known_hosts", NULL));
    port_free(folder);
    return path;
}

/* A file that is not there says nothing; one that cannot be read might have said no. */
static cleat_status look(const cleat_easy *e, const char *path, const cleat_key *key,
                         cleat_host_answer *answer, cleat_error *error)
{
    uint8_t *data;
    size_t len;
    cleat_error why = {0};
    *answer = (cleat_host_answer){0};
    cleat_status st = port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, FILE_MAX, &why);
    if (st == CLEAT_E_NO_SUCH)
        return CLEAT_OK;
    if (st != CLEAT_OK)
        return loop_fail(error, st, "%s", why.text);
    st = cleat_known_hosts_check(e->ctx, (cleat_slice){data, len}, e->host, e->port, key, answer);
    port_free(data);
    if (st != CLEAT_OK)
        return loop_fail(error, st, "\"%s\" is no host name", e->host);
    return CLEAT_OK;
}

cleat_status easy_hosts_prefer(cleat_easy *e)
{
    char *path;
    cleat_host_answer answer = {0};
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; st == CLEAT_OK && !answer.key_types[0] && (path = file_at(e, i)); i++) {
        st = look(e, path, NULL, &answer, &e->why);
        port_free(path);
    }
    if (st == CLEAT_OK && answer.key_types[0])
        st = cleat_policy_prefer(e->policy, CLEAT_ALG_HOSTKEY, answer.key_types);
    return st;
}

static void remember(cleat_easy *e, const cleat_key *key)
{
    cleat_bytes line = {0};
    cleat_error error = {0};
    char *folder = NULL;
    char *path = file_at(e, 0);
    cleat_status st = path ? cleat_known_hosts_line(e->ctx, e->host, e->port, key, false, &line)
                           : CLEAT_E_NO_SUCH;
    if (st == CLEAT_OK && !e->options->known_hosts)
        st = port_path(&folder, PORT_PLACE_USER_SSH, &error);
    if (st == CLEAT_OK && folder)
        st = port_dir_create(folder, &error);
    if (st == CLEAT_OK) {
        line.data[line.len - 1] = 0; /* port_file_append adds the line end */
        st = port_file_append(path, (const char *)line.data, &error);
    }
    if (st != CLEAT_OK)
        easy_give_up(e, st, "the host's key cannot be remembered: %s",
                     error.text[0] ? error.text : "there is no known_hosts file");
    cleat_bytes_free(&line);
    port_free(folder);
    port_free(path);
}

static bool ask_program(cleat_easy *e, const cleat_key *key, const char *fingerprint)
{
    const cleat_easy_options *o = e->options;
    const cleat_easy_host host = {
        .host = e->host, .port = e->port, .key = key, .fingerprint = fingerprint};
    cleat_easy_host_answer answer = CLEAT_EASY_REFUSE;
    uint64_t left;
    if (o->check_host) {
        bool running = easy_pause(e, &left);
        answer = o->check_host(o->callback_user, &host);
        if (running)
            easy_resume(e, left);
    }
    if (answer == CLEAT_EASY_REMEMBER)
        remember(e, key);
    if (answer == CLEAT_EASY_REFUSE)
        easy_give_up(e, CLEAT_E_HOSTKEY,
                     o->check_host ? "the program refused %s's %s key %s"
                                   : "%s is not a known host. Its %s key is %s: compare that with "
                                     "the host's own (ssh-keygen -l), then add the host to "
                                     "known_hosts, or decide in options.check_host",
                     e->host, cleat_key_label(key), fingerprint);
    return e->why.status == CLEAT_OK;
}

/* Gives up where a file forbids the key. True: a file knows it. */
static bool ask_files(cleat_easy *e, const cleat_key *key, const char *fingerprint)
{
    char *path;
    bool known = false;
    cleat_host_answer answer;
    cleat_error error = {0};
    cleat_error changed = {0};
    for (size_t i = 0; (path = file_at(e, i)) != NULL; i++) {
        cleat_status st = look(e, path, key, &answer, &error);
        if (st != CLEAT_OK)
            easy_give_up(e, CLEAT_E_HOSTKEY, "known hosts: %s", error.text);
        else if (answer.verdict == CLEAT_HOST_REVOKED)
            easy_give_up(e, CLEAT_E_HOSTKEY, "%s line %u revokes the key that %s sent: %s", path,
                         answer.line, e->host, fingerprint);
        else if (answer.verdict == CLEAT_HOST_CHANGED)
            loop_fail(&changed, CLEAT_E_HOSTKEY,
                      "the %s key of %s has changed: it is %s now, and another one in %s line %u. "
                      "Someone may be in between; if the host has a new key, remove that line",
                      cleat_key_label(key), e->host, fingerprint, path, answer.line);
        known = known || (st == CLEAT_OK && answer.verdict == CLEAT_HOST_KNOWN);
        port_free(path);
    }
    if (!known && changed.status != CLEAT_OK)
        easy_give_up(e, changed.status, "%s", changed.text);
    return known;
}

static bool decide(cleat_easy *e, const cleat_key *key)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    if (cleat_key_fingerprint(key, CLEAT_FINGERPRINT_SHA256, fingerprint) != CLEAT_OK)
        return false;
    bool known = ask_files(e, key, fingerprint);
    if (e->why.status != CLEAT_OK)
        return false;
    return known || ask_program(e, key, fingerprint);
}

void easy_hosts_check(cleat_easy *e, const cleat_event *ev)
{
    cleat_key *key = NULL;
    bool good =
        e->options && cleat_key_from_blob(&key, e->ctx, ev->u.hostkey.blob, NULL) == CLEAT_OK;
    good = good && decide(e, key);
    cleat_key_unref(key);
    if (e->uv)
        easy_ignore(cleat_answer_hostkey(cleat_uv_conn(e->uv), ev->query, good));
}
