/* Is this the host's key? */
#include "hostkey.h"

#include "authorities.h"
#include "hop.h"
#include "hostcert.h"
#include "known.h"
#include "prompt.h"
#include "say.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* StrictHostKeyChecking, in the order of the table's words. */
enum { CHECK_ASK, CHECK_YES, CHECK_ACCEPT_NEW, CHECK_NO };

/* The key that is being decided about, and what is known of its host. */
struct doubt {
    cleat_key *key;
    cleat_cert *cert;  /* that the key came in; NULL: none, or it is of no use */
    cleat_x509 *chain; /* the same, of X.509; NULL: none */
    uint64_t query;
    known_opinion name, address;
    char shown[KNOWN_NAME_MAX], shown_address[KNOWN_NAME_MAX];
    char fingerprint[CLEAT_FINGERPRINT_MAX];
};

void hostkey_forget(ssh_hop *h)
{
    if (h->doubt) {
        cleat_key_unref(h->doubt->key);
        cleat_cert_unref(h->doubt->cert);
        cleat_x509_unref(h->doubt->chain);
    }
    free(h->doubt);
    h->doubt = NULL;
}

static void answer(ssh_hop *h, bool good)
{
    const doubt *d = h->doubt;
    if (h->uv) {
        if (!good)
            say(CLEAT_LOG_ERROR, "Host key verification failed.");
        h->said_goodbye = !good;
        say_if_failed(cleat_answer_hostkey(cleat_uv_conn(h->uv), d->query, good), "host key");
    }
    hostkey_forget(h);
}

/* ---- words ---- */

/* VisualHostKey's drawing with a line end before it, or nothing; to be freed. */
static char *drawing_of(const ssh_hop *h, const cleat_key *key)
{
    char art[CLEAT_RANDOMART_MAX];
    cleat_fingerprint_hash hash =
        hop_number(h, "FingerprintHash") ? CLEAT_FINGERPRINT_MD5 : CLEAT_FINGERPRINT_SHA256;
    bool wanted = hop_flag(h, "VisualHostKey");
    return wanted && cleat_key_randomart(key, hash, art) == CLEAT_OK ? text_format("\n%s", art)
                                                                     : text_format("%s", "");
}

static void warn(const ssh_hop *h, const char *head)
{
    const doubt *d = h->doubt;
    const char *kind = cleat_key_label(d->key);
    const char *shape = d->cert || d->chain ? "certificate" : "key";
    say(CLEAT_LOG_ERROR, "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@");
    say(CLEAT_LOG_ERROR, "@%-57s@", head);
    say(CLEAT_LOG_ERROR, "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@");
    say(CLEAT_LOG_ERROR, "Someone may be reading along, or the host has a new key.");
    say(CLEAT_LOG_ERROR, "The %s %s that %s sent is %s.", kind, shape, d->shown, d->fingerprint);
    say(CLEAT_LOG_ERROR, "Offending key in %s:%u", d->name.where, d->name.line);
    if (d->address.known)
        say(CLEAT_LOG_ERROR,
            "The address %s has had this key before (%s:%u): the name may lead to another machine "
            "than it did.",
            d->shown_address, d->address.where, d->address.line);
}

/* The command that takes the lines away once somebody has made sure. */
static void tell_remedy(const ssh_hop *h)
{
    const doubt *d = h->doubt;
    say(CLEAT_LOG_ERROR, "Once you are sure that it is right, remove the old key with:");
    say(CLEAT_LOG_ERROR, "  ssh-keygen -f '%s' -R '%s'", d->name.where, d->shown);
}

/* ---- a host that nobody knows ---- */

static void remember(const ssh_hop *h)
{
    const doubt *d = h->doubt;
    known_remember(h, h->known_as, d->key);
    if (h->checks_address && !d->address.known && !d->address.changed)
        known_remember(h, h->ends.peer, d->key);
}

static void on_answer(ssh_hop *h, const char *given)
{
    const doubt *d = h->doubt;
    bool yes = given &&
               (text_same(given, "yes") || (*d->fingerprint && strcmp(given, d->fingerprint) == 0));
    if (given && !yes && !text_same(given, "no") && h->uv) {
        prompt_ask(h, "Please type 'yes', 'no' or the fingerprint: ", true, on_answer);
        return;
    }
    if (yes && h->uv && !d->name.known)
        remember(h);
    answer(h, yes);
}

static void ask_about_new(ssh_hop *h)
{
    const doubt *d = h->doubt;
    bool has_address = *h->ends.peer != 0;
    char *art = drawing_of(h, d->key);
    char *prompt = text_format(
        "The authenticity of host '%s%s%s%s' can't be established.\n"
        "%s key fingerprint is %s.%s\n"
        "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
        d->shown, has_address ? " (" : "", has_address ? d->shown_address : "",
        has_address ? ")" : "", cleat_key_label(d->key), d->fingerprint, art ? art : "");
    prompt_ask(h, prompt, true, on_answer);
    free(prompt);
    free(art);
}

/* We have asked for those first. Whoever is in the middle has none of them, but may have one of a
 * kind that we have not seen. */
static void warn_of_others(const ssh_hop *h)
{
    const doubt *d = h->doubt;
    if (d->name.key_types[0])
        say(CLEAT_LOG_INFO, "WARNING: %s is known by other keys (%s), and has sent none of them.",
            d->shown, d->name.key_types);
}

/* StrictHostKeyChecking no connects even then, as OpenSSH does, with password login off. */
static void answer_unless_lax(ssh_hop *h)
{
    bool anyway = hop_number(h, "StrictHostKeyChecking") == CHECK_NO;
    if (anyway) {
        say(CLEAT_LOG_ERROR, "Password and keyboard-interactive authentication are disabled to "
                             "avoid giving them to someone in the middle.");
        h->no_passwords = true;
    }
    answer(h, anyway);
}

/* Where a file cannot be read, a host may have another key there: it is not taken for a new one
 * unless somebody says so, who has read why. */
static void decide_new(ssh_hop *h)
{
    const doubt *d = h->doubt;
    warn_of_others(h);
    if (d->name.unread[0])
        say(CLEAT_LOG_ERROR, "What is known of %s cannot be read: %s", d->shown, d->name.unread);
    if (d->name.unread[0] && hop_number(h, "StrictHostKeyChecking") != CHECK_ASK) {
        answer_unless_lax(h);
        return;
    }
    switch (hop_number(h, "StrictHostKeyChecking")) {
    case CHECK_YES:
        say(CLEAT_LOG_ERROR,
            "No %s host key is known for %s and you have requested strict checking.",
            cleat_key_label(d->key), d->shown);
        answer(h, false);
        return;
    case CHECK_ASK:
        ask_about_new(h);
        return;
    default:
        remember(h);
        answer(h, true);
    }
}

/* ---- a host that is known ---- */

static void decide_changed(ssh_hop *h)
{
    warn(h, "     WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!");
    tell_remedy(h);
    answer_unless_lax(h);
}

/* CheckHostIP: the name's key is right, the address has had another. */
static void decide_moved(ssh_hop *h)
{
    const doubt *d = h->doubt;
    int64_t how = hop_number(h, "StrictHostKeyChecking");
    say(CLEAT_LOG_ERROR,
        "Warning: the %s host key for '%s' differs from the key for the IP address '%s'",
        cleat_key_label(d->key), d->shown, d->shown_address);
    say(CLEAT_LOG_ERROR, "Offending key for IP in %s:%u", d->address.where, d->address.line);
    if (how == CHECK_ASK)
        prompt_ask(h, "Are you sure you want to continue connecting (yes/no)? ", true, on_answer);
    else
        answer(h, how != CHECK_YES);
}

static void say_known(const ssh_hop *h)
{
    const doubt *d = h->doubt;
    say(CLEAT_LOG_DEBUG1, "Host '%s' is known and matches the %s%s host %s.", d->shown,
        cleat_key_label(d->key), d->cert ? "-CERT" : "", d->cert ? "certificate" : "key");
    say(CLEAT_LOG_DEBUG1, "Found %s in %s:%u", d->cert ? "CA key" : "key", d->name.where,
        d->name.line);
}

static void show_fingerprint(const ssh_hop *h)
{
    const doubt *d = h->doubt;
    if (!hop_flag(h, "VisualHostKey"))
        return;
    char *art = drawing_of(h, d->key);
    say(CLEAT_LOG_INFO, "Host key fingerprint is %s%s", d->fingerprint, art ? art : "");
    free(art);
}

static void decide_known(ssh_hop *h)
{
    const doubt *d = h->doubt;
    h->host_was_known = d->name.by_user;
    say_known(h);
    show_fingerprint(h);
    if (h->checks_address && d->address.changed && !d->address.known) {
        decide_moved(h);
        return;
    }
    if (h->checks_address && !d->address.known)
        known_remember(h, h->ends.peer, d->key);
    answer(h, true);
}

/* ---- deciding ---- */

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* CheckHostIP is about names that lead straight to an address. */
static bool checks_address(const ssh_hop *h)
{
    return hop_flag(h, "CheckHostIP") && *h->ends.peer && !hop_text(h, "HostKeyAlias") &&
           !text_same(h->ends.peer, h->known_as);
}

/* Of a key that is revoked, or may be: nobody's wish counts. */
static void refuse(ssh_hop *h)
{
    const doubt *d = h->doubt;
    if (d->name.revoked || d->address.revoked)
        warn(h, "           WARNING: REVOKED HOST KEY DETECTED!");
    answer(h, false);
}

/* True: it is decided. What a certificate is not good for, its key may still be: it is dropped. Its
 * authority says who the host is, so known_hosts is no place for the host's keys (UpdateHostKeys),
 * nor for its address. */
static bool decide_certificate(ssh_hop *h)
{
    doubt *d = h->doubt;
    d->name = known_look_up(h, h->known_as, (known_proof){.key = d->key, .cert = d->cert});
    if (d->name.revoked || d->name.unasked) {
        refuse(h);
        return true;
    }
    if (d->name.known)
        say_known(h);
    if (d->name.known && hostcert_is_good(h, d->cert)) {
        show_fingerprint(h);
        h->host_was_known = false;
        answer(h, true);
        return true;
    }
    say(CLEAT_LOG_DEBUG1, "No matching CA found. Retry with plain key");
    cleat_cert_unref(d->cert);
    d->cert = NULL;
    return false;
}

/* A chain that is not good is refused, and so is its key: somebody has taken it back, or it is
 * somebody else's. */
static void decide_chain(ssh_hop *h)
{
    doubt *d = h->doubt;
    d->name = known_look_up(h, h->known_as, (known_proof){.key = d->key, .chain = d->chain});
    if (d->name.revoked || d->name.unasked) {
        refuse(h);
        return;
    }
    if (d->name.changed && !d->name.known)
        say(CLEAT_LOG_ERROR, "%s:%u says that %s has another certificate.", d->name.where,
            d->name.line, d->shown);
    if (authorities_accept(h, d->chain) && hostcert_names(h, d->chain, &d->name)) {
        show_fingerprint(h);
        h->host_was_known = false;
        answer(h, true);
    } else
        answer_unless_lax(h);
}

static void decide_plain(ssh_hop *h)
{
    doubt *d = h->doubt;
    const known_proof shown = {.key = d->key};
    h->checks_address = checks_address(h);
    d->name = known_look_up(h, h->known_as, shown);
    if (h->checks_address)
        d->address = known_look_up(h, h->ends.peer, shown);
    if (d->name.revoked || d->address.revoked || d->name.unasked || d->address.unasked)
        refuse(h);
    else if (d->name.known)
        decide_known(h);
    else if (d->name.changed)
        decide_changed(h);
    else
        decide_new(h);
}

static void decide(ssh_hop *h)
{
    const doubt *d = h->doubt;
    if (known_is_revoked(h, (known_proof){.key = d->key, .cert = d->cert, .chain = d->chain})) {
        answer(h, false);
        return;
    }
    if (hop_flag(h, "NoHostAuthenticationForLocalhost") && is_loopback(h->ends.peer)) {
        say(CLEAT_LOG_DEBUG1, "Forcing accepting of host key for loopback/localhost.");
        answer(h, true);
        return;
    }
    if (d->chain)
        decide_chain(h);
    else if (!d->cert || !decide_certificate(h))
        decide_plain(h);
}

static cleat_status read_shown(ssh_hop *h, const cleat_event *ev)
{
    doubt *d = h->doubt;
    cleat_slice blob = ev->u.hostkey.blob;
    cleat_error error = {0};
    if (cleat_x509_is_name(ev->u.hostkey.algorithm)) {
        cleat_status read = cleat_x509_from_blob(&d->chain, h->run->ctx, blob, &error);
        if (read == CLEAT_OK)
            d->key = cleat_key_ref(cleat_x509_key(d->chain));
        else
            say(CLEAT_LOG_ERROR, "%s: the host's certificate: %s", h->target, error.text);
        return read;
    }
    if (!cleat_cert_is_name(ev->u.hostkey.algorithm))
        return cleat_key_from_blob(&d->key, h->run->ctx, blob, NULL);
    cleat_status st = cleat_cert_from_blob(&d->cert, h->run->ctx, blob, NULL);
    if (st == CLEAT_OK)
        d->key = cleat_key_ref(cleat_cert_key(d->cert));
    return st;
}

void hostkey_decide(ssh_hop *h, const cleat_event *ev)
{
    hostkey_forget(h);
    h->doubt = calloc(1, sizeof *h->doubt);
    if (!h->doubt || read_shown(h, ev) != CLEAT_OK) {
        hostkey_forget(h);
        say_if_failed(cleat_answer_hostkey(cleat_uv_conn(h->uv), ev->query, false), "host key");
        return;
    }
    h->doubt->query = ev->query;
    known_name(h, h->known_as, h->doubt->shown);
    known_name(h, h->ends.peer, h->doubt->shown_address);
    known_fingerprint(h, h->doubt->key, h->doubt->fingerprint);
    if (h->doubt->chain)
        hostcert_say_chain(h->doubt->chain);
    else if (h->doubt->cert)
        hostcert_say(h, h->doubt->cert);
    else
        say(CLEAT_LOG_DEBUG1, "Server host key: %s %s", cleat_key_type(h->doubt->key),
            h->doubt->fingerprint);
    decide(h);
}
