/* Private keys in PEM. OpenSSL takes the encryption off and parses ASN.1; then the key passes once
 * through SSH's own encoding, so that every key is checked by the same code. */
#include "file_pem.h"

#include "../base/compat.h"
#include "../base/error.h"
#include "../base/slice.h"
#include "file_dek.h"
#include "old_ciphers.h"
#include "pbe.h"
#include "pkey.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string.h>

static cleat_status damaged(const char *label, cleat_error *err)
{
    ERR_clear_error();
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "expected a key in ASN.1, as in \"%s\"", label);
}

bool cl_pem_is_pkcs8(cleat_slice label)
{
    return cl_slice_is(label, CL_PEM_PKCS8) || cl_slice_is(label, CL_PEM_PKCS8_ENCRYPTED);
}

bool cl_pem_is_encrypted(const cl_armour *a)
{
    return cl_slice_is(a->label, CL_PEM_PKCS8_ENCRYPTED) || cl_dek_is_there(a);
}

/* ---- PKCS#8 ---------------------------------------------------------------------------------- */

/* With the algorithms that the program uses, or else with the old ones. */
static cleat_status decrypt_pkcs8(const cl_env *env, const X509_SIG *sealed, cleat_slice passphrase,
                                  PKCS8_PRIV_KEY_INFO **info, cleat_error *err)
{
    cl_old_ciphers old;
    cleat_error why = {0};
    cleat_status st = cl_pbe_open_key(env->lib, sealed, passphrase, info, &why);
    if (st == CLEAT_E_UNSUPPORTED) {
        if (cl_old_ciphers_open(&old, env) == CLEAT_OK)
            st = cl_pbe_open_key(old.lib, sealed, passphrase, info, &why);
        cl_old_ciphers_close(&old);
    }
    return st == CLEAT_OK ? st : cl_fail(err, st, "%s", why.text);
}

static cleat_status open_pkcs8(const cl_env *env, cleat_slice der, cleat_slice passphrase,
                               PKCS8_PRIV_KEY_INFO **info, cleat_error *err)
{
    long rounds = CL_PBE_ROUNDS_MAX;
    const unsigned char *at = der.data;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &at, (long)der.len);
    if (!sealed)
        return damaged(CL_PEM_PKCS8_ENCRYPTED, err);
    const X509_ALGOR *alg = NULL;
    X509_SIG_get0(sealed, &alg, NULL);
    cleat_status st = cl_pbe_spend(alg, &rounds, err);
    if (st == CLEAT_OK)
        st = decrypt_pkcs8(env, sealed, passphrase, info, err);
    X509_SIG_free(sealed);
    return st;
}

static cleat_status read_pkcs8(const cl_env *env, cleat_slice der, cleat_slice passphrase,
                               bool encrypted, cleat_key **out, cleat_error *err)
{
    PKCS8_PRIV_KEY_INFO *info = NULL;
    const unsigned char *at = der.data;
    cleat_status st = CLEAT_OK;
    if (encrypted)
        st = open_pkcs8(env, der, passphrase, &info, err);
    else
        info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
    if (st == CLEAT_OK)
        st = info ? cl_pkcs8_key(env, info, out, err) : damaged(CL_PEM_PKCS8, err);
    PKCS8_PRIV_KEY_INFO_free(info);
    return st;
}

/* ---- into SSH's terms ------------------------------------------------------------------------ */

static cleat_status through_ssh(const cl_env *env, EVP_PKEY *pkey, cleat_key **out,
                                cleat_error *err)
{
    const cl_key_type *type = cl_key_type_of(pkey);
    if (!type)
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "the key's type or curve has no name in SSH");
    EVP_PKEY *checked = NULL;
    cl_buf fields = CL_BUF_SECRET(env->mem);
    cleat_status st = type->write_private(type, pkey, &fields);
    if (st == CLEAT_OK)
        st = fields.status;
    if (st == CLEAT_E_NOMEM) {
        cl_fail(err, st, "out of memory");
    } else if (st != CLEAT_OK) {
        ERR_clear_error();
        st = cl_fail(err, CLEAT_E_KEY_FORMAT, "the key lacks numbers of its private part");
    } else {
        cl_reader r = cl_reader_of(cl_buf_slice(&fields));
        st = type->read_private(type, env, &r, &checked, err);
    }
    cl_buf_free(&fields);
    return st == CLEAT_OK ? cl_key_new(env, type, checked, true, out, err) : st;
}

cleat_status cl_pkcs8_key(const cl_env *env, const PKCS8_PRIV_KEY_INFO *info, cleat_key **out,
                          cleat_error *err)
{
    EVP_PKEY *pkey = EVP_PKCS82PKEY_ex(info, env->lib, NULL);
    cleat_status st = pkey ? through_ssh(env, pkey, out, err) : damaged(CL_PEM_PKCS8, err);
    EVP_PKEY_free(pkey);
    return st;
}

/* ---- PKCS#1 and SEC1 ------------------------------------------------------------------------- */

/* With a wrong passphrase the padding looks right once in 256 times, and then the parser
 * complains: both are told as a wrong passphrase. */
static cleat_status read_traditional(const cl_env *env, const char *label, cleat_slice der,
                                     bool was_encrypted, cleat_key **out, cleat_error *err)
{
    const char *type = strcmp(label, CL_PEM_RSA) == 0   ? "RSA"
                       : strcmp(label, CL_PEM_DSA) == 0 ? "DSA"
                                                        : "EC";
    size_t left;
    EVP_PKEY *pkey = cl_pkey_decode(env, type, EVP_PKEY_KEYPAIR, der, &left);
    if (!pkey && !was_encrypted)
        return damaged(label, err);
    ERR_clear_error();
    if (!pkey)
        return cl_fail(err, CLEAT_E_PASSPHRASE,
                       "wrong passphrase (or the encrypted key is damaged)");
    cleat_status st = through_ssh(env, pkey, out, err);
    EVP_PKEY_free(pkey);
    return st;
}

/* ---- */

/* The label as one of ours; NULL for others. */
static const char *known(cleat_slice label)
{
    static const char *const labels[] = {CL_PEM_PKCS8, CL_PEM_PKCS8_ENCRYPTED, CL_PEM_RSA,
                                         CL_PEM_EC, CL_PEM_DSA};
    for (size_t i = 0; i < CL_COUNT(labels); i++) {
        if (cl_slice_is(label, labels[i]))
            return labels[i];
    }
    return NULL;
}

bool cl_pem_knows(cleat_slice label)
{
    return known(label) != NULL;
}

static cleat_status read_der(const cl_env *env, const char *label, cleat_slice der,
                             cleat_slice passphrase, bool was_encrypted, cleat_key **out,
                             cleat_error *err)
{
    bool encrypted = strcmp(label, CL_PEM_PKCS8_ENCRYPTED) == 0;
    if (cl_pem_is_pkcs8(cleat_slice_of(label)))
        return read_pkcs8(env, der, passphrase, encrypted, out, err);
    return read_traditional(env, label, der, was_encrypted, out, err);
}

static cleat_status needs_passphrase(cleat_error *err)
{
    return cl_fail(err, CLEAT_E_KEY_ENCRYPTED, "the private key needs a passphrase");
}

cleat_status cl_pem_read(const cl_env *env, const cl_armour *a, cleat_slice passphrase,
                         cleat_key **out, cleat_error *err)
{
    bool locked = cl_dek_is_there(a);
    cl_buf der = CL_BUF_SECRET(env->mem);
    cleat_error why = {0};
    *out = NULL;
    if (cl_pem_is_encrypted(a) && passphrase.len == 0)
        return needs_passphrase(err);
    cleat_status st =
        locked ? cl_dek_open(env, a, passphrase, &der, err) : cl_armour_decode(a, &der, err);
    if (st == CLEAT_OK) {
        st = read_der(env, known(a->label), cl_buf_slice(&der), passphrase, locked, out, &why);
        if (st != CLEAT_OK)
            cl_fail(err, st, "line %zu: %.480s", a->line - 1, why.text);
    }
    cl_buf_free(&der);
    return st;
}

cleat_status cl_pem_read_der(const cl_env *env, const char *label, cleat_slice der,
                             cleat_slice passphrase, cleat_key **out, cleat_error *err)
{
    *out = NULL;
    if (strcmp(label, CL_PEM_PKCS8_ENCRYPTED) == 0 && passphrase.len == 0)
        return needs_passphrase(err);
    return read_der(env, label, der, passphrase, false, out, err);
}
