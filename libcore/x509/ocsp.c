/* Responses of OCSP that come with a chain. */
#include "ocsp.h"

#include "../base/error.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

/* A response may be from a clock that is ahead by this much; one that does not say when the next
 * comes is fresh for a day. Seconds. */
enum { AHEAD_MAX = 300, AGE_MAX = 86400 };

/* One response, and the way that it may be about. */
typedef struct response {
    const cl_x509_search *search;
    const STACK_OF(X509) * way;
    OCSP_BASICRESP *basic;
    bool answered[CLEAT_X509_CHAIN_MAX]; /* by this or an earlier response: that it is good */
} response;

static cleat_status refuse(const response *r, int at, const char *why, cleat_error *err)
{
    return cl_x509_refuse(r->search->store->env, sk_X509_value(r->way, at), why, err);
}

/* ---- who has signed ---- */

/* The authority itself, or whom it has certified for just that (RFC 6960 §4.2.2.2). */
static bool is_delegate(const response *r, X509 *signer, X509 *authority)
{
    cleat_error why = {0};
    STACK_OF(X509) *way = NULL;
    cl_x509_search search = *r->search;
    search.cert = signer;
    search.unlisted = X509_get_ext_by_NID(signer, NID_id_pkix_OCSP_noCheck, -1) >= 0;
    if (!cl_x509_allows(signer, "OCSPSigning", false) ||
        cl_x509_find_way(&search, &way, &why) != CLEAT_OK)
        return false;
    bool direct = sk_X509_num(way) > 1 && X509_cmp(sk_X509_value(way, 1), authority) == 0;
    sk_X509_pop_free(way, X509_free);
    return direct;
}

/* The signature is right, and its owner may speak for the authority. */
static bool is_signed_for(const response *r, X509 *authority)
{
    X509 *signer = NULL;
    STACK_OF(X509) *known = sk_X509_new_null();
    bool good = known && sk_X509_push(known, authority) > 0 &&
                OCSP_resp_get0_signer(r->basic, &signer, known) == 1 &&
                OCSP_basic_verify(r->basic, known, NULL, OCSP_NOVERIFY) == 1;
    sk_X509_free(known);
    return good && (X509_cmp(signer, authority) == 0 || is_delegate(r, signer, authority));
}

/* ---- what is said ---- */

/* The time is before (-1) or after (1) that of the use plus some seconds; 0: it cannot be read. */
static int compare_time(const response *r, const ASN1_GENERALIZEDTIME *time, int64_t plus)
{
    time_t when = (time_t)(r->search->use->now + plus);
    return X509_cmp_time(time, &when);
}

static const char *staleness(const response *r, const ASN1_GENERALIZEDTIME *made,
                             const ASN1_GENERALIZEDTIME *next)
{
    if (compare_time(r, made, AHEAD_MAX) != -1)
        return "its OCSP response is from the future";
    bool fresh = next ? compare_time(r, next, 0) == 1 : compare_time(r, made, -AGE_MAX) == 1;
    return fresh ? NULL : "its OCSP response is out of date";
}

static const char *fault_of(const response *r, OCSP_SINGLERESP *single, X509 *authority)
{
    int reason;
    ASN1_GENERALIZEDTIME *made = NULL;
    ASN1_GENERALIZEDTIME *next = NULL;
    int status = OCSP_single_get0_status(single, &reason, NULL, &made, &next);
    if (!is_signed_for(r, authority))
        return "its OCSP response is not signed by its authority";
    const char *stale = staleness(r, made, next);
    if (stale)
        return stale;
    if (status == V_OCSP_CERTSTATUS_REVOKED)
        return "it is revoked, by its OCSP response";
    return status == V_OCSP_CERTSTATUS_GOOD ? NULL : "its OCSP responder does not know it";
}

/* Names and keys are hashed as the responder has done it. */
static bool is_about(const OCSP_SINGLERESP *single, X509 *cert, X509 *authority)
{
    ASN1_OBJECT *hash = NULL;
    OCSP_CERTID *id = OCSP_CERTID_dup(OCSP_SINGLERESP_get0_id(single));
    const EVP_MD *md = NULL;
    if (id && OCSP_id_get0_info(NULL, &hash, NULL, NULL, id) == 1)
        md = EVP_get_digestbyobj(hash);
    OCSP_CERTID *own = md ? OCSP_cert_to_id(md, cert, authority) : NULL;
    bool same = own && OCSP_id_cmp(own, id) == 0;
    OCSP_CERTID_free(own);
    OCSP_CERTID_free(id);
    return same;
}

static cleat_status check_single(response *r, OCSP_SINGLERESP *single, cleat_error *err)
{
    for (int i = 0; i + 1 < sk_X509_num(r->way) && i < CLEAT_X509_CHAIN_MAX; i++) {
        X509 *authority = sk_X509_value(r->way, i + 1);
        if (!is_about(single, sk_X509_value(r->way, i), authority))
            continue;
        const char *fault = fault_of(r, single, authority);
        if (fault)
            return refuse(r, i, fault, err);
        r->answered[i] = true;
    }
    return CLEAT_OK;
}

static cleat_status check_basic(response *r, cleat_error *err)
{
    cleat_status st = CLEAT_OK;
    for (int i = 0; i < OCSP_resp_count(r->basic) && st == CLEAT_OK; i++)
        st = check_single(r, OCSP_resp_get0(r->basic, i), err);
    return st;
}

/* NULL when it cannot be read, or gives no answer. */
static OCSP_BASICRESP *parse(cleat_slice der)
{
    const unsigned char *at = der.data;
    OCSP_RESPONSE *whole = d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
    OCSP_BASICRESP *basic = NULL;
    if (whole && at == der.data + der.len &&
        OCSP_response_status(whole) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
        basic = OCSP_response_get1_basic(whole);
    OCSP_RESPONSE_free(whole);
    return basic;
}

static cleat_status check_response(response *r, cleat_slice der, cleat_error *err)
{
    r->basic = parse(der);
    if (!r->basic)
        return refuse(r, 0, "an OCSP response with it cannot be read, or gives no answer", err);
    cleat_status st = check_basic(r, err);
    OCSP_BASICRESP_free(r->basic);
    return st;
}

/* ---- what must be there ---- */

/* Authority information access (RFC 5280 §4.2.2.1); one that cannot be read may name one. */
static bool names_responder(X509 *cert)
{
    int critical = 0;
    bool named = false;
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(cert, NID_info_access, &critical, NULL);
    if (!access)
        return critical != -1;
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++)
        named |= OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(access, i)->method) == NID_ad_OCSP;
    AUTHORITY_INFO_ACCESS_free(access);
    return named;
}

static cleat_status check_missing(const response *r, cleat_error *err)
{
    cleat_x509_ocsp rule = r->search->use->ocsp;
    bool needed = rule == CLEAT_X509_OCSP_REQUIRED;
    for (int i = 0; i + 1 < sk_X509_num(r->way) && i < CLEAT_X509_CHAIN_MAX; i++) {
        if (rule == CLEAT_X509_OCSP_NAMED)
            needed = names_responder(sk_X509_value(r->way, i));
        if (needed && !r->answered[i])
            return refuse(r, i, "no OCSP response came with it", err);
        needed = false;
    }
    return CLEAT_OK;
}

cleat_status cl_x509_check_responses(const cleat_x509 *chain, const cl_x509_search *search,
                                     const STACK_OF(X509) * way, cleat_error *err)
{
    response r = {.search = search, .way = way};
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < chain->response_count && st == CLEAT_OK; i++)
        st = check_response(&r, chain->responses[i], err);
    if (st == CLEAT_OK)
        st = check_missing(&r, err);
    ERR_clear_error();
    return st;
}

/* ---- what is it about? ---- */

static bool has_serial(const OCSP_SINGLERESP *single, const ASN1_INTEGER *serial)
{
    ASN1_INTEGER *own = NULL;
    OCSP_CERTID *id = OCSP_CERTID_dup(OCSP_SINGLERESP_get0_id(single));
    bool same = id && OCSP_id_get0_info(NULL, NULL, NULL, &own, id) == 1 &&
                ASN1_INTEGER_cmp(own, serial) == 0;
    OCSP_CERTID_free(id);
    return same;
}

bool cl_x509_response_names(cleat_slice der, const ASN1_INTEGER *serial, bool *about)
{
    OCSP_BASICRESP *basic = parse(der);
    *about = false;
    for (int i = 0; basic && i < OCSP_resp_count(basic); i++)
        *about |= has_serial(OCSP_resp_get0(basic, i), serial);
    bool read = basic != NULL;
    OCSP_BASICRESP_free(basic);
    ERR_clear_error();
    return read;
}
