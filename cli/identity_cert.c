/* The certificates of the user's keys. */
#include "identity_cert.h"

#include "hop.h"
#include "say.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { CERT_FILE_MAX = 64 << 10 };

static bool is_users(const cleat_cert *cert, const char *name)
{
    bool good = cleat_cert_get_facts(cert)->kind == CLEAT_CERT_USER;
    if (!good)
        say(CLEAT_LOG_INFO, "certificate %s is passed over: it is a host's", name);
    return good;
}

/* The place of the certificate among the identity's own; NULL when it is not one of its key, or
 * there is no room. */
static identity_cert *place_for(identity *one, cleat_cert *cert)
{
    if (!cleat_key_equal(one->key, cleat_cert_key(cert)))
        return NULL;
    for (size_t i = 0; i < one->cert_count; i++) {
        if (cleat_slice_equal(cleat_cert_blob(one->certs[i].cert), cleat_cert_blob(cert)))
            return &one->certs[i];
    }
    if (one->cert_count == IDENTITY_CERTS_MAX)
        return NULL;
    identity_cert *fresh = &one->certs[one->cert_count++];
    *fresh = (identity_cert){.cert = cleat_cert_ref(cert)};
    return fresh;
}

/* ---- the agent's ---- */

static bool has_key_of(const ssh_hop *h, const cleat_cert *cert)
{
    for (size_t i = 0; i < h->identity_count; i++) {
        if (cleat_key_equal(h->identities[i].key, cleat_cert_key(cert)))
            return true;
    }
    return false;
}

/* An agent may have a certificate, and its private part with it, without the plain key. */
static void add_key_of(ssh_hop *h, const cleat_cert *cert, const char *comment)
{
    const identity one = {.name = text_printable(comment),
                          .key = cleat_key_ref(cleat_cert_key(cert)),
                          .hidden = hop_flag(h, "IdentitiesOnly")};
    identity_add(h, &one);
}

bool identity_cert_from_agent(ssh_hop *h, const cleat_agent_key *theirs)
{
    cleat_cert *cert;
    if (cleat_cert_from_blob(&cert, h->run->ctx, theirs->blob, NULL) != CLEAT_OK)
        return false;
    if (is_users(cert, theirs->comment)) {
        if (!has_key_of(h, cert))
            add_key_of(h, cert, theirs->comment);
        for (size_t i = 0; i < h->identity_count; i++) {
            identity_cert *place = place_for(&h->identities[i], cert);
            if (place)
                place->in_agent = true;
        }
    }
    cleat_cert_unref(cert);
    return true;
}

/* ---- those in files ---- */

static cleat_cert *read_cert(ssh_hop *h, const char *path, bool named)
{
    uint8_t *data;
    size_t len;
    cleat_cert *cert = NULL;
    cleat_error error = {0};
    cleat_status st =
        port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, CERT_FILE_MAX, &error);
    if (st == CLEAT_OK) {
        st = cleat_cert_read(&cert, h->run->ctx, (cleat_slice){data, len}, &error);
        port_free(data);
    }
    if (st != CLEAT_OK && (named || st != CLEAT_E_NO_SUCH))
        say(CLEAT_LOG_INFO, "certificate %s: %s", path, error.text);
    if (st == CLEAT_OK && !is_users(cert, path)) {
        cleat_cert_unref(cert);
        return NULL;
    }
    return st == CLEAT_OK ? cert : NULL;
}

/* Gives the certificate to the keys that it is of. listed: see identity_cert. */
static void attach(ssh_hop *h, const char *path, unsigned listed)
{
    cleat_cert *cert = read_cert(h, path, listed != 0);
    for (size_t i = 0; cert && i < h->identity_count; i++) {
        identity_cert *place = place_for(&h->identities[i], cert);
        if (!place)
            continue;
        say(CLEAT_LOG_DEBUG1, "certificate %s for %s", path, h->identities[i].name);
        place->in_file = true;
        place->listed = place->listed ? place->listed : listed;
    }
    cleat_cert_unref(cert);
}

static void read_listed(ssh_hop *h, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *path = hop_value(h, "CertificateFile", i);
        if (path && strcmp(path, "none") != 0)
            attach(h, path, (unsigned)i + 1);
        free(path);
    }
}

void identity_certs_read(ssh_hop *h)
{
    size_t count = cleat_config_count(h->config, "CertificateFile");
    read_listed(h, count);
    for (size_t i = 0; count == 0 && i < h->identity_count; i++) {
        const identity *one = &h->identities[i];
        char *beside = one->named || one->in_file ? text_format("%s-cert.pub", one->name) : NULL;
        if (beside)
            attach(h, beside, 0);
        free(beside);
    }
}
