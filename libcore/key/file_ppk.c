/* PuTTY's private key files: public and secret fields apart, and a MAC over all of it. Version 3
 * makes its keys with Argon2. */
#include "file_ppk.h"

#include "../alg/hash.h"
#include "../base/ct.h"
#include "../base/error.h"
#include "../wire/writer.h"
#include "ppk_text.h"
#include "public_text.h"

enum { SALT_LEN = 16 };

/* ---- the MAC --------------------------------------------------------------------------------- */

static cleat_status mac_of(const cl_ppk *p, const cl_env *env, uint8_t mac[CL_PPK_MAC_MAX])
{
    cl_buf all = CL_BUF_SECRET(env->mem);
    cl_put_string(&all, p->algorithm);
    cl_put_string(&all, p->encryption);
    cl_put_string(&all, p->comment);
    cl_put_string(&all, cl_buf_slice(&p->open));
    cl_put_string(&all, cl_buf_slice(&p->secret));
    cleat_status st = all.status;
    if (st == CLEAT_OK)
        st = cl_ppk_mac(&p->seal, env, cl_buf_slice(&all), mac);
    cl_buf_free(&all);
    return st;
}

static cleat_status check_mac(const cl_ppk *p, const cl_env *env, cleat_error *err)
{
    uint8_t mac[CL_PPK_MAC_MAX];
    cleat_status st = mac_of(p, env, mac);
    if (st != CLEAT_OK)
        return cl_fail(err, st, "checking the MAC: %s", cleat_status_text(st));
    if (cl_ct_equal(mac, p->mac, cl_ppk_mac_len(&p->seal)))
        return CLEAT_OK;
    if (p->seal.encrypted)
        return cl_fail(err, CLEAT_E_PASSPHRASE,
                       "wrong passphrase (or the key file has been changed)");
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "the key file's MAC does not fit what it holds");
}

/* ---- reading --------------------------------------------------------------------------------- */

static cleat_status unseal(cl_ppk *p, const cl_env *env, cleat_slice passphrase, cleat_error *err)
{
    if (p->seal.encrypted && passphrase.len == 0)
        return cl_fail(err, CLEAT_E_KEY_ENCRYPTED, "the private key needs a passphrase");
    cleat_status st = cl_ppk_seal_keys(&p->seal, env, passphrase);
    if (st == CLEAT_E_LIMIT)
        return cl_fail(err, st, "the key asks for %lu KiB and %lu passes of Argon2 with %lu lanes",
                       (unsigned long)p->seal.cost.kib, (unsigned long)p->seal.cost.passes,
                       (unsigned long)p->seal.cost.lanes);
    if (st == CLEAT_E_UNSUPPORTED)
        return cl_fail(err, st, "this build has no Argon2, which the key file's encryption needs");
    if (st == CLEAT_OK)
        st = cl_ppk_seal_crypt(&p->seal, env, false, p->secret.data, p->secret.len);
    if (st != CLEAT_OK)
        return cl_fail(err, st, "decrypting the private key: %s", cleat_status_text(st));
    return check_mac(p, env, err);
}

/* The type name, then what the type's own code makes of the two halves. */
static cleat_status join(const cl_ppk *p, cl_buf *fields, cleat_error *err)
{
    cl_reader open = cl_reader_of(cl_buf_slice(&p->open));
    cl_reader secret = cl_reader_of(cl_buf_slice(&p->secret));
    cleat_slice name = cl_get_string(&open);
    const cl_key_type *type = cl_key_type_find(p->algorithm);
    if (!cleat_slice_equal(name, p->algorithm))
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "the public key is not of the file's type");
    if (!type || !type->ppk_join)
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "key type \"%.*s\" is not supported",
                       (int)(name.len < 64 ? name.len : 64), (const char *)name.data);
    cl_put_string(fields, name);
    type->ppk_join(type, &open, &secret, fields);
    if (cl_reader_done(&open) != CLEAT_OK || secret.fault != CLEAT_OK)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "%s key: its numbers are malformed", type->name);
    bool padded = p->seal.encrypted ? secret.left < CL_PPK_BLOCK : secret.left == 0;
    if (!padded)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "%s key: expected the end after the private part",
                       type->name);
    return fields->status == CLEAT_OK ? CLEAT_OK : cl_fail(err, fields->status, "out of memory");
}

/* Ends a reading function: the key gets its comment or goes. */
static cleat_status with_comment(cleat_status st, const cl_ppk *p, cleat_key **key,
                                 cleat_error *err)
{
    if (st == CLEAT_OK && cl_key_set_comment(*key, p->comment) != CLEAT_OK) {
        st = cl_fail(err, CLEAT_E_NOMEM, "out of memory");
        cleat_key_unref(*key);
        *key = NULL;
    }
    return st;
}

cleat_status cl_ppk_read(const cl_env *env, cleat_slice file, cleat_slice passphrase,
                         cleat_key **out, unsigned *version, cleat_error *err)
{
    cl_ppk p;
    cl_buf fields = CL_BUF_SECRET(env->mem);
    *out = NULL;
    cl_ppk_begin(&p, env);
    cleat_status st = cl_ppk_take(file, env, &p, err);
    if (st == CLEAT_OK)
        st = unseal(&p, env, passphrase, err);
    if (st == CLEAT_OK)
        st = join(&p, &fields, err);
    if (st == CLEAT_OK) {
        cl_reader r = cl_reader_of(cl_buf_slice(&fields));
        st = cl_key_read_private_fields(env, &r, out, err);
    }
    st = with_comment(st, &p, out, err);
    if (version)
        *version = p.seal.version;
    cl_buf_free(&fields);
    cl_ppk_end(&p);
    return st;
}

cleat_status cl_ppk_peek(const cl_env *env, cleat_slice file, cleat_key **out, bool *encrypted,
                         cleat_error *err)
{
    cl_ppk p;
    *out = NULL;
    cl_ppk_begin(&p, env);
    cleat_status st = cl_ppk_take(file, env, &p, err);
    *encrypted = st == CLEAT_OK && p.seal.encrypted;
    if (st == CLEAT_OK)
        st = cl_key_from_blob(env, cl_buf_slice(&p.open), out, err);
    st = with_comment(st, &p, out, err);
    cl_ppk_end(&p);
    return st;
}

bool cl_ppk_knows(cleat_slice file)
{
    return cl_slice_starts(file, CL_PPK_MARK);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Whole blocks, filled up with the beginning of the SHA-1 of what is padded. */
static cleat_status pad(const cl_env *env, cl_buf *secret)
{
    uint8_t digest[CL_HASH_MAX];
    size_t missing = (CL_PPK_BLOCK - secret->len % CL_PPK_BLOCK) % CL_PPK_BLOCK;
    cleat_slice whole = cl_buf_slice(secret);
    cleat_status st = cl_hash_once(env->hashes, CL_SHA1, &whole, 1, digest);
    if (st == CLEAT_OK)
        cl_buf_add(secret, digest, missing);
    cl_wipe(digest, sizeof digest);
    return st == CLEAT_OK ? secret->status : st;
}

static cleat_status split(const cleat_key *key, cl_ppk *p)
{
    cl_buf fields = CL_BUF_SECRET(key->env->mem);
    cleat_status st = cl_key_write_private_fields(key, &fields);
    cl_reader r = cl_reader_of(cl_buf_slice(&fields));
    cl_get_string(&r);
    if (st == CLEAT_OK) {
        key->type->ppk_split(key->type, &r, &p->secret);
        cl_buf_add_slice(&p->open, cl_buf_slice(&key->blob));
        st = p->secret.status != CLEAT_OK ? p->secret.status : p->open.status;
    }
    cl_buf_free(&fields);
    if (st == CLEAT_OK && p->seal.encrypted)
        st = pad(key->env, &p->secret);
    return st;
}

static cleat_status seal(cl_ppk *p, const cl_env *env, cleat_slice passphrase)
{
    cleat_status st = CLEAT_OK;
    if (p->seal.version == 3 && p->seal.encrypted) {
        p->seal.salt_len = SALT_LEN;
        st = cl_random_fill(env, p->seal.salt, SALT_LEN);
    }
    if (st == CLEAT_OK)
        st = cl_ppk_seal_keys(&p->seal, env, passphrase);
    if (st == CLEAT_OK)
        st = mac_of(p, env, p->mac);
    if (st == CLEAT_OK)
        st = cl_ppk_seal_crypt(&p->seal, env, true, p->secret.data, p->secret.len);
    return st;
}

cleat_status cl_ppk_write(const cleat_key *key, unsigned version, cleat_slice passphrase,
                          uint32_t passes, cl_buf *out, cleat_error *err)
{
    cl_ppk p;
    cl_ppk_begin(&p, key->env);
    cl_buf comment = CL_BUF(key->env->mem);
    cl_key_put_comment(key, &comment);
    p.seal.version = version;
    p.seal.encrypted = passphrase.len != 0;
    p.seal.cost = (cl_argon2_cost){CL_ARGON2ID, CL_PPK_KIB_DEFAULT,
                                   passes ? passes : CL_PPK_PASSES_DEFAULT, 1};
    p.algorithm = cleat_slice_of(key->type->name);
    p.encryption = cleat_slice_of(p.seal.encrypted ? CL_PPK_CIPHER : "none");
    p.comment = cl_buf_slice(&comment);
    cleat_status st = comment.status;
    if (st == CLEAT_OK)
        st = split(key, &p);
    if (st == CLEAT_OK)
        st = seal(&p, key->env, passphrase);
    if (st == CLEAT_OK) {
        cl_ppk_put(&p, out);
        st = out->status;
    }
    cl_buf_free(&comment);
    cl_ppk_end(&p);
    return st == CLEAT_OK ? st : cl_fail(err, st, "writing the key: %s", cleat_status_text(st));
}
