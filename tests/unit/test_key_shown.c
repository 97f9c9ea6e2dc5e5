/* Public keys as words and as records of the DNS, and under another comment: as ssh-keygen shows
 * them. */
#include "../../libcore/alg/ctx.h"
#include "../../libcore/base/slice.h"
#include "../../libcore/key/bubblebabble.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cleat_ctx *ctx;

static int set_up(void)
{
    return cleat_ctx_new(&ctx, NULL) == CLEAT_OK ? 0 : 1;
}

static int tear_down(void)
{
    cleat_ctx_unref(ctx);
    return 0;
}

static cleat_key *read_file(const char *file)
{
    char path[128];
    cleat_key *key = NULL;
    snprintf(path, sizeof path, "keys/%s", file);
    cleat_slice text = data_read(path);
    CU_ASSERT_EQUAL_FATAL(cleat_key_read(&key, ctx, text, NULL, file, NULL, NULL), CLEAT_OK);
    free((void *)(uintptr_t)text.data);
    return key;
}

/* ---- words ---- */

/* Those that the description of the encoding gives. */
static void words_are_those_of_the_description(void)
{
    static const char *const rows[][2] = {{"", "xexax"},
                                          {"1234567890", "xesef-disof-gytuf-katof-movif-baxux"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cl_buf out = CL_BUF(cl_ctx_env(ctx)->mem);
        cl_bubblebabble(&out, cleat_slice_of(rows[i][0]));
        CU_ASSERT_STRING_EQUAL(cl_buf_text(&out), rows[i][1]);
        cl_buf_free(&out);
    }
}

static void keys_have_the_words_of_ssh_keygen(void)
{
    static const char *const rows[][2] = {
        {"ed25519.pub", "xetan-vebuz-negud-pogeh-rubog-sycis-nudof-secam-zilam-mucam-bixyx"},
        {"rsa2048.pub", "xetos-ripid-tupum-vymum-gubev-pukik-dihig-vivyz-sorik-finak-noxyx"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[CLEAT_BUBBLEBABBLE_MAX];
        cleat_key *key = read_file(rows[i][0]);
        CU_ASSERT_EQUAL(cleat_key_bubblebabble(key, text), CLEAT_OK);
        CU_ASSERT_STRING_EQUAL(text, rows[i][1]);
        cleat_key_unref(key);
    }
}

/* ---- the DNS ---- */

static void records_are_those_of_ssh_keygen(void)
{
    static const struct {
        const char *file;
        unsigned algorithm;
        const char *sha1, *sha256;
    } rows[] = {
        {"rsa2048.pub", 1, "37cbe82da88ee38442ea5b62964ebbfcae632669",
         "04e05f3e76da539b500220156a0877ea91c73c3b225f80d87768c767fe933338"},
        {"ecdsa521.pub", 3, "90b676dfc4d6641e2be096c3a14341f1ec0517d6",
         "fcb51d3670db8e6a7485db49b512b5d8eebfa33db64c3a79eaecac26c86183e9"},
        {"ed25519.pub", 4, "349e81f9132ad25bc04c86c98b3c858f5e88c780",
         "3be8638b7923d8b1acc068bd497a51a8ed5b8cc2c59a0c41fa21e12f53b043fb"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cleat_key *key = read_file(rows[i].file);
        for (cleat_sshfp_hash hash = CLEAT_SSHFP_SHA1; hash <= CLEAT_SSHFP_SHA256; hash++) {
            cleat_sshfp record;
            char hex[2 * sizeof record.digest + 1] = "";
            CU_ASSERT_EQUAL_FATAL(cleat_key_sshfp(key, hash, &record), CLEAT_OK);
            for (size_t k = 0; k < record.len; k++)
                snprintf(hex + 2 * k, 3, "%02x", record.digest[k]);
            CU_ASSERT_EQUAL(record.algorithm, rows[i].algorithm);
            CU_ASSERT_STRING_EQUAL(hex, hash == CLEAT_SSHFP_SHA1 ? rows[i].sha1 : rows[i].sha256);
        }
        cleat_key_unref(key);
    }
}

static void a_hash_without_a_number_makes_no_record(void)
{
    cleat_sshfp record;
    cleat_key *key = read_file("ed25519.pub");
    CU_ASSERT_EQUAL(cleat_key_sshfp(key, (cleat_sshfp_hash)3, &record), CLEAT_E_UNSUPPORTED);
    cleat_key_unref(key);
}

/* ---- comments ---- */

static void a_key_with_another_comment_still_signs(void)
{
    cleat_key *key = NULL;
    cleat_key *named = NULL;
    cleat_bytes signature;
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&key, ctx, "ed25519", 0, "old", NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_key_with_comment(&named, key, "new"), CLEAT_OK);
    cleat_slice message = cleat_slice_of("message");
    CU_ASSERT_STRING_EQUAL(cleat_key_comment(key), "old");
    CU_ASSERT_STRING_EQUAL(cleat_key_comment(named), "new");
    CU_ASSERT(cleat_key_equal(key, named));
    CU_ASSERT_EQUAL(cleat_key_sign(named, "ssh-ed25519", message, &signature, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_key_verify(key, "ssh-ed25519", message,
                                     cl_slice(signature.data, signature.len), NULL),
                    CLEAT_OK);
    cleat_bytes_free(&signature);
    cleat_key_unref(key);
    cleat_key_unref(named);
}

void suite_key_shown(void)
{
    CU_pSuite s = CU_add_suite("key_shown", set_up, tear_down);
    CU_add_test(s, "words are those of the description", words_are_those_of_the_description);
    CU_add_test(s, "keys have the words of ssh keygen", keys_have_the_words_of_ssh_keygen);
    CU_add_test(s, "records are those of ssh keygen", records_are_those_of_ssh_keygen);
    CU_add_test(s, "a hash without a number makes no record",
                a_hash_without_a_number_makes_no_record);
    CU_add_test(s, "a key with another comment still signs",
                a_key_with_another_comment_still_signs);
}
