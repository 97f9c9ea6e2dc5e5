/* known_hosts: which lines name a host, what they say about a key, and the lines we write. */
#include "../../libcore/base/slice.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ED25519 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh5"
#define OTHER_ED25519                                                                              \
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh6"
#define SOME_RSA "ssh-rsa AAAAB3NzaC1yc2E="

static cleat_ctx *ctx;
static cleat_key *key; /* ED25519 */

static int set_up(void)
{
    cleat_slice text = cleat_slice_of(ED25519);
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

static cleat_host_answer ask(const char *file, const char *host, uint16_t port)
{
    cleat_host_answer answer;
    CU_ASSERT_EQUAL(cleat_known_hosts_check(ctx, cleat_slice_of(file), host, port, key, &answer),
                    CLEAT_OK);
    return answer;
}

typedef struct lookup {
    const char *file, *host;
    uint16_t port;
    cleat_host_verdict verdict;
    unsigned line;
} lookup;

static void check(const lookup *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cleat_host_answer answer = ask(cases[i].file, cases[i].host, cases[i].port);
        if (answer.verdict != cases[i].verdict || answer.line != cases[i].line)
            printf("case %zu: verdict %d, line %u\n", i, (int)answer.verdict, answer.line);
        CU_ASSERT_EQUAL(answer.verdict, cases[i].verdict);
        CU_ASSERT_EQUAL(answer.line, cases[i].line);
    }
}

static void names_are_matched_as_openssh_does(void)
{
    static const lookup cases[] = {
        {"host " ED25519, "host", 22, CLEAT_HOST_KNOWN, 1},
        {"host " ED25519 " a comment\r\n", "HOST", 22, CLEAT_HOST_KNOWN, 1},
        {"Host\t" ED25519 "\n", "host", 22, CLEAT_HOST_KNOWN, 1},
        {"a,host,b " ED25519, "host", 22, CLEAT_HOST_KNOWN, 1},
        {"*.example.com " ED25519, "a.example.com", 22, CLEAT_HOST_KNOWN, 1},
        {"*.example.com,!a.example.com " ED25519, "a.example.com", 22, CLEAT_HOST_NEW, 0},
        {"10.0.0.? " ED25519, "10.0.0.7", 22, CLEAT_HOST_KNOWN, 1},
        {"host " ED25519, "hos", 22, CLEAT_HOST_NEW, 0},
        {"[host]:2200 " ED25519, "host", 2200, CLEAT_HOST_KNOWN, 1},
        {"[host]:2200 " ED25519, "host", 22, CLEAT_HOST_NEW, 0},
        {"host " ED25519, "host", 2200, CLEAT_HOST_NEW, 0},
        {"2001:db8::1 " ED25519, "2001:DB8::1", 22, CLEAT_HOST_KNOWN, 1},
    };
    check(cases, sizeof cases / sizeof cases[0]);
}

/* Lines hashed by ssh-keygen -H. */
static void hashed_names_are_found(void)
{
    static const char file[] =
        "|1|CwqKg3p3SoWv7A5qfYwPL5zAM40=|70v2vu6iipN3SSruxGTXosvwBic= " ED25519
        "\n|1|IdaEuW3N5HKgb542sJBQd4LEYvc=|PbMUumdbH3kWGNGF4WxxbW1w4J4= " ED25519 "\n";
    CU_ASSERT_EQUAL(ask(file, "example.com", 22).line, 1);
    CU_ASSERT_EQUAL(ask(file, "EXAMPLE.com", 22).line, 1);
    CU_ASSERT_EQUAL(ask(file, "example.com", 2200).line, 2);
    CU_ASSERT_EQUAL(ask(file, "example.org", 22).verdict, CLEAT_HOST_NEW);
}

static void key_is_judged(void)
{
    static const lookup cases[] = {
        {"host " OTHER_ED25519, "host", 22, CLEAT_HOST_CHANGED, 1},
        {"# comment\n\nhost " OTHER_ED25519, "host", 22, CLEAT_HOST_CHANGED, 3},
        {"host " OTHER_ED25519 "\nhost " ED25519, "host", 22, CLEAT_HOST_KNOWN, 2},
        {"host " ED25519 "\nhost " OTHER_ED25519, "host", 22, CLEAT_HOST_KNOWN, 1},
        {"host " SOME_RSA, "host", 22, CLEAT_HOST_NEW, 0},
        {"@revoked * " ED25519 "\nhost " ED25519, "host", 22, CLEAT_HOST_REVOKED, 1},
        {"host " ED25519 "\n@revoked * " ED25519, "host", 22, CLEAT_HOST_REVOKED, 2},
        {"@revoked * " OTHER_ED25519 "\nhost " ED25519, "host", 22, CLEAT_HOST_KNOWN, 2},
        {"@revoked other " ED25519, "host", 22, CLEAT_HOST_NEW, 0},
    };
    check(cases, sizeof cases / sizeof cases[0]);
}

/* None of these lines may make a host known, nor hide a line that does. */
static void lines_that_mean_something_else_are_skipped(void)
{
    static const char *const lines[] = {
        "@cert-authority host " ED25519,
        "@unheard-of host " ED25519,
        "host",
        "host ssh-ed25519",
        "host ssh-ed25519 ***",
        "|1|x|y " ED25519,
        "|1| " ED25519,
        "|2|AAAA|AAAA " ED25519,
        "#host " ED25519,
        "\t ",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char file[512];
        CU_ASSERT_EQUAL(ask(lines[i], "host", 22).verdict, CLEAT_HOST_NEW);
        snprintf(file, sizeof file, "%s\nhost %s\n", lines[i], ED25519);
        CU_ASSERT_EQUAL(ask(file, "host", 22).line, 2);
    }
}

static void types_of_known_keys_are_listed(void)
{
    cleat_host_answer answer;
    cleat_slice file = cleat_slice_of("host " SOME_RSA "\nother ssh-ed448 AAAA\nhost " ED25519
                                      "\n@revoked host ecdsa-sha2-nistp256 AAAA\n"
                                      "host ssh-broken ***\n");
    CU_ASSERT_EQUAL(cleat_known_hosts_check(ctx, file, "host", 22, NULL, &answer), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(answer.key_types, "ssh-rsa,ssh-ed25519");
    CU_ASSERT_EQUAL(answer.verdict, CLEAT_HOST_NEW);
}

static void names_that_are_not_one_name_are_refused(void)
{
    char longest[1200];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = 0;
    const char *const names[] = {"",      "a b",  "a,b",      "*",    "a\nb",
                                 "!host", "|1|a", "@revoked", longest};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cleat_host_answer answer;
        cleat_bytes line;
        CU_ASSERT_EQUAL(cleat_known_hosts_check(ctx, CL_SLICE_EMPTY, names[i], 22, key, &answer),
                        CLEAT_E_BAD_CALL);
        CU_ASSERT_EQUAL(cleat_known_hosts_line(ctx, names[i], 22, key, false, &line),
                        CLEAT_E_BAD_CALL);
    }
}

static void written_lines_are_found_again(void)
{
    static const uint16_t ports[] = {22, 2222};
    for (size_t i = 0; i < 4; i++) {
        bool hashed = i % 2;
        cleat_bytes line;
        CU_ASSERT_EQUAL_FATAL(
            cleat_known_hosts_line(ctx, "Some.Host", ports[i / 2], key, hashed, &line), CLEAT_OK);
        const char *text = (const char *)line.data;
        CU_ASSERT_EQUAL(ask(text, "some.host", ports[i / 2]).verdict, CLEAT_HOST_KNOWN);
        CU_ASSERT_EQUAL(ask(text, "some.host", 23).verdict, CLEAT_HOST_NEW);
        CU_ASSERT_EQUAL(strstr(text, "some") == NULL, hashed);
        CU_ASSERT_EQUAL(text[line.len - 1], '\n');
        cleat_bytes_free(&line);
    }
}

void suite_known_hosts(void)
{
    CU_pSuite s = CU_add_suite("known_hosts", set_up, tear_down);
    CU_add_test(s, "names are matched as OpenSSH does", names_are_matched_as_openssh_does);
    CU_add_test(s, "hashed names are found", hashed_names_are_found);
    CU_add_test(s, "key is judged", key_is_judged);
    CU_add_test(s, "lines that mean something else are skipped",
                lines_that_mean_something_else_are_skipped);
    CU_add_test(s, "types of known keys are listed", types_of_known_keys_are_listed);
    CU_add_test(s, "names that are not one name are refused",
                names_that_are_not_one_name_are_refused);
    CU_add_test(s, "written lines are found again", written_lines_are_found_again);
}
