/* Whether a number makes a group for Diffie-Hellman group exchange. */
#include "../base/buf.h"
#include "../base/error.h"
#include "bytes.h"
#include "ctx.h"
#include "env.h"

#include <cleat/moduli.h>

#include <openssl/bn.h>

/* What BN_check_prime does at least. */
enum { ROUNDS_AT_ONCE = 64 };

static cleat_status test(cleat_slice number, unsigned rounds, bool *prime)
{
    BIGNUM *n = BN_bin2bn(number.data, (int)number.len, NULL);
    int answer = n ? 1 : -1;
    for (unsigned done = 0; answer == 1 && (!done || done < rounds); done += ROUNDS_AT_ONCE)
        answer = BN_check_prime(n, NULL, NULL);
    BN_free(n);
    *prime = answer == 1;
    return answer < 0 ? CLEAT_E_CRYPTO : CLEAT_OK;
}

/* p = 2q + 1. */
static void put_double(cl_buf *p, cleat_slice q)
{
    unsigned top = q.data[0] >> 7;
    if (top)
        cl_buf_add_byte(p, 1);
    for (size_t i = 0; i < q.len; i++) {
        unsigned below = i + 1 < q.len ? (unsigned)q.data[i + 1] >> 7 : 1;
        cl_buf_add_byte(p, (uint8_t)((unsigned)q.data[i] << 1 | below));
    }
}

static unsigned remainder_of(cleat_slice number, unsigned divisor)
{
    unsigned rest = 0;
    for (size_t i = 0; i < number.len; i++)
        rest = (rest << 8 | number.data[i]) % divisor;
    return rest;
}

/* One that is no square modulo p and so generates the whole group, by quadratic reciprocity. */
static unsigned generator_of(cleat_slice p)
{
    unsigned last = remainder_of(p, 10);
    if (remainder_of(p, 24) == 11)
        return 2;
    return last == 3 || last == 7 ? 5 : 0;
}

cleat_status cleat_moduli_test(cleat_bytes *p, unsigned *generator, cleat_ctx *ctx, cleat_slice q,
                               unsigned rounds, cleat_error *error)
{
    bool prime = false;
    *p = (cleat_bytes){0};
    *generator = 0;
    if (!q.len || q.len > CLEAT_MODULI_BITS_MAX / 8 || !q.data[0])
        return cl_fail(error, CLEAT_E_BAD_CALL, "no number of 1 to %d bits", CLEAT_MODULI_BITS_MAX);
    cl_buf doubled = CL_BUF(cl_ctx_env(ctx)->mem);
    put_double(&doubled, q);
    cleat_status st = doubled.status;
    if (st == CLEAT_OK)
        st = test(q, rounds, &prime);
    if (st == CLEAT_OK && prime)
        st = test(cl_buf_slice(&doubled), rounds, &prime);
    if (st == CLEAT_OK && prime) {
        *generator = generator_of(cl_buf_slice(&doubled));
        return cl_bytes_from_buf(p, ctx, &doubled);
    }
    cl_buf_free(&doubled);
    return st == CLEAT_OK ? st : cl_fail(error, st, "%s", cleat_status_text(st));
}
