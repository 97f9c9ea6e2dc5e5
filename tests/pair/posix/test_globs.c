/* Patterns of names on a server. */
#include "place.h"

#include <CUnit/CUnit.h>
#include <cleat/glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct found {
    bool done;
    cleat_error why;
    size_t count;
    char names[1000]; /* with a blank behind each, without the folder that was looked in */
} found;

/* ---- names ---- */

static void names_match_as_in_a_shell(void)
{
    static const struct {
        const char *name, *pattern;
        bool matches;
    } rows[] = {
        {"abc", "abc", true},       {"abc", "a*c", true},
        {"abc", "a*b", false},      {"abc", "a?c", true},
        {"abc", "a??c", false},     {"abc", "[a-c]bc", true},
        {"abc", "[!a-c]bc", false}, {"abc", "[^x]bc", true},
        {"a]c", "a[]]c", true},     {"a[c", "a[c", true},
        {"a*c", "a\\*c", true},     {"abc", "a\\*c", false},
        {".abc", "*", false},       {".abc", ".*", true},
        {".abc", "[.]abc", false},  {"", "*", true},
        {"aXbXc", "*X*c", true},    {"abc", "**", true},
        {"a\xffz", "a?z", true},    {"-", "[a-]", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CU_ASSERT_EQUAL(cleat_glob_matches(rows[i].name, rows[i].pattern), rows[i].matches);
}

static void an_escaped_text_is_no_pattern(void)
{
    char out[20];
    CU_ASSERT_TRUE(cleat_glob_is_pattern("a[1]*?\\"));
    cleat_glob_escape(out, "a[1]*?\\");
    CU_ASSERT_STRING_EQUAL(out, "a\\[1]\\*\\?\\\\");
    CU_ASSERT_FALSE(cleat_glob_is_pattern(out));
    CU_ASSERT_TRUE(cleat_glob_matches("a[1]*?\\", out));
}

/* ---- paths ---- */

static void on_found(void *user, char **paths, size_t count, const cleat_error *why)
{
    found *f = user;
    f->done = true;
    f->why = *why;
    f->count = count;
    for (size_t i = 0; i < count; i++) {
        const char *inside = strstr(paths[i], "/t/");
        snprintf(f->names + strlen(f->names), sizeof f->names - strlen(f->names), "%s ",
                 inside ? inside + 3 : paths[i]);
    }
    cleat_glob_free_paths(paths, count);
}

static found look(place *p, const char *pattern)
{
    found f = {.done = false};
    cleat_glob *g;
    CU_ASSERT_EQUAL_FATAL(cleat_glob_start(&g, p->link, pattern, on_found, &f), CLEAT_OK);
    cleat_sftp_link_send(p->link);
    while (!f.done && !p->over)
        place_turn(p);
    return f;
}

static found look_in(place *p, const char *pattern)
{
    char whole[3 * PATH_SIZE];
    snprintf(whole, sizeof whole, "%s/t/%s", p->there, pattern);
    return look(p, whole);
}

/* t has a, b and .h, each with files; a has deep folders; links lead to a and to t itself. */
static void make_tree(const place *p)
{
    static const char *const folders[] = {"t", "t/a", "t/a/er", "t/a/er/est", "t/b", "t/.h"};
    static const char *const files[] = {"t/a/x.c", "t/a/er/y.c", "t/a/er/est/x.c", "t/a/er/est/.hx",
                                        "t/b/x.h", "t/.h/x.c",   "t/top.c"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        make_folder(path_in(p->there, folders[i]));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        store_file(path_in(p->there, files[i]), 1, 1);
    CU_ASSERT_EQUAL_FATAL(symlink("a", path_in(p->there, "t/link")), 0);
    CU_ASSERT_EQUAL_FATAL(symlink("..", path_in(p->there, "t/b/up")), 0);
    CU_ASSERT_EQUAL_FATAL(symlink("nothing", path_in(p->there, "t/b/none")), 0);
}

static void paths_are_found(void)
{
    static const struct {
        const char *pattern, *names;
    } rows[] = {
        {"*", "a b link top.c "},
        {"*/", "a b link "},
        {"*/x.*", "a/x.c b/x.h link/x.c "},
        {"[ab]/x.c", "a/x.c "},
        {".*/x.c", ".h/x.c "},
        {"z*", ""},
        {"top.c/*", ""},
        {"plain", "plain "},
        {"plain/", "plain/ "},
        {"**", "a a/er a/er/est a/er/est/x.c a/er/y.c a/x.c b b/none b/up b/x.h link top.c "},
        {"**/", "a a/er a/er/est b b/up link "},
        {"**/*.c", "a/er/est/x.c a/er/y.c a/x.c top.c "},
        {"**/x.c", "a/er/est/x.c a/x.c "},
        {"**/**/x.c", "a/er/est/x.c a/x.c "},
        {"a/**/x.c", "a/er/est/x.c a/x.c "},
        {"*/**/x.*", "a/er/est/x.c a/x.c b/x.h link/er/est/x.c link/x.c "},
        {"**/er/*", "a/er/est a/er/y.c "},
        {"**/er/est/x.c", "a/er/est/x.c "},
        {"**/.hx", "a/er/est/.hx "},
        {"**/e*/", "a/er a/er/est "},
        {"a**", "a "}, /* a star and a star */
    };
    place p;
    place_open(&p, (cleat_files_options){.user = NULL});
    make_tree(&p);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        found f = look_in(&p, rows[i].pattern);
        CU_ASSERT_EQUAL(f.why.status, CLEAT_OK);
        CU_ASSERT_STRING_EQUAL(f.names, rows[i].names);
    }
    CU_ASSERT_STRING_EQUAL(look(&p, "t/*/er").names, "t/a/er t/link/er ");
    CU_ASSERT_STRING_EQUAL(look(&p, "**/y.c").names, "t/a/er/y.c ");
    place_close(&p);
}

static void a_search_can_be_stopped(void)
{
    place p;
    found f = {.done = false};
    cleat_glob *g;
    char pattern[2 * PATH_SIZE];
    place_open(&p, (cleat_files_options){.user = NULL});
    make_tree(&p);
    snprintf(pattern, sizeof pattern, "%s/**/x.c", p.there);
    for (int turns = 0; turns < 10; turns++) {
        CU_ASSERT_EQUAL_FATAL(cleat_glob_start(&g, p.link, pattern, on_found, &f), CLEAT_OK);
        cleat_sftp_link_send(p.link);
        for (int i = 0; i < turns; i++)
            place_turn(&p);
        CU_ASSERT_FALSE_FATAL(f.done);
        cleat_glob_stop(g, false);
        while (cleat_sftp_waiting(cleat_sftp_link_session(p.link)))
            place_turn(&p);
        CU_ASSERT_FALSE(f.done);
    }
    CU_ASSERT_STRING_EQUAL(look_in(&p, "a/x*").names, "a/x.c ");
    CU_ASSERT_EQUAL_FATAL(cleat_glob_start(&g, p.link, pattern, on_found, &f), CLEAT_OK);
    p.breaks_after = 0;
    cleat_sftp_link_send(p.link);
    while (!p.over)
        place_turn(&p);
    cleat_glob_stop(g, true);
    CU_ASSERT_FALSE(f.done);
    place_close(&p);
}

void suite_globs(void)
{
    CU_pSuite suite = CU_add_suite("globs", NULL, NULL);
    CU_ADD_TEST(suite, names_match_as_in_a_shell);
    CU_ADD_TEST(suite, an_escaped_text_is_no_pattern);
    CU_ADD_TEST(suite, paths_are_found);
    CU_ADD_TEST(suite, a_search_can_be_stopped);
}
