/* Every digest on "abc", in one piece and in several (FIPS 180-4, FIPS 202 and RFC 1321 examples).
 */
#include "../../libcore/alg/hash.h"
#include "../../libcore/base/base64.h"
#include "../../libcore/base/alloc.h"
#include "../../libcore/base/compat.h"
#include "../../libcore/base/slice.h"

#include <CUnit/CUnit.h>

static cl_hashes hashes;

static int setup(void)
{
    return cl_hashes_init(&hashes, NULL) == CLEAT_OK ? 0 : 1;
}

static int teardown(void)
{
    cl_hashes_free(&hashes);
    return 0;
}

static const struct {
    cl_hash_id id;
    const char *hex;
} vectors[] = {
    {CL_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {CL_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {CL_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                "8086072ba1e7cc2358baeca134c825a7"},
    {CL_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {CL_SHA3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
    {CL_SHA3_512, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
                  "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
    {CL_SHAKE128, "5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8"},
    {CL_SHAKE256, "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739"
                  "d5a15bef186a5386c75744c0527e1faa9f8726e462a12a4feb06bd8801e751e4"},
    {CL_MD5, "900150983cd24fb0d6963f7d28e17f72"},
};

static void check(const uint8_t *got, size_t len, const char *hex)
{
    cl_buf wanted = CL_BUF(&cl_alloc_default);
    CU_ASSERT_EQUAL(cl_hex_decode(&wanted, cleat_slice_of(hex)), CLEAT_OK);
    CU_ASSERT(cleat_slice_equal(cl_buf_slice(&wanted), cl_slice(got, len)));
    cl_buf_free(&wanted);
}

static void digests_equal_published_ones(void)
{
    const cleat_slice parts[] = {CL_SLICE_LIT("a"), CL_SLICE_EMPTY, CL_SLICE_LIT("bc")};
    CU_ASSERT_EQUAL(CL_COUNT(vectors), CL_HASH_COUNT);
    for (size_t i = 0; i < CL_COUNT(vectors); i++) {
        uint8_t out[CL_HASH_MAX];
        CU_ASSERT_EQUAL(cl_hash_once(&hashes, vectors[i].id, parts, CL_COUNT(parts), out),
                        CLEAT_OK);
        check(out, cl_hash_len(vectors[i].id), vectors[i].hex);
    }
}

static void one_work_area_serves_different_digests(void)
{
    const cleat_slice abc = CL_SLICE_LIT("abc");
    EVP_MD_CTX *work = EVP_MD_CTX_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(work);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < CL_COUNT(vectors); i++) {
            uint8_t out[CL_HASH_MAX];
            size_t len = cl_hash_len(vectors[i].id);
            CU_ASSERT_EQUAL(cl_hash_into(work, &hashes, vectors[i].id, &abc, 1, out, len),
                            CLEAT_OK);
            check(out, len, vectors[i].hex);
        }
    }
    EVP_MD_CTX_free(work);
}

static void shake_gives_any_length(void)
{
    uint8_t out[3];
    EVP_MD_CTX *work = EVP_MD_CTX_new();
    CU_ASSERT_EQUAL(cl_hash_into(work, &hashes, CL_SHAKE128, NULL, 0, out, sizeof out), CLEAT_OK);
    check(out, sizeof out, "7f9c2b");
    EVP_MD_CTX_free(work);
}

static void missing_digest_is_unsupported(void)
{
    cl_hashes none = {0};
    uint8_t out[CL_HASH_MAX];
    CU_ASSERT_EQUAL(cl_hash_once(&none, CL_MD5, NULL, 0, out), CLEAT_E_UNSUPPORTED);
    cl_hashes_free(&none);
}

void suite_hash(void)
{
    CU_pSuite s = CU_add_suite("hash", setup, teardown);
    CU_add_test(s, "digests equal published ones", digests_equal_published_ones);
    CU_add_test(s, "one work area serves different digests",
                one_work_area_serves_different_digests);
    CU_add_test(s, "shake gives any length", shake_gives_any_length);
    CU_add_test(s, "missing digest is unsupported", missing_digest_is_unsupported);
}
