/* AES-GCM as a packet cipher (RFC 5647, under OpenSSH's names): packet_length is sent in the clear
 * and authenticated as associated data, the rest is encrypted. The MAC is part of the cipher, so
 * none is negotiated, and the sequence number does not take part. */
#include "../base/alloc.h"
#include "../base/ct.h"
#include "../wire/writer.h"
#include "cipher_evp.h"
#include "rows.h"

#include <string.h>

enum { BLOCK = 16, TAG_LEN = 16, IV_LEN = 12, FIXED_LEN = 4 };

/* The key schedule stays in the context; a packet only sets its IV. */
typedef struct gcm {
    EVP_CIPHER_CTX *ctx;
    uint8_t iv[IV_LEN]; /* 4 fixed bytes, then the invocation counter (RFC 5647 §7.1) */
} gcm;

typedef struct gcm_seal {
    cl_seal base;
    gcm gcm;
} gcm_seal;

typedef struct gcm_open {
    cl_open base;
    gcm gcm;
} gcm_open;

static cleat_status gcm_init(gcm *g, const cl_cipher_alg *alg, const cl_env *env, cleat_slice key,
                             cleat_slice iv, bool encrypt)
{
    if (iv.len != IV_LEN)
        return CLEAT_E_BAD_CALL;
    memcpy(g->iv, iv.data, IV_LEN);
    return cl_evp_cipher_new(env, alg->evp, key, iv, encrypt, &g->ctx);
}

/* Starts the next packet: its IV and its associated data. Every invocation takes a new counter,
 * whether or not the packet then turns out well. */
static cleat_status gcm_begin(gcm *g, const uint8_t *packet_length)
{
    int done;
    cleat_status st = cl_evp_cipher_iv(g->ctx, g->iv);
    if (st != CLEAT_OK)
        return st;
    for (size_t i = IV_LEN; i > FIXED_LEN && ++g->iv[i - 1] == 0; i--)
        continue;
    if (!EVP_CipherUpdate(g->ctx, NULL, &done, packet_length, CL_LENGTH_SIZE))
        return CLEAT_E_CRYPTO;
    return CLEAT_OK;
}

static cleat_status seal(cl_seal *base, uint32_t seq, const cleat_slice *parts, size_t count,
                         uint8_t *out)
{
    gcm *g = &((gcm_seal *)base)->gcm;
    uint8_t *tag = out + cl_parts_len(parts, count);
    int done;
    (void)seq;
    cleat_status st = gcm_begin(g, parts[0].data);
    if (st != CLEAT_OK)
        return st;
    memcpy(out, parts[0].data, CL_LENGTH_SIZE);
    st = cl_evp_cipher_parts(g->ctx, parts, count, CL_LENGTH_SIZE, out + CL_LENGTH_SIZE);
    if (st != CLEAT_OK)
        return st;
    if (!EVP_EncryptFinal_ex(g->ctx, tag, &done) ||
        !EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag))
        return CLEAT_E_CRYPTO;
    return CLEAT_OK;
}

static void free_seal(cl_seal *base)
{
    gcm_seal *s = (gcm_seal *)base;
    EVP_CIPHER_CTX_free(s->gcm.ctx);
    cl_alloc_free(base->env->mem, s);
}

static cleat_status clear_length(cl_open *o, uint32_t seq, uint8_t *head, uint32_t *packet_length)
{
    (void)o;
    (void)seq;
    *packet_length = cl_load_u32(head);
    return CLEAT_OK;
}

static cleat_status open(cl_open *base, uint32_t seq, uint8_t *packet, size_t len)
{
    gcm *g = &((gcm_open *)base)->gcm;
    uint8_t *body = packet + CL_LENGTH_SIZE;
    uint8_t none[BLOCK];
    int done;
    (void)seq;
    cleat_status st = gcm_begin(g, packet);
    if (st == CLEAT_OK)
        st = cl_evp_cipher_run(g->ctx, body, len - CL_LENGTH_SIZE, body);
    if (st != CLEAT_OK)
        return st;
    if (!EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, packet + len))
        return CLEAT_E_CRYPTO;
    return EVP_DecryptFinal_ex(g->ctx, none, &done) ? CLEAT_OK : CLEAT_E_MAC;
}

static void free_open(cl_open *base)
{
    gcm_open *o = (gcm_open *)base;
    EVP_CIPHER_CTX_free(o->gcm.ctx);
    cl_alloc_free(base->env->mem, o);
}

static const cl_seal_ops seal_ops = {.seal = seal, .free = free_seal};
static const cl_open_ops open_ops = {.length = clear_length, .open = open, .free = free_open};

static cleat_status seal_new(const cl_cipher_alg *alg, const cl_mac_alg *mac, const cl_env *env,
                             cleat_slice key, cleat_slice iv, cleat_slice mac_key, cl_seal **out)
{
    (void)mac;
    (void)mac_key;
    *out = NULL;
    gcm_seal *s = cl_alloc_zero(env->mem, sizeof *s);
    if (!s)
        return CLEAT_E_NOMEM;
    s->base = (cl_seal){
        .ops = &seal_ops, .env = env, .block = BLOCK, .tag_len = TAG_LEN, .length_apart = true};
    cleat_status st = gcm_init(&s->gcm, alg, env, key, iv, true);
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
    (void)mac_key;
    *out = NULL;
    gcm_open *o = cl_alloc_zero(env->mem, sizeof *o);
    if (!o)
        return CLEAT_E_NOMEM;
    o->base = (cl_open){.ops = &open_ops,
                        .env = env,
                        .block = BLOCK,
                        .tag_len = TAG_LEN,
                        .head_len = CL_LENGTH_SIZE,
                        .length_apart = true};
    cleat_status st = gcm_init(&o->gcm, alg, env, key, iv, false);
    if (st != CLEAT_OK) {
        free_open(&o->base);
        return st;
    }
    *out = &o->base;
    return CLEAT_OK;
}

const cl_cipher_alg cl_cipher_aes128_gcm = {
    .name = "aes128-gcm@openssh.com",
    .flags = CL_ALG_DEFAULT,
    .key_len = 16,
    .iv_len = IV_LEN,
    .block = BLOCK,
    .tag_len = TAG_LEN,
    .evp = "AES-128-GCM",
    .seal_new = seal_new,
    .open_new = open_new,
};

const cl_cipher_alg cl_cipher_aes256_gcm = {
    .name = "aes256-gcm@openssh.com",
    .flags = CL_ALG_DEFAULT,
    .key_len = 32,
    .iv_len = IV_LEN,
    .block = BLOCK,
    .tag_len = TAG_LEN,
    .evp = "AES-256-GCM",
    .seal_new = seal_new,
    .open_new = open_new,
};
