/* Ed25519 and Ed448 signatures: the bytes of RFC 8032, exactly as many as the curve has. */
#include "sign_eddsa.h"

#include "../alg/alg.h"
#include "key_ed.h"
#include "prepared.h"
#include "sign_sk.h"

static cleat_status sign(const cl_sig_alg *a, const cleat_key *key, cleat_slice message,
                         cl_buf *content)
{
    return cl_prepared_sign(key, a->digest, message, content);
}

static cleat_status verify(const cl_sig_alg *a, const cleat_key *key, cleat_slice message,
                           cleat_slice content)
{
    if (content.len != 2 * a->key_type->raw_len)
        return CLEAT_E_SIGNATURE;
    return cl_prepared_verify(key, a->digest, message, content);
}

const cl_sig_alg cl_sig_ed25519 = {
    .name = "ssh-ed25519",
    .cert_name = "ssh-ed25519" CL_CERT_SUFFIX,
    .x509_name = CL_X509_PREFIX "ssh-ed25519",
    .key_type = &cl_key_ed25519,
    .flags = CL_ALG_DEFAULT,
    .sign = sign,
    .verify = verify,
};

const cl_sig_alg cl_sig_ed448 = {
    .name = "ssh-ed448",
    .cert_name = "ssh-ed448" CL_CERT_SUFFIX,
    .x509_name = CL_X509_PREFIX "ssh-ed448",
    .key_type = &cl_key_ed448,
    .flags = CL_ALG_DEFAULT,
    .sign = sign,
    .verify = verify,
};

const cl_sig_alg cl_sig_sk_ed25519 = {
    .name = "sk-ssh-ed25519@openssh.com",
    .cert_name = "sk-ssh-ed25519" CL_CERT_SUFFIX,
    .key_type = &cl_key_sk_ed25519,
    .flags = CL_ALG_DEFAULT,
    .verify = verify,
    .device_message = cl_sk_device_message,
};
