/* Password-based encryption: what it may cost, and taking it off. */
#include "pbe.h"

#include "../base/error.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <limits.h>

enum { SCRYPT_LANES_MAX = 16 };

/* ---- rounds ---- */

static long number_of(const ASN1_INTEGER *n)
{
    int64_t value = 0;
    if (!n || !ASN1_INTEGER_get_int64(&value, n) || value < 0 || value > LONG_MAX)
        return LONG_MAX;
    return (long)value;
}

static long pbkdf2_rounds(const X509_ALGOR *kdf)
{
    PBKDF2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), kdf->parameter);
    long rounds = p ? number_of(p->iter) : LONG_MAX;
    PBKDF2PARAM_free(p);
    return rounds;
}

/* OpenSSL bounds scrypt's memory by itself; its cost is what memory times parallelism gives, and
 * counts like the rounds that take as long. */
static long scrypt_rounds(const X509_ALGOR *kdf)
{
    SCRYPT_PARAMS *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), kdf->parameter);
    long lanes = p ? number_of(p->parallelizationParameter) : LONG_MAX;
    SCRYPT_PARAMS_free(p);
    return lanes <= SCRYPT_LANES_MAX ? lanes * (CL_PBE_ROUNDS_MAX / SCRYPT_LANES_MAX) : LONG_MAX;
}

static long pbes2_rounds(const X509_ALGOR *alg)
{
    PBE2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), alg->parameter);
    long rounds = LONG_MAX;
    if (p) {
        bool scrypt = OBJ_obj2nid(p->keyfunc->algorithm) == NID_id_scrypt;
        rounds = scrypt ? scrypt_rounds(p->keyfunc) : pbkdf2_rounds(p->keyfunc);
    }
    PBE2PARAM_free(p);
    return rounds;
}

/* PKCS#12's own schemes have the same parameters. */
static long pbes1_rounds(const X509_ALGOR *alg)
{
    PBEPARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), alg->parameter);
    long rounds = p ? number_of(p->iter) : LONG_MAX;
    PBEPARAM_free(p);
    return rounds;
}

static cleat_status spend(long rounds, long *left, cleat_error *err)
{
    ERR_clear_error();
    if (rounds > *left)
        return cl_fail(err, CLEAT_E_LIMIT,
                       "the file's encryption is malformed or asks for more than %ld rounds",
                       CL_PBE_ROUNDS_MAX);
    *left -= rounds;
    return CLEAT_OK;
}

cleat_status cl_pbe_spend(const X509_ALGOR *alg, long *left, cleat_error *err)
{
    bool second = OBJ_obj2nid(alg->algorithm) == NID_pbes2;
    return spend(second ? pbes2_rounds(alg) : pbes1_rounds(alg), left, err);
}

cleat_status cl_pbe_spend_rounds(const ASN1_INTEGER *rounds, long *left, cleat_error *err)
{
    return spend(rounds ? number_of(rounds) : 1, left, err);
}

/* ---- failures ---- */

static bool has_reason(int lib, int reason)
{
    unsigned long code = ERR_peek_error();
    return code && ERR_GET_LIB(code) == lib && ERR_GET_REASON(code) == reason;
}

/* The first error in the queue is the cause; OpenSSL's later ones only say where it was noticed. */
static bool lacks_algorithm(void)
{
    return has_reason(ERR_LIB_EVP, ERR_R_UNSUPPORTED) ||
           has_reason(ERR_LIB_EVP, EVP_R_UNKNOWN_PBE_ALGORITHM) ||
           has_reason(ERR_LIB_EVP, EVP_R_UNSUPPORTED_CIPHER) ||
           has_reason(ERR_LIB_EVP, EVP_R_UNSUPPORTED_PRF) ||
           has_reason(ERR_LIB_EVP, EVP_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION);
}

cleat_status cl_pbe_failed(const X509_ALGOR *alg, cleat_error *err)
{
    bool lacks = lacks_algorithm();
    ERR_clear_error();
    if (!lacks)
        return cl_fail(err, CLEAT_E_PASSPHRASE,
                       "wrong passphrase (or the encrypted key is damaged)");
    char name[64];
    OBJ_obj2txt(name, sizeof name, alg->algorithm, 0);
    return cl_fail(err, CLEAT_E_UNSUPPORTED,
                   "the key's encryption (%s) is not supported by this OpenSSL", name);
}

cleat_status cl_pbe_open_key(OSSL_LIB_CTX *lib, const X509_SIG *sealed, cleat_slice passphrase,
                             PKCS8_PRIV_KEY_INFO **out, cleat_error *err)
{
    const X509_ALGOR *alg = NULL;
    X509_SIG_get0(sealed, &alg, NULL);
    ERR_clear_error();
    *out = PKCS8_decrypt_ex(sealed, (const char *)passphrase.data, (int)passphrase.len, lib, NULL);
    return *out ? CLEAT_OK : cl_pbe_failed(alg, err);
}
