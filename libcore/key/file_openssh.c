/* OpenSSH's private key file: a header, the public key, and an encrypted string with the private
 * fields between two equal check numbers and counted padding. */
#include "file_openssh.h"

#include "../base/ct.h"
#include "../base/error.h"
#include "../wire/writer.h"
#include "bcrypt_pbkdf.h"
#include "file_cipher.h"

#include <string.h>

enum { SALT_LEN = 16, DEFAULT_ROUNDS = 16, COLUMNS = 70, BLOCK_MAX = 16 };

static const char magic[] = "openssh-key-v1"; /* with its final zero */

/* The file's parts, views into the decoded text. */
typedef struct layout {
    const cl_file_cipher *cipher;
    bool bcrypt;
    cleat_slice salt;
    uint32_t rounds;
    cleat_slice public_blob;
    size_t private_at; /* offsets into the decoded text */
    size_t private_len;
} layout;

static cleat_status malformed(const cl_reader *r, cleat_slice data, const char *expected,
                              cleat_error *err)
{
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "offset %zu: expected %s", (size_t)(r->at - data.data),
                   expected);
}

static cleat_status unsupported(const char *what, cleat_slice name, cleat_error *err)
{
    return cl_fail(err, CLEAT_E_UNSUPPORTED, "the key file's %s \"%.*s\" is not supported", what,
                   (int)(name.len < 64 ? name.len : 64), (const char *)name.data);
}

static cleat_status read_kdf(cl_reader *r, cleat_slice data, layout *l, cleat_error *err)
{
    cleat_slice kdf = cl_get_text(r);
    cl_reader options = cl_reader_of(cl_get_string(r));
    if (r->fault != CLEAT_OK)
        return malformed(r, data, "a key derivation and its options", err);
    bool cipher_is_none = l->cipher->key_len == 0;
    if (cl_slice_is(kdf, "none"))
        return cipher_is_none && options.left == 0
                   ? CLEAT_OK
                   : malformed(r, data, "a key derivation for the cipher, not \"none\"", err);
    if (!cl_slice_is(kdf, "bcrypt"))
        return unsupported("key derivation", kdf, err);
    l->bcrypt = true;
    l->salt = cl_get_string(&options);
    l->rounds = cl_get_u32(&options);
    if (cl_reader_done(&options) != CLEAT_OK || l->salt.len == 0 || l->rounds == 0 ||
        cipher_is_none)
        return malformed(r, data, "a salt and a number of rounds before this", err);
    return CLEAT_OK;
}

static cleat_status read_layout(cleat_slice data, layout *l, cleat_error *err)
{
    *l = (layout){0};
    cl_reader r = cl_reader_of(data);
    if (!cleat_slice_equal(cl_get_bytes(&r, sizeof magic), cl_slice(magic, sizeof magic)))
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "offset 0: expected \"openssh-key-v1\"");
    cleat_slice cipher = cl_get_text(&r);
    if (r.fault != CLEAT_OK)
        return malformed(&r, data, "a cipher name", err);
    l->cipher = cl_file_cipher_find(cipher);
    if (!l->cipher)
        return unsupported("cipher", cipher, err);
    cleat_status st = read_kdf(&r, data, l, err);
    if (st != CLEAT_OK)
        return st;
    uint32_t count = cl_get_u32(&r);
    if (r.fault == CLEAT_OK && count != 1)
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "the file holds %lu keys, expected one",
                       (unsigned long)count);
    l->public_blob = cl_get_string(&r);
    cleat_slice body = cl_get_string(&r);
    if (r.fault != CLEAT_OK)
        return malformed(&r, data, "a public key and the private part", err);
    l->private_at = (size_t)(body.data - data.data);
    l->private_len = body.len;
    cl_get_bytes(&r, l->cipher->tag_len);
    if (cl_reader_done(&r) != CLEAT_OK)
        return malformed(&r, data, l->cipher->tag_len ? "a tag and the end" : "the end", err);
    if (body.len == 0 || body.len % l->cipher->block)
        return cl_fail(err, CLEAT_E_KEY_FORMAT,
                       "offset %zu: the private part has %zu bytes, expected a multiple of %u",
                       l->private_at, body.len, l->cipher->block);
    return CLEAT_OK;
}

/* Key and IV come from one derivation, the IV last. */
static cleat_status crypt(const cl_env *env, const layout *l, cleat_slice passphrase, bool encrypt,
                          uint8_t *data, uint8_t *tag)
{
    if (!l->bcrypt)
        return CLEAT_OK;
    const cl_file_cipher *c = l->cipher;
    uint8_t derived[CL_FILE_KEY_MAX + CL_FILE_IV_MAX];
    cleat_status st = cl_bcrypt_pbkdf(env, passphrase, l->salt, l->rounds, derived,
                                      (size_t)c->key_len + c->iv_len);
    if (st == CLEAT_OK)
        st = c->run(c, env, encrypt, derived, derived + c->key_len, data, l->private_len, tag);
    cl_wipe(derived, sizeof derived);
    return st;
}

/* The bytes 1, 2, 3 ... up to the end. PuTTY fills up the longest block also where there is no
 * cipher, and adds a whole one to what is full. */
static bool padding_is_right(cl_reader *r)
{
    if (r->left > BLOCK_MAX)
        return false;
    uint8_t wrong = 0;
    for (uint8_t expected = 1; r->left; expected++)
        wrong |= cl_get_u8(r) ^ expected;
    return wrong == 0;
}

static cleat_status read_fields(const cl_env *env, const layout *l, cleat_slice plain,
                                cleat_key **out, cleat_error *err)
{
    cl_reader r = cl_reader_of(plain);
    uint32_t check = cl_get_u32(&r);
    if (check != cl_get_u32(&r))
        return l->bcrypt ? cl_fail(err, CLEAT_E_PASSPHRASE, "wrong passphrase")
                         : malformed(&r, plain, "two equal check numbers in the private part", err);
    cleat_status st = cl_key_read_private_fields(env, &r, out, err);
    if (st != CLEAT_OK)
        return st;
    cleat_slice comment = cl_get_string(&r);
    if (r.fault != CLEAT_OK || !padding_is_right(&r))
        st = malformed(&r, plain, "a comment and padding 1, 2, 3 ... in the private part", err);
    else if (!cleat_slice_equal(cleat_key_blob(*out), l->public_blob))
        st = cl_fail(err, CLEAT_E_KEY_FORMAT,
                     "the public key in the header is not that of the private part");
    else if (cl_key_set_comment(*out, comment) != CLEAT_OK)
        st = cl_fail(err, CLEAT_E_NOMEM, "out of memory");
    if (st != CLEAT_OK) {
        cleat_key_unref(*out);
        *out = NULL;
    }
    return st;
}

static cleat_status decrypt(const cl_env *env, const layout *l, cleat_slice passphrase,
                            uint8_t *body, cleat_error *err)
{
    if (l->bcrypt && passphrase.len == 0)
        return cl_fail(err, CLEAT_E_KEY_ENCRYPTED, "the private key needs a passphrase");
    cleat_status st = crypt(env, l, passphrase, false, body, body + l->private_len);
    if (st == CLEAT_E_LIMIT)
        return cl_fail(err, st, "the key asks for %lu rounds of bcrypt, at most %d are done",
                       (unsigned long)l->rounds, CL_BCRYPT_ROUNDS_MAX);
    if (st == CLEAT_E_MAC)
        return cl_fail(err, CLEAT_E_PASSPHRASE, "wrong passphrase");
    if (st == CLEAT_E_CRYPTO)
        return cl_fail_crypto(err, "decrypting the private key");
    return st == CLEAT_OK ? st : cl_fail(err, st, "%s", cleat_status_text(st));
}

cleat_status cl_openssh_read(const cl_env *env, const cl_armour *a, cleat_slice passphrase,
                             cleat_key **out, cleat_error *err)
{
    *out = NULL;
    layout l;
    cl_buf data = CL_BUF_SECRET(env->mem);
    cleat_status st = cl_armour_decode(a, &data, err);
    if (st == CLEAT_OK)
        st = read_layout(cl_buf_slice(&data), &l, err);
    if (st == CLEAT_OK)
        st = decrypt(env, &l, passphrase, data.data + l.private_at, err);
    if (st == CLEAT_OK)
        st = read_fields(env, &l, cl_slice(data.data + l.private_at, l.private_len), out, err);
    cl_buf_free(&data);
    return st;
}

cleat_status cl_openssh_peek(const cl_env *env, const cl_armour *a, cleat_key **out,
                             bool *encrypted, cleat_error *err)
{
    *out = NULL;
    *encrypted = false;
    layout l;
    cl_buf data = CL_BUF_SECRET(env->mem);
    cleat_status st = cl_armour_decode(a, &data, err);
    if (st == CLEAT_OK)
        st = read_layout(cl_buf_slice(&data), &l, err);
    if (st == CLEAT_OK) {
        *encrypted = l.bcrypt;
        st = cl_key_from_blob(env, l.public_blob, out, err);
    }
    cl_buf_free(&data);
    return st;
}

static void put_plain(const cleat_key *key, uint32_t check, size_t block, cl_buf *out)
{
    cl_put_u32(out, check);
    cl_put_u32(out, check);
    cleat_status st = cl_key_write_private_fields(key, out);
    cl_put_cstring(out, key->comment);
    for (uint8_t pad = 1; out->len % block; pad++)
        cl_put_u8(out, pad);
    if (st != CLEAT_OK)
        out->status = st;
}

static void put_header(const layout *l, const cleat_key *key, cl_buf *out)
{
    cl_buf_add(out, magic, sizeof magic);
    cl_put_cstring(out, l->cipher->name);
    cl_put_cstring(out, l->bcrypt ? "bcrypt" : "none");
    size_t options = cl_put_begin(out);
    if (l->bcrypt) {
        cl_put_string(out, l->salt);
        cl_put_u32(out, l->rounds);
    }
    cl_put_end(out, options);
    cl_put_u32(out, 1);
    cl_put_string(out, cl_buf_slice(&key->blob));
}

/* The cipher asked for, or the usual one; "none" only where there is no passphrase to use. */
static cleat_status choose_cipher(layout *l, const char *name, cleat_error *err)
{
    const char *usual = l->bcrypt ? "aes256-ctr" : "none";
    l->cipher = cl_file_cipher_find(cleat_slice_of(l->bcrypt && name ? name : usual));
    if (l->cipher && (l->cipher->key_len != 0) == l->bcrypt)
        return CLEAT_OK;
    return cl_fail(err, CLEAT_E_UNSUPPORTED, "no key file is encrypted with \"%.64s\"", name);
}

static cleat_status seal(const cleat_key *key, layout *l, cleat_slice passphrase, uint32_t check,
                         cl_buf *data)
{
    uint8_t tag[CL_FILE_TAG_MAX] = {0};
    cl_buf plain = CL_BUF_SECRET(key->env->mem);
    put_plain(key, check, l->cipher->block, &plain);
    cleat_status st = plain.status;
    l->private_len = plain.len;
    if (st == CLEAT_OK)
        st = crypt(key->env, l, passphrase, true, plain.data, tag);
    if (st == CLEAT_OK) {
        put_header(l, key, data);
        cl_put_string(data, cl_buf_slice(&plain));
        cl_buf_add(data, tag, l->cipher->tag_len);
        st = data->status;
    }
    cl_buf_free(&plain);
    return st;
}

cleat_status cl_openssh_write(const cleat_key *key, cleat_slice passphrase, const char *cipher,
                              uint32_t rounds, cl_buf *out, cleat_error *err)
{
    uint8_t random[4 + SALT_LEN];
    layout l = {
        .bcrypt = passphrase.len != 0,
        .salt = {random + 4, SALT_LEN},
        .rounds = rounds ? rounds : DEFAULT_ROUNDS,
    };
    cleat_status st = choose_cipher(&l, cipher, err);
    if (st != CLEAT_OK)
        return st;
    if (cl_random_fill(key->env, random, sizeof random) != CLEAT_OK)
        return cl_fail(err, CLEAT_E_RANDOM, "the random source failed");
    cl_buf data = CL_BUF_SECRET(key->env->mem);
    st = seal(key, &l, passphrase, cl_load_u32(random), &data);
    if (st == CLEAT_OK) {
        cl_armour_encode(out, CL_OPENSSH_LABEL, cl_buf_slice(&data), COLUMNS);
        st = out->status;
    }
    cl_buf_free(&data);
    return st == CLEAT_OK ? st : cl_fail(err, st, "writing the key: %s", cleat_status_text(st));
}
