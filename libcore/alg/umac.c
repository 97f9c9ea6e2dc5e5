/* UMAC (RFC 4418): a universal hash in three layers (NH over 1024-byte chunks, a polynomial over
 * the chunk hashes, an inner product at the end), run in 2 or 4 independent streams of 32 bits,
 * then masked with one AES block. No branch and no table index depends on key or message. */
#include "umac.h"

#include "../base/alloc.h"
#include "../base/ct.h"
#include "../wire/writer.h"

#include <openssl/evp.h>
#include <string.h>

enum {
    CHUNK = 1024, /* bytes under one NH hash */
    BLOCK = 32,   /* NH's step: eight words */
    STREAMS = 4,  /* the most there are: 128-bit tags */
    NH_WORDS = CHUNK / 4 + (STREAMS - 1) * 4,
    AES_BLOCK = 16,
};

static const uint64_t P64_OFFSET = 59;               /* 2^64 - 59 is prime */
static const uint64_t P36 = ((uint64_t)1 << 36) - 5; /* prime too */
static const uint64_t POLY_KEY_MASK = 0x01FFFFFF01FFFFFF;

struct cl_umac_state {
    const cleat_allocator *mem;
    EVP_CIPHER_CTX *pad_cipher; /* AES under the pad key, RFC 4418 §4.1 */
    size_t streams;
    uint32_t nh_key[NH_WORDS]; /* stream i starts 4 * i words in (Toeplitz shift) */
    uint64_t poly_key[STREAMS];
    uint64_t inner_key[STREAMS][4]; /* the four of eight keys that meet non-zero words */
    uint32_t final_mask[STREAMS];
};

/* What one message has come to so far. */
typedef struct hash_run {
    uint64_t nh[STREAMS];
    uint64_t first[STREAMS];
    uint64_t poly[STREAMS];
    size_t in_chunk; /* bytes hashed into nh */
    size_t chunks;
    uint8_t held[BLOCK];
    size_t held_len;
} hash_run;

static uint32_t load_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t load_be64(const uint8_t *p)
{
    return (uint64_t)cl_load_u32(p) << 32 | cl_load_u32(p + 4);
}

/* ---- Layer 1: NH (RFC 4418 §5.2.2) ---------------------------------------------------------- */

/* `streams` is a constant at each call, so that the compiler unrolls and vectorises. */
static inline void nh_blocks(uint64_t *sums, const uint32_t *key, const uint8_t *data,
                             size_t blocks, const size_t streams)
{
    uint64_t lanes[STREAMS][4] = {{0}};
    for (; blocks; blocks--, data += BLOCK, key += BLOCK / 4) {
        uint32_t m[8];
        for (size_t j = 0; j < 8; j++)
            m[j] = load_le32(data + 4 * j);
        for (size_t i = 0; i < streams; i++) {
            const uint32_t *k = key + 4 * i;
            for (size_t j = 0; j < 4; j++) {
                uint32_t low = m[j] + k[j];
                uint32_t high = m[j + 4] + k[j + 4];
                lanes[i][j] += (uint64_t)low * high;
            }
        }
    }
    for (size_t i = 0; i < streams; i++)
        sums[i] += lanes[i][0] + lanes[i][1] + lanes[i][2] + lanes[i][3];
}

static void nh(const cl_umac_state *s, hash_run *h, const uint8_t *data, size_t blocks)
{
    const uint32_t *key = s->nh_key + h->in_chunk / 4;
    if (s->streams == 2)
        nh_blocks(h->nh, key, data, blocks, 2);
    else
        nh_blocks(h->nh, key, data, blocks, 4);
    h->in_chunk += blocks * BLOCK;
}

/* ---- Layer 2: a polynomial modulo 2^64 - 59 (RFC 4418 §5.3.2) -------------------------------- */

/* The carry of sum = a + b, told by the topmost bits: from a comparison Clang makes a branch. */
static uint64_t carry_of(uint64_t a, uint64_t b, uint64_t sum)
{
    return ((a & b) | ((a | b) & ~sum)) >> 63;
}

/* a + b, reduced to 64 bits but not always below the prime. */
static uint64_t add_p64(uint64_t a, uint64_t b)
{
    uint64_t sum = a + b;
    uint64_t fold = P64_OFFSET * carry_of(a, b, sum);
    uint64_t folded = sum + fold;
    return folded + P64_OFFSET * carry_of(sum, fold, folded);
}

/* k has 57 bits, so 59 times the high half of the product cannot overflow. */
static uint64_t mul_p64(uint64_t k, uint64_t y)
{
    uint64_t k0 = (uint32_t)k, k1 = k >> 32;
    uint64_t y0 = (uint32_t)y, y1 = y >> 32;
    uint64_t low = k0 * y0;
    uint64_t mid = k1 * y0 + (low >> 32);
    uint64_t cross = k0 * y1 + (uint32_t)mid;
    uint64_t high = k1 * y1 + (mid >> 32) + (cross >> 32);
    return add_p64(cross << 32 | (uint32_t)low, high * P64_OFFSET);
}

static uint64_t reduce_p64(uint64_t y)
{
    uint64_t over = y + P64_OFFSET;
    uint64_t at_least_p = 0 - carry_of(y, P64_OFFSET, over);
    return (over & at_least_p) | (y & ~at_least_p);
}

/* Words from 2^64 - 2^32 on take two steps. That happens once in 2^32 words, and whether it does
 * is a secret: both results are computed and one is chosen. */
static uint64_t poly_step(uint64_t k, uint64_t y, uint64_t m)
{
    uint64_t ky = mul_p64(k, y);
    uint64_t plain = add_p64(ky, m);
    uint64_t marked = mul_p64(k, add_p64(ky, 0 - P64_OFFSET - 1));
    uint64_t doubled = add_p64(marked, m - P64_OFFSET);
    uint64_t large = 0 - ((((m >> 32) + 1) >> 32) & 1);
    return (doubled & large) | (plain & ~large);
}

/* Ends a chunk of `bytes` message bytes. The first chunk's hash is kept as it is, because a
 * message of one chunk skips this layer. */
static void end_chunk(const cl_umac_state *s, hash_run *h, size_t bytes)
{
    for (size_t i = 0; i < s->streams; i++) {
        uint64_t hash = h->nh[i] + (uint64_t)bytes * 8;
        if (h->chunks == 0)
            h->first[i] = hash;
        h->poly[i] = poly_step(s->poly_key[i], h->chunks == 0 ? 1 : h->poly[i], hash);
        h->nh[i] = 0;
    }
    h->in_chunk = 0;
    h->chunks++;
}

/* ---- Layer 3: inner product modulo 2^36 - 5 (RFC 4418 §5.4.1) -------------------------------- */

static uint64_t reduce_p36(uint64_t v)
{
    const uint64_t low = ((uint64_t)1 << 36) - 1;
    v = (v & low) + 5 * (v >> 36);
    v = (v & low) + 5 * (v >> 36);
    uint64_t less = v - P36;
    uint64_t below = 0 - (less >> 63);
    return (v & below) | (less & ~below);
}

static uint32_t inner_product(const uint64_t key[4], uint64_t hash)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < 4; i++)
        sum += key[i] * (hash >> (48 - 16 * i) & 0xFFFF);
    return (uint32_t)reduce_p36(sum);
}

/* ---- A message ------------------------------------------------------------------------------- */

static void absorb_blocks(const cl_umac_state *s, hash_run *h, const uint8_t *data, size_t blocks)
{
    while (blocks) {
        size_t room = (CHUNK - h->in_chunk) / BLOCK;
        size_t now = blocks < room ? blocks : room;
        nh(s, h, data, now);
        data += now * BLOCK;
        blocks -= now;
        if (h->in_chunk == CHUNK)
            end_chunk(s, h, CHUNK);
    }
}

static void absorb(const cl_umac_state *s, hash_run *h, const uint8_t *data, size_t len)
{
    if (h->held_len) {
        size_t fill = BLOCK - h->held_len < len ? BLOCK - h->held_len : len;
        memcpy(h->held + h->held_len, data, fill);
        h->held_len += fill;
        data += fill;
        len -= fill;
        if (h->held_len < BLOCK)
            return;
        absorb_blocks(s, h, h->held, 1);
        h->held_len = 0;
    }
    absorb_blocks(s, h, data, len / BLOCK);
    h->held_len = len % BLOCK;
    if (h->held_len)
        memcpy(h->held, data + len - h->held_len, h->held_len);
}

/* Zero-pads the last block; the empty message counts as one block of zeros. */
static void absorb_end(const cl_umac_state *s, hash_run *h)
{
    size_t bytes = h->in_chunk + h->held_len;
    if (bytes == 0 && h->chunks)
        return;
    if (h->held_len || bytes == 0) {
        memset(h->held + h->held_len, 0, BLOCK - h->held_len);
        nh(s, h, h->held, 1);
    }
    end_chunk(s, h, bytes);
}

/* The pad-derivation function (RFC 4418 §4.1). For 64-bit tags one AES block serves two nonces:
 * the nonce's lowest bit picks the half. */
static cleat_status make_pad(const cl_umac_state *s, const uint8_t *nonce, uint8_t *pad)
{
    uint8_t block[AES_BLOCK] = {0};
    memcpy(block, nonce, CL_UMAC_NONCE_LEN);
    size_t half = 0;
    if (s->streams == 2) {
        half = nonce[CL_UMAC_NONCE_LEN - 1] & 1;
        block[CL_UMAC_NONCE_LEN - 1] &= 0xFE;
    }
    int len = 0;
    if (!EVP_EncryptUpdate(s->pad_cipher, block, &len, block, AES_BLOCK) || len != AES_BLOCK)
        return CLEAT_E_CRYPTO;
    memcpy(pad, block + 8 * half, 4 * s->streams);
    cl_wipe(block, sizeof block);
    return CLEAT_OK;
}

static bool too_long(const cleat_slice *parts, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > CL_UMAC_MESSAGE_MAX - total)
            return true;
        total += parts[i].len;
    }
    return false;
}

cleat_status cl_umac(cl_umac_state *s, const uint8_t nonce[CL_UMAC_NONCE_LEN],
                     const cleat_slice *parts, size_t count, uint8_t *tag)
{
    if (too_long(parts, count))
        return CLEAT_E_LIMIT;
    hash_run h = {0};
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len)
            absorb(s, &h, parts[i].data, parts[i].len);
    }
    absorb_end(s, &h);

    uint8_t pad[4 * STREAMS];
    cleat_status st = make_pad(s, nonce, pad);
    for (size_t i = 0; st == CLEAT_OK && i < s->streams; i++) {
        uint64_t hash = h.chunks == 1 ? h.first[i] : reduce_p64(h.poly[i]);
        uint32_t word = inner_product(s->inner_key[i], hash) ^ s->final_mask[i];
        cl_store_u32(tag + 4 * i, word ^ cl_load_u32(pad + 4 * i));
    }
    cl_wipe(&h, sizeof h);
    cl_wipe(pad, sizeof pad);
    return st;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

/* The key-derivation function (RFC 4418 §3.2.1): AES in counter mode over (index, 1, 2, ...). */
static cleat_status derive(EVP_CIPHER_CTX *cipher, uint8_t index, uint8_t *out, size_t len)
{
    cleat_status st = CLEAT_OK;
    uint8_t stream[AES_BLOCK];
    for (uint8_t i = 1; len && st == CLEAT_OK; i++) {
        uint8_t counter[AES_BLOCK] = {0};
        counter[7] = index;
        counter[15] = i;
        int made = 0;
        if (!EVP_EncryptUpdate(cipher, stream, &made, counter, AES_BLOCK) || made != AES_BLOCK)
            st = CLEAT_E_CRYPTO;
        size_t now = len < AES_BLOCK ? len : AES_BLOCK;
        memcpy(out, stream, now);
        out += now;
        len -= now;
    }
    cl_wipe(stream, sizeof stream);
    return st;
}

/* With a tag of n streams the last keys of each kind are simply not there; deriving for the most
 * streams gives the same leading ones. */
static cleat_status derive_all(cl_umac_state *s, EVP_CIPHER_CTX *cipher)
{
    uint8_t raw[NH_WORDS * 4];
    cleat_status st = derive(cipher, 1, raw, sizeof raw);
    for (size_t i = 0; i < NH_WORDS; i++)
        s->nh_key[i] = cl_load_u32(raw + 4 * i);

    if (st == CLEAT_OK)
        st = derive(cipher, 2, raw, STREAMS * 24);
    for (size_t i = 0; i < STREAMS; i++)
        s->poly_key[i] = load_be64(raw + 24 * i) & POLY_KEY_MASK;

    /* Layer 2 gives 64 bits in 128, so the first four of eight 16-bit words are always zero. */
    if (st == CLEAT_OK)
        st = derive(cipher, 3, raw, STREAMS * 64);
    for (size_t i = 0; i < STREAMS * 4; i++)
        s->inner_key[i / 4][i % 4] = reduce_p36(load_be64(raw + 64 * (i / 4) + 32 + 8 * (i % 4)));

    if (st == CLEAT_OK)
        st = derive(cipher, 4, raw, STREAMS * 4);
    for (size_t i = 0; i < STREAMS; i++)
        s->final_mask[i] = cl_load_u32(raw + 4 * i);
    cl_wipe(raw, sizeof raw);
    return st;
}

static bool set_key(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *aes, const uint8_t *key)
{
    return EVP_EncryptInit_ex2(ctx, aes, key, NULL, NULL) && EVP_CIPHER_CTX_set_padding(ctx, 0);
}

static cleat_status set_up(cl_umac_state *s, const cl_env *env, const uint8_t *key)
{
    cleat_status st = CLEAT_E_CRYPTO;
    uint8_t pad_key[CL_UMAC_KEY_LEN] = {0};
    EVP_CIPHER *aes = EVP_CIPHER_fetch(env->lib, "AES-128-ECB", NULL);
    s->pad_cipher = EVP_CIPHER_CTX_new();
    if (!aes || !s->pad_cipher || !set_key(s->pad_cipher, aes, key))
        goto out;
    st = derive_all(s, s->pad_cipher);
    if (st == CLEAT_OK)
        st = derive(s->pad_cipher, 0, pad_key, sizeof pad_key);
    if (st == CLEAT_OK && !set_key(s->pad_cipher, aes, pad_key))
        st = CLEAT_E_CRYPTO;
out:
    EVP_CIPHER_free(aes);
    cl_wipe(pad_key, sizeof pad_key);
    return st;
}

cleat_status cl_umac_new(const cl_env *env, const uint8_t key[CL_UMAC_KEY_LEN], size_t tag_len,
                         cl_umac_state **out)
{
    *out = NULL;
    if (tag_len != 8 && tag_len != 16)
        return CLEAT_E_BAD_CALL;
    cl_umac_state *s = cl_alloc_zero(env->mem, sizeof *s);
    if (!s)
        return CLEAT_E_NOMEM;
    s->mem = env->mem;
    s->streams = tag_len / 4;
    cleat_status st = set_up(s, env, key);
    if (st != CLEAT_OK) {
        cl_umac_free(s);
        return st;
    }
    *out = s;
    return CLEAT_OK;
}

void cl_umac_free(cl_umac_state *s)
{
    if (!s)
        return;
    const cleat_allocator *mem = s->mem;
    EVP_CIPHER_CTX_free(s->pad_cipher);
    cl_wipe(s, sizeof *s);
    cl_alloc_free(mem, s);
}
