/* Signing with the user's keys: by the agent, or with a file's key after its passphrase. */
#include "sign.h"

#include "hop.h"
#include "identity.h"
#include "prompt.h"
#include "say.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* A signature that waits for the user to type a passphrase. */
struct signing {
    uint64_t query;
    const identity *with;
    char *algorithm;
    unsigned tries;
    size_t len;
    uint8_t message[];
};

void sign_forget(ssh_hop *h)
{
    if (h->signing)
        free(h->signing->algorithm);
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

/* With the certificates that the agent does not have; agents take none of X.509. */
static cleat_status hand_over_certs(const ssh_hop *h, cleat_agent *talk, const hand_over *o)
{
    const identity *one = h->to_agent_of;
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < one->cert_count && st == CLEAT_OK; i++) {
        if (one->certs[i].cert && !one->certs[i].in_agent)
            st =
                cleat_agent_add_cert(talk, h->to_agent, one->certs[i].cert,
                                     cleat_key_comment(h->to_agent), o->lifetime, o->confirm, NULL);
    }
    return st;
}

static void hand_over_now(ssh_hop *h)
{
    const hand_over o = hand_over_of(h);
    cleat_agent *talk = h->agent ? cleat_agent_link_agent(h->agent) : NULL;
    cleat_status st = talk ? cleat_agent_add(talk, h->to_agent, cleat_key_comment(h->to_agent),
                                             o.lifetime, o.confirm, NULL)
                           : CLEAT_E_CLOSED;
    if (st == CLEAT_OK)
        st = hand_over_certs(h, talk, &o);
    say_if_failed(st, "AddKeysToAgent");
    if (talk)
        cleat_agent_link_send(h->agent);
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
static void offer_to_agent(ssh_hop *h, cleat_key *key, const identity *of)
{
    const hand_over o = hand_over_of(h);
    if (!o.wanted || !h->agent)
        return;
    forget_key(h);
    h->to_agent = cleat_key_ref(key);
    h->to_agent_of = of;
    if (!o.ask) {
        hand_over_now(h);
        return;
    }
    char *prompt = text_format("Add key '%s' to the agent? (yes/no): ", of->name);
    prompt_ask(h, prompt, true, on_allowed);
    free(prompt);
}

void sign_accepted(ssh_hop *h)
{
    const offer *o = identity_offered(h);
    if (o && o->of->in_file && !o->of->in_agent && cleat_key_has_private(o->of->key))
        offer_to_agent(h, o->of->key, o->of);
}

/* ---- passphrases ---- */

static void sign_with(ssh_hop *h, cleat_key *key)
{
    const signing *s = h->signing;
    cleat_bytes signature = {0};
    cleat_error error = {0};
    if (key && cleat_key_sign(key, s->algorithm, (cleat_slice){s->message, s->len}, &signature,
                              &error) != CLEAT_OK)
        say(CLEAT_LOG_ERROR, "%s: %s", s->with->name, error.text);
    identity_answer(h, s->query, (cleat_slice){signature.data, signature.len});
    cleat_bytes_free(&signature);
    if (key)
        offer_to_agent(h, key, s->with);
    sign_forget(h);
}

static void ask_passphrase(ssh_hop *h);

static void on_passphrase(ssh_hop *h, const char *passphrase)
{
    signing *s = h->signing;
    cleat_key *key = NULL;
    cleat_error error = {0};
    if (!h->uv)
        return;
    cleat_status st = passphrase && *passphrase
                          ? identity_read(h, s->with->name, passphrase, &key, &error)
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
    char *prompt = text_format("Enter passphrase for key '%s': ", h->signing->with->name);
    h->signing->tries++;
    prompt_ask(h, prompt, false, on_passphrase);
    free(prompt);
}

static void sign_from_file(ssh_hop *h, const cleat_event *ev, const identity *with)
{
    sign_forget(h);
    signing *s = calloc(1, sizeof *s + ev->u.sign.message.len);
    h->signing = s;
    if (!s) {
        identity_answer(h, ev->query, (cleat_slice){0});
        return;
    }
    s->query = ev->query;
    s->algorithm = text_format("%s", ev->u.sign.algorithm);
    s->with = with;
    s->len = ev->u.sign.message.len;
    memcpy(s->message, ev->u.sign.message.data, s->len);
    if (s->algorithm && hop_number(h, "NumberOfPasswordPrompts"))
        ask_passphrase(h);
    else
        sign_with(h, NULL);
}

/* The agent learns first which host the signature is for, so that a key can be kept to some. */
static bool ask_agent(ssh_hop *h, const cleat_event *ev, cleat_slice key_blob)
{
    cleat_agent *talk = h->agent ? cleat_agent_link_agent(h->agent) : NULL;
    const cleat_conn *conn = cleat_uv_conn(h->uv);
    if (!talk)
        return false;
    if (!h->agent_bound)
        say_if_failed(cleat_agent_bind(talk, cleat_conn_host_key(conn), cleat_conn_session_id(conn),
                                       cleat_conn_host_signature(conn), false, NULL),
                      "session-bind");
    h->agent_bound = true;
    h->agent_query = ev->query;
    if (cleat_agent_sign(talk, key_blob, ev->u.sign.algorithm, ev->u.sign.message, NULL) !=
        CLEAT_OK)
        return false;
    cleat_agent_link_send(h->agent);
    return true;
}

/* An agent may have the private part only with the certificate. */
static bool sign_by_agent(ssh_hop *h, const cleat_event *ev, const offer *o)
{
    if (o->of->in_agent)
        return ask_agent(h, ev, ev->u.sign.key_blob);
    return o->cert && o->cert->in_agent && ask_agent(h, ev, cleat_cert_blob(o->cert->cert));
}

void sign_begin(ssh_hop *h, const cleat_event *ev)
{
    const offer *o = identity_offered(h);
    if (o && sign_by_agent(h, ev, o))
        return;
    h->agent_query = 0;
    if (o && o->of->in_file)
        sign_from_file(h, ev, o->of);
    else
        identity_answer(h, ev->query, (cleat_slice){0});
}
