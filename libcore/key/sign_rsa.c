/* RSA signatures under four names; the key's own name is always ssh-rsa. */
#include "sign_rsa.h"

#include "../alg/alg.h"
#include "key_rsa.h"
#include "prepared.h"

#include <openssl/evp.h>
#include <string.h>

static cleat_status sign(const cl_sig_alg *a, const cleat_key *key, cleat_slice message,
                         cl_buf *content)
{
    return cl_prepared_sign(key, a->digest, message, content);
}

/* Some signers send the number without its leading zeros; RFC 8332 §3 wants verifiers to cope, so
 * a short signature is filled up to the modulus' length, which is what OpenSSL insists on. */
static cleat_status verify(const cl_sig_alg *a, const cleat_key *key, cleat_slice message,
                           cleat_slice content)
{
    uint8_t full[CL_RSA_BITS_MOST / 8] = {0};
    size_t len = (size_t)EVP_PKEY_get_size(key->pkey);
    if (content.len == 0 || content.len > len || len > sizeof full)
        return CLEAT_E_SIGNATURE;
    memcpy(full + (len - content.len), content.data, content.len);
    return cl_prepared_verify(key, a->digest, message, cl_slice(full, len));
}

const cl_sig_alg cl_sig_rsa_sha2_512 = {
    .name = "rsa-sha2-512",
    .cert_name = "rsa-sha2-512" CL_CERT_SUFFIX,
    .key_type = &cl_key_rsa,
    .digest = "SHA512",
    .flags = CL_ALG_DEFAULT,
    .sign = sign,
    .verify = verify,
};

const cl_sig_alg cl_sig_rsa_sha2_256 = {
    .name = "rsa-sha2-256",
    .cert_name = "rsa-sha2-256" CL_CERT_SUFFIX,
    .key_type = &cl_key_rsa,
    .digest = "SHA256",
    .flags = CL_ALG_DEFAULT,
    .sign = sign,
    .verify = verify,
};

/* RFC 6187 §3.3: a name of its own, and no shorter keys. */
static cleat_status check_2048(EVP_PKEY *pkey)
{
    return EVP_PKEY_get_bits(pkey) >= 2048 ? CLEAT_OK : CLEAT_E_KEY_WEAK;
}

static cleat_status sign_2048(const cl_sig_alg *a, const cleat_key *key, cleat_slice message,
                              cl_buf *content)
{
    cleat_status st = check_2048(key->pkey);
    return st == CLEAT_OK ? sign(a, key, message, content) : st;
}

static cleat_status verify_2048(const cl_sig_alg *a, const cleat_key *key, cleat_slice message,
                                cleat_slice content)
{
    cleat_status st = check_2048(key->pkey);
    return st == CLEAT_OK ? verify(a, key, message, content) : st;
}

const cl_sig_alg cl_sig_rsa2048_sha256 = {
    .name = "rsa2048-sha256",
    .x509_name = CL_X509_PREFIX "rsa2048-sha256",
    .key_type = &cl_key_rsa,
    .digest = "SHA256",
    .flags = CL_ALG_DEFAULT | CL_SIG_NOT_PLAIN,
    .sign = sign_2048,
    .verify = verify_2048,
};

const cl_sig_alg cl_sig_rsa_sha1 = {
    .name = "ssh-rsa",
    .cert_name = "ssh-rsa" CL_CERT_SUFFIX,
    .x509_name = CL_X509_PREFIX "ssh-rsa",
    .key_type = &cl_key_rsa,
    .digest = "SHA1",
    .flags = CL_ALG_LEGACY,
    .sign = sign,
    .verify = verify,
};
