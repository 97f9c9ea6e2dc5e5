/* Copies from one path of a server to another: by the server itself (copy-data), and through the
 * client where the server has no such request. */
#include "place.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAYS = 2 };

static const cleat_files_options ways[WAYS] = {{.denied = NULL}, {.denied = "copy-data"}};
static const cleat_transfer_options plain = {.recurse = false};
static const cleat_transfer_options whole = {.recurse = true, .preserve = true};

static cleat_status copy(place *p, const char *from, const char *to, cleat_transfer_options options)
{
    return place_copy(p, CLEAT_TRANSFER_COPY, from, to, options);
}

static void each_way(void (*test)(place *p))
{
    for (int i = 0; i < WAYS; i++) {
        place p;
        place_open(&p, ways[i]);
        CU_ASSERT_EQUAL(cleat_sftp_offers(cleat_sftp_link_session(p.link), "copy-data"), i == 0);
        test(&p);
        place_close(&p);
    }
}

static void set_old(const char *path)
{
    const struct timespec old[] = {{.tv_sec = 1000000000}, {.tv_sec = 1100000000}};
    CU_ASSERT_EQUAL(utimensat(AT_FDCWD, path, old, AT_SYMLINK_NOFOLLOW), 0);
}

static bool is_old(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && st.st_mtime == 1100000000;
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    CU_ASSERT_EQUAL_FATAL(stat(path, &st), 0);
    return st.st_mode & 07777;
}

/* ---- trees ---- */

static void make_tree(const place *p)
{
    make_folder(path_in(p->there, "tree"));
    make_folder(path_in(p->there, "tree/deep"));
    store_file(path_in(p->there, "tree/big"), BIG, 1);
    store_file(path_in(p->there, "tree/deep/none"), 0, 1);
    for (int i = 0; i < 300; i++) {
        char name[30];
        snprintf(name, sizeof name, "tree/deep/%d", i);
        store_file(path_in(p->there, name), 10, (uint8_t)i);
    }
    CU_ASSERT_EQUAL_FATAL(symlink("big", path_in(p->there, "tree/link")), 0);
    CU_ASSERT_EQUAL_FATAL(chmod(path_in(p->there, "tree/big"), 0440), 0);
    CU_ASSERT_EQUAL_FATAL(chmod(path_in(p->there, "tree/deep"), 0550), 0);
    set_old(path_in(p->there, "tree/big"));
    set_old(path_in(p->there, "tree/link"));
    set_old(path_in(p->there, "tree/deep"));
}

static void check_tree(const place *p)
{
    char target[10] = "";
    CU_ASSERT_TRUE(file_holds(path_in(p->there, "new/big"), BIG, 1));
    CU_ASSERT_TRUE(file_holds(path_in(p->there, "new/deep/299"), 10, (uint8_t)299));
    CU_ASSERT_EQUAL(file_size(path_in(p->there, "new/deep/none")), 0);
    CU_ASSERT_EQUAL(readlink(path_in(p->there, "new/link"), target, sizeof target), 3);
    CU_ASSERT_EQUAL(mode_of(path_in(p->there, "new/big")), 0440);
    CU_ASSERT_EQUAL(mode_of(path_in(p->there, "new/deep")), 0550);
    CU_ASSERT_TRUE(is_old(path_in(p->there, "new/big")));
    CU_ASSERT_TRUE(is_old(path_in(p->there, "new/link")));
    CU_ASSERT_TRUE(is_old(path_in(p->there, "new/deep")));
}

static void copy_tree(place *p)
{
    make_tree(p);
    CU_ASSERT_EQUAL(copy(p, path_in(p->there, "tree"), path_in(p->there, "new"), whole), CLEAT_OK);
    check_tree(p);
}

static void a_tree_is_copied(void)
{
    each_way(copy_tree);
}

static void copy_slowly(place *p)
{
    const cleat_transfer_options few = {
        .recurse = true, .preserve = true, .files_max = 1, .requests_max = 1, .block = 100000};
    make_tree(p);
    CU_ASSERT_EQUAL(copy(p, path_in(p->there, "tree"), path_in(p->there, "new"), few), CLEAT_OK);
    check_tree(p);
}

static void a_tree_is_copied_one_file_at_a_time(void)
{
    each_way(copy_slowly);
}

/* A tree over one that is there; what is only there stays. */
static void copy_over(place *p)
{
    make_tree(p);
    make_folder(path_in(p->there, "new"));
    store_file(path_in(p->there, "new/big"), 2 * BIG, 9);
    store_file(path_in(p->there, "new/mine"), 5, 9);
    CU_ASSERT_EQUAL_FATAL(symlink("nowhere", path_in(p->there, "new/link")), 0);
    CU_ASSERT_EQUAL(copy(p, path_in(p->there, "tree"), path_in(p->there, "new"), whole), CLEAT_OK);
    check_tree(p);
    CU_ASSERT_TRUE(file_holds(path_in(p->there, "new/mine"), 5, 9));
}

static void a_tree_is_copied_over_another(void)
{
    each_way(copy_over);
}

static void one_file_fails_and_the_rest_is_copied(void)
{
    place p;
    place_open(&p, ways[0]);
    make_tree(&p);
    make_folder(path_in(p.there, "new"));
    make_folder(path_in(p.there, "new/big"));
    CU_ASSERT_NOT_EQUAL(copy(&p, path_in(p.there, "tree"), path_in(p.there, "new"), whole),
                        CLEAT_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(p.said, "new/big"));
    CU_ASSERT_PTR_EQUAL(strchr(p.said, '\n'), p.said + strlen(p.said) - 1);
    CU_ASSERT_TRUE(file_holds(path_in(p.there, "new/deep/299"), 10, (uint8_t)299));
    CU_ASSERT_EQUAL(copy(&p, path_in(p.there, "tree"), path_in(p.there, "alone"), plain),
                    CLEAT_E_BAD_CALL);
    place_close(&p);
}

/* ---- itself ---- */

static void refuse(place *p, const char *from, const char *to)
{
    CU_ASSERT_EQUAL(copy(p, path_in(p->there, from), path_in(p->there, to), whole),
                    CLEAT_E_BAD_CALL);
    CU_ASSERT_PTR_NOT_NULL(strstr(p->said, "which is it or in it"));
}

static void copy_to_itself(place *p)
{
    make_folder(path_in(p->there, "d"));
    make_folder(path_in(p->there, "d/sub"));
    store_file(path_in(p->there, "d/f"), 1000, 1);
    CU_ASSERT_EQUAL_FATAL(symlink("d", path_in(p->there, "way")), 0);
    CU_ASSERT_EQUAL_FATAL(symlink("d/f", path_in(p->there, "soft")), 0);
    refuse(p, "d", "d");
    refuse(p, "d/", "d/sub/../new");
    refuse(p, "d", "way/sub/new");
    refuse(p, "way", "d/new");
    refuse(p, "d/f", "d/f");
    refuse(p, "d/f", "soft");
    refuse(p, "soft", "way/f");
    CU_ASSERT_TRUE(file_holds(path_in(p->there, "d/f"), 1000, 1));
    CU_ASSERT_EQUAL(access(path_in(p->there, "d/new"), F_OK), -1);
    CU_ASSERT_EQUAL(copy(p, path_in(p->there, "d"), path_in(p->there, "d2"), whole), CLEAT_OK);
}

static void nothing_is_copied_to_itself(void)
{
    each_way(copy_to_itself);
}

/* Which SFTP does not tell: whatever becomes of it, the data is not lost. */
static void copy_to_other_name(place *p)
{
    const char *from = path_in(p->there, "f"), *to = path_in(p->there, "hard");
    store_file(from, BIG, 1);
    CU_ASSERT_EQUAL_FATAL(link(from, to), 0);
    (void)copy(p, from, to, whole);
    CU_ASSERT_TRUE(file_holds(from, BIG, 1));
}

static void a_file_is_not_lost_under_another_name(void)
{
    each_way(copy_to_other_name);
}

static void copy_over_like_one(place *p)
{
    store_file(path_in(p->there, "f"), 1000, 1);
    store_file(path_in(p->there, "like"), 1000, 7);
    set_old(path_in(p->there, "f"));
    set_old(path_in(p->there, "like"));
    CU_ASSERT_EQUAL(copy(p, path_in(p->there, "f"), path_in(p->there, "like"), plain), CLEAT_OK);
    CU_ASSERT_TRUE(file_holds(path_in(p->there, "like"), 1000, 1));
}

static void a_file_is_copied_over_one_that_looks_like_it(void)
{
    each_way(copy_over_like_one);
}

/* ---- incomplete ones ---- */

static void resume_copy(place *p)
{
    const cleat_transfer_options resume = {.resume = true};
    store_file(path_in(p->there, "f"), BIG, 1);
    store_file(path_in(p->there, "part"), 251 * 1000, 1);
    store_file(path_in(p->there, "longer"), BIG + 1, 1);
    CU_ASSERT_EQUAL(copy(p, path_in(p->there, "f"), path_in(p->there, "part"), resume), CLEAT_OK);
    CU_ASSERT_TRUE(file_holds(path_in(p->there, "part"), BIG, 1));
    CU_ASSERT_EQUAL(copy(p, path_in(p->there, "f"), path_in(p->there, "longer"), resume),
                    CLEAT_E_EXISTS);
}

static void a_copy_is_resumed(void)
{
    each_way(resume_copy);
}

static void copy_at_once(place *p)
{
    const cleat_transfer_options atomic = {.atomic = true};
    store_file(path_in(p->there, "f"), BIG, 1);
    store_file(path_in(p->there, "old"), 5000, 7);
    CU_ASSERT_EQUAL(copy(p, path_in(p->there, "f"), path_in(p->there, "old"), atomic), CLEAT_OK);
    CU_ASSERT_TRUE(file_holds(path_in(p->there, "old"), BIG, 1));
    CU_ASSERT_STRING_EQUAL(first_name(p->there, "old.part"), "");
}

static void an_atomic_copy_replaces_the_target_at_once(void)
{
    each_way(copy_at_once);
}

/* A server that copies one large file answers nothing else meanwhile. */
static void large_files_are_copied_in_pieces(void)
{
    enum { PIECE = 64 << 20 };
    place p;
    place_open(&p, ways[0]);
    const char *from = path_in(p.there, "f"), *to = path_in(p.there, "new");
    store_file(from, 1000, 1);
    CU_ASSERT_EQUAL_FATAL(truncate(from, 2 * PIECE + 1), 0);
    CU_ASSERT_EQUAL(copy(&p, from, to, plain), CLEAT_OK);
    CU_ASSERT_EQUAL(p.steps, 3);
    CU_ASSERT_EQUAL(file_size(to), 2 * PIECE + 1);
    place_close(&p);
}

/* What comes here can break off on its way back. */
static void what_breaks_off_is_a_beginning(void)
{
    static const size_t breaks[] = {2000, 200000, BIG - 1};
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        place p;
        place_open(&p, ways[1]);
        store_file(path_in(p.there, "f"), BIG, 1);
        p.breaks_after = breaks[i];
        CU_ASSERT_NOT_EQUAL(copy(&p, path_in(p.there, "f"), path_in(p.there, "new"), plain),
                            CLEAT_OK);
        CU_ASSERT_PTR_NOT_NULL(strstr(p.said, "is incomplete"));
        cleat_files_close(p.server);
        p.server = NULL;
        while (!p.gone && uv_run(&p.loop, UV_RUN_ONCE)) {
        }
        size_t len = file_size(path_in(p.there, "new"));
        CU_ASSERT_TRUE(len == SIZE_MAX || file_holds(path_in(p.there, "new"), len, 1));
        place_close(&p);
    }
}

void suite_copies(void)
{
    CU_pSuite suite = CU_add_suite("copies", NULL, NULL);
    CU_ADD_TEST(suite, a_tree_is_copied);
    CU_ADD_TEST(suite, a_tree_is_copied_one_file_at_a_time);
    CU_ADD_TEST(suite, a_tree_is_copied_over_another);
    CU_ADD_TEST(suite, one_file_fails_and_the_rest_is_copied);
    CU_ADD_TEST(suite, nothing_is_copied_to_itself);
    CU_ADD_TEST(suite, a_file_is_not_lost_under_another_name);
    CU_ADD_TEST(suite, a_file_is_copied_over_one_that_looks_like_it);
    CU_ADD_TEST(suite, a_copy_is_resumed);
    CU_ADD_TEST(suite, an_atomic_copy_replaces_the_target_at_once);
    CU_ADD_TEST(suite, large_files_are_copied_in_pieces);
    CU_ADD_TEST(suite, what_breaks_off_is_a_beginning);
}
