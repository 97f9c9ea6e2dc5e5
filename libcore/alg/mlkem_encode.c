/* ML-KEM's polynomials as bytes. A division by q in Compress would take a time that depends on the
 * secret on many processors (the KyberSlash attacks), so it is a multiplication and a shift. */
#include "mlkem_encode.h"

#include "../base/ct.h"

#define Q CL_MLKEM_Q

/* From the output range of cl_mlkem_reduce to 0 <= result < q. */
static uint32_t canonical(int16_t c)
{
    int32_t negative = c >> 15; /* all ones or zero */
    return (uint32_t)(c + (negative & Q));
}

/* Bits least significant first, as the specification numbers them. */
static void pack(uint8_t *out, const uint16_t *values, unsigned bits)
{
    uint32_t waiting = 0;
    unsigned held = 0;
    for (size_t i = 0; i < CL_MLKEM_N; i++) {
        waiting |= (uint32_t)values[i] << held;
        for (held += bits; held >= 8; held -= 8) {
            *out++ = (uint8_t)waiting;
            waiting >>= 8;
        }
    }
}

static void unpack(uint16_t *values, const uint8_t *in, unsigned bits)
{
    uint32_t waiting = 0;
    unsigned held = 0;
    for (size_t i = 0; i < CL_MLKEM_N; i++) {
        for (; held < bits; held += 8)
            waiting |= (uint32_t)*in++ << held;
        values[i] = (uint16_t)(waiting & ((1u << bits) - 1));
        waiting >>= bits;
        held -= bits;
    }
}

void cl_mlkem_encode(uint8_t *out, const cl_mlkem_poly *f)
{
    cl_mlkem_poly reduced = *f;
    uint16_t values[CL_MLKEM_N];
    cl_mlkem_reduce(&reduced);
    for (size_t i = 0; i < CL_MLKEM_N; i++)
        values[i] = (uint16_t)canonical(reduced.c[i]);
    pack(out, values, CL_MLKEM_FULL_BITS);
    cl_wipe(&reduced, sizeof reduced);
    cl_wipe(values, sizeof values);
}

bool cl_mlkem_decode(cl_mlkem_poly *f, const uint8_t *in)
{
    uint16_t values[CL_MLKEM_N];
    uint32_t outside = 0;
    unpack(values, in, CL_MLKEM_FULL_BITS);
    for (size_t i = 0; i < CL_MLKEM_N; i++) {
        uint32_t below = (uint32_t)values[i] - Q; /* bit 31 set when the value is below q */
        uint32_t mask = 0u - (below >> 31);
        outside |= ~mask;
        f->c[i] = (int16_t)(below + (mask & Q));
    }
    cl_wipe(values, sizeof values);
    return outside == 0;
}

/* round(2^bits / q * c) mod 2^bits. 20642679 is 2^36 / q, rounded up, which gives the exact
 * quotient for every dividend below 2^23. */
static uint16_t compressed(uint32_t c, unsigned bits)
{
    uint64_t dividend = (c << bits) + Q / 2;
    return (uint16_t)((dividend * 20642679 >> 36) & ((1u << bits) - 1));
}

void cl_mlkem_compress(uint8_t *out, const cl_mlkem_poly *f, unsigned bits)
{
    cl_mlkem_poly reduced = *f;
    uint16_t values[CL_MLKEM_N];
    cl_mlkem_reduce(&reduced);
    for (size_t i = 0; i < CL_MLKEM_N; i++)
        values[i] = compressed(canonical(reduced.c[i]), bits);
    pack(out, values, bits);
    cl_wipe(&reduced, sizeof reduced);
    cl_wipe(values, sizeof values);
}

void cl_mlkem_decompress(cl_mlkem_poly *f, const uint8_t *in, unsigned bits)
{
    uint16_t values[CL_MLKEM_N];
    unpack(values, in, bits);
    for (size_t i = 0; i < CL_MLKEM_N; i++)
        f->c[i] = (int16_t)(((uint32_t)values[i] * Q + (1u << (bits - 1))) >> bits);
    cl_wipe(values, sizeof values);
}
