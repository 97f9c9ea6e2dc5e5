/* Public keys in ASN.1. OpenSSL parses; then the key passes through SSH's own encoding, so that
 * every key is checked by the same code. */
#include "file_spki.h"

#include "../base/error.h"
#include "../wire/writer.h"
#include "pkey.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static cleat_status through_ssh(const cl_env *env, EVP_PKEY *pkey, cleat_key **out,
                                cleat_error *err)
{
    const cl_key_type *type = cl_key_type_of(pkey);
    if (!type)
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "the key's type or curve has no name in SSH");
    cl_buf blob = CL_BUF(env->mem);
    cl_put_cstring(&blob, type->name);
    cleat_status st = type->write_public(type, pkey, &blob);
    if (st == CLEAT_OK)
        st = blob.status;
    if (st == CLEAT_OK)
        st = cl_key_from_blob(env, cl_buf_slice(&blob), out, err);
    else
        st = cl_fail(err, st, "reading the public key: %s", cleat_status_text(st));
    cl_buf_free(&blob);
    ERR_clear_error();
    return st;
}

static cleat_status read_with(const cl_env *env, EVP_PKEY *pkey, bool whole, cleat_key **out,
                              cleat_error *err)
{
    cleat_status st;
    *out = NULL;
    if (pkey && whole)
        st = through_ssh(env, pkey, out, err);
    else
        st = cl_fail(err, CLEAT_E_KEY_FORMAT, "expected a public key in ASN.1%s",
                     pkey ? " and nothing after it" : "");
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return st;
}

cleat_status cl_spki_read(const cl_env *env, cleat_slice der, cleat_key **out, cleat_error *err)
{
    const unsigned char *at = der.data;
    EVP_PKEY *pkey = d2i_PUBKEY_ex(NULL, &at, (long)der.len, env->lib, NULL);
    return read_with(env, pkey, at == der.data + der.len, out, err);
}

cleat_status cl_pkcs1_public_read(const cl_env *env, cleat_slice der, cleat_key **out,
                                  cleat_error *err)
{
    size_t left = der.len;
    EVP_PKEY *pkey = cl_pkey_decode(env, "RSA", EVP_PKEY_PUBLIC_KEY, der, &left);
    return read_with(env, pkey, left == 0, out, err);
}

/* der is OpenSSL's, or there is none and len tells why. */
static cleat_status take_over(unsigned char *der, int len, cl_buf *out, cleat_error *err)
{
    if (len <= 0)
        return cl_fail_crypto(err, "writing the public key");
    cl_buf_add(out, der, (size_t)len);
    OPENSSL_free(der);
    return out->status == CLEAT_OK ? CLEAT_OK : cl_fail(err, out->status, "out of memory");
}

cleat_status cl_spki_write(const cleat_key *key, cl_buf *out, cleat_error *err)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key->pkey, &der);
    return take_over(der, len, out, err);
}

cleat_status cl_pkcs1_public_write(const cleat_key *key, cl_buf *out, cleat_error *err)
{
    unsigned char *der = NULL;
    if (!EVP_PKEY_is_a(key->pkey, "RSA"))
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "PKCS#1 is for RSA keys, this one is %s",
                       key->type->name);
    int len = i2d_PublicKey(key->pkey, &der);
    return take_over(der, len, out, err);
}
