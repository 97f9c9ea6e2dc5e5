/* Certificates that ssh-keygen has made, our own, and what must be refused. */
#include "../../libcore/base/slice.h"
#include "../../libcore/key/cert_openssh.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW_2024 = 1704067200, START_2020 = 1577836800, END_2030 = 1893456000 };

static const char *const types[] = {"ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa2048"};

static cleat_slice read_data(const char *folder, const char *file)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s.pub", folder, file);
    return data_read(path);
}

static cleat_cert *cert_of(cleat_ctx *ctx, const char *file)
{
    cleat_cert *cert = NULL;
    cleat_error error = {0};
    cleat_slice text = read_data("certs", file);
    if (cleat_cert_read(&cert, ctx, text, &error) != CLEAT_OK)
        printf("%s: %s\n", file, error.text);
    free((void *)(uintptr_t)text.data);
    CU_ASSERT_PTR_NOT_NULL_FATAL(cert);
    return cert;
}

static cleat_key *key_of(cleat_ctx *ctx, const char *folder, const char *file)
{
    cleat_key *key = NULL;
    cleat_slice text = read_data(folder, file);
    CU_ASSERT_EQUAL_FATAL(cleat_key_read_public(&key, ctx, text, file, NULL), CLEAT_OK);
    free((void *)(uintptr_t)text.data);
    return key;
}

static cleat_cert_use use_for(cleat_cert_kind kind, const char *name)
{
    return (cleat_cert_use){.struct_size = sizeof(cleat_cert_use),
                            .kind = kind,
                            .name = name,
                            .address = "192.0.2.7",
                            .now = NOW_2024};
}

/* "" where the certificate is good. */
static const char *why_not(const cleat_cert *cert, const cleat_cert_use *use,
                           cleat_cert_grant *grant)
{
    static cleat_error error;
    error = (cleat_error){0};
    cleat_status st = cleat_cert_check(cert, use, grant, &error);
    CU_ASSERT_EQUAL(st == CLEAT_OK, !error.text[0]);
    return error.text;
}

static void check_user(cleat_ctx *ctx, const char *type, const cleat_key *ca)
{
    char name[64];
    snprintf(name, sizeof name, "user_%s", type);
    cleat_cert *cert = cert_of(ctx, name);
    cleat_key *key = key_of(ctx, "keys", type);
    const cleat_cert_facts *f = cleat_cert_get_facts(cert);
    CU_ASSERT_EQUAL(f->kind, CLEAT_CERT_USER);
    CU_ASSERT_EQUAL(f->serial, 7);
    CU_ASSERT_EQUAL(strncmp(f->key_id, "user ", 5), 0);
    CU_ASSERT_EQUAL_FATAL(f->principal_count, 2);
    CU_ASSERT_STRING_EQUAL(f->principals[1], "you");
    CU_ASSERT_EQUAL(f->valid_after, START_2020);
    CU_ASSERT_EQUAL(f->valid_before, END_2030);
    CU_ASSERT_EQUAL(f->critical_count, 0);
    CU_ASSERT_EQUAL(f->extension_count, 5);
    CU_ASSERT(cleat_key_equal(cleat_cert_key(cert), key));
    CU_ASSERT(cleat_key_equal(cleat_cert_authority(cert), ca));
    cleat_key_unref(key);
    cleat_cert_unref(cert);
}

static void certificates_of_ssh_keygen_are_read(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_key *ca = key_of(ctx, "certs", "ca");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char name[64];
        check_user(ctx, types[i], ca);
        snprintf(name, sizeof name, "host_%s", types[i]);
        cleat_cert *cert = cert_of(ctx, name);
        CU_ASSERT_EQUAL(cleat_cert_get_facts(cert)->kind, CLEAT_CERT_HOST);
        CU_ASSERT_EQUAL(cleat_cert_get_facts(cert)->valid_before, CLEAT_CERT_FOREVER);
        cleat_cert_unref(cert);
    }
    cleat_key_unref(ca);
    cleat_ctx_unref(ctx);
}

static void what_a_certificate_is_for_is_checked(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_cert *user = cert_of(ctx, "user_ed25519");
    cleat_cert *host = cert_of(ctx, "host_ed25519");
    cleat_cert_use use = use_for(CLEAT_CERT_USER, "you");
    CU_ASSERT_STRING_EQUAL(why_not(user, &use, NULL), "");
    CU_ASSERT_PTR_NOT_NULL(strstr(why_not(host, &use, NULL), "host's"));
    use.name = "YOU";
    CU_ASSERT_PTR_NOT_NULL(strstr(why_not(user, &use, NULL), "name"));
    use = use_for(CLEAT_CERT_USER, "me");
    use.now = START_2020 - 1;
    CU_ASSERT_PTR_NOT_NULL(strstr(why_not(user, &use, NULL), "not valid yet"));
    use.now = START_2020;
    CU_ASSERT_STRING_EQUAL(why_not(user, &use, NULL), "");
    use.now = END_2030;
    CU_ASSERT_PTR_NOT_NULL(strstr(why_not(user, &use, NULL), "expired"));
    use = use_for(CLEAT_CERT_USER, "me");
    use.algorithms = "rsa-sha2-512,ecdsa-sha2-nistp256";
    CU_ASSERT_PTR_NOT_NULL(strstr(why_not(user, &use, NULL), "algorithm"));
    use = use_for(CLEAT_CERT_HOST, "Any.Example");
    CU_ASSERT_STRING_EQUAL(why_not(host, &use, NULL), "");
    CU_ASSERT_PTR_NOT_NULL(strstr(why_not(user, &use, NULL), "user's"));
    use.name = "host.elsewhere";
    CU_ASSERT_PTR_NOT_NULL(strstr(why_not(host, &use, NULL), "name"));
    cleat_cert_unref(user);
    cleat_cert_unref(host);
    cleat_ctx_unref(ctx);
}

static void check_refusal(cleat_ctx *ctx, const char *file, const char *word)
{
    cleat_cert *cert = cert_of(ctx, file);
    const cleat_cert_use use = use_for(CLEAT_CERT_USER, "me");
    const char *why = why_not(cert, &use, NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, word));
    CU_ASSERT_EQUAL(*why == 0, *word == 0);
    cleat_cert_unref(cert);
}

static void doubtful_certificates_are_refused(void)
{
    cleat_ctx *ctx = data_ctx();
    check_refusal(ctx, "nobody", "no names");
    check_refusal(ctx, "wild", "not a listed one");
    check_refusal(ctx, "unknown", "critical option");
    check_refusal(ctx, "verify", "verify-required");
    check_refusal(ctx, "rsa_sha1", "algorithm");
    check_refusal(ctx, "rsa_sha512", "");
    cleat_ctx_unref(ctx);
}

static void options_are_told(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_cert *cert = cert_of(ctx, "options");
    cleat_cert_grant grant;
    cleat_cert_use use = use_for(CLEAT_CERT_USER, "me");
    CU_ASSERT_STRING_EQUAL(why_not(cert, &use, &grant), "");
    CU_ASSERT_STRING_EQUAL(grant.force_command, "echo hi");
    CU_ASSERT(grant.pty && !grant.port_forwarding && !grant.agent_forwarding && !grant.user_rc &&
              !grant.x11_forwarding);
    use.address = "198.51.100.1";
    CU_ASSERT_PTR_NOT_NULL(strstr(why_not(cert, &use, &grant), "address"));
    use.address = NULL;
    CU_ASSERT_PTR_NOT_NULL(strstr(why_not(cert, &use, &grant), "address"));
    cleat_cert_unref(cert);
    cert = cert_of(ctx, "user_ed25519");
    use.name = "me";
    CU_ASSERT_STRING_EQUAL(why_not(cert, &use, &grant), "");
    CU_ASSERT_PTR_NULL(grant.force_command);
    CU_ASSERT(grant.pty && grant.port_forwarding && grant.agent_forwarding && grant.user_rc &&
              grant.x11_forwarding);
    cleat_cert_unref(cert);
    cleat_ctx_unref(ctx);
}

static void damaged_certificates_are_refused(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_cert *good = cert_of(ctx, "options");
    cleat_slice blob = cleat_cert_blob(good);
    uint8_t *copy = malloc(blob.len + 1);
    for (size_t i = 0; i < blob.len; i++) {
        cleat_cert *cert = NULL;
        memcpy(copy, blob.data, blob.len);
        CU_ASSERT_NOT_EQUAL(cleat_cert_from_blob(&cert, ctx, (cleat_slice){copy, i}, NULL),
                            CLEAT_OK);
        copy[i] ^= 1;
        CU_ASSERT_NOT_EQUAL(cleat_cert_from_blob(&cert, ctx, (cleat_slice){copy, blob.len}, NULL),
                            CLEAT_OK);
        CU_ASSERT_PTR_NULL(cert);
    }
    memcpy(copy, blob.data, blob.len);
    copy[blob.len] = 0;
    cleat_cert *cert = NULL;
    CU_ASSERT_EQUAL(cleat_cert_from_blob(&cert, ctx, (cleat_slice){copy, blob.len + 1}, NULL),
                    CLEAT_E_KEY_FORMAT);
    cleat_key *key = NULL;
    CU_ASSERT_EQUAL(cleat_key_from_blob(&key, ctx, blob, NULL), CLEAT_E_UNSUPPORTED);
    free(copy);
    cleat_cert_unref(good);
    cleat_ctx_unref(ctx);
}

/* ---- issuing ---- */

static const char *const names[] = {"me"};
static const cleat_cert_option critical[] = {
    {"source-address", {(const uint8_t *)"192.0.2.7", 9}},
    {"force-command", {(const uint8_t *)"true", 4}},
};
static const cleat_cert_option extensions[] = {{"permit-pty", {(const uint8_t *)"", 0}}};

static cleat_cert_facts facts_to_issue(void)
{
    return (cleat_cert_facts){.kind = CLEAT_CERT_USER,
                              .serial = 9,
                              .key_id = "issued here",
                              .principals = names,
                              .principal_count = 1,
                              .valid_before = CLEAT_CERT_FOREVER,
                              .critical = critical,
                              .critical_count = 2,
                              .extensions = extensions,
                              .extension_count = 1};
}

static void check_issued(cleat_ctx *ctx, const char *family, const cleat_key *ca)
{
    cleat_key *key = NULL;
    cleat_cert *cert = NULL;
    cleat_cert *again = NULL;
    cleat_cert_grant grant = {0};
    cleat_bytes text = {0};
    const cleat_cert_facts facts = facts_to_issue();
    const cleat_cert_use use = use_for(CLEAT_CERT_USER, "me");
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&key, ctx, family, 0, NULL, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_cert_issue(&cert, key, &facts, ca, NULL, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_cert_write(cert, "note", &text), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_cert_read(&again, ctx, (cleat_slice){text.data, text.len}, NULL),
                          CLEAT_OK);
    CU_ASSERT(cleat_slice_equal(cleat_cert_blob(cert), cleat_cert_blob(again)));
    CU_ASSERT_STRING_EQUAL(cleat_cert_get_facts(again)->key_id, "issued here");
    CU_ASSERT_STRING_EQUAL(cleat_cert_get_facts(again)->critical[0].name, "force-command");
    CU_ASSERT(cleat_key_equal(cleat_cert_key(again), key));
    CU_ASSERT_STRING_EQUAL(why_not(again, &use, &grant), "");
    CU_ASSERT_STRING_EQUAL(grant.force_command, "true");
    CU_ASSERT(grant.pty && !grant.port_forwarding);
    cleat_bytes_free(&text);
    cleat_cert_unref(cert);
    cleat_cert_unref(again);
    cleat_key_unref(key);
}

static void issued_certificates_are_read_again(void)
{
    static const char *const families[] = {"ed25519", "ed448", "ecdsa", "rsa"};
    cleat_ctx *ctx = data_ctx();
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        cleat_key *ca = NULL;
        CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&ca, ctx, families[i], 0, NULL, NULL), CLEAT_OK);
        check_issued(ctx, families[i], ca);
        cleat_key_unref(ca);
    }
    cleat_ctx_unref(ctx);
}

/* An authority whose private part is elsewhere signs the draft; no other signature will do. */
static void a_certificate_is_issued_in_two_steps(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_key *ca = NULL;
    cleat_cert *cert = NULL;
    cleat_bytes draft;
    cleat_bytes signature;
    cleat_cert_facts facts = facts_to_issue();
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&ca, ctx, "ed25519", 0, NULL, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_cert_draft(&draft, ca, &facts, ca, NULL), CLEAT_OK);
    cleat_slice text = {draft.data, draft.len};
    CU_ASSERT_EQUAL(cleat_key_sign(ca, "ssh-ed25519", text, &signature, NULL), CLEAT_OK);
    cleat_slice signed_text = {signature.data, signature.len};
    CU_ASSERT_EQUAL(cleat_cert_complete(&cert, ctx, text, signed_text, NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(cleat_cert_get_facts(cert)->key_id, facts.key_id);
    cleat_cert_unref(cert);
    signature.data[signature.len - 1] ^= 1;
    CU_ASSERT_EQUAL(cleat_cert_complete(&cert, ctx, text, signed_text, NULL), CLEAT_E_SIGNATURE);
    CU_ASSERT_PTR_NULL(cert);
    cleat_bytes_free(&signature);
    cleat_bytes_free(&draft);
    cleat_key_unref(ca);
    cleat_ctx_unref(ctx);
}

static void facts_without_sense_are_not_issued(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_key *key = NULL;
    cleat_cert *cert = NULL;
    const cleat_cert_option twice[] = {critical[0], critical[0]};
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&key, ctx, "ed25519", 0, NULL, NULL), CLEAT_OK);
    cleat_cert_facts facts = facts_to_issue();
    facts.critical = twice;
    CU_ASSERT_EQUAL(cleat_cert_issue(&cert, key, &facts, key, NULL, NULL), CLEAT_E_BAD_CALL);
    facts = facts_to_issue();
    facts.kind = 0;
    CU_ASSERT_EQUAL(cleat_cert_issue(&cert, key, &facts, key, NULL, NULL), CLEAT_E_BAD_CALL);
    facts = facts_to_issue();
    facts.valid_before = 0;
    CU_ASSERT_EQUAL(cleat_cert_issue(&cert, key, &facts, key, NULL, NULL), CLEAT_E_BAD_CALL);
    facts = facts_to_issue();
    CU_ASSERT_EQUAL(cleat_cert_issue(&cert, key, &facts, key, "rsa-sha2-512", NULL),
                    CLEAT_E_BAD_CALL);
    CU_ASSERT_PTR_NULL(cert);
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
}

void suite_cert(void)
{
    CU_pSuite s = CU_add_suite("cert", NULL, NULL);
    CU_add_test(s, "certificates of ssh-keygen are read", certificates_of_ssh_keygen_are_read);
    CU_add_test(s, "what a certificate is for is checked", what_a_certificate_is_for_is_checked);
    CU_add_test(s, "doubtful certificates are refused", doubtful_certificates_are_refused);
    CU_add_test(s, "options are told", options_are_told);
    CU_add_test(s, "damaged certificates are refused", damaged_certificates_are_refused);
    CU_add_test(s, "issued certificates are read again", issued_certificates_are_read_again);
    CU_add_test(s, "a certificate is issued in two steps", a_certificate_is_issued_in_two_steps);
    CU_add_test(s, "facts without sense are not issued", facts_without_sense_are_not_issued);
}
