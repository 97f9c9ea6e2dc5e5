/* The rows of key types and signature algorithms, in order of preference. */
#include "key.h"

#include "key_dsa.h"
#include "key_ecdsa.h"
#include "key_ed.h"
#include "key_rsa.h"
#include "sign_ecdsa.h"
#include "sign_eddsa.h"
#include "sign_rsa.h"

#include "../alg/alg.h"
#include "../base/compat.h"

#include <openssl/evp.h>

static const cl_key_type *const key_types[] = {
    &cl_key_ed25519,    &cl_key_ed448,      &cl_key_ecdsa_p256,
    &cl_key_ecdsa_p384, &cl_key_ecdsa_p521, &cl_key_sk_ed25519,
    &cl_key_sk_ecdsa,   &cl_key_rsa,        &cl_key_dsa,
};

static const cl_sig_alg *const sig_algs[] = {
    &cl_sig_ed25519,      &cl_sig_ed448,        &cl_sig_ecdsa_p256,     &cl_sig_ecdsa_p384,
    &cl_sig_ecdsa_p521,   &cl_sig_sk_ed25519,   &cl_sig_sk_ecdsa,       &cl_sig_webauthn_sk_ecdsa,
    &cl_sig_rsa_sha2_512, &cl_sig_rsa_sha2_256, &cl_sig_rsa2048_sha256, &cl_sig_rsa_sha1,
};

const cl_key_type *cl_key_type_at(size_t i)
{
    return i < CL_COUNT(key_types) ? key_types[i] : NULL;
}

const cl_key_type *cl_key_type_find(cleat_slice name)
{
    for (size_t i = 0; i < CL_COUNT(key_types); i++) {
        if (cl_slice_is(name, key_types[i]->name))
            return key_types[i];
    }
    return NULL;
}

const cl_key_type *cl_key_type_find_certified(cleat_slice cert_name)
{
    for (size_t i = 0; i < CL_COUNT(key_types); i++) {
        if (key_types[i]->cert_name && cl_slice_is(cert_name, key_types[i]->cert_name))
            return key_types[i];
    }
    return NULL;
}

static bool is_of(EVP_PKEY *pkey, const cl_key_type *t)
{
    if (t->security_key || !EVP_PKEY_is_a(pkey, t->evp))
        return false;
    if (!t->group)
        return true;
    char group[64];
    size_t len = 0;
    return EVP_PKEY_get_group_name(pkey, group, sizeof group, &len) &&
           cl_slice_is(cl_slice(group, len), t->group);
}

const cl_key_type *cl_key_type_of(EVP_PKEY *pkey)
{
    for (size_t i = 0; i < CL_COUNT(key_types); i++) {
        if (is_of(pkey, key_types[i]))
            return key_types[i];
    }
    return NULL;
}

const cl_sig_alg *cl_sig_alg_at(size_t i)
{
    return i < CL_COUNT(sig_algs) ? sig_algs[i] : NULL;
}

const char *cl_sig_alg_name(const cl_sig_alg *a, cl_key_form form)
{
    if (form == CL_FORM_CERT)
        return a->cert_name;
    if (form == CL_FORM_X509)
        return a->x509_name;
    return a->flags & CL_SIG_NOT_PLAIN ? NULL : a->name;
}

static const cl_sig_alg *find(cleat_slice name, cl_key_form form)
{
    for (size_t i = 0; i < CL_COUNT(sig_algs); i++) {
        const char *own = cl_sig_alg_name(sig_algs[i], form);
        if (own && cl_slice_is(name, own))
            return sig_algs[i];
    }
    return NULL;
}

const cl_sig_alg *cl_sig_alg_find(cleat_slice name)
{
    return find(name, CL_FORM_PLAIN);
}

const cl_sig_alg *cl_sig_alg_find_form(cleat_slice name, cl_key_form *form)
{
    const cl_sig_alg *found = NULL;
    for (int i = 0; i < CL_FORMS && !found; i++) {
        *form = (cl_key_form)i;
        found = find(name, *form);
    }
    return found;
}

const cl_sig_alg *cl_sig_alg_of_signature(cleat_slice name)
{
    for (size_t i = 0; i < CL_COUNT(sig_algs); i++) {
        if (cl_slice_is(name, sig_algs[i]->name))
            return sig_algs[i];
    }
    return NULL;
}
