/* Signatures of messages while each allocation and each call into OpenSSL fails in turn: refused,
 * or right; nothing is let through and nothing leaks. */
#include "../support/data.h"
#include "crypto_faults.h"

#include <CUnit/CUnit.h>
#include <cleat/sshsig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    unsigned long count, fail_at;
    long live;
} memory;

static void *failing_resize(void *user, void *old, size_t size)
{
    (void)user;
    if (++memory.count == memory.fail_at)
        return NULL;
    void *block = realloc(old, size);
    memory.live += block && !old;
    return block;
}

static void failing_release(void *user, void *block)
{
    (void)user;
    memory.live -= block != NULL;
    free(block);
}

static cleat_ctx *ctx;
static cleat_slice private_file, message, signature, signers;

static void set_up(void)
{
    static const cleat_allocator allocator = {sizeof allocator, NULL, failing_resize,
                                              failing_release};
    const cleat_ctx_options options = {.struct_size = sizeof options, .allocator = &allocator};
    memory.fail_at = 0;
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(&ctx, &options), CLEAT_OK);
    private_file = data_read("keys/ecdsa256");
    message = data_read("sshsig/message");
    signature = data_read("sshsig/cert_user_ed25519.sig");
    signers = data_read("certs/ca.pub");
}

static void tear_down(void)
{
    const cleat_slice files[] = {private_file, message, signature, signers};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        free((void *)(uintptr_t)files[i].data);
    cleat_ctx_unref(ctx);
    CU_ASSERT_EQUAL(memory.live, 0);
}

static cleat_status hash(cleat_sshsig_digest **d, cleat_slice what, cleat_slice *value)
{
    cleat_status st = cleat_sshsig_digest_new(d, ctx, NULL, NULL);
    if (st == CLEAT_OK)
        st = cleat_sshsig_digest_add(*d, what);
    return st == CLEAT_OK ? cleat_sshsig_digest_end(*d, value) : st;
}

static bool is_good(cleat_slice text, cleat_slice what, const char *principal)
{
    char file[512];
    cleat_sshsig *sig = NULL;
    cleat_sshsig_digest *d = NULL;
    cleat_slice value;
    cleat_bytes problems = {0};
    snprintf(file, sizeof file, "# \nme cert-authority,namespaces=\"file\" %s",
             (const char *)signers.data);
    cleat_status st = cleat_sshsig_read(&sig, ctx, text, NULL);
    if (st == CLEAT_OK)
        st = hash(&d, what, &value);
    if (st == CLEAT_OK)
        st = cleat_sshsig_verify(sig, "file", value, 0, NULL);
    if (st == CLEAT_OK && principal) {
        const cleat_sshsig_facts *f = cleat_sshsig_get_facts(sig);
        const cleat_signer_facts signer = {.struct_size = sizeof signer,
                                           .key = f->key,
                                           .cert = f->cert,
                                           .name_space = f->name_space,
                                           .when = 1795521600};
        st = cleat_allowed_signers_check(ctx, cleat_slice_of(file), "f", principal, &signer, NULL,
                                         &problems);
    }
    cleat_bytes_free(&problems);
    cleat_sshsig_digest_free(d);
    cleat_sshsig_free(sig);
    return st == CLEAT_OK;
}

static bool verifies(void)
{
    return is_good(signature, message, "me");
}

static bool verifies_another_message(void)
{
    return is_good(signature, signers, "me");
}

static bool verifies_another_principal(void)
{
    return is_good(signature, message, "you");
}

static cleat_bytes produced;

static bool signs(void)
{
    cleat_key *key = NULL;
    cleat_sshsig_digest *d = NULL;
    cleat_sshsig_subject subject = {.name_space = "file"};
    cleat_bytes blob = {0};
    cleat_status st = cleat_key_read_private(&key, ctx, private_file, NULL, NULL, NULL);
    if (st == CLEAT_OK)
        st = hash(&d, message, &subject.digest);
    if (st == CLEAT_OK)
        st = cleat_sshsig_sign(&blob, key, NULL, NULL, &subject, NULL);
    if (st == CLEAT_OK)
        st = cleat_sshsig_armour(&produced, ctx, (cleat_slice){blob.data, blob.len});
    cleat_bytes_free(&blob);
    cleat_sshsig_digest_free(d);
    cleat_key_unref(key);
    return st == CLEAT_OK;
}

static const struct {
    bool (*work)(void);
    bool good;
} rows[] = {{signs, true},
            {verifies, true},
            {verifies_another_message, false},
            {verifies_another_principal, false}};

/* What came of it, without faults any more: what was signed is signed well. */
static void judge(size_t row, bool good, long live)
{
    CU_ASSERT(rows[row].good || !good);
    if (rows[row].work == signs)
        CU_ASSERT_EQUAL(good, produced.data != NULL);
    if (produced.data)
        CU_ASSERT(is_good((cleat_slice){produced.data, produced.len}, message, NULL));
    cleat_bytes_free(&produced);
    CU_ASSERT_EQUAL(memory.live, live);
}

static bool work_without_memory(size_t row, unsigned long n)
{
    long live = memory.live;
    memory.count = 0;
    memory.fail_at = n;
    bool good = rows[row].work();
    bool reached = memory.count >= n;
    memory.fail_at = 0;
    judge(row, good, live);
    return reached;
}

static bool work_without_crypto(size_t row, unsigned long n)
{
    long live = memory.live;
    crypto_faults_arm(n);
    bool good = rows[row].work();
    bool reached = crypto_faults_count() >= n;
    crypto_faults_arm(0);
    judge(row, good, live);
    return reached;
}

static void sweep(bool (*work)(size_t row, unsigned long n))
{
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        unsigned long n = 1;
        while (work(row, n))
            n++;
        CU_ASSERT(n > 5);
        bool good = rows[row].work();
        CU_ASSERT_EQUAL(good, rows[row].good);
        cleat_bytes_free(&produced);
    }
}

static void memory_gives_out(void)
{
    sweep(work_without_memory);
}

static void the_crypto_library_gives_out(void)
{
    sweep(work_without_crypto);
}

void suite_signatures(void)
{
    CU_pSuite s = CU_add_suite_with_setup_and_teardown("signatures", NULL, NULL, set_up, tear_down);
    CU_add_test(s, "memory gives out", memory_gives_out);
    CU_add_test(s, "the crypto library gives out", the_crypto_library_gives_out);
}
