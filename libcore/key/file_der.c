/* Keys in ASN.1: telling them apart, and writing them. */
#include "file_der.h"

#include "../base/error.h"
#include "armour.h"
#include "file_pem.h"
#include "file_pkcs12.h"
#include "file_spki.h"
#include "pbe.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <limits.h>

enum { PEM_COLUMNS = 64, DEFAULT_ROUNDS = 600000, SALT_LEN = 16 };
enum { PKCS12_VERSION = 3 };
enum { TAG_INTEGER = 0x02, TAG_BITS = 0x03, TAG_OCTETS = 0x04, TAG_SEQUENCE = 0x30 };

/* ---- telling them apart ---------------------------------------------------------------------- */

/* Takes one element off: its tag, and its content. 0 when there is none. */
static uint8_t take(cl_reader *r, cleat_slice *content)
{
    uint8_t tag = cl_get_u8(r);
    size_t len = cl_get_u8(r);
    if (len & 0x80) {
        size_t more = len & 0x7f;
        if (more > 4)
            cl_reader_fault(r);
        for (len = 0; more > 0 && r->fault == CLEAT_OK; more--)
            len = len << 8 | cl_get_u8(r);
    }
    *content = cl_get_bytes(r, len);
    return r->fault == CLEAT_OK ? tag : 0;
}

/* RSA's private keys have nine numbers, DSA's six, and before them all stands a version. */
static const char *label_of_numbers(cl_reader *behind_two)
{
    cleat_slice number;
    size_t count = 2;
    while (behind_two->left && take(behind_two, &number) == TAG_INTEGER)
        count++;
    return count == 6 ? CL_PEM_DSA : CL_PEM_RSA;
}

static const char *label_by_integer(cleat_slice version, uint8_t second, cl_reader *behind)
{
    bool third = version.len == 1 && version.data[0] == PKCS12_VERSION;
    bool small = version.len == 1 && version.data[0] <= 1;
    if (second == TAG_INTEGER)
        return small ? label_of_numbers(behind) : CL_PKCS1_PUBLIC_LABEL;
    if (second == TAG_OCTETS)
        return CL_PEM_EC;
    if (third && second == TAG_SEQUENCE)
        return CL_PKCS12_LABEL;
    return small && second == TAG_SEQUENCE ? CL_PEM_PKCS8 : NULL;
}

const char *cl_der_label(cleat_slice file)
{
    cleat_slice body, first, second;
    cl_reader outer = cl_reader_of(file);
    if (take(&outer, &body) != TAG_SEQUENCE || outer.left)
        return NULL;
    cl_reader r = cl_reader_of(body);
    uint8_t tag = take(&r, &first);
    uint8_t next = take(&r, &second);
    if (tag == TAG_INTEGER)
        return label_by_integer(first, next, &r);
    if (tag != TAG_SEQUENCE)
        return NULL;
    if (next == TAG_SEQUENCE && take(&r, &second) == TAG_BITS)
        return CL_X509_LABEL;
    return next == TAG_BITS ? CL_SPKI_LABEL : next == TAG_OCTETS ? CL_PEM_PKCS8_ENCRYPTED : NULL;
}

cleat_slice cl_der_first(cleat_slice data)
{
    cleat_slice body;
    cl_reader r = cl_reader_of(data);
    if (take(&r, &body) != TAG_SEQUENCE)
        return CL_SLICE_EMPTY;
    return cl_slice_cut(data, 0, data.len - r.left);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* der is OpenSSL's and is wiped here; there is none when len says so. */
static cleat_status put_der(unsigned char *der, int len, const char *label, cl_buf *out,
                            cleat_error *err)
{
    if (len <= 0)
        return cl_fail_crypto(err, "writing the private key");
    if (label)
        cl_armour_encode(out, label, cl_slice(der, (size_t)len), PEM_COLUMNS);
    else
        cl_buf_add(out, der, (size_t)len);
    OPENSSL_clear_free(der, (size_t)len);
    return out->status == CLEAT_OK ? CLEAT_OK : cl_fail(err, out->status, "out of memory");
}

/* PBES2 needs an IV, and the old PEM headers know CBC alone. */
static cleat_status fetch_cipher(const cl_env *env, const char *name, EVP_CIPHER **out,
                                 cleat_error *err)
{
    *out = EVP_CIPHER_fetch(env->lib, name ? name : "AES-256-CBC", NULL);
    if (*out && EVP_CIPHER_get_mode(*out) == EVP_CIPH_CBC_MODE)
        return CLEAT_OK;
    ERR_clear_error();
    EVP_CIPHER_free(*out);
    *out = NULL;
    return cl_fail(err, CLEAT_E_UNSUPPORTED, "\"%.64s\" is not a cipher in CBC mode", name);
}

static cleat_status find_prf(const char *name, int *nid, cleat_error *err)
{
    *nid = OBJ_txt2nid(name ? name : "hmacWithSHA256");
    if (EVP_PBE_find(EVP_PBE_TYPE_PRF, *nid, NULL, NULL, NULL))
        return CLEAT_OK;
    ERR_clear_error();
    return cl_fail(err, CLEAT_E_UNSUPPORTED, "\"%.64s\" is not a PRF for PBKDF2", name);
}

static cleat_status encrypt(const cleat_key *key, PKCS8_PRIV_KEY_INFO *info,
                            const cl_der_seal *seal, X509_SIG **out, cleat_error *err)
{
    uint32_t rounds = seal->rounds ? seal->rounds : DEFAULT_ROUNDS;
    uint8_t salt[SALT_LEN];
    EVP_CIPHER *cipher = NULL;
    int prf = 0;
    if (rounds > CL_PBE_ROUNDS_MAX)
        return cl_fail(err, CLEAT_E_LIMIT, "more than %ld rounds of PBKDF2 are not read again",
                       CL_PBE_ROUNDS_MAX);
    cleat_status st = find_prf(seal->prf, &prf, err);
    if (st == CLEAT_OK)
        st = fetch_cipher(key->env, seal->cipher, &cipher, err);
    if (st == CLEAT_OK && cl_random_fill(key->env, salt, sizeof salt) != CLEAT_OK)
        st = cl_fail(err, CLEAT_E_RANDOM, "the random source failed");
    if (st == CLEAT_OK) {
        *out = PKCS8_encrypt_ex(prf, cipher, (const char *)seal->passphrase.data,
                                (int)seal->passphrase.len, salt, sizeof salt, (int)rounds, info,
                                key->env->lib, NULL);
        st = *out ? CLEAT_OK : cl_fail_crypto(err, "encrypting the private key");
    }
    EVP_CIPHER_free(cipher);
    return st;
}

cleat_status cl_pkcs8_write(const cleat_key *key, bool pem, const cl_der_seal *seal, cl_buf *out,
                            cleat_error *err)
{
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pkey);
    if (!info)
        return cl_fail_crypto(err, "writing the private key");
    X509_SIG *sealed = NULL;
    cleat_status st = CLEAT_OK;
    if (seal->passphrase.len)
        st = encrypt(key, info, seal, &sealed, err);
    if (st == CLEAT_OK) {
        int len = sealed ? i2d_X509_SIG(sealed, &der) : i2d_PKCS8_PRIV_KEY_INFO(info, &der);
        const char *label = sealed ? CL_PEM_PKCS8_ENCRYPTED : CL_PEM_PKCS8;
        st = put_der(der, len, pem ? label : NULL, out, err);
    }
    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(info);
    return st;
}

/* PEM with DEK-Info (RFC 1421 §4.6.1.3), which only OpenSSL's own writer makes. */
static cleat_status put_sealed_pem(const cleat_key *key, const cl_der_seal *seal, cl_buf *out,
                                   cleat_error *err)
{
    EVP_CIPHER *cipher = NULL;
    char *text = NULL;
    long len = 0;
    cleat_status st = fetch_cipher(key->env, seal->cipher, &cipher, err);
    if (st != CLEAT_OK)
        return st;
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio && PEM_write_bio_PrivateKey_traditional(bio, key->pkey, cipher, seal->passphrase.data,
                                                    (int)seal->passphrase.len, NULL, NULL))
        len = BIO_get_mem_data(bio, &text);
    if (len > 0) {
        cl_buf_add(out, text, (size_t)len);
        st = out->status == CLEAT_OK ? CLEAT_OK : cl_fail(err, out->status, "out of memory");
    } else {
        st = cl_fail_crypto(err, "encrypting the private key");
    }
    BIO_free(bio);
    EVP_CIPHER_free(cipher);
    return st;
}

cleat_status cl_traditional_write(const cleat_key *key, bool pem, const cl_der_seal *seal,
                                  cl_buf *out, cleat_error *err)
{
    unsigned char *der = NULL;
    const char *label = EVP_PKEY_is_a(key->pkey, "RSA")   ? CL_PEM_RSA
                        : EVP_PKEY_is_a(key->pkey, "EC")  ? CL_PEM_EC
                        : EVP_PKEY_is_a(key->pkey, "DSA") ? CL_PEM_DSA
                                                          : NULL;
    if (!label)
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "there is no such format for %s keys",
                       key->type->name);
    if (seal->passphrase.len && !pem)
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "this format cannot be encrypted");
    if (seal->passphrase.len)
        return put_sealed_pem(key, seal, out, err);
    int len = i2d_PrivateKey(key->pkey, &der);
    return put_der(der, len, pem ? label : NULL, out, err);
}
