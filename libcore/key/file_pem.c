/* Private keys in PEM. OpenSSL takes the encryption off and parses ASN.1; then the key passes once
 * through SSH's own encoding, so that every key is checked by the same code. */
#include "file_pem.h"

#include "../base/error.h"
#include "../base/slice.h"
#include "pkey.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <limits.h>
#include <string.h>

static cleat_status damaged(cleat_slice label, cleat_error *err)
{
    ERR_clear_error();
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "expected a key in ASN.1 within \"%.*s\"",
                   (int)label.len, (const char *)label.data);
}

/* Wrong padding after decryption. With a wrong passphrase the padding looks right once in 256
 * times, and then the parser complains: both are told as a wrong passphrase. */
static cleat_status wrong_passphrase(cleat_error *err)
{
    ERR_clear_error();
    return cl_fail(err, CLEAT_E_PASSPHRASE, "wrong passphrase (or the encrypted key is damaged)");
}

bool cl_pem_is_pkcs8(cleat_slice label)
{
    return cl_slice_is(label, CL_PEM_PKCS8) || cl_slice_is(label, CL_PEM_PKCS8_ENCRYPTED);
}

bool cl_pem_knows(cleat_slice label)
{
    return cl_pem_is_pkcs8(label) || cl_slice_is(label, CL_PEM_RSA) ||
           cl_slice_is(label, CL_PEM_EC) || cl_slice_is(label, CL_PEM_DSA);
}

bool cl_pem_is_encrypted(const cl_armour *a)
{
    static const char mark[] = "Proc-Type: 4,ENCRYPTED"; /* RFC 1421 §4.6.1.1 */
    return cl_slice_is(a->label, CL_PEM_PKCS8_ENCRYPTED) || cl_slice_starts(a->body, mark);
}

/* ---- PKCS#8 ---------------------------------------------------------------------------------- */

static long rounds_of(const ASN1_INTEGER *n)
{
    int64_t value = 0;
    if (!n || !ASN1_INTEGER_get_int64(&value, n) || value > LONG_MAX)
        return LONG_MAX;
    return (long)value;
}

static bool pbkdf2_is_bounded(const X509_ALGOR *kdf)
{
    PBKDF2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), kdf->parameter);
    bool bounded = p && rounds_of(p->iter) <= CL_PEM_ROUNDS_MAX;
    PBKDF2PARAM_free(p);
    return bounded;
}

/* OpenSSL bounds scrypt's memory by itself; its cost is what memory times parallelism gives. */
static bool scrypt_is_bounded(const X509_ALGOR *kdf)
{
    SCRYPT_PARAMS *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), kdf->parameter);
    bool bounded = p && rounds_of(p->parallelizationParameter) <= 16;
    SCRYPT_PARAMS_free(p);
    return bounded;
}

static bool pbes2_is_bounded(const X509_ALGOR *alg)
{
    PBE2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), alg->parameter);
    bool bounded = false;
    if (p) {
        bool scrypt = OBJ_obj2nid(p->keyfunc->algorithm) == NID_id_scrypt;
        bounded = scrypt ? scrypt_is_bounded(p->keyfunc) : pbkdf2_is_bounded(p->keyfunc);
    }
    PBE2PARAM_free(p);
    return bounded;
}

static bool pbes1_is_bounded(const X509_ALGOR *alg)
{
    PBEPARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), alg->parameter);
    bool bounded = p && rounds_of(p->iter) <= CL_PEM_ROUNDS_MAX;
    PBEPARAM_free(p);
    return bounded;
}

static bool has_reason(int lib, int reason)
{
    unsigned long code = ERR_peek_error();
    return code && ERR_GET_LIB(code) == lib && ERR_GET_REASON(code) == reason;
}

/* The first error in the queue is the cause; OpenSSL's later ones only say where it was noticed. */
static cleat_status decryption_failed(const X509_ALGOR *alg, cleat_error *err)
{
    if (has_reason(ERR_LIB_EVP, ERR_R_UNSUPPORTED) ||
        has_reason(ERR_LIB_EVP, EVP_R_UNKNOWN_PBE_ALGORITHM) ||
        has_reason(ERR_LIB_EVP, EVP_R_UNSUPPORTED_CIPHER) ||
        has_reason(ERR_LIB_EVP, EVP_R_UNSUPPORTED_PRF) ||
        has_reason(ERR_LIB_EVP, EVP_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION)) {
        char name[64];
        OBJ_obj2txt(name, sizeof name, alg->algorithm, 0);
        ERR_clear_error();
        return cl_fail(err, CLEAT_E_UNSUPPORTED,
                       "the key's encryption (%s) is not supported by this OpenSSL", name);
    }
    return wrong_passphrase(err);
}

static cleat_status decrypt_pkcs8(const cl_env *env, cleat_slice der, cleat_slice passphrase,
                                  PKCS8_PRIV_KEY_INFO **info, cleat_error *err)
{
    const unsigned char *at = der.data;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &at, (long)der.len);
    if (!sealed)
        return damaged(CL_SLICE_LIT(CL_PEM_PKCS8_ENCRYPTED), err);
    const X509_ALGOR *alg = NULL;
    X509_SIG_get0(sealed, &alg, NULL);
    bool bounded =
        OBJ_obj2nid(alg->algorithm) == NID_pbes2 ? pbes2_is_bounded(alg) : pbes1_is_bounded(alg);
    cleat_status st = CLEAT_OK;
    if (!bounded) {
        ERR_clear_error();
        st = cl_fail(err, CLEAT_E_LIMIT,
                     "the key's encryption is malformed or asks for more than %ld rounds",
                     CL_PEM_ROUNDS_MAX);
    } else {
        ERR_clear_error();
        *info = PKCS8_decrypt_ex(sealed, (const char *)passphrase.data, (int)passphrase.len,
                                 env->lib, NULL);
        if (!*info)
            st = decryption_failed(alg, err);
    }
    X509_SIG_free(sealed);
    return st;
}

static cleat_status read_pkcs8(const cl_env *env, cleat_slice der, cleat_slice passphrase,
                               bool encrypted, EVP_PKEY **out, cleat_error *err)
{
    PKCS8_PRIV_KEY_INFO *info = NULL;
    cleat_status st = CLEAT_OK;
    if (encrypted) {
        st = decrypt_pkcs8(env, der, passphrase, &info, err);
    } else {
        const unsigned char *at = der.data;
        info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
    }
    if (st == CLEAT_OK && info)
        *out = EVP_PKCS82PKEY_ex(info, env->lib, NULL);
    PKCS8_PRIV_KEY_INFO_free(info);
    if (st == CLEAT_OK && !*out)
        st = damaged(CL_SLICE_LIT(CL_PEM_PKCS8), err);
    return st;
}

/* ---- PKCS#1 and SEC1 ------------------------------------------------------------------------- */

static cleat_status read_traditional(const cl_env *env, cleat_slice label, cleat_slice der,
                                     bool encrypted, EVP_PKEY **out, cleat_error *err)
{
    const char *type = cl_slice_is(label, CL_PEM_RSA)   ? "RSA"
                       : cl_slice_is(label, CL_PEM_DSA) ? "DSA"
                                                        : "EC";
    size_t left;
    *out = cl_pkey_decode(env, type, EVP_PKEY_KEYPAIR, der, &left);
    if (*out)
        return CLEAT_OK;
    return encrypted ? wrong_passphrase(err) : damaged(label, err);
}

/* ---- the armour, as OpenSSL reads it --------------------------------------------------------- */

static int give_passphrase(char *out, int size, int writing, void *user)
{
    const cleat_slice *passphrase = user;
    (void)writing;
    if (passphrase->len == 0 || passphrase->len > (size_t)size)
        return -1;
    memcpy(out, passphrase->data, passphrase->len);
    return (int)passphrase->len;
}

/* Takes the old DEK-Info encryption off, in place. */
static cleat_status decrypt_traditional(char *header, unsigned char *der, long *der_len,
                                        cleat_slice passphrase, cleat_error *err)
{
    EVP_CIPHER_INFO cipher = {0};
    if (!PEM_get_EVP_CIPHER_INFO(header, &cipher)) {
        bool unknown = has_reason(ERR_LIB_PEM, PEM_R_UNSUPPORTED_ENCRYPTION);
        ERR_clear_error();
        return cl_fail(err, unknown ? CLEAT_E_UNSUPPORTED : CLEAT_E_KEY_FORMAT,
                       unknown ? "the cipher in DEK-Info is not supported"
                               : "expected Proc-Type and DEK-Info after the BEGIN line");
    }
    if (!PEM_do_header(&cipher, der, der_len, give_passphrase, &passphrase))
        return wrong_passphrase(err);
    return CLEAT_OK;
}

static cleat_status read_body(const cl_env *env, const cl_armour *a, char *header,
                              unsigned char *der, long der_len, cleat_slice passphrase,
                              EVP_PKEY **out, cleat_error *err)
{
    bool encrypted = cl_pem_is_encrypted(a);
    if (cl_pem_is_pkcs8(a->label))
        return read_pkcs8(env, cl_slice(der, (size_t)der_len), passphrase, encrypted, out, err);
    if (encrypted) {
        cleat_status st = decrypt_traditional(header, der, &der_len, passphrase, err);
        if (st != CLEAT_OK)
            return st;
    }
    return read_traditional(env, a->label, cl_slice(der, (size_t)der_len), encrypted, out, err);
}

static cleat_status read_pkey(const cl_env *env, const cl_armour *a, cleat_slice passphrase,
                              EVP_PKEY **out, cleat_error *err)
{
    cleat_status st = CLEAT_E_NOMEM;
    char *name = NULL;
    char *header = NULL;
    unsigned char *der = NULL;
    long der_len = 0;
    BIO *text = BIO_new_mem_buf(a->whole.data, (int)a->whole.len);
    if (!text) {
        st = cl_fail(err, CLEAT_E_NOMEM, "out of memory");
        goto out;
    }
    if (!PEM_read_bio(text, &name, &header, &der, &der_len)) {
        ERR_clear_error();
        st = cl_fail(err, CLEAT_E_KEY_FORMAT, "line %zu: expected base64 up to the END line",
                     a->line);
        goto out;
    }
    st = read_body(env, a, header, der, der_len, passphrase, out, err);
out:
    BIO_free(text);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, (size_t)der_len);
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

cleat_status cl_pem_read(const cl_env *env, const cl_armour *a, cleat_slice passphrase,
                         cleat_key **out, cleat_error *err)
{
    *out = NULL;
    if (cl_pem_is_encrypted(a) && passphrase.len == 0)
        return cl_fail(err, CLEAT_E_KEY_ENCRYPTED, "the private key needs a passphrase");
    EVP_PKEY *pkey = NULL;
    cleat_status st = read_pkey(env, a, passphrase, &pkey, err);
    if (st == CLEAT_OK)
        st = through_ssh(env, pkey, out, err);
    EVP_PKEY_free(pkey);
    return st;
}

cleat_status cl_pem_read_der(const cl_env *env, const char *label, cleat_slice der,
                             cleat_slice passphrase, cleat_key **out, cleat_error *err)
{
    EVP_PKEY *pkey = NULL;
    cleat_slice name = cleat_slice_of(label);
    bool encrypted = cl_slice_is(name, CL_PEM_PKCS8_ENCRYPTED);
    *out = NULL;
    if (encrypted && passphrase.len == 0)
        return cl_fail(err, CLEAT_E_KEY_ENCRYPTED, "the private key needs a passphrase");
    cleat_status st = cl_pem_is_pkcs8(name)
                          ? read_pkcs8(env, der, passphrase, encrypted, &pkey, err)
                          : read_traditional(env, name, der, false, &pkey, err);
    if (st == CLEAT_OK)
        st = through_ssh(env, pkey, out, err);
    EVP_PKEY_free(pkey);
    return st;
}
