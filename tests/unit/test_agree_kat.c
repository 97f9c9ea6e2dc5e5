/* Key agreement against Project Wycheproof's cases, and the groups of RFC 3526 against OpenSSL's.
 */
#include "alg/alg.h"
#include "base/alloc.h"
#include "base/slice.h"
#include "support/kat.h"

#include <CUnit/CUnit.h>
#include <openssl/bn.h>
#include <stdio.h>
#include <string.h>

/* Private keys are what the random source gives. */
static cleat_status give_private(void *user, uint8_t *out, size_t len)
{
    const cleat_slice *private_key = user;
    if (len != private_key->len)
        return CLEAT_E_RANDOM;
    memcpy(out, private_key->data, len);
    return CLEAT_OK;
}

static cleat_status run(const cl_kex_alg *alg, kat *k, cl_secret *shared)
{
    cleat_slice private_key = kat_bytes(k, "private");
    const cleat_random random = {sizeof random, &private_key, give_private};
    const cl_env env = {.mem = &cl_alloc_default, .random = &random};
    cl_kex *kex = NULL;
    cl_buf ours = CL_BUF(env.mem);
    *shared = (cl_secret){0};
    CU_ASSERT_EQUAL(alg->start(alg, &env, &kex, &ours), CLEAT_OK);
    cleat_status st =
        kex ? alg->finish(alg, &env, kex, kat_bytes(k, "public"), shared) : CLEAT_E_INTERNAL;
    alg->free(&env, kex);
    cl_buf_free(&ours);
    return st;
}

static void agreements_equal_wycheproof(void)
{
    size_t count = 0;
    kat *k = kat_open("agree.txt");
    CU_ASSERT_PTR_NOT_NULL_FATAL(k);
    for (; kat_next(k); count++) {
        cl_secret shared;
        const cl_kex_alg *alg = cl_kex_find(cleat_slice_of(kat_text(k, "alg")));
        CU_ASSERT_PTR_NOT_NULL_FATAL(alg);
        cleat_status st = run(alg, k, &shared);
        bool valid = kat_is(k, "result", "valid");
        bool right = valid ? st == CLEAT_OK && kat_matches(k, "shared", shared.data, shared.len)
                           : st == CLEAT_E_KEX;
        CU_ASSERT_TRUE(right);
        if (!right)
            printf("%s: public %s: %s\n", alg->name, kat_text(k, "public"), cleat_status_name(st));
        cl_secret_free(&shared);
    }
    CU_ASSERT_TRUE(count > 60);
    kat_close(k);
}

static void groups_equal_openssl_s(void)
{
    static const struct {
        uint32_t bits;
        BIGNUM *(*make)(BIGNUM *);
    } groups[] = {{2048, BN_get_rfc3526_prime_2048},
                  {3072, BN_get_rfc3526_prime_3072},
                  {4096, BN_get_rfc3526_prime_4096},
                  {6144, BN_get_rfc3526_prime_6144},
                  {8192, BN_get_rfc3526_prime_8192}};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        cleat_slice p;
        cleat_slice g;
        uint8_t bytes[1024];
        uint32_t bits = groups[i].bits;
        BIGNUM *prime = groups[i].make(NULL);
        CU_ASSERT_TRUE_FATAL(cl_dh_fixed_group(bits, bits, bits, &p, &g));
        int len = BN_bn2bin(prime, bytes);
        CU_ASSERT_TRUE(cleat_slice_equal(p, cl_slice(bytes, (size_t)len)));
        CU_ASSERT_TRUE(g.len == 1 && g.data[0] == 2);
        BN_free(prime);
    }
}

void suite_agree_kat(void)
{
    CU_pSuite s = CU_add_suite("agree_kat", NULL, NULL);
    CU_add_test(s, "agreements equal Wycheproof", agreements_equal_wycheproof);
    CU_add_test(s, "groups equal OpenSSL's", groups_equal_openssl_s);
}
