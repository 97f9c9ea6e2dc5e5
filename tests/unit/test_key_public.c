/* Public keys in the forms that other programs write, ours byte for byte like theirs, and what must
 * be refused. */
#include "../../libcore/base/slice.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/key.h>
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

static cleat_key *read_file(const char *file, cleat_key_format *format, cleat_slice *content)
{
    char path[128];
    cleat_key *key = NULL;
    cleat_error error = {0};
    snprintf(path, sizeof path, "keys/%s", file);
    *content = data_read(path);
    cleat_status st = cleat_key_read(&key, ctx, *content, NULL, NULL, format, &error);
    if (st != CLEAT_OK)
        printf("%s: %s\n", file, error.text);
    CU_ASSERT_EQUAL_FATAL(st, CLEAT_OK);
    return key;
}

static const struct {
    const char *file, *same_as;
    cleat_key_format format;
    const char *comment; /* NULL: the format has none, and only one encoding */
} rows[] = {
    {"rsa2048.rfc4716", "rsa2048.pub", CLEAT_KEY_RFC4716, "2048-bit RSA, converted by "},
    {"ecdsa384.rfc4716", "ecdsa384.pub", CLEAT_KEY_RFC4716, "384-bit ECDSA, converted by "},
    {"ed25519.rfc4716", "ed25519.pub", CLEAT_KEY_RFC4716, "throw-away test key"},
    {"rsa2048_spki.pem", "rsa2048.pub", CLEAT_KEY_SPKI, NULL},
    {"ecdsa384_spki.pem", "ecdsa384.pub", CLEAT_KEY_SPKI, NULL},
    {"ed25519_spki.pem", "ed25519_pkcs8.pub", CLEAT_KEY_SPKI, NULL},
    {"ed448_spki.pem", "ed448_pkcs8.pub", CLEAT_KEY_SPKI, NULL},
    {"rsa2048_spki.der", "rsa2048.pub", CLEAT_KEY_SPKI_DER, NULL},
    {"ecdsa384_spki.der", "ecdsa384.pub", CLEAT_KEY_SPKI_DER, NULL},
    {"rsa2048_pkcs1_public.pem", "rsa2048.pub", CLEAT_KEY_PKCS1_PUBLIC, NULL},
    {"rsa2048_pkcs1_public.der", "rsa2048.pub", CLEAT_KEY_PKCS1_PUBLIC_DER, NULL},
    {"dsa.rfc4716", "dsa.pub", CLEAT_KEY_RFC4716, "1024-bit DSA, converted by "},
    {"dsa_spki.pem", "dsa.pub", CLEAT_KEY_SPKI, NULL},
    {"dsa_spki.der", "dsa.pub", CLEAT_KEY_SPKI_DER, NULL},
};

static void files_of_other_programs_are_read(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cleat_slice file, line;
        cleat_key_format format;
        cleat_key *expected = read_file(rows[i].same_as, &format, &line);
        CU_ASSERT_EQUAL(format, CLEAT_KEY_LINE);
        cleat_key *key = read_file(rows[i].file, &format, &file);
        CU_ASSERT_EQUAL(format, rows[i].format);
        CU_ASSERT(cleat_key_equal(key, expected));
        CU_ASSERT_FALSE(cleat_key_has_private(key));
        const char *comment = rows[i].comment ? rows[i].comment : "";
        CU_ASSERT_NSTRING_EQUAL(cleat_key_comment(key), comment, strlen(comment));
        cleat_key_unref(key);
        cleat_key_unref(expected);
        free((void *)(uintptr_t)file.data);
        free((void *)(uintptr_t)line.data);
    }
}

static void written_files_equal_theirs(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cleat_slice file;
        cleat_key_format format;
        cleat_bytes again;
        cleat_key *key = read_file(rows[i].file, &format, &file);
        CU_ASSERT_EQUAL(cleat_key_write(key, format, NULL, &again, NULL), CLEAT_OK);
        /* puttygen's lines are shorter */
        if (strcmp(rows[i].file, "ed25519.rfc4716") != 0)
            CU_ASSERT(cleat_slice_equal(file, cl_slice(again.data, again.len)));
        cleat_bytes_free(&again);
        cleat_key_unref(key);
        free((void *)(uintptr_t)file.data);
    }
}

static const char body[] =
    "AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63S\nNwh5\n";

static void headers_are_as_rfc_4716_has_them(void)
{
    static const struct {
        const char *headers, *comment;
    } cases[] = {
        {"", ""},
        {"Comment: plain\n", "plain"},
        {"COMMENT:   \"in quotes\"\n", "in quotes"},
        {"Comment: \"a \"b\" c\"\n", "a \"b\" c"},
        {"Comment: \"\n", "\""},
        {"Subject: me\nComment: \"over \\\nthree \\\r\nlines\"\nx-own: y\\\nAAAA\n",
         "over three lines"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        cleat_key *key = NULL;
        cleat_error error = {0};
        snprintf(text, sizeof text,
                 "about it\n---- BEGIN SSH2 PUBLIC KEY ----\n%s%s---- END SSH2 PUBLIC KEY ----\n",
                 cases[i].headers, body);
        CU_ASSERT_EQUAL_FATAL(cleat_key_read_public(&key, ctx, cleat_slice_of(text), NULL, &error),
                              CLEAT_OK);
        CU_ASSERT_STRING_EQUAL(cleat_key_comment(key), cases[i].comment);
        cleat_key_unref(key);
    }
}

/* No line of what we write is longer than the 72 bytes of RFC 4716 §3. */
static void long_comments_are_continued(void)
{
    char comment[301] = "";
    cleat_key *key = NULL;
    cleat_key *again = NULL;
    cleat_bytes file;
    for (size_t i = 0; i < sizeof comment - 1; i++)
        comment[i] = (char)('a' + i % 26);
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&key, ctx, "ecdsa", 521, comment, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_key_write(key, CLEAT_KEY_RFC4716, NULL, &file, NULL), CLEAT_OK);
    cleat_slice rest = cl_slice(file.data, file.len);
    cleat_slice line;
    size_t continued = 0;
    while (cl_slice_split(&rest, '\n', &line)) {
        CU_ASSERT(line.len <= 72);
        continued += cl_slice_ends(line, "\\");
    }
    CU_ASSERT_EQUAL(continued, 4);
    CU_ASSERT_EQUAL_FATAL(
        cleat_key_read_public(&again, ctx, cl_slice(file.data, file.len), NULL, NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(cleat_key_comment(again), comment);
    cleat_key_unref(again);
    cleat_key_unref(key);
    cleat_bytes_free(&file);
}

static void bad_files_say_what_was_expected(void)
{
    static const struct {
        const char *text;
        cleat_status status;
        const char *error;
    } bad[] = {
        {"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n", CLEAT_E_KEY_FORMAT,
         "line 3: expected \"---- END SSH2 PUBLIC KEY ----\""},
        {"---- BEGIN SSH2 PUBLIC KEY ----\nComment: x\\\n", CLEAT_E_KEY_FORMAT,
         "line 3: expected \"---- END SSH2 PUBLIC KEY ----\""},
        {"---- BEGIN SSH2 PUBLIC KEY ----\nComment: x\nA*\n---- END SSH2 PUBLIC KEY ----\n",
         CLEAT_E_KEY_FORMAT, "line 3: expected a key in base64"},
        {"---- BEGIN SSH2 PUBLIC KEY ----\n---- END SSH2 PUBLIC KEY ----\n", CLEAT_E_KEY_FORMAT,
         "the key ends before its type name does"},
        {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", CLEAT_E_KEY_FORMAT,
         "expected a public key in ASN.1"},
        {"-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n", CLEAT_E_KEY_FORMAT,
         "expected a public key in ASN.1"},
        {"-----BEGIN PUBLIC KEY-----\nAAAA\n", CLEAT_E_KEY_FORMAT,
         "line 3: expected \"-----END PUBLIC KEY-----\""},
        {"-----BEGIN DSA PUBLIC KEY-----\nAAAA\n-----END DSA PUBLIC KEY-----\n",
         CLEAT_E_UNSUPPORTED, "line 1: \"DSA PUBLIC KEY\" is not supported"},
        {"0\x03\x02\x01\x01", CLEAT_E_KEY_FORMAT, "line 1: expected a key type and base64"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cleat_key *key = NULL;
        cleat_error error = {0};
        CU_ASSERT_EQUAL(cleat_key_read_public(&key, ctx, cleat_slice_of(bad[i].text), NULL, &error),
                        bad[i].status);
        CU_ASSERT_STRING_EQUAL(error.text, bad[i].error);
        CU_ASSERT_PTR_NULL(key);
    }
}

/* Every prefix, and every byte changed: refused with a reason, or a key. */
static void damaged_files_are_refused(void)
{
    static const char *const names[] = {"keys/ed25519.rfc4716", "keys/ecdsa384_spki.der",
                                        "keys/ed448_spki.pem"};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        cleat_slice file = data_read(names[n]);
        uint8_t *bytes = (uint8_t *)(uintptr_t)file.data;
        for (size_t i = 0; i < 2 * file.len; i++) {
            cleat_key *key = NULL;
            cleat_error error = {0};
            bytes[i / 2] ^= 1;
            cleat_slice part = i % 2 ? file : cl_slice(bytes, i / 2);
            cleat_status st = cleat_key_read_public(&key, ctx, part, NULL, &error);
            CU_ASSERT(st == CLEAT_OK ? key != NULL : !key && error.text[0]);
            cleat_key_unref(key);
            bytes[i / 2] ^= 1;
        }
        free(bytes);
    }
}

static void private_formats_need_a_private_part(void)
{
    cleat_slice file;
    cleat_key_format format;
    cleat_bytes out;
    cleat_key *key = read_file("ed25519.pub", &format, &file);
    CU_ASSERT_EQUAL(cleat_key_write(key, CLEAT_KEY_OPENSSH, NULL, &out, NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cleat_key_write(key, CLEAT_KEY_PKCS1_PUBLIC, NULL, &out, NULL),
                    CLEAT_E_UNSUPPORTED);
    cleat_key_unref(key);
    free((void *)(uintptr_t)file.data);
}

void suite_key_public(void)
{
    CU_pSuite s = CU_add_suite("key_public", set_up, tear_down);
    CU_add_test(s, "files of other programs are read", files_of_other_programs_are_read);
    CU_add_test(s, "written files equal theirs", written_files_equal_theirs);
    CU_add_test(s, "headers are as RFC 4716 has them", headers_are_as_rfc_4716_has_them);
    CU_add_test(s, "long comments are continued", long_comments_are_continued);
    CU_add_test(s, "bad files say what was expected", bad_files_say_what_was_expected);
    CU_add_test(s, "damaged files are refused", damaged_files_are_refused);
    CU_add_test(s, "private formats need a private part", private_formats_need_a_private_part);
}
