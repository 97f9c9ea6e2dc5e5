/* Is this the host's key? known_hosts, StrictHostKeyChecking and the question to the user. */
#include "ssh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN_HOSTS_MAX = 16 << 20 };

static const char *name_of(const ssh_run *r)
{
    return r->options.alias ? r->options.alias : r->target;
}

static uint16_t port_of(const ssh_run *r)
{
    return r->options.alias ? 22 : r->port;
}

static char *user_file(const ssh_run *r, size_t i)
{
    const text_list *list = &r->options.known_hosts;
    char *path = NULL;
    char *folder = NULL;
    if (list->count)
        return i < list->count && port_path_expand(&path, list->items[i], NULL) == CLEAT_OK ? path
                                                                                            : NULL;
    if (i == 0 && port_path(&folder, PORT_PLACE_USER_SSH, NULL) == CLEAT_OK &&
        port_path_join(&path, folder, "known_hosts", NULL) != CLEAT_OK)
        path = NULL;
    port_free(folder);
    return path;
}

static char *file_at(const ssh_run *r, size_t i)
{
    size_t mine = r->options.known_hosts.count ? r->options.known_hosts.count : 1;
    char *path = NULL;
    if (i < mine)
        return user_file(r, i);
    const char *global =
        r->options.global_known_hosts ? r->options.global_known_hosts : "/etc/ssh/ssh_known_hosts";
    return i == mine && port_path_expand(&path, global, NULL) == CLEAT_OK ? path : NULL;
}

static bool check_file(const ssh_run *r, const char *path, const cleat_key *key,
                       cleat_host_answer *answer)
{
    uint8_t *data;
    size_t len;
    if (port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, KNOWN_HOSTS_MAX, NULL) != CLEAT_OK)
        return false;
    bool read = cleat_known_hosts_check(r->ctx, (cleat_slice){data, len}, name_of(r), port_of(r),
                                        key, answer) == CLEAT_OK;
    port_free(data);
    return read;
}

/* The host key algorithms of keys that we know come first, so that the server shows one of them. */
void hostkey_prefer(ssh_run *r)
{
    char *path;
    for (size_t i = 0; (path = file_at(r, i)) != NULL; i++) {
        cleat_host_answer answer;
        bool known = check_file(r, path, NULL, &answer) && answer.key_types[0];
        port_free(path);
        if (!known)
            continue;
        char *rsa = strstr(answer.key_types, "ssh-rsa")
                        ? text_format("%s,rsa-sha2-512,rsa-sha2-256", answer.key_types)
                        : NULL;
        cleat_status st =
            cleat_policy_prefer(r->policy, CLEAT_ALG_HOSTKEY, rsa ? rsa : answer.key_types);
        free(rsa);
        if (st == CLEAT_OK)
            return;
    }
}

static void remember(const ssh_run *r, const cleat_key *key)
{
    cleat_bytes line = {0};
    cleat_error error = {0};
    char *path = user_file(r, 0);
    if (!path || strcmp(path, "/dev/null") == 0 ||
        cleat_known_hosts_line(r->ctx, name_of(r), port_of(r), key, r->options.hash_known_hosts,
                               &line) != CLEAT_OK) {
        port_free(path);
        return;
    }
    line.data[line.len - 1] = 0; /* port_file_append adds the line end */
    char *slash = strrchr(path, '/');
    if (slash) {
        *slash = 0;
        if (port_dir_create(path, &error) != CLEAT_OK)
            say(CLEAT_LOG_ERROR, "%s", error.text);
        *slash = '/';
    }
    if (port_file_append(path, (const char *)line.data, &error) == CLEAT_OK)
        say(CLEAT_LOG_INFO, "Warning: Permanently added '%s' (%s) to the list of known hosts.",
            name_of(r), cleat_key_label(key));
    else
        say(CLEAT_LOG_ERROR, "Failed to add the host to %s: %s", path, error.text);
    cleat_bytes_free(&line);
    port_free(path);
}

static void warn_changed(const ssh_run *r, const cleat_key *key, const char *path, unsigned line,
                         bool revoked)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX] = "";
    if (cleat_key_fingerprint(key, CLEAT_FINGERPRINT_SHA256, fingerprint) != CLEAT_OK)
        fingerprint[0] = 0;
    say(CLEAT_LOG_ERROR, "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@");
    say(CLEAT_LOG_ERROR, revoked ? "@          WARNING: REVOKED HOST KEY DETECTED!            @"
                                 : "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @");
    say(CLEAT_LOG_ERROR, "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@");
    say(CLEAT_LOG_ERROR, "Someone may be reading along, or the host has a new key.");
    say(CLEAT_LOG_ERROR, "The %s key that %s sent is %s.", cleat_key_label(key), name_of(r),
        fingerprint);
    say(CLEAT_LOG_ERROR, "Offending key in %s:%u; once you are sure, remove that line.", path,
        line);
}

static bool ask(const ssh_run *r, const cleat_key *key)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    if (r->options.batch ||
        cleat_key_fingerprint(key, CLEAT_FINGERPRINT_SHA256, fingerprint) != CLEAT_OK)
        return false;
    char *prompt =
        text_format("The authenticity of host '%s (%s)' can't be established.\n"
                    "%s key fingerprint is %s.\n"
                    "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
                    name_of(r), r->ends.peer, cleat_key_label(key), fingerprint);
    char *answer = prompt ? prompt_read(r, prompt, true) : NULL;
    bool yes = answer && (strcmp(answer, "yes") == 0 || strcmp(answer, fingerprint) == 0);
    if (answer)
        port_free_secret(answer, strlen(answer));
    free(prompt);
    return yes;
}

static bool accept_new(ssh_run *r, const cleat_key *key)
{
    host_checking how = r->options.checking_set ? r->options.checking : CHECK_ASK;
    if (how == CHECK_YES) {
        say(CLEAT_LOG_ERROR,
            "No %s host key is known for %s and you have requested strict checking.",
            cleat_key_label(key), name_of(r));
        return false;
    }
    if (how == CHECK_ASK && !ask(r, key))
        return false;
    remember(r, key);
    return true;
}

/* The first file with an opinion decides; a revoked key is refused whatever the others say. */
static bool decide(ssh_run *r, const cleat_key *key)
{
    char *path;
    bool known = false;
    bool changed = false;
    for (size_t i = 0; (path = file_at(r, i)) != NULL; i++) {
        cleat_host_answer answer = {0};
        bool read = check_file(r, path, key, &answer);
        bool revoked = read && answer.verdict == CLEAT_HOST_REVOKED;
        if (revoked || (read && answer.verdict == CLEAT_HOST_CHANGED && !known)) {
            warn_changed(r, key, path, answer.line, revoked);
            changed = true;
        }
        known = known || (read && answer.verdict == CLEAT_HOST_KNOWN);
        port_free(path);
        if (revoked)
            return false;
    }
    if (known)
        return true;
    /* StrictHostKeyChecking no connects even then, as OpenSSH does, with password login off. */
    if (changed && r->options.checking_set && r->options.checking == CHECK_NO) {
        say(CLEAT_LOG_ERROR, "Password and keyboard-interactive authentication are disabled to "
                             "avoid giving them to someone in the middle.");
        r->options.password_off = r->options.kbdint_off = true;
        return true;
    }
    return !changed && accept_new(r, key);
}

void hostkey_decide(ssh_run *r, const cleat_event *ev)
{
    cleat_key *key = NULL;
    char fingerprint[CLEAT_FINGERPRINT_MAX] = "";
    bool good = cleat_key_from_blob(&key, r->ctx, ev->u.hostkey.blob, NULL) == CLEAT_OK;
    if (good && cleat_key_fingerprint(key, CLEAT_FINGERPRINT_SHA256, fingerprint) == CLEAT_OK)
        say(CLEAT_LOG_DEBUG1, "Server host key: %s %s", cleat_key_type(key), fingerprint);
    good = good && decide(r, key);
    cleat_key_unref(key);
    if (!good)
        say(CLEAT_LOG_ERROR, "Host key verification failed.");
    if (cleat_answer_hostkey(cleat_uv_conn(r->uv), ev->query, good) != CLEAT_OK)
        say(CLEAT_LOG_DEBUG1, "the host key's answer came too late");
    r->said_goodbye = !good;
}
