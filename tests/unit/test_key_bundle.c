/* Files with several keys and certificates: order, names, and what is said of those that are wrong.
 */
#include "../../libcore/base/slice.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/cert.h>
#include <openssl/evp.h>
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

static void done_with(cleat_slice file)
{
    free((void *)(uintptr_t)file.data);
}

static cleat_slice read_data(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "bundles/%s", name);
    return data_read(path);
}

static cleat_key_bundle *read_bundle(const char *name, const char *passphrase)
{
    cleat_key_bundle *b = NULL;
    cleat_error error = {0};
    cleat_slice file = read_data(name);
    cleat_status st = cleat_key_bundle_read(&b, ctx, file, passphrase, name, &error);
    if (st != CLEAT_OK)
        printf("%s: %s\n", name, error.text);
    CU_ASSERT_EQUAL_FATAL(st, CLEAT_OK);
    done_with(file);
    return b;
}

/* ---- what an item should be ---- */

static void check_x509(const cleat_key_item *item, const char *name)
{
    cleat_slice der = read_data(name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(item);
    CU_ASSERT(!item->key && !item->cert);
    CU_ASSERT(cleat_slice_equal(item->x509, der));
    done_with(der);
}

static void check_key(const cleat_key_item *item, const char *file, const char *comment,
                      bool is_private)
{
    cleat_key *expected = NULL;
    cleat_slice line = data_read(file);
    CU_ASSERT_PTR_NOT_NULL_FATAL(item);
    CU_ASSERT_PTR_NOT_NULL_FATAL(item->key);
    CU_ASSERT(!item->cert && item->x509.len == 0);
    CU_ASSERT_EQUAL_FATAL(cleat_key_read_public(&expected, ctx, line, NULL, NULL), CLEAT_OK);
    CU_ASSERT(cleat_key_equal(item->key, expected));
    CU_ASSERT_EQUAL(cleat_key_has_private(item->key), is_private);
    CU_ASSERT_STRING_EQUAL(cleat_key_comment(item->key), comment);
    cleat_key_unref(expected);
    done_with(line);
}

static void check_chain(const char *name, const char *passphrase)
{
    cleat_key_bundle *b = read_bundle(name, passphrase);
    CU_ASSERT_EQUAL(cleat_key_bundle_count(b), 3);
    check_x509(cleat_key_bundle_item(b, 0), "p256.crt.der");
    check_x509(cleat_key_bundle_item(b, 1), "ca.crt.der");
    check_key(cleat_key_bundle_item(b, 2), "bundles/p256.pub", "key two", true);
    CU_ASSERT_EQUAL(cleat_key_bundle_item(b, 2)->format, CLEAT_KEY_PKCS12);
    CU_ASSERT_STRING_EQUAL(cleat_key_origin(cleat_key_bundle_item(b, 2)->key), name);
    CU_ASSERT_PTR_NULL(cleat_key_bundle_item(b, 3));
    cleat_key_bundle_free(b);
}

/* ---- PKCS#12 ---- */

static void pkcs12_holds_a_chain_and_its_key(void)
{
    check_chain("chain.p12", "pass");
    check_chain("open.p12", NULL);
    check_chain("open.p12", "needless");
}

static void pkcs12_may_hold_several_keys(void)
{
    cleat_key_bundle *b = read_bundle("several.p12", "pass");
    CU_ASSERT_EQUAL(cleat_key_bundle_count(b), 4);
    check_key(cleat_key_bundle_item(b, 0), "bundles/ed.pub", "Schl\xc3\xbcssel eins", true);
    check_x509(cleat_key_bundle_item(b, 1), "ed.crt.der");
    check_key(cleat_key_bundle_item(b, 2), "bundles/p256.pub", "key two", true);
    check_x509(cleat_key_bundle_item(b, 3), "p256.crt.der");
    cleat_key_bundle_free(b);
    b = read_bundle("no_mac.p12", "pass");
    CU_ASSERT_EQUAL(cleat_key_bundle_count(b), 2);
    cleat_key_bundle_free(b);
}

/* What opens an old file must not be there for anybody else afterwards. */
static void old_ciphers_do_not_come_back_for_all(void)
{
    if (!data_can_unlock("old.p12"))
        return;
    EVP_CIPHER *before = EVP_CIPHER_fetch(NULL, "RC2-40-CBC", NULL);
    check_chain("old.p12", "pass");
    EVP_CIPHER *after = EVP_CIPHER_fetch(NULL, "RC2-40-CBC", NULL);
    CU_ASSERT_EQUAL(before != NULL, after != NULL);
    EVP_CIPHER_free(before);
    EVP_CIPHER_free(after);
}

static void one_key_is_read_from_a_bundle_too(void)
{
    cleat_key *key = NULL;
    cleat_key_format format;
    cleat_bytes out;
    cleat_slice file = read_data("several.p12");
    CU_ASSERT_EQUAL_FATAL(cleat_key_read(&key, ctx, file, "pass", NULL, &format, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(format, CLEAT_KEY_PKCS12);
    CU_ASSERT_STRING_EQUAL(cleat_key_type(key), "ssh-ed25519");
    CU_ASSERT_EQUAL(cleat_key_write(key, CLEAT_KEY_PKCS12, NULL, &out, NULL), CLEAT_E_UNSUPPORTED);
    cleat_key_unref(key);
    done_with(file);
}

static void passphrases_of_pkcs12_are_told_apart(void)
{
    static const char *const names[] = {"chain.p12", "several.p12", "no_mac.p12", "old.p12"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cleat_key_bundle *b;
        if (!data_can_unlock(names[i]))
            continue;
        cleat_slice file = read_data(names[i]);
        CU_ASSERT(cleat_key_file_is_encrypted(ctx, file, NULL));
        CU_ASSERT_EQUAL(cleat_key_bundle_read(&b, ctx, file, NULL, NULL, NULL),
                        CLEAT_E_KEY_ENCRYPTED);
        CU_ASSERT_EQUAL(cleat_key_bundle_read(&b, ctx, file, "wrong", NULL, NULL),
                        CLEAT_E_PASSPHRASE);
        CU_ASSERT_PTR_NULL(b);
        done_with(file);
    }
    cleat_slice open = read_data("open.p12");
    CU_ASSERT_FALSE(cleat_key_file_is_encrypted(ctx, open, NULL));
    done_with(open);
}

static void damaged_pkcs12_is_refused(void)
{
    cleat_slice file = read_data("chain.p12");
    uint8_t *bytes = (uint8_t *)(uintptr_t)file.data;
    cleat_key_bundle *b;
    cleat_error error;
    for (size_t i = 0; i < file.len; i++) {
        error = (cleat_error){0};
        CU_ASSERT_NOT_EQUAL(
            cleat_key_bundle_read(&b, ctx, cl_slice(bytes, i), "pass", NULL, &error), CLEAT_OK);
        CU_ASSERT(error.text[0] != 0);
        bytes[i] ^= 1;
        error = (cleat_error){0};
        cleat_status st = cleat_key_bundle_read(&b, ctx, file, "pass", NULL, &error);
        CU_ASSERT(st == CLEAT_OK ? cleat_key_bundle_count(b) == 3 : error.text[0] != 0);
        cleat_key_bundle_free(b);
        bytes[i] ^= 1;
    }
    done_with(file);
}

/* ---- text ---- */

static void text_may_hold_anything_in_any_order(void)
{
    cleat_key_bundle *b = read_bundle("mixed.pem", "pass");
    CU_ASSERT_EQUAL_FATAL(cleat_key_bundle_count(b), 9);
    check_x509(cleat_key_bundle_item(b, 0), "p256.crt.der");
    check_x509(cleat_key_bundle_item(b, 1), "ca.crt.der");
    check_key(cleat_key_bundle_item(b, 2), "bundles/p256.pub", "", true);
    check_key(cleat_key_bundle_item(b, 3), "bundles/p256.pub", "", true);
    check_key(cleat_key_bundle_item(b, 4), "keys/ed25519.pub", "throw-away test key", false);
    check_key(cleat_key_bundle_item(b, 5), "keys/ed25519.pub", "throw-away test key", false);
    CU_ASSERT_PTR_NOT_NULL_FATAL(cleat_key_bundle_item(b, 6)->cert);
    CU_ASSERT_STRING_EQUAL(cleat_cert_type(cleat_key_bundle_item(b, 6)->cert),
                           "ssh-ed25519-cert-v01@openssh.com");
    check_key(cleat_key_bundle_item(b, 7), "keys/ed25519.pub", "throw-away test key", true);
    check_x509(cleat_key_bundle_item(b, 8), "ca.crt.der");
    static const size_t lines[] = {6, 17, 30, 38, 47, 48, 53, 54, 62};
    for (size_t i = 0; i < 9; i++)
        CU_ASSERT_EQUAL(cleat_key_bundle_item(b, i)->line, lines[i]);
    cleat_key *kept = cleat_key_ref(cleat_key_bundle_item(b, 7)->key);
    cleat_key_bundle_free(b);
    CU_ASSERT(cleat_key_has_private(kept));
    cleat_key_unref(kept);
}

static void files_of_one_thing_are_bundles_too(void)
{
    static const struct {
        const char *file, *passphrase;
        cleat_key_format format;
    } rows[] = {
        {"keys/ed25519.ppk", NULL, CLEAT_KEY_PPK3},
        {"keys/dsa_pem.der", NULL, CLEAT_KEY_TRADITIONAL_DER},
        {"keys/rsa2048_spki.der", NULL, CLEAT_KEY_SPKI_DER},
        {"keys/ed25519_pkcs8_enc.pem", "pass", CLEAT_KEY_PKCS8},
        {"keys/sk_ed25519", NULL, CLEAT_KEY_OPENSSH},
        {"keys/rsa2048.rfc4716", NULL, CLEAT_KEY_RFC4716},
        {"keys/rsa2048.pub", NULL, CLEAT_KEY_LINE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_key_bundle *b = NULL;
        cleat_slice file = data_read(rows[i].file);
        CU_ASSERT_EQUAL_FATAL(cleat_key_bundle_read(&b, ctx, file, rows[i].passphrase, NULL, NULL),
                              CLEAT_OK);
        CU_ASSERT_EQUAL(cleat_key_bundle_count(b), 1);
        CU_ASSERT_EQUAL(cleat_key_bundle_item(b, 0)->format, rows[i].format);
        cleat_key_bundle_free(b);
        done_with(file);
    }
    cleat_key_bundle *b = read_bundle("ca.crt.der", NULL);
    check_x509(cleat_key_bundle_item(b, 0), "ca.crt.der");
    cleat_key_bundle_free(b);
}

static void mistakes_are_told_with_file_and_line(void)
{
    static const struct {
        const char *text;
        cleat_status status;
        const char *error;
    } rows[] = {
        {"", CLEAT_E_KEY_FORMAT, "file: expected a key or a certificate"},
        {"# nothing\n", CLEAT_E_KEY_FORMAT, "file: expected a key or a certificate"},
        {"# one\nnonsense\n", CLEAT_E_KEY_FORMAT, "file: line 2: expected a key type and base64"},
        {"ssh-xmss AAAACHNzaC14bXNz\n", CLEAT_E_UNSUPPORTED,
         "file: line 1: key type \"ssh-xmss\" is not supported"},
        {"\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5\n", CLEAT_E_KEY_FORMAT,
         "file: line 2: ssh-ed25519 key: the public key has 0 bytes, expected 32"},
        {"text\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", CLEAT_E_KEY_FORMAT,
         "file: line 3: expected a certificate in ASN.1"},
        {"text\n-----BEGIN CERTIFICATE-----\nAAAA\n", CLEAT_E_KEY_FORMAT,
         "file: line 4: expected \"-----END CERTIFICATE-----\""},
        {"-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n", CLEAT_E_KEY_FORMAT,
         "file: expected a key or a certificate"},
        {"-----BEGIN MY PRIVATE KEY-----\nAAAA\n-----END MY PRIVATE KEY-----\n",
         CLEAT_E_UNSUPPORTED, "file: line 1: \"MY PRIVATE KEY\" is not supported"},
        {"ssh-ed25519-cert-v01@openssh.com AAAA\n", CLEAT_E_KEY_FORMAT,
         "file: line 1: the certificate is not of the type that stands before it"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_key_bundle *b = NULL;
        cleat_error error = {0};
        CU_ASSERT_EQUAL(
            cleat_key_bundle_read(&b, ctx, cleat_slice_of(rows[i].text), NULL, "file", &error),
            rows[i].status);
        CU_ASSERT_STRING_EQUAL(error.text, rows[i].error);
        CU_ASSERT_PTR_NULL(b);
    }
}

static void more_than_128_are_too_many(void)
{
    cleat_slice line = data_read("keys/ed25519.pub");
    char *file = calloc(129, line.len + 1);
    cleat_key_bundle *b = NULL;
    for (size_t i = 0; i < 128; i++)
        memcpy(file + i * line.len, line.data, line.len);
    CU_ASSERT_EQUAL(cleat_key_bundle_read(&b, ctx, cleat_slice_of(file), NULL, NULL, NULL),
                    CLEAT_OK);
    cleat_key_bundle_free(b);
    memcpy(file + 128 * line.len, line.data, line.len);
    CU_ASSERT_EQUAL(cleat_key_bundle_read(&b, ctx, cleat_slice_of(file), NULL, NULL, NULL),
                    CLEAT_E_LIMIT);
    free(file);
    done_with(line);
}

void suite_key_bundle(void)
{
    CU_pSuite s = CU_add_suite("key_bundle", set_up, tear_down);
    CU_add_test(s, "PKCS#12 holds a chain and its key", pkcs12_holds_a_chain_and_its_key);
    CU_add_test(s, "PKCS#12 may hold several keys", pkcs12_may_hold_several_keys);
    CU_add_test(s, "old ciphers do not come back for all", old_ciphers_do_not_come_back_for_all);
    CU_add_test(s, "one key is read from a bundle too", one_key_is_read_from_a_bundle_too);
    CU_add_test(s, "passphrases of PKCS#12 are told apart", passphrases_of_pkcs12_are_told_apart);
    CU_add_test(s, "damaged PKCS#12 is refused", damaged_pkcs12_is_refused);
    CU_add_test(s, "text may hold anything in any order", text_may_hold_anything_in_any_order);
    CU_add_test(s, "files of one thing are bundles too", files_of_one_thing_are_bundles_too);
    CU_add_test(s, "mistakes are told with file and line", mistakes_are_told_with_file_and_line);
    CU_add_test(s, "more than 128 are too many", more_than_128_are_too_many);
}
