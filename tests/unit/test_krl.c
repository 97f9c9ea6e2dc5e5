/* Key revocation lists of ssh-keygen's, and damaged ones. */
#include "../../libcore/base/slice.h"
#include "../../libcore/store/krl.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cleat_ctx *ctx;
static cleat_cert *cert;

static void set_up(void)
{
    ctx = data_ctx();
    cleat_slice text = data_read("certs/user_ed25519.pub");
    CU_ASSERT_EQUAL_FATAL(cleat_cert_read(&cert, ctx, text, NULL), CLEAT_OK);
    free((void *)(uintptr_t)text.data);
}

static void tear_down(void)
{
    cleat_cert_unref(cert);
    cleat_ctx_unref(ctx);
}

static cleat_slice list_of(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "krls/%s", name);
    return data_read(path);
}

static void lists_of_ssh_keygen_are_understood(void)
{
    static const struct {
        const char *name;
        bool certificate, key;
    } lists[] = {
        {"serial", true, false},     {"range", true, false},
        {"bitmap", true, false},     {"key_id", true, false},
        {"key", true, true},         {"any_ca_id", true, false},
        {"sha1", true, true},        {"sha256", true, true},
        {"ca_key", true, false},     {"certificate", true, false},
        {"empty", false, false},     {"other_ca", false, false},
        {"other_key", false, false}, {"other_serials", false, false},
    };
    const cleat_key *key = cleat_cert_key(cert);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        cleat_slice file = list_of(lists[i].name);
        bool with = cleat_key_is_revoked(ctx, file, key, cert);
        bool alone = cleat_key_is_revoked(ctx, file, key, NULL);
        if (with != lists[i].certificate || alone != lists[i].key)
            printf("%s: %d %d\n", lists[i].name, with, alone);
        CU_ASSERT_EQUAL(with, lists[i].certificate);
        CU_ASSERT_EQUAL(alone, lists[i].key);
        free((void *)(uintptr_t)file.data);
    }
}

/* The list ends at a section, or it says nothing and everything counts as revoked. */
static void cut_lists_revoke_everything(void)
{
    enum { HEADER = 44 };
    cleat_slice file = list_of("other_serials");
    const cleat_key *key = cleat_cert_key(cert);
    CU_ASSERT_FALSE(cleat_key_is_revoked(ctx, file, key, cert));
    for (size_t len = 0; len < file.len; len++) {
        bool says_nothing = len == 0 || len == HEADER;
        CU_ASSERT_EQUAL(cleat_key_is_revoked(ctx, (cleat_slice){file.data, len}, key, cert),
                        !says_nothing);
    }
    free((void *)(uintptr_t)file.data);
}

static cleat_status check_with(uint8_t section, const char *data, size_t len)
{
    uint8_t list[128];
    bool revoked;
    cleat_slice empty = list_of("empty");
    memcpy(list, empty.data, empty.len);
    const uint8_t head[] = {section, 0, 0, 0, (uint8_t)len};
    memcpy(list + empty.len, head, sizeof head);
    memcpy(list + empty.len + sizeof head, data, len);
    cleat_slice file = {list, empty.len + sizeof head + len};
    cleat_status st = cl_krl_check(cert->env, file, cert->subject, cert, &revoked);
    CU_ASSERT_FALSE(revoked);
    free((void *)(uintptr_t)empty.data);
    return st;
}

static void parts_that_are_not_known_count_by_what_they_are(void)
{
    CU_ASSERT_EQUAL(check_with(255, "\0\0\0\1x\0\0\0\0\0", 10), CLEAT_OK);
    CU_ASSERT_EQUAL(check_with(255, "\0\0\0\1x\1\0\0\0\0", 10), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(check_with(4, "", 0), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(check_with(9, "", 0), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(check_with(1, "\0\0\0\0\0\0\0\0\x40\0\0\0\0", 13), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(check_with(1, "\0\0\0\0\0\0\0\0\x20\0\0\0\1x", 14), CLEAT_E_FORMAT);
    CU_ASSERT_EQUAL(check_with(2, "\0\0\0\5x", 5), CLEAT_E_FORMAT);
}

/* ---- files of public keys ---- */

static bool file_revokes(const char *name, const cleat_cert *shown)
{
    cleat_slice file = data_read(name);
    bool revoked = cleat_key_is_revoked(ctx, file, cleat_cert_key(cert), shown);
    free((void *)(uintptr_t)file.data);
    return revoked;
}

/* A certificate in the list stands for its key, as with OpenSSH: for itself, for the key alone, and
 * for what else certifies it. */
static void certificates_in_a_file_revoke_their_keys(void)
{
    CU_ASSERT_TRUE(file_revokes("keys/ed25519.pub", NULL));
    CU_ASSERT_TRUE(file_revokes("certs/user_ed25519.pub", cert));
    CU_ASSERT_TRUE(file_revokes("certs/user_ed25519.pub", NULL));
    CU_ASSERT_TRUE(file_revokes("certs/options.pub", cert));
    CU_ASSERT_TRUE(file_revokes("certs/ca.pub", cert));
    CU_ASSERT_FALSE(file_revokes("certs/ca.pub", NULL));
    CU_ASSERT_FALSE(file_revokes("certs/user_ecdsa256.pub", cert));
    CU_ASSERT_FALSE(file_revokes("certs/user_rsa2048.pub", cert));
    cleat_slice file = data_read("certs/user_ed25519.pub");
    CU_ASSERT_FALSE(cleat_key_list_trusts(ctx, file, cleat_cert_key(cert)));
    free((void *)(uintptr_t)file.data);
}

static void certificates_of_security_keys_do_so_too(void)
{
    cleat_key *key = NULL;
    cleat_slice text = data_read("keys/sk_ed25519.pub");
    cleat_slice file = data_read("certs/sk_ed25519.pub");
    CU_ASSERT_EQUAL_FATAL(cleat_key_read_public(&key, ctx, text, NULL, NULL), CLEAT_OK);
    CU_ASSERT_TRUE(cleat_key_is_revoked(ctx, file, key, NULL));
    CU_ASSERT_FALSE(cleat_key_is_revoked(ctx, file, cleat_cert_key(cert), NULL));
    cleat_key_unref(key);
    free((void *)(uintptr_t)text.data);
    free((void *)(uintptr_t)file.data);
}

/* The type, and a part of what follows it. */
static void cut_certificates_in_a_file_revoke_everything(void)
{
    enum { TYPE = 33, NONCE_AND_KEY = 4 + 32 + 4 + 32 + 4 + 32 };
    cleat_slice file = data_read("certs/user_ed25519.pub");
    char line[512];
    cleat_key *other = NULL;
    cleat_slice text = data_read("certs/ca.pub");
    CU_ASSERT_EQUAL_FATAL(cleat_key_read_public(&other, ctx, text, NULL, NULL), CLEAT_OK);
    for (size_t len = TYPE; len < TYPE + NONCE_AND_KEY / 3 * 4; len += 4) {
        snprintf(line, sizeof line, "%.*s\n", (int)len, (const char *)file.data);
        CU_ASSERT_TRUE(cleat_key_is_revoked(ctx, cleat_slice_of(line), other, NULL));
    }
    cleat_key_unref(other);
    free((void *)(uintptr_t)text.data);
    free((void *)(uintptr_t)file.data);
}

void suite_krl(void)
{
    CU_pSuite s = CU_add_suite_with_setup_and_teardown("krl", NULL, NULL, set_up, tear_down);
    CU_add_test(s, "lists of ssh-keygen are understood", lists_of_ssh_keygen_are_understood);
    CU_add_test(s, "cut lists revoke everything", cut_lists_revoke_everything);
    CU_add_test(s, "parts that are not known count by what they are",
                parts_that_are_not_known_count_by_what_they_are);
    CU_add_test(s, "certificates in a file revoke their keys",
                certificates_in_a_file_revoke_their_keys);
    CU_add_test(s, "certificates_of_security_keys_do_so_too",
                certificates_of_security_keys_do_so_too);
    CU_add_test(s, "cut certificates in a file revoke everything",
                cut_certificates_in_a_file_revoke_everything);
}
