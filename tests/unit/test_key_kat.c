/* Signature verification against Project Wycheproof's cases. */
#include "../../libcore/base/alloc.h"
#include "../../libcore/key/key.h"
#include "../../libcore/wire/writer.h"
#include "../support/kat.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

static const cl_env env = {.mem = &cl_alloc_default};

static cleat_status verify(const cleat_key *key, kat *k)
{
    const cl_sig_alg *alg = cl_sig_alg_find(cleat_slice_of(kat_text(k, "alg")));
    cl_buf blob = CL_BUF(env.mem);
    CU_ASSERT_PTR_NOT_NULL_FATAL(alg);
    cl_put_cstring(&blob, alg->name);
    cl_put_string(&blob, kat_bytes(k, "sig"));
    cleat_status st = cl_key_verify(key, alg, kat_bytes(k, "msg"), cl_buf_slice(&blob), NULL);
    cl_buf_free(&blob);
    return st;
}

static void run(const char *file, size_t least)
{
    kat *k = kat_open(file);
    CU_ASSERT_PTR_NOT_NULL_FATAL(k);
    cleat_key *key = NULL;
    size_t count = 0;
    for (; kat_next(k); count++) {
        if (kat_text(k, "key")) {
            cleat_key_unref(key);
            CU_ASSERT_EQUAL_FATAL(cl_key_from_blob(&env, kat_bytes(k, "key"), &key, NULL),
                                  CLEAT_OK);
        }
        cleat_status st = verify(key, k);
        cleat_status expected = kat_is(k, "result", "valid") ? CLEAT_OK : CLEAT_E_SIGNATURE;
        if (st != expected)
            printf("%s: record %zu: sig %s\n", file, count + 1, kat_text(k, "sig"));
        CU_ASSERT_EQUAL(st, expected);
    }
    CU_ASSERT(count >= least);
    cleat_key_unref(key);
    kat_close(k);
}

static void eddsa_equals_wycheproof(void)
{
    run("eddsa.txt", 200);
}

static void ecdsa_equals_wycheproof(void)
{
    run("ecdsa.txt", 200);
}

static void rsa_equals_wycheproof(void)
{
    run("rsa.txt", 100);
}

void suite_key_kat(void)
{
    CU_pSuite s = CU_add_suite("key_kat", NULL, NULL);
    CU_add_test(s, "EdDSA equals Wycheproof", eddsa_equals_wycheproof);
    CU_add_test(s, "ECDSA equals Wycheproof", ecdsa_equals_wycheproof);
    CU_add_test(s, "RSA equals Wycheproof", rsa_equals_wycheproof);
}
