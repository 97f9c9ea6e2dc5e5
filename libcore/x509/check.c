/* Whether a chain is good for what it is shown for. */
#include "../base/error.h"
#include "ocsp.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum { DEPTH_DEFAULT = 8, LEVEL_DEFAULT = 2 };

/* RFC 6187 §2.1: each further certificate certifies the one before. */
static bool is_in_order(const cleat_x509 *chain)
{
    for (size_t i = 1; i < chain->cert_count; i++) {
        if (X509_NAME_cmp(X509_get_issuer_name(chain->certs[i - 1]),
                          X509_get_subject_name(chain->certs[i])) != 0)
            return false;
    }
    return true;
}

static cleat_status too_short(int bits, unsigned least, cleat_error *err)
{
    return cl_fail(err, CLEAT_E_KEY_WEAK,
                   "certificate: an RSA key of %d bits, at least %u are required", bits, least);
}

/* The root counts as well: whoever can forge its signature can forge them all. */
static cleat_status check_keys(const STACK_OF(X509) * way, unsigned rsa_min_bits, cleat_error *err)
{
    unsigned least = rsa_min_bits ? rsa_min_bits : CL_RSA_BITS_DEFAULT_MIN;
    for (int i = 0; i < sk_X509_num(way); i++) {
        const EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(way, i));
        if (!key)
            return cl_fail_crypto(err, "certificate");
        int bits = EVP_PKEY_get_bits(key);
        if (EVP_PKEY_is_a(key, "RSA") && (bits < 0 || (unsigned)bits < least))
            return too_short(bits, least, err);
    }
    return CLEAT_OK;
}

/* A key that SSH has no name for can stand in no list. */
static bool is_revoked(const cl_x509_search *search, X509 *cert, cleat_status *st)
{
    cleat_key *key;
    *st = cl_x509_key_of(search->store->env, cert, &key, NULL);
    bool revoked = *st == CLEAT_OK && search->use->key_is_revoked(search->use->user, key);
    cleat_key_unref(key);
    if (*st != CLEAT_E_NOMEM && *st != CLEAT_E_CRYPTO)
        *st = CLEAT_OK;
    return revoked;
}

static cleat_status check_revoked_keys(const cl_x509_search *search, const STACK_OF(X509) * way,
                                       cleat_error *err)
{
    cleat_status st = CLEAT_OK;
    for (int i = 0; search->use->key_is_revoked && i < sk_X509_num(way) && st == CLEAT_OK; i++) {
        X509 *cert = sk_X509_value(way, i);
        if (is_revoked(search, cert, &st))
            return cl_x509_refuse(search->store->env, cert, "its key is revoked", err);
    }
    return st == CLEAT_OK ? st : cl_fail_crypto(err, "certificate");
}

/* OpenSSL takes a certificate of version 1 for an authority's: here basicConstraints must say so.
 * An authority that is kept to some purposes can certify for no others. */
static const char *fault_of_authority(X509 *cert, const char *purposes, bool any)
{
    if (X509_check_ca(cert) != 1)
        return "it may not issue certificates";
    if (!any && !cl_x509_allows(cert, purposes, true))
        return "it may not issue certificates for this purpose";
    return NULL;
}

static const char *fault_of_own(X509 *cert, const cleat_x509_use *use, bool any)
{
    if (!(X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE)) /* all bits where it does not say */
        return "its key is not for signatures";
    if (!any && !cl_x509_allows(cert, use->purposes, !use->purpose_required))
        return "it is for another purpose";
    return NULL;
}

static cleat_status check_purposes(const cl_x509_search *search, const STACK_OF(X509) * way,
                                   cleat_error *err)
{
    const cleat_x509_use *use = search->use;
    bool any = cl_x509_any_purpose(use->purposes);
    const char *fault = fault_of_own(search->cert, use, any);
    int at = 0;
    for (int i = 1; !fault && i + 1 < sk_X509_num(way); i++) {
        at = i;
        fault = fault_of_authority(sk_X509_value(way, i), use->purposes, any);
    }
    return fault ? cl_x509_refuse(search->store->env, sk_X509_value(way, at), fault, err)
                 : CLEAT_OK;
}

static cleat_status check_way(const cleat_x509 *chain, const cl_x509_search *search,
                              const STACK_OF(X509) * way, cleat_error *err)
{
    cleat_status st = check_keys(way, search->use->rsa_min_bits, err);
    if (st == CLEAT_OK)
        st = check_purposes(search, way, err);
    if (st == CLEAT_OK)
        st = check_revoked_keys(search, way, err);
    return st == CLEAT_OK ? cl_x509_check_responses(chain, search, way, err) : st;
}

static cleat_status check(const cleat_x509 *chain, const cleat_x509_store *store,
                          const cleat_x509_use *use, cleat_error *error)
{
    STACK_OF(X509) *way = NULL;
    cl_x509_search search = {
        .store = store, .cert = chain->certs[0], .others = sk_X509_new_null(), .use = use};
    cleat_status st = search.others ? CLEAT_OK : CLEAT_E_NOMEM;
    for (size_t i = 1; i < chain->cert_count && st == CLEAT_OK; i++)
        st = sk_X509_push(search.others, chain->certs[i]) > 0 ? CLEAT_OK : CLEAT_E_NOMEM;
    if (st != CLEAT_OK)
        cl_fail(error, st, "out of memory");
    if (st == CLEAT_OK)
        st = cl_x509_find_way(&search, &way, error);
    if (st == CLEAT_OK)
        st = check_way(chain, &search, way, error);
    sk_X509_pop_free(way, X509_free);
    sk_X509_free(search.others);
    return st;
}

static void fill_in(cleat_x509_use *use)
{
    if (!use->purposes)
        use->purposes = use->kind == CLEAT_CERT_USER ? "secureShellClient" : "secureShellServer";
    if (!use->depth_max)
        use->depth_max = DEPTH_DEFAULT;
    if (!use->security_level)
        use->security_level = LEVEL_DEFAULT;
}

cleat_status cleat_x509_check(const cleat_x509 *chain, const cleat_x509_store *store,
                              const cleat_x509_use *use, cleat_error *error)
{
    cleat_x509_use complete;
    if (!cleat_options_import(&complete, sizeof complete, use) ||
        (complete.kind != CLEAT_CERT_USER && complete.kind != CLEAT_CERT_HOST))
        return cl_fail(error, CLEAT_E_BAD_CALL, "a use that is not known");
    fill_in(&complete);
    if (cleat_x509_purposes_fault(complete.purposes))
        return cl_fail(error, CLEAT_E_BAD_CALL, "a purpose that is not known: %s",
                       complete.purposes);
    if (!is_in_order(chain))
        return cl_fail(error, CLEAT_E_PERMISSION, "certificate: the chain is not in order");
    return check(chain, store, &complete, error);
}
