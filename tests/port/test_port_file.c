/* Private files: reading, replacing, appending, locking. */
#include "dialect.h"

#include <CUnit/CUnit.h>
#include <cleat/ctx.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { LIMIT = 4096 };

static char *scratch;

static int make(void)
{
    scratch = make_scratch();
    return scratch ? 0 : 1;
}

static int clean(void)
{
    remove_tree(scratch);
    port_free(scratch);
    return 0;
}

static void expect_content(const char *path, const char *expected)
{
    uint8_t *data;
    size_t len;
    CU_ASSERT_EQUAL_FATAL(port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, LIMIT, NULL),
                          CLEAT_OK);
    CU_ASSERT_EQUAL(len, strlen(expected));
    CU_ASSERT_STRING_EQUAL((const char *)data, expected);
    port_free(data);
}

static void missing_file_is_told_apart(void)
{
    char *path = below(scratch, "missing");
    uint8_t *data;
    size_t len;
    cleat_error error = {0};
    CU_ASSERT_EQUAL(port_file_read(&data, &len, path, PORT_TRUST_CONFIG, NULL, LIMIT, &error),
                    CLEAT_E_NO_SUCH);
    CU_ASSERT_PTR_NULL(data);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path));
    port_free(path);
}

static void limit_is_kept(void)
{
    char *path = below(scratch, "sized");
    uint8_t *data;
    size_t len;
    put_file(path, "12345");
    CU_ASSERT_EQUAL(port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, 4, NULL),
                    CLEAT_E_LIMIT);
    CU_ASSERT_EQUAL(port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, 5, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(len, 5);
    port_free(data);
    port_free(path);
}

static void a_check_needs_no_room(void)
{
    char *path = below(scratch, "sized");
    char *missing = below(scratch, "missing");
    put_file(path, "12345");
    CU_ASSERT_EQUAL(port_file_check(path, PORT_TRUST_REGULAR, NULL, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(port_file_check(missing, PORT_TRUST_REGULAR, NULL, NULL), CLEAT_E_NO_SUCH);
    CU_ASSERT_NOT_EQUAL(port_file_check(scratch, PORT_TRUST_REGULAR, NULL, NULL), CLEAT_OK);
    port_free(missing);
    port_free(path);
}

static void directory_is_no_file(void)
{
    uint8_t *data;
    size_t len;
    CU_ASSERT(port_file_read(&data, &len, scratch, PORT_TRUST_ANY, NULL, LIMIT, NULL) < 0);
    CU_ASSERT_PTR_NULL(data);
}

static void write_makes_and_replaces(void)
{
    char *path = below(scratch, "written");
    CU_ASSERT_EQUAL(port_file_write(path, cleat_slice_of("one"), PORT_ACCESS_PRIVATE, NULL),
                    CLEAT_OK);
    expect_content(path, "one");
    CU_ASSERT_EQUAL(port_file_write(path, cleat_slice_of("second"), PORT_ACCESS_PUBLIC, NULL),
                    CLEAT_OK);
    expect_content(path, "second");
    port_free(path);
}

static void written_secret_may_be_read_as_one(void)
{
    char *path = below(scratch, "secret");
    uint8_t *data;
    size_t len;
    CU_ASSERT_EQUAL(port_file_write(path, cleat_slice_of("key"), PORT_ACCESS_PRIVATE, NULL),
                    CLEAT_OK);
    CU_ASSERT_EQUAL(port_file_read(&data, &len, path, PORT_TRUST_SECRET, NULL, LIMIT, NULL),
                    CLEAT_OK);
    port_free_secret(data, len);
    port_free(path);
}

static int count_entries(const char *directory)
{
    uv_fs_t list;
    int count = uv_fs_scandir(NULL, &list, directory, 0, NULL);
    uv_fs_req_cleanup(&list);
    return count;
}

static void failed_write_leaves_nothing(void)
{
    char *directory = below(scratch, "blocked");
    char *inner = below(directory, "in");
    CU_ASSERT_EQUAL(port_dir_create(inner, NULL), CLEAT_OK);
    /* A directory that is not empty cannot be replaced by a file. */
    CU_ASSERT(port_file_write(inner, cleat_slice_of("x"), PORT_ACCESS_PRIVATE, NULL) < 0);
    CU_ASSERT_EQUAL(count_entries(directory), 1);
    port_free(inner);
    port_free(directory);
}

static void append_makes_the_file_and_mends_newlines(void)
{
    char *path = below(scratch, "lines");
    CU_ASSERT_EQUAL(port_file_append(path, "one", NULL), CLEAT_OK);
    expect_content(path, "one\n");
    put_file(path, "no newline");
    CU_ASSERT_EQUAL(port_file_append(path, "two", NULL), CLEAT_OK);
    expect_content(path, "no newline\ntwo\n");
    port_free(path);
}

static void record_stands_on_a_line_of_its_own(void)
{
    static const char end[] = "\nthree\n";
    uint8_t *data;
    size_t len;
    char *path = below(scratch, "records");
    CU_ASSERT_EQUAL(port_file_add_record(path, "one", NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(port_file_add_record(path, "two", NULL), CLEAT_OK);
    expect_content(path, "one\ntwo\n");
    put_file(path, "half a rec");
    CU_ASSERT_EQUAL(port_file_add_record(path, "three", NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, LIMIT, NULL),
                          CLEAT_OK);
    CU_ASSERT_FATAL(len >= strlen(end));
    CU_ASSERT_STRING_EQUAL((const char *)data + len - strlen(end), end);
    port_free(data);
    port_free(path);
}

typedef struct editor {
    const char *path;
    uv_thread_t thread;
} editor;

/* Reads a number, adds one, writes it back, many times: lost updates would show in the sum. */
static void edit_many_times(void *argument)
{
    const editor *e = argument;
    for (int i = 0; i < 20; i++) {
        port_lock *lock;
        uint8_t *data;
        size_t len;
        int number = 0;
        char text[16];
        if (port_file_lock(&lock, e->path, NULL) < 0)
            return;
        if (port_file_read(&data, &len, e->path, PORT_TRUST_ANY, NULL, LIMIT, NULL) == CLEAT_OK) {
            sscanf((const char *)data, "%d", &number);
            port_free(data);
        }
        snprintf(text, sizeof text, "%d", number + 1);
        cleat_status status =
            port_file_write(e->path, cleat_slice_of(text), PORT_ACCESS_PRIVATE, NULL);
        port_file_unlock(lock);
        if (status < 0)
            return;
    }
}

static void lock_keeps_editors_apart(void)
{
    char *path = below(scratch, "counter");
    editor editors[3];
    put_file(path, "0");
    for (int i = 0; i < 3; i++) {
        editors[i].path = path;
        CU_ASSERT_EQUAL_FATAL(uv_thread_create(&editors[i].thread, edit_many_times, &editors[i]),
                              0);
    }
    for (int i = 0; i < 3; i++)
        uv_thread_join(&editors[i].thread);
    expect_content(path, "60");
    port_free(path);
}

/* ---- edits ---- */

typedef struct change {
    const char *path; /* another program writes here during the first call; NULL: none */
    const char *theirs;
    const char *text; /* comes behind the old content; NULL: nothing changes */
    int calls;
    cleat_ctx *ctx;
    cleat_status status;
} change;

/* What the library's calls do: the content in memory of the context. */
static cleat_status add_text(void *user, cleat_slice old, cleat_bytes *out)
{
    change *c = user;
    if (c->calls++ == 0 && c->path)
        put_file(c->path, c->theirs);
    if (c->status != CLEAT_OK || !c->text)
        return c->status;
    out->len = old.len + strlen(c->text);
    out->cap = out->len + 1;
    out->data = malloc(out->cap);
    if (!out->data)
        return CLEAT_E_NOMEM;
    memcpy(out->data, old.data, old.len);
    memcpy(out->data + old.len, c->text, strlen(c->text) + 1);
    out->ctx = cleat_ctx_ref(c->ctx);
    return CLEAT_OK;
}

static cleat_status edit(const char *path, const char *backup, change *c)
{
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(&c->ctx, NULL), CLEAT_OK);
    cleat_status status = port_file_edit(path, LIMIT, backup, add_text, c, NULL);
    cleat_ctx_unref(c->ctx);
    return status;
}

static void edit_changes_the_content_and_keeps_the_old(void)
{
    char *path = below(scratch, "edited"), *backup = below(scratch, "edited.old");
    change c = {.text = "two\n"};
    put_file(path, "one\n");
    put_file(backup, "long gone");
    CU_ASSERT_EQUAL(edit(path, backup, &c), CLEAT_OK);
    expect_content(path, "one\ntwo\n");
    expect_content(backup, "one\n");
    CU_ASSERT_EQUAL(c.calls, 1);
    port_free(backup);
    port_free(path);
}

static void edit_that_changes_nothing_writes_nothing(void)
{
    char *path = below(scratch, "same"), *backup = below(scratch, "same.old");
    change nothing = {0}, empty = {.text = ""}, fails = {.status = CLEAT_E_FORMAT};
    uint8_t *data;
    size_t len;
    put_file(path, "one\n");
    CU_ASSERT_EQUAL(edit(path, backup, &nothing), CLEAT_OK);
    CU_ASSERT_EQUAL(edit(path, backup, &empty), CLEAT_OK);
    CU_ASSERT_EQUAL(edit(path, backup, &fails), CLEAT_E_FORMAT);
    expect_content(path, "one\n");
    CU_ASSERT_EQUAL(port_file_read(&data, &len, backup, PORT_TRUST_ANY, NULL, LIMIT, NULL),
                    CLEAT_E_NO_SUCH);
    port_free(backup);
    port_free(path);
}

static void edit_takes_in_what_another_program_wrote(void)
{
    char *path = below(scratch, "contended");
    change c = {.path = path, .theirs = "one\ntheirs\n", .text = "two\n"};
    put_file(path, "one\n");
    CU_ASSERT_EQUAL(edit(path, NULL, &c), CLEAT_OK);
    CU_ASSERT_EQUAL(c.calls, 2);
    expect_content(path, "one\ntheirs\ntwo\n");
    port_free(path);
}

static void edit_needs_a_file_within_the_limit(void)
{
    char *path = below(scratch, "nowhere"), *large = below(scratch, "large");
    char text[LIMIT + 2];
    change c = {.text = "x"};
    CU_ASSERT_EQUAL(edit(path, NULL, &c), CLEAT_E_NO_SUCH);
    memset(text, 'x', LIMIT + 1);
    text[LIMIT + 1] = 0;
    put_file(large, text);
    CU_ASSERT_EQUAL(edit(large, NULL, &c), CLEAT_E_LIMIT);
    CU_ASSERT_EQUAL(c.calls, 0);
    port_free(large);
    port_free(path);
}

static void append_many_times(void *argument)
{
    const editor *e = argument;
    for (int i = 0; i < 20; i++)
        CU_ASSERT_EQUAL(port_file_append(e->path, "line", NULL), CLEAT_OK);
}

static void edits_and_appends_lose_nothing(void)
{
    char *path = below(scratch, "busy");
    editor appender = {.path = path};
    uint8_t *data;
    size_t len;
    put_file(path, "");
    CU_ASSERT_EQUAL_FATAL(uv_thread_create(&appender.thread, append_many_times, &appender), 0);
    for (int i = 0; i < 20; i++) {
        change c = {.text = "edit\n"};
        CU_ASSERT_EQUAL(edit(path, NULL, &c), CLEAT_OK);
    }
    uv_thread_join(&appender.thread);
    CU_ASSERT_EQUAL_FATAL(port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, LIMIT, NULL),
                          CLEAT_OK);
    CU_ASSERT_EQUAL(len, 2 * 20 * strlen("line\n"));
    port_free(data);
    port_free(path);
}

static void directories_are_made_with_their_parents(void)
{
    char *path = below(scratch, "a/b/c");
    char *file = below(path, "file");
    CU_ASSERT_EQUAL(port_dir_create(path, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(port_dir_create(path, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(port_file_append(file, "x", NULL), CLEAT_OK);
    CU_ASSERT(port_dir_create(file, NULL) < 0);
    port_free(file);
    port_free(path);
}

static void file_of_a_name_in_unicode(void)
{
    char *path = below(scratch, "sch\xc3\xb6n-\xe6\x97\xa5");
    CU_ASSERT_EQUAL(port_file_append(path, "x", NULL), CLEAT_OK);
    expect_content(path, "x\n");
    port_free(path);
}

static const char *const bad_paths[] = {NULL, "", "a\nb", "\xff"};

static void bad_paths_are_refused_by_every_call(void)
{
    for (size_t i = 0; i < sizeof bad_paths / sizeof *bad_paths; i++) {
        const char *path = bad_paths[i];
        uint8_t *data = (uint8_t *)scratch;
        size_t len = 7;
        port_lock *lock = (port_lock *)scratch;
        cleat_error error = {0};
        CU_ASSERT_EQUAL(port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, LIMIT, &error),
                        CLEAT_E_BAD_CALL);
        CU_ASSERT_PTR_NULL(data);
        CU_ASSERT_EQUAL(len, 0);
        CU_ASSERT(strlen(error.text) > 0);
        CU_ASSERT_EQUAL(port_file_write(path, cleat_slice_of("x"), PORT_ACCESS_PUBLIC, NULL),
                        CLEAT_E_BAD_CALL);
        CU_ASSERT_EQUAL(port_file_append(path, "x", NULL), CLEAT_E_BAD_CALL);
        CU_ASSERT_EQUAL(port_file_add_record(path, "x", NULL), CLEAT_E_BAD_CALL);
        CU_ASSERT_EQUAL(port_file_lock(&lock, path, NULL), CLEAT_E_BAD_CALL);
        CU_ASSERT_PTR_NULL(lock);
        CU_ASSERT_EQUAL(port_dir_create(path, NULL), CLEAT_E_BAD_CALL);
    }
}

static void values_without_a_meaning_are_refused(void)
{
    char *path = below(scratch, "never");
    const cleat_slice nowhere = {.data = NULL, .len = 1};
    uint8_t *data;
    size_t len;
    CU_ASSERT_EQUAL(port_file_read(&data, &len, path, (port_trust)99, NULL, LIMIT, NULL),
                    CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(port_file_read(&data, &len, path, PORT_TRUST_STRICT, "", LIMIT, NULL),
                    CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, SIZE_MAX, NULL),
                    CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(port_file_write(path, cleat_slice_of("x"), (port_access)99, NULL),
                    CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(port_file_write(path, nowhere, PORT_ACCESS_PRIVATE, NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, LIMIT, NULL),
                    CLEAT_E_NO_SUCH);
    port_free(path);
}

static void two_lines_are_not_one(void)
{
    char *path = below(scratch, "one line");
    static const char *const lines[] = {NULL, "host key\nother key", "host key\r"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        CU_ASSERT_EQUAL(port_file_append(path, lines[i], NULL), CLEAT_E_BAD_CALL);
        CU_ASSERT_EQUAL(port_file_add_record(path, lines[i], NULL), CLEAT_E_BAD_CALL);
    }
    CU_ASSERT_EQUAL(port_file_append(path, "host key", NULL), CLEAT_OK);
    expect_content(path, "host key\n");
    port_free(path);
}

/* More than Windows' usual 260 characters. */
static void long_paths_work_in_every_call(void)
{
    char part[101] = {0};
    memset(part, 'd', 100);
    char *one = below(scratch, part), *two = below(one, part), *deep = below(two, part);
    char *path = below(deep, "file"), *pattern = below(deep, "f*");
    char **found = NULL;
    CU_ASSERT_EQUAL_FATAL(port_dir_create(deep, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(port_file_append(path, "one", NULL), CLEAT_OK);
    expect_content(path, "one\n");
    CU_ASSERT_EQUAL(port_file_write(path, cleat_slice_of("two"), PORT_ACCESS_PRIVATE, NULL),
                    CLEAT_OK);
    expect_content(path, "two");
    CU_ASSERT_EQUAL_FATAL(port_path_glob(&found, pattern, NULL), CLEAT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(found[0]);
    CU_ASSERT_STRING_EQUAL(found[0], path);
    port_free(found);
    char *all[] = {one, two, deep, path, pattern};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        port_free(all[i]);
}

void suite_port_file(void)
{
    CU_pSuite suite = CU_add_suite("port file", make, clean);
    CU_add_test(suite, "missing file is told apart", missing_file_is_told_apart);
    CU_add_test(suite, "limit is kept", limit_is_kept);
    CU_add_test(suite, "a check needs no room", a_check_needs_no_room);
    CU_add_test(suite, "directory is no file", directory_is_no_file);
    CU_add_test(suite, "write makes and replaces", write_makes_and_replaces);
    CU_add_test(suite, "written secret may be read as one", written_secret_may_be_read_as_one);
    CU_add_test(suite, "failed write leaves nothing", failed_write_leaves_nothing);
    CU_add_test(suite, "append makes the file and mends newlines",
                append_makes_the_file_and_mends_newlines);
    CU_add_test(suite, "a record stands on a line of its own", record_stands_on_a_line_of_its_own);
    CU_add_test(suite, "lock keeps editors apart", lock_keeps_editors_apart);
    CU_add_test(suite, "edit changes the content and keeps the old",
                edit_changes_the_content_and_keeps_the_old);
    CU_add_test(suite, "edit that changes nothing writes nothing",
                edit_that_changes_nothing_writes_nothing);
    CU_add_test(suite, "edit takes in what another program wrote",
                edit_takes_in_what_another_program_wrote);
    CU_add_test(suite, "edit needs a file within the limit", edit_needs_a_file_within_the_limit);
    CU_add_test(suite, "edits and appends lose nothing", edits_and_appends_lose_nothing);
    CU_add_test(suite, "directories are made with their parents",
                directories_are_made_with_their_parents);
    CU_add_test(suite, "file of a name in unicode", file_of_a_name_in_unicode);
    CU_add_test(suite, "bad paths are refused by every call", bad_paths_are_refused_by_every_call);
    CU_add_test(suite, "values without a meaning are refused",
                values_without_a_meaning_are_refused);
    CU_add_test(suite, "two lines are not one", two_lines_are_not_one);
    CU_add_test(suite, "long paths work in every call", long_paths_work_in_every_call);
}
