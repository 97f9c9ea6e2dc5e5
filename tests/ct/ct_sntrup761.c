/* sntrup761 takes the same path for all randomness and every secret key. */
#include "ct.h"

#include "alg/sntrup761.h"
#include "alg/sntrup761_encode.h"
#include "alg/sntrup761_invert.h"
#include "base/slice.h"

#include <openssl/rand.h>

bool __real_cl_sntrup_invert_3(cl_sntrup_poly *out, const cl_sntrup_poly *small);
bool __wrap_cl_sntrup_invert_3(cl_sntrup_poly *out, const cl_sntrup_poly *small);

/* Whether a polynomial was thrown away says nothing about the one that was kept. */
bool __wrap_cl_sntrup_invert_3(cl_sntrup_poly *out, const cl_sntrup_poly *small)
{
    bool exists = __real_cl_sntrup_invert_3(out, small);
    ct_public(&exists, sizeof exists);
    return exists;
}

static cleat_status secret_bytes(void *user, uint8_t *out, size_t len)
{
    (void)user;
    if (RAND_bytes(out, (int)len) != 1)
        return CLEAT_E_RANDOM;
    ct_secret(out, len);
    return CLEAT_OK;
}

static void run(const cl_hashes *h)
{
    const cleat_random random = {.struct_size = sizeof random, .fill = secret_bytes};
    uint8_t pk[CL_SNTRUP761_PK], sk[CL_SNTRUP761_SK], ct[CL_SNTRUP761_CT];
    uint8_t sent[CL_SNTRUP761_SHARED], received[CL_SNTRUP761_SHARED];

    /* sk is f, 1/g, pk, rho, the hash of pk. */
    const size_t pk_at = 2 * CL_SNTRUP_SMALL_LEN;
    const size_t rho_at = pk_at + CL_SNTRUP761_PK;
    CT_REQUIRE(cl_sntrup761_keygen(&random, h, pk, sk) == CLEAT_OK);
    CT_REQUIRE_SECRET(sk + rho_at, CL_SNTRUP_SMALL_LEN);
    ct_public(pk, sizeof pk);
    ct_public(sk + pk_at, sizeof pk);
    ct_public(sk + rho_at + CL_SNTRUP_SMALL_LEN, 32);

    cleat_slice pk_slice = cl_slice(pk, sizeof pk);
    CT_REQUIRE(cl_sntrup761_encaps(&random, h, pk_slice, ct, sent) == CLEAT_OK);
    CT_REQUIRE_SECRET(sent, sizeof sent);
    ct_public(ct, sizeof ct);

    cleat_slice sk_slice = cl_slice(sk, sizeof sk);
    cleat_slice ct_slice = cl_slice(ct, sizeof ct);
    CT_REQUIRE(cl_sntrup761_decaps(h, sk_slice, ct_slice, received) == CLEAT_OK);
    CT_REQUIRE_SECRET(received, sizeof received);
    ct_public(sent, sizeof sent);
    ct_public(received, sizeof received);
    CT_REQUIRE(memcmp(sent, received, sizeof sent) == 0);

    ct[7] ^= 1;
    CT_REQUIRE(cl_sntrup761_decaps(h, sk_slice, ct_slice, received) == CLEAT_OK);
    CT_REQUIRE_SECRET(received, sizeof received);
    ct_public(received, sizeof received);
    CT_REQUIRE(memcmp(sent, received, sizeof sent) != 0);
}

int main(void)
{
    cl_hashes h;
    CT_REQUIRE(cl_hashes_init(&h, NULL) == CLEAT_OK);
    run(&h);
    cl_hashes_free(&h);
    return EXIT_SUCCESS;
}
