/* chacha20-poly1305@openssh.com: ChaCha20 with two keys, one for packet_length alone and one for
 * the rest, and Poly1305 over the whole ciphertext. The nonce is the sequence number. Unlike RFC
 * 8439 it has a 64-bit block counter and nothing but ciphertext under the MAC. */
#include "../base/alloc.h"
#include "../base/ct.h"
#include "../base/slice.h"
#include "../wire/writer.h"
#include "cipher_evp.h"
#include "rows.h"

#include <openssl/evp.h>

enum { BLOCK = 8, TAG_LEN = 16, HALF_KEY = 32, NONCE_AT = 8, IV_LEN = 16, STREAM_BLOCK = 64 };

typedef struct chacha {
    EVP_CIPHER_CTX *main;   /* K_2: the Poly1305 key, then the packet */
    EVP_CIPHER_CTX *header; /* K_1: packet_length */
    EVP_MAC_CTX *poly;
} chacha;

typedef struct chacha_seal {
    cl_seal base;
    chacha c;
} chacha_seal;

typedef struct chacha_open {
    cl_open base;
    chacha c;
} chacha_open;

static void chacha_free(chacha *c)
{
    EVP_CIPHER_CTX_free(c->main);
    EVP_CIPHER_CTX_free(c->header);
    EVP_MAC_CTX_free(c->poly);
}

/* Both directions encrypt: the cipher is its own inverse. */
static cleat_status chacha_init(chacha *c, const cl_cipher_alg *alg, const cl_env *env,
                                cleat_slice key)
{
    if (key.len != alg->key_len)
        return CLEAT_E_BAD_CALL;
    EVP_MAC *mac = EVP_MAC_fetch(env->lib, "POLY1305", NULL);
    if (!mac)
        return CLEAT_E_UNSUPPORTED;
    c->poly = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    if (!c->poly)
        return CLEAT_E_NOMEM;
    cleat_slice none = CL_SLICE_EMPTY;
    cleat_status st =
        cl_evp_cipher_new(env, alg->evp, cl_slice_cut(key, 0, HALF_KEY), none, true, &c->main);
    if (st != CLEAT_OK)
        return st;
    return cl_evp_cipher_new(env, alg->evp, cl_slice_cut(key, HALF_KEY, key.len), none, true,
                             &c->header);
}

/* Block counter 0, little endian, then the sequence number as eight bytes big endian. */
static cleat_status set_nonce(EVP_CIPHER_CTX *ctx, uint32_t seq)
{
    uint8_t iv[IV_LEN] = {0};
    cl_store_u64(iv + NONCE_AT, seq);
    return cl_evp_cipher_iv(ctx, iv);
}

static cleat_status crypt_length(chacha *c, uint32_t seq, const uint8_t *in, uint8_t *out)
{
    cleat_status st = set_nonce(c->header, seq);
    return st == CLEAT_OK ? cl_evp_cipher_run(c->header, in, CL_LENGTH_SIZE, out) : st;
}

/* Block 0 of the main stream keys Poly1305; the packet's own bytes begin at block 1, where this
 * leaves the stream. */
static cleat_status begin(chacha *c, uint32_t seq)
{
    static const uint8_t zeros[STREAM_BLOCK];
    uint8_t block[STREAM_BLOCK];
    cleat_status st = set_nonce(c->main, seq);
    if (st == CLEAT_OK)
        st = cl_evp_cipher_run(c->main, zeros, sizeof zeros, block);
    if (st == CLEAT_OK && !EVP_MAC_init(c->poly, block, HALF_KEY, NULL))
        st = CLEAT_E_CRYPTO;
    cl_wipe(block, sizeof block);
    return st;
}

static cleat_status make_tag(chacha *c, const uint8_t *packet, size_t len, uint8_t tag[TAG_LEN])
{
    size_t tag_len;
    if (!EVP_MAC_update(c->poly, packet, len) || !EVP_MAC_final(c->poly, tag, &tag_len, TAG_LEN))
        return CLEAT_E_CRYPTO;
    return CLEAT_OK;
}

static cleat_status seal(cl_seal *base, uint32_t seq, const cleat_slice *parts, size_t count,
                         uint8_t *out)
{
    chacha *c = &((chacha_seal *)base)->c;
    size_t len = cl_parts_len(parts, count);
    cleat_status st = crypt_length(c, seq, parts[0].data, out);
    if (st == CLEAT_OK)
        st = begin(c, seq);
    if (st == CLEAT_OK)
        st = cl_evp_cipher_parts(c->main, parts, count, CL_LENGTH_SIZE, out + CL_LENGTH_SIZE);
    return st == CLEAT_OK ? make_tag(c, out, len, out + len) : st;
}

static void free_seal(cl_seal *base)
{
    chacha_seal *s = (chacha_seal *)base;
    chacha_free(&s->c);
    cl_alloc_free(base->env->mem, s);
}

/* The ciphertext of the length stays: the MAC covers it. */
static cleat_status hidden_length(cl_open *base, uint32_t seq, uint8_t *head,
                                  uint32_t *packet_length)
{
    uint8_t clear[CL_LENGTH_SIZE];
    cleat_status st = crypt_length(&((chacha_open *)base)->c, seq, head, clear);
    if (st == CLEAT_OK)
        *packet_length = cl_load_u32(clear);
    return st;
}

static cleat_status open(cl_open *base, uint32_t seq, uint8_t *packet, size_t len)
{
    chacha *c = &((chacha_open *)base)->c;
    uint8_t tag[TAG_LEN];
    uint8_t *body = packet + CL_LENGTH_SIZE;
    cleat_status st = begin(c, seq);
    if (st == CLEAT_OK)
        st = make_tag(c, packet, len, tag);
    if (st != CLEAT_OK)
        return st;
    if (!cl_ct_equal(tag, packet + len, TAG_LEN))
        return CLEAT_E_MAC;
    return cl_evp_cipher_run(c->main, body, len - CL_LENGTH_SIZE, body);
}

static void free_open(cl_open *base)
{
    chacha_open *o = (chacha_open *)base;
    chacha_free(&o->c);
    cl_alloc_free(base->env->mem, o);
}

static const cl_seal_ops seal_ops = {.seal = seal, .free = free_seal};
static const cl_open_ops open_ops = {.length = hidden_length, .open = open, .free = free_open};

static cleat_status seal_new(const cl_cipher_alg *alg, const cl_mac_alg *mac, const cl_env *env,
                             cleat_slice key, cleat_slice iv, cleat_slice mac_key, cl_seal **out)
{
    (void)mac;
    (void)iv;
    (void)mac_key;
    *out = NULL;
    chacha_seal *s = cl_alloc_zero(env->mem, sizeof *s);
    if (!s)
        return CLEAT_E_NOMEM;
    s->base = (cl_seal){
        .ops = &seal_ops, .env = env, .block = BLOCK, .tag_len = TAG_LEN, .length_apart = true};
    cleat_status st = chacha_init(&s->c, alg, env, key);
    if (st != CLEAT_OK) {
        free_seal(&s->base);
        return st;
    }
    *out = &s->base;
    return CLEAT_OK;
}

static cleat_status open_new(const cl_cipher_alg *alg, const cl_mac_alg *mac, const cl_env *env,
                             cleat_slice key, cleat_slice iv, cleat_slice mac_key, cl_open **out)
{
    (void)mac;
    (void)iv;
    (void)mac_key;
    *out = NULL;
    chacha_open *o = cl_alloc_zero(env->mem, sizeof *o);
    if (!o)
        return CLEAT_E_NOMEM;
    o->base = (cl_open){.ops = &open_ops,
                        .env = env,
                        .block = BLOCK,
                        .tag_len = TAG_LEN,
                        .head_len = CL_LENGTH_SIZE,
                        .length_apart = true};
    cleat_status st = chacha_init(&o->c, alg, env, key);
    if (st != CLEAT_OK) {
        free_open(&o->base);
        return st;
    }
    *out = &o->base;
    return CLEAT_OK;
}

const cl_cipher_alg cl_cipher_chacha20_poly1305 = {
    .name = "chacha20-poly1305@openssh.com",
    .flags = CL_ALG_DEFAULT,
    .key_len = 2 * HALF_KEY,
    .block = BLOCK,
    .tag_len = TAG_LEN,
    .evp = "ChaCha20",
    .seal_new = seal_new,
    .open_new = open_new,
};
