/* Private key files as other programs write them, ours read back, and what must be refused. */
#include "../../libcore/base/slice.h"
#include "../../libcore/key/armour.h"
#include "../../libcore/key/key.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <openssl/evp.h>
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
    {"ecdsa256_putty", NULL, "ecdsa256.pub"},
    {"ed25519.ppk", NULL, "ed25519.pub"},
    {"ecdsa256.ppk", NULL, "ecdsa256.pub"},
    {"ecdsa384.ppk", NULL, "ecdsa384.pub"},
    {"ecdsa521.ppk", NULL, "ecdsa521.pub"},
    {"rsa2048.ppk", NULL, "rsa2048.pub"},
    {"ed448.ppk", NULL, "ed448.pub"},
    {"ed25519_argon2id.ppk", "pass", "ed25519.pub"},
    {"ed25519_argon2i.ppk", "pass", "ed25519.pub"},
    {"ed25519_argon2d.ppk", "pass", "ed25519.pub"},
    {"ed25519_v2.ppk", NULL, "ed25519.pub"},
    {"ed25519_v2_enc.ppk", "pass", "ed25519.pub"},
    {"rsa2048_v2.ppk", NULL, "rsa2048.pub"},
    {"rsa2048_v2_enc.ppk", "pass", "rsa2048.pub"},
    {"ecdsa256_v2.ppk", NULL, "ecdsa256.pub"},
    {"ecdsa256_v2_enc.ppk", "pass", "ecdsa256.pub"},
    {"ecdsa384_rc2.pem", "pass", "ecdsa384.pub"},
    {"ecdsa384_des.pem", "pass", "ecdsa384.pub"},
    {"dsa", NULL, "dsa.pub"},
    {"dsa_pem.pem", NULL, "dsa.pub"},
    {"dsa_pem.der", NULL, "dsa.pub"},
    {"dsa_pem_enc.pem", "pass", "dsa.pub"},
    {"dsa_pkcs8.pem", NULL, "dsa.pub"},
    {"dsa_pkcs8_enc.pem", "pass", "dsa.pub"},
    {"dsa.ppk", NULL, "dsa.pub"},
    {"dsa_v2_enc.ppk", "pass", "dsa.pub"},
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
        if (!data_can_unlock(files[i].file))
            continue;
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
        if (!files[i].passphrase || !data_can_unlock(files[i].file))
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

static void dsa_keys_are_read_but_never_used(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_key *key = NULL;
    cleat_key *other = NULL;
    cleat_bytes signature;
    cleat_error error = {0};
    CU_ASSERT_EQUAL_FATAL(read_file(ctx, "dsa", NULL, &key, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_key_bits(key), 1024);
    CU_ASSERT_STRING_EQUAL(cleat_key_label(key), "DSA");
    CU_ASSERT_EQUAL(cleat_key_check(key, 1024, &error), CLEAT_E_KEY_WEAK);
    CU_ASSERT_STRING_EQUAL(error.text,
                           "DSA keys are too weak to be used: they are only read and converted");
    CU_ASSERT_PTR_NULL(cleat_key_algorithm(key, 0));
    CU_ASSERT_PTR_NULL(cleat_key_pick_algorithm(key, NULL, NULL));
    CU_ASSERT_EQUAL(cleat_key_sign(key, "ssh-dss", CL_SLICE_LIT("a"), &signature, &error),
                    CLEAT_E_KEY_WEAK);
    CU_ASSERT_EQUAL(cleat_key_verify(key, "ssh-dss", CL_SLICE_LIT("a"), CL_SLICE_LIT("b"), &error),
                    CLEAT_E_KEY_WEAK);
    CU_ASSERT_EQUAL(cleat_key_generate(&other, ctx, "dsa", 0, NULL, &error), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_STRING_EQUAL(error.text, "DSA keys are too weak to be made");
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
}

/* Every prefix, and every byte flipped: refused or, where the change is harmless (the comment, the
 * text around), the same public key. */
static void damaged_files_are_refused(void)
{
    static const char *const names[] = {"keys/ed25519", "keys/ecdsa384_sec1.pem",
                                        "keys/ed25519.ppk"};
    cleat_ctx *ctx = data_ctx();
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
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

/* Line by line: what stands there, and what should. */
static void errors_in_old_headers_name_the_line(void)
{
#define BEGIN "-----BEGIN RSA PRIVATE KEY-----\n"
#define END "-----END RSA PRIVATE KEY-----\n"
#define IV "00112233445566778899AABBCCDDEEFF"
    static const struct {
        const char *text, *error;
    } rows[] = {
        {BEGIN "Proc-Type: 4,ENCRYPTED\n\nAAAA\n" END,
         "file: line 3: expected \"DEK-Info: CIPHER,IV\", the IV in hexadecimal"},
        {BEGIN "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,XX\n\nAAAA\n" END,
         "file: line 3: expected \"DEK-Info: CIPHER,IV\", the IV in hexadecimal"},
        {BEGIN "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC," IV "\nDEK-Info: X\n\nAAAA\n" END,
         "file: line 4: expected an empty line after DEK-Info"},
        {BEGIN "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011223344556677\n\nAAAA\n" END,
         "file: DEK-Info: AES-128-CBC needs another mode or IV"},
        {BEGIN "Proc-Type: 4,ENCRYPTED\nDEK-Info: ROT13," IV "\n\nAAAA\n" END,
         "file: the cipher \"ROT13\" in DEK-Info is not supported"},
        {BEGIN "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC," IV "\n\nAAAA\nA*AA\n" END,
         "file: line 6: expected base64"},
        {BEGIN "AAAA\n" END, "file: line 1: expected a key in ASN.1, as in \"RSA PRIVATE KEY\""},
    };
    cleat_ctx *ctx = data_ctx();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_key *key = NULL;
        cleat_error error = {0};
        CU_ASSERT_NOT_EQUAL(
            cleat_key_read_private(&key, ctx, cleat_slice_of(rows[i].text), "pass", "file", &error),
            CLEAT_OK);
        CU_ASSERT_STRING_EQUAL(error.text, rows[i].error);
    }
    cleat_ctx_unref(ctx);
#undef BEGIN
#undef END
#undef IV
}

static void check_written_as(cleat_ctx *ctx, const cleat_key *key, cleat_key_format format,
                             const char *passphrase, const char *cipher)
{
    cleat_bytes file;
    cleat_key *again = NULL;
    cleat_key_format seen;
    const cleat_key_write_options o = {
        .struct_size = sizeof o, .passphrase = passphrase, .cipher = cipher, .rounds = 1};
    CU_ASSERT_EQUAL_FATAL(cleat_key_write(key, format, &o, &file, NULL), CLEAT_OK);
    cleat_slice text = {file.data, file.len};
    CU_ASSERT_EQUAL(cleat_key_file_is_encrypted(ctx, text, NULL), passphrase != NULL);
    CU_ASSERT_EQUAL_FATAL(cleat_key_read(&again, ctx, text, passphrase, NULL, &seen, NULL),
                          CLEAT_OK);
    CU_ASSERT_EQUAL(seen, format);
    CU_ASSERT(cleat_key_has_private(again));
    CU_ASSERT(cleat_key_equal(key, again));
    bool has_comment = format <= CLEAT_KEY_PPK3;
    CU_ASSERT_STRING_EQUAL(cleat_key_comment(again), has_comment ? cleat_key_comment(key) : "");
    check_signing(again, key);
    cleat_key_unref(again);
    cleat_bytes_free(&file);
}

static void check_written(cleat_ctx *ctx, const cleat_key *key, const char *passphrase)
{
    static const cleat_key_format formats[] = {CLEAT_KEY_OPENSSH, CLEAT_KEY_PPK2, CLEAT_KEY_PPK3,
                                               CLEAT_KEY_PKCS8, CLEAT_KEY_PKCS8_DER};
    bool traditional = cleat_key_algorithm(key, 1) ||
                       cl_slice_starts(cleat_slice_of(cleat_key_type(key)), "ecdsa");
    if (traditional)
        check_written_as(ctx, key, CLEAT_KEY_TRADITIONAL, passphrase, NULL);
    if (traditional && !passphrase)
        check_written_as(ctx, key, CLEAT_KEY_TRADITIONAL_DER, NULL, NULL);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (formats[i] != CLEAT_KEY_PPK3 || !passphrase || data_can_unlock("argon2"))
            check_written_as(ctx, key, formats[i], passphrase, NULL);
    }
}

/* What openssl and ssh-keygen write without a passphrase has only one encoding. */
static void plain_pem_files_equal_theirs(void)
{
    static const struct {
        const char *file;
        cleat_key_format format;
    } plain[] = {
        {"rsa2048_pkcs1.pem", CLEAT_KEY_TRADITIONAL}, {"ecdsa384_sec1.pem", CLEAT_KEY_TRADITIONAL},
        {"rsa2048_pkcs8.pem", CLEAT_KEY_PKCS8},       {"ed25519_pkcs8.pem", CLEAT_KEY_PKCS8},
        {"ed448_pkcs8.pem", CLEAT_KEY_PKCS8},
    };
    cleat_ctx *ctx = data_ctx();
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        char path[128];
        cleat_key *key = NULL;
        cleat_bytes again;
        cleat_key_format format;
        snprintf(path, sizeof path, "keys/%s", plain[i].file);
        cleat_slice text = data_read(path);
        CU_ASSERT_EQUAL_FATAL(cleat_key_read(&key, ctx, text, NULL, NULL, &format, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(format, plain[i].format);
        CU_ASSERT_EQUAL_FATAL(cleat_key_write(key, format, NULL, &again, NULL), CLEAT_OK);
        CU_ASSERT(cleat_slice_equal(text, cl_slice(again.data, again.len)));
        cleat_bytes_free(&again);
        cleat_key_unref(key);
        free((void *)(uintptr_t)text.data);
    }
    cleat_ctx_unref(ctx);
}

/* A libcrypto may be built without some. */
static bool openssl_has(const char *cipher)
{
    EVP_CIPHER *found = EVP_CIPHER_fetch(NULL, cipher, NULL);
    EVP_CIPHER_free(found);
    return found != NULL;
}

static void check_cipher_of_pem(cleat_ctx *ctx, const cleat_key *key, cleat_key_format format,
                                const char *cipher)
{
    cleat_bytes file;
    const cleat_key_write_options o = {
        .struct_size = sizeof o, .passphrase = "pass", .cipher = cipher, .rounds = 1};
    if (openssl_has(cipher))
        check_written_as(ctx, key, format, "pass", cipher);
    else
        CU_ASSERT_EQUAL(cleat_key_write(key, format, &o, &file, NULL), CLEAT_E_UNSUPPORTED);
}

static void every_cipher_and_prf_of_pem_is_written(void)
{
    static const char *const ciphers[] = {"AES-128-CBC",  "AES-192-CBC",      "AES-256-CBC",
                                          "DES-EDE3-CBC", "CAMELLIA-256-CBC", "ARIA-128-CBC"};
    static const char *const prfs[] = {"hmacWithSHA1",   "hmacWithSHA224", "hmacWithSHA256",
                                       "hmacWithSHA384", "hmacWithSHA512", "hmacWithSHA512-256"};
    cleat_ctx *ctx = data_ctx();
    cleat_key *key = NULL;
    cleat_bytes file;
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&key, ctx, "ecdsa", 0, NULL, NULL), CLEAT_OK);
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
        check_cipher_of_pem(ctx, key, CLEAT_KEY_PKCS8, ciphers[i]);
        check_cipher_of_pem(ctx, key, CLEAT_KEY_TRADITIONAL, ciphers[i]);
        const cleat_key_write_options o = {
            .struct_size = sizeof o, .passphrase = "pass", .prf = prfs[i], .rounds = 100};
        cleat_key *again = NULL;
        CU_ASSERT_EQUAL_FATAL(cleat_key_write(key, CLEAT_KEY_PKCS8_DER, &o, &file, NULL), CLEAT_OK);
        cleat_slice der = cl_slice(file.data, file.len);
        CU_ASSERT_EQUAL(cleat_key_read_private(&again, ctx, der, "pass", NULL, NULL), CLEAT_OK);
        cleat_key_unref(again);
        CU_ASSERT_EQUAL(cleat_key_read_private(&again, ctx, der, NULL, NULL, NULL),
                        CLEAT_E_KEY_ENCRYPTED);
        CU_ASSERT_EQUAL(cleat_key_read_private(&again, ctx, der, "wrong", NULL, NULL),
                        CLEAT_E_PASSPHRASE);
        cleat_bytes_free(&file);
    }
    static const struct {
        cleat_key_format format;
        cleat_key_write_options options;
        cleat_status status;
    } refused[] = {
        {CLEAT_KEY_PKCS8, {.cipher = "AES-256-GCM"}, CLEAT_E_UNSUPPORTED},
        {CLEAT_KEY_PKCS8, {.cipher = "rot13"}, CLEAT_E_UNSUPPORTED},
        {CLEAT_KEY_PKCS8, {.prf = "SHA256"}, CLEAT_E_UNSUPPORTED},
        {CLEAT_KEY_PKCS8, {.rounds = 100000000}, CLEAT_E_LIMIT},
        {CLEAT_KEY_TRADITIONAL, {.cipher = "AES-256-CTR"}, CLEAT_E_UNSUPPORTED},
        {CLEAT_KEY_TRADITIONAL_DER, {.cipher = NULL}, CLEAT_E_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        cleat_key_write_options o = refused[i].options;
        cleat_error error = {0};
        o.struct_size = sizeof o;
        o.passphrase = "pass";
        CU_ASSERT_EQUAL(cleat_key_write(key, refused[i].format, &o, &file, &error),
                        refused[i].status);
        CU_ASSERT(error.text[0] != 0);
    }
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
}

static void every_cipher_of_openssh_is_written(void)
{
    static const char *const ciphers[] = {
        "aes256-ctr",
        "aes192-ctr",
        "aes128-ctr",
        "aes256-cbc",
        "aes192-cbc",
        "aes128-cbc",
        "3des-cbc",
        "aes256-gcm@openssh.com",
        "aes128-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
    };
    cleat_ctx *ctx = data_ctx();
    cleat_key *key = NULL;
    cleat_bytes file;
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&key, ctx, "ed25519", 0, "c", NULL), CLEAT_OK);
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
        check_written_as(ctx, key, CLEAT_KEY_OPENSSH, "a passphrase", ciphers[i]);
        const cleat_key_write_options o = {
            .struct_size = sizeof o, .passphrase = "p", .cipher = ciphers[i], .rounds = 1};
        CU_ASSERT_EQUAL(cleat_key_write(key, CLEAT_KEY_OPENSSH, &o, &file, NULL), CLEAT_OK);
        cl_armour a;
        cl_buf raw = CL_BUF(key->env->mem);
        CU_ASSERT_EQUAL(cl_armour_find(cl_slice(file.data, file.len), "KEY", &a, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(cl_armour_decode(&a, &raw, NULL), CLEAT_OK);
        cl_reader r = cl_reader_of(cl_slice_cut(cl_buf_slice(&raw), 15, raw.len));
        CU_ASSERT(cl_slice_is(cl_get_string(&r), ciphers[i]));
        cl_buf_free(&raw);
        cleat_bytes_free(&file);
    }
    static const char *const wrong[] = {"none", "rot13"};
    for (size_t i = 0; i < 2; i++) {
        const cleat_key_write_options o = {
            .struct_size = sizeof o, .passphrase = "p", .cipher = wrong[i]};
        CU_ASSERT_EQUAL(cleat_key_write(key, CLEAT_KEY_OPENSSH, &o, &file, NULL),
                        CLEAT_E_UNSUPPORTED);
    }
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
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
    CU_add_test(s, "DSA keys are read but never used", dsa_keys_are_read_but_never_used);
    CU_add_test(s, "damaged files are refused", damaged_files_are_refused);
    CU_add_test(s, "errors name the line", errors_name_the_line);
    CU_add_test(s, "errors in old headers name the line", errors_in_old_headers_name_the_line);
    CU_add_test(s, "plain PEM files equal theirs", plain_pem_files_equal_theirs);
    CU_add_test(s, "every cipher and PRF of PEM is written",
                every_cipher_and_prf_of_pem_is_written);
    CU_add_test(s, "every cipher of OpenSSH is written", every_cipher_of_openssh_is_written);
    CU_add_test(s, "written files are read again", written_files_are_read_again);
}
