/* `cleat keygen -Y sign`: whose key signs, and where its private half is. */
#include "keygen_sshsig.h"

#include "agent_wait.h"
#include "port.h"
#include "say.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sshsig_signer {
    cleat_key *key;    /* with its private part unless the agent signs */
    cleat_cert *cert;  /* NULL: none is shown */
    agent_wait *agent; /* NULL: the key signs by itself */
};

/* ---- the public half ---- */

/* True when the file is a public key's or a certificate's. Of a private key that is encrypted,
 * s->key becomes the public half where it can be read. */
static bool read_public(sshsig_signer *s, cleat_ctx *ctx, cleat_slice file, const char *path)
{
    if (cleat_cert_read(&s->cert, ctx, file, NULL) == CLEAT_OK) {
        s->key = cleat_key_ref(cleat_cert_key(s->cert));
        return true;
    }
    if (cleat_key_read_public(&s->key, ctx, file, path, NULL) == CLEAT_OK)
        return true;
    (void)cleat_key_file_is_encrypted(ctx, file, &s->key);
    return false;
}

/* ---- the agent ---- */

/* What the agent knows the key by; empty where it does not. */
static cleat_slice blob_in_agent(const sshsig_signer *s)
{
    cleat_slice key = cleat_key_blob(s->key);
    if (agent_wait_has(s->agent, key))
        return key;
    if (s->cert && agent_wait_has(s->agent, cleat_cert_blob(s->cert)))
        return cleat_cert_blob(s->cert);
    return (cleat_slice){(const uint8_t *)"", 0};
}

static bool find_in_agent(sshsig_signer *s, cleat_ctx *ctx)
{
    s->agent = s->key ? agent_wait_open(ctx) : NULL;
    if (s->agent && blob_in_agent(s).len)
        return true;
    say(CLEAT_LOG_DEBUG1, "%s", s->agent ? "the agent does not have the key" : "there is no agent");
    agent_wait_close(s->agent);
    s->agent = NULL;
    return false;
}

static cleat_status sign_by_agent(const sshsig_signer *s, cleat_bytes *out, cleat_ctx *ctx,
                                  const cleat_sshsig_subject *subject, cleat_error *error)
{
    cleat_bytes covered;
    uint8_t *signature = NULL;
    size_t len = 0;
    const char *algorithm = cleat_key_pick_algorithm(s->key, NULL, NULL);
    cleat_status st = cleat_sshsig_covered(&covered, ctx, subject, error);
    if (st == CLEAT_OK && !algorithm)
        st = CLEAT_E_UNSUPPORTED;
    if (st == CLEAT_OK &&
        !agent_wait_sign(s->agent, blob_in_agent(s), algorithm,
                         (cleat_slice){covered.data, covered.len}, &signature, &len))
        st = CLEAT_E_REQUEST_REFUSED;
    cleat_bytes_free(&covered);
    if (st == CLEAT_OK)
        st =
            cleat_sshsig_build(out, s->key, s->cert, subject, (cleat_slice){signature, len}, error);
    else if (st == CLEAT_E_REQUEST_REFUSED)
        snprintf(error->text, sizeof error->text, "agent refused operation");
    free(signature);
    return st;
}

/* ---- files ---- */

/* Where the private half of a public key's file would be; NULL where the name does not tell. */
static char *private_beside(const char *path)
{
    static const char *const endings[] = {"-cert.pub", ".pub"};
    size_t len = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t end = strlen(endings[i]);
        if (len > end && strcmp(path + len - end, endings[i]) == 0)
            return text_format("%.*s", (int)(len - end), path);
    }
    return NULL;
}

/* Puts the private key in the place of its public half. */
static bool read_private(sshsig_signer *s, const keygen_options *o, const char *path)
{
    cleat_key *key = keygen_read_private(o, path);
    if (!key)
        return false;
    bool same = !s->key || cleat_key_equal(key, s->key);
    cleat_key_unref(s->key);
    s->key = key;
    if (!same)
        keygen_fail("Public key %s doesn't match private %s", o->file, path);
    return same;
}

static bool find_in_file(sshsig_signer *s, const keygen_options *o, bool is_public)
{
    if (!is_public)
        return read_private(s, o, o->file);
    char *path = private_beside(o->file);
    bool found = path && keygen_file_size(path) >= 0;
    bool good = found && read_private(s, o, path);
    if (!found)
        keygen_fail("No private key found for public key \"%s\"", o->file);
    free(path);
    return good;
}

/* ---- all ---- */

static bool open_signer(sshsig_signer *s, const keygen_options *o)
{
    uint8_t *data;
    size_t len;
    if (!keygen_read(&data, &len, o->file))
        return false;
    bool is_public = read_public(s, o->ctx, (cleat_slice){data, len}, o->file);
    port_free_secret(data, len);
    if (find_in_agent(s, o->ctx))
        return true;
    if (!o->by_agent)
        return find_in_file(s, o, is_public);
    keygen_fail("Couldn't find key in agent");
    return false;
}

sshsig_signer *sshsig_signer_open(const keygen_options *o)
{
    sshsig_signer *s = calloc(1, sizeof *s);
    if (!s)
        keygen_fail("%s", cleat_status_text(CLEAT_E_NOMEM));
    else if (open_signer(s, o))
        return s;
    sshsig_signer_close(s);
    return NULL;
}

void sshsig_signer_close(sshsig_signer *s)
{
    if (!s)
        return;
    agent_wait_close(s->agent);
    cleat_cert_unref(s->cert);
    cleat_key_unref(s->key);
    free(s);
}

cleat_status sshsig_signer_sign(sshsig_signer *s, cleat_bytes *out, cleat_ctx *ctx,
                                const cleat_sshsig_subject *subject, cleat_error *error)
{
    *out = (cleat_bytes){0};
    return s->agent ? sign_by_agent(s, out, ctx, subject, error)
                    : cleat_sshsig_sign(out, s->key, s->cert, NULL, subject, error);
}
