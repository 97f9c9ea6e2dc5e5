/* ML-KEM takes the same path for every seed, message and decapsulation key. */
#include "ct.h"

#include "alg/mlkem.h"
#include "alg/mlkem_sample.h"
#include "base/slice.h"

cleat_status __real_cl_mlkem_sample_uniform(const cl_mlkem_hasher *x, const uint8_t *rho,
                                            uint8_t first, uint8_t second, cl_mlkem_poly *f);
cleat_status __wrap_cl_mlkem_sample_uniform(const cl_mlkem_hasher *x, const uint8_t *rho,
                                            uint8_t first, uint8_t second, cl_mlkem_poly *f);

/* rho is made from the secret seed and published as the end of ek; the matrix sampled from it is
 * no secret either. */
cleat_status __wrap_cl_mlkem_sample_uniform(const cl_mlkem_hasher *x, const uint8_t *rho,
                                            uint8_t first, uint8_t second, cl_mlkem_poly *f)
{
    ct_public(rho, CL_MLKEM_SYM);
    return __real_cl_mlkem_sample_uniform(x, rho, first, second, f);
}

static void run(const cl_mlkem_params *p, const cl_hashes *h)
{
    uint8_t seed[CL_MLKEM_SEED] = {1};
    uint8_t m[CL_MLKEM_MESSAGE] = {2};
    uint8_t ek[CL_MLKEM_EK_MAX], dk[CL_MLKEM_DK_MAX], ct[CL_MLKEM_CT_MAX];
    uint8_t sent[CL_MLKEM_SHARED], received[CL_MLKEM_SHARED];

    ct_secret(seed, sizeof seed);
    CT_REQUIRE(cl_mlkem_keygen(p, h, seed, ek, dk) == CLEAT_OK);
    size_t secret_len = p->dk_len - p->ek_len - 2 * CL_MLKEM_SYM;
    CT_REQUIRE_SECRET(dk, secret_len);
    CT_REQUIRE_SECRET(dk + p->dk_len - CL_MLKEM_SYM, CL_MLKEM_SYM);
    ct_public(ek, p->ek_len);
    ct_public(dk + secret_len, p->ek_len + CL_MLKEM_SYM);

    ct_secret(m, sizeof m);
    CT_REQUIRE(cl_mlkem_encaps(p, h, cl_slice(ek, p->ek_len), m, ct, sent) == CLEAT_OK);
    CT_REQUIRE_SECRET(sent, sizeof sent);
    ct_public(ct, p->ct_len);

    cleat_slice dk_slice = cl_slice(dk, p->dk_len);
    cleat_slice ct_slice = cl_slice(ct, p->ct_len);
    CT_REQUIRE(cl_mlkem_decaps(p, h, dk_slice, ct_slice, received) == CLEAT_OK);
    CT_REQUIRE_SECRET(received, sizeof received);
    ct_public(sent, sizeof sent);
    ct_public(received, sizeof received);
    CT_REQUIRE(memcmp(sent, received, sizeof sent) == 0);

    ct[7] ^= 1;
    CT_REQUIRE(cl_mlkem_decaps(p, h, dk_slice, ct_slice, received) == CLEAT_OK);
    CT_REQUIRE_SECRET(received, sizeof received);
    ct_public(received, sizeof received);
    CT_REQUIRE(memcmp(sent, received, sizeof sent) != 0);
}

int main(void)
{
    cl_hashes h;
    CT_REQUIRE(cl_hashes_init(&h, NULL) == CLEAT_OK);
    run(&cl_mlkem_768, &h);
    run(&cl_mlkem_1024, &h);
    cl_hashes_free(&h);
    return EXIT_SUCCESS;
}
