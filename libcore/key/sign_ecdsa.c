/* ECDSA signatures: SSH carries r and s as two mpints, OpenSSL wants them in DER. */
#include "sign_ecdsa.h"

#include "../alg/alg.h"
#include "../wire/writer.h"
#include "key_ecdsa.h"
#include "pkey.h"
#include "prepared.h"
#include "sign_sk.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>

/* SEQUENCE of two INTEGERs of 66 bytes and a sign byte each is shorter than this. */
enum { DER_MAX = 160 };

static void put_number(cl_buf *out, const BIGNUM *n)
{
    uint8_t bytes[DER_MAX];
    size_t len = (size_t)BN_num_bytes(n);
    if (len > sizeof bytes) {
        out->status = CLEAT_E_CRYPTO;
        return;
    }
    BN_bn2bin(n, bytes);
    cl_put_mpint(out, cl_slice(bytes, len));
}

static cleat_status sign(const cl_sig_alg *a, const cleat_key *key, cleat_slice message,
                         cl_buf *content)
{
    cl_buf der = CL_BUF(key->env->mem);
    ECDSA_SIG *pair = NULL;
    cleat_status st = cl_prepared_sign(key, a->digest, message, &der);
    if (st != CLEAT_OK)
        goto out;
    const unsigned char *at = der.data;
    pair = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    if (!pair) {
        st = CLEAT_E_CRYPTO;
        goto out;
    }
    put_number(content, ECDSA_SIG_get0_r(pair));
    put_number(content, ECDSA_SIG_get0_s(pair));
    st = content->status;
out:
    ECDSA_SIG_free(pair);
    cl_buf_free(&der);
    return st;
}

/* r and s within DER. Their range (1 .. order - 1) is OpenSSL's to check. */
static cleat_status to_der(cleat_slice r, cleat_slice s, uint8_t der[DER_MAX], size_t *der_len)
{
    cleat_status st = CLEAT_E_NOMEM;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *rn = cl_pkey_number(r, false);
    BIGNUM *sn = cl_pkey_number(s, false);
    if (!pair || !rn || !sn || !ECDSA_SIG_set0(pair, rn, sn))
        goto out;
    rn = NULL;
    sn = NULL;
    int len = i2d_ECDSA_SIG(pair, NULL);
    unsigned char *at = der;
    if (len > 0 && len <= DER_MAX && i2d_ECDSA_SIG(pair, &at) == len) {
        *der_len = (size_t)len;
        st = CLEAT_OK;
    }
out:
    BN_free(rn);
    BN_free(sn);
    ECDSA_SIG_free(pair);
    ERR_clear_error();
    return st;
}

static cleat_status verify(const cl_sig_alg *a, const cleat_key *key, cleat_slice message,
                           cleat_slice content)
{
    cl_reader in = cl_reader_of(content);
    cleat_slice r = cl_get_mpint(&in);
    cleat_slice s = cl_get_mpint(&in);
    size_t most = (a->key_type->bits + 7) / 8;
    if (cl_reader_done(&in) != CLEAT_OK || r.len == 0 || s.len == 0 || r.len > most || s.len > most)
        return CLEAT_E_SIGNATURE;
    uint8_t der[DER_MAX];
    size_t der_len = 0;
    cleat_status st = to_der(r, s, der, &der_len);
    if (st != CLEAT_OK)
        return st;
    return cl_prepared_verify(key, a->digest, message, cl_slice(der, der_len));
}

const cl_sig_alg cl_sig_ecdsa_p256 = {
    .name = "ecdsa-sha2-nistp256",
    .cert_name = "ecdsa-sha2-nistp256" CL_CERT_SUFFIX,
    .x509_name = CL_X509_PREFIX "ecdsa-sha2-nistp256",
    .key_type = &cl_key_ecdsa_p256,
    .digest = "SHA256",
    .flags = CL_ALG_DEFAULT,
    .sign = sign,
    .verify = verify,
};

const cl_sig_alg cl_sig_ecdsa_p384 = {
    .name = "ecdsa-sha2-nistp384",
    .cert_name = "ecdsa-sha2-nistp384" CL_CERT_SUFFIX,
    .x509_name = CL_X509_PREFIX "ecdsa-sha2-nistp384",
    .key_type = &cl_key_ecdsa_p384,
    .digest = "SHA384",
    .flags = CL_ALG_DEFAULT,
    .sign = sign,
    .verify = verify,
};

const cl_sig_alg cl_sig_ecdsa_p521 = {
    .name = "ecdsa-sha2-nistp521",
    .cert_name = "ecdsa-sha2-nistp521" CL_CERT_SUFFIX,
    .x509_name = CL_X509_PREFIX "ecdsa-sha2-nistp521",
    .key_type = &cl_key_ecdsa_p521,
    .digest = "SHA512",
    .flags = CL_ALG_DEFAULT,
    .sign = sign,
    .verify = verify,
};

const cl_sig_alg cl_sig_sk_ecdsa = {
    .name = "sk-ecdsa-sha2-nistp256@openssh.com",
    .cert_name = "sk-ecdsa-sha2-nistp256" CL_CERT_SUFFIX,
    .key_type = &cl_key_sk_ecdsa,
    .digest = "SHA256",
    .flags = CL_ALG_DEFAULT,
    .verify = verify,
    .device_message = cl_sk_device_message,
};

/* Made by a browser. Not offered unasked, as in OpenSSH. */
const cl_sig_alg cl_sig_webauthn_sk_ecdsa = {
    .name = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
    .cert_name = "webauthn-sk-ecdsa-sha2-nistp256" CL_CERT_SUFFIX,
    .key_type = &cl_key_sk_ecdsa,
    .digest = "SHA256",
    .verify = verify,
    .device_message = cl_sk_webauthn_message,
};
