/* ML-KEM's polynomials as bytes (FIPS 203 §4.2.1), in constant time. `bits` is the d of the
 * specification; an encoded polynomial has 32 * bits bytes. */
#ifndef CL_ALG_MLKEM_ENCODE_H
#define CL_ALG_MLKEM_ENCODE_H

#include "mlkem_ntt.h"

#include <stdbool.h>

#define CL_MLKEM_POLY_LEN(bits) ((size_t)32 * (bits))
#define CL_MLKEM_FULL_BITS 12

/* ByteEncode_12 of the canonical residues of any int16 coefficients. */
void cl_mlkem_encode(uint8_t *out, const cl_mlkem_poly *f);

/* ByteDecode_12: residues 0 <= c < q. False when a coefficient was not already below q: the
 * modulus check of §7.2, which looks at public keys only. */
bool cl_mlkem_decode(cl_mlkem_poly *f, const uint8_t *in);

/* ByteEncode_d(Compress_d(f)), for any int16 coefficients. */
void cl_mlkem_compress(uint8_t *out, const cl_mlkem_poly *f, unsigned bits);

/* Decompress_d(ByteDecode_d(in)): 0 <= c < q. */
void cl_mlkem_decompress(cl_mlkem_poly *f, const uint8_t *in, unsigned bits);

#endif
