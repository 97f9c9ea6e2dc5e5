/* Key objects: text and blob forms, fingerprints, strictness of blobs and signatures, signers. */
#include "../../libcore/alg/ctx.h"
#include "../../libcore/base/alloc.h"
#include "../../libcore/base/slice.h"
#include "../../libcore/key/key.h"
#include "../../libcore/wire/writer.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
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

static cleat_key *read_public_file(const char *file)
{
    char path[128];
    cleat_key *key = NULL;
    snprintf(path, sizeof path, "keys/%s", file);
    cleat_slice text = data_read(path);
    CU_ASSERT_EQUAL_FATAL(cleat_key_read_public(&key, ctx, text, file, NULL), CLEAT_OK);
    free((void *)(uintptr_t)text.data);
    return key;
}

static cleat_key *generate(const char *family, unsigned bits)
{
    cleat_key *key = NULL;
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&key, ctx, family, bits, NULL, NULL), CLEAT_OK);
    return key;
}

/* ---- names and text -------------------------------------------------------------------------- */

static void facts_equal_those_of_ssh_keygen(void)
{
    static const struct {
        const char *file, *type, *label, *sha256, *md5;
        unsigned bits;
    } keys[] = {
        {"ed25519.pub", "ssh-ed25519", "ED25519",
         "SHA256:O+hji3kj2LGswGi9SXpRqO1bjMLFmgxB+iHhL1OwQ/s",
         "MD5:c2:b7:2f:bd:a2:2d:27:bd:05:a5:3d:5a:73:39:a6:33", 256},
        {"ecdsa521.pub", "ecdsa-sha2-nistp521", "ECDSA",
         "SHA256:/LUdNnDbjmp0hdtJtRK12O6/oz22TDp56uysJshhg+k",
         "MD5:23:53:e0:40:04:ab:ad:68:92:53:d5:2a:44:d4:a9:03", 521},
        {"rsa2048.pub", "ssh-rsa", "RSA", "SHA256:BOBfPnbaU5tQAiAVagh36pHHPDsiX4DYd2jHZ/6TMzg",
         "MD5:f3:13:60:53:fc:75:10:47:21:cc:62:25:11:03:c5:b0", 2048},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char text[CLEAT_FINGERPRINT_MAX];
        cleat_key *key = read_public_file(keys[i].file);
        CU_ASSERT_STRING_EQUAL(cleat_key_type(key), keys[i].type);
        CU_ASSERT_STRING_EQUAL(cleat_key_label(key), keys[i].label);
        CU_ASSERT_STRING_EQUAL(cleat_key_comment(key), "throw-away test key");
        CU_ASSERT_STRING_EQUAL(cleat_key_origin(key), keys[i].file);
        CU_ASSERT_EQUAL(cleat_key_bits(key), keys[i].bits);
        CU_ASSERT_EQUAL(cleat_key_fingerprint(key, CLEAT_FINGERPRINT_SHA256, text), CLEAT_OK);
        CU_ASSERT_STRING_EQUAL(text, keys[i].sha256);
        CU_ASSERT_EQUAL(cleat_key_fingerprint(key, CLEAT_FINGERPRINT_MD5, text), CLEAT_OK);
        CU_ASSERT_STRING_EQUAL(text, keys[i].md5);
        cleat_key_unref(key);
    }
}

static void drawings_equal_those_of_ssh_keygen(void)
{
    static const struct {
        const char *file;
        cleat_fingerprint_hash hash;
        const char *drawing;
    } keys[] = {
        {"ed25519.pub", CLEAT_FINGERPRINT_SHA256,
         "+--[ED25519 256]--+\n"
         "|.+               |\n"
         "|=.+              |\n"
         "|+=...            |\n"
         "| +*o .           |\n"
         "|.o+E.   S        |\n"
         "|*.Bo+  . .       |\n"
         "|oO.B.=. o        |\n"
         "|..=oO+=  .       |\n"
         "| .o=++o+         |\n"
         "+----[SHA256]-----+"},
        {"rsa2048.pub", CLEAT_FINGERPRINT_MD5,
         "+---[RSA 2048]----+\n"
         "|         +***oo=+|\n"
         "|         .o+ooo..|\n"
         "|        +E.... . |\n"
         "|       . o  .    |\n"
         "|        S .      |\n"
         "|         o .     |\n"
         "|          o      |\n"
         "|           .     |\n"
         "|                 |\n"
         "+------[MD5]------+"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char art[CLEAT_RANDOMART_MAX];
        cleat_key *key = read_public_file(keys[i].file);
        CU_ASSERT_EQUAL(cleat_key_randomart(key, keys[i].hash, art), CLEAT_OK);
        CU_ASSERT_STRING_EQUAL(art, keys[i].drawing);
        cleat_key_unref(key);
    }
}

static void public_line_is_written_as_it_was_read(void)
{
    cleat_slice text = data_read("keys/rsa2048.pub");
    cleat_key *key = read_public_file("rsa2048.pub");
    cleat_bytes line;
    CU_ASSERT_EQUAL_FATAL(cleat_key_write_public(key, &line), CLEAT_OK);
    CU_ASSERT(cleat_slice_equal(text, cl_slice(line.data, line.len)));
    cleat_bytes_free(&line);
    cleat_key_unref(key);
    free((void *)(uintptr_t)text.data);
}

#define ED25519_LINE                                                                               \
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh5"

static void bad_public_lines_say_what_was_expected(void)
{
    static const struct {
        const char *text;
        cleat_status status;
        const char *error;
    } lines[] = {
        {"", CLEAT_E_KEY_FORMAT, "expected a line with a public key"},
        {"# only a comment\n\n", CLEAT_E_KEY_FORMAT, "expected a line with a public key"},
        {"\nssh-ed25519\n", CLEAT_E_KEY_FORMAT, "line 2: expected a key type and base64"},
        {"ssh-ed25519 ????\n", CLEAT_E_KEY_FORMAT, "line 1: expected base64 after the key type"},
        {"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh5",
         CLEAT_E_KEY_FORMAT,
         "line 1: the key is not of the type \"ssh-rsa\" that stands before it"},
        {"ssh-dss AAAAB3NzaC1kc3M=", CLEAT_E_KEY_FORMAT,
         "line 1: ssh-dss key: expected four positive numbers"},
        {"ssh-xmss AAAACHNzaC14bXNz", CLEAT_E_UNSUPPORTED,
         "line 1: key type \"ssh-xmss\" is not supported"},
        {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAHgECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
         CLEAT_E_KEY_FORMAT, "line 1: ssh-ed25519 key: the public key has 30 bytes, expected 32"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        cleat_key *key = NULL;
        cleat_error error = {0};
        CU_ASSERT_EQUAL(
            cleat_key_read_public(&key, ctx, cleat_slice_of(lines[i].text), NULL, &error),
            lines[i].status);
        CU_ASSERT_STRING_EQUAL(error.text, lines[i].error);
        CU_ASSERT_PTR_NULL(key);
    }
}

static void blanks_comments_and_line_ends_do_not_matter(void)
{
    static const char *const texts[] = {
        ED25519_LINE,
        ED25519_LINE "\r\n",
        "# comment\n\n  " ED25519_LINE "\n",
        "\t" ED25519_LINE " \t",
    };
    cleat_key *expected = read_public_file("ed25519.pub");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cleat_key *key = NULL;
        CU_ASSERT_EQUAL_FATAL(
            cleat_key_read_public(&key, ctx, cleat_slice_of(texts[i]), NULL, NULL), CLEAT_OK);
        CU_ASSERT(cleat_key_equal(key, expected));
        CU_ASSERT_STRING_EQUAL(cleat_key_comment(key), "");
        cleat_key_unref(key);
    }
    cleat_key_unref(expected);
}

/* ---- blobs ----------------------------------------------------------------------------------- */

static cleat_status from_buf(cl_buf *blob)
{
    cleat_key *key = NULL;
    cleat_error error = {0};
    cleat_status st = cleat_key_from_blob(&key, ctx, cl_buf_slice(blob), &error);
    CU_ASSERT((st == CLEAT_OK) == (key != NULL));
    CU_ASSERT((st == CLEAT_OK) == (error.text[0] == 0));
    cleat_key_unref(key);
    cl_buf_free(blob);
    return st;
}

static void blobs_are_read_exactly(void)
{
    static const char *const names[] = {"ed25519.pub", "ecdsa256.pub", "ecdsa521.pub",
                                        "rsa2048.pub", "ed448_pkcs8.pub"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cleat_key *key = read_public_file(names[i]);
        cleat_slice blob = cleat_key_blob(key);
        for (size_t len = 0; len < blob.len; len++) {
            cl_buf cut = CL_BUF(&cl_alloc_default);
            cl_buf_add_slice(&cut, cl_slice_cut(blob, 0, len));
            CU_ASSERT_NOT_EQUAL(from_buf(&cut), CLEAT_OK);
        }
        cl_buf longer = CL_BUF(&cl_alloc_default);
        cl_buf_add_slice(&longer, blob);
        cl_buf_add_byte(&longer, 0);
        CU_ASSERT_EQUAL(from_buf(&longer), CLEAT_E_KEY_FORMAT);
        cleat_key_unref(key);
    }
}

static cleat_status rsa_blob(cleat_slice e, cleat_slice n)
{
    cl_buf blob = CL_BUF(&cl_alloc_default);
    cl_put_cstring(&blob, "ssh-rsa");
    cl_put_string(&blob, e);
    cl_put_string(&blob, n);
    return from_buf(&blob);
}

static void senseless_rsa_numbers_are_refused(void)
{
    uint8_t modulus[CL_RSA_BITS_MOST / 8 + 2] = {0};
    const cleat_slice e = CL_SLICE_LIT("\1\0\1");
    size_t len = 257;
    modulus[1] = 0x80;
    modulus[len - 1] = 1;
    cleat_slice n = cl_slice(modulus, len);
    CU_ASSERT_EQUAL(rsa_blob(e, n), CLEAT_OK);
    CU_ASSERT_EQUAL(rsa_blob(cl_slice("\1\0\0", 3), n), CLEAT_E_KEY_FORMAT);
    CU_ASSERT_EQUAL(rsa_blob(CL_SLICE_LIT("\1"), n), CLEAT_E_KEY_FORMAT);
    CU_ASSERT_EQUAL(rsa_blob(CL_SLICE_EMPTY, n), CLEAT_E_KEY_FORMAT);
    CU_ASSERT_EQUAL(rsa_blob(CL_SLICE_LIT("\1\1\1\1\1\1\1\1\1"), n), CLEAT_E_KEY_FORMAT);
    CU_ASSERT_EQUAL(rsa_blob(CL_SLICE_LIT("\xFF"), n), CLEAT_E_KEY_FORMAT);
    CU_ASSERT_EQUAL(rsa_blob(e, cl_slice(modulus + 1, len - 1)), CLEAT_E_KEY_FORMAT);
    modulus[len - 1] = 2;
    CU_ASSERT_EQUAL(rsa_blob(e, n), CLEAT_E_KEY_FORMAT);
    modulus[len - 1] = 0;
    modulus[len - 2] = 0;
    modulus[127] = 1;
    CU_ASSERT_EQUAL(rsa_blob(e, cl_slice(modulus, 128)), CLEAT_E_KEY_WEAK);
    modulus[sizeof modulus - 1] = 1;
    CU_ASSERT_EQUAL(rsa_blob(e, cl_slice(modulus, sizeof modulus)), CLEAT_E_LIMIT);
}

static void ecdsa_points_must_be_plain_and_on_the_curve(void)
{
    cleat_key *key = read_public_file("ecdsa256.pub");
    cl_reader r = cl_reader_of(cleat_key_blob(key));
    cl_get_string(&r);
    cl_get_string(&r);
    uint8_t point[65];
    memcpy(point, cl_get_string(&r).data, sizeof point);
    static const struct {
        size_t len, flip;
        uint8_t by;
        const char *curve;
    } changes[] = {
        {65, 64, 1, "nistp256"},    /* not on the curve */
        {33, 0, 4 ^ 2, "nistp256"}, /* compressed */
        {65, 0, 4 ^ 6, "nistp256"}, /* hybrid */
        {1, 0, 4, "nistp256"},      /* infinity */
        {65, 0, 0, "nistp384"},     /* another curve's name */
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        cl_buf blob = CL_BUF(&cl_alloc_default);
        cl_put_cstring(&blob, "ecdsa-sha2-nistp256");
        cl_put_cstring(&blob, changes[i].curve);
        point[changes[i].flip] ^= changes[i].by;
        cl_put_string(&blob, cl_slice(point, changes[i].len));
        point[changes[i].flip] ^= changes[i].by;
        CU_ASSERT_EQUAL(from_buf(&blob), CLEAT_E_KEY_FORMAT);
    }
    cleat_key_unref(key);
}

/* ---- signatures ------------------------------------------------------------------------------ */

static void signature_blobs_are_read_exactly(void)
{
    static const struct {
        const char *family;
        unsigned bits;
        const char *algorithm;
    } kinds[] = {{"ed25519", 0, "ssh-ed25519"},
                 {"ecdsa", 384, "ecdsa-sha2-nistp384"},
                 {"rsa", 2048, "rsa-sha2-256"}};
    cleat_slice message = CL_SLICE_LIT("message");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        cleat_bytes s;
        cleat_key *key = generate(kinds[i].family, kinds[i].bits);
        const char *name = kinds[i].algorithm;
        CU_ASSERT_EQUAL_FATAL(cleat_key_sign(key, name, message, &s, NULL), CLEAT_OK);
        for (size_t at = 0; at < s.len; at++) {
            CU_ASSERT_EQUAL(cleat_key_verify(key, name, message, cl_slice(s.data, at), NULL),
                            CLEAT_E_SIGNATURE);
            s.data[at] ^= 0x10;
            CU_ASSERT_EQUAL(cleat_key_verify(key, name, message, cl_slice(s.data, s.len), NULL),
                            CLEAT_E_SIGNATURE);
            s.data[at] ^= 0x10;
        }
        CU_ASSERT_EQUAL(cleat_key_verify(key, name, message, cl_slice(s.data, s.len + 1), NULL),
                        CLEAT_E_SIGNATURE);
        CU_ASSERT_EQUAL(cleat_key_verify(key, name, message, cl_slice(s.data, s.len), NULL),
                        CLEAT_OK);
        cleat_bytes_free(&s);
        cleat_key_unref(key);
    }
}

static void signature_must_name_the_expected_algorithm(void)
{
    cleat_key *key = generate("rsa", 2048);
    cleat_slice message = CL_SLICE_LIT("message");
    cleat_bytes s;
    CU_ASSERT_EQUAL_FATAL(cleat_key_sign(key, "rsa-sha2-512", message, &s, NULL), CLEAT_OK);
    cleat_slice blob = {s.data, s.len};
    CU_ASSERT_EQUAL(cleat_key_verify(key, "rsa-sha2-256", message, blob, NULL), CLEAT_E_SIGNATURE);
    CU_ASSERT_EQUAL(cleat_key_verify(key, "ssh-rsa", message, blob, NULL), CLEAT_E_SIGNATURE);
    CU_ASSERT_EQUAL(cleat_key_verify(key, "ssh-ed25519", message, blob, NULL), CLEAT_E_SIGNATURE);
    CU_ASSERT_EQUAL(cleat_key_verify(key, "none", message, blob, NULL), CLEAT_E_BAD_CALL);
    cleat_bytes_free(&s);
    CU_ASSERT_EQUAL(cleat_key_sign(key, "ssh-ed25519", message, &s, NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_PTR_NULL(s.data);
    cleat_key_unref(key);
}

/* One signature in 256 begins with a zero byte, which some programs leave out. */
static void short_rsa_signatures_are_filled_up(void)
{
    cleat_key *key = generate("rsa", 2048);
    bool seen = false;
    for (unsigned i = 0; i < 5000 && !seen; i++) {
        cleat_bytes s;
        cleat_slice message = {(const uint8_t *)&i, sizeof i};
        CU_ASSERT_EQUAL_FATAL(cleat_key_sign(key, "rsa-sha2-256", message, &s, NULL), CLEAT_OK);
        cleat_slice content = cl_slice_cut(cl_slice(s.data, s.len), s.len - 256, s.len);
        seen = content.data[0] == 0;
        if (seen) {
            cl_buf blob = CL_BUF(&cl_alloc_default);
            cl_put_cstring(&blob, "rsa-sha2-256");
            cl_put_string(&blob, cl_slice_cut(content, 1, content.len));
            CU_ASSERT_EQUAL(
                cleat_key_verify(key, "rsa-sha2-256", message, cl_buf_slice(&blob), NULL),
                CLEAT_OK);
            cl_buf_free(&blob);
        }
        cleat_bytes_free(&s);
    }
    CU_ASSERT(seen);
    cleat_key_unref(key);
}

static void algorithm_is_picked_by_both_lists(void)
{
    cleat_key *rsa = read_public_file("rsa2048.pub");
    cleat_key *ed = read_public_file("ed25519.pub");
    CU_ASSERT_STRING_EQUAL(cleat_key_pick_algorithm(rsa, NULL, NULL), "rsa-sha2-512");
    CU_ASSERT_STRING_EQUAL(cleat_key_pick_algorithm(rsa, NULL, "ssh-rsa,rsa-sha2-256"),
                           "rsa-sha2-256");
    CU_ASSERT_PTR_NULL(cleat_key_pick_algorithm(rsa, NULL, "ssh-rsa"));
    CU_ASSERT_STRING_EQUAL(cleat_key_pick_algorithm(rsa, "ssh-rsa", "ssh-rsa"), "ssh-rsa");
    CU_ASSERT_STRING_EQUAL(cleat_key_pick_algorithm(rsa, "rsa-sha2-512,ssh-rsa", NULL), "ssh-rsa");
    CU_ASSERT_STRING_EQUAL(cleat_key_pick_algorithm(rsa, "rsa-sha2-512", NULL), "rsa-sha2-512");
    CU_ASSERT_PTR_NULL(cleat_key_pick_algorithm(rsa, "rsa-sha2-512", "rsa-sha2-256"));
    CU_ASSERT_STRING_EQUAL(cleat_key_pick_algorithm(ed, "ssh-ed25519", NULL), "ssh-ed25519");
    CU_ASSERT_PTR_NULL(cleat_key_pick_algorithm(ed, "", NULL));
    CU_ASSERT_STRING_EQUAL(cleat_algorithm_key_type("rsa-sha2-256"), "ssh-rsa");
    CU_ASSERT_PTR_NULL(cleat_algorithm_key_type("ssh-dss"));
    cleat_key_unref(rsa);
    cleat_key_unref(ed);
}

/* ---- signers --------------------------------------------------------------------------------- */

typedef struct waiting_signer {
    cleat_key *key;
    cleat_sign_done done;
    void *done_user;
    cleat_bytes signature;
    unsigned released;
} waiting_signer;

static cleat_status start_waiting(void *user, const cleat_sign_request *request,
                                  cleat_sign_done done, void *done_user, cleat_error *error)
{
    waiting_signer *w = user;
    CU_ASSERT(cleat_slice_equal(request->key_blob, cleat_key_blob(w->key)));
    CU_ASSERT_EQUAL(request->purpose, CLEAT_SIGN_USERAUTH);
    w->done = done;
    w->done_user = done_user;
    return cleat_key_sign(w->key, request->algorithm, request->message, &w->signature, error);
}

static void cancel_waiting(void *user, void *done_user)
{
    waiting_signer *w = user;
    if (w->done && w->done_user == done_user)
        w->done(done_user, CLEAT_E_CANCELLED, CL_SLICE_EMPTY, NULL);
    w->done = NULL;
}

static void release_waiting(void *user)
{
    waiting_signer *w = user;
    w->released++;
}

typedef struct answer {
    unsigned count;
    cleat_status status;
    bool right;
    const cleat_key *key;
} answer;

static void take_answer(void *user, cleat_status status, cleat_slice signature,
                        const cleat_error *error)
{
    answer *a = user;
    (void)error;
    a->count++;
    a->status = status;
    a->right = status == CLEAT_OK &&
               cleat_key_verify(a->key, "ssh-ed25519", CL_SLICE_LIT("message"), signature, NULL) ==
                   CLEAT_OK;
}

static void signer_may_answer_later(void)
{
    waiting_signer w = {.key = generate("ed25519", 0)};
    const cleat_signer signer = {sizeof signer, &w, start_waiting, cancel_waiting, release_waiting};
    const cleat_sign_request request = {.algorithm = "ssh-ed25519",
                                        .message = CL_SLICE_LIT("message"),
                                        .purpose = CLEAT_SIGN_USERAUTH};
    cleat_key *key = NULL;
    CU_ASSERT_EQUAL_FATAL(
        cleat_key_from_signer(&key, ctx, cleat_key_blob(w.key), "token", &signer, NULL), CLEAT_OK);
    CU_ASSERT_FALSE(cleat_key_has_private(key));
    CU_ASSERT(cleat_key_can_sign(key));
    CU_ASSERT_STRING_EQUAL(cleat_key_comment(key), "token");

    answer a = {.key = key};
    CU_ASSERT_EQUAL(cleat_key_sign_start(key, &request, take_answer, &a, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(a.count, 0);
    w.done(w.done_user, CLEAT_OK, cl_slice(w.signature.data, w.signature.len), NULL);
    CU_ASSERT_EQUAL(a.count, 1);
    CU_ASSERT(a.right);
    cleat_bytes_free(&w.signature);

    CU_ASSERT_EQUAL(cleat_key_sign_start(key, &request, take_answer, &a, NULL), CLEAT_OK);
    cleat_key_sign_cancel(key, &a);
    CU_ASSERT_EQUAL(a.count, 2);
    CU_ASSERT_EQUAL(a.status, CLEAT_E_CANCELLED);
    cleat_bytes_free(&w.signature);

    cleat_key_unref(key);
    CU_ASSERT_EQUAL(w.released, 1);
    cleat_key_unref(w.key);
}

static void private_key_answers_at_once(void)
{
    cleat_key *key = generate("ed25519", 0);
    cleat_key *public_key = NULL;
    const cleat_sign_request request = {.algorithm = "ssh-ed25519",
                                        .message = CL_SLICE_LIT("message")};
    answer a = {.key = key};
    CU_ASSERT_EQUAL(cleat_key_sign_start(key, &request, take_answer, &a, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(a.count, 1);
    CU_ASSERT(a.right);
    CU_ASSERT_EQUAL_FATAL(cleat_key_from_blob(&public_key, ctx, cleat_key_blob(key), NULL),
                          CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_key_sign_start(public_key, &request, take_answer, &a, NULL),
                    CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(a.count, 1);
    cleat_key_unref(public_key);
    cleat_key_unref(key);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void key_outlives_its_context(void)
{
    cleat_ctx *own = NULL;
    cleat_key *key = NULL;
    cleat_bytes line;
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(&own, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&key, own, "ed25519", 0, NULL, NULL), CLEAT_OK);
    cleat_ctx_unref(own);
    cleat_key *again = cleat_key_ref(key);
    cleat_key_unref(key);
    CU_ASSERT_EQUAL_FATAL(cleat_key_write_public(again, &line), CLEAT_OK);
    cleat_key_unref(again);
    CU_ASSERT_EQUAL(line.data[line.len], 0);
    cleat_bytes_free(&line);
    cleat_key_unref(NULL);
}

static void impossible_keys_are_not_generated(void)
{
    static const struct {
        const char *family;
        unsigned bits;
        cleat_status status;
    } wishes[] = {
        {"dsa", 0, CLEAT_E_UNSUPPORTED},    {"", 0, CLEAT_E_UNSUPPORTED},
        {"ecdsa", 255, CLEAT_E_BAD_CALL},   {"ed25519", 512, CLEAT_E_BAD_CALL},
        {"rsa", 512, CLEAT_E_BAD_CALL},     {"rsa", 20000, CLEAT_E_BAD_CALL},
        {"ssh-ed448", 1, CLEAT_E_BAD_CALL},
    };
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        cleat_key *key = NULL;
        CU_ASSERT_EQUAL(cleat_key_generate(&key, ctx, wishes[i].family, wishes[i].bits, NULL, NULL),
                        wishes[i].status);
        CU_ASSERT_PTR_NULL(key);
    }
}

/* Memory that keeps what was released, so that it can be searched afterwards. */
typedef struct hoard {
    uint8_t *blocks[4096];
    size_t sizes[4096];
    size_t count;
} hoard;

static void *hoard_resize(void *user, void *old, size_t size)
{
    hoard *h = user;
    if (h->count == 4096)
        return NULL;
    uint8_t *block = calloc(1, size);
    for (size_t i = 0; old && block && i < h->count; i++) {
        if (h->blocks[i] == old)
            memcpy(block, old, size < h->sizes[i] ? size : h->sizes[i]);
    }
    h->blocks[h->count] = block;
    h->sizes[h->count++] = size;
    return block;
}

static void hoard_release(void *user, void *block)
{
    (void)user;
    (void)block;
}

static bool hoard_has(const hoard *h, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < h->count; i++) {
        for (size_t at = 0; at + len <= h->sizes[i]; at++) {
            if (memcmp(h->blocks[i] + at, bytes, len) == 0)
                return true;
        }
    }
    return false;
}

static void private_bytes_are_wiped(void)
{
    static hoard h;
    const cleat_allocator mem = {sizeof mem, &h, hoard_resize, hoard_release};
    const cleat_ctx_options options = {.struct_size = sizeof options, .allocator = &mem};
    cleat_ctx *own = NULL;
    cleat_key *key = NULL;
    cleat_bytes file;
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(&own, &options), CLEAT_OK);
    cleat_slice text = data_read("keys/ed25519_aes256-ctr");
    CU_ASSERT_EQUAL_FATAL(cleat_key_read_private(&key, own, text, "pass", NULL, NULL), CLEAT_OK);
    cl_buf fields = CL_BUF_SECRET(&cl_alloc_default);
    CU_ASSERT_EQUAL_FATAL(cl_key_write_private_fields(key, &fields), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_key_write(key, CLEAT_KEY_OPENSSH, NULL, &file, NULL), CLEAT_OK);
    const uint8_t *seed = fields.data + fields.len - 64;
    char encoded[9];
    memcpy(encoded, file.data + 260, 8);
    CU_ASSERT(hoard_has(&h, (const uint8_t *)encoded, 8));
    cleat_bytes_free(&file);
    cleat_key_unref(key);
    CU_ASSERT_FALSE(hoard_has(&h, seed, 8));
    CU_ASSERT_FALSE(hoard_has(&h, (const uint8_t *)encoded, 8));
    cl_buf_free(&fields);
    cleat_ctx_unref(own);
    for (size_t i = 0; i < h.count; i++)
        free(h.blocks[i]);
    free((void *)(uintptr_t)text.data);
}

void suite_key(void)
{
    CU_pSuite s = CU_add_suite("key", set_up, tear_down);
    CU_add_test(s, "facts equal those of ssh-keygen", facts_equal_those_of_ssh_keygen);
    CU_add_test(s, "drawings equal those of ssh-keygen", drawings_equal_those_of_ssh_keygen);
    CU_add_test(s, "public line is written as it was read", public_line_is_written_as_it_was_read);
    CU_add_test(s, "bad public lines say what was expected",
                bad_public_lines_say_what_was_expected);
    CU_add_test(s, "blanks, comments and line ends do not matter",
                blanks_comments_and_line_ends_do_not_matter);
    CU_add_test(s, "blobs are read exactly", blobs_are_read_exactly);
    CU_add_test(s, "senseless RSA numbers are refused", senseless_rsa_numbers_are_refused);
    CU_add_test(s, "ECDSA points must be plain and on the curve",
                ecdsa_points_must_be_plain_and_on_the_curve);
    CU_add_test(s, "signature blobs are read exactly", signature_blobs_are_read_exactly);
    CU_add_test(s, "signature must name the expected algorithm",
                signature_must_name_the_expected_algorithm);
    CU_add_test(s, "short RSA signatures are filled up", short_rsa_signatures_are_filled_up);
    CU_add_test(s, "algorithm is picked by both lists", algorithm_is_picked_by_both_lists);
    CU_add_test(s, "signer may answer later", signer_may_answer_later);
    CU_add_test(s, "private key answers at once", private_key_answers_at_once);
    CU_add_test(s, "key outlives its context", key_outlives_its_context);
    CU_add_test(s, "impossible keys are not generated", impossible_keys_are_not_generated);
    CU_add_test(s, "private bytes are wiped", private_bytes_are_wiped);
}
