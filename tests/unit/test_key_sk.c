/* Security keys: their files, and their signatures by an authenticator in software, which puts the
 * signed bytes together anew from PROTOCOL.u2f. */
#include "../../libcore/alg/ctx.h"
#include "../../libcore/base/base64.h"
#include "../../libcore/wire/reader.h"
#include "../../libcore/wire/writer.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/cert.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SK_ECDSA "sk-ecdsa-sha2-nistp256@openssh.com"
#define SK_ED25519 "sk-ssh-ed25519@openssh.com"
#define WEBAUTHN "webauthn-" SK_ECDSA

enum { PRESENT = 1, VERIFIED = 4, ATTESTED = 0x40, EXTENDED = 0x80 };

static cleat_ctx *ctx;
static const cleat_allocator *mem;

static int set_up(void)
{
    if (cleat_ctx_new(&ctx, NULL) != CLEAT_OK)
        return 1;
    mem = cl_ctx_env(ctx)->mem;
    return 0;
}

static int tear_down(void)
{
    cleat_ctx_unref(ctx);
    return 0;
}

/* ---- the authenticator ---- */

typedef struct device {
    bool ecdsa;
    cleat_key *secret; /* an ordinary key, that the device keeps */
    cleat_key *key;    /* as others see it */
} device;

static device device_new(bool ecdsa, const char *application)
{
    device d = {.ecdsa = ecdsa};
    cl_buf blob = CL_BUF(mem);
    CU_ASSERT_EQUAL_FATAL(
        cleat_key_generate(&d.secret, ctx, ecdsa ? "ecdsa" : "ed25519", 0, NULL, NULL), CLEAT_OK);
    cl_reader r = cl_reader_of(cleat_key_blob(d.secret));
    cl_get_string(&r);
    cl_put_cstring(&blob, ecdsa ? SK_ECDSA : SK_ED25519);
    cl_buf_add_slice(&blob, cl_get_rest(&r));
    cl_put_cstring(&blob, application);
    CU_ASSERT_EQUAL_FATAL(cleat_key_from_blob(&d.key, ctx, cl_buf_slice(&blob), NULL), CLEAT_OK);
    cl_buf_free(&blob);
    return d;
}

static void device_free(device *d)
{
    cleat_key_unref(d->secret);
    cleat_key_unref(d->key);
}

/* What a signature is made with. */
typedef struct touch {
    const char *application;
    uint8_t flags;
    uint32_t counter;
    cleat_slice extensions;
} touch;

static void put_hash(cl_buf *out, cleat_slice data)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(data.data, data.len, digest);
    cl_buf_add(out, digest, sizeof digest);
}

/* Appends the plain signature over application, flags, counter, extensions and hash. */
static void put_signature(const device *d, const touch *t, cleat_slice message, const char *name,
                          cl_buf *out)
{
    cl_buf all = CL_BUF(mem);
    cleat_bytes plain;
    put_hash(&all, cleat_slice_of(t->application));
    cl_put_u8(&all, t->flags);
    cl_put_u32(&all, t->counter);
    cl_buf_add_slice(&all, t->extensions);
    put_hash(&all, message);
    CU_ASSERT_EQUAL_FATAL(cleat_key_sign(d->secret, cleat_key_algorithm(d->secret, 0),
                                         cl_buf_slice(&all), &plain, NULL),
                          CLEAT_OK);
    cl_reader r = cl_reader_of(cl_slice(plain.data, plain.len));
    cl_get_string(&r);
    cl_put_cstring(out, name);
    cl_put_string(out, cl_get_string(&r));
    cl_put_u8(out, t->flags);
    cl_put_u32(out, t->counter);
    cleat_bytes_free(&plain);
    cl_buf_free(&all);
}

static cleat_status verify(const device *d, const char *algorithm, const char *message,
                           const cl_buf *signature)
{
    return cleat_key_verify(d->key, algorithm, cleat_slice_of(message), cl_buf_slice(signature),
                            NULL);
}

static const char *name_of(const device *d)
{
    return d->ecdsa ? SK_ECDSA : SK_ED25519;
}

/* ---- signatures ---- */

static void check_signatures(bool ecdsa)
{
    device d = device_new(ecdsa, "ssh:");
    const touch t = {"ssh:", PRESENT, 0x01020304, CL_SLICE_EMPTY};
    const touch elsewhere = {"ssh:work", PRESENT, 7, CL_SLICE_EMPTY};
    cleat_attestation said;
    cl_buf s = CL_BUF(mem);
    put_signature(&d, &t, CL_SLICE_LIT("message"), name_of(&d), &s);
    CU_ASSERT_EQUAL(verify(&d, name_of(&d), "message", &s), CLEAT_OK);
    CU_ASSERT_EQUAL(verify(&d, name_of(&d), "massage", &s), CLEAT_E_SIGNATURE);
    CU_ASSERT(cleat_signature_attests(cl_buf_slice(&s), &said));
    CU_ASSERT(said.user_present && !said.user_verified && said.counter == 0x01020304);
    for (size_t i = 0; i < s.len; i++) {
        s.data[i] ^= 4;
        CU_ASSERT_EQUAL(verify(&d, name_of(&d), "message", &s), CLEAT_E_SIGNATURE);
        s.data[i] ^= 4;
        const cl_buf cut = {.data = s.data, .len = i};
        CU_ASSERT_EQUAL(verify(&d, name_of(&d), "message", &cut), CLEAT_E_SIGNATURE);
    }
    cl_put_u8(&s, 0);
    CU_ASSERT_EQUAL(verify(&d, name_of(&d), "message", &s), CLEAT_E_SIGNATURE);
    cl_buf_reset(&s);
    put_signature(&d, &elsewhere, CL_SLICE_LIT("message"), name_of(&d), &s);
    CU_ASSERT_EQUAL(verify(&d, name_of(&d), "message", &s), CLEAT_E_SIGNATURE);
    cl_buf_free(&s);
    device_free(&d);
}

static void signatures_cover_all_that_the_device_says(void)
{
    check_signatures(true);
    check_signatures(false);
}

static void what_a_signature_attests_is_told(void)
{
    device d = device_new(false, "ssh:");
    const touch t = {"ssh:", VERIFIED, 0, CL_SLICE_EMPTY};
    cleat_attestation said;
    cl_buf s = CL_BUF(mem);
    put_signature(&d, &t, CL_SLICE_LIT("message"), SK_ED25519, &s);
    CU_ASSERT_EQUAL(verify(&d, SK_ED25519, "message", &s), CLEAT_OK);
    CU_ASSERT(cleat_signature_attests(cl_buf_slice(&s), &said));
    CU_ASSERT(!said.user_present && said.user_verified && said.counter == 0);
    cleat_bytes plain;
    CU_ASSERT_EQUAL_FATAL(
        cleat_key_sign(d.secret, "ssh-ed25519", CL_SLICE_LIT("message"), &plain, NULL), CLEAT_OK);
    CU_ASSERT_FALSE(cleat_signature_attests(cl_slice(plain.data, plain.len), &said));
    CU_ASSERT_FALSE(cleat_signature_attests(CL_SLICE_EMPTY, &said));
    cleat_bytes_free(&plain);
    cl_buf_free(&s);
    device_free(&d);
}

/* A signature without what the device adds is not one of its, and the other way round. */
static void plain_and_device_signatures_do_not_mix(void)
{
    device d = device_new(false, "ssh:");
    cleat_bytes plain;
    cleat_error error = {0};
    CU_ASSERT_EQUAL_FATAL(
        cleat_key_sign(d.secret, "ssh-ed25519", CL_SLICE_LIT("message"), &plain, NULL), CLEAT_OK);
    cleat_slice blob = cl_slice(plain.data, plain.len);
    CU_ASSERT_EQUAL(cleat_key_verify(d.key, "ssh-ed25519", CL_SLICE_LIT("message"), blob, NULL),
                    CLEAT_E_SIGNATURE);
    CU_ASSERT_EQUAL(cleat_key_verify(d.key, SK_ED25519, CL_SLICE_LIT("message"), blob, NULL),
                    CLEAT_E_SIGNATURE);
    CU_ASSERT_EQUAL(cleat_key_verify(d.key, WEBAUTHN, CL_SLICE_LIT("message"), blob, NULL),
                    CLEAT_E_SIGNATURE);
    cleat_bytes_free(&plain);
    CU_ASSERT_EQUAL(cleat_key_sign(d.key, SK_ED25519, CL_SLICE_LIT("message"), &plain, &error),
                    CLEAT_E_UNSUPPORTED);
    CU_ASSERT_STRING_EQUAL(error.text, "only the security key itself can sign as " SK_ED25519
                                       ", and it is not at hand");
    device_free(&d);
}

/* ---- browsers ---- */

typedef struct page {
    const char *type, *message, *origin;
    const char *told; /* the origin beside the signature */
    const char *tail; /* of the client data */
} page;

static void put_url64(cl_buf *out, const char *message)
{
    cl_buf text = CL_BUF(mem);
    cl_base64_encode(&text, cleat_slice_of(message), false);
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];
        cl_buf_add_byte(out, (uint8_t)(c == '+' ? '-' : c == '/' ? '_' : c));
    }
    cl_buf_free(&text);
}

static void put_web_signature(const device *d, const touch *t, const page *p, cl_buf *out)
{
    cl_buf data = CL_BUF(mem);
    cl_buf_printf(&data, "{\"type\":\"%s\",\"challenge\":\"", p->type);
    put_url64(&data, p->message);
    cl_buf_printf(&data, "\",\"origin\":\"%s\"%s", p->origin, p->tail);
    put_signature(d, t, cl_buf_slice(&data), WEBAUTHN, out);
    cl_put_cstring(out, p->told);
    cl_put_string(out, cl_buf_slice(&data));
    cl_put_string(out, t->extensions);
    cl_buf_free(&data);
}

static cleat_status web(const device *d, uint8_t flags, cleat_slice extensions, page p)
{
    const touch t = {"example.org", flags, 3, extensions};
    cl_buf s = CL_BUF(mem);
    put_web_signature(d, &t, &p, &s);
    cleat_status st = verify(d, WEBAUTHN, "\xff\xef message", &s);
    cl_buf_free(&s);
    return st;
}

static void browsers_signatures_are_for_this_message_only(void)
{
    device d = device_new(true, "example.org");
    const char *at = "https://ssh.example.org";
    const char *end = ",\"crossOrigin\":false}";
    const char *message = "\xff\xef message"; /* '-' and '_' in base64url */
    const page good = {"webauthn.get", message, at, at, end};
    page p = good;
    CU_ASSERT_EQUAL(web(&d, PRESENT, CL_SLICE_EMPTY, good), CLEAT_OK);
    CU_ASSERT_EQUAL(web(&d, PRESENT | EXTENDED, CL_SLICE_LIT("\xa0"), good), CLEAT_OK);
    CU_ASSERT_EQUAL(web(&d, PRESENT | EXTENDED, CL_SLICE_EMPTY, good), CLEAT_E_SIGNATURE);
    CU_ASSERT_EQUAL(web(&d, PRESENT, CL_SLICE_LIT("\xa0"), good), CLEAT_E_SIGNATURE);
    CU_ASSERT_EQUAL(web(&d, PRESENT | ATTESTED, CL_SLICE_EMPTY, good), CLEAT_E_SIGNATURE);
    p.type = "webauthn.create";
    CU_ASSERT_EQUAL(web(&d, PRESENT, CL_SLICE_EMPTY, p), CLEAT_E_SIGNATURE);
    p = good;
    p.message = "\xff\xef massage";
    CU_ASSERT_EQUAL(web(&d, PRESENT, CL_SLICE_EMPTY, p), CLEAT_E_SIGNATURE);
    p = good;
    p.told = "https://evil.example";
    CU_ASSERT_EQUAL(web(&d, PRESENT, CL_SLICE_EMPTY, p), CLEAT_E_SIGNATURE);
    p.told = p.origin = "https://a\",\"x\":\"";
    CU_ASSERT_EQUAL(web(&d, PRESENT, CL_SLICE_EMPTY, p), CLEAT_E_SIGNATURE);
    device_free(&d);
    d = device_new(true, "example.com");
    CU_ASSERT_EQUAL(web(&d, PRESENT, CL_SLICE_EMPTY, good), CLEAT_E_SIGNATURE);
    device_free(&d);
}

/* ---- files ---- */

static cleat_key *read_file(const char *file, const char *passphrase, cleat_slice *text)
{
    cleat_key *key = NULL;
    cleat_error error = {0};
    char path[64];
    snprintf(path, sizeof path, "keys/%s", file);
    *text = data_read(path);
    cleat_status st = cleat_key_read(&key, ctx, *text, passphrase, file, NULL, &error);
    if (st != CLEAT_OK)
        printf("%s: %s\n", file, error.text);
    CU_ASSERT_EQUAL_FATAL(st, CLEAT_OK);
    return key;
}

/* The library writes no check numbers of OpenSSH's, so what it writes is read again. */
static void check_rewritten(const cleat_key *key)
{
    cleat_bytes out;
    cleat_key *again = NULL;
    cleat_security_key before, after;
    const cleat_key_write_options options = {
        .struct_size = sizeof options, .passphrase = "pass", .rounds = 1};
    CU_ASSERT_EQUAL_FATAL(cleat_key_write(key, CLEAT_KEY_OPENSSH, &options, &out, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(
        cleat_key_read_private(&again, ctx, cl_slice(out.data, out.len), "pass", NULL, NULL),
        CLEAT_OK);
    CU_ASSERT(cleat_key_equal(key, again));
    CU_ASSERT(cleat_key_security(key, &before) && cleat_key_security(again, &after));
    CU_ASSERT(cleat_slice_equal(before.handle, after.handle));
    CU_ASSERT_EQUAL(before.flags, after.flags);
    cleat_bytes_free(&out);
    cleat_key_unref(again);
}

static void check_files(const char *name, const char *locked, const char *label)
{
    cleat_slice private_text, public_text;
    char file[64];
    cleat_security_key facts;
    cleat_bytes line;
    snprintf(file, sizeof file, "%s.pub", name);
    cleat_key *key = read_file(locked ? locked : name, locked ? "pass" : NULL, &private_text);
    cleat_key *public_key = read_file(file, NULL, &public_text);
    CU_ASSERT(cleat_key_equal(key, public_key));
    CU_ASSERT_STRING_EQUAL(cleat_key_label(key), label);
    CU_ASSERT_EQUAL(cleat_key_bits(key), 256);
    CU_ASSERT_STRING_EQUAL(cleat_key_comment(key), "a security key");
    CU_ASSERT_FALSE(cleat_key_has_private(key));
    CU_ASSERT_FALSE(cleat_key_can_sign(key));
    CU_ASSERT(cleat_key_security(key, &facts));
    CU_ASSERT_STRING_EQUAL(facts.application, "ssh:");
    CU_ASSERT_EQUAL(facts.handle.len, 32);
    CU_ASSERT_EQUAL(facts.flags, PRESENT);
    CU_ASSERT(cleat_key_security(public_key, &facts));
    CU_ASSERT_EQUAL(facts.handle.len, 0);
    CU_ASSERT_EQUAL_FATAL(cleat_key_write_public(key, &line), CLEAT_OK);
    CU_ASSERT(cleat_slice_equal(cl_slice(line.data, line.len), public_text));
    check_rewritten(key);
    cleat_bytes_free(&line);
    cleat_key_unref(key);
    cleat_key_unref(public_key);
    free((void *)(uintptr_t)private_text.data);
    free((void *)(uintptr_t)public_text.data);
}

static void files_keep_the_handle(void)
{
    check_files("sk_ecdsa256", NULL, "ECDSA-SK");
    check_files("sk_ed25519", NULL, "ED25519-SK");
    check_files("sk_ed25519", "sk_ed25519_enc", "ED25519-SK");
}

static void formats_without_room_for_it_are_refused(void)
{
    static const cleat_key_format formats[] = {
        CLEAT_KEY_PPK2,        CLEAT_KEY_PPK3, CLEAT_KEY_PKCS8,    CLEAT_KEY_PKCS8_DER,
        CLEAT_KEY_TRADITIONAL, CLEAT_KEY_SPKI, CLEAT_KEY_SPKI_DER, CLEAT_KEY_PKCS1_PUBLIC};
    cleat_slice text;
    cleat_bytes out;
    cleat_key *made = NULL;
    cleat_key *key = read_file("sk_ecdsa256", NULL, &text);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        CU_ASSERT_EQUAL(cleat_key_write(key, formats[i], NULL, &out, NULL), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(cleat_key_generate(&made, ctx, "ecdsa-sk", 0, NULL, NULL), CLEAT_E_UNSUPPORTED);
    cleat_key_unref(key);
    free((void *)(uintptr_t)text.data);
}

/* ---- certificates ---- */

static cleat_cert *certify(const cleat_key *key, const cleat_key *authority, bool verify_required,
                           bool no_touch)
{
    static const char *const names[] = {"me"};
    static const cleat_cert_option critical = {"verify-required", {0}};
    static const cleat_cert_option extension = {"no-touch-required", {0}};
    const cleat_cert_facts facts = {
        .kind = CLEAT_CERT_USER,
        .key_id = "id",
        .principals = names,
        .principal_count = 1,
        .valid_before = CLEAT_CERT_FOREVER,
        .critical = &critical,
        .critical_count = verify_required,
        .extensions = &extension,
        .extension_count = no_touch,
    };
    cleat_cert *cert = NULL;
    cleat_error error = {0};
    cleat_status st = cleat_cert_issue(&cert, key, &facts, authority, NULL, &error);
    if (st != CLEAT_OK)
        printf("%s\n", error.text);
    CU_ASSERT_EQUAL_FATAL(st, CLEAT_OK);
    return cert;
}

static cleat_status grant_of(cleat_cert *cert, cleat_cert_grant *grant)
{
    const cleat_cert_use use = {
        .struct_size = sizeof use, .kind = CLEAT_CERT_USER, .name = "me", .now = 1};
    cleat_status st = cleat_cert_check(cert, &use, grant, NULL);
    cleat_cert_unref(cert);
    return st;
}

static void certificates_require_and_waive(void)
{
    cleat_key *authority = NULL;
    cleat_cert_grant grant;
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&authority, ctx, "ed25519", 0, NULL, NULL), CLEAT_OK);
    for (int ecdsa = 0; ecdsa < 2; ecdsa++) {
        device d = device_new(ecdsa, "ssh:");
        cleat_cert *cert = certify(d.key, authority, false, true);
        CU_ASSERT_STRING_EQUAL(cleat_cert_type(cert),
                               ecdsa ? "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com"
                                     : "sk-ssh-ed25519-cert-v01@openssh.com");
        CU_ASSERT(cleat_key_equal(cleat_cert_key(cert), d.key));
        CU_ASSERT_EQUAL(grant_of(cert, &grant), CLEAT_OK);
        CU_ASSERT(grant.no_touch_required && !grant.verify_required);
        CU_ASSERT_EQUAL(grant_of(certify(d.key, authority, true, false), &grant), CLEAT_OK);
        CU_ASSERT(!grant.no_touch_required && grant.verify_required);
        device_free(&d);
    }
    CU_ASSERT_EQUAL(grant_of(certify(authority, authority, true, false), &grant),
                    CLEAT_E_PERMISSION);
    cleat_key_unref(authority);
}

void suite_key_sk(void)
{
    CU_pSuite s = CU_add_suite("key_sk", set_up, tear_down);
    CU_add_test(s, "signatures cover all that the device says",
                signatures_cover_all_that_the_device_says);
    CU_add_test(s, "what a signature attests is told", what_a_signature_attests_is_told);
    CU_add_test(s, "plain and device signatures do not mix",
                plain_and_device_signatures_do_not_mix);
    CU_add_test(s, "browsers' signatures are for this message only",
                browsers_signatures_are_for_this_message_only);
    CU_add_test(s, "files keep the handle", files_keep_the_handle);
    CU_add_test(s, "formats without room for it are refused",
                formats_without_room_for_it_are_refused);
    CU_add_test(s, "certificates require and waive", certificates_require_and_waive);
}
