/* bcrypt_pbkdf, as OpenBSD defined it. */
#include "bcrypt_pbkdf.h"

#include "../alg/hash.h"
#include "../base/alloc.h"
#include "../base/ct.h"
#include "../base/slice.h"
#include "../wire/writer.h"
#include "blowfish.h"

enum { DIGEST = 64, BLOCK = 32, BLOCK_WORDS = BLOCK / 4, COST = 64 };

/* The text that is encrypted over and over. */
static const uint8_t magic[BLOCK] = {
    'O', 'x', 'y', 'c', 'h', 'r', 'o', 'm', 'a', 't', 'i', 'c', 'B', 'l', 'o', 'w',
    'f', 'i', 's', 'h', 'S', 'w', 'a', 't', 'D', 'y', 'n', 'a', 'm', 'i', 't', 'e',
};

/* What one derivation works in; wiped as a whole. */
typedef struct workspace {
    cl_blowfish cipher;
    uint8_t pass[DIGEST];
    uint8_t salt[DIGEST];
    uint8_t block[BLOCK];
    uint8_t sum[BLOCK];
} workspace;

/* block = bcrypt(pass, salt): a schedule with the salt, then COST runs with each of the two. The
 * words come out little endian. */
static void slow_hash(workspace *w)
{
    cl_blowfish_init(&w->cipher);
    cl_blowfish_expand(&w->cipher, w->salt, DIGEST, w->pass, DIGEST);
    for (size_t i = 0; i < COST; i++) {
        cl_blowfish_expand(&w->cipher, NULL, 0, w->salt, DIGEST);
        cl_blowfish_expand(&w->cipher, NULL, 0, w->pass, DIGEST);
    }
    for (size_t i = 0; i < BLOCK_WORDS; i += 2) {
        uint32_t pair[2] = {cl_load_u32(magic + 4 * i), cl_load_u32(magic + 4 * i + 4)};
        for (size_t n = 0; n < COST; n++)
            cl_blowfish_encrypt(&w->cipher, pair);
        for (size_t byte = 0; byte < 8; byte++)
            w->block[4 * i + byte] = (uint8_t)(pair[byte / 4] >> (8 * (byte % 4)));
    }
}

/* sum = the xor of `rounds` hashes, each salted with the one before. */
static cleat_status derive_block(const cl_env *env, workspace *w, cleat_slice salt, uint32_t number,
                                 uint32_t rounds)
{
    uint8_t counter[4];
    cl_store_u32(counter, number);
    const cleat_slice first[] = {salt, {counter, sizeof counter}};
    cleat_status st = cl_hash_once(env->hashes, CL_SHA512, first, 2, w->salt);
    for (size_t i = 0; i < BLOCK; i++)
        w->sum[i] = 0;
    for (uint32_t n = 0; n < rounds && st == CLEAT_OK; n++) {
        slow_hash(w);
        for (size_t i = 0; i < BLOCK; i++)
            w->sum[i] ^= w->block[i];
        const cleat_slice next = {w->block, BLOCK};
        st = cl_hash_once(env->hashes, CL_SHA512, &next, 1, w->salt);
    }
    return st;
}

/* Unlike PBKDF2's, the blocks are dealt out byte by byte over the whole output, so that every part
 * of the key costs all of them. */
static cleat_status derive(const cl_env *env, workspace *w, cleat_slice salt, uint32_t rounds,
                           uint8_t *out, size_t out_len)
{
    size_t stride = (out_len + BLOCK - 1) / BLOCK;
    for (size_t number = 0; number < stride; number++) {
        cleat_status st = derive_block(env, w, salt, (uint32_t)number + 1, rounds);
        if (st != CLEAT_OK)
            return st;
        for (size_t i = 0; i < BLOCK && i * stride + number < out_len; i++)
            out[i * stride + number] = w->sum[i];
    }
    return CLEAT_OK;
}

cleat_status cl_bcrypt_pbkdf(const cl_env *env, cleat_slice passphrase, cleat_slice salt,
                             uint32_t rounds, uint8_t *out, size_t out_len)
{
    if (passphrase.len == 0 || salt.len == 0 || rounds == 0 || out_len == 0 ||
        out_len > CL_BCRYPT_OUT_MAX)
        return CLEAT_E_BAD_CALL;
    if (rounds > CL_BCRYPT_ROUNDS_MAX)
        return CLEAT_E_LIMIT;
    workspace *w = cl_alloc_zero(env->mem, sizeof *w);
    if (!w)
        return CLEAT_E_NOMEM;
    cleat_status st = cl_hash_once(env->hashes, CL_SHA512, &passphrase, 1, w->pass);
    if (st == CLEAT_OK)
        st = derive(env, w, salt, rounds, out, out_len);
    cl_wipe(w, sizeof *w);
    cl_alloc_free(env->mem, w);
    return st;
}
