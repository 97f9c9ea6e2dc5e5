/* Is this the host's key? */
#include "hostkey.h"

#include "hop.h"
#include "prompt.h"
#include "say.h"
#include "shell.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN_HOSTS_MAX = 16 << 20 };

/* StrictHostKeyChecking, in the order of the table's words. */
enum { CHECK_ASK, CHECK_YES, CHECK_ACCEPT_NEW, CHECK_NO };

uint16_t hostkey_port(const ssh_hop *h)
{
    return hop_text(h, "HostKeyAlias") ? 22 : h->port;
}

static void fingerprint_of(const ssh_hop *h, const cleat_key *key, char out[CLEAT_FINGERPRINT_MAX])
{
    cleat_fingerprint_hash hash =
        hop_number(h, "FingerprintHash") ? CLEAT_FINGERPRINT_MD5 : CLEAT_FINGERPRINT_SHA256;
    if (cleat_key_fingerprint(key, hash, out) != CLEAT_OK)
        out[0] = 0;
}

/* ---- what is known ---- */

/* The i-th place to look: the user's files, then the machine's. */
static char *file_at(const ssh_hop *h, size_t i, bool *of_user)
{
    static const char *const defaults[] = {"~/.ssh/known_hosts", "~/.ssh/known_hosts2",
                                           "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"};
    const char *const keywords[] = {"UserKnownHostsFile", "GlobalKnownHostsFile"};
    for (size_t k = 0; k < 2; k++) {
        bool set = cleat_config_is_set(h->config, keywords[k]);
        size_t count = set ? cleat_config_count(h->config, keywords[k]) : 2;
        *of_user = k == 0;
        if (i < count)
            return set ? hop_value(h, keywords[k], i)
                       : hop_expand(h, keywords[k], defaults[2 * k + i], NULL, 0);
        i -= count;
    }
    return NULL;
}

static bool check_text(const ssh_hop *h, cleat_slice text, const cleat_key *key,
                       cleat_host_answer *answer)
{
    *answer = (cleat_host_answer){0};
    return cleat_known_hosts_check(h->run->ctx, text, h->known_as, hostkey_port(h), key, answer) ==
           CLEAT_OK;
}

static bool check_file(const ssh_hop *h, const char *path, const cleat_key *key,
                       cleat_host_answer *answer)
{
    uint8_t *data;
    size_t len;
    if (port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, KNOWN_HOSTS_MAX, NULL) != CLEAT_OK)
        return false;
    bool read = check_text(h, (cleat_slice){data, len}, key, answer);
    port_free(data);
    return read;
}

/* The lines that KnownHostsCommand prints; NULL for no such command. */
static char *ask_command(const ssh_hop *h, const cleat_key *key)
{
    const char *said = hop_text(h, "KnownHostsCommand");
    char fingerprint[CLEAT_FINGERPRINT_MAX] = "NONE";
    char *output = NULL;
    cleat_bytes line = {0};
    if (!said || strcmp(said, "none") == 0)
        return NULL;
    if (key) {
        fingerprint_of(h, key, fingerprint);
        if (cleat_key_write_public(key, &line) != CLEAT_OK)
            return NULL;
    }
    char *blob = line.data ? text_format("%s", strchr((const char *)line.data, ' ') + 1)
                           : text_format("NONE");
    if (blob)
        blob[strcspn(blob, " \r\n")] = 0;
    const cleat_config_token more[] = {{'f', fingerprint},
                                       {'H', h->known_as},
                                       {'I', key ? "HOSTNAME" : "ORDER"},
                                       {'K', blob},
                                       {'t', key ? cleat_key_type(key) : "NONE"}};
    char *command = hop_expand(h, "KnownHostsCommand", said, more, 5);
    if (command && shell_run(command, &output) != 0)
        say(CLEAT_LOG_ERROR, "KnownHostsCommand \"%s\" failed", command);
    free(command);
    free(blob);
    cleat_bytes_free(&line);
    return output;
}

void hostkey_prefer(ssh_hop *h)
{
    char *path;
    bool of_user;
    char types[sizeof((cleat_host_answer *)0)->key_types] = "";
    cleat_host_answer answer;
    char *lines = ask_command(h, NULL);
    if (lines && check_text(h, cleat_slice_of(lines), NULL, &answer))
        snprintf(types, sizeof types, "%s", answer.key_types);
    free(lines);
    for (size_t i = 0; !types[0] && (path = file_at(h, i, &of_user)) != NULL; i++) {
        if (check_file(h, path, NULL, &answer))
            snprintf(types, sizeof types, "%s", answer.key_types);
        free(path);
    }
    if (types[0])
        say_if_failed(cleat_policy_prefer(h->policy, CLEAT_ALG_HOSTKEY, types), "host key order");
}

/* ---- remembering and refusing ---- */

static void remember(const ssh_hop *h, const cleat_key *key)
{
    bool of_user;
    cleat_bytes line = {0};
    cleat_error error = {0};
    char *path = file_at(h, 0, &of_user);
    bool nowhere = !path || !of_user || strcmp(path, "/dev/null") == 0 || strcmp(path, "none") == 0;
    if (nowhere || cleat_known_hosts_line(h->run->ctx, h->known_as, hostkey_port(h), key,
                                          hop_flag(h, "HashKnownHosts"), &line) != CLEAT_OK) {
        free(path);
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
            h->known_as, cleat_key_label(key));
    else
        say(CLEAT_LOG_ERROR, "Failed to add the host to %s: %s", path, error.text);
    cleat_bytes_free(&line);
    free(path);
}

static void warn_changed(const ssh_hop *h, const cleat_key *key, const char *path, unsigned line,
                         bool revoked)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX] = "";
    fingerprint_of(h, key, fingerprint);
    say(CLEAT_LOG_ERROR, "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@");
    say(CLEAT_LOG_ERROR, revoked ? "@          WARNING: REVOKED HOST KEY DETECTED!            @"
                                 : "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @");
    say(CLEAT_LOG_ERROR, "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@");
    say(CLEAT_LOG_ERROR, "Someone may be reading along, or the host has a new key.");
    say(CLEAT_LOG_ERROR, "The %s key that %s sent is %s.", cleat_key_label(key), h->known_as,
        fingerprint);
    say(CLEAT_LOG_ERROR, "Offending key in %s:%u; once you are sure, remove that line.", path,
        line);
}

/* RevokedHostKeys: a file that cannot be read refuses everything, as it might name the key. */
static bool is_revoked(const ssh_hop *h, const cleat_key *key)
{
    size_t count = cleat_config_count(h->config, "RevokedHostKeys");
    for (size_t i = 0; i < count; i++) {
        uint8_t *data = NULL;
        size_t len = 0;
        bool revoked = true;
        cleat_error error = {0};
        char *path = hop_value(h, "RevokedHostKeys", i);
        if (path && strcmp(path, "none") == 0) {
            free(path);
            continue;
        }
        if (path && port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, KNOWN_HOSTS_MAX,
                                   &error) == CLEAT_OK)
            revoked = cleat_key_list_has(h->run->ctx, (cleat_slice){data, len}, key);
        port_free(data);
        if (revoked)
            say(CLEAT_LOG_ERROR, "RevokedHostKeys %s: %s", path ? path : "?",
                error.text[0] ? error.text : "the host's key is listed there");
        free(path);
        if (revoked)
            return true;
    }
    return false;
}

/* ---- deciding ---- */

static bool ask(const ssh_hop *h, const cleat_key *key)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    fingerprint_of(h, key, fingerprint);
    char *prompt =
        text_format("The authenticity of host '%s (%s)' can't be established.\n"
                    "%s key fingerprint is %s.\n"
                    "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
                    h->known_as, h->ends.peer, cleat_key_label(key), fingerprint);
    bool yes = false;
    for (bool done = false; !done && prompt;) {
        char *answer = prompt_read(h, prompt, true);
        yes = answer && *fingerprint &&
              (text_same(answer, "yes") || strcmp(answer, fingerprint) == 0);
        done = !answer || yes || text_same(answer, "no");
        prompt_drop(answer);
        free(prompt);
        prompt = text_format("Please type 'yes', 'no' or the fingerprint: ");
    }
    free(prompt);
    return yes;
}

static bool accept_new(ssh_hop *h, const cleat_key *key)
{
    int64_t how = hop_number(h, "StrictHostKeyChecking");
    if (how == CHECK_YES) {
        say(CLEAT_LOG_ERROR,
            "No %s host key is known for %s and you have requested strict checking.",
            cleat_key_label(key), h->known_as);
        return false;
    }
    if (how == CHECK_ASK && !ask(h, key))
        return false;
    remember(h, key);
    return true;
}

typedef struct opinion {
    bool known, changed, revoked;
} opinion;

static void take_answer(ssh_hop *h, const cleat_key *key, const char *where,
                        const cleat_host_answer *answer, opinion *o)
{
    bool revoked = answer->verdict == CLEAT_HOST_REVOKED;
    if (revoked || (answer->verdict == CLEAT_HOST_CHANGED && !o->known)) {
        warn_changed(h, key, where, answer->line, revoked);
        o->changed = true;
    }
    o->revoked = o->revoked || revoked;
    o->known = o->known || answer->verdict == CLEAT_HOST_KNOWN;
}

static opinion look_up(ssh_hop *h, const cleat_key *key)
{
    char *path;
    bool of_user;
    opinion o = {0};
    cleat_host_answer answer;
    char *lines = ask_command(h, key);
    if (lines && check_text(h, cleat_slice_of(lines), key, &answer))
        take_answer(h, key, "the output of KnownHostsCommand", &answer, &o);
    free(lines);
    for (size_t i = 0; (path = file_at(h, i, &of_user)) != NULL; i++) {
        if (check_file(h, path, key, &answer)) {
            take_answer(h, key, path, &answer, &o);
            h->host_was_known =
                h->host_was_known || (i == 0 && of_user && answer.verdict == CLEAT_HOST_KNOWN);
        }
        free(path);
    }
    return o;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* The first file with an opinion decides; a revoked key is refused whatever the others say. */
static bool decide(ssh_hop *h, const cleat_key *key)
{
    if (is_revoked(h, key))
        return false;
    if (hop_flag(h, "NoHostAuthenticationForLocalhost") && is_loopback(h->ends.peer)) {
        say(CLEAT_LOG_DEBUG1, "Forcing accepting of host key for loopback/localhost.");
        return true;
    }
    opinion o = look_up(h, key);
    if (o.revoked)
        return false;
    if (o.known)
        return true;
    /* StrictHostKeyChecking no connects even then, as OpenSSH does, with password login off. */
    if (o.changed && hop_number(h, "StrictHostKeyChecking") == CHECK_NO) {
        say(CLEAT_LOG_ERROR, "Password and keyboard-interactive authentication are disabled to "
                             "avoid giving them to someone in the middle.");
        h->no_passwords = true;
        return true;
    }
    return !o.changed && accept_new(h, key);
}

void hostkey_decide(ssh_hop *h, const cleat_event *ev)
{
    cleat_key *key = NULL;
    char fingerprint[CLEAT_FINGERPRINT_MAX] = "";
    bool good = cleat_key_from_blob(&key, h->run->ctx, ev->u.hostkey.blob, NULL) == CLEAT_OK;
    if (good) {
        fingerprint_of(h, key, fingerprint);
        say(CLEAT_LOG_DEBUG1, "Server host key: %s %s", cleat_key_type(key), fingerprint);
        good = decide(h, key);
    }
    cleat_key_unref(key);
    if (!good)
        say(CLEAT_LOG_ERROR, "Host key verification failed.");
    say_if_failed(cleat_answer_hostkey(cleat_uv_conn(h->uv), ev->query, good), "host key");
    h->said_goodbye = !good;
}
