/* A security key in software, as a library that OpenSSH's programs load (SecurityKeyProvider): the
 * handle that it gives out is the private key. A touch and a PIN are had whenever they are asked
 * for. Its signatures are made by OpenSSL from PROTOCOL.u2f's description, without our code. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { API_VERSION = 0x000a0000, ECDSA = 0, ED25519 = 1, KEY_LEN = 32, POINT_LEN = 65 };
enum { FAILED = -1, UNSUPPORTED = -2 };
enum { FLAG_PRESENT = 0x01, FLAG_VERIFIED = 0x04 };

struct sk_option {
    char *name, *value;
    uint8_t required;
};

struct sk_enroll_response {
    uint8_t flags;
    uint8_t *public_key;
    size_t public_key_len;
    uint8_t *key_handle;
    size_t key_handle_len;
    uint8_t *signature;
    size_t signature_len;
    uint8_t *attestation_cert;
    size_t attestation_cert_len;
    uint8_t *authdata;
    size_t authdata_len;
};

struct sk_sign_response {
    uint8_t flags;
    uint32_t counter;
    uint8_t *sig_r;
    size_t sig_r_len;
    uint8_t *sig_s;
    size_t sig_s_len;
};

struct sk_resident_key;

uint32_t sk_api_version(void);
int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
              uint8_t flags, const char *pin, struct sk_option **options,
              struct sk_enroll_response **out);
int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
            const uint8_t *key_handle, size_t key_handle_len, uint8_t flags, const char *pin,
            struct sk_option **options, struct sk_sign_response **out);
int sk_load_resident_keys(const char *pin, struct sk_option **options,
                          struct sk_resident_key ***out, size_t *count);

uint32_t sk_api_version(void)
{
    return API_VERSION;
}

/* The host frees what it is given. */
static uint8_t *copy(const void *data, size_t len)
{
    uint8_t *out = malloc(len);
    if (out)
        memcpy(out, data, len);
    return out;
}

/* ---- P-256 ---- */

static int point_of(const uint8_t secret[KEY_LEN], uint8_t point[POINT_LEN])
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *p = EC_POINT_new(group);
    BIGNUM *n = BN_bin2bn(secret, KEY_LEN, NULL);
    int good = EC_POINT_mul(group, p, n, NULL, NULL, NULL) &&
               EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, point, POINT_LEN,
                                  NULL) == POINT_LEN;
    BN_free(n);
    EC_POINT_free(p);
    EC_GROUP_free(group);
    return good;
}

static EVP_PKEY *ecdsa_key(const uint8_t secret[KEY_LEN])
{
    uint8_t point[POINT_LEN];
    EVP_PKEY *key = NULL;
    BIGNUM *n = BN_bin2bn(secret, KEY_LEN, NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (point_of(secret, point) &&
        OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) &&
        OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, n)) {
        OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
        if (EVP_PKEY_fromdata_init(ctx) > 0)
            EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
        OSSL_PARAM_free(params);
    }
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_BLD_free(b);
    BN_free(n);
    return key;
}

static EVP_PKEY *key_of(uint32_t alg, const uint8_t secret[KEY_LEN])
{
    return alg == ED25519 ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, KEY_LEN)
                          : ecdsa_key(secret);
}

/* ---- enrolling ---- */

int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
              uint8_t flags, const char *pin, struct sk_option **options,
              struct sk_enroll_response **out)
{
    uint8_t secret[KEY_LEN];
    uint8_t public_key[POINT_LEN];
    size_t len = alg == ED25519 ? KEY_LEN : POINT_LEN;
    (void)challenge, (void)challenge_len, (void)application, (void)pin, (void)options;
    if (alg != ECDSA && alg != ED25519)
        return UNSUPPORTED;
    RAND_bytes(secret, sizeof secret);
    EVP_PKEY *key = key_of(alg, secret);
    int good = key && (alg == ED25519 ? EVP_PKEY_get_raw_public_key(key, public_key, &len)
                                      : point_of(secret, public_key));
    EVP_PKEY_free(key);
    *out = calloc(1, sizeof **out);
    if (!good || !*out)
        return FAILED;
    **out = (struct sk_enroll_response){
        .flags = flags,
        .public_key = copy(public_key, len),
        .public_key_len = len,
        .key_handle = copy(secret, sizeof secret),
        .key_handle_len = sizeof secret,
        .signature = copy("none", 4),
        .signature_len = 4,
    };
    return 0;
}

/* ---- signing ---- */

static size_t message_of(const char *application, uint8_t flags, uint32_t counter,
                         const uint8_t *data, size_t data_len, uint8_t out[2 * 32 + 5])
{
    SHA256((const uint8_t *)application, strlen(application), out);
    out[32] = flags;
    for (int i = 0; i < 4; i++)
        out[33 + i] = (uint8_t)(counter >> (24 - 8 * i));
    SHA256(data, data_len, out + 37);
    return 69;
}

static int split_ecdsa(const uint8_t *der, size_t len, struct sk_sign_response *out)
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
    if (!pair)
        return FAILED;
    out->sig_r_len = (size_t)BN_num_bytes(ECDSA_SIG_get0_r(pair));
    out->sig_s_len = (size_t)BN_num_bytes(ECDSA_SIG_get0_s(pair));
    out->sig_r = malloc(out->sig_r_len);
    out->sig_s = malloc(out->sig_s_len);
    BN_bn2bin(ECDSA_SIG_get0_r(pair), out->sig_r);
    BN_bn2bin(ECDSA_SIG_get0_s(pair), out->sig_s);
    ECDSA_SIG_free(pair);
    return 0;
}

int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
            const uint8_t *key_handle, size_t key_handle_len, uint8_t flags, const char *pin,
            struct sk_option **options, struct sk_sign_response **out)
{
    uint8_t message[2 * 32 + 5];
    uint8_t signature[128];
    size_t len = sizeof signature;
    int done = FAILED;
    (void)pin, (void)options;
    if (key_handle_len != KEY_LEN)
        return FAILED;
    *out = calloc(1, sizeof **out);
    (*out)->flags = flags & (FLAG_PRESENT | FLAG_VERIFIED);
    (*out)->counter = 0x01020304;
    size_t message_len =
        message_of(application, (*out)->flags, (*out)->counter, data, data_len, message);
    EVP_PKEY *key = key_of(alg, key_handle);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (key && EVP_DigestSignInit(ctx, NULL, alg == ED25519 ? NULL : EVP_sha256(), NULL, key) > 0 &&
        EVP_DigestSign(ctx, signature, &len, message, message_len) > 0) {
        done = 0;
        if (alg == ED25519) {
            (*out)->sig_r = copy(signature, len);
            (*out)->sig_r_len = len;
        } else {
            done = split_ecdsa(signature, len, *out);
        }
    }
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return done;
}

int sk_load_resident_keys(const char *pin, struct sk_option **options,
                          struct sk_resident_key ***out, size_t *count)
{
    (void)pin, (void)options, (void)out, (void)count;
    return UNSUPPORTED;
}
