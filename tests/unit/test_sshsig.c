/* SSHSIG signatures: those of ssh-keygen, our own, and damaged ones. */
#include "../../libcore/base/slice.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/sshsig.h>
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

static void drop(cleat_slice file)
{
    free((void *)(uintptr_t)file.data);
}

static cleat_slice read_file(const char *folder, const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return data_read(path);
}

static cleat_key *read_private(const char *name)
{
    cleat_key *key = NULL;
    cleat_slice file = read_file("keys", name);
    CU_ASSERT_EQUAL_FATAL(cleat_key_read_private(&key, ctx, file, NULL, NULL, NULL), CLEAT_OK);
    drop(file);
    return key;
}

static cleat_cert *read_cert(const char *name)
{
    cleat_cert *cert = NULL;
    cleat_slice file = read_file("certs", name);
    CU_ASSERT_EQUAL_FATAL(cleat_cert_read(&cert, ctx, file, NULL), CLEAT_OK);
    drop(file);
    return cert;
}

/* The digest of the message, handed over in pieces of this length. */
static size_t digest_of(const char *hash, cleat_slice message, size_t piece, uint8_t out[64])
{
    cleat_sshsig_digest *d = NULL;
    cleat_slice value;
    CU_ASSERT_EQUAL_FATAL(cleat_sshsig_digest_new(&d, ctx, hash, NULL), CLEAT_OK);
    for (size_t at = 0; at < message.len; at += piece)
        CU_ASSERT_EQUAL(cleat_sshsig_digest_add(d, cl_slice_cut(message, at, at + piece)),
                        CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_sshsig_digest_end(d, &value), CLEAT_OK);
    memcpy(out, value.data, value.len);
    size_t len = value.len;
    CU_ASSERT_EQUAL(cleat_sshsig_digest_add(d, message), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cleat_sshsig_digest_end(d, &value), CLEAT_E_BAD_CALL);
    cleat_sshsig_digest_free(d);
    return len;
}

static cleat_status verify(const cleat_sshsig *sig, const char *name_space, cleat_slice message)
{
    uint8_t digest[64];
    size_t len = digest_of(cleat_sshsig_get_facts(sig)->hash, message, 7, digest);
    return cleat_sshsig_verify(sig, name_space, cl_slice(digest, len), 0, NULL);
}

/* ---- those of ssh-keygen ---- */

static void signatures_of_ssh_keygen_are_understood(void)
{
    static const struct {
        const char *file, *name_space, *hash, *algorithm;
        bool certified;
    } files[] = {
        {"ed25519.sig", "file", "sha512", "ssh-ed25519", false},
        {"ed25519_sha256.sig", "file", "sha256", "ssh-ed25519", false},
        {"ecdsa256.sig", "file", "sha512", "ecdsa-sha2-nistp256", false},
        {"ecdsa384.sig", "file", "sha512", "ecdsa-sha2-nistp384", false},
        {"ecdsa521.sig", "file", "sha512", "ecdsa-sha2-nistp521", false},
        {"rsa2048.sig", "file", "sha512", "rsa-sha2-512", false},
        {"rsa2048_git.sig", "git", "sha256", "rsa-sha2-512", false},
        {"cert_user_ed25519.sig", "file", "sha512", "ssh-ed25519", true},
        {"cert_user_ecdsa256.sig", "file", "sha512", "ecdsa-sha2-nistp256", true},
        {"cert_user_rsa2048.sig", "file", "sha512", "rsa-sha2-512", true},
    };
    cleat_slice message = read_file("sshsig", "message");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        cleat_sshsig *sig = NULL;
        cleat_slice file = read_file("sshsig", files[i].file);
        CU_ASSERT_EQUAL_FATAL(cleat_sshsig_read(&sig, ctx, file, NULL), CLEAT_OK);
        const cleat_sshsig_facts *f = cleat_sshsig_get_facts(sig);
        CU_ASSERT_STRING_EQUAL(f->name_space, files[i].name_space);
        CU_ASSERT_STRING_EQUAL(f->hash, files[i].hash);
        CU_ASSERT_STRING_EQUAL(f->algorithm, files[i].algorithm);
        CU_ASSERT_EQUAL(f->cert != NULL, files[i].certified);
        CU_ASSERT_EQUAL(verify(sig, files[i].name_space, message), CLEAT_OK);
        CU_ASSERT_EQUAL(verify(sig, "another", message), CLEAT_E_SIGNATURE);
        CU_ASSERT_EQUAL(verify(sig, files[i].name_space, CL_SLICE_EMPTY), CLEAT_E_SIGNATURE);
        cleat_sshsig_free(sig);
        drop(file);
    }
    drop(message);
}

static void sha1_is_refused(void)
{
    cleat_error error = {0};
    cleat_sshsig *sig = NULL;
    uint8_t digest[64];
    cleat_slice message = read_file("sshsig", "message");
    cleat_slice file = read_file("sshsig", "rsa2048_sha1.sig");
    size_t len = digest_of("sha512", message, 64, digest);
    CU_ASSERT_EQUAL_FATAL(cleat_sshsig_read(&sig, ctx, file, NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(cleat_sshsig_get_facts(sig)->algorithm, "ssh-rsa");
    CU_ASSERT_EQUAL(cleat_sshsig_verify(sig, "file", cl_slice(digest, len), 0, &error),
                    CLEAT_E_SIGNATURE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "too weak"));
    cleat_sshsig_free(sig);
    drop(file);
    drop(message);
}

static void short_rsa_keys_are_refused(void)
{
    cleat_sshsig *sig = NULL;
    uint8_t digest[64];
    cleat_slice message = read_file("sshsig", "message");
    cleat_slice file = read_file("sshsig", "rsa2048.sig");
    size_t len = digest_of("sha512", message, 64, digest);
    CU_ASSERT_EQUAL_FATAL(cleat_sshsig_read(&sig, ctx, file, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_sshsig_verify(sig, "file", cl_slice(digest, len), 3072, NULL),
                    CLEAT_E_KEY_WEAK);
    CU_ASSERT_EQUAL(cleat_sshsig_verify(sig, "file", cl_slice(digest, len), 2048, NULL), CLEAT_OK);
    cleat_sshsig_free(sig);
    drop(file);
    drop(message);
}

/* ---- our own ---- */

/* Signs, armours, reads and verifies; the armour is that of ssh-keygen where a file is named and
 * the key's signatures are always the same. */
static void sign_and_verify(const cleat_key *key, const cleat_cert *cert, const char *algorithm,
                            const char *hash, const char *same_as)
{
    uint8_t digest[64];
    cleat_bytes blob;
    cleat_bytes text;
    cleat_sshsig *sig = NULL;
    cleat_slice message = read_file("sshsig", "message");
    const cleat_sshsig_subject subject = {"file", hash,
                                          cl_slice(digest, digest_of(hash, message, 1, digest))};
    CU_ASSERT_EQUAL_FATAL(cleat_sshsig_sign(&blob, key, cert, algorithm, &subject, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_sshsig_armour(&text, ctx, cl_slice(blob.data, blob.len)), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_sshsig_read(&sig, ctx, cl_slice(text.data, text.len), NULL),
                          CLEAT_OK);
    CU_ASSERT_EQUAL(verify(sig, "file", message), CLEAT_OK);
    CU_ASSERT(cleat_key_equal(cleat_sshsig_get_facts(sig)->key, key));
    if (algorithm)
        CU_ASSERT_STRING_EQUAL(cleat_sshsig_get_facts(sig)->algorithm, algorithm);
    cleat_sshsig_free(sig);
    CU_ASSERT_EQUAL(cleat_sshsig_read(&sig, ctx, cl_slice(blob.data, blob.len), NULL), CLEAT_OK);
    cleat_sshsig_free(sig);
    if (same_as) {
        cleat_slice file = read_file("sshsig", same_as);
        CU_ASSERT(cleat_slice_equal(file, cl_slice(text.data, text.len)));
        drop(file);
    }
    cleat_bytes_free(&text);
    cleat_bytes_free(&blob);
    drop(message);
}

static void every_type_of_key_signs(void)
{
    static const struct {
        const char *file, *algorithm, *hash, *same_as, *cert;
    } rows[] = {
        {"ed25519", NULL, NULL, "ed25519.sig", NULL},
        {"ed25519", NULL, "sha256", "ed25519_sha256.sig", NULL},
        {"ed25519", NULL, NULL, "cert_user_ed25519.sig", "user_ed25519.pub"},
        {"ecdsa256", NULL, NULL, NULL, NULL},
        {"ecdsa384", NULL, NULL, NULL, NULL},
        {"ecdsa521", NULL, "sha256", NULL, NULL},
        {"ecdsa256", NULL, NULL, NULL, "user_ecdsa256.pub"},
        {"ed448_pkcs8.pem", NULL, NULL, NULL, NULL},
        {"rsa2048", NULL, NULL, "rsa2048.sig", NULL},
        {"rsa2048", "rsa-sha2-512", NULL, "rsa2048.sig", NULL},
        {"rsa2048", "rsa-sha2-256", NULL, NULL, NULL},
        {"rsa2048", NULL, NULL, "cert_user_rsa2048.sig", "user_rsa2048.pub"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_key *key = read_private(rows[i].file);
        cleat_cert *cert = rows[i].cert ? read_cert(rows[i].cert) : NULL;
        sign_and_verify(key, cert, rows[i].algorithm, rows[i].hash, rows[i].same_as);
        cleat_cert_unref(cert);
        cleat_key_unref(key);
    }
}

static void what_makes_no_sense_is_not_signed(void)
{
    const uint8_t digest[64] = {0};
    cleat_key *rsa = read_private("rsa2048");
    cleat_key *weak = read_private("rsa1024.pem");
    cleat_cert *cert = read_cert("user_ed25519.pub");
    const struct {
        const cleat_key *key;
        const cleat_cert *cert;
        const char *algorithm;
        cleat_sshsig_subject subject;
        cleat_status status;
    } rows[] = {
        {rsa, NULL, NULL, {"", NULL, {digest, 64}}, CLEAT_E_BAD_CALL},
        {rsa, NULL, NULL, {NULL, NULL, {digest, 64}}, CLEAT_E_BAD_CALL},
        {rsa, NULL, NULL, {"file", NULL, {digest, 32}}, CLEAT_E_BAD_CALL},
        {rsa, NULL, NULL, {"file", "sha256", {digest, 64}}, CLEAT_E_BAD_CALL},
        {rsa, NULL, NULL, {"file", "sha1", {digest, 20}}, CLEAT_E_BAD_CALL},
        {rsa, NULL, "ssh-rsa", {"file", NULL, {digest, 64}}, CLEAT_E_BAD_CALL},
        {rsa, NULL, "ssh-ed25519", {"file", NULL, {digest, 64}}, CLEAT_E_BAD_CALL},
        {rsa, cert, NULL, {"file", NULL, {digest, 64}}, CLEAT_E_BAD_CALL},
        {cleat_cert_key(cert), NULL, NULL, {"file", NULL, {digest, 64}}, CLEAT_E_BAD_CALL},
        {weak, NULL, NULL, {"file", NULL, {digest, 64}}, CLEAT_E_KEY_WEAK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_bytes out;
        cleat_error error = {0};
        CU_ASSERT_EQUAL(cleat_sshsig_sign(&out, rows[i].key, rows[i].cert, rows[i].algorithm,
                                          &rows[i].subject, &error),
                        rows[i].status);
        CU_ASSERT_PTR_NULL(out.data);
        CU_ASSERT(error.text[0] != 0);
        cleat_bytes_free(&out);
    }
    cleat_cert_unref(cert);
    cleat_key_unref(weak);
    cleat_key_unref(rsa);
}

static void hashes_are_the_two_that_count(void)
{
    cleat_sshsig_digest *d = NULL;
    CU_ASSERT_EQUAL(cleat_sshsig_digest_new(&d, ctx, "sha1", NULL), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(cleat_sshsig_digest_new(&d, ctx, "SHA512", NULL), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(cleat_sshsig_digest_new(&d, ctx, "", NULL), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_PTR_NULL(d);
    cleat_sshsig_digest_free(d);
}

/* ---- signers elsewhere ---- */

static void signers_get_the_message_unhashed(void)
{
    const uint8_t digest[64] = {1};
    const cleat_sshsig_subject subject = {"file", NULL, {digest, 64}};
    static const uint8_t head[] = "SSHSIG\0\0\0\4file\0\0\0\0\0\0\0\6sha512\0\0\0\x40\1";
    cleat_bytes covered;
    cleat_bytes good;
    cleat_bytes old;
    cleat_bytes built;
    cleat_key *key = read_private("rsa2048");
    CU_ASSERT_EQUAL_FATAL(cleat_sshsig_covered(&covered, ctx, &subject, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(covered.len, sizeof head - 2 + 64);
    CU_ASSERT_EQUAL(memcmp(covered.data, head, sizeof head - 1), 0);
    cleat_slice message = cl_slice(covered.data, covered.len);
    CU_ASSERT_EQUAL(cleat_key_sign(key, "rsa-sha2-256", message, &good, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_key_sign(key, "ssh-rsa", message, &old, NULL), CLEAT_OK);

    cleat_slice signature = cl_slice(good.data, good.len);
    CU_ASSERT_EQUAL(cleat_sshsig_build(&built, key, NULL, &subject, signature, NULL), CLEAT_OK);
    cleat_bytes_free(&built);
    const cleat_sshsig_subject other = {"other", NULL, {digest, 64}};
    CU_ASSERT_EQUAL(cleat_sshsig_build(&built, key, NULL, &other, signature, NULL),
                    CLEAT_E_SIGNATURE);
    CU_ASSERT_EQUAL(cleat_sshsig_build(&built, key, NULL, &subject, CL_SLICE_EMPTY, NULL),
                    CLEAT_E_SIGNATURE);
    signature = cl_slice(old.data, old.len);
    CU_ASSERT_EQUAL(cleat_sshsig_build(&built, key, NULL, &subject, signature, NULL),
                    CLEAT_E_SIGNATURE);
    CU_ASSERT_PTR_NULL(built.data);
    cleat_bytes_free(&old);
    cleat_bytes_free(&good);
    cleat_bytes_free(&covered);
    cleat_key_unref(key);
}

/* ---- damaged ones ---- */

static cleat_bytes make_blob(void)
{
    static const uint8_t digest[64];
    const cleat_sshsig_subject subject = {"file", NULL, {digest, 64}};
    cleat_bytes blob = {0};
    cleat_key *key = read_private("ed25519");
    CU_ASSERT_EQUAL_FATAL(cleat_sshsig_sign(&blob, key, NULL, NULL, &subject, NULL), CLEAT_OK);
    cleat_key_unref(key);
    return blob;
}

static cleat_status judge(cleat_slice blob)
{
    static const uint8_t digest[64];
    cleat_sshsig *sig = NULL;
    cleat_status st = cleat_sshsig_read(&sig, ctx, blob, NULL);
    if (st == CLEAT_OK)
        st = cleat_sshsig_verify(sig, "file", cl_slice(digest, sizeof digest), 0, NULL);
    cleat_sshsig_free(sig);
    return st;
}

static void no_byte_may_change(void)
{
    cleat_bytes blob = make_blob();
    CU_ASSERT_EQUAL(judge(cl_slice(blob.data, blob.len)), CLEAT_OK);
    for (size_t i = 0; i < blob.len; i++) {
        blob.data[i] ^= 1;
        if (judge(cl_slice(blob.data, blob.len)) == CLEAT_OK)
            printf("byte %zu does not count\n", i);
        CU_ASSERT_NOT_EQUAL(judge(cl_slice(blob.data, blob.len)), CLEAT_OK);
        blob.data[i] ^= 1;
    }
    cleat_bytes_free(&blob);
}

static void every_cut_is_malformed(void)
{
    cleat_bytes blob = make_blob();
    for (size_t len = 0; len < blob.len; len++)
        CU_ASSERT_EQUAL(judge(cl_slice(blob.data, len)), CLEAT_E_FORMAT);
    uint8_t longer[512] = {0};
    memcpy(longer, blob.data, blob.len);
    CU_ASSERT_EQUAL(judge(cl_slice(longer, blob.len + 1)), CLEAT_E_FORMAT);
    cleat_bytes_free(&blob);
}

/* The fields: key of 51 bytes, "file", reserved, "sha512". */
static void fields_are_looked_at(void)
{
    enum { VERSION = 9, NAMESPACE = 6 + 4 + 4 + 51, RESERVED = NAMESPACE + 8, HASH = RESERVED + 4 };
    static const struct {
        size_t at;
        const char *bytes;
        size_t len;
        cleat_status status;
    } rows[] = {
        {VERSION, "\2", 1, CLEAT_E_UNSUPPORTED},
        {NAMESPACE + 4, "fi\0e", 4, CLEAT_E_FORMAT},
        {NAMESPACE + 4, "else", 4, CLEAT_E_SIGNATURE},
        {NAMESPACE, "\0\0\0\0\0\0\0\4\0\0\0\0", 12, CLEAT_E_FORMAT},
        {HASH + 4, "sha384", 6, CLEAT_E_UNSUPPORTED},
        {HASH + 4, "SHA512", 6, CLEAT_E_UNSUPPORTED},
        {HASH, "\xff\xff\xff\xff", 4, CLEAT_E_FORMAT},
        {18, "ssh-ed25518", 11, CLEAT_E_UNSUPPORTED},
        {HASH + 18, "ssh-ed25518", 11, CLEAT_E_SIGNATURE},
        {HASH + 18, "ssh-rsa\0\0\0\0", 11, CLEAT_E_FORMAT},
    };
    cleat_bytes blob = make_blob();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t copy[512];
        memcpy(copy, blob.data, blob.len);
        memcpy(copy + rows[i].at, rows[i].bytes, rows[i].len);
        cleat_status st = judge(cl_slice(copy, blob.len));
        if (st != rows[i].status)
            printf("row %zu: %s\n", i, cleat_status_name(st));
        CU_ASSERT_EQUAL(st, rows[i].status);
    }
    cleat_bytes_free(&blob);
}

/* What is reserved is signed too, so that nobody can add to it. */
static void reserved_bytes_count(void)
{
    enum { RESERVED = 6 + 4 + 4 + 51 + 8 };
    uint8_t longer[512];
    cleat_bytes blob = make_blob();
    memcpy(longer, blob.data, RESERVED + 4);
    longer[RESERVED + 3] = 1;
    longer[RESERVED + 4] = 'x';
    memcpy(longer + RESERVED + 5, blob.data + RESERVED + 4, blob.len - RESERVED - 4);
    CU_ASSERT_EQUAL(judge(cl_slice(longer, blob.len + 1)), CLEAT_E_SIGNATURE);
    cleat_bytes_free(&blob);
}

static void armour_is_found_or_refused_with_its_line(void)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"", "BEGIN ... SSH SIGNATURE"},
        {"SSHSI", "BEGIN ... SSH SIGNATURE"},
        {"-----BEGIN SSH SIGNATURE-----\n", "line 2: expected \"-----END SSH SIGNATURE-----\""},
        {"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n????\n-----END SSH SIGNATURE-----\n",
         "line 3: expected base64"},
        {"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", "does not begin as one"},
        {"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n", "cut short"},
        {"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
         "BEGIN ... SSH SIGNATURE"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_sshsig *sig = NULL;
        cleat_error error = {0};
        CU_ASSERT_EQUAL(cleat_sshsig_read(&sig, ctx, cleat_slice_of(rows[i].text), &error),
                        CLEAT_E_FORMAT);
        if (!strstr(error.text, rows[i].error))
            printf("%s\n", error.text);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, rows[i].error));
    }
}

static void long_files_are_refused(void)
{
    enum { LEN = 300000 };
    cleat_sshsig *sig = NULL;
    uint8_t *data = calloc(1, LEN);
    CU_ASSERT_PTR_NOT_NULL_FATAL(data);
    CU_ASSERT_EQUAL(cleat_sshsig_read(&sig, ctx, cl_slice(data, LEN), NULL), CLEAT_E_FORMAT);
    free(data);
}

void suite_sshsig(void)
{
    CU_pSuite s = CU_add_suite("sshsig", set_up, tear_down);
    CU_add_test(s, "signatures of ssh-keygen are understood",
                signatures_of_ssh_keygen_are_understood);
    CU_add_test(s, "SHA-1 is refused", sha1_is_refused);
    CU_add_test(s, "short RSA keys are refused", short_rsa_keys_are_refused);
    CU_add_test(s, "every type of key signs", every_type_of_key_signs);
    CU_add_test(s, "what makes no sense is not signed", what_makes_no_sense_is_not_signed);
    CU_add_test(s, "hashes are the two that count", hashes_are_the_two_that_count);
    CU_add_test(s, "signers get the message unhashed", signers_get_the_message_unhashed);
    CU_add_test(s, "no byte may change", no_byte_may_change);
    CU_add_test(s, "every cut is malformed", every_cut_is_malformed);
    CU_add_test(s, "fields are looked at", fields_are_looked_at);
    CU_add_test(s, "reserved bytes count", reserved_bytes_count);
    CU_add_test(s, "armour is found or refused with its line",
                armour_is_found_or_refused_with_its_line);
    CU_add_test(s, "long files are refused", long_files_are_refused);
}
