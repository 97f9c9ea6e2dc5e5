/* ML-KEM's hash functions and the polynomials sampled from them. */
#include "mlkem_sample.h"

#include "../base/ct.h"
#include "../base/slice.h"

/* Six blocks of SHAKE128. 280 rounds of three bytes already leave a failure probability of 2^-261
 * (FIPS 203 Appendix B); these are 336. */
#define UNIFORM_MAX 1008
#define UNIFORM_USUAL 504

cleat_status cl_mlkem_hash_g(const cl_mlkem_hasher *x, cleat_slice a, cleat_slice b,
                             uint8_t out[2 * CL_MLKEM_SYM])
{
    const cleat_slice parts[] = {a, b};
    return cl_hash_into(x->work, x->hashes, CL_SHA3_512, parts, 2, out, 2 * CL_MLKEM_SYM);
}

cleat_status cl_mlkem_hash_h(const cl_mlkem_hasher *x, cleat_slice a, uint8_t out[CL_MLKEM_SYM])
{
    return cl_hash_into(x->work, x->hashes, CL_SHA3_256, &a, 1, out, CL_MLKEM_SYM);
}

cleat_status cl_mlkem_hash_j(const cl_mlkem_hasher *x, cleat_slice a, cleat_slice b,
                             uint8_t out[CL_MLKEM_SYM])
{
    const cleat_slice parts[] = {a, b};
    return cl_hash_into(x->work, x->hashes, CL_SHAKE256, parts, 2, out, CL_MLKEM_SYM);
}

/* Takes 12-bit numbers below q until the polynomial is full; the number of those found. */
static size_t fill_uniform(cl_mlkem_poly *f, const uint8_t *in, size_t len)
{
    size_t found = 0;
    for (size_t i = 0; i < len && found < CL_MLKEM_N; i += 3) {
        unsigned first = in[i] | (in[i + 1] & 15u) << 8;
        unsigned second = in[i + 1] >> 4 | (unsigned)in[i + 2] << 4;
        if (first < CL_MLKEM_Q)
            f->c[found++] = (int16_t)first;
        if (second < CL_MLKEM_Q && found < CL_MLKEM_N)
            f->c[found++] = (int16_t)second;
    }
    return found;
}

/* OpenSSL 3.0 cannot squeeze a SHAKE bit by bit. Three blocks are enough for 99 of 100 inputs; the
 * others are hashed again for a longer output, which begins with the same bytes. */
cleat_status cl_mlkem_sample_uniform(const cl_mlkem_hasher *x, const uint8_t *rho, uint8_t first,
                                     uint8_t second, cl_mlkem_poly *f)
{
    const uint8_t tail[2] = {first, second};
    const cleat_slice parts[] = {cl_slice(rho, CL_MLKEM_SYM), cl_slice(tail, sizeof tail)};
    uint8_t stream[UNIFORM_MAX];
    for (size_t len = UNIFORM_USUAL; len <= UNIFORM_MAX; len *= 2) {
        cleat_status st = cl_hash_into(x->work, x->hashes, CL_SHAKE128, parts, 2, stream, len);
        if (st != CLEAT_OK)
            return st;
        if (fill_uniform(f, stream, len) == CL_MLKEM_N)
            return CLEAT_OK;
    }
    return CLEAT_E_CRYPTO;
}

cleat_status cl_mlkem_sample_small(const cl_mlkem_hasher *x, const uint8_t *seed, uint8_t nonce,
                                   cl_mlkem_poly *f)
{
    const cleat_slice parts[] = {cl_slice(seed, CL_MLKEM_SYM), cl_slice(&nonce, 1)};
    uint8_t stream[CL_MLKEM_N / 2];
    cleat_status st =
        cl_hash_into(x->work, x->hashes, CL_SHAKE256, parts, 2, stream, sizeof stream);
    for (size_t i = 0; st == CLEAT_OK && i < sizeof stream; i++) {
        /* Two coefficients a byte: each the sum of two bits minus the sum of two others. */
        int pairs = (stream[i] & 0x55) + (stream[i] >> 1 & 0x55);
        f->c[2 * i] = (int16_t)((pairs & 3) - (pairs >> 2 & 3));
        f->c[2 * i + 1] = (int16_t)((pairs >> 4 & 3) - (pairs >> 6));
    }
    cl_wipe(stream, sizeof stream);
    return st;
}
