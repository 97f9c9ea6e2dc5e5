/* Copies of files and trees between a client and a server, trees that are made and removed; and
 * what the server of files refuses. */
#include "place.h"

#include "../looks.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const cleat_transfer_options atomic = {.atomic = true};
static const cleat_transfer_options plain = {.atomic = false};

/* ---- atomic ---- */

static void atomic_has_another_name(cleat_transfer_direction way)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    const char *from = way == CLEAT_TRANSFER_PUT ? p.here : p.there;
    const char *to = way == CLEAT_TRANSFER_PUT ? p.there : p.here;
    store_file(path_in(from, "f"), BIG, 1);
    CU_ASSERT_EQUAL(place_copy(&p, way, path_in(from, "f"), path_in(to, "f"), atomic), CLEAT_OK);
    CU_ASSERT_FALSE(p.was_complete);
    CU_ASSERT_EQUAL(strlen(p.part), strlen("f.part-01234567"));
    CU_ASSERT_STRING_EQUAL(first_name(to, "f.part"), "");
    CU_ASSERT_TRUE(file_holds(path_in(to, "f"), BIG, 1));
    place_close(&p);
}

static void atomic_put_has_another_name_until_it_is_complete(void)
{
    atomic_has_another_name(CLEAT_TRANSFER_PUT);
}

static void atomic_get_has_another_name_until_it_is_complete(void)
{
    atomic_has_another_name(CLEAT_TRANSFER_GET);
}

static void atomic_put_replaces_the_target_at_once(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.here, "f"), 1000, 1);
    store_file(path_in(p.there, "f"), 5000, 7);
    CU_ASSERT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "f"), path_in(p.there, "f"), atomic),
        CLEAT_OK);
    CU_ASSERT_TRUE(file_holds(path_in(p.there, "f"), 1000, 1));
    CU_ASSERT_STRING_EQUAL(first_name(p.there, "f.part"), "");
    place_close(&p);
}

/* Wherever it breaks: the old target is there, and what has come is a beginning. */
static void atomic_put_that_breaks_leaves_the_target(void)
{
    static const size_t breaks[] = {1, 100, 1000, 200000, BIG - 1};
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        place p;
        place_open(&p, (cleat_files_options){0});
        store_file(path_in(p.here, "f"), BIG, 1);
        store_file(path_in(p.there, "f"), 5000, 7);
        p.breaks_after = breaks[i];
        CU_ASSERT_NOT_EQUAL(
            place_copy(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "f"), path_in(p.there, "f"), atomic),
            CLEAT_OK);
        CU_ASSERT_TRUE(file_holds(path_in(p.there, "f"), 5000, 7));
        cleat_files_close(p.server);
        p.server = NULL;
        while (!p.gone && uv_run(&p.loop, UV_RUN_ONCE)) {
        }
        const char *part = first_name(p.there, "f.part");
        CU_ASSERT_TRUE(!*part ||
                       file_holds(path_in(p.there, part), file_size(path_in(p.there, part)), 1));
        place_close(&p);
    }
}

static void atomic_put_that_is_cancelled_leaves_the_target(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.here, "f"), BIG, 1);
    store_file(path_in(p.there, "f"), 5000, 7);
    place_start(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "f"), path_in(p.there, "f"), atomic);
    while (p.transfer && !p.part[0])
        place_turn(&p);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p.transfer);
    cleat_transfer_cancel(p.transfer);
    CU_ASSERT_PTR_NOT_NULL(strstr(p.said, "is incomplete"));
    CU_ASSERT_PTR_NOT_NULL(strstr(p.said, p.part));
    CU_ASSERT_TRUE(file_holds(path_in(p.there, "f"), 5000, 7));
    place_close(&p);
}

static void atomic_put_can_be_resumed(void)
{
    place p;
    const cleat_transfer_options both = {.atomic = true, .resume = true};
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.here, "f"), BIG, 1);
    store_file(path_in(p.there, "f"), 5000, 7);
    store_file(path_in(p.there, "f.part"), 251 * 1000, 1);
    CU_ASSERT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "f"), path_in(p.there, "f"), both),
        CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(p.part, "f.part");
    CU_ASSERT_TRUE(file_holds(path_in(p.there, "f"), BIG, 1));
    CU_ASSERT_STRING_EQUAL(first_name(p.there, "f.part"), "");
    place_close(&p);
}

/* The whole file is there, and only its name cannot be given. */
static void atomic_put_whose_name_is_taken_says_where_the_bytes_are(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.here, "f"), 1000, 1);
    CU_ASSERT_EQUAL_FATAL(mkdir(path_in(p.there, "f"), 0700), 0);
    CU_ASSERT_NOT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "f"), path_in(p.there, "f"), atomic),
        CLEAT_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(p.said, "; all 1000 bytes are in "));
    CU_ASSERT_TRUE(file_holds(path_in(p.there, first_name(p.there, "f.part-")), 1000, 1));
    place_close(&p);
}

/* ---- what is said of failures ---- */

static void what_was_never_begun_is_not_called_incomplete(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.here, "f"), 1000, 1);
    store_file(path_in(p.there, "f"), 1000, 1);
    CU_ASSERT_EQUAL(place_copy(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "f"),
                               path_in(p.there, "no/folder/f"), plain),
                    CLEAT_E_NO_SUCH);
    CU_ASSERT_PTR_NULL(strstr(p.said, "incomplete"));
    CU_ASSERT_EQUAL(place_copy(&p, CLEAT_TRANSFER_GET, path_in(p.there, "f"),
                               path_in(p.here, "no/folder/f"), plain),
                    CLEAT_E_NO_SUCH);
    CU_ASSERT_PTR_NULL(strstr(p.said, "incomplete"));
    place_close(&p);
}

static void what_breaks_off_is_a_beginning_that_is_resumed(void)
{
    place p;
    const cleat_transfer_options resume = {.resume = true};
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.here, "f"), BIG, 1);
    place_start(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "f"), path_in(p.there, "f"), plain);
    while (p.transfer && !p.was_complete)
        place_turn(&p);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p.transfer);
    cleat_transfer_cancel(p.transfer);
    p.transfer = NULL;
    CU_ASSERT_PTR_NOT_NULL(strstr(p.said, "is incomplete"));
    CU_ASSERT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "f"), path_in(p.there, "f"), resume),
        CLEAT_OK);
    CU_ASSERT_TRUE(file_holds(path_in(p.there, "f"), BIG, 1));
    place_close(&p);
}

/* Its first bytes are on their way to the disk when it is cancelled: nobody has heard of them yet.
 */
static void what_is_cancelled_at_its_first_bytes_is_told_of(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.there, "f"), BIG, 1);
    place_start(&p, CLEAT_TRANSFER_GET, path_in(p.there, "f"), path_in(p.here, "f"), plain);
    while (p.transfer && p.to_client.len < 10000)
        place_turn(&p);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p.transfer);
    place_carry_to_client(&p);
    cleat_transfer_cancel(p.transfer);
    p.transfer = NULL;
    CU_ASSERT_PTR_NOT_NULL(strstr(p.said, "is incomplete: at least 0 of"));
    place_close(&p);
}

/* The server may have made, or emptied, the file. */
static void what_is_cancelled_before_the_answer_to_its_opening_is_told_of(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.here, "f"), BIG, 1);
    store_file(path_in(p.there, "f"), BIG, 2);
    place_start(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "f"), path_in(p.there, "f"), plain);
    while (p.transfer && file_size(path_in(p.there, "f")) == BIG)
        place_turn(&p);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p.transfer);
    cleat_transfer_cancel(p.transfer);
    p.transfer = NULL;
    CU_ASSERT_PTR_NOT_NULL(strstr(p.said, "is incomplete: at least 0 of"));
    place_close(&p);
}

static void what_is_longer_is_not_resumed(void)
{
    place p;
    const cleat_transfer_options resume = {.resume = true};
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.here, "f"), 1000, 1);
    store_file(path_in(p.there, "f"), 2000, 1);
    CU_ASSERT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "f"), path_in(p.there, "f"), resume),
        CLEAT_E_EXISTS);
    CU_ASSERT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_GET, path_in(p.here, "f"), path_in(p.there, "f"), resume),
        CLEAT_E_EXISTS);
    CU_ASSERT_EQUAL(file_size(path_in(p.there, "f")), 2000);
    place_close(&p);
}

static void exchange_for_link(const char *path)
{
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(symlink("../secret", path), 0);
}

static void exchange_for_fifo(const char *path)
{
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
}

/* Where links are sent as links, a file that has become one is not read through it. */
static void what_is_exchanged_behind_a_look_is_not_read(void)
{
    static void (*const exchanges[])(const char *path) = {exchange_for_link, exchange_for_fifo};
    const cleat_transfer_options tree = {.recurse = true};
    for (size_t i = 0; i < sizeof exchanges / sizeof *exchanges; i++) {
        place p;
        char file[PATH_SIZE];
        place_open(&p, (cleat_files_options){0});
        snprintf(file, sizeof file, "%s", path_in(p.here, "d/f"));
        store_file(path_in(p.here, "secret"), 1000, 1);
        CU_ASSERT_EQUAL_FATAL(mkdir(path_in(p.here, "d"), 0700), 0);
        store_file(file, 1000, 2);
        looks_watch(file, exchanges[i]);
        CU_ASSERT_NOT_EQUAL(
            place_copy(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "d"), path_in(p.there, "d"), tree),
            CLEAT_OK);
        looks_watch(NULL, NULL);
        CU_ASSERT_PTR_NOT_NULL(strstr(p.said, "d/f"));
        CU_ASSERT_EQUAL(access(path_in(p.there, "d/f"), F_OK), -1);
        place_close(&p);
    }
}

static void a_link_is_written_through_only_where_the_user_named_it(void)
{
    place p;
    const cleat_transfer_options peers = {.name_is_peers = true};
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.there, "f"), 1000, 1);
    CU_ASSERT_EQUAL_FATAL(symlink("elsewhere", path_in(p.here, "f")), 0);
    CU_ASSERT_NOT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_GET, path_in(p.there, "f"), path_in(p.here, "f"), peers),
        CLEAT_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(p.said, "symbolic link"));
    CU_ASSERT_PTR_NULL(strstr(p.said, "incomplete"));
    CU_ASSERT_EQUAL(access(path_in(p.here, "elsewhere"), F_OK), -1);
    CU_ASSERT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_GET, path_in(p.there, "f"), path_in(p.here, "f"), plain),
        CLEAT_OK);
    CU_ASSERT_TRUE(file_holds(path_in(p.here, "elsewhere"), 1000, 1));
    place_close(&p);
}

/* ---- trees ---- */

static void a_tree_goes_both_ways_one_file_at_a_time(void)
{
    place p;
    const cleat_transfer_options all = {
        .recurse = true, .preserve = true, .files_max = 1, .requests_max = 1, .block = 4096};
    place_open(&p, (cleat_files_options){0});
    CU_ASSERT_EQUAL_FATAL(mkdir(path_in(p.here, "tree"), 0700), 0);
    CU_ASSERT_EQUAL_FATAL(mkdir(path_in(p.here, "tree/deep"), 0750), 0);
    store_file(path_in(p.here, "tree/one"), 10000, 1);
    store_file(path_in(p.here, "tree/deep/none"), 0, 1);
    CU_ASSERT_EQUAL_FATAL(chmod(path_in(p.here, "tree/one"), 0440), 0);
    CU_ASSERT_EQUAL_FATAL(symlink("one", path_in(p.here, "tree/link")), 0);
    const struct timespec old[] = {{.tv_sec = 1000000000}, {.tv_sec = 1100000000}};
    CU_ASSERT_EQUAL_FATAL(
        utimensat(AT_FDCWD, path_in(p.here, "tree/link"), old, AT_SYMLINK_NOFOLLOW), 0);
    CU_ASSERT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "tree"), path_in(p.there, "tree"), all),
        CLEAT_OK);
    CU_ASSERT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_GET, path_in(p.there, "tree"), path_in(p.here, "back"), all),
        CLEAT_OK);
    struct stat st;
    char target[10] = "";
    CU_ASSERT_TRUE(file_holds(path_in(p.here, "back/one"), 10000, 1));
    CU_ASSERT_EQUAL(file_size(path_in(p.here, "back/deep/none")), 0);
    CU_ASSERT_EQUAL(readlink(path_in(p.here, "back/link"), target, sizeof target), 3);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(
            lstat(i ? path_in(p.here, "back/link") : path_in(p.there, "tree/link"), &st), 0);
        CU_ASSERT_EQUAL(st.st_mtime, old[1].tv_sec);
    }
    CU_ASSERT_EQUAL(stat(path_in(p.here, "back/one"), &st), 0);
    CU_ASSERT_EQUAL(st.st_mode & 07777, 0440);
    CU_ASSERT_EQUAL(stat(path_in(p.here, "back/deep"), &st), 0);
    CU_ASSERT_EQUAL(st.st_mode & 07777, 0750);
    place_close(&p);
}

static void links_that_lead_in_a_circle_end(void)
{
    place p;
    const cleat_transfer_options all = {.recurse = true, .follow = true};
    place_open(&p, (cleat_files_options){0});
    CU_ASSERT_EQUAL_FATAL(mkdir(path_in(p.here, "tree"), 0700), 0);
    CU_ASSERT_EQUAL_FATAL(symlink(".", path_in(p.here, "tree/again")), 0);
    CU_ASSERT_NOT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "tree"), path_in(p.there, "tree"), all),
        CLEAT_OK);
    place_close(&p);
}

/* At this rate blocks would take days. */
static void small_files_do_not_wait_for_whole_blocks(void)
{
    place p;
    const cleat_transfer_options slow = {.recurse = true, .rate_max = 1};
    place_open(&p, (cleat_files_options){0});
    CU_ASSERT_EQUAL_FATAL(mkdir(path_in(p.here, "tree"), 0700), 0);
    for (int i = 0; i < 30; i++) {
        char name[20];
        snprintf(name, sizeof name, "tree/%d", i);
        store_file(path_in(p.here, name), 10, 1);
    }
    CU_ASSERT_EQUAL(
        place_copy(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "tree"), path_in(p.there, "tree"), slow),
        CLEAT_OK);
    place_close(&p);
}

/* ---- trees of the server ---- */

typedef cleat_status tree_start(cleat_transfer **out, cleat_sftp_link *link, uv_loop_t *loop,
                                const char *path, const cleat_transfer_options *options);

static void begin_tree(place *p, tree_start *begin, const char *path, uint32_t files_max)
{
    const cleat_transfer_options options = {.struct_size = sizeof options,
                                            .files_max = files_max,
                                            .user = p,
                                            .on_event = place_on_event,
                                            .on_done = place_on_done};
    p->said[0] = 0;
    p->made = p->removed = 0;
    CU_ASSERT_EQUAL_FATAL(begin(&p->transfer, p->link, &p->loop, path, &options), CLEAT_OK);
}

static cleat_status tree(place *p, tree_start *begin, const char *path)
{
    begin_tree(p, begin, path, 0);
    while (p->transfer)
        place_turn(p);
    return p->status;
}

static void store_many(const char *folder, unsigned count)
{
    char path[2 * PATH_SIZE];
    for (unsigned i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/f%u", folder, i);
        store_file(path, 1, 1);
    }
}

static void a_folder_is_made_with_its_parents(void)
{
    place p;
    struct stat st;
    place_open(&p, (cleat_files_options){0});
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_makedirs, path_in(p.there, "a/b//c/")), CLEAT_OK);
    CU_ASSERT_EQUAL(p.made, 3);
    CU_ASSERT_EQUAL_FATAL(stat(path_in(p.there, "a/b/c"), &st), 0);
    CU_ASSERT_TRUE(S_ISDIR(st.st_mode));
    CU_ASSERT_EQUAL_FATAL(symlink("a", path_in(p.there, "link")), 0);
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_makedirs, path_in(p.there, "a/b/c")), CLEAT_OK);
    CU_ASSERT_EQUAL(p.made, 0);
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_makedirs, path_in(p.there, "link/b/d")), CLEAT_OK);
    CU_ASSERT_EQUAL(p.made, 1);
    CU_ASSERT_EQUAL(access(path_in(p.there, "a/b/d"), F_OK), 0);
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_makedirs, "r/s"), CLEAT_OK);
    CU_ASSERT_EQUAL(access(path_in(p.there, "r/s"), F_OK), 0);
    place_close(&p);
}

static void no_folder_is_made_where_something_else_is(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.there, "f"), 1, 1);
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_makedirs, path_in(p.there, "f")), CLEAT_E_EXISTS);
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_makedirs, path_in(p.there, "f/a/b")), CLEAT_E_EXISTS);
    CU_ASSERT_PTR_NOT_NULL(strstr(p.said, path_in(p.there, "f: ")));
    CU_ASSERT_EQUAL_FATAL(symlink("nothing", path_in(p.there, "l")), 0);
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_makedirs, path_in(p.there, "l/a")), CLEAT_E_IO);
    CU_ASSERT_EQUAL(p.made, 0);
    place_close(&p);
}

/* More files than wait at a time, and links that lead out. */
static void a_tree_is_removed_and_no_link_followed(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    make_folder(path_in(p.there, "tree"));
    make_folder(path_in(p.there, "tree/deep"));
    make_folder(path_in(p.there, "tree/deep/er"));
    store_many(path_in(p.there, "tree/deep"), 600);
    store_file(path_in(p.here, "kept"), 1, 1);
    CU_ASSERT_EQUAL_FATAL(symlink(p.here, path_in(p.there, "tree/out")), 0);
    CU_ASSERT_EQUAL_FATAL(symlink(path_in(p.here, "kept"), path_in(p.there, "tree/deep/er/out")),
                          0);
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_rmtree, path_in(p.there, "tree")), CLEAT_OK);
    CU_ASSERT_EQUAL(p.removed, 600 + 3 + 2);
    CU_ASSERT_EQUAL(access(path_in(p.there, "tree"), F_OK), -1);
    CU_ASSERT_EQUAL(access(path_in(p.here, "kept"), F_OK), 0);
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_rmtree, path_in(p.there, "tree")), CLEAT_E_NO_SUCH);
    place_close(&p);
}

static void a_link_is_removed_for_itself_with_a_slash_behind_it_too(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    store_file(path_in(p.here, "kept"), 1, 1);
    CU_ASSERT_EQUAL_FATAL(symlink(p.here, path_in(p.there, "link")), 0);
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_rmtree, path_in(p.there, "link//")), CLEAT_OK);
    struct stat st;
    CU_ASSERT_EQUAL(lstat(path_in(p.there, "link"), &st), -1);
    CU_ASSERT_EQUAL(access(path_in(p.here, "kept"), F_OK), 0);
    place_close(&p);
}

static void what_has_no_name_of_its_own_is_not_emptied(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    make_folder(path_in(p.there, "d"));
    store_file(path_in(p.there, "f"), 1, 1);
    static const char *const paths[] = {".", "d/..", "d/../", "./", ""};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        CU_ASSERT_EQUAL(tree(&p, cleat_transfer_rmtree, paths[i]), CLEAT_E_BAD_CALL);
        CU_ASSERT_EQUAL(p.removed, 0);
    }
    CU_ASSERT_EQUAL(access(path_in(p.there, "f"), F_OK), 0);
    place_close(&p);
}

/* Root may read everything. */
static void become_nobody(const place *p)
{
    enum { NOBODY = 65534 };
    if (geteuid() != 0)
        return;
    CU_ASSERT_EQUAL_FATAL(chown(p->there, NOBODY, NOBODY), 0);
    CU_ASSERT_EQUAL_FATAL(seteuid(NOBODY), 0);
}

static void become_oneself(void)
{
    if (getuid() == 0)
        CU_ASSERT_EQUAL_FATAL(seteuid(0), 0);
}

static void what_cannot_be_read_stays_and_the_rest_goes(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    become_nobody(&p);
    make_folder(path_in(p.there, "tree"));
    make_folder(path_in(p.there, "tree/shut"));
    make_folder(path_in(p.there, "tree/open"));
    store_file(path_in(p.there, "tree/shut/f"), 1, 1);
    store_file(path_in(p.there, "tree/open/f"), 1, 1);
    store_file(path_in(p.there, "tree/f"), 1, 1);
    CU_ASSERT_EQUAL_FATAL(chmod(path_in(p.there, "tree/shut"), 0), 0);
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_rmtree, path_in(p.there, "tree")), CLEAT_E_PERMISSION);
    CU_ASSERT_PTR_NOT_NULL(strstr(p.said, "tree/shut: "));
    CU_ASSERT_PTR_EQUAL(strchr(p.said, '\n'), p.said + strlen(p.said) - 1); /* nothing else */
    CU_ASSERT_EQUAL(p.removed, 3);
    CU_ASSERT_EQUAL(chmod(path_in(p.there, "tree/shut"), 0700), 0);
    CU_ASSERT_EQUAL(access(path_in(p.there, "tree/shut/f"), F_OK), 0);
    CU_ASSERT_EQUAL(access(path_in(p.there, "tree/open"), F_OK), -1);
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_rmtree, path_in(p.there, "tree")), CLEAT_OK);
    become_oneself();
    place_close(&p);
}

static void removing_can_be_cancelled(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    make_folder(path_in(p.there, "tree"));
    store_many(path_in(p.there, "tree"), 600);
    begin_tree(&p, cleat_transfer_rmtree, path_in(p.there, "tree"), 1);
    while (p.transfer && !p.removed)
        place_turn(&p);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p.transfer);
    cleat_transfer_cancel(p.transfer);
    unsigned removed = p.removed;
    CU_ASSERT_STRING_NOT_EQUAL(first_name(path_in(p.there, "tree"), "f"), "");
    while (p.to_server.len || p.to_client.len)
        place_turn(&p);
    CU_ASSERT_EQUAL(p.removed, removed);
    CU_ASSERT_STRING_NOT_EQUAL(first_name(path_in(p.there, "tree"), "f"), "");
    CU_ASSERT_EQUAL(tree(&p, cleat_transfer_rmtree, path_in(p.there, "tree")), CLEAT_OK);
    place_close(&p);
}

static void removing_ends_with_the_link(void)
{
    place p;
    place_open(&p, (cleat_files_options){0});
    make_folder(path_in(p.there, "tree"));
    store_many(path_in(p.there, "tree"), 600);
    p.breaks_after = 10000;
    CU_ASSERT_NOT_EQUAL(tree(&p, cleat_transfer_rmtree, path_in(p.there, "tree")), CLEAT_OK);
    CU_ASSERT_STRING_NOT_EQUAL(first_name(path_in(p.there, "tree"), "f"), "");
    place_close(&p);
}

/* ---- the server ---- */

typedef struct asking {
    cleat_sftp_waiter waiter; /* first */
    place *p;
} asking;

static void on_answer(cleat_sftp_waiter *waiter, const cleat_sftp_answer *a)
{
    place *p = ((asking *)waiter)->p;
    p->answered = true;
    p->code = a->code;
    if (a->code == CLEAT_SFTP_OK)
        p->handle = a->handle;
    p->name[0] = 0;
    if (a->code == CLEAT_SFTP_OK && a->name_count)
        snprintf(p->name, sizeof p->name, "%.*s", (int)a->names[0].name.len,
                 (const char *)a->names[0].name.data);
}

static asking asked;

static uint32_t outcome(place *p, cleat_status st)
{
    CU_ASSERT_EQUAL_FATAL(st, CLEAT_OK);
    p->answered = false;
    cleat_sftp_link_send(p->link);
    while (!p->answered && !p->over)
        place_turn(p);
    return p->code;
}

static asking *tag(place *p)
{
    asked = (asking){.waiter = {on_answer}, .p = p};
    return &asked;
}

static void hidden_names_are_hidden_however_they_are_written(void)
{
    place p;
    place_open(&p, (cleat_files_options){.hidden = ".*", .user = "me"});
    cleat_sftp *s = cleat_sftp_link_session(p.link);
    store_file(path_in(p.there, ".secret"), 10, 1);
    store_file(path_in(p.there, "shown"), 10, 1);
    static const char *const paths[] = {".secret",   "./.secret",   "x/../.secret",
                                        "~/.secret", "~me/.secret", "~/x/../.secret"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        CU_ASSERT_EQUAL(outcome(&p, cleat_sftp_expand(s, paths[i], tag(&p))),
                        CLEAT_SFTP_NO_SUCH_FILE);
    CU_ASSERT_EQUAL(outcome(&p, cleat_sftp_expand(s, "~/shown", tag(&p))), CLEAT_SFTP_OK);
    CU_ASSERT_STRING_EQUAL(p.name, path_in(p.there, "shown"));
    place_close(&p);
}

static size_t put_text(uint8_t *to, const char *text)
{
    const uint8_t len[] = {0, 0, 0, (uint8_t)strlen(text)};
    memcpy(to, len, sizeof len);
    memcpy(to + sizeof len, text, strlen(text));
    return sizeof len + strlen(text);
}

/* The kind of the server's answer to a version 6's REALPATH (draft-13 §8.9.1), past the client,
 * which has no such requests. */
static uint8_t composing(place *p, const char *path, const char *first, const char *second)
{
    uint8_t packet[200] = {0, 0, 0, 0, 16, 0xff, 0xff, 0xff, 0xff};
    size_t len = 9;
    len += put_text(packet + len, path);
    packet[len++] = CLEAT_SFTP_CHECK_NONE;
    len += put_text(packet + len, first);
    len += put_text(packet + len, second);
    packet[3] = (uint8_t)(len - 4);
    p->to_client.len = 0;
    cleat_files_data(p->server, (cleat_slice){packet, len});
    while (p->to_client.len < 9)
        uv_run(&p->loop, UV_RUN_ONCE);
    return p->to_client.data[4];
}

static void hidden_names_are_not_composed(void)
{
    enum { STATUS = 101, NAME = 104 };
    place p;
    place_open(&p, (cleat_files_options){.hidden = ".*"});
    while (cleat_sftp_waiting(cleat_sftp_link_session(p.link)))
        place_turn(&p);
    CU_ASSERT_EQUAL(composing(&p, ".", "x", "y"), NAME);
    CU_ASSERT_EQUAL(composing(&p, ".", ".secret", "y"), STATUS);
    CU_ASSERT_EQUAL(composing(&p, ".", "x", "../.secret"), STATUS);
    CU_ASSERT_EQUAL(composing(&p, ".", "/.secret", "/shown"), STATUS);
    place_close(&p);
}

static void dots_are_never_hidden(void)
{
    place p;
    place_open(&p, (cleat_files_options){.hidden = ".*"});
    cleat_sftp *s = cleat_sftp_link_session(p.link);
    CU_ASSERT_EQUAL(outcome(&p, cleat_sftp_stat(s, ".", true, tag(&p))), CLEAT_SFTP_OK);
    CU_ASSERT_EQUAL(outcome(&p, cleat_sftp_stat(s, "..", true, tag(&p))), CLEAT_SFTP_OK);
    place_close(&p);
}

static void reading_clients_lock_nobody_out(void)
{
    place p;
    place_open(&p, (cleat_files_options){.read_only = true});
    cleat_sftp *s = cleat_sftp_link_session(p.link);
    store_file(path_in(p.there, "f"), 10, 1);
    CU_ASSERT_EQUAL(outcome(&p, cleat_sftp_open(s, "f", CLEAT_SFTP_READ_DATA,
                                                CLEAT_SFTP_OPEN_EXISTING, NULL, tag(&p))),
                    CLEAT_SFTP_OK);
    const cleat_sftp_file f = p.handle;
    const uint32_t alone =
        CLEAT_SFTP_OPEN_BLOCK_READ | CLEAT_SFTP_OPEN_BLOCK_WRITE | CLEAT_SFTP_OPEN_BLOCK_ADVISORY;
    const uint32_t shared = CLEAT_SFTP_OPEN_BLOCK_WRITE | CLEAT_SFTP_OPEN_BLOCK_ADVISORY;
    CU_ASSERT_EQUAL(outcome(&p, cleat_sftp_lock(s, &f, 0, 5, alone, tag(&p))),
                    CLEAT_SFTP_WRITE_PROTECT);
    CU_ASSERT_EQUAL(outcome(&p, cleat_sftp_lock(s, &f, 0, 5, shared, tag(&p))), CLEAT_SFTP_OK);
    place_close(&p);
}

static void acls_are_refused_before_anything_is_done(void)
{
    place p;
    struct stat st;
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_PERMISSIONS | CLEAT_SFTP_HAS_ACL,
                                    .type = CLEAT_SFTP_UNKNOWN,
                                    .permissions = 0600,
                                    .acl = {(const uint8_t *)"\0\0\0\0\0\0\0\0", 8}};
    place_open(&p, (cleat_files_options){.user = "me"});
    cleat_sftp *s = cleat_sftp_link_session(p.link);
    const char *file = path_in(p.there, "f"), *none = path_in(p.there, "none");
    store_file(file, 10, 1);
    CU_ASSERT_EQUAL_FATAL(chmod(file, 0640), 0);
    CU_ASSERT_EQUAL(cleat_sftp_acl(s), 0);
    CU_ASSERT_EQUAL(outcome(&p, cleat_sftp_mkdir(s, "none", &attrs, tag(&p))),
                    CLEAT_SFTP_OP_UNSUPPORTED);
    CU_ASSERT_EQUAL(outcome(&p, cleat_sftp_open(s, "none", CLEAT_SFTP_WRITE_DATA,
                                                CLEAT_SFTP_CREATE_NEW, &attrs, tag(&p))),
                    CLEAT_SFTP_OP_UNSUPPORTED);
    CU_ASSERT_EQUAL(outcome(&p, cleat_sftp_open(s, "f", CLEAT_SFTP_WRITE_DATA,
                                                CLEAT_SFTP_CREATE_TRUNCATE, &attrs, tag(&p))),
                    CLEAT_SFTP_OP_UNSUPPORTED);
    CU_ASSERT_EQUAL(outcome(&p, cleat_sftp_setstat(s, "f", true, &attrs, tag(&p))),
                    CLEAT_SFTP_OP_UNSUPPORTED);
    CU_ASSERT_EQUAL(access(none, F_OK), -1);
    CU_ASSERT_EQUAL(stat(file, &st), 0);
    CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
    CU_ASSERT_TRUE(file_holds(file, 10, 1));
    place_close(&p);
}

void suite_transfers(void)
{
    CU_pSuite suite = CU_add_suite("transfers", NULL, NULL);
    CU_ADD_TEST(suite, atomic_put_has_another_name_until_it_is_complete);
    CU_ADD_TEST(suite, atomic_get_has_another_name_until_it_is_complete);
    CU_ADD_TEST(suite, atomic_put_replaces_the_target_at_once);
    CU_ADD_TEST(suite, atomic_put_that_breaks_leaves_the_target);
    CU_ADD_TEST(suite, atomic_put_that_is_cancelled_leaves_the_target);
    CU_ADD_TEST(suite, atomic_put_can_be_resumed);
    CU_ADD_TEST(suite, atomic_put_whose_name_is_taken_says_where_the_bytes_are);
    CU_ADD_TEST(suite, what_was_never_begun_is_not_called_incomplete);
    CU_ADD_TEST(suite, what_breaks_off_is_a_beginning_that_is_resumed);
    CU_ADD_TEST(suite, what_is_cancelled_at_its_first_bytes_is_told_of);
    CU_ADD_TEST(suite, what_is_cancelled_before_the_answer_to_its_opening_is_told_of);
    CU_ADD_TEST(suite, what_is_longer_is_not_resumed);
    CU_ADD_TEST(suite, what_is_exchanged_behind_a_look_is_not_read);
    CU_ADD_TEST(suite, a_link_is_written_through_only_where_the_user_named_it);
    CU_ADD_TEST(suite, a_tree_goes_both_ways_one_file_at_a_time);
    CU_ADD_TEST(suite, links_that_lead_in_a_circle_end);
    CU_ADD_TEST(suite, a_folder_is_made_with_its_parents);
    CU_ADD_TEST(suite, no_folder_is_made_where_something_else_is);
    CU_ADD_TEST(suite, a_tree_is_removed_and_no_link_followed);
    CU_ADD_TEST(suite, a_link_is_removed_for_itself_with_a_slash_behind_it_too);
    CU_ADD_TEST(suite, what_has_no_name_of_its_own_is_not_emptied);
    CU_ADD_TEST(suite, what_cannot_be_read_stays_and_the_rest_goes);
    CU_ADD_TEST(suite, removing_can_be_cancelled);
    CU_ADD_TEST(suite, removing_ends_with_the_link);
    CU_ADD_TEST(suite, small_files_do_not_wait_for_whole_blocks);
    CU_ADD_TEST(suite, hidden_names_are_hidden_however_they_are_written);
    CU_ADD_TEST(suite, hidden_names_are_not_composed);
    CU_ADD_TEST(suite, dots_are_never_hidden);
    CU_ADD_TEST(suite, reading_clients_lock_nobody_out);
    CU_ADD_TEST(suite, acls_are_refused_before_anything_is_done);
}
