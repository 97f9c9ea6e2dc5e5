/* Changing authorized_keys. */
#include "../../libcore/base/slice.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/edit.h>
#include <stdio.h>
#include <string.h>

#define BLOB "AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh"
#define KEY "ssh-ed25519 " BLOB "5"
#define OTHER "ssh-ed25519 " BLOB "6"

static cleat_ctx *ctx;
static cleat_key *key;

static int set_up(void)
{
    cleat_slice text = cleat_slice_of(KEY " me@here");
    return cleat_ctx_new(&ctx, NULL) == CLEAT_OK &&
                   cleat_key_read_public(&key, ctx, text, NULL, NULL) == CLEAT_OK
               ? 0
               : 1;
}

static int tear_down(void)
{
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
    return 0;
}

/* Takes `out`. */
static void expect(cleat_bytes *out, const char *wanted)
{
    CU_ASSERT_STRING_EQUAL((const char *)out->data, wanted);
    CU_ASSERT_EQUAL(out->len, strlen(wanted));
    cleat_bytes_free(out);
}

static void key_is_added_once(void)
{
    static const struct {
        const char *file, *options, *wanted;
        unsigned count;
    } cases[] = {
        {"", NULL, KEY " me@here\n", 1},
        {"# x\n" OTHER, NULL, "# x\n" OTHER "\n" KEY " me@here\n", 1},
        {OTHER "\r\n", "restrict,command=\"a \\\"b, c\"",
         OTHER "\r\nrestrict,command=\"a \\\"b, c\" " KEY " me@here\r\n", 1},
        {KEY, NULL, KEY, 0},
        {"no-pty " KEY " x\n", "restrict", "no-pty " KEY " x\n", 0},
        {"cert-authority,no-pty " KEY, NULL, "cert-authority,no-pty " KEY "\n" KEY " me@here\n", 1},
        {"command=\"" KEY "\" " OTHER "\n", NULL,
         "command=\"" KEY "\" " OTHER "\n" KEY " me@here\n", 1},
        {"#" KEY "\n", NULL, "#" KEY "\n" KEY " me@here\n", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cleat_bytes out;
        unsigned count;
        CU_ASSERT_EQUAL_FATAL(cleat_authorized_keys_add(ctx, cleat_slice_of(cases[i].file),
                                                        cases[i].options, key, &count, &out),
                              CLEAT_OK);
        CU_ASSERT_EQUAL(count, cases[i].count);
        expect(&out, cases[i].wanted);
    }
}

static void options_that_are_none_are_refused(void)
{
    static const char *const options[] = {
        "",
        " no-pty",
        "no-pty ",
        "no-pty ssh-rsa",
        "command=\"a",
        "no-pty\nssh-rsa",
        "command=\"a\nb\"",
        "command=\"a\"b",
        "#no-pty",
        "command=ls",
        "ssh-ed25519",
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        cleat_bytes out;
        unsigned count;
        CU_ASSERT_EQUAL(
            cleat_authorized_keys_add(ctx, CL_SLICE_EMPTY, options[i], key, &count, &out),
            CLEAT_E_BAD_CALL);
        CU_ASSERT_PTR_NULL(out.data);
    }
}

static void lines_with_the_key_go(void)
{
    static const struct {
        const char *file, *wanted;
        unsigned count;
    } cases[] = {
        {KEY, "", 1},
        {"# a\n" KEY " x\r\n\n" OTHER "\n restrict " KEY " y\n@?!\n", "# a\n\n" OTHER "\n@?!\n", 2},
        {"cert-authority " KEY "\n" OTHER, OTHER, 1},
        {KEY "=\n" KEY "==\n" KEY "===\n" KEY "=A\n", KEY "===\n" KEY "=A\n", 2},
        {"ssh-rsa " BLOB "5\n" BLOB "5\n# " KEY "\ncommand=\"" KEY "\n",
         "ssh-rsa " BLOB "5\n" BLOB "5\n# " KEY "\ncommand=\"" KEY "\n", 0},
        {"x" KEY "\nssh-ed25519 " BLOB "\n", "x" KEY "\nssh-ed25519 " BLOB "\n", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cleat_bytes out;
        unsigned count;
        CU_ASSERT_EQUAL_FATAL(
            cleat_authorized_keys_remove(ctx, cleat_slice_of(cases[i].file), key, &count, &out),
            CLEAT_OK);
        CU_ASSERT_EQUAL(count, cases[i].count);
        expect(&out, cases[i].wanted);
    }
}

void suite_authorized_edit(void)
{
    CU_pSuite s = CU_add_suite("authorized_edit", set_up, tear_down);
    CU_add_test(s, "key is added once", key_is_added_once);
    CU_add_test(s, "options that are none are refused", options_that_are_none_are_refused);
    CU_add_test(s, "lines with the key go", lines_with_the_key_go);
}
