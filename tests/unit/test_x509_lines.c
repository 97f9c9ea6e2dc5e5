/* Lines of known_hosts and authorized_keys about X.509 certificates. */
#include "../../libcore/base/base64.h"
#include "../../libcore/x509/chain.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cleat_ctx *ctx;
static cleat_x509 *chain;
static char own[4096], above[4096], own_key[512]; /* in base64 */

static void encode(const cleat_allocator *mem, cleat_slice bytes, char *out, size_t room)
{
    cl_buf text = CL_BUF(mem);
    cl_base64_encode(&text, bytes, true);
    snprintf(out, room, "%s", cl_buf_text(&text));
    cl_buf_free(&text);
}

static void set_up(void)
{
    cleat_key *key = NULL;
    ctx = data_ctx();
    cleat_slice text = data_read("keys/ed25519.pub");
    cleat_slice file = data_read("x509/user_ed25519.pem");
    bool good = cleat_key_read_public(&key, ctx, text, NULL, NULL) == CLEAT_OK &&
                cleat_x509_read(&chain, key, file, NULL, 0, NULL) == CLEAT_OK;
    free((void *)(uintptr_t)text.data);
    free((void *)(uintptr_t)file.data);
    if (good) {
        encode(chain->env->mem, chain->der[0], own, sizeof own);
        encode(chain->env->mem, chain->der[1], above, sizeof above);
        encode(chain->env->mem, cleat_key_blob(key), own_key, sizeof own_key);
    }
    cleat_key_unref(key);
    CU_ASSERT_FATAL(good);
}

static void tear_down(void)
{
    cleat_x509_unref(chain);
    cleat_ctx_unref(ctx);
}

/* '~', '^' and '#' in the pattern stand for our certificate, the one above it and the key. */
static char *fill_in(const char *pattern)
{
    size_t room = 8 * sizeof own;
    size_t used = 0;
    char *out = calloc(1, room);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    for (const char *c = pattern; *c && used < room; c++) {
        const char one[] = {*c, 0};
        const char *add = *c == '~' ? own : *c == '^' ? above : *c == '#' ? own_key : one;
        used += (size_t)snprintf(out + used, room - used, "%s", add);
    }
    return out;
}

static void test_known_hosts(void)
{
    static const struct {
        const char *text;
        cleat_host_verdict verdict;
        unsigned line;
    } rows[] = {
        {"", CLEAT_HOST_NEW, 0},
        {"host ssh-ed25519 #\n", CLEAT_HOST_NEW, 0},
        {"other x509v3-ssh-rsa Subject:C=DE,O=Example,CN=alice\n", CLEAT_HOST_NEW, 0},
        {"host x509v3-ssh-rsa Subject:C=DE,O=Example,CN=alice\n", CLEAT_HOST_KNOWN, 1},
        {"*,!other x509v3-x subject=/C=DE/O=Example/CN=alice\r\n", CLEAT_HOST_KNOWN, 1},
        {"host x509v3-ssh-rsa Distinguished Name: C=DE, O=Example,*\n", CLEAT_HOST_KNOWN, 1},
        {"host x509v3-ssh-rsa DN:C=DE,O=Example,CN=bob\n", CLEAT_HOST_CHANGED, 1},
        {"host x509v3-ssh-rsa Subject:nonsense\n", CLEAT_HOST_CHANGED, 1},
        {"host x509v3-ssh-rsa Subject:\n", CLEAT_HOST_CHANGED, 1},
        {"host x509v3-ssh-ed25519 ~ comment\n", CLEAT_HOST_KNOWN, 1},
        {"host x509v3-ssh-ed25519 ^\n", CLEAT_HOST_CHANGED, 1},
        {"host x509v3-ssh-ed25519 ****\n", CLEAT_HOST_CHANGED, 1},
        {"host x509v3-x DN:CN=bob\nhost x509v3-x DN:C=DE,*\n", CLEAT_HOST_KNOWN, 2},
        {"@cert-authority host x509v3-x DN:C=DE,*\n", CLEAT_HOST_NEW, 0},
        {"host x509v3-x DN:C=DE,*\n@revoked * x509v3-x DN:C=DE,*\n", CLEAT_HOST_REVOKED, 2},
        {"@revoked * x509v3-x DN:CN=bob\n", CLEAT_HOST_NEW, 0},
        {"@revoked * x509v3-x ~\nhost x509v3-x ~\n", CLEAT_HOST_REVOKED, 1},
        {"@revoked * x509v3-x ^\n", CLEAT_HOST_REVOKED, 1},
        {"@revoked * ssh-ed25519 #\n", CLEAT_HOST_REVOKED, 1},
    };
    set_up();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_host_answer answer;
        char *text = fill_in(rows[i].text);
        CU_ASSERT_EQUAL(
            cleat_known_hosts_check_x509(ctx, cleat_slice_of(text), "host", 22, chain, &answer),
            CLEAT_OK);
        if (answer.verdict != rows[i].verdict || answer.line != rows[i].line)
            printf("%s: %d in line %u\n", rows[i].text, answer.verdict, answer.line);
        CU_ASSERT_EQUAL(answer.verdict, rows[i].verdict);
        CU_ASSERT_EQUAL(answer.line, rows[i].line);
        free(text);
    }
    cleat_host_answer answer;
    CU_ASSERT_EQUAL(
        cleat_known_hosts_check_x509(ctx, cleat_slice_of(""), "a b", 22, chain, &answer),
        CLEAT_E_BAD_CALL);
    tear_down();
}

/* Our certificate's line means nothing to a plain key. */
static void test_plain_keys(void)
{
    cleat_host_answer answer;
    set_up();
    char *text = fill_in("host x509v3-ssh-ed25519 ~\nhost x509v3-x DN:C=DE,O=Example,CN=alice\n");
    cleat_slice file = cleat_slice_of(text);
    CU_ASSERT_EQUAL(cleat_known_hosts_check(ctx, file, "host", 22, cleat_x509_key(chain), &answer),
                    CLEAT_OK);
    CU_ASSERT_EQUAL(answer.verdict, CLEAT_HOST_NEW);
    free(text);
    tear_down();
}

static void test_revoked_keys(void)
{
    static const struct {
        const char *text;
        bool chain, key; /* is revoked */
    } cases[] = {
        {"x509v3-ssh-ed25519 ~\n", true, true},
        {"\n\n x509v3-ssh-ed25519 ~ comment\n", true, true},
        {"x509v3-ssh-ed25519 ^\n", true, false},
        {"x509v3-ssh-ed25519 Subject:C=DE,O=Example,CN=alice\n", true, false},
        {"x509v3-ssh-ed25519 Subject:C=DE,O=Example,CN=bob\n", false, false},
        {"ssh-ed25519 #\n", false, true},
        {"", false, false},
    };
    set_up();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = fill_in(cases[i].text);
        cleat_slice file = cleat_slice_of(text);
        CU_ASSERT_EQUAL(cleat_x509_is_revoked(ctx, file, chain), cases[i].chain);
        CU_ASSERT_EQUAL(cleat_key_is_revoked(ctx, file, cleat_x509_key(chain), NULL), cases[i].key);
        CU_ASSERT_FALSE(cases[i].chain && cleat_key_list_trusts(ctx, file, cleat_x509_key(chain)));
        free(text);
    }
    tear_down();
}

static void test_authorized_keys(void)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *problem;
    } rows[] = {
        {"", 0, ""},
        {"ssh-ed25519 #\n", 0, ""},
        {"x509v3-ssh-rsa Subject:C=DE,O=Example,CN=alice\n", 1, ""},
        {"# no\n\n  x509v3-x Subject: /C=DE/O=Example/CN=alice\r\n", 3, ""},
        {"command=\"echo\",no-pty x509v3-x DN=C=DE,O=Example,*\n", 1, ""},
        {"x509v3-x DN:CN=bob\nx509v3-ssh-ed25519 ~ me\n", 2, ""},
        {"x509v3-x ^\n", 0, ""},
        {"from=\"10.0.0.1\" x509v3-x ~\n", 0, "not allowed from this address"},
        {"cert-authority x509v3-x ~\n", 0, "not for X.509"},
        {"principals=\"alice\" x509v3-x ~\n", 0, "not for X.509"},
        {"nonsense x509v3-x ~\n", 0, "nonsense is unknown"},
    };
    const cleat_key_peer peer = {.address = "192.0.2.1", .now = 1704153600};
    set_up();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_key_options options;
        cleat_bytes problems = {0};
        char *text = fill_in(rows[i].text);
        cleat_status st = cleat_authorized_keys_find_x509(ctx, cleat_slice_of(text), "f", chain,
                                                          &peer, &options, &problems);
        const char *said = problems.len ? (const char *)problems.data : "";
        bool right = st == (rows[i].line ? CLEAT_OK : CLEAT_E_NO_SUCH) &&
                     (st != CLEAT_OK || options.line == rows[i].line) &&
                     (*rows[i].problem ? strstr(said, rows[i].problem) != NULL : !*said);
        if (!right)
            printf("%s: %d, line %u, %s\n", rows[i].text, st, options.line, said);
        CU_ASSERT(right);
        cleat_key_options_free(&options);
        cleat_bytes_free(&problems);
        free(text);
    }
    tear_down();
}

void suite_x509_lines(void)
{
    CU_pSuite suite = CU_add_suite("x509_lines", NULL, NULL);
    CU_add_test(suite, "known_hosts", test_known_hosts);
    CU_add_test(suite, "plain keys", test_plain_keys);
    CU_add_test(suite, "revoked keys", test_revoked_keys);
    CU_add_test(suite, "authorized_keys", test_authorized_keys);
}
