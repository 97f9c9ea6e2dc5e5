/* Changing known_hosts: what is asked for changes, and not a byte beside it. */
#include "../../libcore/base/slice.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/edit.h>
#include <cleat/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define K1 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh5"
#define K2 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh6"
/* "example.com", hashed by ssh-keygen -H */
#define HASHED "|1|CwqKg3p3SoWv7A5qfYwPL5zAM40=|70v2vu6iipN3SSruxGTXosvwBic="

static cleat_ctx *ctx;
static cleat_key *key; /* K1 */

static int set_up(void)
{
    return cleat_ctx_new(&ctx, NULL) == CLEAT_OK &&
                   cleat_key_read_public(&key, ctx, cleat_slice_of(K1), NULL, NULL) == CLEAT_OK
               ? 0
               : 1;
}

static int tear_down(void)
{
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
    return 0;
}

/* Takes `out`. */
static void expect(cleat_bytes *out, const char *wanted, size_t len)
{
    bool same = cleat_slice_equal((cleat_slice){out->data, out->len}, cl_slice(wanted, len));
    if (!same)
        printf("got:\n%s\nwanted:\n%s\n", (const char *)out->data, wanted);
    CU_ASSERT(same);
    cleat_bytes_free(out);
}

static void note_number(void *user, const cleat_host_line *line)
{
    char *list = user;
    snprintf(list + strlen(list), 100 - strlen(list), "%u,", line->number);
}

static void remove_and_expect(const char *file, const char *host, uint16_t port, const char *wanted,
                              const char *numbers)
{
    cleat_bytes out;
    char seen[100] = "";
    CU_ASSERT_EQUAL_FATAL(
        cleat_known_hosts_remove(ctx, cleat_slice_of(file), host, port, note_number, seen, &out),
        CLEAT_OK);
    expect(&out, wanted, strlen(wanted));
    CU_ASSERT_STRING_EQUAL(seen, numbers);
}

static void removed_lines_go_alone(void)
{
    static const struct {
        const char *file, *wanted, *numbers;
    } cases[] = {
        {"host " K1 "\n", "", "1,"},
        {"# a\n\nhost " K1 "\n # b\nother " K1 "\nHOST " K2 " c\n", "# a\n\n # b\nother " K1 "\n",
         "3,6,"},
        {"other " K1 "\r\nhost " K1 "\r\nthird " K1, "other " K1 "\r\nthird " K1, "2,"},
        {"other " K1 "\nhost " K1, "other " K1 "\n", "2,"},
        {"a,host " K1 "\n*.x " K1 "\nh* " K1 "\n!host,* " K1 "\n", "*.x " K1 "\n!host,* " K1 "\n",
         "1,3,"},
        {"@revoked host " K1 "\n@cert-authority host " K1 "\n@new host " K1 "\nhost\n",
         "@revoked host " K1 "\n@cert-authority host " K1 "\n@new host " K1 "\nhost\n", ""},
        {"host ssh-new AAAA\nhost ssh-ed25519 ***\nhost nonsense\n", "", "1,2,3,"},
        {"[host]:22 " K1 "\n[host]:2222 " K1 "\n", "[host]:22 " K1 "\n[host]:2222 " K1 "\n", ""},
        {"", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        remove_and_expect(cases[i].file, "host", 22, cases[i].wanted, cases[i].numbers);
    remove_and_expect("[host]:2222 " K1 "\nhost " K1 "\n", "host", 2222, "host " K1 "\n", "1,");
    remove_and_expect(HASHED " " K1 "\nx " K1, "Example.com", 22, "x " K1, "1,");
}

/* Zero bytes, lines of nothing but carriage returns, and what is not text. */
static void bytes_that_are_no_lines_stay(void)
{
    static const char file[] = "\0\0\n\r\r\nhost " K1 "\n\xff\xfe\0host " K1 "\n\r\n\n\0";
    static const char wanted[] = "\0\0\n\r\r\n\xff\xfe\0host " K1 "\n\r\n\n\0";
    cleat_bytes out;
    CU_ASSERT_EQUAL_FATAL(cleat_known_hosts_remove(ctx, cl_slice(file, sizeof file - 1), "host", 22,
                                                   NULL, NULL, &out),
                          CLEAT_OK);
    expect(&out, wanted, sizeof wanted - 1);
}

static void huge_lines_stay(void)
{
    enum { HUGE_LINE = 3 << 20 };
    char *file = malloc(HUGE_LINE + 200);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    memset(file, 'a', HUGE_LINE);
    memcpy(file + HUGE_LINE, "\nhost " K1 "\n", sizeof "\nhost " K1 "\n");
    cleat_bytes out;
    CU_ASSERT_EQUAL_FATAL(
        cleat_known_hosts_remove(ctx, cleat_slice_of(file), "host", 22, NULL, NULL, &out),
        CLEAT_OK);
    expect(&out, file, HUGE_LINE + 1);
    free(file);
}

static void lines_of_a_host_are_told(void)
{
    static const char file[] = "# host\nhost " K1 "\nx " K1 "\n@revoked * " K1
                               "\n@cert-authority host " K1 "\n" HASHED " " K1 "\nbroken\n";
    char seen[100] = "";
    unsigned lines = 0;
    CU_ASSERT_EQUAL(
        cleat_known_hosts_each(ctx, cleat_slice_of(file), "host", 22, &lines, note_number, seen),
        CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(seen, "2,4,5,");
    seen[0] = 0;
    lines = 0;
    CU_ASSERT_EQUAL(cleat_known_hosts_each(ctx, cleat_slice_of(file), "example.com", 22, &lines,
                                           note_number, seen),
                    CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(seen, "4,6,");
    seen[0] = 0;
    lines = 0;
    CU_ASSERT_EQUAL(
        cleat_known_hosts_each(ctx, cleat_slice_of(file), NULL, 0, &lines, note_number, seen),
        CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(seen, "2,3,4,5,6,7,");
    seen[0] = 0;
    CU_ASSERT_EQUAL(lines, 7);
    CU_ASSERT_EQUAL(
        cleat_known_hosts_each(ctx, cleat_slice_of(file), "host", 22, &lines, note_number, seen),
        CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(seen, "9,11,12,"); /* a second piece */
    CU_ASSERT_EQUAL(lines, 14);
}

static void added_line_comes_last(void)
{
    static const struct {
        const char *file, *wanted;
    } cases[] = {
        {"", "host " K1 "\n"},
        {"a\n", "a\nhost " K1 "\n"},
        {"a", "a\nhost " K1 "\n"},
        {"a\r\nb", "a\r\nb\r\nhost " K1 "\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cleat_bytes out;
        CU_ASSERT_EQUAL_FATAL(
            cleat_known_hosts_add(ctx, cleat_slice_of(cases[i].file), "Host", 22, key, false, &out),
            CLEAT_OK);
        expect(&out, cases[i].wanted, strlen(cases[i].wanted));
    }
}

static bool knows(const cleat_bytes *file, const char *host, uint16_t port)
{
    cleat_host_answer answer;
    return cleat_known_hosts_check(ctx, (cleat_slice){file->data, file->len}, host, port, key,
                                   &answer) == CLEAT_OK &&
           answer.verdict == CLEAT_HOST_KNOWN;
}

static void hashed_names_are_found_again(void)
{
    static const char file[] = "# c\nOne,10.0.0.1 " K1 " comment\n[two]:2222\t" K1 "\n* " K2
                               "\n@revoked x " K2 "\nbroken\n" HASHED " " K1;
    cleat_bytes out;
    char seen[100] = "";
    CU_ASSERT_EQUAL_FATAL(
        cleat_known_hosts_hash(ctx, cleat_slice_of(file), note_number, seen, &out), CLEAT_OK);
    const char *text = (const char *)out.data;
    CU_ASSERT_STRING_EQUAL(seen, "4,6,");
    CU_ASSERT_TRUE(knows(&out, "one", 22));
    CU_ASSERT_TRUE(knows(&out, "10.0.0.1", 22));
    CU_ASSERT_TRUE(knows(&out, "two", 2222));
    CU_ASSERT_PTR_NULL(strstr(text, "One"));
    CU_ASSERT_PTR_NULL(strstr(text, "two"));
    CU_ASSERT_EQUAL(strncmp(text, "# c\n|1|", 7), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "= " K1 " comment\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n* " K2 "\n@revoked x " K2 "\nbroken\n" HASHED " " K1));
    CU_ASSERT_EQUAL(text[out.len - 1], K1[sizeof K1 - 2]);
    cleat_bytes_free(&out);
}

static void hashed_file_stays(void)
{
    static const char file[] = HASHED " " K1 "\r\n# x";
    cleat_bytes out;
    CU_ASSERT_EQUAL_FATAL(cleat_known_hosts_hash(ctx, cleat_slice_of(file), NULL, NULL, &out),
                          CLEAT_OK);
    expect(&out, file, sizeof file - 1);
}

/* ---- UpdateHostKeys ---- */

static cleat_hosts_change update(const char *file, const char *wanted)
{
    cleat_bytes out;
    cleat_hosts_change change;
    CU_ASSERT_EQUAL_FATAL(cleat_known_hosts_update(ctx, cleat_slice_of(file), "host", 22, &key, 1,
                                                   false, &change, &out),
                          CLEAT_OK);
    CU_ASSERT_EQUAL(out.data != NULL, change == CLEAT_HOSTS_CHANGED);
    if (change == CLEAT_HOSTS_CHANGED)
        expect(&out, wanted, strlen(wanted));
    return change;
}

static void update_drops_old_keys_and_adds_new_ones(void)
{
    CU_ASSERT_EQUAL(update("# x\nhost " K2 "\nb " K2, "# x\nb " K2 "\nhost " K1 "\n"),
                    CLEAT_HOSTS_CHANGED);
    CU_ASSERT_EQUAL(update("x\r\nhost " K2 "\r\n", "x\r\nhost " K1 "\r\n"), CLEAT_HOSTS_CHANGED);
    CU_ASSERT_EQUAL(update("host " K1, NULL), CLEAT_HOSTS_SAME);
    CU_ASSERT_EQUAL(update("host,b " K2, NULL), CLEAT_HOSTS_UNCLEAR);
    CU_ASSERT_EQUAL(update("@revoked host " K2 "\nhost " K1, NULL), CLEAT_HOSTS_SAME);
}

/* Of a key that cannot be read nobody knows whether the host still has it. */
static void update_keeps_keys_that_it_cannot_read(void)
{
    static const char *const lines[] = {
        "host ssh-new AAAAB3NzaC1uZXcAAAABeA==",
        "host ssh-ed25519 ***",
        "host ssh-ed25519 AAAA",
        "host nonsense",
        "host ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIFDAnvNLTVB/xpVNt2w05YyCTGM5ZuJMMzhQb63SNwh6",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char file[600];
        char wanted[600];
        snprintf(file, sizeof file, "%s\nhost %s\n", lines[i], K1);
        CU_ASSERT_EQUAL(update(file, NULL), CLEAT_HOSTS_SAME);
        snprintf(file, sizeof file, "host %s\n%s\n", K2, lines[i]);
        snprintf(wanted, sizeof wanted, "%s\nhost %s\n", lines[i], K1);
        CU_ASSERT_EQUAL(update(file, wanted), CLEAT_HOSTS_CHANGED);
    }
}

static void names_that_are_not_one_name_are_refused(void)
{
    cleat_bytes out;
    unsigned lines = 0;
    cleat_slice file = cleat_slice_of("a " K1);
    CU_ASSERT_EQUAL(cleat_known_hosts_remove(ctx, file, "a,b", 22, NULL, NULL, &out),
                    CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cleat_known_hosts_add(ctx, file, "*", 22, key, false, &out), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cleat_known_hosts_each(ctx, file, "", 22, &lines, note_number, NULL),
                    CLEAT_E_BAD_CALL);
    CU_ASSERT_PTR_NULL(out.data);
}

void suite_known_hosts_edit(void)
{
    CU_pSuite s = CU_add_suite("known_hosts_edit", set_up, tear_down);
    CU_add_test(s, "removed lines go alone", removed_lines_go_alone);
    CU_add_test(s, "bytes that are no lines stay", bytes_that_are_no_lines_stay);
    CU_add_test(s, "huge lines stay", huge_lines_stay);
    CU_add_test(s, "lines of a host are told", lines_of_a_host_are_told);
    CU_add_test(s, "added line comes last", added_line_comes_last);
    CU_add_test(s, "hashed names are found again", hashed_names_are_found_again);
    CU_add_test(s, "hashed file stays", hashed_file_stays);
    CU_add_test(s, "update drops old keys and adds new ones",
                update_drops_old_keys_and_adds_new_ones);
    CU_add_test(s, "update keeps keys that it cannot read", update_keeps_keys_that_it_cannot_read);
    CU_add_test(s, "names that are not one name are refused",
                names_that_are_not_one_name_are_refused);
}
