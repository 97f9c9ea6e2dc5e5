/* Key revocation lists that are made, changed and written. */
#include "../../libcore/base/slice.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/krl.h>
#include <cleat/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cleat_ctx *ctx;
static cleat_cert *cert;
static cleat_krl *krl;

static void set_up(void)
{
    ctx = data_ctx();
    cleat_slice text = data_read("certs/user_ed25519.pub");
    CU_ASSERT_EQUAL_FATAL(cleat_cert_read(&cert, ctx, text, NULL), CLEAT_OK);
    free((void *)(uintptr_t)text.data);
    CU_ASSERT_EQUAL_FATAL(cleat_krl_new(&krl, ctx), CLEAT_OK);
}

static void tear_down(void)
{
    cleat_krl_free(krl);
    cleat_cert_unref(cert);
    cleat_ctx_unref(ctx);
}

static cleat_slice view(const cleat_bytes *bytes)
{
    return (cleat_slice){bytes->data, bytes->len};
}

static cleat_status add_serials(cleat_slice authority, uint64_t first, uint64_t last)
{
    return cleat_krl_add(
        krl, &(cleat_krl_entry){
                 .kind = CLEAT_KRL_SERIALS, .authority = authority, .first = first, .last = last});
}

static cleat_status add_data(cleat_krl_kind kind, const char *data, size_t len)
{
    return cleat_krl_add(
        krl,
        &(cleat_krl_entry){.kind = kind, .authority = CL_SLICE_EMPTY, .data = cl_slice(data, len)});
}

/* The list goes through a file. */
static size_t rewrite(void)
{
    cleat_bytes file;
    CU_ASSERT_EQUAL_FATAL(cleat_krl_write(krl, 1700000000, &file), CLEAT_OK);
    cleat_krl_free(krl);
    CU_ASSERT_EQUAL_FATAL(cleat_krl_read(&krl, ctx, view(&file), NULL), CLEAT_OK);
    size_t len = file.len;
    cleat_bytes_free(&file);
    return len;
}

static void ssh_keygens_lists_are_written_as_they_were(void)
{
    static const char *const names[] = {
        "serial", "range",  "bitmap",      "key_id", "key",      "any_ca_id", "sha1",
        "sha256", "ca_key", "certificate", "empty",  "other_ca", "other_key"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        cleat_bytes file;
        snprintf(path, sizeof path, "krls/%s", names[i]);
        cleat_slice old = data_read(path);
        cleat_krl_free(krl);
        CU_ASSERT_EQUAL_FATAL(cleat_krl_read(&krl, ctx, old, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(cleat_krl_write(krl, cleat_krl_get_facts(krl).generated, &file), CLEAT_OK);
        bool same = cleat_slice_equal(view(&file), old);
        if (!same)
            printf("%s differs\n", names[i]);
        CU_ASSERT(same);
        cleat_bytes_free(&file);
        free((void *)(uintptr_t)old.data);
    }
}

/* A single number: 13 bytes as a list, where ssh-keygen makes a bitmap of 18. */
static void better_forms_are_found(void)
{
    cleat_bytes file;
    cleat_slice old = data_read("krls/other_serials");
    cleat_krl_free(krl);
    CU_ASSERT_EQUAL_FATAL(cleat_krl_read(&krl, ctx, old, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_krl_write(krl, 0, &file), CLEAT_OK);
    CU_ASSERT_EQUAL(file.len, old.len - 5);
    cleat_bytes_free(&file);
    free((void *)(uintptr_t)old.data);
}

static void head_is_kept(void)
{
    cleat_krl_set_version(krl, UINT64_MAX);
    CU_ASSERT_EQUAL(cleat_krl_set_comment(krl, "a comment"), CLEAT_OK);
    rewrite();
    cleat_krl_facts facts = cleat_krl_get_facts(krl);
    CU_ASSERT_EQUAL(facts.version, UINT64_MAX);
    CU_ASSERT_EQUAL(facts.generated, 1700000000);
    CU_ASSERT_STRING_EQUAL(facts.comment, "a comment");
    CU_ASSERT_EQUAL(cleat_krl_count(krl), 0);
}

static void expect_serials(size_t i, uint64_t first, uint64_t last)
{
    cleat_krl_entry e = cleat_krl_at(krl, i);
    CU_ASSERT_EQUAL(e.kind, CLEAT_KRL_SERIALS);
    CU_ASSERT_EQUAL(e.first, first);
    CU_ASSERT_EQUAL(e.last, last);
}

static void serials_that_touch_become_one_run(void)
{
    const cleat_slice other = CL_SLICE_LIT("some authority");
    static const uint64_t runs[][2] = {{5, 7},   {1, 1},
                                       {8, 9},   {20, 30},
                                       {22, 25}, {UINT64_MAX, UINT64_MAX},
                                       {2, 2},   {1, UINT64_C(1) << 40}};
    for (size_t i = 0; i < 7; i++)
        CU_ASSERT_EQUAL(add_serials(CL_SLICE_EMPTY, runs[i][0], runs[i][1]), CLEAT_OK);
    CU_ASSERT_EQUAL(add_serials(other, 1, 4), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_krl_count(krl), 5);
    for (int again = 0; again < 2; again++) {
        expect_serials(0, 1, 2);
        expect_serials(1, 5, 9);
        expect_serials(2, 20, 30);
        expect_serials(3, UINT64_MAX, UINT64_MAX);
        expect_serials(4, 1, 4);
        CU_ASSERT(cleat_slice_equal(cleat_krl_at(krl, 4).authority, other));
        rewrite();
    }
    CU_ASSERT_EQUAL(add_serials(CL_SLICE_EMPTY, 1, UINT64_MAX), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_krl_count(krl), 2);
    rewrite();
    expect_serials(0, 1, UINT64_MAX);
}

static void entries_are_kept_once(void)
{
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(add_data(CLEAT_KRL_KEY_ID, "id", 2), CLEAT_OK);
        CU_ASSERT_EQUAL(add_data(CLEAT_KRL_KEY_ID, "", 0), CLEAT_OK);
        CU_ASSERT_EQUAL(add_data(CLEAT_KRL_SHA1, "12345678901234567890", 20), CLEAT_OK);
        CU_ASSERT_EQUAL(add_data(CLEAT_KRL_SHA256, "12345678901234567890123456789012", 32),
                        CLEAT_OK);
        CU_ASSERT_EQUAL(cleat_krl_add_key(krl, cleat_cert_key(cert)), CLEAT_OK);
        CU_ASSERT_EQUAL(cleat_krl_add_cert(krl, cert), CLEAT_OK);
    }
    CU_ASSERT_EQUAL(cleat_krl_count(krl), 6);
    rewrite();
    CU_ASSERT_EQUAL(cleat_krl_count(krl), 6);
    CU_ASSERT_EQUAL(cleat_krl_at(krl, 6).data.len, 0);
}

static void senseless_entries_are_refused(void)
{
    CU_ASSERT_EQUAL(add_serials(CL_SLICE_EMPTY, 0, 0), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(add_serials(CL_SLICE_EMPTY, 0, 5), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(add_serials(CL_SLICE_EMPTY, 5, 4), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(add_data(CLEAT_KRL_SHA1, "short", 5), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(add_data(CLEAT_KRL_SHA256, "12345678901234567890", 20), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(add_data(CLEAT_KRL_KEY, "", 0), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(add_data(CLEAT_KRL_KEY_ID, "a\0b", 3), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cleat_krl_count(krl), 0);
}

/* ---- the form of serial numbers ---- */

enum { NUMBERS = 3000, SECTION = 5 };

static uint32_t random_state = 12345;

static uint32_t draw(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

/* Runs of up to longest numbers with gaps of up to widest between them. */
static void add_random_runs(uint32_t longest, uint32_t widest, unsigned count)
{
    uint64_t at = 1;
    for (unsigned i = 0; i < count; i++) {
        at += 1 + draw(widest);
        uint64_t last = at + draw(longest);
        CU_ASSERT_EQUAL(add_serials(CL_SLICE_EMPTY, at, last), CLEAT_OK);
        at = last + 1;
    }
}

/* What all of it takes as one list, or as a range each. */
static size_t plain_size(bool ranges)
{
    size_t size = ranges ? 0 : SECTION;
    for (size_t i = 0; i < cleat_krl_count(krl); i++) {
        cleat_krl_entry e = cleat_krl_at(krl, i);
        size += ranges ? SECTION + 16 : 8 * (size_t)(e.last - e.first + 1);
    }
    return size;
}

static void runs_survive_in_few_bytes(void)
{
    static const uint32_t shapes[][2] = {{1, 3},   {1, 40},  {1, 200},    {1, 100000},  {3, 3},
                                         {20, 20}, {70, 10}, {500, 1000}, {5000, 5000}, {2, 20000}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        cleat_krl_entry before[NUMBERS];
        cleat_krl_free(krl);
        CU_ASSERT_EQUAL_FATAL(cleat_krl_new(&krl, ctx), CLEAT_OK);
        size_t head = rewrite();
        add_random_runs(shapes[i][0], shapes[i][1], NUMBERS);
        size_t count = cleat_krl_count(krl);
        for (size_t k = 0; k < count; k++)
            before[k] = cleat_krl_at(krl, k);
        size_t list = plain_size(false);
        size_t ranges = plain_size(true);
        size_t size = rewrite() - head;
        CU_ASSERT(size <= list + 2 * SECTION + 8);
        CU_ASSERT(size <= ranges + 2 * SECTION + 8);
        CU_ASSERT_EQUAL_FATAL(cleat_krl_count(krl), count);
        for (size_t k = 0; k < count; k++)
            expect_serials(k, before[k].first, before[k].last);
    }
}

static void dense_serials_take_a_bit_each(void)
{
    size_t head = rewrite();
    for (uint64_t serial = 1000; serial < 1000 + 2 * 8000; serial += 2)
        CU_ASSERT_EQUAL(add_serials(CL_SLICE_EMPTY, serial, serial), CLEAT_OK);
    CU_ASSERT(rewrite() - head < 2000 + 100);
}

/* ---- reading ---- */

static void extensions_are_kept(void)
{
    static const char extension[] = "\0\0\0\1x\0\0\0\0\2ab";
    CU_ASSERT_EQUAL(add_data(CLEAT_KRL_EXTENSION, extension, 12), CLEAT_OK);
    CU_ASSERT_EQUAL(add_data(CLEAT_KRL_CERT_EXTENSION, extension, 12), CLEAT_OK);
    for (int again = 0; again < 2; again++) {
        CU_ASSERT_EQUAL(cleat_krl_count(krl), 2);
        CU_ASSERT_EQUAL(cleat_krl_at(krl, 0).kind, CLEAT_KRL_CERT_EXTENSION);
        CU_ASSERT_EQUAL(cleat_krl_at(krl, 1).kind, CLEAT_KRL_EXTENSION);
        CU_ASSERT_EQUAL(cleat_krl_at(krl, 1).data.len, 12);
        rewrite();
    }
}

static void damaged_lists_name_the_offset(void)
{
    cleat_bytes file;
    cleat_krl *damaged;
    cleat_error error = {0};
    CU_ASSERT_EQUAL(cleat_krl_read(&damaged, ctx, CL_SLICE_LIT("ssh-rsa AAAA"), &error),
                    CLEAT_E_FORMAT);
    CU_ASSERT_PTR_NULL(damaged);
    CU_ASSERT_EQUAL(add_serials(CL_SLICE_EMPTY, 7, 9), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_krl_write(krl, 0, &file), CLEAT_OK);
    CU_ASSERT_EQUAL(
        cleat_krl_read(&damaged, ctx, cl_slice_cut(view(&file), 0, file.len - 1), &error),
        CLEAT_E_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "offset"));
    cleat_bytes_free(&file);
}

static void what_is_added_is_revoked(void)
{
    cleat_bytes file;
    const cleat_key *key = cleat_cert_key(cert);
    CU_ASSERT_EQUAL(cleat_krl_add_cert(krl, cert), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_krl_write(krl, 0, &file), CLEAT_OK);
    CU_ASSERT_TRUE(cleat_key_is_revoked(ctx, view(&file), key, cert));
    CU_ASSERT_FALSE(cleat_key_is_revoked(ctx, view(&file), key, NULL));
    cleat_bytes_free(&file);
    CU_ASSERT_EQUAL(cleat_krl_add_key(krl, key), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_krl_write(krl, 0, &file), CLEAT_OK);
    CU_ASSERT_TRUE(cleat_key_is_revoked(ctx, view(&file), key, NULL));
    cleat_bytes_free(&file);
}

void suite_krl_write(void)
{
    CU_pSuite s = CU_add_suite_with_setup_and_teardown("krl_write", NULL, NULL, set_up, tear_down);
    CU_add_test(s, "ssh-keygen's lists are written as they were",
                ssh_keygens_lists_are_written_as_they_were);
    CU_add_test(s, "better forms are found", better_forms_are_found);
    CU_add_test(s, "head is kept", head_is_kept);
    CU_add_test(s, "serials that touch become one run", serials_that_touch_become_one_run);
    CU_add_test(s, "entries are kept once", entries_are_kept_once);
    CU_add_test(s, "senseless entries are refused", senseless_entries_are_refused);
    CU_add_test(s, "runs survive in few bytes", runs_survive_in_few_bytes);
    CU_add_test(s, "dense serials take a bit each", dense_serials_take_a_bit_each);
    CU_add_test(s, "extensions are kept", extensions_are_kept);
    CU_add_test(s, "damaged lists name the offset", damaged_lists_name_the_offset);
    CU_add_test(s, "what is added is revoked", what_is_added_is_revoked);
}
