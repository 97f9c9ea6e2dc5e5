/* Key files while each call into OpenSSL fails in turn: a refusal with a reason, or the right key.
 */
#include "../support/data.h"
#include "crypto_faults.h"

#include <CUnit/CUnit.h>
#include <cleat/key.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *file, *passphrase;
} rows[] = {
    {"keys/ed25519_aes256-gcm", "pass"},
    {"keys/ed25519_chacha20-poly1305", "pass"},
    {"keys/ed25519_argon2id.ppk", "pass"},
    {"keys/ecdsa256_v2_enc.ppk", "pass"},
    {"keys/rsa2048.ppk", NULL},
    {"keys/ecdsa384_sec1_enc.pem", "pass"},
    {"keys/ed25519_pkcs8_enc.pem", "pass"},
    {"keys/rsa2048_pkcs1.pem", NULL},
    {"keys/ecdsa384_spki.der", NULL},
    {"keys/rsa2048_pkcs1_public.pem", NULL},
    {"keys/dsa_v2_enc.ppk", "pass"},
    {"keys/ecdsa384_des.pem", "pass"},
    {"keys/ecdsa384_rc2.pem", "pass"},
    {"bundles/several.p12", "pass"},
    {"bundles/old.p12", "pass"},
    {"keys/sk_ed25519_enc", "pass"},
};

static const cleat_key_format formats[] = {
    CLEAT_KEY_OPENSSH,     CLEAT_KEY_PPK2, CLEAT_KEY_PPK3,        CLEAT_KEY_PKCS8,
    CLEAT_KEY_TRADITIONAL, CLEAT_KEY_SPKI, CLEAT_KEY_PKCS1_PUBLIC};

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

/* True when the n-th call was still part of the work. */
static bool read_with_fault(size_t row, unsigned long n, cleat_slice file, const cleat_key *right)
{
    cleat_key *key = NULL;
    cleat_error error = {0};
    crypto_faults_arm(n);
    cleat_status st = cleat_key_read(&key, ctx, file, rows[row].passphrase, NULL, NULL, &error);
    bool reached = crypto_faults_count() >= n;
    crypto_faults_arm(0);
    CU_ASSERT(st == CLEAT_OK ? cleat_key_equal(key, right) : !key && error.text[0]);
    cleat_key_unref(key);
    return reached;
}

static bool write_with_fault(cleat_key_format format, unsigned long n, const cleat_key *key)
{
    cleat_bytes file = {0};
    cleat_error error = {0};
    const cleat_key_write_options o = {.struct_size = sizeof o, .passphrase = "pass", .rounds = 1};
    crypto_faults_arm(n);
    cleat_status st = cleat_key_write(key, format, &o, &file, &error);
    bool reached = crypto_faults_count() >= n;
    crypto_faults_arm(0);
    CU_ASSERT(st == CLEAT_OK ? file.len != 0 : !file.data && error.text[0]);
    cleat_bytes_free(&file);
    return reached;
}

static bool rename_with_fault(unsigned long n, const cleat_key *key)
{
    cleat_key *named = NULL;
    crypto_faults_arm(n);
    cleat_status st = cleat_key_with_comment(&named, key, "another");
    bool reached = crypto_faults_count() >= n;
    crypto_faults_arm(0);
    CU_ASSERT(st == CLEAT_OK ? cleat_key_equal(named, key) : !named);
    cleat_key_unref(named);
    return reached;
}

static void write_all(const cleat_key *key)
{
    unsigned long calls = 0;
    for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
        unsigned long n = 1;
        while (write_with_fault(formats[f], n, key))
            n++;
        calls += n - 1;
    }
    CU_ASSERT(calls > 20);
}

static void every_crypto_call_of_a_key_file_can_fail(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cleat_key *right = NULL;
        if (!data_can_unlock(rows[i].file))
            continue;
        cleat_slice file = data_read(rows[i].file);
        unsigned long n = 1;
        CU_ASSERT_EQUAL_FATAL(
            cleat_key_read(&right, ctx, file, rows[i].passphrase, NULL, NULL, NULL), CLEAT_OK);
        while (read_with_fault(i, n, file, right))
            n++;
        CU_ASSERT(n > 1);
        if (cleat_key_has_private(right))
            write_all(right);
        for (n = 1; rename_with_fault(n, right);)
            n++;
        CU_ASSERT(n > 1);
        cleat_key_unref(right);
        free((void *)(uintptr_t)file.data);
    }
}

void suite_key_files(void)
{
    CU_pSuite s = CU_add_suite("key_files", set_up, tear_down);
    CU_add_test(s, "every crypto call of a key file can fail",
                every_crypto_call_of_a_key_file_can_fail);
}
