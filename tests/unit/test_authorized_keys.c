/* authorized_keys: which line lets a key in, under which conditions, and what it may do then. */
#include "../../libcore/base/slice.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh5"
#define OTHER "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh6"

enum { NOON_2026_11_24 = 1795521600 };

static cleat_ctx *ctx;
static cleat_key *key;

static int set_up(void)
{
    cleat_slice text = cleat_slice_of(KEY);
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

static cleat_status find_from(const char *file, const char *address, cleat_key_options *options,
                              cleat_bytes *problems)
{
    const cleat_key_peer peer = {.address = address, .now = NOON_2026_11_24};
    return cleat_authorized_keys_find(ctx, cleat_slice_of(file), "keys", key, &peer, options,
                                      problems);
}

static bool lets_in(const char *file, const char *address)
{
    cleat_key_options options;
    bool in = find_from(file, address, &options, NULL) == CLEAT_OK;
    cleat_key_options_free(&options);
    return in;
}

static void key_is_found_among_other_lines(void)
{
    static const struct {
        const char *file;
        unsigned line; /* 0: not there */
    } cases[] = {
        {KEY, 1},
        {KEY " me@here\n", 1},
        {"\n# comment\n" OTHER "\n  " KEY "\r\n", 4},
        {"ssh-ed25519\tAAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh5\tx", 1},
        {"no-pty,command=\"a b\"   " KEY, 1},
        {"", 0},
        {OTHER, 0},
        {"#" KEY, 0},
        {"ssh-ed25519", 0},
        {"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh5", 0},
        {"sk-ssh-ed25519@openssh.com AAAA\n" KEY, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cleat_key_options options;
        cleat_status st = find_from(cases[i].file, "10.0.0.1", &options, NULL);
        CU_ASSERT_EQUAL(st, cases[i].line ? CLEAT_OK : CLEAT_E_NO_SUCH);
        CU_ASSERT_EQUAL(options.line, cases[i].line);
        cleat_key_options_free(&options);
    }
}

static void options_are_handed_over(void)
{
    cleat_key_options o;
    CU_ASSERT_EQUAL_FATAL(
        find_from("command=\"echo \\\"a, b\\\" c\",environment=\"A=1\",Environment=\"B=x=y\","
                  "permitopen=\"a:1\",permitopen=\"[::1]:22\" " KEY,
                  "10.0.0.1", &o, NULL),
        CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(o.command, "echo \"a, b\" c");
    CU_ASSERT_STRING_EQUAL(o.environment[0], "A=1");
    CU_ASSERT_STRING_EQUAL(o.environment[1], "B=x=y");
    CU_ASSERT_PTR_NULL(o.environment[2]);
    CU_ASSERT_STRING_EQUAL(o.permit_open[0], "a:1");
    CU_ASSERT_STRING_EQUAL(o.permit_open[1], "[::1]:22");
    CU_ASSERT_PTR_NULL(o.permit_open[2]);
    CU_ASSERT_FALSE(o.no_pty || o.no_port_forwarding);
    cleat_key_options_free(&o);
}

static void restrict_takes_all_and_later_options_give_back(void)
{
    static const struct {
        const char *options;
        bool no_pty, no_port_forwarding, no_user_rc, no_x11;
    } cases[] = {
        {"restrict", true, true, true, true},
        {"restrict,pty", false, true, true, true},
        {"restrict,port-forwarding", true, false, true, true},
        {"restrict,user-rc", true, true, false, true},
        {"restrict,X11-forwarding", true, true, true, false},
        {"pty,restrict", true, true, true, true},
        {"no-pty", true, false, false, false},
        {"no-port-forwarding,no-agent-forwarding,no-X11-forwarding,no-user-rc", false, true, true,
         true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cleat_key_options o;
        char line[512];
        snprintf(line, sizeof line, "%s %s", cases[i].options, KEY);
        CU_ASSERT_EQUAL(find_from(line, "10.0.0.1", &o, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(o.no_pty, cases[i].no_pty);
        CU_ASSERT_EQUAL(o.no_port_forwarding, cases[i].no_port_forwarding);
        CU_ASSERT_EQUAL(o.no_user_rc, cases[i].no_user_rc);
        CU_ASSERT_EQUAL(o.no_x11_forwarding, cases[i].no_x11);
        cleat_key_options_free(&o);
    }
}

static void unknown_and_malformed_options_refuse_the_line(void)
{
    static const char *const options[] = {
        "frobnicate",
        "cert-authority",
        "verify-required",
        "tunnel=\"1\"",
        "principals=\"a\"",
        "command",
        "command=ls",
        "command=\"unfinished",
        "command=\"a\",command=\"b\"",
        "no-pty=\"x\"",
        "environment=\"NAME\"",
        "environment=\"=value\"",
        "permitopen=\"nohost\"",
        "from=\"10.0.0.0/33\"",
        "from=\"10.0.0.1/8\"", /* bits behind the mask */
        "from=\"10.0.0/8\"",
        "from=\"::/129\"",
        "expiry-time=\"tomorrow\"",
        "expiry-time=\"20260231\"",
        "expiry-time=\"20261301\"",
        "expiry-time=\"202711242400\"",
        ",no-pty",
        "no-pty,",
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        char line[512];
        snprintf(line, sizeof line, "%s %s", options[i], KEY);
        bool in = lets_in(line, "10.0.0.1");
        if (in)
            printf("let in by: %s\n", line);
        CU_ASSERT_FALSE(in);
    }
}

static void from_is_obeyed(void)
{
    static const struct {
        const char *from, *address;
        bool in;
    } cases[] = {
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.11", false},
        {"10.0.0.*", "10.0.0.11", true},
        {"10.0.0.*,!10.0.0.11", "10.0.0.11", false},
        {"!10.0.0.11,10.0.0.*", "10.0.0.12", true},
        {"10.0.0.0/8", "10.200.3.4", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"192.168.1.128/25", "192.168.1.127", false},
        {"192.168.1.128/25", "192.168.1.200", true},
        {"0.0.0.0/0", "8.8.8.8", true},
        {"0.0.0.0/0", "::1", false},
        {"2001:db8::/32", "2001:db8:1::5", true},
        {"2001:db8::/32", "2001:db9::5", false},
        {"!10.0.0.0/8,*", "10.1.1.1", false},
        {"!10.0.0.0/8,*", "12.1.1.1", true},
        {"!10.0.0.0/8", "12.1.1.1", false},
        {"2001:DB8:0::5", "2001:db8::5", true},
        {"2001:db8:0:0:0:0:0:6", "2001:db8::5", false},
        {"*,!2001:0db8::5", "2001:db8::5", false},
        {"host.example", "10.0.0.1", false},
        {"", "10.0.0.1", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[512];
        snprintf(line, sizeof line, "from=\"%s\" %s", cases[i].from, KEY);
        bool in = lets_in(line, cases[i].address);
        if (in != cases[i].in)
            printf("from \"%s\", %s\n", cases[i].from, cases[i].address);
        CU_ASSERT_EQUAL(in, cases[i].in);
    }
}

static void from_may_mean_names(void)
{
    static const struct {
        const char *list, *host;
        bool in;
    } cases[] = {
        {"*.example.org", "a.example.org", true},     {"*.EXAMPLE.org", "a.example.org", true},
        {"*.example.org", "b.example.net", false},    {"*.example.org", NULL, false},
        {"!a.example.org,*", "a.example.org", false}, {"!10.1.2.3,*", "a.example.org", false},
        {"10.0.0.0/8", "b.example.net", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[256];
        cleat_key_options options;
        const cleat_key_peer peer = {.address = "10.1.2.3", .host = cases[i].host};
        snprintf(line, sizeof line, "from=\"%s\" %s\n", cases[i].list, KEY);
        cleat_status st = cleat_authorized_keys_find(ctx, cleat_slice_of(line), "keys", key, &peer,
                                                     &options, NULL);
        CU_ASSERT_EQUAL(st == CLEAT_OK, cases[i].in);
        cleat_key_options_free(&options);
    }
}

static void expired_keys_are_refused(void)
{
    static const struct {
        const char *time;
        bool in;
    } cases[] = {
        {"20261124", false},      {"20261125", true},         {"202611241159", false},
        {"202611241201", true},   {"20261124120000Z", false}, {"20261124120001Z", true},
        {"20240229", false},      {"20280229", true},         {"19700101", false},
        {"99991231235959", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[512];
        snprintf(line, sizeof line, "expiry-time=\"%s\" %s", cases[i].time, KEY);
        CU_ASSERT_EQUAL(lets_in(line, "10.0.0.1"), cases[i].in);
    }
}

static void refused_line_is_told_and_the_next_one_tried(void)
{
    cleat_key_options options;
    cleat_bytes problems;
    CU_ASSERT_EQUAL(find_from("frobnicate " KEY "\nfrom=\"1.2.3.4\" " KEY "\nno-pty " KEY,
                              "10.0.0.1", &options, &problems),
                    CLEAT_OK);
    CU_ASSERT_EQUAL(options.line, 3);
    CU_ASSERT(options.no_pty);
    CU_ASSERT_STRING_EQUAL((const char *)problems.data,
                           "keys line 1: the option frobnicate is unknown or not supported\n"
                           "keys line 2: not allowed from this address\n");
    cleat_bytes_free(&problems);
    cleat_key_options_free(&options);
}

/* ---- certificates ---- */

/* options.pub: for me, "echo hi", from 192.0.2.0/24, with a terminal and nothing else. */
static const char *cert_refusal(const char *lines, bool of_names, cleat_key_options *options)
{
    static char why[512];
    cleat_cert *cert = NULL;
    cleat_bytes problems = {0};
    const cleat_key_peer peer = {.address = "192.0.2.7", .now = NOON_2026_11_24};
    const cleat_cert_use use = {.struct_size = sizeof use,
                                .kind = CLEAT_CERT_USER,
                                .name = "me",
                                .address = peer.address,
                                .now = peer.now};
    cleat_slice text = data_read("certs/options.pub");
    CU_ASSERT_EQUAL_FATAL(cleat_cert_read(&cert, ctx, text, NULL), CLEAT_OK);
    free((void *)(uintptr_t)text.data);
    cleat_status st = (of_names ? cleat_principals_find : cleat_authorized_keys_find_cert)(
        ctx, cleat_slice_of(lines), "file", cert, &use, &peer, options, &problems);
    snprintf(why, sizeof why, "%s", st == CLEAT_OK ? "" : "not found");
    if (problems.len)
        snprintf(why, sizeof why, "%s", (const char *)problems.data);
    cleat_bytes_free(&problems);
    cleat_cert_unref(cert);
    return why;
}

static void expect_cert(const char *before, const char *after, bool of_names, const char *refusal)
{
    char lines[1024];
    cleat_key_options options;
    snprintf(lines, sizeof lines, "%s%s\n", before, after);
    const char *why = cert_refusal(lines, of_names, &options);
    if (!strstr(why, refusal) || (*why && !*refusal))
        printf("%s: %s\n", lines, why);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, refusal));
    CU_ASSERT_EQUAL(*why == 0, *refusal == 0);
    if (!*why) {
        CU_ASSERT_STRING_EQUAL(options.command, "echo hi");
        CU_ASSERT(options.no_port_forwarding);
    }
    cleat_key_options_free(&options);
}

static void authorities_certify_keys(void)
{
    cleat_slice text = data_read("certs/ca.pub");
    const char *ca = (const char *)text.data;
    expect_cert("cert-authority ", ca, false, "");
    expect_cert("cert-authority,principals=\"you, me\" ", ca, false, "");
    expect_cert("cert-authority,principals=\"you\" ", ca, false, "none of the line's principals");
    expect_cert("cert-authority,command=\"echo hi\" ", ca, false, "");
    expect_cert("cert-authority,command=\"other\" ", ca, false, "another than the line's");
    expect_cert("", ca, false, "not found");
    expect_cert("cert-authority ", KEY, false, "not found");
    free((void *)(uintptr_t)text.data);
}

static void names_in_a_file_count(void)
{
    expect_cert("", "me", true, "");
    expect_cert("# me\nyou\n", "no-pty me", true, "");
    expect_cert("", "you", true, "not found");
    expect_cert("from=\"10.0.0.0/8\" ", "me", true, "not allowed from this address");
    expect_cert("cert-authority ", "me", true, "are for files of keys");
    expect_cert("no-such-option ", "me", true, "unknown or not supported");
}

static void authorities_do_not_log_in(void)
{
    CU_ASSERT_FALSE(lets_in("cert-authority " KEY, "192.0.2.1"));
    CU_ASSERT_FALSE(lets_in("principals=\"me\" " KEY, "192.0.2.1"));
    CU_ASSERT(cleat_key_list_trusts(ctx, cleat_slice_of("?\n" KEY "\n"), key));
    CU_ASSERT_FALSE(cleat_key_list_trusts(ctx, cleat_slice_of("?\n" OTHER "\n"), key));
    CU_ASSERT(cleat_key_is_revoked(ctx, cleat_slice_of("?\n" OTHER "\n"), key, NULL));
}

void suite_authorized_keys(void)
{
    CU_pSuite s = CU_add_suite("authorized_keys", set_up, tear_down);
    CU_add_test(s, "key is found among other lines", key_is_found_among_other_lines);
    CU_add_test(s, "options are handed over", options_are_handed_over);
    CU_add_test(s, "restrict takes all and later options give back",
                restrict_takes_all_and_later_options_give_back);
    CU_add_test(s, "unknown and malformed options refuse the line",
                unknown_and_malformed_options_refuse_the_line);
    CU_add_test(s, "from is obeyed", from_is_obeyed);
    CU_add_test(s, "from may mean names", from_may_mean_names);
    CU_add_test(s, "expired keys are refused", expired_keys_are_refused);
    CU_add_test(s, "refused line is told and the next one tried",
                refused_line_is_told_and_the_next_one_tried);
    CU_add_test(s, "authorities certify keys", authorities_certify_keys);
    CU_add_test(s, "names in a file count", names_in_a_file_count);
    CU_add_test(s, "authorities do not log in themselves", authorities_do_not_log_in);
}
