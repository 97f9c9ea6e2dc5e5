/* UpdateHostKeys: a host that we know announces all its keys, proves to have those that are new to
 * us, and known_hosts then holds exactly them. */
#include "hop.h"
#include "hostkey.h"
#include "known.h"
#include "prompt.h"
#include "say.h"
#include "terminal.h"
#include "text.h"

#include <cleat/edit.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = SSH_HOST_KEYS_MAX };

/* UpdateHostKeys, in the order of the table's words. */
enum { UPDATE_NO, UPDATE_YES, UPDATE_ASK };

/* A file of one's own choice is changed only if that was asked for. */
static bool is_wanted(const ssh_hop *h)
{
    bool own_file = cleat_config_is_set(h->config, "UserKnownHostsFile");
    bool asked = cleat_config_is_set(h->config, "UpdateHostKeys");
    return hop_number(h, "UpdateHostKeys") != UPDATE_NO && (asked || !own_file) &&
           h->host_was_known;
}

static char *user_file(const ssh_hop *h)
{
    return hop_value(h, "UserKnownHostsFile", 0);
}

static bool is_known(const ssh_hop *h, cleat_slice file, const cleat_key *key)
{
    cleat_host_answer answer = {0};
    return cleat_known_hosts_check(h->run->ctx, file, h->known_as, known_port(h), key, &answer) ==
               CLEAT_OK &&
           answer.verdict == CLEAT_HOST_KNOWN;
}

/* What known_hosts is to become. */
typedef struct new_hosts {
    const ssh_hop *hop;
    cleat_hosts_change change;
} new_hosts;

static cleat_status bring_up_to_date(void *user, cleat_slice old, cleat_bytes *out)
{
    new_hosts *n = user;
    const ssh_hop *h = n->hop;
    return cleat_known_hosts_update(h->run->ctx, old, h->known_as, known_port(h), h->announced,
                                    h->announced_count, hop_flag(h, "HashKnownHosts"), &n->change,
                                    out);
}

static void rewrite(const ssh_hop *h)
{
    new_hosts n = {.hop = h};
    cleat_error error = {0};
    char *path = user_file(h);
    cleat_status st =
        path ? port_file_edit(path, KNOWN_HOSTS_MAX, NULL, bring_up_to_date, &n, &error)
             : CLEAT_E_NOMEM;
    if (st != CLEAT_OK)
        say(CLEAT_LOG_VERBOSE, "UpdateHostKeys: %s",
            error.text[0] ? error.text : cleat_status_text(st));
    else if (n.change == CLEAT_HOSTS_CHANGED)
        say(CLEAT_LOG_VERBOSE, "UpdateHostKeys: %s holds the %zu keys of %s", path,
            h->announced_count, h->known_as);
    free(path);
}

static bool would_change(const ssh_hop *h)
{
    uint8_t *data = NULL;
    size_t len = 0;
    new_hosts n = {.hop = h};
    cleat_bytes content = {0};
    char *path = user_file(h);
    bool read = path && port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, KNOWN_HOSTS_MAX,
                                       NULL) == CLEAT_OK;
    bool good = read && bring_up_to_date(&n, (cleat_slice){data, len}, &content) == CLEAT_OK;
    cleat_bytes_free(&content);
    port_free(data);
    free(path);
    return good && n.change == CLEAT_HOSTS_CHANGED;
}

static void on_answer(ssh_hop *h, const char *answer)
{
    if (h->uv && answer && text_same(answer, "yes"))
        rewrite(h);
    terminal_resume(h->run);
}

static void update(ssh_hop *h)
{
    if (hop_number(h, "UpdateHostKeys") != UPDATE_ASK) {
        rewrite(h);
        return;
    }
    if (!would_change(h))
        return;
    char *prompt = text_format("The host '%s' has %zu keys now.\n"
                               "Bring known_hosts up to date? (yes/no): ",
                               h->known_as, h->announced_count);
    terminal_pause(h->run);
    prompt_ask(h, prompt, true, on_answer);
    free(prompt);
}

static void keep(ssh_hop *h, cleat_key *key)
{
    if (h->announced_count < KEYS_MAX)
        h->announced[h->announced_count++] = key;
    else
        cleat_key_unref(key);
}

void hostkeys_forget(ssh_hop *h)
{
    for (size_t i = 0; i < h->announced_count; i++)
        cleat_key_unref(h->announced[i]);
    h->announced_count = 0;
}

/* The key that the host has used; in a certificate it is the certified one. NULL where it cannot be
 * read. */
static cleat_key *used_key(const ssh_hop *h)
{
    const cleat_conn *conn = cleat_uv_conn(h->uv);
    cleat_slice blob = cleat_conn_host_key(conn);
    cleat_key *key = NULL;
    cleat_cert *cert = NULL;
    if (cleat_cert_is_name(cleat_conn_negotiated(conn).host_key)) {
        if (cleat_cert_from_blob(&cert, h->run->ctx, blob, NULL) == CLEAT_OK)
            key = cleat_key_ref(cleat_cert_key(cert));
    } else if (cleat_key_from_blob(&key, h->run->ctx, blob, NULL) != CLEAT_OK) {
        key = NULL;
    }
    cleat_cert_unref(cert);
    return key;
}

/* Sorts what is announced: keys in the file are kept, the places of others are `unknown`. False
 * when the key that the host has just used is not among them: such a list is not to be trusted. */
static bool sort(ssh_hop *h, const cleat_event *ev, cleat_slice file, size_t unknown[KEYS_MAX],
                 size_t *unknown_count)
{
    bool has_current = false;
    cleat_key *current = used_key(h);
    for (size_t i = 0; i < ev->u.hostkeys.count && i < KEYS_MAX; i++) {
        cleat_key *key;
        cleat_slice blob = ev->u.hostkeys.blobs[i];
        has_current = has_current || (current && cleat_slice_equal(blob, cleat_key_blob(current)));
        if (cleat_key_from_blob(&key, h->run->ctx, blob, NULL) != CLEAT_OK)
            continue; /* of a kind that this build does not have */
        if (is_known(h, file, key)) {
            keep(h, key);
        } else {
            unknown[(*unknown_count)++] = i;
            cleat_key_unref(key);
        }
    }
    cleat_key_unref(current);
    return has_current;
}

void hostkeys_announced(ssh_hop *h, const cleat_event *ev)
{
    uint8_t *data = NULL;
    size_t len = 0;
    size_t unknown[KEYS_MAX];
    size_t count = 0;
    if (!is_wanted(h))
        return;
    hostkeys_forget(h);
    char *path = user_file(h);
    bool good = path &&
                port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, KNOWN_HOSTS_MAX, NULL) ==
                    CLEAT_OK &&
                sort(h, ev, (cleat_slice){data, len}, unknown, &count);
    port_free(data);
    free(path);
    if (good && count)
        say_if_failed(cleat_conn_prove_hostkeys(cleat_uv_conn(h->uv), unknown, count),
                      "UpdateHostKeys");
    else if (good)
        update(h);
}

void hostkeys_proved(ssh_hop *h, const cleat_event *ev)
{
    for (size_t i = 0; i < ev->u.hostkeys.count; i++) {
        cleat_key *key;
        if (cleat_key_from_blob(&key, h->run->ctx, ev->u.hostkeys.blobs[i], NULL) == CLEAT_OK)
            keep(h, key);
    }
    update(h);
}
