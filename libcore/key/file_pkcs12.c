/* Reading PKCS#12 by OpenSSL: the whole is checked by its MAC, then each bag is taken in its order.
 */
#include "file_pkcs12.h"

#include "../base/error.h"
#include "file_pem.h"
#include "old_ciphers.h"
#include "pbe.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <limits.h>

enum { DEPTH_MAX = 4 };

/* One file being read. */
typedef struct p12 {
    const cl_env *env;
    OSSL_LIB_CTX *lib; /* where its algorithms are */
    PKCS12 *file;
    const char *passphrase; /* NULL is another empty one than "": there are two encodings */
    int passphrase_len;
    long rounds; /* that may still be spent */
    cleat_key_bundle *out;
} p12;

static cleat_status malformed(const char *what, cleat_error *err)
{
    ERR_clear_error();
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "PKCS#12: expected %s", what);
}

/* ---- the whole ---- */

/* OpenSSL takes the algorithms from the context that the empty object was made with. */
static cleat_status parse(p12 *p, cleat_slice der, cleat_error *err)
{
    p->file = PKCS12_init_ex(NID_pkcs7_data, p->lib, NULL);
    BIO *in = BIO_new_mem_buf(der.data, (int)der.len);
    cleat_status st = CLEAT_OK;
    if (!p->file || !in)
        st = cl_fail(err, CLEAT_E_NOMEM, "out of memory");
    else if (!d2i_PKCS12_bio(in, &p->file))
        st = malformed("the structure of RFC 7292", err);
    BIO_free(in);
    return st;
}

/* PKCS#12's own MAC has its rounds here, PBMAC1 among its parameters. */
static cleat_status spend_on_mac(p12 *p, cleat_error *err)
{
    const ASN1_INTEGER *rounds = NULL;
    const X509_ALGOR *alg = NULL;
    PKCS12_get0_mac(NULL, &alg, NULL, &rounds, p->file);
    if (alg && OBJ_obj2nid(alg->algorithm) == OBJ_txt2nid("1.2.840.113549.1.5.14"))
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "PKCS#12: a MAC of the form PBMAC1");
    return cl_pbe_spend_rounds(rounds, &p->rounds, err);
}

static bool mac_is_right(p12 *p, const char *passphrase, int len)
{
    p->passphrase = passphrase;
    p->passphrase_len = len;
    return PKCS12_verify_mac(p->file, passphrase, len) == 1;
}

/* A file without a passphrase opens with any, as others do; it may be encoded in two ways. */
static cleat_status check_mac(p12 *p, cleat_slice passphrase, cleat_error *err)
{
    p->passphrase = (const char *)passphrase.data;
    p->passphrase_len = (int)passphrase.len;
    if (!PKCS12_mac_present(p->file))
        return CLEAT_OK;
    cleat_status st = spend_on_mac(p, err);
    if (st != CLEAT_OK)
        return st;
    bool given = passphrase.len && mac_is_right(p, p->passphrase, p->passphrase_len);
    if (given || mac_is_right(p, NULL, 0) || mac_is_right(p, "", 0))
        return CLEAT_OK;
    ERR_clear_error();
    return cl_fail(err, CLEAT_E_PASSPHRASE, "wrong passphrase (or the file is damaged)");
}

/* ---- bags ---- */

static cleat_status name_key(PKCS12_SAFEBAG *bag, cleat_key *key, cleat_error *err)
{
    char *name = PKCS12_get_friendlyname(bag);
    cleat_status st = name ? cl_key_set_comment(key, cleat_slice_of(name)) : CLEAT_OK;
    OPENSSL_free(name);
    ERR_clear_error();
    return st == CLEAT_OK ? st : cl_fail(err, st, "out of memory");
}

static cleat_status add_key(p12 *p, PKCS12_SAFEBAG *bag, const PKCS8_PRIV_KEY_INFO *info,
                            cleat_error *err)
{
    cleat_key_item item = {.format = CLEAT_KEY_PKCS12};
    cleat_status st = cl_pkcs8_key(p->env, info, &item.key, err);
    if (st == CLEAT_OK)
        st = name_key(bag, item.key, err);
    if (st == CLEAT_OK)
        return cl_bundle_add(p->out, &item, err);
    cleat_key_unref(item.key);
    return st;
}

static cleat_status add_sealed_key(p12 *p, PKCS12_SAFEBAG *bag, cleat_error *err)
{
    const X509_SIG *sealed = PKCS12_SAFEBAG_get0_pkcs8(bag);
    const X509_ALGOR *alg = NULL;
    PKCS8_PRIV_KEY_INFO *info = NULL;
    const cleat_slice passphrase = {(const uint8_t *)p->passphrase, (size_t)p->passphrase_len};
    X509_SIG_get0(sealed, &alg, NULL);
    cleat_status st = cl_pbe_spend(alg, &p->rounds, err);
    if (st == CLEAT_OK)
        st = cl_pbe_open_key(p->lib, sealed, passphrase, &info, err);
    if (st == CLEAT_OK)
        st = add_key(p, bag, info, err);
    PKCS8_PRIV_KEY_INFO_free(info);
    return st;
}

static cleat_status add_certificate(p12 *p, PKCS12_SAFEBAG *bag, cleat_error *err)
{
    unsigned char *der = NULL;
    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
        return CLEAT_OK;
    X509 *certificate = PKCS12_SAFEBAG_get1_cert(bag);
    int len = certificate ? i2d_X509(certificate, &der) : -1;
    cleat_status st =
        len > 0 ? cl_bundle_add_x509(p->out, cl_slice(der, (size_t)len), CLEAT_KEY_PKCS12, 0, err)
                : malformed("a certificate in a bag of certificates", err);
    OPENSSL_free(der);
    X509_free(certificate);
    return st;
}

static cleat_status take_bags(p12 *p, const STACK_OF(PKCS12_SAFEBAG) * bags, unsigned depth,
                              cleat_error *err);

/* Bags of other kinds (revocation lists, secrets) are no concern of ours. */
static cleat_status take_bag(p12 *p, PKCS12_SAFEBAG *bag, unsigned depth, cleat_error *err)
{
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
        return add_key(p, bag, PKCS12_SAFEBAG_get0_p8inf(bag), err);
    case NID_pkcs8ShroudedKeyBag:
        return add_sealed_key(p, bag, err);
    case NID_certBag:
        return add_certificate(p, bag, err);
    case NID_safeContentsBag:
        return take_bags(p, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, err);
    default:
        return CLEAT_OK;
    }
}

static cleat_status take_bags(p12 *p, const STACK_OF(PKCS12_SAFEBAG) * bags, unsigned depth,
                              cleat_error *err)
{
    cleat_status st = CLEAT_OK;
    if (depth > DEPTH_MAX)
        return malformed("bags that are not nested so deeply", err);
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags) && st == CLEAT_OK; i++)
        st = take_bag(p, sk_PKCS12_SAFEBAG_value(bags, i), depth, err);
    return st;
}

/* ---- safes: lists of bags, in the clear or encrypted ---- */

static cleat_status open_safe(p12 *p, PKCS7 *safe, STACK_OF(PKCS12_SAFEBAG) * *bags,
                              cleat_error *err)
{
    const PKCS7_ENCRYPT *content = safe->d.encrypted; /* absent where the file says so */
    if (!content || !content->enc_data || !content->enc_data->algorithm)
        return malformed("the content of an encrypted part", err);
    const X509_ALGOR *alg = content->enc_data->algorithm;
    cleat_status st = cl_pbe_spend(alg, &p->rounds, err);
    if (st != CLEAT_OK)
        return st;
    *bags = PKCS12_unpack_p7encdata(safe, p->passphrase, p->passphrase_len);
    return *bags ? CLEAT_OK : cl_pbe_failed(alg, err);
}

static cleat_status take_safe(p12 *p, PKCS7 *safe, cleat_error *err)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    cleat_status st = CLEAT_OK;
    if (PKCS7_type_is_encrypted(safe))
        st = open_safe(p, safe, &bags, err);
    else if (PKCS7_type_is_data(safe) && safe->d.data)
        bags = PKCS12_unpack_p7data(safe);
    else if (!PKCS7_type_is_data(safe))
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "PKCS#12: a part encrypted with a public key");
    if (st == CLEAT_OK)
        st = bags ? take_bags(p, bags, 0, err) : malformed("a list of bags", err);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return st;
}

static cleat_status take_safes(p12 *p, cleat_error *err)
{
    STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p->file);
    cleat_status st = safes ? CLEAT_OK : malformed("its list of parts", err);
    for (int i = 0; st == CLEAT_OK && i < sk_PKCS7_num(safes); i++)
        st = take_safe(p, sk_PKCS7_value(safes, i), err);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return st;
}

/* ---- */

static cleat_status read_with(OSSL_LIB_CTX *lib, const cl_env *env, cleat_slice der,
                              cleat_slice passphrase, cleat_key_bundle *out, cleat_error *err)
{
    p12 p = {.env = env, .lib = lib, .rounds = CL_PBE_ROUNDS_MAX, .out = out};
    cleat_status st = parse(&p, der, err);
    if (st == CLEAT_OK)
        st = check_mac(&p, passphrase, err);
    if (st == CLEAT_OK)
        st = take_safes(&p, err);
    PKCS12_free(p.file);
    ERR_clear_error();
    if (st == CLEAT_E_PASSPHRASE && !passphrase.len)
        st = cl_fail(err, CLEAT_E_KEY_ENCRYPTED, "the file needs a passphrase");
    return st;
}

/* With the algorithms that the program uses, or else with the old ones, from the start. */
cleat_status cl_pkcs12_read(const cl_env *env, cleat_slice der, cleat_slice passphrase,
                            cleat_key_bundle *out, cleat_error *err)
{
    cl_old_ciphers old;
    cleat_error why = {0};
    cleat_status st = read_with(env->lib, env, der, passphrase, out, &why);
    if (st == CLEAT_E_UNSUPPORTED) {
        if (cl_old_ciphers_open(&old, env) == CLEAT_OK) {
            cl_bundle_clear(out);
            st = read_with(old.lib, env, der, passphrase, out, &why);
        }
        cl_old_ciphers_close(&old);
    }
    return st == CLEAT_OK ? st : cl_fail(err, st, "%s", why.text);
}

bool cl_pkcs12_is_encrypted(const cl_env *env, cleat_slice der)
{
    cleat_key_bundle *unused = cl_bundle_new(env);
    cleat_status st = CLEAT_E_NOMEM;
    if (unused)
        st = cl_pkcs12_read(env, der, CL_SLICE_EMPTY, unused, NULL);
    cleat_key_bundle_free(unused);
    return st == CLEAT_E_KEY_ENCRYPTED;
}
