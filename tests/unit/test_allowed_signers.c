/* allowed_signers: whose signature counts, for what and when. */
#include "../../libcore/base/slice.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/sshsig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh5"
#define OTHER "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh6"

enum { NOON_2026_11_24 = 1795521600, YEAR_2019 = 1550000000, YEAR_2031 = 1930000000 };

static cleat_ctx *ctx;
static cleat_key *key;
static char ca[256], cert_line[1024];

static void copy_line(char *out, size_t room, const char *file)
{
    cleat_slice text = data_read(file);
    snprintf(out, room, "%s", (const char *)text.data);
    out[strcspn(out, "\n")] = 0;
    free((void *)(uintptr_t)text.data);
}

static void set_up(void)
{
    ctx = data_ctx();
    CU_ASSERT_EQUAL_FATAL(cleat_key_read_public(&key, ctx, cleat_slice_of(KEY), NULL, NULL),
                          CLEAT_OK);
    copy_line(ca, sizeof ca, "certs/ca.pub");
    copy_line(cert_line, sizeof cert_line, "certs/user_ed25519.pub");
}

static void tear_down(void)
{
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
}

static cleat_cert *read_cert(const char *name)
{
    char path[64];
    cleat_cert *cert = NULL;
    snprintf(path, sizeof path, "certs/%s.pub", name);
    cleat_slice text = data_read(path);
    CU_ASSERT_EQUAL_FATAL(cleat_cert_read(&cert, ctx, text, NULL), CLEAT_OK);
    free((void *)(uintptr_t)text.data);
    return cert;
}

static cleat_signer_facts signer_of(const cleat_cert *cert, int64_t when)
{
    return (cleat_signer_facts){.struct_size = sizeof(cleat_signer_facts),
                                .key = cert ? cleat_cert_key(cert) : key,
                                .cert = cert,
                                .name_space = "file",
                                .when = when};
}

/* "": the line that decided is `line`; else what must be among the problems, or "none" where there
 * are none. */
static void expect(const char *file, const char *principal, const cleat_signer_facts *signer,
                   unsigned line, const char *problem)
{
    unsigned found;
    cleat_bytes problems;
    cleat_status st = cleat_allowed_signers_check(ctx, cleat_slice_of(file), "signers", principal,
                                                  signer, &found, &problems);
    const char *told = problems.len ? (const char *)problems.data : "none";
    if (found != line || !strstr(told, problem))
        printf("%s\n  line %u: %s\n", file, found, told);
    CU_ASSERT_EQUAL(st, line ? CLEAT_OK : CLEAT_E_NO_SUCH);
    CU_ASSERT_EQUAL(found, line);
    CU_ASSERT_PTR_NOT_NULL(strstr(told, problem));
    cleat_bytes_free(&problems);
}

/* The line with this before the key. */
static void expect_before(const char *before, unsigned line, const char *problem)
{
    char file[512];
    const cleat_signer_facts signer = signer_of(NULL, NOON_2026_11_24);
    snprintf(file, sizeof file, "%s %s\n", before, KEY);
    expect(file, "me@here", &signer, line, problem);
}

/* ---- principals ---- */

static void principals_are_patterns(void)
{
    expect_before("me@here", 1, "none");
    expect_before("me@*", 1, "none");
    expect_before("you@here,me@here", 1, "none");
    expect_before("\"me@here\"", 1, "none");
    expect_before("\"some body,me@here\"", 1, "none");
    expect_before("  me@here\t", 1, "none");
    expect_before("ME@here", 0, "none");
    expect_before("*,!me@here", 0, "none");
    expect_before("!you@here", 0, "none");
    expect_before("me@here.example", 0, "none");
    expect_before("\"me@here x\"", 0, "none");
    expect_before("\"\"", 0, "none");
    expect_before("\"me@here", 0, "signers:1: expected a quote behind the principals");
}

static void lines_are_looked_at_in_order(void)
{
    const cleat_signer_facts signer = signer_of(NULL, NOON_2026_11_24);
    expect("# one\n\n  # two\r\nme " OTHER "\nme " KEY " a comment\r\n* " KEY, "me", &signer, 5,
           "none");
    expect("me " KEY, "me", &signer, 1, "none");
    expect("", "me", &signer, 0, "none");
    expect(KEY, "me", &signer, 0, "none");
    expect("me\nme " KEY, "me", &signer, 2, "signers:1: expected a key's type and base64");
    expect("me frobnicate " KEY "\nme " KEY, "me", &signer, 2,
           "signers:1: expected an option or the type of a key, not \"frobnicate\"");
    expect("you frobnicate " KEY "\nme " KEY, "me", &signer, 2, "none");
    expect("me sk-ssh-foo@example.org AAAA\nme " KEY, "me", &signer, 2, "not \"sk-ssh-foo");
    expect("me ssh-ed25519 ?\nme " KEY, "me", &signer, 2, "signers:1: expected base64");
    expect("me ssh-ed25519\nme " KEY, "me", &signer, 2, "signers:1: expected a key's type");
    expect("me ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh5", "me",
           &signer, 0, "signers:1: the key is not of the type");
}

/* ---- options ---- */

static void namespaces_are_patterns(void)
{
    expect_before("me@here namespaces=\"file\"", 1, "none");
    expect_before("me@here NameSpaces=\"git,f*\"", 1, "none");
    expect_before("me@here namespaces=\"git\"", 0, "signers:1: the key is not for signatures");
    expect_before("me@here namespaces=\"*,!file\"", 0, "not for signatures of this namespace");
    expect_before("me@here namespaces=\"\"", 0, "not for signatures of this namespace");
    cleat_signer_facts any = signer_of(NULL, NOON_2026_11_24);
    any.name_space = NULL;
    expect("me namespaces=\"git\" " KEY, "me", &any, 1, "none");
}

static void dates_bound_the_use(void)
{
    expect_before("me@here valid-after=\"20261124\",valid-before=\"20261125\"", 1, "none");
    expect_before("me@here valid-after=\"202611241200Z\"", 1, "none");
    expect_before("me@here valid-before=\"20261124120000UTC\"", 1, "none");
    expect_before("me@here valid-after=\"20261124120001z\"", 0,
                  "signers:1: the key is not valid yet");
    expect_before("me@here valid-before=\"202611241159\"", 0, "signers:1: the key has expired");
}

static void options_that_make_no_sense_void_the_line(void)
{
    static const struct {
        const char *options, *problem;
    } rows[] = {
        {"namespaces", "needs a value"},
        {"namespaces=file", "values in quotes"},
        {"namespaces=\"file", "values in quotes"},
        {"namespaces=\"file\",namespaces=\"file\"", "twice"},
        {"namespaces=\"file\"x", "a blank behind them"},
        {"namespaces=\"file\",", "expected an option"},
        {",namespaces=\"file\"", "expected an option"},
        {"cert-authority=\"yes\"", "takes no value"},
        {"valid-after=\"tomorrow\"", "expected a date as YYYYMMDD"},
        {"valid-after=\"2026-11-24\"", "expected a date"},
        {"valid-before=\"\"", "expected a date"},
        {"valid-before=\"20260231\"", "expected a date"},
        {"valid-before=\"20300101\",valid-before=\"20310101\"", "twice"},
        {"valid-after=\"20300101\",valid-before=\"20200101\"", "valid-before is before"},
        {"command=\"x\"", "not \"command\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char before[128];
        snprintf(before, sizeof before, "me@here %s", rows[i].options);
        expect_before(before, 0, rows[i].problem);
    }
}

static int64_t an_hour_east(void *user, int64_t shown)
{
    (void)user;
    return shown - 3600;
}

static void dates_without_a_zone_are_those_of_the_callers(void)
{
    const cleat_time_zone zone = {an_hour_east, NULL};
    static const struct {
        const char *text;
        int64_t utc, east;
    } rows[] = {
        {"20261124", 1795478400, 1795474800},        {"202611241200", 1795521600, 1795518000},
        {"20261124120001", 1795521601, 1795518001},  {"20261124120001Z", 1795521601, 1795521601},
        {"202611241200utc", 1795521600, 1795521600}, {"20000229Z", 951782400, 951782400},
    };
    int64_t seconds;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT(cleat_config_date(rows[i].text, NULL, &seconds));
        CU_ASSERT_EQUAL(seconds, rows[i].utc);
        CU_ASSERT(cleat_config_date(rows[i].text, &zone, &seconds));
        CU_ASSERT_EQUAL(seconds, rows[i].east);
    }
    static const char *const bad[] = {"",         "Z",        "UTC",          "2026112",
                                      "20261131", "20230229", "202611242400", "20261124UTCZ"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_FALSE(cleat_config_date(bad[i], NULL, &seconds));
}

static void dates_in_lines_are_the_callers(void)
{
    const cleat_time_zone zone = {an_hour_east, NULL};
    cleat_signer_facts signer = signer_of(NULL, NOON_2026_11_24);
    expect("me valid-before=\"202611241230\" " KEY, "me", &signer, 1, "none");
    signer.zone = &zone;
    expect("me valid-before=\"202611241230\" " KEY, "me", &signer, 0, "expired");
    expect("me valid-before=\"202611241230Z\" " KEY, "me", &signer, 1, "none");
}

/* ---- certificates ---- */

static void expect_cert(const char *name, const char *before, const char *after,
                        const char *principal, int64_t when, unsigned line, const char *problem)
{
    char file[2048];
    cleat_cert *cert = read_cert(name);
    const cleat_signer_facts signer = signer_of(cert, when);
    snprintf(file, sizeof file, "%s %s\n", before, after);
    expect(file, principal, &signer, line, problem);
    cleat_cert_unref(cert);
}

static void authorities_answer_for_the_names_they_certify(void)
{
    const int64_t now = NOON_2026_11_24;
    expect_cert("user_ed25519", "m* cert-authority", ca, "me", now, 1, "none");
    expect_cert("user_ed25519", "me CERT-AUTHORITY,namespaces=\"file\"", ca, "me", now, 1, "none");
    expect_cert("user_ed25519", "m* cert-authority", ca, "my", now, 0,
                "signers:1: certificate: its name is not a listed one");
    expect_cert("user_ed25519", "you cert-authority", ca, "me", now, 0, "none");
    expect_cert("user_ed25519", "me cert-authority,namespaces=\"git\"", ca, "me", now, 0,
                "not for signatures of this namespace");
    expect_cert("user_ed25519", "me", ca, "me", now, 0, "none");
    expect_cert("user_ed25519", "me", KEY, "me", now, 0, "none");
    expect_cert("user_ed25519", "me cert-authority", KEY, "me", now, 0, "none");
    expect_cert("user_ed25519", "me cert-authority", ca, "me", YEAR_2019, 0, "not valid yet");
    expect_cert("user_ed25519", "me cert-authority", ca, "me", YEAR_2031, 0, "has expired");
}

static void what_certificates_say_counts(void)
{
    const int64_t now = NOON_2026_11_24;
    expect_cert("host_ed25519", "* cert-authority", ca, "host.example", now, 0, "it is a host's");
    expect_cert("nobody", "me cert-authority", ca, "me", now, 0, "lists no names");
    expect_cert("unknown", "me cert-authority", ca, "me", now, 0, "critical option");
    expect_cert("verify", "me cert-authority", ca, "me", now, 0,
                "verify-required asks for what the");
    expect_cert("options", "me cert-authority", ca, "me", now, 1, "none");
}

static void a_line_may_have_the_certificate_itself(void)
{
    const int64_t now = NOON_2026_11_24;
    const cleat_signer_facts plain = signer_of(NULL, now);
    char file[1200];
    expect_cert("user_ed25519", "anybody", cert_line, "anybody", now, 1, "none");
    expect_cert("user_ed25519", "anybody", cert_line, "anybody", YEAR_2031, 0, "has expired");
    expect_cert("user_ed25519", "anybody cert-authority", cert_line, "anybody", now, 0, "none");
    expect_cert("options", "anybody", cert_line, "anybody", now, 0, "none");
    snprintf(file, sizeof file, "me %s", cert_line);
    expect(file, "me", &plain, 0, "none");
}

static void authorities_do_not_sign_themselves(void)
{
    expect_before("me@here cert-authority", 0, "none");
}

/* ---- who and which ---- */

static void expect_names(const char *file, const cleat_signer_facts *signer, const char *names)
{
    cleat_bytes found;
    cleat_status st =
        cleat_allowed_signers_find(ctx, cleat_slice_of(file), "signers", signer, &found, NULL);
    const char *text = found.len ? (const char *)found.data : "";
    CU_ASSERT_EQUAL(st, *names ? CLEAT_OK : CLEAT_E_NO_SUCH);
    CU_ASSERT_STRING_EQUAL(text, names);
    cleat_bytes_free(&found);
}

static void principals_of_a_key_are_found(void)
{
    cleat_signer_facts signer = signer_of(NULL, NOON_2026_11_24);
    signer.name_space = NULL;
    expect_names("you " OTHER "\nme,m*@here " KEY "\nwho " KEY, &signer, "me\nm*@here\n");
    expect_names("\"some body,me\" namespaces=\"git\" " KEY, &signer, "some body\nme\n");
    expect_names("me valid-before=\"20200101\" " KEY "\nwho " KEY, &signer, "who\n");
    expect_names("me frobnicate " KEY "\nwho " KEY, &signer, "who\n");
    expect_names("me cert-authority " KEY, &signer, "");
    expect_names("", &signer, "");
}

static void principals_of_a_certificate_are_found(void)
{
    char file[1024];
    cleat_cert *cert = read_cert("user_ed25519");
    cleat_signer_facts signer = signer_of(cert, NOON_2026_11_24);
    snprintf(file, sizeof file, "they cert-authority %s\n* cert-authority %s\n", ca, ca);
    expect_names(file, &signer, "me\nyou\n");
    snprintf(file, sizeof file, "*,!me cert-authority %s\n", ca);
    expect_names(file, &signer, "you\n");
    snprintf(file, sizeof file, "* %s\n", KEY);
    expect_names(file, &signer, "");
    signer.when = YEAR_2031;
    snprintf(file, sizeof file, "* cert-authority %s\n", ca);
    expect_names(file, &signer, "");
    cleat_cert_unref(cert);
}

static void lines_of_a_principal_are_found(void)
{
    cleat_bytes found;
    cleat_bytes problems;
    const cleat_slice file = cleat_slice_of("m* " KEY "\nyou " OTHER "\nme frob " KEY
                                            "\n\"a b,me\" cert-authority,valid-before=\"2020\" " KEY
                                            "\nx,me cert-authority,valid-before=\"20200101\" " KEY);
    CU_ASSERT_EQUAL(cleat_allowed_signers_match(ctx, file, "signers", "me", &found, &problems),
                    CLEAT_OK);
    CU_ASSERT_STRING_EQUAL((const char *)found.data, "m*\nx,me\n");
    CU_ASSERT_PTR_NOT_NULL(strstr((const char *)problems.data, "signers:3: expected an option"));
    CU_ASSERT_PTR_NOT_NULL(strstr((const char *)problems.data, "signers:4: expected a date"));
    cleat_bytes_free(&problems);
    cleat_bytes_free(&found);
    CU_ASSERT_EQUAL(cleat_allowed_signers_match(ctx, file, "signers", "they", &found, NULL),
                    CLEAT_E_NO_SUCH);
    cleat_bytes_free(&found);
}

static void facts_without_a_key_are_refused(void)
{
    cleat_bytes out;
    cleat_signer_facts signer = signer_of(NULL, 0);
    signer.key = NULL;
    CU_ASSERT_EQUAL(cleat_allowed_signers_check(ctx, CL_SLICE_EMPTY, "", "me", &signer, NULL, NULL),
                    CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cleat_allowed_signers_find(ctx, CL_SLICE_EMPTY, "", &signer, &out, NULL),
                    CLEAT_E_BAD_CALL);
    cleat_bytes_free(&out);
}

void suite_allowed_signers(void)
{
    CU_pSuite s =
        CU_add_suite_with_setup_and_teardown("allowed_signers", NULL, NULL, set_up, tear_down);
    CU_add_test(s, "principals are patterns", principals_are_patterns);
    CU_add_test(s, "lines are looked at in order", lines_are_looked_at_in_order);
    CU_add_test(s, "namespaces are patterns", namespaces_are_patterns);
    CU_add_test(s, "dates bound the use", dates_bound_the_use);
    CU_add_test(s, "options that make no sense void the line",
                options_that_make_no_sense_void_the_line);
    CU_add_test(s, "dates without a zone are those of the caller's",
                dates_without_a_zone_are_those_of_the_callers);
    CU_add_test(s, "dates in lines are the caller's", dates_in_lines_are_the_callers);
    CU_add_test(s, "authorities answer for the names they certify",
                authorities_answer_for_the_names_they_certify);
    CU_add_test(s, "what certificates say counts", what_certificates_say_counts);
    CU_add_test(s, "a line may have the certificate itself",
                a_line_may_have_the_certificate_itself);
    CU_add_test(s, "authorities do not sign themselves", authorities_do_not_sign_themselves);
    CU_add_test(s, "principals of a key are found", principals_of_a_key_are_found);
    CU_add_test(s, "principals of a certificate are found", principals_of_a_certificate_are_found);
    CU_add_test(s, "lines of a principal are found", lines_of_a_principal_are_found);
    CU_add_test(s, "facts without a key are refused", facts_without_a_key_are_refused);
}
