/* Every row of every registry once, between our own two ends; then any two rows of different kinds
 * together. */
#include "support/pair.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

static void expect_well(const pair_setup *setup, const char *what)
{
    pair p;
    pair_run(&p, setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    if (!pair_went_well(&p))
        printf("%s: client: %s, server: %s\n", what, p.client.end_text, p.server.end_text);
    pair_free(&p);
}

static bool is_legacy_dh(const char *name)
{
    return strstr(name, "group1") && (strstr(name, "17") || strstr(name, "18"));
}

static void every_kex_method(void)
{
    const char *name;
    for (size_t i = 0; (name = cleat_alg_name(CLEAT_ALG_KEX, i)) != NULL; i++) {
        const pair_setup setup = {
            .payload = 5000, .lists = {[CLEAT_ALG_KEX] = name}, .seed = (uint32_t)i};
        expect_well(&setup, name);
    }
}

static void every_cipher(void)
{
    const char *name;
    for (size_t i = 0; (name = cleat_alg_name(CLEAT_ALG_CIPHER, i)) != NULL; i++) {
        const pair_setup setup = {
            .payload = 100000,
            .lists = {[CLEAT_ALG_CIPHER] = name, [CLEAT_ALG_KEX] = "curve25519-sha256"}};
        expect_well(&setup, name);
    }
}

static void every_mac_with_ctr_and_cbc(void)
{
    static const char *const ciphers[] = {"aes128-ctr", "aes256-cbc", "3des-cbc"};
    const char *name;
    for (size_t i = 0; (name = cleat_alg_name(CLEAT_ALG_MAC, i)) != NULL; i++) {
        for (size_t k = 0; k < sizeof ciphers / sizeof *ciphers; k++) {
            const pair_setup setup = {.payload = 40000,
                                      .split = 37,
                                      .lists = {[CLEAT_ALG_CIPHER] = ciphers[k],
                                                [CLEAT_ALG_MAC] = name,
                                                [CLEAT_ALG_KEX] = "curve25519-sha256"}};
            expect_well(&setup, name);
        }
    }
}

static void every_key_type_for_hosts_and_users(void)
{
    static const struct {
        const char *family;
        unsigned bits;
    } keys[] = {{"ed25519", 0}, {"ed448", 0},   {"ecdsa", 256},
                {"ecdsa", 384}, {"ecdsa", 521}, {"rsa", 2048}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const pair_setup setup = {.payload = 10,
                                  .host_key = keys[i].family,
                                  .host_key_bits = keys[i].bits,
                                  .user_key = keys[i].family,
                                  .user_key_bits = keys[i].bits,
                                  .lists = {[CLEAT_ALG_HOSTKEY] = "*", [CLEAT_ALG_PUBKEY] = "*"}};
        expect_well(&setup, keys[i].family);
    }
}

/* Pairs of rows meet: each kex row runs with a cipher and a MAC that move on by different strides.
 */
static void rows_of_different_kinds_meet(void)
{
    const char *kex;
    size_t ciphers = 0;
    size_t macs = 0;
    while (cleat_alg_name(CLEAT_ALG_CIPHER, ciphers))
        ciphers++;
    while (cleat_alg_name(CLEAT_ALG_MAC, macs))
        macs++;
    for (size_t i = 0; (kex = cleat_alg_name(CLEAT_ALG_KEX, i)) != NULL; i++) {
        for (size_t k = 0; k < macs && !is_legacy_dh(kex); k++) {
            const char *cipher = cleat_alg_name(CLEAT_ALG_CIPHER, (i + k) % ciphers);
            const char *mac = cleat_alg_name(CLEAT_ALG_MAC, k);
            const pair_setup setup = {
                .payload = 300,
                .lists = {
                    [CLEAT_ALG_KEX] = kex, [CLEAT_ALG_CIPHER] = cipher, [CLEAT_ALG_MAC] = mac}};
            expect_well(&setup, kex);
        }
    }
}

static void rekey_before_every_write_with_each_protection_shape(void)
{
    static const char *const ciphers[] = {"chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com",
                                          "aes128-ctr", "aes128-cbc"};
    static const char *const macs[] = {"umac-64-etm@openssh.com", "hmac-sha2-256"};
    for (size_t i = 0; i < 8; i++) {
        const pair_setup setup = {.payload = 20000,
                                  .rekey_always = true,
                                  .lists = {[CLEAT_ALG_CIPHER] = ciphers[i / 2],
                                            [CLEAT_ALG_MAC] = macs[i % 2],
                                            [CLEAT_ALG_KEX] = "curve25519-sha256"}};
        expect_well(&setup, ciphers[i / 2]);
    }
}

void suite_algorithms(void)
{
    CU_pSuite s = CU_add_suite("algorithms", NULL, NULL);
    CU_add_test(s, "every_kex_method", every_kex_method);
    CU_add_test(s, "every_cipher", every_cipher);
    CU_add_test(s, "every_mac_with_ctr_and_cbc", every_mac_with_ctr_and_cbc);
    CU_add_test(s, "every_key_type_for_hosts_and_users", every_key_type_for_hosts_and_users);
    CU_add_test(s, "rows_of_different_kinds_meet", rows_of_different_kinds_meet);
    CU_add_test(s, "rekey_before_every_write_with_each_protection_shape",
                rekey_before_every_write_with_each_protection_shape);
}
