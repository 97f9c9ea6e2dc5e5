/* The user's keys. */
#include "identity.h"

#include "hop.h"
#include "prompt.h"
#include "say.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_FILE_MAX = 64 << 10, IDENTITIES_MAX = 256 };

/* ---- files ---- */

static cleat_status read_private(ssh_hop *h, const char *path, const char *passphrase,
                                 cleat_key **key, cleat_error *error)
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

static bool add(ssh_hop *h, const identity *one)
{
    if (h->identity_count == IDENTITIES_MAX)
        return false;
    if (!h->identities)
        h->identities = calloc(IDENTITIES_MAX, sizeof *h->identities);
    if (!h->identities)
        return false;
    h->identities[h->identity_count++] = *one;
    return true;
}

static void say_unreadable(const char *path, bool named, cleat_status st, const cleat_error *error)
{
    bool absent = st == CLEAT_E_NO_SUCH;
    if (st == CLEAT_E_KEY_ENCRYPTED)
        say(CLEAT_LOG_INFO,
            "%s: which key this is only its passphrase tells; write its public half beside it: "
            "ssh-keygen -y -f '%s' > '%s.pub'",
            path, path, path);
    else
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

/* A key without a passphrase signs by itself; of another only the public half is offered, and the
 * passphrase is asked for once the server would take it. One that cannot be read here may still be
 * in the agent. */
static void add_file(ssh_hop *h, const char *path, bool named)
{
    cleat_error error = {0};
    identity one = {.named = named};
    cleat_status st = read_private(h, path, NULL, &one.key, &error);
    if (!one.key)
        one.key = read_public(h, path);
    bool only_public = one.key && st != CLEAT_OK && st != CLEAT_E_KEY_ENCRYPTED;
    if (!one.key)
        one.key = read_public_beside(h, path);
    one.in_file = st == CLEAT_OK || st == CLEAT_E_KEY_ENCRYPTED;
    if (!one.key || (st == CLEAT_E_PERMISSION && !only_public))
        say_unreadable(path, named, st, &error);
    if (!one.key)
        return;
    say(CLEAT_LOG_DEBUG1, "identity file %s type %s", path, cleat_key_label(one.key));
    one.name = text_format("%s", path);
    if (!one.name || !add(h, &one)) {
        free(one.name);
        cleat_key_unref(one.key);
    }
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
    identity one = {.in_agent = true};
    if (cleat_key_from_blob(&one.key, h->run->ctx, theirs->blob, &error) != CLEAT_OK) {
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
    one.name = hop_flag(h, "IdentitiesOnly") ? NULL : text_printable(theirs->comment);
    if (!one.name || !add(h, &one)) {
        free(one.name);
        cleat_key_unref(one.key);
    }
}

static void answer(ssh_hop *h, uint64_t query, cleat_slice signature)
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
        answer(h, query, reply->success ? reply->signature : (cleat_slice){0});
    }
    if (reply && reply->request == CLEAT_AGENT_ADD)
        say(CLEAT_LOG_DEBUG1, "the agent %s the key",
            reply->success ? "has taken over" : "did not take");
    if (!reply && h->agent_query) {
        uint64_t query = h->agent_query;
        h->agent_query = 0;
        say(CLEAT_LOG_ERROR, "the agent has gone");
        answer(h, query, (cleat_slice){0});
    }
    if (!reply)
        agent_close(&h->agent);
    if (ready)
        ready(h);
}

void identities_gather(ssh_hop *h, void (*ready)(ssh_hop *h))
{
    read_files(h);
    char *path = hop_flag(h, "PubkeyAuthentication") ? agent_path(h) : NULL;
    h->agent_ready = ready;
    bool asked = path && agent_open(&h->agent, &h->run->loop, h->run->ctx, path, on_reply, h);
    free(path);
    if (asked)
        return;
    h->agent_ready = NULL;
    ready(h);
}

/* ---- offering ---- */

static cleat_status offer(ssh_hop *h, bool files, bool agent_keys)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < h->identity_count && st == CLEAT_OK; i++) {
        identity *one = &h->identities[i];
        bool file = one->named || one->in_file;
        if (one->in_agent == agent_keys && file == files && (one->in_agent || one->in_file))
            st = cleat_login_add_key(h->login, one->key, one);
    }
    return st;
}

cleat_status identities_offer(ssh_hop *h)
{
    cleat_status st = offer(h, true, true);
    if (st == CLEAT_OK)
        st = offer(h, false, true);
    return st == CLEAT_OK ? offer(h, true, false) : st;
}

void identities_free(ssh_hop *h)
{
    cleat_key_unref(h->to_agent);
    h->to_agent = NULL;
    for (size_t i = 0; i < h->identity_count; i++) {
        free(h->identities[i].name);
        cleat_key_unref(h->identities[i].key);
    }
    free(h->identities);
    h->identities = NULL;
    h->identity_count = 0;
}

/* ---- signing ---- */

/* A signature that waits for the user to type a passphrase. */
struct signing {
    uint64_t query;
    char *algorithm, *path;
    unsigned tries;
    size_t len;
    uint8_t message[];
};

void identity_forget(ssh_hop *h)
{
    if (h->signing) {
        free(h->signing->algorithm);
        free(h->signing->path);
    }
    free(h->signing);
    h->signing = NULL;
}

/* ---- handing keys to the agent ---- */

/* What AddKeysToAgent's words ask for. */
typedef struct hand_over {
    bool wanted, ask, confirm;
    uint32_t lifetime;
} hand_over;

static hand_over hand_over_of(const ssh_hop *h)
{
    hand_over o = {0};
    for (size_t i = 0; i < cleat_config_count(h->config, "AddKeysToAgent"); i++) {
        const char *word = cleat_config_item(h->config, "AddKeysToAgent", i);
        o.ask = o.ask || text_same(word, "ask");
        o.confirm = o.confirm || text_same(word, "confirm");
        bool timed = cleat_config_time(word, &o.lifetime);
        o.wanted = o.wanted || o.ask || o.confirm || timed || text_same(word, "yes");
    }
    return o;
}

static void forget_key(ssh_hop *h)
{
    cleat_key_unref(h->to_agent);
    h->to_agent = NULL;
}

static void hand_over_now(ssh_hop *h)
{
    const hand_over o = hand_over_of(h);
    cleat_agent *talk = agent_talk(&h->agent);
    cleat_status st = talk ? cleat_agent_add(talk, h->to_agent, cleat_key_comment(h->to_agent),
                                             o.lifetime, o.confirm, NULL)
                           : CLEAT_E_CLOSED;
    say_if_failed(st, "AddKeysToAgent");
    agent_send(&h->agent);
    forget_key(h);
}

static void on_allowed(ssh_hop *h, const char *answer)
{
    if (answer && text_same(answer, "yes"))
        hand_over_now(h);
    else
        forget_key(h);
}

/* A key has been used that the agent does not have. */
static void offer_to_agent(ssh_hop *h, cleat_key *key, const char *path)
{
    const hand_over o = hand_over_of(h);
    if (!o.wanted || !agent_talk(&h->agent))
        return;
    forget_key(h);
    h->to_agent = cleat_key_ref(key);
    if (!o.ask) {
        hand_over_now(h);
        return;
    }
    char *prompt = text_format("Add key '%s' to the agent? (yes/no): ", path);
    prompt_ask(h, prompt, true, on_allowed);
    free(prompt);
}

void identity_accepted(ssh_hop *h)
{
    const identity *one = cleat_login_key_user(h->login);
    if (one && one->in_file && !one->in_agent && cleat_key_has_private(one->key))
        offer_to_agent(h, one->key, one->name);
}

/* ---- passphrases ---- */

static void sign_with(ssh_hop *h, cleat_key *key)
{
    const signing *s = h->signing;
    cleat_bytes signature = {0};
    cleat_error error = {0};
    if (key && cleat_key_sign(key, s->algorithm, (cleat_slice){s->message, s->len}, &signature,
                              &error) != CLEAT_OK)
        say(CLEAT_LOG_ERROR, "%s: %s", s->path, error.text);
    answer(h, s->query, (cleat_slice){signature.data, signature.len});
    cleat_bytes_free(&signature);
    if (key)
        offer_to_agent(h, key, s->path);
    identity_forget(h);
}

static void ask_passphrase(ssh_hop *h);

static void on_passphrase(ssh_hop *h, const char *passphrase)
{
    signing *s = h->signing;
    cleat_key *key = NULL;
    cleat_error error = {0};
    if (!h->uv)
        return;
    cleat_status st = passphrase && *passphrase ? read_private(h, s->path, passphrase, &key, &error)
                                                : CLEAT_E_CANCELLED;
    if (st == CLEAT_E_PASSPHRASE && s->tries < hop_number(h, "NumberOfPasswordPrompts")) {
        cleat_key_unref(key);
        say(CLEAT_LOG_INFO, "Bad passphrase, try again.");
        ask_passphrase(h);
        return;
    }
    if (error.text[0])
        say(CLEAT_LOG_INFO, "%s", error.text);
    sign_with(h, st == CLEAT_OK ? key : NULL);
    cleat_key_unref(key);
}

static void ask_passphrase(ssh_hop *h)
{
    char *prompt = text_format("Enter passphrase for key '%s': ", h->signing->path);
    h->signing->tries++;
    prompt_ask(h, prompt, false, on_passphrase);
    free(prompt);
}

static void sign_from_file(ssh_hop *h, const cleat_event *ev, const char *path)
{
    identity_forget(h);
    signing *s = calloc(1, sizeof *s + ev->u.sign.message.len);
    h->signing = s;
    if (!s) {
        answer(h, ev->query, (cleat_slice){0});
        return;
    }
    s->query = ev->query;
    s->algorithm = text_format("%s", ev->u.sign.algorithm);
    s->path = text_format("%s", path);
    s->len = ev->u.sign.message.len;
    memcpy(s->message, ev->u.sign.message.data, s->len);
    if (s->algorithm && s->path && hop_number(h, "NumberOfPasswordPrompts"))
        ask_passphrase(h);
    else
        sign_with(h, NULL);
}

/* The agent learns first which host the signature is for, so that a key can be kept to some. */
static bool ask_agent(ssh_hop *h, const cleat_event *ev)
{
    cleat_agent *talk = agent_talk(&h->agent);
    const cleat_conn *conn = cleat_uv_conn(h->uv);
    if (!talk)
        return false;
    if (!h->agent_bound)
        say_if_failed(cleat_agent_bind(talk, cleat_conn_host_key(conn), cleat_conn_session_id(conn),
                                       cleat_conn_host_signature(conn), false, NULL),
                      "session-bind");
    h->agent_bound = true;
    h->agent_query = ev->query;
    if (cleat_agent_sign(talk, ev->u.sign.key_blob, ev->u.sign.algorithm, ev->u.sign.message,
                         NULL) != CLEAT_OK)
        return false;
    agent_send(&h->agent);
    return true;
}

void identity_sign(ssh_hop *h, const cleat_event *ev)
{
    const identity *one = cleat_login_key_user(h->login);
    if (one && one->in_agent && ask_agent(h, ev))
        return;
    h->agent_query = 0;
    if (one && one->in_file)
        sign_from_file(h, ev, one->name);
    else
        answer(h, ev->query, (cleat_slice){0});
}
