/* `cleat keygen -Y verify` and its relatives: whether a signature is good, and whose it is. */
#include "keygen_sshsig.h"

#include "local_time.h"
#include "port.h"
#include "say.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is read ---- */

/* NULL, all being said. */
static cleat_sshsig *read_signature(const keygen_options *o)
{
    uint8_t *data;
    size_t len;
    cleat_error error = {0};
    cleat_sshsig *sig = NULL;
    if (!keygen_read(&data, &len, o->authority))
        return NULL;
    if (cleat_sshsig_read(&sig, o->ctx, (cleat_slice){data, len}, &error) != CLEAT_OK)
        keygen_fail("%s: %s", o->authority, error.text);
    port_free(data);
    return sig;
}

static cleat_signer_facts facts_of(const cleat_sshsig *sig, const sshsig_settings *s)
{
    const cleat_sshsig_facts *f = cleat_sshsig_get_facts(sig);
    return (cleat_signer_facts){.struct_size = sizeof(cleat_signer_facts),
                                .key = f->key,
                                .cert = f->cert,
                                .when = s->when,
                                .zone = &local_time_zone};
}

/* What is wrong with lines of allowed_signers, a line each. */
static void tell_problems(cleat_bytes *problems)
{
    char *line = (char *)problems->data;
    while (line && *line) {
        char *end = line + strcspn(line, "\n");
        bool last = !*end;
        *end = 0;
        keygen_fail("%s", line);
        line = last ? NULL : end + 1;
    }
    cleat_bytes_free(problems);
}

static int print_lines(cleat_bytes *lines, cleat_status st)
{
    if (st == CLEAT_OK && lines->len) {
        text_make_printable((char *)lines->data);
        printf("%s", (const char *)lines->data);
    } else {
        say(CLEAT_LOG_INFO, "No principal matched.");
    }
    cleat_bytes_free(lines);
    return st == CLEAT_OK ? 0 : KEYGEN_FAILED;
}

/* ---- the signature ---- */

static bool signature_is_good(const keygen_options *o, const cleat_sshsig *sig)
{
    cleat_error error = {0};
    cleat_sshsig_digest *d = NULL;
    cleat_slice digest;
    const char *hash = cleat_sshsig_get_facts(sig)->hash;
    say(CLEAT_LOG_DEBUG1, "signature made with hash \"%s\"", hash);
    cleat_status st = sshsig_hash_file(&d, &digest, o->ctx, hash, NULL, &error);
    if (st == CLEAT_OK)
        st = cleat_sshsig_verify(sig, o->names, digest, 0, &error);
    cleat_sshsig_digest_free(d);
    if (st != CLEAT_OK)
        keygen_fail("%s", error.text[0] ? error.text : cleat_status_text(st));
    return st == CLEAT_OK;
}

/* -r names a key revocation list, or a file of public keys. */
static bool is_revoked(const keygen_options *o, const cleat_sshsig *sig)
{
    uint8_t *data;
    size_t len;
    const cleat_sshsig_facts *f = cleat_sshsig_get_facts(sig);
    if (!o->sshfp_host)
        return false;
    if (!keygen_read(&data, &len, o->sshfp_host))
        return true;
    bool revoked = cleat_key_is_revoked(o->ctx, (cleat_slice){data, len}, f->key, f->cert);
    port_free(data);
    if (revoked)
        keygen_fail("The signing key is revoked by %s, or that cannot be read", o->sshfp_host);
    return revoked;
}

static bool signer_is_allowed(const keygen_options *o, const cleat_sshsig *sig,
                              const sshsig_settings *s)
{
    uint8_t *data;
    size_t len;
    unsigned line;
    cleat_bytes problems;
    cleat_signer_facts signer = facts_of(sig, s);
    signer.name_space = o->names;
    if (!keygen_read(&data, &len, o->file))
        return false;
    cleat_status st = cleat_allowed_signers_check(o->ctx, (cleat_slice){data, len}, o->file,
                                                  o->identity, &signer, &line, &problems);
    port_free(data);
    tell_problems(&problems);
    if (st == CLEAT_OK)
        say(CLEAT_LOG_DEBUG1, "%s:%u: matched %s", o->file, line,
            signer.cert ? "certificate" : "key");
    return st == CLEAT_OK;
}

/* ---- verify, check-novalidate ---- */

static void print_verdict(const keygen_options *o, const cleat_sshsig *sig, const char *principal)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX] = "";
    const cleat_sshsig_facts *f = cleat_sshsig_get_facts(sig);
    if (cleat_key_fingerprint(f->key, o->hash, fingerprint) != CLEAT_OK)
        fingerprint[0] = 0;
    char *text = text_format("Good \"%s\" signature%s%s with %s%s key %s", o->names,
                             principal ? " for " : "", principal ? principal : "",
                             cleat_key_label(f->key), f->cert ? "-CERT" : "", fingerprint);
    if (text)
        text_make_printable(text);
    printf("%s\n", text ? text : "");
    free(text);
}

static void print_public_key(const cleat_sshsig *sig)
{
    cleat_bytes line;
    const cleat_sshsig_facts *f = cleat_sshsig_get_facts(sig);
    cleat_status st =
        f->cert ? cleat_cert_write(f->cert, NULL, &line) : cleat_key_write_public(f->key, &line);
    if (st == CLEAT_OK)
        printf("%s", (const char *)line.data);
    cleat_bytes_free(&line);
}

/* principal: NULL when nobody asks whose signature it is. */
static int verify(const keygen_options *o, const char *principal)
{
    sshsig_settings s;
    bool good = sshsig_settings_read(&s, o, SSHSIG_VERIFY_TIME | SSHSIG_PRINT_PUBKEY);
    cleat_sshsig *sig = good ? read_signature(o) : NULL;
    good = sig && signature_is_good(o, sig) && !is_revoked(o, sig) &&
           (!principal || signer_is_allowed(o, sig, &s));
    if (good && !o->quiet)
        print_verdict(o, sig, principal);
    else if (!o->quiet)
        printf("Could not verify signature.\n");
    if (good && s.print_public)
        print_public_key(sig);
    cleat_sshsig_free(sig);
    return good && fflush(stdout) == 0 ? 0 : KEYGEN_FAILED;
}

int sshsig_verify(const keygen_options *o)
{
    return verify(o, o->identity);
}

int sshsig_check_novalidate(const keygen_options *o)
{
    return verify(o, NULL);
}

/* ---- find-principals, match-principals ---- */

int sshsig_find_principals(const keygen_options *o)
{
    sshsig_settings s;
    uint8_t *data;
    size_t len;
    cleat_bytes names = {0};
    cleat_bytes problems = {0};
    cleat_status st = CLEAT_E_NO_SUCH;
    bool readable = sshsig_settings_read(&s, o, SSHSIG_VERIFY_TIME);
    cleat_sshsig *sig = readable ? read_signature(o) : NULL;
    if (sig && keygen_read(&data, &len, o->file)) {
        const cleat_signer_facts signer = facts_of(sig, &s);
        st = cleat_allowed_signers_find(o->ctx, (cleat_slice){data, len}, o->file, &signer, &names,
                                        &problems);
        port_free(data);
    }
    cleat_sshsig_free(sig);
    tell_problems(&problems);
    return print_lines(&names, st);
}

int sshsig_match_principals(const keygen_options *o)
{
    sshsig_settings s;
    uint8_t *data;
    size_t len;
    cleat_bytes patterns = {0};
    cleat_bytes problems = {0};
    cleat_status st = CLEAT_E_NO_SUCH;
    if (sshsig_settings_read(&s, o, 0) && keygen_read(&data, &len, o->file)) {
        st = cleat_allowed_signers_match(o->ctx, (cleat_slice){data, len}, o->file, o->identity,
                                         &patterns, &problems);
        port_free(data);
    }
    tell_problems(&problems);
    return print_lines(&patterns, st);
}
