/* Edits of files on POSIX: mode, links, and disks that are full. */
#include "../dialect.h"

#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

enum { LIMIT = 1 << 20 };

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
    CU_ASSERT_STRING_EQUAL((const char *)data, expected);
    port_free(data);
}

static struct stat facts_of(const char *path)
{
    struct stat facts = {0};
    lstat(path, &facts);
    return facts;
}

static void swap_keeps_mode_and_link(void)
{
    char *target = below(scratch, "target"), *link = below(scratch, "link");
    char *backup = below(scratch, "backup");
    put_file(target, "old");
    chmod(target, 0640);
    CU_ASSERT_EQUAL_FATAL(symlink("target", link), 0);
    CU_ASSERT_EQUAL(
        port_file_swap(link, cleat_slice_of("old"), cleat_slice_of("new"), backup, NULL), CLEAT_OK);
    CU_ASSERT(S_ISLNK(facts_of(link).st_mode));
    CU_ASSERT_EQUAL(facts_of(target).st_mode & 07777, 0640);
    CU_ASSERT_EQUAL(facts_of(backup).st_mode & 07777, 0640);
    expect_content(target, "new");
    expect_content(backup, "old");
    CU_ASSERT_EQUAL(port_file_swap(link, cleat_slice_of("old"), cleat_slice_of("x"), NULL, NULL),
                    CLEAT_E_STALE);
    expect_content(target, "new");
    port_free(backup);
    port_free(link);
    port_free(target);
}

/* Root alone can make files of somebody else's. */
static void swap_keeps_the_owner(void)
{
    char *path = below(scratch, "owned");
    put_file(path, "old");
    if (geteuid() == 0 && chown(path, 12345, 23456) == 0) {
        CU_ASSERT_EQUAL(
            port_file_swap(path, cleat_slice_of("old"), cleat_slice_of("new"), NULL, NULL),
            CLEAT_OK);
        CU_ASSERT_EQUAL(facts_of(path).st_uid, 12345);
        CU_ASSERT_EQUAL(facts_of(path).st_gid, 23456);
    }
    port_free(path);
}

static void append_a_line(void *path)
{
    CU_ASSERT_EQUAL(port_file_append(path, "second", NULL), CLEAT_OK);
}

/* The lock is the file's, not the name's: whoever comes by the link waits. */
static void link_has_its_targets_lock(void)
{
    char *folder = below(scratch, "elsewhere"), *target = below(folder, "file");
    char *link = below(scratch, "by-link");
    port_lock *lock;
    uv_thread_t other;
    CU_ASSERT_EQUAL_FATAL(port_dir_create(folder, NULL), CLEAT_OK);
    put_file(target, "");
    CU_ASSERT_EQUAL_FATAL(symlink(target, link), 0);
    CU_ASSERT_EQUAL_FATAL(port_file_lock(&lock, target, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(uv_thread_create(&other, append_a_line, link), 0);
    CU_ASSERT_EQUAL(port_file_write(target, cleat_slice_of("first\n"), PORT_ACCESS_PRIVATE, NULL),
                    CLEAT_OK);
    port_file_unlock(lock);
    uv_thread_join(&other);
    expect_content(target, "first\nsecond\n");
    port_free(link);
    port_free(target);
    port_free(folder);
}

static void limit_files(rlim_t size)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size;
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void full_disk_leaves_files_as_they_were(void)
{
    char *path = below(scratch, "full");
    char text[101];
    memset(text, 'x', 100);
    text[100] = 0;
    put_file(path, text);
    struct sigaction old, ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGXFSZ, &ignore, &old);
    limit_files(110);
    CU_ASSERT(port_file_append(path, "a line of more than ten bytes", NULL) < 0);
    limit_files(50);
    CU_ASSERT(port_file_write(path, cleat_slice_of(text), PORT_ACCESS_PRIVATE, NULL) < 0);
    CU_ASSERT(port_file_swap(path, cleat_slice_of(text), cleat_slice_of(text), NULL, NULL) < 0);
    limit_files(RLIM_INFINITY);
    sigaction(SIGXFSZ, &old, NULL);
    expect_content(path, text);
    port_free(path);
}

void suite_port_file_edit(void)
{
    CU_pSuite suite = CU_add_suite("port file edit", make, clean);
    CU_add_test(suite, "swap keeps mode and link", swap_keeps_mode_and_link);
    CU_add_test(suite, "swap keeps the owner", swap_keeps_the_owner);
    CU_add_test(suite, "link has its target's lock", link_has_its_targets_lock);
    CU_add_test(suite, "full disk leaves files as they were", full_disk_leaves_files_as_they_were);
}
