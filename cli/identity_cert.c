/* The certificates of the user's keys. */
#include "identity_cert.h"

#include "hop.h"
#include "responses.h"
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
        const cleat_cert *other = one->certs[i].cert;
        if (other && cleat_slice_equal(cleat_cert_blob(other), cleat_cert_blob(cert)))
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

static cleat_cert *read_cert(ssh_hop *h, cleat_slice file, const char *path)
{
    cleat_cert *cert = NULL;
    cleat_error error = {0};
    cleat_status st = cleat_cert_read(&cert, h->run->ctx, file, &error);
    if (st != CLEAT_OK) {
        say(CLEAT_LOG_INFO, "certificate %s: %s", path, error.text);
        return NULL;
    }
    if (is_users(cert, path))
        return cert;
    cleat_cert_unref(cert);
    return NULL;
}

static void note(identity_cert *place, const identity *of, const char *path, unsigned listed)
{
    say(CLEAT_LOG_DEBUG1, "certificate %s for %s", path, of->name);
    place->in_file = true;
    place->listed = place->listed ? place->listed : listed;
}

/* Gives the certificate to the keys that it is of. listed: see identity_cert. */
static void attach_cert(ssh_hop *h, cleat_slice file, const char *path, unsigned listed)
{
    cleat_cert *cert = read_cert(h, file, path);
    for (size_t i = 0; cert && i < h->identity_count; i++) {
        identity_cert *place = place_for(&h->identities[i], cert);
        if (place)
            note(place, &h->identities[i], path, listed);
    }
    cleat_cert_unref(cert);
}

static void attach_chain(ssh_hop *h, identity *one, cleat_slice file, const char *path,
                         unsigned listed)
{
    cleat_x509 *chain;
    cleat_error error = {0};
    if (one->cert_count == IDENTITY_CERTS_MAX)
        return;
    cleat_status st =
        cleat_x509_read(&chain, one->key, file, h->responses.list, h->responses.count, &error);
    if (st == CLEAT_OK) {
        identity_cert *place = &one->certs[one->cert_count++];
        *place = (identity_cert){.chain = chain};
        note(place, one, path, listed);
    } else if (st != CLEAT_E_NO_SUCH)
        say(CLEAT_LOG_INFO, "certificate %s: %s", path, error.text);
}

static void attach(ssh_hop *h, const char *path, unsigned listed)
{
    uint8_t *data;
    size_t len;
    cleat_error error = {0};
    cleat_status st =
        port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, CERT_FILE_MAX, &error);
    if (st != CLEAT_OK) {
        if (listed || st != CLEAT_E_NO_SUCH)
            say(CLEAT_LOG_INFO, "certificate %s: %s", path, error.text);
        return;
    }
    const cleat_slice file = {data, len};
    bool x509 = cleat_x509_is_file(file);
    for (size_t i = 0; x509 && i < h->identity_count; i++)
        attach_chain(h, &h->identities[i], file, path, listed);
    if (!x509)
        attach_cert(h, file, path, listed);
    port_free_secret(data, len); /* the key may stand there, too */
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

/* A key's own file may have X.509 certificates behind the key. */
static void attach_own(ssh_hop *h, identity *one)
{
    uint8_t *data;
    size_t len;
    if (!one->in_file || port_file_read(&data, &len, one->name, PORT_TRUST_ANY, NULL, CERT_FILE_MAX,
                                        NULL) != CLEAT_OK)
        return;
    const cleat_slice file = {data, len};
    if (cleat_x509_is_file(file))
        attach_chain(h, one, file, one->name, 0);
    port_free_secret(data, len);
}

static void read_beside(ssh_hop *h, identity *one)
{
    static const char *const endings[] = {"-cert.pub", "-cert.pem"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *beside = text_format("%s%s", one->name, endings[i]);
        if (beside)
            attach(h, beside, 0);
        free(beside);
    }
    attach_own(h, one);
}

void identity_certs_read(ssh_hop *h)
{
    size_t count = cleat_config_count(h->config, "CertificateFile");
    responses_read(h);
    read_listed(h, count);
    for (size_t i = 0; count == 0 && i < h->identity_count; i++) {
        if (h->identities[i].named || h->identities[i].in_file)
            read_beside(h, &h->identities[i]);
    }
    responses_forget(h);
}
