/* What is shown by whoever proves to have a key. */
#include "shown.h"

#include "../base/error.h"
#include "../key/cert_openssh.h"

static cleat_status key_of_cert(const cl_env *env, cleat_slice shown, cleat_key **key,
                                cleat_error *err)
{
    cleat_cert *cert;
    cleat_status st = cl_cert_from_blob(env, shown, &cert, err);
    if (st != CLEAT_OK)
        return st;
    *key = cleat_key_ref(cert->subject);
    cleat_cert_unref(cert);
    return st;
}

/* Both names of the algorithm must be one: an RSA certificate could go with two. */
static cleat_status key_of_chain(const cl_env *env, cleat_slice algorithm, cleat_slice shown,
                                 cleat_key **key, cleat_error *err)
{
    cleat_x509 *chain;
    cl_reader r = cl_reader_of(shown);
    if (!cleat_slice_equal(cl_get_string(&r), algorithm))
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "the certificates are for another algorithm");
    cleat_status st = cl_x509_from_blob(env, shown, &chain, err);
    if (st != CLEAT_OK)
        return st;
    *key = cleat_key_ref(chain->key);
    cleat_x509_unref(chain);
    return st;
}

cleat_status cl_shown_key(const cl_env *env, cleat_slice algorithm, cleat_slice shown,
                          cleat_key **key, cleat_error *err)
{
    cl_key_form form;
    *key = NULL;
    if (!cl_sig_alg_find_form(algorithm, &form))
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "the signature's algorithm is not known");
    if (form == CL_FORM_CERT)
        return key_of_cert(env, shown, key, err);
    if (form == CL_FORM_X509)
        return key_of_chain(env, algorithm, shown, key, err);
    return cl_key_from_blob(env, shown, key, err);
}

/* A plain key need not be one that is known here: its signer may know it. */
cleat_status cl_shown_signer(const cl_env *env, cl_arena *arena, cleat_slice algorithm,
                             cleat_slice shown, const char **name, cleat_slice *key_blob)
{
    cl_key_form form;
    cleat_key *key = NULL;
    cleat_status st = CLEAT_OK;
    const cl_sig_alg *alg = cl_sig_alg_find_form(algorithm, &form);
    bool certified = alg && form != CL_FORM_PLAIN;
    if (certified)
        st = cl_shown_key(env, algorithm, shown, &key, NULL);
    if (st == CLEAT_OK) {
        *name = cl_arena_text(arena, certified ? cleat_slice_of(alg->name) : algorithm);
        *key_blob = cl_arena_copy(arena, certified ? cleat_key_blob(key) : shown);
    }
    cleat_key_unref(key);
    return st;
}
