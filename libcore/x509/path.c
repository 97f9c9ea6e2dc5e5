/* Ways from a certificate to a trusted root. OpenSSL builds and checks them; here is what it is
 * asked to check, and what its answers are called. */
#include "path.h"

#include "../base/compat.h"
#include "../base/error.h"
#include "names.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

static const struct {
    int error;
    const char *why;
} reasons[] = {
    {X509_V_ERR_CERT_NOT_YET_VALID, "it is not valid yet"},
    {X509_V_ERR_CERT_HAS_EXPIRED, "it has expired"},
    {X509_V_ERR_CERT_REVOKED, "it is revoked"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "its authority is not known"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "its authority is not known"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "its authority is not known"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "this root is not trusted"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "it is its own authority"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "its authority has not signed it"},
    {X509_V_ERR_UNABLE_TO_GET_CRL, "there is no revocation list of its authority"},
    {X509_V_ERR_CRL_HAS_EXPIRED, "its authority's revocation list is out of date"},
    {X509_V_ERR_CRL_NOT_YET_VALID, "its authority's revocation list is from the future"},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, "its authority's revocation list is not signed by it"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "its key is too weak"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, "its key is too weak"},
    {X509_V_ERR_CA_MD_TOO_WEAK, "its signature is too weak"},
    {X509_V_ERR_INVALID_CA, "it may not issue certificates"},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, "there are more authorities below it than it allows"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, "there are too many authorities above it"},
    {X509_V_ERR_PERMITTED_VIOLATION, "its authority may not name this"},
    {X509_V_ERR_EXCLUDED_VIOLATION, "its authority may not name this"},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, "it has a critical extension that is not known"},
};

static const char *reason_of(int error)
{
    for (size_t i = 0; i < CL_COUNT(reasons); i++) {
        if (reasons[i].error == error)
            return reasons[i].why;
    }
    return X509_verify_cert_error_string(error);
}

cleat_status cl_x509_refuse(const cl_env *env, X509 *cert, const char *why, cleat_error *err)
{
    cl_buf subject = CL_BUF(env->mem);
    cleat_status st = cl_x509_put_name(X509_get_subject_name(cert), &subject);
    const char *name = st == CLEAT_OK ? cl_buf_text(&subject) : NULL;
    cl_fail(err, CLEAT_E_PERMISSION, "certificate of %.300s: %s", name ? name : "?", why);
    cl_buf_free(&subject);
    return CLEAT_E_PERMISSION;
}

/* A list that is not there is no mistake where none is asked for. */
static int forgive_missing_list(int good, X509_STORE_CTX *way)
{
    if (good || X509_STORE_CTX_get_error(way) != X509_V_ERR_UNABLE_TO_GET_CRL)
        return good;
    X509_STORE_CTX_set_error(way, X509_V_OK);
    return 1;
}

/* Parts of a path that is not trusted as a whole are never trusted: no X509_V_FLAG_PARTIAL_CHAIN.
 */
static bool set_conditions(X509_STORE_CTX *way, const cl_x509_search *search)
{
    const cleat_x509_use *use = search->use;
    unsigned long flags = X509_V_FLAG_POLICY_CHECK;
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(way);
    if (!search->unlisted)
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    if (!use->crl_required)
        X509_STORE_CTX_set_verify_cb(way, forgive_missing_list);
    X509_VERIFY_PARAM_set_time(param, (time_t)use->now);
    X509_VERIFY_PARAM_set_depth(param, (int)use->depth_max);
    X509_VERIFY_PARAM_set_auth_level(param, (int)use->security_level);
    return X509_VERIFY_PARAM_set_flags(param, flags) == 1;
}

static cleat_status verify(X509_STORE_CTX *way, const cl_x509_search *search, cleat_error *err)
{
    int good = X509_verify_cert(way);
    if (good == 1)
        return CLEAT_OK;
    int error = X509_STORE_CTX_get_error(way);
    X509 *cert = X509_STORE_CTX_get_current_cert(way);
    if (good < 0 || error == X509_V_ERR_OUT_OF_MEM || error == X509_V_OK)
        return cl_fail_crypto(err, "checking certificates");
    return cl_x509_refuse(search->store->env, cert ? cert : search->cert, reason_of(error), err);
}

cleat_status cl_x509_find_way(const cl_x509_search *search, STACK_OF(X509) * *way, cleat_error *err)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new_ex(search->store->env->lib, NULL);
    cleat_status st = CLEAT_E_CRYPTO;
    *way = NULL;
    if (!ctx ||
        X509_STORE_CTX_init(ctx, search->store->trusted, search->cert, search->others) != 1 ||
        !set_conditions(ctx, search))
        st = cl_fail_crypto(err, "checking certificates");
    else
        st = verify(ctx, search, err);
    if (st == CLEAT_OK)
        *way = X509_STORE_CTX_get1_chain(ctx);
    if (st == CLEAT_OK && !*way)
        st = cl_fail_crypto(err, "checking certificates");
    X509_STORE_CTX_free(ctx);
    ERR_clear_error();
    return st;
}

/* ---- extended key usage (RFC 5280 §4.2.1.12) ---- */

static bool lists(const EXTENDED_KEY_USAGE *usage, const ASN1_OBJECT *purpose)
{
    for (int i = 0; i < sk_ASN1_OBJECT_num(usage); i++) {
        const ASN1_OBJECT *one = sk_ASN1_OBJECT_value(usage, i);
        if (OBJ_cmp(one, purpose) == 0 || OBJ_obj2nid(one) == NID_anyExtendedKeyUsage)
            return true;
    }
    return false;
}

/* A short name of OpenSSL's or a dotted number; NULL for what is neither. */
static ASN1_OBJECT *purpose_of(cleat_slice word)
{
    char name[64];
    if (word.len >= sizeof name)
        return NULL;
    memcpy(name, word.data, word.len);
    name[word.len] = 0;
    return OBJ_txt2obj(name, 0);
}

static bool lists_one(const EXTENDED_KEY_USAGE *usage, const char *purposes)
{
    cleat_slice rest = cleat_slice_of(purposes);
    cleat_slice word;
    bool found = false;
    while (!found && cl_slice_split(&rest, ' ', &word)) {
        ASN1_OBJECT *purpose = word.len ? purpose_of(word) : NULL;
        found = purpose && lists(usage, purpose);
        ASN1_OBJECT_free(purpose);
    }
    return found;
}

bool cl_x509_any_purpose(const char *purposes)
{
    cleat_slice rest = cleat_slice_of(purposes);
    cleat_slice word;
    while (cl_slice_split(&rest, ' ', &word)) {
        if (cl_slice_is_nocase(word, "any"))
            return true;
    }
    return false;
}

const char *cleat_x509_purposes_fault(const char *purposes)
{
    cleat_slice rest = cleat_slice_of(purposes);
    cleat_slice word;
    bool any = false;
    while (cl_slice_split(&rest, ' ', &word)) {
        bool wild = cl_slice_is_nocase(word, "any");
        ASN1_OBJECT *purpose = word.len && !wild ? purpose_of(word) : NULL;
        bool good = !word.len || wild || purpose;
        any = any || word.len;
        ASN1_OBJECT_free(purpose);
        ERR_clear_error();
        if (!good)
            return "is no extended key usage that is known, and no dotted number";
    }
    return any ? NULL : "is no purpose";
}

bool cl_x509_allows(X509 *cert, const char *purposes, bool absent)
{
    int critical = 0;
    EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(cert, NID_ext_key_usage, &critical, NULL);
    bool allowed = usage ? lists_one(usage, purposes) : critical == -1 && absent;
    EXTENDED_KEY_USAGE_free(usage);
    return allowed;
}
