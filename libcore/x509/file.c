/* Files with certificates or revocation lists; a chain for a key from one. */
#include "file.h"

#include "../alg/ctx.h"
#include "../base/error.h"
#include "../key/armour.h"
#include "ocsp.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* Of which a chain is picked. */
enum { CANDIDATES_MAX = 64 };

static const char certificate_label[] = "CERTIFICATE";

/* A SEQUENCE that begins with a SEQUENCE, as certificates and revocation lists do; private keys and
 * PKCS#12 begin with a number. */
static bool is_der(cleat_slice file)
{
    if (file.len < 2 || file.data[0] != 0x30 || !(file.data[1] & 0x80))
        return false;
    size_t head = 2 + (size_t)(file.data[1] & 0x7f);
    return head < file.len && file.data[head] == 0x30;
}

static cleat_status take_armoured(const cl_env *env, const cl_armour *a, cl_x509_taker take,
                                  void *user, cleat_error *err)
{
    cl_buf der = CL_BUF(env->mem);
    cleat_error why = {0};
    cleat_status st = cl_armour_decode(a, &der, err);
    if (st == CLEAT_OK) {
        st = take(user, cl_buf_slice(&der), &why);
        if (st != CLEAT_OK)
            cl_fail(err, st, "line %zu: %.480s", a->line, why.text);
    }
    cl_buf_free(&der);
    return st;
}

cleat_status cl_x509_each(const cl_env *env, cleat_slice file, const char *label,
                          cl_x509_taker take, void *user, cleat_error *err)
{
    bool any = false;
    if (is_der(file))
        return take(user, file, err);
    for (;;) {
        cl_armour a;
        /* One object is no longer than a key file; a file of many may be. */
        cleat_slice window = cl_slice_cut(file, 0, CL_KEY_FILE_MAX);
        cleat_status st = cl_armour_find(window, label, &a, err);
        if (!a.whole.data)
            break;
        if (st == CLEAT_OK)
            st = take_armoured(env, &a, take, user, err);
        if (st != CLEAT_OK)
            return st;
        any = true;
        file = cl_slice_cut(file, (size_t)(a.whole.data + a.whole.len - file.data), file.len);
    }
    if (any)
        return CLEAT_OK;
    return cl_fail(err, CLEAT_E_NO_SUCH, "expected \"-----BEGIN ... %s-----\", or DER", label);
}

bool cleat_x509_is_file(cleat_slice file)
{
    cl_armour a;
    return is_der(file) || cl_armour_find(file, certificate_label, &a, NULL) == CLEAT_OK;
}

/* ---- a chain for a key ---- */

typedef struct candidates {
    const cl_env *env;
    X509 *certs[CANDIDATES_MAX];
    size_t count;
} candidates;

static cleat_status add_candidate(void *user, cleat_slice der, cleat_error *err)
{
    candidates *c = user;
    if (c->count == CANDIDATES_MAX)
        return cl_fail(err, CLEAT_E_LIMIT, "more than %d certificates", CANDIDATES_MAX);
    X509 *cert = der.len <= CLEAT_X509_PART_MAX ? cl_x509_parse(c->env, der) : NULL;
    if (!cert)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "this is no X.509 certificate, or too long");
    c->certs[c->count++] = cert;
    return CLEAT_OK;
}

static X509 *find_own(const candidates *c, const cleat_key *key)
{
    for (size_t i = 0; i < c->count; i++) {
        const EVP_PKEY *theirs = X509_get0_pubkey(c->certs[i]);
        if (theirs && EVP_PKEY_eq(theirs, key->pkey) == 1)
            return c->certs[i];
    }
    return NULL;
}

/* A root needs no showing: whoever trusts it has it. */
static X509 *find_issuer(const candidates *c, X509 *cert)
{
    for (size_t i = 0; i < c->count; i++) {
        X509 *other = c->certs[i];
        bool root = X509_check_issued(other, other) == X509_V_OK;
        if (!root && X509_check_issued(other, cert) == X509_V_OK)
            return other;
    }
    return NULL;
}

/* The first of the responses that is about the certificate; *found is empty when there is none. A
 * serial number is enough here: whoever gets the response looks closer. */
static cleat_status pick_response(X509 *cert, const cleat_slice *responses, size_t count,
                                  cleat_slice *found, cleat_error *err)
{
    *found = CL_SLICE_EMPTY;
    for (size_t i = 0; i < count; i++) {
        bool about;
        if (!cl_x509_response_names(responses[i], X509_get0_serialNumber(cert), &about))
            return cl_fail(err, CLEAT_E_KEY_FORMAT, "an OCSP response cannot be read");
        if (about) {
            *found = responses[i];
            return CLEAT_OK;
        }
    }
    return CLEAT_OK;
}

static cleat_status join(const candidates *c, const cleat_key *key, const cleat_slice *responses,
                         size_t response_count, cleat_x509 **out, cleat_error *err)
{
    X509 *way[CLEAT_X509_CHAIN_MAX];
    size_t count = 0;
    X509 *next = find_own(c, key);
    for (; next && count < CLEAT_X509_CHAIN_MAX; next = find_issuer(c, next))
        way[count++] = next;
    ERR_clear_error();
    if (!count)
        return cl_fail(err, CLEAT_E_NO_SUCH, "no certificate is the %s key's", key->type->label);
    if (next)
        return cl_fail(err, CLEAT_E_LIMIT, "more than %d certificates one after the other",
                       CLEAT_X509_CHAIN_MAX);
    cleat_slice picked[CLEAT_X509_CHAIN_MAX];
    size_t picked_count = 0;
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < count && st == CLEAT_OK; i++) {
        st = pick_response(way[i], responses, response_count, &picked[picked_count], err);
        picked_count += picked[picked_count].len != 0;
    }
    if (st == CLEAT_OK)
        st = cl_x509_join(key->env, way, count, picked, picked_count, out, err);
    if (st == CLEAT_OK)
        cl_x509_adopt(*out, key->ctx);
    return st;
}

static void free_candidates(candidates *c)
{
    for (size_t i = 0; i < c->count; i++)
        X509_free(c->certs[i]);
}

cleat_status cleat_x509_from_certificates(cleat_x509 **out, const cleat_key *key,
                                          const cleat_slice *certificates, size_t count,
                                          const cleat_slice *responses, size_t response_count,
                                          cleat_error *error)
{
    candidates c = {.env = key->env};
    cleat_status st = CLEAT_OK;
    *out = NULL;
    for (size_t i = 0; i < count && st == CLEAT_OK; i++)
        st = add_candidate(&c, certificates[i], error);
    if (st == CLEAT_OK)
        st = join(&c, key, responses, response_count, out, error);
    free_candidates(&c);
    return st;
}

cleat_status cleat_x509_read(cleat_x509 **out, const cleat_key *key, cleat_slice file,
                             const cleat_slice *responses, size_t response_count,
                             cleat_error *error)
{
    candidates c = {.env = key->env};
    *out = NULL;
    cleat_status st = cl_x509_each(key->env, file, certificate_label, add_candidate, &c, error);
    if (st == CLEAT_OK)
        st = join(&c, key, responses, response_count, out, error);
    free_candidates(&c);
    return st;
}
