/* Who may log in: the user that runs the daemon, with keys from that user's files, as far as the
 * configuration allows it.
 *
 * A stranger must not learn who is served here, or whether a key is that user's. So every request
 * is treated alike: keys are looked up in the same files whatever the name, all of them are refused
 * in the same words, and the engine lets refusals go only a whole number of FAIL_MS after the
 * request, or of PASSWORD_FAIL_MS for a password. What remains: a lookup, or a password's hash,
 * that takes nearly that long may or may not need a second step; Match blocks by name or group may
 * make a difference that their author wants, such as a banner; and who listens where the daemon
 * runs sees that a file is read at all. */
#include "access.h"
#include "attest.h"
#include "audit.h"
#include "authorities.h"
#include "authorized.h"
#include "methods.h"
#include "server.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BANNER_MAX = 64 << 10, ANYBODY_RUNS = 0111 };

/* A request with a key, until it is answered. */
struct decision {
    uint64_t query;
    cleat_auth_method method;
    uint32_t failures; /* before it */
    char *algorithm;
    uint8_t *signature; /* that proves the key */
    size_t signature_len;
    claim what; /* no key: it cannot be read */
    cleat_key_options options;
};

/* ---- once the name is known ---- */

/* False, with nobody let in, where they cannot be told. */
static bool take_rules(connection *c, const visitor *v)
{
    rules *fresh;
    cleat_error error = {0};
    if (!cleat_config_has_match(c->rules->config))
        return true;
    cleat_status st = rules_new(&fresh, c->setup->files, c->server->ctx, v, &error);
    if (st != CLEAT_OK) {
        log_about(c, CLEAT_LOG_ERROR, "the rules for %s: %s", v->user,
                  error.text[0] ? error.text : cleat_status_text(st));
        c->gate->refuse(c, NULL);
        return false;
    }
    rules_unref(c->rules);
    c->rules = fresh;
    return true;
}

static visitor visitor_of(const connection *c, char *const *groups)
{
    return (visitor){.user = c->user,
                     .known = c->known,
                     .groups = groups,
                     .host = c->host,
                     .address = c->ends.peer,
                     .local_address = c->ends.local,
                     .local_port = c->ends.local_port};
}

bool auth_take_rules(connection *c, char *const *groups)
{
    const visitor v = visitor_of(c, groups);
    return take_rules(c, &v);
}

static void show_banner(connection *c)
{
    const char *path = rules_text(c->rules, "Banner");
    uint8_t *data;
    size_t len;
    cleat_error error = {0};
    if (!path)
        return;
    if (port_file_read(&data, &len, path, PORT_TRUST_REGULAR, NULL, BANNER_MAX, &error) !=
        CLEAT_OK) {
        log_about(c, CLEAT_LOG_ERROR, "Banner: %s", error.text);
        return;
    }
    if (len)
        c->gate->banner(c, (const char *)data);
    port_free(data);
}

/* In a directory that sessions are shut in it may be another. */
static const char *shell_refusal(const connection *c)
{
    uv_fs_t request;
    const char *shell = rules_text(c->rules, "DefaultShell");
    if (rules_text(c->rules, "ChrootDirectory") || !c->server->arguments->system)
        return NULL;
    if (!shell)
        shell = c->account->user->shell;
    bool missing = uv_fs_stat(NULL, &request, shell, NULL) < 0;
    bool runs = !missing && (request.statbuf.st_mode & S_IFMT) == S_IFREG &&
                (request.statbuf.st_mode & ANYBODY_RUNS);
    uv_fs_req_cleanup(&request);
    return missing ? "not allowed because the account's shell does not exist"
           : !runs ? "not allowed because the account's shell is not executable"
                   : NULL;
}

static void judge(connection *c, const visitor *v)
{
    bool is_root = strcmp(c->account->user->id, "0") == 0;
    const char *refusal = c->known ? access_refusal(c->rules, v, is_root) : NULL;
    if (c->known && !refusal)
        refusal = shell_refusal(c);
    c->may = c->known && !refusal;
    if (!c->known)
        log_about(c, CLEAT_LOG_INFO, "Invalid user %s from %s port %u", c->user, c->ends.peer,
                  (unsigned)c->ends.peer_port);
    else if (refusal)
        log_about(c, CLEAT_LOG_INFO, "User %s from %s %s", c->user, c->host, refusal);
}

static bool meet(connection *c, const char *name)
{
    c->user = text_format("%s", name);
    if (!c->user)
        return false;
    c->known = c->account->exists && strcmp(c->user, c->account->user->name) == 0;
    const visitor v = visitor_of(c, c->account->groups);
    if (!take_rules(c, &v))
        return false;
    c->gate->meet(c);
    judge(c, &v);
    c->refused = rules_flag(c->rules, "RefuseConnection");
    if (c->refused) {
        log_about(c, CLEAT_LOG_INFO, "User %s from %s port %u: RefuseConnection is set", c->user,
                  c->ends.peer, (unsigned)c->ends.peer_port);
        c->gate->refuse(c, "connection refused");
        return false;
    }
    show_banner(c);
    return true;
}

/* ---- keys ---- */

static bool is_used(const connection *c, const cleat_key *key)
{
    for (size_t i = 0; i < c->grant_count; i++) {
        if (cleat_key_equal(c->grants[i].key, key))
            return true;
    }
    return false;
}

/* Keys that are used together must not ask for different commands. */
static bool agrees(const connection *c, const cleat_key_options *options)
{
    for (size_t i = 0; i < c->grant_count; i++) {
        const char *other = c->grants[i].options.command;
        if (other && options->command && strcmp(other, options->command) != 0)
            return false;
    }
    return true;
}

static bool root_needs_command(const connection *c)
{
    const char *word = cleat_config_text(c->rules->config, "PermitRootLogin");
    return strcmp(c->account->user->id, "0") == 0 && strcmp(word, "forced-commands-only") == 0;
}

static bool algorithm_is_accepted(const connection *c, const char *algorithm, const cleat_key *key)
{
    const cleat_policy *policy = c->rules->policy;
    const char *list = cleat_policy_get(policy, CLEAT_ALG_PUBKEY);
    return methods_allow(c, METHOD_KEY) && cleat_pattern_list_match(algorithm, list) &&
           cleat_key_check(key, cleat_policy_rsa_min(policy), NULL) == CLEAT_OK;
}

/* Everything is looked at whatever has been found before: see above. */
static bool key_will_do(const connection *c, const decision *d, bool found)
{
    const cleat_key *key = d->what.key;
    bool revoked = authorized_is_revoked(c, &d->what);
    bool trusted = !d->what.chain || authorities_accept(c, d->what.chain);
    bool accepted = algorithm_is_accepted(c, d->algorithm, key);
    bool unused = !is_used(c, key);
    bool good =
        found && trusted && c->may && accepted && !revoked && unused && agrees(c, &d->options);
    if (found && revoked)
        log_about(c, CLEAT_LOG_INFO, "Authentication refused: the key is revoked");
    if (good && root_needs_command(c) && !d->options.command) {
        log_about(c, CLEAT_LOG_INFO, "ROOT LOGIN REFUSED FROM %s port %u", c->ends.peer,
                  (unsigned)c->ends.peer_port);
        return false;
    }
    return good;
}

/* ---- the logs ---- */

/* result: the word for it in the other log. */
static void audit(const connection *c, const char *word, const char *method, const claim *what)
{
    char *result = text_lower(word);
    if (result)
        audit_login(c, result, method, what);
    free(result);
}

/* As OpenSSH does: refusals are told to everybody once they are many. */
static cleat_log_level level_of(const connection *c, const decision *d, bool accepted)
{
    bool probe = d->method == CLEAT_AUTH_PUBLICKEY_PROBE || c->again;
    bool many = d->failures + 1 >= (uint32_t)rules_number(c->rules, "MaxAuthTries") / 2;
    if (accepted)
        return probe ? CLEAT_LOG_DEBUG1 : CLEAT_LOG_INFO;
    return !c->known || many ? CLEAT_LOG_INFO : CLEAT_LOG_VERBOSE;
}

static const char *word_of(cleat_auth_verdict verdict, bool probe)
{
    if (verdict == CLEAT_AUTH_REJECT)
        return "Failed";
    if (probe)
        return "Postponed";
    return verdict == CLEAT_AUTH_PARTIAL ? "Partial" : "Accepted";
}

static void describe(const connection *c, const cleat_key *key, char out[CLEAT_FINGERPRINT_MAX])
{
    if (!key || cleat_key_fingerprint(key, rules_fingerprint_hash(c->rules), out) != CLEAT_OK)
        out[0] = 0;
}

/* " subject \"CN=alice\" serial 7 issuer \"CN=Example\"". */
static char *describe_chain(const cleat_x509 *chain)
{
    const cleat_x509_facts *f = cleat_x509_get_facts(chain);
    return text_format(" subject \"%s\" serial %s issuer \"%s\"", f->subject, f->serial, f->issuer);
}

/* " ID alice (serial 7) CA ED25519 SHA256:..." behind a certificate; NULL without memory. */
static char *describe_cert(const connection *c, const claim *what)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    const cleat_cert *cert = what->cert;
    if (what->chain)
        return describe_chain(what->chain);
    if (!cert)
        return text_format("%s", "");
    const cleat_cert_facts *f = cleat_cert_get_facts(cert);
    const cleat_key *authority = cleat_cert_authority(cert);
    describe(c, authority, fingerprint);
    return text_format(" ID %s (serial %llu) CA %s %s", f->key_id, (unsigned long long)f->serial,
                       cleat_key_label(authority), fingerprint);
}

static void log_key(const connection *c, const decision *d, cleat_auth_verdict verdict,
                    const char *word)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    const claim *what = &d->what;
    bool probe = d->method == CLEAT_AUTH_PUBLICKEY_PROBE;
    char *certificate = describe_cert(c, what);
    const char *form = what->cert ? "-CERT" : what->chain ? "-X509" : "";
    describe(c, what->key, fingerprint);
    if (!probe || verdict == CLEAT_AUTH_REJECT)
        audit(c, word, METHOD_KEY, what);
    log_about(c, level_of(c, d, verdict != CLEAT_AUTH_REJECT),
              "%s publickey for %s%s from %s port %u ssh2: %s%s %s%s", word,
              c->known ? "" : "invalid user ", c->user, c->ends.peer, (unsigned)c->ends.peer_port,
              what->key ? cleat_key_label(what->key) : "?", form, fingerprint,
              certificate ? certificate : "");
    free(certificate);
}

void auth_log(const connection *c, cleat_log_level level, const char *word, const char *method)
{
    audit(c, word, method, NULL);
    log_about(c, level, "%s %s for %s%s from %s port %u ssh2", word, method,
              c->known ? "" : "invalid user ", c->user, c->ends.peer, (unsigned)c->ends.peer_port);
}

/* ---- the answer ---- */

static void answer(connection *c, uint64_t query, cleat_auth_verdict verdict)
{
    char *left = methods_left(c);
    c->gate->verdict(c, query, verdict, left ? left : "");
    free(left);
}

void auth_reject(connection *c, uint64_t query)
{
    answer(c, query, CLEAT_AUTH_REJECT);
}

/* The word for what a proof has come to: whoever has proved all may still be kept out. */
static const char *settle(connection *c, cleat_auth_verdict *verdict)
{
    if (*verdict != CLEAT_AUTH_ACCEPT || c->gate->admit(c))
        return word_of(*verdict, false);
    *verdict = CLEAT_AUTH_REJECT;
    return "Refused";
}

void auth_proved(connection *c, uint64_t query, const char *method)
{
    cleat_auth_verdict verdict = methods_prove(c, method);
    const char *word = settle(c, &verdict);
    auth_log(c, CLEAT_LOG_INFO, word,
             strcmp(method, METHOD_KBDINT) == 0 ? METHOD_KBDINT "/pam" : method);
    answer(c, query, verdict);
}

static cleat_status read_claim(const connection *c, const cleat_event *ev, claim *what)
{
    cleat_slice blob = ev->u.auth.key_blob;
    *what = (claim){0};
    if (cleat_x509_is_name(ev->u.auth.algorithm)) {
        cleat_status read = cleat_x509_from_blob(&what->chain, c->server->ctx, blob, NULL);
        if (read == CLEAT_OK)
            what->key = cleat_key_ref(cleat_x509_key(what->chain));
        return read;
    }
    if (!cleat_cert_is_name(ev->u.auth.algorithm))
        return cleat_key_from_blob(&what->key, c->server->ctx, blob, NULL);
    cleat_status st = cleat_cert_from_blob(&what->cert, c->server->ctx, blob, NULL);
    if (st == CLEAT_OK)
        what->key = cleat_key_ref(cleat_cert_key(what->cert));
    return st;
}

/* Whether the proof is as good as the key's options want it. */
static bool proof_will_do(const connection *c, const decision *d)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    const cleat_key *key = d->what.key;
    const char *why =
        attest_refusal(c->rules, (cleat_slice){d->signature, d->signature_len}, &d->options);
    if (!why)
        return true;
    describe(c, key, fingerprint);
    log_about(c, CLEAT_LOG_ERROR, "public key %s %s signature for %s from %s port %u rejected: %s",
              cleat_key_label(key), fingerprint, c->user, c->ends.peer, (unsigned)c->ends.peer_port,
              why);
    return false;
}

static cleat_auth_verdict grant_key(connection *c, cleat_key *key, cleat_key_options *options)
{
    c->grants[c->grant_count++] = (grant){.key = cleat_key_ref(key), .options = *options};
    *options = (cleat_key_options){0};
    return methods_prove(c, METHOD_KEY);
}

static void drop_decision(decision *d)
{
    if (!d)
        return;
    cleat_key_options_free(&d->options);
    cleat_key_unref(d->what.key);
    cleat_cert_unref(d->what.cert);
    cleat_x509_unref(d->what.chain);
    free(d->algorithm);
    free(d->signature);
    free(d);
}

static void finish(connection *c, bool found)
{
    decision *d = c->deciding;
    cleat_auth_verdict verdict = CLEAT_AUTH_REJECT;
    bool proved = d->method == CLEAT_AUTH_PUBLICKEY;
    bool good = d->what.key && key_will_do(c, d, found) && c->grant_count < GRANTS_MAX;
    c->deciding = NULL;
    if (good && proved)
        good = proof_will_do(c, d);
    if (good)
        verdict = proved ? grant_key(c, d->what.key, &d->options) : CLEAT_AUTH_ACCEPT;
    const char *word = proved ? settle(c, &verdict) : word_of(verdict, true);
    log_key(c, d, verdict, word);
    answer(c, d->query, verdict);
    drop_decision(d);
}

static bool keep_signature(decision *d, cleat_slice signature)
{
    d->signature = malloc(signature.len + 1);
    if (!d->signature)
        return false;
    if (signature.len)
        memcpy(d->signature, signature.data, signature.len);
    d->signature_len = signature.len;
    return true;
}

static decision *new_decision(const cleat_event *ev)
{
    decision *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    *d = (decision){.query = ev->query,
                    .method = ev->u.auth.method,
                    .failures = ev->u.auth.failures,
                    .algorithm = text_format("%s", ev->u.auth.algorithm)};
    if (d->algorithm && keep_signature(d, ev->u.auth.signature))
        return d;
    drop_decision(d);
    return NULL;
}

static void decide_key(connection *c, const cleat_event *ev)
{
    decision *d = new_decision(ev);
    bool found = false;
    if (!d) {
        auth_reject(c, ev->query);
        return;
    }
    c->deciding = d;
    if (read_claim(c, ev, &d->what) == CLEAT_OK) {
        found = authorized_find(c, &d->what, &d->options);
        if (!found && authorized_ask(c, &d->what, &d->options, finish))
            return;
    }
    finish(c, found);
}

void auth_stop(connection *c)
{
    authorized_ask_stop(c);
    drop_decision(c->deciding);
    c->deciding = NULL;
}

void auth_decide(connection *c, const cleat_event *ev)
{
    bool key_method = ev->u.auth.method == CLEAT_AUTH_PUBLICKEY_PROBE ||
                      ev->u.auth.method == CLEAT_AUTH_PUBLICKEY;
    if (!c->user && !meet(c, ev->u.auth.user))
        return;
    if (key_method) {
        decide_key(c, ev);
        return;
    }
    switch (ev->u.auth.method) {
    case CLEAT_AUTH_PASSWORD:
        auth_password(c, ev);
        return;
    case CLEAT_AUTH_KBDINT:
    case CLEAT_AUTH_KBDINT_ANSWER:
        auth_questions(c, ev);
        return;
    default:
        if (ev->u.auth.failures)
            auth_log(c, CLEAT_LOG_INFO, "Failed", "none");
        auth_reject(c, ev->query);
    }
}
