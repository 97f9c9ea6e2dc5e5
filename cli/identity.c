/* The user's keys. */
#include "identity_cert.h"

#include "hop.h"
#include "prompt.h"
#include "say.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_FILE_MAX = 64 << 10, IDENTITIES_MAX = 256 };

/* ---- files ---- */

cleat_status identity_read(ssh_hop *h, const char *path, const char *passphrase, cleat_key **key,
                           cleat_error *error)
{
    uint8_t *data;
    size_t len;
    *key = NULL;
    cleat_status st =
        port_file_read(&data, &len, path, PORT_TRUST_SECRET, NULL, KEY_FILE_MAX, error);
    if (st != CLEAT_OK)
        return st;
    st =
        cleat_key_read_private(key, h->run->ctx, (cleat_slice){data, len}, passphrase, path, error);
    if (st == CLEAT_E_KEY_ENCRYPTED && !passphrase)
        (void)cleat_key_file_is_encrypted(h->run->ctx, (cleat_slice){data, len}, key);
    port_free_secret(data, len);
    return st;
}

static cleat_key *read_public(ssh_hop *h, const char *path)
{
    uint8_t *data;
    size_t len;
    cleat_key *key = NULL;
    if (port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, KEY_FILE_MAX, NULL) != CLEAT_OK)
        return NULL;
    if (cleat_key_read_public(&key, h->run->ctx, (cleat_slice){data, len}, path, NULL) != CLEAT_OK)
        key = NULL;
    port_free(data);
    return key;
}

void identity_add(ssh_hop *h, const identity *one)
{
    if (!h->identities)
        h->identities = calloc(IDENTITIES_MAX, sizeof *h->identities);
    if (h->identities && h->identity_count < IDENTITIES_MAX && one->name) {
        h->identities[h->identity_count++] = *one;
        return;
    }
    free(one->name);
    cleat_key_unref(one->key);
}

/* A file of which only the passphrase tells what key it holds. */
struct locked {
    locked *next;
    char *path;
    unsigned tries;
};

static void lock_up(ssh_hop *h, const char *path)
{
    locked *l = calloc(1, sizeof *l);
    locked **last = &h->locked;
    while (*last)
        last = &(*last)->next;
    if (l)
        l->path = text_format("%s", path);
    *last = l;
}

static void drop_locked(ssh_hop *h)
{
    locked *l = h->locked;
    h->locked = l->next;
    free(l->path);
    free(l);
}

static void say_unreadable(bool named, cleat_status st, const cleat_error *error)
{
    bool absent = st == CLEAT_E_NO_SUCH;
    if (st != CLEAT_E_KEY_ENCRYPTED)
        say(absent && !named ? CLEAT_LOG_DEBUG1 : CLEAT_LOG_INFO, "%s%s",
            absent && named ? "Warning: identity not accessible: " : "", error->text);
}

static cleat_key *read_public_beside(ssh_hop *h, const char *path)
{
    char *beside = text_format("%s.pub", path);
    cleat_key *key = beside ? read_public(h, beside) : NULL;
    free(beside);
    return key;
}

/* Weak keys are passed over when it comes to logging in; here their owner learns why. */
static bool is_strong_enough(const ssh_hop *h, const cleat_key *key, const char *path)
{
    cleat_error error = {0};
    if (cleat_key_check(key, cleat_policy_rsa_min(h->policy), &error) == CLEAT_OK)
        return true;
    say(CLEAT_LOG_INFO, "%s is not used: %s", path, error.text);
    return false;
}

/* Takes the key. */
static void add_named(ssh_hop *h, identity *one, const char *path)
{
    say(CLEAT_LOG_DEBUG1, "identity file %s type %s", path, cleat_key_label(one->key));
    one->in_file = one->in_file && !cleat_key_security(one->key, NULL);
    if (!is_strong_enough(h, one->key, path)) {
        cleat_key_unref(one->key);
        return;
    }
    one->name = text_format("%s", path);
    identity_add(h, one);
}

/* A key without a passphrase signs by itself; of another only the public half is offered, and the
 * passphrase is asked for once the server would take it. One that cannot be read here may still be
 * in the agent. */
static void add_file(ssh_hop *h, const char *path, bool named)
{
    cleat_error error = {0};
    identity one = {.named = named};
    cleat_status st = identity_read(h, path, NULL, &one.key, &error);
    if (!one.key)
        one.key = read_public(h, path);
    bool only_public = one.key && st != CLEAT_OK && st != CLEAT_E_KEY_ENCRYPTED;
    if (!one.key)
        one.key = read_public_beside(h, path);
    one.in_file = st == CLEAT_OK || st == CLEAT_E_KEY_ENCRYPTED;
    if (!one.key || (st == CLEAT_E_PERMISSION && !only_public))
        say_unreadable(named, st, &error);
    if (!one.key && st == CLEAT_E_KEY_ENCRYPTED)
        lock_up(h, path);
    if (!one.key)
        return;
    add_named(h, &one, path);
}

static void read_files(ssh_hop *h)
{
    static const char *const standard[] = {"~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa",
                                           "~/.ssh/id_ed448"};
    size_t count = cleat_config_count(h->config, "IdentityFile");
    if (!hop_flag(h, "PubkeyAuthentication"))
        return;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cleat_config_item(h->config, "IdentityFile", i), "none") == 0)
            continue;
        char *path = hop_value(h, "IdentityFile", i);
        if (path)
            add_file(h, path, true);
        free(path);
    }
    for (size_t i = 0; count == 0 && i < sizeof standard / sizeof *standard; i++) {
        char *path = NULL;
        if (port_path_expand(&path, standard[i], NULL) == CLEAT_OK)
            add_file(h, path, false);
        port_free(path);
    }
}

/* ---- passphrases that are needed at once ---- */

static void unlock_next(ssh_hop *h);

static void on_passphrase(ssh_hop *h, const char *passphrase)
{
    locked *l = h->locked;
    cleat_error error = {0};
    identity one = {.named = true, .in_file = true};
    cleat_status st = passphrase && *passphrase
                          ? identity_read(h, l->path, passphrase, &one.key, &error)
                          : CLEAT_E_CANCELLED;
    bool again = st == CLEAT_E_PASSPHRASE && l->tries < hop_number(h, "NumberOfPasswordPrompts");
    if (st == CLEAT_OK)
        add_named(h, &one, l->path);
    else if (again)
        say(CLEAT_LOG_INFO, "Bad passphrase, try again.");
    else
        say(CLEAT_LOG_INFO, "%s: without its passphrase this key is not used", l->path);
    if (!again)
        drop_locked(h);
    unlock_next(h);
}

static void unlock_next(ssh_hop *h)
{
    locked *l = h->locked;
    if (!l) {
        h->unlocked(h);
        return;
    }
    char *prompt = l->path ? text_format("Enter passphrase for key '%s': ", l->path) : NULL;
    l->tries++;
    prompt_ask(h, prompt, false, on_passphrase);
    free(prompt);
}

static void unlock(ssh_hop *h, void (*then)(ssh_hop *h))
{
    h->unlocked = then;
    unlock_next(h);
}

/* ---- the agent ---- */

/* NULL: there is none, or none is wanted. */
static char *agent_path(const ssh_hop *h)
{
    const char *said = hop_text(h, "IdentityAgent");
    char *path = NULL;
    if (said && strcmp(said, "none") == 0)
        return NULL;
    if (said && strcmp(said, "SSH_AUTH_SOCK") != 0) {
        bool named = said[0] == '$' && said[1] != '{';
        const char *value = named ? getenv(said + 1) : NULL;
        return named ? (value ? text_format("%s", value) : NULL) : hop_value(h, "IdentityAgent", 0);
    }
    if (port_path(&path, PORT_PLACE_AGENT, NULL) != CLEAT_OK)
        return NULL;
    char *out = *path ? text_format("%s", path) : NULL;
    port_free(path);
    return out;
}

static void add_agent_key(ssh_hop *h, const cleat_agent_key *theirs)
{
    cleat_error error = {0};
    identity one = {.in_agent = true, .hidden = hop_flag(h, "IdentitiesOnly")};
    if (cleat_key_from_blob(&one.key, h->run->ctx, theirs->blob, &error) != CLEAT_OK) {
        if (!identity_cert_from_agent(h, theirs))
            say(CLEAT_LOG_DEBUG2, "agent: a key is passed over: %s", error.text);
        return;
    }
    for (size_t i = 0; i < h->identity_count; i++) {
        if (cleat_key_equal(h->identities[i].key, one.key)) {
            h->identities[i].in_agent = true;
            cleat_key_unref(one.key);
            return;
        }
    }
    one.name = text_printable(theirs->comment);
    identity_add(h, &one);
}

void identity_answer(ssh_hop *h, uint64_t query, cleat_slice signature)
{
    say_if_failed(cleat_answer_signature(cleat_uv_conn(h->uv), query, signature), "signature");
    cleat_uv_kick(h->uv);
}

static void on_reply(void *user, const cleat_agent_reply *reply)
{
    ssh_hop *h = user;
    void (*ready)(ssh_hop *) = h->agent_ready;
    h->agent_ready = NULL;
    if (reply && reply->request == CLEAT_AGENT_LIST) {
        say(CLEAT_LOG_DEBUG1, "the agent has %zu keys", reply->key_count);
        for (size_t i = 0; i < reply->key_count; i++)
            add_agent_key(h, &reply->keys[i]);
    }
    if (reply && reply->request == CLEAT_AGENT_SIGN && h->agent_query) {
        uint64_t query = h->agent_query;
        h->agent_query = 0;
        if (!reply->success)
            say(CLEAT_LOG_INFO, "sign_and_send_pubkey: the agent refused to sign");
        identity_answer(h, query, reply->success ? reply->signature : (cleat_slice){0});
    }
    if (reply && reply->request == CLEAT_AGENT_ADD)
        say(CLEAT_LOG_DEBUG1, "the agent %s the key",
            reply->success ? "has taken over" : "did not take");
    if (!reply && h->agent_query) {
        uint64_t query = h->agent_query;
        h->agent_query = 0;
        say(CLEAT_LOG_ERROR, "the agent has gone");
        identity_answer(h, query, (cleat_slice){0});
    }
    if (!reply)
        say(CLEAT_LOG_DEBUG1, "no agent answers (any more)");
    if (!reply)
        hop_drop_agent(h);
    if (ready)
        unlock(h, ready);
}

void identities_gather(ssh_hop *h, void (*ready)(ssh_hop *h))
{
    read_files(h);
    char *path = hop_flag(h, "PubkeyAuthentication") ? agent_path(h) : NULL;
    h->agent_ready = ready;
    bool asked = path && cleat_agent_link_open(&h->agent, h->run->loop, h->run->ctx, path, on_reply,
                                               h) == CLEAT_OK;
    free(path);
    if (asked)
        return;
    h->agent_ready = NULL;
    unlock(h, ready);
}

void identities_free(ssh_hop *h)
{
    while (h->locked)
        drop_locked(h);
    for (size_t i = 0; i < h->identity_count; i++) {
        free(h->identities[i].name);
        cleat_key_unref(h->identities[i].key);
        for (size_t k = 0; k < h->identities[i].cert_count; k++) {
            cleat_cert_unref(h->identities[i].certs[k].cert);
            cleat_x509_unref(h->identities[i].certs[k].chain);
        }
    }
    free(h->identities);
    free(h->offers);
    h->offers = NULL;
    h->offer_count = 0;
    h->identities = NULL;
    h->identity_count = 0;
}
