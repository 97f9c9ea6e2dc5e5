/* A proof that another process's engine has received, checked once more where it is decided on. */
#include "../alg/ctx.h"
#include "../base/error.h"
#include "../x509/shown.h"
#include "auth_common.h"

static cleat_status check(const cl_env *env, const cleat_auth_proof *p, const cl_sig_alg *alg,
                          const cleat_key *key, cleat_error *error)
{
    cl_buf data = CL_BUF(env->mem);
    if (key->type != alg->key_type)
        return cl_fail(error, CLEAT_E_SIGNATURE, "the algorithm is another kind of key's");
    cl_auth_put_signed_data(&data, p->session_id, cleat_slice_of(p->user),
                            cleat_slice_of(p->algorithm), p->key_blob, p->host_key);
    cleat_status st = data.status;
    if (st == CLEAT_OK)
        st = cl_key_verify(key, alg, cl_buf_slice(&data), p->signature, error);
    cl_buf_free(&data);
    return st;
}

cleat_status cleat_auth_check_proof(cleat_ctx *ctx, const cleat_auth_proof *proof,
                                    cleat_error *error)
{
    cleat_auth_proof p;
    cleat_key *key;
    cl_key_form form;
    cleat_error why = {0};
    const cl_env *env = cl_ctx_env(ctx);
    if (!cleat_options_import(&p, sizeof p, proof))
        return cl_fail(error, CLEAT_E_BAD_CALL, "a proof of a newer version");
    const cl_sig_alg *alg = cl_sig_alg_find_form(cleat_slice_of(p.algorithm), &form);
    if (!alg)
        return cl_fail(error, CLEAT_E_UNSUPPORTED, "there is no algorithm %s", p.algorithm);
    cleat_status st = cl_shown_key(env, cleat_slice_of(p.algorithm), p.key_blob, &key, &why);
    if (st != CLEAT_OK)
        return cl_fail(error, st, "%s", why.text);
    st = check(env, &p, alg, key, error ? error : &why);
    cleat_key_unref(key);
    return st;
}
