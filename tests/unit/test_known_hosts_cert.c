/* known_hosts: what it says about hosts' certificates, and the order of algorithms that follows. */
#include "../../libcore/base/slice.h"

#include <CUnit/CUnit.h>
#include <cleat/cert.h>
#include <cleat/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 1024 };

static cleat_ctx *ctx;
static cleat_cert *cert;                                             /* by CA */
static char ca[KEY_MAX], leaf[KEY_MAX], other[KEY_MAX], whole[4096]; /* "type base64" */

static bool write_key(const cleat_key *key, char out[KEY_MAX])
{
    cleat_bytes line = {0};
    if (cleat_key_write_public(key, &line) != CLEAT_OK)
        return false;
    snprintf(out, KEY_MAX, "%.*s", (int)strcspn((const char *)line.data, "\n"),
             (const char *)line.data);
    cleat_bytes_free(&line);
    return true;
}

static int set_up(void)
{
    static const char *const names[] = {"host"};
    const cleat_cert_facts facts = {.kind = CLEAT_CERT_HOST,
                                    .key_id = "id",
                                    .principals = names,
                                    .principal_count = 1,
                                    .valid_before = CLEAT_CERT_FOREVER};
    cleat_bytes line = {0};
    cleat_key *keys[3] = {NULL}; /* host, authority, other */
    bool made = cleat_ctx_new(&ctx, NULL) == CLEAT_OK;
    for (size_t i = 0; made && i < 3; i++)
        made = cleat_key_generate(&keys[i], ctx, "ed25519", 0, NULL, NULL) == CLEAT_OK;
    made = made && cleat_cert_issue(&cert, keys[0], &facts, keys[1], NULL, NULL) == CLEAT_OK &&
           cleat_cert_write(cert, NULL, &line) == CLEAT_OK && write_key(keys[0], leaf) &&
           write_key(keys[1], ca) && write_key(keys[2], other);
    if (made)
        snprintf(whole, sizeof whole, "%s", (const char *)line.data);
    cleat_bytes_free(&line);
    for (size_t i = 0; i < 3; i++)
        cleat_key_unref(keys[i]);
    return made ? 0 : 1;
}

static int tear_down(void)
{
    cleat_cert_unref(cert);
    cleat_ctx_unref(ctx);
    return 0;
}

static cleat_host_answer ask(const char *file, const char *host, uint16_t port)
{
    cleat_host_answer answer;
    CU_ASSERT_EQUAL(
        cleat_known_hosts_check_cert(ctx, cleat_slice_of(file), host, port, cert, &answer),
        CLEAT_OK);
    return answer;
}

static void expect(const char *names, const char *key, const char *host, uint16_t port,
                   cleat_host_verdict verdict)
{
    char file[8192];
    snprintf(file, sizeof file, "# first\n%s %s a comment\r\n", names, key);
    cleat_host_answer answer = ask(file, host, port);
    CU_ASSERT_EQUAL(answer.verdict, verdict);
    CU_ASSERT_EQUAL(answer.line, verdict == CLEAT_HOST_NEW ? 0 : 2);
    CU_ASSERT_EQUAL(answer.key_types[0], 0);
}

static void an_authority_speaks_for_the_hosts_of_its_line(void)
{
    expect("@cert-authority host", ca, "HOST", 22, CLEAT_HOST_KNOWN);
    expect("@cert-authority *.example.com,!bad.example.com", ca, "a.example.com", 22,
           CLEAT_HOST_KNOWN);
    expect("@cert-authority *.example.com,!bad.example.com", ca, "bad.example.com", 22,
           CLEAT_HOST_NEW);
    expect("@cert-authority [host]:2222", ca, "host", 2222, CLEAT_HOST_KNOWN);
    expect("@cert-authority [host]:2222", ca, "host", 22, CLEAT_HOST_NEW);
    expect("@cert-authority |1|CwqKg3p3SoWv7A5qfYwPL5zAM40=|70v2vu6iipN3SSruxGTXosvwBic=", ca,
           "example.com", 22, CLEAT_HOST_KNOWN);
    expect("@cert-authority host", other, "host", 22, CLEAT_HOST_NEW);
    expect("@cert-authority host", leaf, "host", 22, CLEAT_HOST_NEW);
    expect("host", ca, "host", 22, CLEAT_HOST_NEW);
    expect("host", leaf, "host", 22, CLEAT_HOST_NEW);
    expect("@cert-authority host", "ssh-ed25519 ***", "host", 22, CLEAT_HOST_NEW);
}

static void what_is_revoked_stays_so(void)
{
    static const char *const revoked[] = {ca, leaf, whole};
    char file[16384];
    for (size_t i = 0; i < 3; i++) {
        expect("@revoked *", revoked[i], "host", 22, CLEAT_HOST_REVOKED);
        expect("@revoked other", revoked[i], "host", 22, CLEAT_HOST_NEW);
        snprintf(file, sizeof file, "@cert-authority host %s\n@revoked host %s\n", ca, revoked[i]);
        CU_ASSERT_EQUAL(ask(file, "host", 22).verdict, CLEAT_HOST_REVOKED);
        CU_ASSERT_EQUAL(ask(file, "host", 22).line, 2);
        snprintf(file, sizeof file, "@revoked host %s\n@cert-authority host %s\n", revoked[i], ca);
        CU_ASSERT_EQUAL(ask(file, "host", 22).verdict, CLEAT_HOST_REVOKED);
        CU_ASSERT_EQUAL(ask(file, "host", 22).line, 1);
    }
    expect("@revoked *", other, "host", 22, CLEAT_HOST_NEW);
}

static void the_first_of_two_lines_is_named(void)
{
    char file[4096];
    snprintf(file, sizeof file,
             "@cert-authority * %s\n@cert-authority * %s\n@cert-authority * %s\n", other, ca, ca);
    CU_ASSERT_EQUAL(ask(file, "host", 22).line, 2);
    cleat_host_answer answer;
    CU_ASSERT_EQUAL(cleat_known_hosts_check_cert(ctx, CL_SLICE_EMPTY, "a b", 22, cert, &answer),
                    CLEAT_E_BAD_CALL);
}

static void that_there_is_an_authority_is_told(void)
{
    char file[4096];
    cleat_host_answer answer;
    snprintf(file, sizeof file, "@cert-authority host %s\n@revoked gone %s\n", other, ca);
    cleat_slice text = cleat_slice_of(file);
    CU_ASSERT(ask(file, "host", 22).authority);
    CU_ASSERT_FALSE(ask(file, "gone", 22).authority);
    CU_ASSERT_EQUAL(cleat_known_hosts_check(ctx, text, "host", 22, NULL, &answer), CLEAT_OK);
    CU_ASSERT(answer.authority);
    CU_ASSERT_EQUAL(answer.key_types[0], 0);
    CU_ASSERT_EQUAL(cleat_known_hosts_check(ctx, text, "gone", 22, NULL, &answer), CLEAT_OK);
    CU_ASSERT_FALSE(answer.authority);
}

/* ---- the order of algorithms ---- */

static void order(const char *key_types, bool authority, const char *expected)
{
    cleat_policy *policy = NULL;
    CU_ASSERT_EQUAL_FATAL(cleat_policy_new(&policy, ctx, CLEAT_CLIENT), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_policy_take_host_certs(policy), CLEAT_OK);
    CU_ASSERT_EQUAL(
        cleat_policy_set(policy, CLEAT_ALG_HOSTKEY,
                         "ssh-ed25519-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com,"
                         "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512",
                         NULL),
        CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_policy_prefer_known(policy, key_types, authority), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(cleat_policy_get(policy, CLEAT_ALG_HOSTKEY), expected);
    cleat_policy_unref(policy);
}

#define ED_CERT "ssh-ed25519-cert-v01@openssh.com"
#define RSA_CERT "rsa-sha2-512-cert-v01@openssh.com"

static void known_keys_come_first(void)
{
    static const char as_it_was[] =
        ED_CERT "," RSA_CERT ",ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512";
    order("", false, as_it_was);
    order("ssh-rsa,ssh-ed25519", true, as_it_was);
    order("ssh-rsa", false, RSA_CERT ",rsa-sha2-512," ED_CERT ",ssh-ed25519,ecdsa-sha2-nistp256");
    order("ssh-rsa", true, ED_CERT "," RSA_CERT ",rsa-sha2-512,ssh-ed25519,ecdsa-sha2-nistp256");
    order("ecdsa-sha2-nistp256", false,
          "ecdsa-sha2-nistp256," ED_CERT "," RSA_CERT ",ssh-ed25519,rsa-sha2-512");
    order("no-such-type", true, as_it_was);
}

static void certificates_are_asked_for_only_where_they_are_checked(void)
{
    cleat_policy *policy = NULL;
    CU_ASSERT_EQUAL_FATAL(cleat_policy_new(&policy, ctx, CLEAT_CLIENT), CLEAT_OK);
    CU_ASSERT_PTR_NULL(strstr(cleat_policy_get(policy, CLEAT_ALG_HOSTKEY), "-cert-"));
    CU_ASSERT_EQUAL(cleat_policy_set(policy, CLEAT_ALG_HOSTKEY, "-ssh-rsa", NULL), CLEAT_OK);
    CU_ASSERT_PTR_NULL(strstr(cleat_policy_get(policy, CLEAT_ALG_HOSTKEY), "-cert-"));
    CU_ASSERT_EQUAL(cleat_policy_take_host_certs(policy), CLEAT_OK);
    CU_ASSERT_EQUAL(strncmp(cleat_policy_get(policy, CLEAT_ALG_HOSTKEY), ED_CERT, 32), 0);
    CU_ASSERT_EQUAL(cleat_policy_set(policy, CLEAT_ALG_HOSTKEY, "-ssh-ed25519-cert*", NULL),
                    CLEAT_OK);
    CU_ASSERT_NOT_EQUAL(strncmp(cleat_policy_get(policy, CLEAT_ALG_HOSTKEY), ED_CERT, 32), 0);
    CU_ASSERT_PTR_NULL(strstr(cleat_policy_get(policy, CLEAT_ALG_HOSTKEY), "," ED_CERT));
    CU_ASSERT_PTR_NOT_NULL(strstr(cleat_policy_get(policy, CLEAT_ALG_HOSTKEY), RSA_CERT));
    cleat_policy_unref(policy);
}

void suite_known_hosts_cert(void)
{
    CU_pSuite s = CU_add_suite("known_hosts_cert", set_up, tear_down);
    CU_ADD_TEST(s, an_authority_speaks_for_the_hosts_of_its_line);
    CU_ADD_TEST(s, what_is_revoked_stays_so);
    CU_ADD_TEST(s, the_first_of_two_lines_is_named);
    CU_ADD_TEST(s, that_there_is_an_authority_is_told);
    CU_ADD_TEST(s, known_keys_come_first);
    CU_ADD_TEST(s, certificates_are_asked_for_only_where_they_are_checked);
}
