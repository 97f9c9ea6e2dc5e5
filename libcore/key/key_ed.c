/* Ed25519 and Ed448 keys: one string of fixed length in public (RFC 8709 §4), and the same again
 * together with the seed in private. */
#include "key_ed.h"

#include "../base/ct.h"
#include "../base/error.h"
#include "../wire/writer.h"

#include <openssl/err.h>
#include <openssl/evp.h>

enum { RAW_MAX = 57 };

static cleat_status wrong_length(const cl_key_type *t, const char *what, size_t have, size_t want,
                                 cleat_error *err)
{
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "%s key: the %s has %zu bytes, expected %zu", t->name,
                   what, have, want);
}

static cleat_status read_public(const cl_key_type *t, const cl_env *env, cl_reader *r,
                                EVP_PKEY **out, cleat_error *err)
{
    cleat_slice raw = cl_get_string(r);
    if (raw.len != t->raw_len)
        return wrong_length(t, "public key", raw.len, t->raw_len, err);
    *out = EVP_PKEY_new_raw_public_key_ex(env->lib, t->evp, NULL, raw.data, raw.len);
    return *out ? CLEAT_OK : cl_fail_crypto(err, "public key");
}

static bool public_part_is(EVP_PKEY *pkey, cleat_slice expected)
{
    uint8_t raw[RAW_MAX];
    size_t len = sizeof raw;
    return EVP_PKEY_get_raw_public_key(pkey, raw, &len) && len == expected.len &&
           cl_ct_equal(raw, expected.data, len);
}

/* The file has the public key twice beside the seed that decides it. Signing with a public part
 * that does not belong to the seed gives the private key away, so all three must agree. */
static cleat_status read_private(const cl_key_type *t, const cl_env *env, cl_reader *r,
                                 EVP_PKEY **out, cleat_error *err)
{
    cleat_slice raw = cl_get_string(r);
    cleat_slice pair = cl_get_string(r);
    if (raw.len != t->raw_len)
        return wrong_length(t, "public key", raw.len, t->raw_len, err);
    if (pair.len != 2 * t->raw_len)
        return wrong_length(t, "private key", pair.len, 2 * t->raw_len, err);
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key_ex(env->lib, t->evp, NULL, pair.data, t->raw_len);
    if (!pkey)
        return cl_fail_crypto(err, "private key");
    cleat_slice again = cl_slice_cut(pair, t->raw_len, pair.len);
    if (!public_part_is(pkey, raw) || !cl_ct_equal(raw.data, again.data, raw.len)) {
        EVP_PKEY_free(pkey);
        return cl_fail(err, CLEAT_E_KEY_FORMAT,
                       "%s key: the public part does not belong to the private part", t->name);
    }
    *out = pkey;
    return CLEAT_OK;
}

static cleat_status write_public(const cl_key_type *t, EVP_PKEY *pkey, cl_buf *out)
{
    size_t len = t->raw_len;
    cl_put_u32(out, (uint32_t)len);
    uint8_t *at = cl_buf_extend(out, len);
    if (!at)
        return out->status;
    return EVP_PKEY_get_raw_public_key(pkey, at, &len) ? CLEAT_OK : CLEAT_E_CRYPTO;
}

static cleat_status write_private(const cl_key_type *t, EVP_PKEY *pkey, cl_buf *out)
{
    cleat_status st = write_public(t, pkey, out);
    if (st != CLEAT_OK)
        return st;
    size_t len = t->raw_len;
    cl_put_u32(out, (uint32_t)(2 * len));
    uint8_t *at = cl_buf_extend(out, 2 * len);
    if (!at)
        return out->status;
    size_t again = len;
    bool got = EVP_PKEY_get_raw_private_key(pkey, at, &len) &&
               EVP_PKEY_get_raw_public_key(pkey, at + t->raw_len, &again);
    return got ? CLEAT_OK : CLEAT_E_CRYPTO;
}

static cleat_status generate(const cl_key_type *t, const cl_env *env, unsigned bits, EVP_PKEY **out,
                             cleat_error *err)
{
    (void)bits;
    uint8_t seed[RAW_MAX];
    cleat_status st = cl_random_fill(env, seed, t->raw_len);
    if (st != CLEAT_OK)
        return cl_fail(err, st, "the random source failed");
    *out = EVP_PKEY_new_raw_private_key_ex(env->lib, t->evp, NULL, seed, t->raw_len);
    cl_wipe(seed, sizeof seed);
    return *out ? CLEAT_OK : cl_fail_crypto(err, "key generation");
}

static void ppk_join(const cl_key_type *t, cl_reader *open, cl_reader *secret, cl_buf *out)
{
    (void)t;
    cleat_slice raw = cl_get_string(open);
    cl_put_string(out, raw);
    size_t mark = cl_put_begin(out);
    cl_buf_add_slice(out, cl_get_string(secret));
    cl_buf_add_slice(out, raw);
    cl_put_end(out, mark);
}

static void ppk_split(const cl_key_type *t, cl_reader *fields, cl_buf *out)
{
    cl_get_string(fields);
    cl_put_string(out, cl_slice_cut(cl_get_string(fields), 0, t->raw_len));
}

const cl_key_type cl_key_ed25519 = {
    .name = "ssh-ed25519",
    .cert_name = "ssh-ed25519" CL_CERT_SUFFIX,
    .label = "ED25519",
    .family = "ed25519",
    .evp = "ED25519",
    .bits = 256,
    .sshfp = 4,
    .default_bits = 256,
    .raw_len = 32,
    .read_public = read_public,
    .read_private = read_private,
    .write_public = write_public,
    .write_private = write_private,
    .generate = generate,
    .ppk_join = ppk_join,
    .ppk_split = ppk_split,
};

const cl_key_type cl_key_ed448 = {
    .name = "ssh-ed448",
    .cert_name = "ssh-ed448" CL_CERT_SUFFIX,
    .label = "ED448",
    .family = "ed448",
    .evp = "ED448",
    .bits = 448,
    .sshfp = 6,
    .default_bits = 448,
    .raw_len = 57,
    .read_public = read_public,
    .read_private = read_private,
    .write_public = write_public,
    .write_private = write_private,
    .generate = generate,
    .ppk_join = ppk_join,
    .ppk_split = ppk_split,
};

/* The private part is in the device: a file has the public fields in its place. */
const cl_key_type cl_key_sk_ed25519 = {
    .name = "sk-ssh-ed25519@openssh.com",
    .cert_name = "sk-ssh-ed25519" CL_CERT_SUFFIX,
    .label = "ED25519-SK",
    .family = "ed25519-sk",
    .evp = "ED25519",
    .bits = 256,
    .default_bits = 256,
    .raw_len = 32,
    .security_key = true,
    .read_public = read_public,
    .read_private = read_public,
    .write_public = write_public,
    .write_private = write_public,
};
