/* AES in counter mode (RFC 4344) and CBC (RFC 4253 §6.3), composed with any MAC in either order.
 *
 * Encrypt-and-MAC, the order of RFC 4253: the MAC is over the plaintext, packet_length included,
 * and the length is encrypted with the rest. Encrypt-then-MAC, OpenSSH's -etm: packet_length stays
 * in the clear, the MAC is over it and the ciphertext and is checked before anything is decrypted.
 */
#include "../base/alloc.h"
#include "../base/slice.h"
#include "../wire/writer.h"
#include "cipher_evp.h"
#include "mac.h"
#include "rows.h"

#include <string.h>

typedef struct generic {
    EVP_CIPHER_CTX *ctx;
    cl_mac mac;
    bool etm;
} generic;

typedef struct generic_seal {
    cl_seal base;
    generic g;
} generic_seal;

typedef struct generic_open {
    cl_open base;
    generic g;
} generic_open;

static cleat_status seal_etm(cl_seal *base, uint32_t seq, const cleat_slice *parts, size_t count,
                             uint8_t *out)
{
    generic *g = &((generic_seal *)base)->g;
    cleat_slice sealed = cl_slice(out, cl_parts_len(parts, count));
    memcpy(out, parts[0].data, CL_LENGTH_SIZE);
    cleat_status st =
        cl_evp_cipher_parts(g->ctx, parts, count, CL_LENGTH_SIZE, out + CL_LENGTH_SIZE);
    return st == CLEAT_OK ? cl_mac_make(&g->mac, seq, &sealed, 1, out + sealed.len) : st;
}

static cleat_status seal_and_mac(cl_seal *base, uint32_t seq, const cleat_slice *parts,
                                 size_t count, uint8_t *out)
{
    generic *g = &((generic_seal *)base)->g;
    cleat_status st = cl_evp_cipher_parts(g->ctx, parts, count, 0, out);
    if (st != CLEAT_OK)
        return st;
    return cl_mac_make(&g->mac, seq, parts, count, out + cl_parts_len(parts, count));
}

static cleat_status clear_length(cl_open *base, uint32_t seq, uint8_t *head,
                                 uint32_t *packet_length)
{
    (void)base;
    (void)seq;
    *packet_length = cl_load_u32(head);
    return CLEAT_OK;
}

/* Decrypts the first block, and with it the length, in place. */
static cleat_status hidden_length(cl_open *base, uint32_t seq, uint8_t *head,
                                  uint32_t *packet_length)
{
    generic *g = &((generic_open *)base)->g;
    (void)seq;
    cleat_status st = cl_evp_cipher_run(g->ctx, head, base->head_len, head);
    if (st == CLEAT_OK)
        *packet_length = cl_load_u32(head);
    return st;
}

/* A ciphertext is whole blocks and holds what length has read; the caller has seen to both, or the
 * packet is refused like one with a wrong tag. */
static bool is_whole(const cl_open *base, size_t len)
{
    size_t clear = base->length_apart ? CL_LENGTH_SIZE : 0;
    return len >= base->head_len && (len - clear) % base->block == 0;
}

static cleat_status open_etm(cl_open *base, uint32_t seq, uint8_t *packet, size_t len)
{
    generic *g = &((generic_open *)base)->g;
    uint8_t *body = packet + CL_LENGTH_SIZE;
    if (!is_whole(base, len))
        return CLEAT_E_MAC;
    cleat_status st = cl_mac_check(&g->mac, seq, cl_slice(packet, len), packet + len);
    return st == CLEAT_OK ? cl_evp_cipher_run(g->ctx, body, len - CL_LENGTH_SIZE, body) : st;
}

/* The MAC needs the plaintext of the whole packet. Whatever the padding, all of it is decrypted
 * and hashed before anything is judged, so that time tells nothing of it. */
static cleat_status open_and_mac(cl_open *base, uint32_t seq, uint8_t *packet, size_t len)
{
    generic *g = &((generic_open *)base)->g;
    uint8_t *rest = packet + base->head_len;
    if (!is_whole(base, len))
        return CLEAT_E_MAC;
    cleat_status st = cl_evp_cipher_run(g->ctx, rest, len - base->head_len, rest);
    return st == CLEAT_OK ? cl_mac_check(&g->mac, seq, cl_slice(packet, len), packet + len) : st;
}

static void generic_free(generic *g)
{
    EVP_CIPHER_CTX_free(g->ctx);
    cl_mac_free(&g->mac);
}

static void free_seal(cl_seal *base)
{
    generic_seal *s = (generic_seal *)base;
    generic_free(&s->g);
    cl_alloc_free(base->env->mem, s);
}

static void free_open(cl_open *base)
{
    generic_open *o = (generic_open *)base;
    generic_free(&o->g);
    cl_alloc_free(base->env->mem, o);
}

static const cl_seal_ops seal_etm_ops = {.seal = seal_etm, .free = free_seal};
static const cl_seal_ops seal_and_mac_ops = {.seal = seal_and_mac, .free = free_seal};
static const cl_open_ops open_etm_ops = {
    .length = clear_length, .open = open_etm, .free = free_open};
static const cl_open_ops open_and_mac_ops = {
    .length = hidden_length, .open = open_and_mac, .free = free_open};

static bool is_cbc(const cl_cipher_alg *alg)
{
    return cl_slice_ends(cleat_slice_of(alg->name), "-cbc");
}

static cleat_status seal_new(const cl_cipher_alg *alg, const cl_mac_alg *mac, const cl_env *env,
                             cleat_slice key, cleat_slice iv, cleat_slice mac_key, cl_seal **out)
{
    *out = NULL;
    generic_seal *s = cl_alloc_zero(env->mem, sizeof *s);
    if (!s)
        return CLEAT_E_NOMEM;
    s->base = (cl_seal){
        .ops = mac->etm ? &seal_etm_ops : &seal_and_mac_ops,
        .env = env,
        .block = alg->block,
        .tag_len = mac->tag_len,
        .length_apart = mac->etm,
        .cbc = is_cbc(alg),
    };
    cleat_status st = cl_evp_cipher_new(env, alg->evp, key, iv, true, &s->g.ctx);
    if (st == CLEAT_OK)
        st = cl_mac_init(&s->g.mac, mac, env, mac_key);
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
    *out = NULL;
    generic_open *o = cl_alloc_zero(env->mem, sizeof *o);
    if (!o)
        return CLEAT_E_NOMEM;
    o->base = (cl_open){
        .ops = mac->etm ? &open_etm_ops : &open_and_mac_ops,
        .env = env,
        .block = alg->block,
        .tag_len = mac->tag_len,
        .head_len = mac->etm ? CL_LENGTH_SIZE : alg->block,
        .length_apart = mac->etm,
        .cbc = is_cbc(alg),
    };
    cleat_status st = cl_evp_cipher_new(env, alg->evp, key, iv, false, &o->g.ctx);
    if (st == CLEAT_OK)
        st = cl_mac_init(&o->g.mac, mac, env, mac_key);
    if (st != CLEAT_OK) {
        free_open(&o->base);
        return st;
    }
    *out = &o->base;
    return CLEAT_OK;
}

const cl_cipher_alg cl_cipher_aes128_ctr = {
    .name = "aes128-ctr",
    .flags = CL_ALG_DEFAULT,
    .key_len = 16,
    .iv_len = 16,
    .block = 16,
    .evp = "AES-128-CTR",
    .seal_new = seal_new,
    .open_new = open_new,
};

const cl_cipher_alg cl_cipher_aes192_ctr = {
    .name = "aes192-ctr",
    .flags = CL_ALG_DEFAULT,
    .key_len = 24,
    .iv_len = 16,
    .block = 16,
    .evp = "AES-192-CTR",
    .seal_new = seal_new,
    .open_new = open_new,
};

const cl_cipher_alg cl_cipher_aes256_ctr = {
    .name = "aes256-ctr",
    .flags = CL_ALG_DEFAULT,
    .key_len = 32,
    .iv_len = 16,
    .block = 16,
    .evp = "AES-256-CTR",
    .seal_new = seal_new,
    .open_new = open_new,
};

const cl_cipher_alg cl_cipher_aes128_cbc = {
    .name = "aes128-cbc",
    .flags = CL_ALG_LEGACY,
    .key_len = 16,
    .iv_len = 16,
    .block = 16,
    .evp = "AES-128-CBC",
    .seal_new = seal_new,
    .open_new = open_new,
};

const cl_cipher_alg cl_cipher_aes192_cbc = {
    .name = "aes192-cbc",
    .flags = CL_ALG_LEGACY,
    .key_len = 24,
    .iv_len = 16,
    .block = 16,
    .evp = "AES-192-CBC",
    .seal_new = seal_new,
    .open_new = open_new,
};

const cl_cipher_alg cl_cipher_aes256_cbc = {
    .name = "aes256-cbc",
    .flags = CL_ALG_LEGACY,
    .key_len = 32,
    .iv_len = 16,
    .block = 16,
    .evp = "AES-256-CBC",
    .seal_new = seal_new,
    .open_new = open_new,
};

const cl_cipher_alg cl_cipher_3des_cbc = {
    .name = "3des-cbc",
    .flags = CL_ALG_LEGACY,
    .key_len = 24,
    .iv_len = 8,
    .block = 8,
    .evp = "DES-EDE3-CBC",
    .seal_new = seal_new,
    .open_new = open_new,
};
