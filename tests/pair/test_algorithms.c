/* Every row of every registry once, between our own two ends; then any two rows of different kinds
 * together. */
#include "support/cover.h"
#include "support/pair.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

static bool expect_well(const pair_setup *setup, const char *what)
{
    pair p;
    pair_run(&p, setup);
    bool well = pair_went_well(&p);
    CU_ASSERT_TRUE(well);
    if (!well)
        printf("%s: client: %s, server: %s\n", what, p.client.end_text, p.server.end_text);
    pair_free(&p);
    return well;
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

/* ---- keys ---- */

/* One key for each type, made once: RSA keys take their time. */
static struct {
    const char *family;
    unsigned bits;
    cleat_key *key;
} keys[] = {{"ed25519", 0, NULL}, {"ed448", 0, NULL},   {"ecdsa", 256, NULL},
            {"ecdsa", 384, NULL}, {"ecdsa", 521, NULL}, {"rsa", 2048, NULL}};

enum { KEYS = sizeof keys / sizeof *keys };

static int make_keys(void)
{
    cleat_ctx *ctx;
    int failed = cleat_ctx_new(&ctx, NULL) != CLEAT_OK;
    for (size_t i = 0; i < KEYS; i++)
        failed += cleat_key_generate(&keys[i].key, ctx, keys[i].family, keys[i].bits, NULL, NULL) !=
                  CLEAT_OK;
    cleat_ctx_unref(ctx);
    return failed;
}

static int free_keys(void)
{
    for (size_t i = 0; i < KEYS; i++)
        cleat_key_unref(keys[i].key);
    return 0;
}

static cleat_key *key_for(const char *algorithm)
{
    for (size_t i = 0; i < KEYS; i++) {
        if (strcmp(cleat_algorithm_key_type(algorithm), cleat_key_type(keys[i].key)) == 0)
            return keys[i].key;
    }
    return NULL;
}

/* The i-th signature that one of the keys can make: security keys need their device. */
static const char *signature_name(size_t i)
{
    const char *name;
    for (size_t k = 0; (name = cleat_alg_name(CLEAT_ALG_CA, k)) != NULL; k++) {
        if (key_for(name) && i-- == 0)
            return name;
    }
    return NULL;
}

static void every_signature_for_hosts_and_users(void)
{
    const char *name;
    for (size_t i = 0; (name = signature_name(i)) != NULL; i++) {
        const pair_setup setup = {.payload = 10,
                                  .ready_host_key = key_for(name),
                                  .ready_user_key = key_for(name),
                                  .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256",
                                            [CLEAT_ALG_HOSTKEY] = name,
                                            [CLEAT_ALG_PUBKEY] = name}};
        expect_well(&setup, name);
    }
}

/* ---- any two rows of different kinds ---- */

static const char *const methods[] = {"publickey", "partial", "all"};

/* The kinds that a connection negotiates, and the method. */
enum { METHOD_COLUMN = CLEAT_ALG_CA };

/* Keys come without certificates here. */
static const char *name_of(size_t kind, size_t i)
{
    bool signature = kind == CLEAT_ALG_PUBKEY || kind == CLEAT_ALG_HOSTKEY;
    return signature ? signature_name(i) : cleat_alg_name((cleat_alg_kind)kind, i);
}

static cover columns_of_rows(void)
{
    cover c = {.columns = METHOD_COLUMN + 1};
    for (size_t kind = 0; kind < METHOD_COLUMN; kind++) {
        while (name_of(kind, c.values[kind]))
            c.values[kind]++;
    }
    c.values[METHOD_COLUMN] = sizeof methods / sizeof *methods;
    return c;
}

static pair_setup setup_of(const size_t *row)
{
    pair_setup setup = {.payload = 300, .method = methods[row[METHOD_COLUMN]]};
    for (size_t kind = 0; kind < METHOD_COLUMN; kind++)
        setup.lists[kind] = name_of(kind, row[kind]);
    setup.ready_host_key = key_for(setup.lists[CLEAT_ALG_HOSTKEY]);
    setup.ready_user_key = key_for(setup.lists[CLEAT_ALG_PUBKEY]);
    return setup;
}

static bool is_slow(const char *kex)
{
    return strstr(kex, "group17") || strstr(kex, "group18") || strstr(kex, "rsa2048");
}

static bool is_left_out(const pair_setup *setup)
{
    bool slow = is_slow(setup->lists[CLEAT_ALG_KEX]);
    return pair_tests_are_short() || (slow && !pair_tests_are_full());
}

static void any_two_rows_of_different_kinds_meet(void)
{
    static cover c;
    size_t row[COVER_COLUMNS_MAX];
    size_t number = 0;
    c = columns_of_rows();
    for (; cover_next(&c, row); number++) {
        const pair_setup setup = setup_of(row);
        if (!is_left_out(&setup) && !expect_well(&setup, setup.lists[CLEAT_ALG_KEX]))
            printf("row %zu: %s %s %s %s %s %s\n", number, setup.lists[CLEAT_ALG_CIPHER],
                   setup.lists[CLEAT_ALG_MAC], setup.lists[CLEAT_ALG_COMPRESSION],
                   setup.lists[CLEAT_ALG_HOSTKEY], setup.lists[CLEAT_ALG_PUBKEY], setup.method);
    }
    /* As many rows as two columns ask for, and few more. */
    CU_ASSERT_TRUE(number >= c.values[CLEAT_ALG_KEX] * c.values[CLEAT_ALG_CIPHER]);
    CU_ASSERT_TRUE(number < 300);
}

void suite_algorithms(void)
{
    CU_pSuite s = CU_add_suite("algorithms", make_keys, free_keys);
    CU_add_test(s, "every_kex_method", every_kex_method);
    CU_add_test(s, "every_cipher", every_cipher);
    CU_add_test(s, "every_mac_with_ctr_and_cbc", every_mac_with_ctr_and_cbc);
    CU_add_test(s, "every_signature_for_hosts_and_users", every_signature_for_hosts_and_users);
    CU_add_test(s, "any_two_rows_of_different_kinds_meet", any_two_rows_of_different_kinds_meet);
}
