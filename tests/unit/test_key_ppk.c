/* PuTTY's key files: byte for byte as puttygen writes them, and what must be refused. That they are
 * read at all is tested with the other formats (test_key_file.c). */
#include "../../libcore/base/slice.h"
#include "../../libcore/key/argon2.h"
#include "../../libcore/key/key.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cleat_ctx *ctx;

static int set_up(void)
{
    return cleat_ctx_new(&ctx, NULL) != CLEAT_OK;
}

static int tear_down(void)
{
    cleat_ctx_unref(ctx);
    return 0;
}

static const char *path_of(const char *file)
{
    static char path[128];
    snprintf(path, sizeof path, "keys/%s", file);
    return path;
}

/* Whatever has no salt of its own has only one encoding. */
static void files_equal_those_of_puttygen(void)
{
    static const struct {
        const char *file, *passphrase;
        cleat_key_format format;
    } rows[] = {
        {"ed25519.ppk", NULL, CLEAT_KEY_PPK3},     {"ed448.ppk", NULL, CLEAT_KEY_PPK3},
        {"ecdsa256.ppk", NULL, CLEAT_KEY_PPK3},    {"ecdsa384.ppk", NULL, CLEAT_KEY_PPK3},
        {"ecdsa521.ppk", NULL, CLEAT_KEY_PPK3},    {"rsa2048.ppk", NULL, CLEAT_KEY_PPK3},
        {"ed25519_v2.ppk", NULL, CLEAT_KEY_PPK2},  {"ed25519_v2_enc.ppk", "pass", CLEAT_KEY_PPK2},
        {"rsa2048_v2.ppk", NULL, CLEAT_KEY_PPK2},  {"rsa2048_v2_enc.ppk", "pass", CLEAT_KEY_PPK2},
        {"ecdsa256_v2.ppk", NULL, CLEAT_KEY_PPK2}, {"ecdsa256_v2_enc.ppk", "pass", CLEAT_KEY_PPK2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cleat_key *key = NULL;
        cleat_key_format format;
        cleat_bytes again;
        cleat_slice file = data_read(path_of(rows[i].file));
        const cleat_key_write_options o = {.struct_size = sizeof o,
                                           .passphrase = rows[i].passphrase};
        CU_ASSERT_EQUAL_FATAL(
            cleat_key_read(&key, ctx, file, rows[i].passphrase, NULL, &format, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(format, rows[i].format);
        CU_ASSERT_STRING_EQUAL(cleat_key_comment(key), "throw-away test key");
        CU_ASSERT_EQUAL_FATAL(cleat_key_write(key, format, &o, &again, NULL), CLEAT_OK);
        CU_ASSERT(cleat_slice_equal(file, cl_slice(again.data, again.len)));
        cleat_bytes_free(&again);
        cleat_key_unref(key);
        free((void *)(uintptr_t)file.data);
    }
}

/* The file with the first occurrence of one text replaced by another. */
static cleat_slice changed(const char *file, const char *from, const char *to, char out[2048])
{
    cleat_slice text = data_read(path_of(file));
    char copy[2048] = "";
    CU_ASSERT_FATAL(text.len < sizeof copy);
    memcpy(copy, text.data, text.len);
    free((void *)(uintptr_t)text.data);
    char *at = strstr(copy, from);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    snprintf(out, 2048, "%.*s%s%s", (int)(at - copy), copy, to, at + strlen(from));
    return cleat_slice_of(out);
}

static void changed_files_say_what_is_wrong(void)
{
    static const struct {
        const char *file, *from, *to, *passphrase;
        cleat_status status;
        const char *text;
    } rows[] = {
        {"ed25519.ppk", "File-3", "File-1", NULL, CLEAT_E_UNSUPPORTED,
         "PuTTY's key files are read in versions 2 and 3, not \"1\""},
        {"ed25519.ppk", "none", "rot13", NULL, CLEAT_E_UNSUPPORTED,
         "line 2: only \"none\" and \"aes256-cbc\" are known"},
        {"ed25519.ppk", "Comment", "Content", NULL, CLEAT_E_KEY_FORMAT,
         "line 3: expected \"Comment: ...\""},
        {"ed25519.ppk", "Lines: 2", "Lines: 9", NULL, CLEAT_E_KEY_FORMAT,
         "line 7: expected base64"},
        {"ed25519.ppk", "Lines: 2", "Lines: 99999", NULL, CLEAT_E_KEY_FORMAT,
         "line 4: expected a number that is not too large"},
        {"ed25519.ppk", "throw", "Throw", NULL, CLEAT_E_KEY_FORMAT,
         "the key file's MAC does not fit what it holds"},
        {"ed25519_v2.ppk", "throw", "Throw", NULL, CLEAT_E_KEY_FORMAT,
         "the key file's MAC does not fit what it holds"},
        {"ed25519_argon2id.ppk", "throw", "Throw", "pass", CLEAT_E_PASSPHRASE,
         "wrong passphrase (or the key file has been changed)"},
        {"ed25519.ppk", "3: ssh-ed25519", "3: ssh-ed448", NULL, CLEAT_E_KEY_FORMAT,
         "the key file's MAC does not fit what it holds"},
        {"ed25519_argon2id.ppk", "Argon2id", "scrypt", "pass", CLEAT_E_KEY_FORMAT,
         "line 7: expected Argon2d, Argon2i or Argon2id"},
        {"ed25519_argon2id.ppk", "Memory: 64", "Memory: 4000000", "pass", CLEAT_E_LIMIT,
         "the key asks for 4000000 KiB and 2 passes of Argon2 with 2 lanes"},
        {"ed25519_argon2id.ppk", "Passes: 2", "Passes: 4294967295", "pass", CLEAT_E_LIMIT,
         "the key asks for 64 KiB and 4294967295 passes of Argon2 with 2 lanes"},
        {"ed25519_argon2id.ppk", "Memory: 64", "Memory: 8", "pass", CLEAT_E_LIMIT,
         "the key asks for 8 KiB and 2 passes of Argon2 with 2 lanes"},
        {"ed25519.ppk", "Private-MAC: ", "Private-MAC: 00", NULL, CLEAT_E_KEY_FORMAT,
         "line 9: expected hexadecimal digits, not too many"},
        {"ed25519_v2.ppk", "Private-MAC: ", "Private-MAC: 00", NULL, CLEAT_E_KEY_FORMAT,
         "line 9: expected a MAC of another length"},
        {"ed25519.ppk", "\nPrivate-MAC: ", "\nPrivate-MAC: 00\n", NULL, CLEAT_E_KEY_FORMAT,
         "line 9: expected a MAC of another length"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char room[2048];
        cleat_key *key = NULL;
        cleat_error error = {0};
        if (rows[i].status == CLEAT_E_PASSPHRASE && !data_can_unlock(rows[i].file))
            continue;
        cleat_slice file = changed(rows[i].file, rows[i].from, rows[i].to, room);
        CU_ASSERT_EQUAL(cleat_key_read_private(&key, ctx, file, rows[i].passphrase, NULL, &error),
                        rows[i].status);
        CU_ASSERT_STRING_EQUAL(error.text, rows[i].text);
        CU_ASSERT_PTR_NULL(key);
    }
}

/* Its MAC is right, for it is written by the library, but its comment would be two lines. */
static void a_comment_stays_one_line(void)
{
    cleat_key *key = NULL;
    cleat_key *again = NULL;
    cleat_bytes file;
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&key, ctx, "ed25519", 0,
                                             "a\nb\x7f"
                                             "c",
                                             NULL),
                          CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_key_write(key, CLEAT_KEY_PPK3, NULL, &file, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(
        cleat_key_read_private(&again, ctx, cl_slice(file.data, file.len), NULL, NULL, NULL),
        CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(cleat_key_comment(again), "a b c");
    cleat_bytes_free(&file);
    cleat_key_unref(again);
    cleat_key_unref(key);
}

static void line_ends_of_windows_are_read(void)
{
    char room[2048] = "";
    size_t len = 0;
    cleat_key *key = NULL;
    cleat_slice text = data_read("keys/ed25519_v2.ppk");
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\n')
            room[len++] = '\r';
        room[len++] = (char)text.data[i];
    }
    free((void *)(uintptr_t)text.data);
    CU_ASSERT_EQUAL(cleat_key_read_private(&key, ctx, cl_slice(room, len), NULL, NULL, NULL),
                    CLEAT_OK);
    cleat_key_unref(key);
}

/* RFC 9106 §5 has a secret and associated data, which key files have not; these are what
 * libargon2's own command prints for "password" and "somesalt" with 2 passes over 64 MiB (its test
 * vectors). */
static void argon2_equals_its_vectors(void)
{
    static const uint8_t id[] = {0x09, 0x31, 0x61, 0x15, 0xd5, 0xcf, 0x24, 0xed,
                                 0x5a, 0x15, 0xa3, 0x1a, 0x3b, 0xa3, 0x26, 0xe5};
    cleat_key *key = NULL;
    uint8_t out[32];
    const cl_argon2_cost cost = {CL_ARGON2ID, 1 << 16, 2, 1};
    if (!data_can_unlock("argon2"))
        return;
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&key, ctx, "ed25519", 0, NULL, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_argon2(key->env, &cost, CL_SLICE_LIT("password"), CL_SLICE_LIT("somesalt"),
                              out, sizeof out),
                    CLEAT_OK);
    CU_ASSERT_EQUAL(memcmp(out, id, sizeof id), 0);
    cleat_key_unref(key);
}

void suite_key_ppk(void)
{
    CU_pSuite s = CU_add_suite("key_ppk", set_up, tear_down);
    CU_add_test(s, "files equal those of puttygen", files_equal_those_of_puttygen);
    CU_add_test(s, "changed files say what is wrong", changed_files_say_what_is_wrong);
    CU_add_test(s, "a comment stays one line", a_comment_stays_one_line);
    CU_add_test(s, "line ends of Windows are read", line_ends_of_windows_are_read);
    CU_add_test(s, "Argon2 equals its vectors", argon2_equals_its_vectors);
}
