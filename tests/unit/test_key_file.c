/* Private key files as other programs write them, ours read back, and what must be refused. */
#include "../../libcore/base/slice.h"
#include "../../libcore/key/key.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *file, *passphrase, *public_file;
} files[] = {
    {"ed25519", NULL, "ed25519.pub"},
    {"ecdsa256", NULL, "ecdsa256.pub"},
    {"ecdsa384", NULL, "ecdsa384.pub"},
    {"ecdsa521", NULL, "ecdsa521.pub"},
    {"rsa2048", NULL, "rsa2048.pub"},
    {"ed25519_aes256-ctr", "pass", "ed25519.pub"},
    {"ed25519_aes192-ctr", "pass", "ed25519.pub"},
    {"ed25519_aes128-ctr", "pass", "ed25519.pub"},
    {"ed25519_aes256-cbc", "pass", "ed25519.pub"},
    {"ed25519_3des-cbc", "pass", "ed25519.pub"},
    {"ed25519_aes256-gcm", "pass", "ed25519.pub"},
    {"ed25519_aes128-gcm", "pass", "ed25519.pub"},
    {"ed25519_chacha20-poly1305", "pass", "ed25519.pub"},
    {"rsa2048_aes256-ctr", "pass", "rsa2048.pub"},
    {"rsa2048_pkcs1.pem", NULL, "rsa2048.pub"},
    {"rsa2048_pkcs1_enc.pem", "pass", "rsa2048.pub"},
    {"rsa2048_pkcs8.pem", NULL, "rsa2048.pub"},
    {"rsa2048_pkcs8_enc.pem", "pass", "rsa2048.pub"},
    {"ecdsa384_sec1.pem", NULL, "ecdsa384.pub"},
    {"ecdsa384_sec1_enc.pem", "pass", "ecdsa384.pub"},
    {"ecdsa384_compressed.pem", NULL, "ecdsa384.pub"},
    {"ecdsa384_pbes1.pem", "pass", "ecdsa384.pub"},
    {"ecdsa384_scrypt.pem", "pass", "ecdsa384.pub"},
    {"ed25519_pkcs8.pem", NULL, "ed25519_pkcs8.pub"},
    {"ed25519_pkcs8_enc.pem", "pass", "ed25519_pkcs8_enc.pub"},
    {"ed448_pkcs8.pem", NULL, "ed448_pkcs8.pub"},
};

static cleat_status read_file(cleat_ctx *ctx, const char *file, const char *passphrase,
                              cleat_key **key, cleat_error *error)
{
    char path[128];
    snprintf(path, sizeof path, "keys/%s", file);
    cleat_slice text = data_read(path);
    cleat_status st = cleat_key_read_private(key, ctx, text, passphrase, file, error);
    free((void *)(uintptr_t)text.data);
    return st;
}

static cleat_key *read_public_file(cleat_ctx *ctx, const char *file)
{
    char path[128];
    cleat_key *key = NULL;
    snprintf(path, sizeof path, "keys/%s", file);
    cleat_slice text = data_read(path);
    CU_ASSERT_EQUAL_FATAL(cleat_key_read_public(&key, ctx, text, file, NULL), CLEAT_OK);
    free((void *)(uintptr_t)text.data);
    return key;
}

static void check_signing(const cleat_key *private_key, const cleat_key *public_key)
{
    const char *algorithm;
    cleat_slice message = CL_SLICE_LIT("a message");
    for (size_t i = 0; (algorithm = cleat_key_algorithm(private_key, i)) != NULL; i++) {
        cleat_bytes signature;
        CU_ASSERT_EQUAL_FATAL(cleat_key_sign(private_key, algorithm, message, &signature, NULL),
                              CLEAT_OK);
        cleat_slice blob = {signature.data, signature.len};
        CU_ASSERT_EQUAL(cleat_key_verify(public_key, algorithm, message, blob, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(
            cleat_key_verify(public_key, algorithm, CL_SLICE_LIT("another"), blob, NULL),
            CLEAT_E_SIGNATURE);
        cleat_bytes_free(&signature);
    }
}

static void files_of_other_programs_are_read(void)
{
    cleat_ctx *ctx = data_ctx();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        cleat_key *key = NULL;
        cleat_error error = {0};
        cleat_status st = read_file(ctx, files[i].file, files[i].passphrase, &key, &error);
        if (st != CLEAT_OK)
            printf("%s: %s\n", files[i].file, error.text);
        CU_ASSERT_EQUAL_FATAL(st, CLEAT_OK);
        cleat_key *public_key = read_public_file(ctx, files[i].public_file);
        CU_ASSERT(cleat_key_equal(key, public_key));
        CU_ASSERT(cleat_key_has_private(key));
        CU_ASSERT_FALSE(cleat_key_has_private(public_key));
        CU_ASSERT_STRING_EQUAL(cleat_key_origin(key), files[i].file);
        check_signing(key, public_key);
        cleat_key_unref(key);
        cleat_key_unref(public_key);
    }
    cleat_ctx_unref(ctx);
}

static void comment_of_an_openssh_file_is_kept(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_key *key = NULL;
    CU_ASSERT_EQUAL_FATAL(read_file(ctx, "ed25519_aes256-ctr", "pass", &key, NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(cleat_key_comment(key), "throw-away test key");
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
}

static void passphrases_missing_and_wrong_are_told_apart(void)
{
    cleat_ctx *ctx = data_ctx();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        cleat_key *key = NULL;
        cleat_error error = {0};
        if (!files[i].passphrase)
            continue;
        CU_ASSERT_EQUAL(read_file(ctx, files[i].file, NULL, &key, &error), CLEAT_E_KEY_ENCRYPTED);
        CU_ASSERT_EQUAL(read_file(ctx, files[i].file, "", &key, &error), CLEAT_E_KEY_ENCRYPTED);
        CU_ASSERT_EQUAL(read_file(ctx, files[i].file, "wrong", &key, &error), CLEAT_E_PASSPHRASE);
        CU_ASSERT_EQUAL(error.status, CLEAT_E_PASSPHRASE);
        CU_ASSERT_PTR_NULL(key);
    }
    cleat_ctx_unref(ctx);
}

static void encrypted_files_are_known_without_a_passphrase(void)
{
    cleat_ctx *ctx = data_ctx();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[128];
        cleat_key *seen = NULL;
        snprintf(path, sizeof path, "keys/%s", files[i].file);
        cleat_slice text = data_read(path);
        CU_ASSERT_EQUAL(cleat_key_file_is_encrypted(ctx, text, &seen), files[i].passphrase != NULL);
        if (seen) {
            cleat_key *expected = read_public_file(ctx, files[i].public_file);
            CU_ASSERT(cleat_key_equal(seen, expected));
            CU_ASSERT_FALSE(cleat_key_has_private(seen));
            cleat_key_unref(expected);
        }
        cleat_key_unref(seen);
        free((void *)(uintptr_t)text.data);
    }
    cleat_ctx_unref(ctx);
}

static void unusable_files_say_why(void)
{
    static const struct {
        const char *file, *passphrase;
        cleat_status status;
    } bad[] = {
        {"secp256k1.pem", NULL, CLEAT_E_UNSUPPORTED},
        {"dsa.pem", NULL, CLEAT_E_UNSUPPORTED},
        {"ecdsa384_rc2.pem", "pass", CLEAT_E_UNSUPPORTED},
        {"ed25519.pub", NULL, CLEAT_E_KEY_FORMAT},
    };
    cleat_ctx *ctx = data_ctx();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cleat_key *key = NULL;
        cleat_error error = {0};
        CU_ASSERT_EQUAL(read_file(ctx, bad[i].file, bad[i].passphrase, &key, &error),
                        bad[i].status);
        CU_ASSERT_PTR_NULL(key);
        CU_ASSERT(error.text[0] != 0);
    }
    cleat_ctx_unref(ctx);
}

static void short_rsa_keys_are_read_but_fail_the_check(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_key *key = NULL;
    CU_ASSERT_EQUAL_FATAL(read_file(ctx, "rsa1024.pem", NULL, &key, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_key_bits(key), 1024);
    CU_ASSERT_EQUAL(cleat_key_check(key, 0, NULL), CLEAT_E_KEY_WEAK);
    CU_ASSERT_EQUAL(cleat_key_check(key, 1024, NULL), CLEAT_OK);
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
}

/* Every prefix, and every byte flipped: refused or, where the change is harmless (the comment, the
 * text around), the same public key. */
static void damaged_files_are_refused(void)
{
    static const char *const names[] = {"keys/ed25519", "keys/ecdsa384_sec1.pem"};
    cleat_ctx *ctx = data_ctx();
    for (size_t n = 0; n < 2; n++) {
        cleat_slice text = data_read(names[n]);
        uint8_t *bytes = (uint8_t *)(uintptr_t)text.data;
        cleat_key *whole = NULL;
        CU_ASSERT_EQUAL_FATAL(cleat_key_read_private(&whole, ctx, text, NULL, NULL, NULL),
                              CLEAT_OK);
        for (size_t i = 0; i < text.len; i++) {
            cleat_key *key = NULL;
            cleat_error error = {0};
            cleat_slice prefix = cl_slice(bytes, i);
            if (cleat_key_read_private(&key, ctx, prefix, NULL, NULL, &error) == CLEAT_OK) {
                CU_ASSERT(i == text.len - 1); /* only the final line end is missing */
            }
            cleat_key_unref(key);
            bytes[i] ^= 1;
            if (cleat_key_read_private(&key, ctx, text, NULL, NULL, &error) == CLEAT_OK) {
                CU_ASSERT(cleat_key_equal(key, whole));
            } else {
                CU_ASSERT(error.text[0] != 0);
            }
            cleat_key_unref(key);
            bytes[i] ^= 1;
        }
        cleat_key_unref(whole);
        free(bytes);
    }
    cleat_ctx_unref(ctx);
}

static void errors_name_the_line(void)
{
    static const char text[] = "a comment\n-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\nA*AA\n"
                               "-----END OPENSSH PRIVATE KEY-----\n";
    cleat_ctx *ctx = data_ctx();
    cleat_key *key = NULL;
    cleat_error error = {0};
    cleat_slice file = cleat_slice_of(text);
    CU_ASSERT_EQUAL(cleat_key_read_private(&key, ctx, file, NULL, NULL, &error),
                    CLEAT_E_KEY_FORMAT);
    CU_ASSERT_STRING_EQUAL(error.text, "line 4: expected base64");
    file = cl_slice_cut(file, 0, file.len - 36);
    CU_ASSERT_EQUAL(cleat_key_read_private(&key, ctx, file, NULL, NULL, &error),
                    CLEAT_E_KEY_FORMAT);
    CU_ASSERT_STRING_EQUAL(error.text, "line 5: expected \"-----END OPENSSH PRIVATE KEY-----\"");
    cleat_ctx_unref(ctx);
}

static void check_written(cleat_ctx *ctx, const cleat_key *key, const char *passphrase)
{
    cleat_bytes file;
    cleat_key *again = NULL;
    CU_ASSERT_EQUAL_FATAL(cleat_key_write_private(key, passphrase, 1, &file, NULL), CLEAT_OK);
    cleat_slice text = {file.data, file.len};
    CU_ASSERT_EQUAL(cleat_key_file_is_encrypted(ctx, text, NULL), passphrase != NULL);
    CU_ASSERT_EQUAL_FATAL(cleat_key_read_private(&again, ctx, text, passphrase, NULL, NULL),
                          CLEAT_OK);
    CU_ASSERT(cleat_key_equal(key, again));
    CU_ASSERT_STRING_EQUAL(cleat_key_comment(again), cleat_key_comment(key));
    check_signing(again, key);
    cleat_key_unref(again);
    cleat_bytes_free(&file);
}

static void written_files_are_read_again(void)
{
    static const struct {
        const char *family;
        unsigned bits, expected_bits;
    } kinds[] = {
        {"ed25519", 0, 256},   {"ed448", 0, 448},
        {"ecdsa", 0, 256},     {"ecdsa", 384, 384},
        {"ecdsa", 521, 521},   {"rsa", 2048, 2048},
        {"ssh-ed448", 0, 448}, {"ecdsa-sha2-nistp384", 0, 384},
    };
    cleat_ctx *ctx = data_ctx();
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        cleat_key *key = NULL;
        CU_ASSERT_EQUAL_FATAL(
            cleat_key_generate(&key, ctx, kinds[i].family, kinds[i].bits, "me@here", NULL),
            CLEAT_OK);
        CU_ASSERT_EQUAL(cleat_key_bits(key), kinds[i].expected_bits);
        check_written(ctx, key, NULL);
        check_written(ctx, key, "a passphrase");
        cleat_key_unref(key);
    }
    cleat_ctx_unref(ctx);
}

void suite_key_file(void)
{
    CU_pSuite s = CU_add_suite("key_file", NULL, NULL);
    CU_add_test(s, "files of other programs are read", files_of_other_programs_are_read);
    CU_add_test(s, "comment of an OpenSSH file is kept", comment_of_an_openssh_file_is_kept);
    CU_add_test(s, "passphrases missing and wrong are told apart",
                passphrases_missing_and_wrong_are_told_apart);
    CU_add_test(s, "encrypted files are known without a passphrase",
                encrypted_files_are_known_without_a_passphrase);
    CU_add_test(s, "unusable files say why", unusable_files_say_why);
    CU_add_test(s, "short RSA keys are read but fail the check",
                short_rsa_keys_are_read_but_fail_the_check);
    CU_add_test(s, "damaged files are refused", damaged_files_are_refused);
    CU_add_test(s, "errors name the line", errors_name_the_line);
    CU_add_test(s, "written files are read again", written_files_are_read_again);
}
