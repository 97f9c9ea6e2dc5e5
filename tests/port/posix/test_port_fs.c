/* Files beneath a root: nothing leads out of it, by the kernel's way and by ours. */
#include "fs.h"
#include "port.h"
#include "posix/fs_tree.h"

#include <CUnit/CUnit.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[64];

static void path_in(char path[256], const char *name)
{
    snprintf(path, 256, "%s/%s", base, name);
}

static void put_file(const char *name, const char *text)
{
    char path[256];
    path_in(path, name);
    FILE *f = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs(text, f);
    fclose(f);
}

static void put_folder(const char *name)
{
    char path[256];
    path_in(path, name);
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0755), 0);
}

static void put_link(const char *target, const char *name)
{
    char path[256];
    path_in(path, name);
    CU_ASSERT_EQUAL_FATAL(symlink(target, path), 0);
}

/* base/secret is outside, base/root is the root. */
static void make_tree(void)
{
    snprintf(base, sizeof base, "/tmp/cleat-fs-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(base));
    put_file("secret", "secret");
    put_folder("root");
    put_folder("root/d");
    put_folder("root/d/e");
    put_file("root/inside", "inside");
    put_file("root/d/e/deep", "deep");
    put_link("../secret", "root/up");
    put_link("/secret", "root/absolute");
    put_link("/inside", "root/d/re-rooted");
    put_link("..", "root/d/parent");
    put_link("../../../../../../../..", "root/far");
    put_link("loop", "root/loop");
    put_link("d/e", "root/short");
    put_link("/etc", "root/etc-link");
}

static void remove_tree(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", base);
    CU_ASSERT_EQUAL(system(command), 0);
}

static int open_root(void)
{
    char path[256];
    path_in(path, "root");
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CU_ASSERT_FATAL(fd >= 0);
    return fd;
}

typedef int (*opener)(int root, const char *path, int flags, unsigned mode);

static const struct {
    const char *path;
    const char *text; /* NULL: cannot be opened ... */
    int error;        /* ... for this reason */
} cases[] = {
    {"/inside", "inside", 0},
    {"inside", "inside", 0},
    {"/d/../inside", "inside", 0},
    {"/d/e/deep", "deep", 0},
    {"/short/deep", "deep", 0},
    {"/short/../e/deep", "deep", 0},
    {"/d/re-rooted", "inside", 0},
    {"/d/parent/inside", "inside", 0},
    {"/far/inside", "inside", 0},
    {"//d//e/./deep", "deep", 0},
    {"/../../../inside", "inside", 0},
    {"/up", NULL, ENOENT}, /* which is /secret beneath the root */
    {"/absolute", NULL, ENOENT},
    {"/../secret", NULL, ENOENT},
    {"/d/../../secret", NULL, ENOENT},
    {"/far/secret", NULL, ENOENT},
    {"/etc-link/passwd", NULL, ENOENT},
    {"/loop", NULL, ELOOP},
    {"/inside/x", NULL, ENOTDIR},
};

static void read_all(opener open_beneath)
{
    int root = open_root();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[16] = "";
        errno = 0;
        int fd = open_beneath(root, cases[i].path, O_RDONLY, 0);
        if (fd >= 0) {
            ssize_t n = read(fd, text, sizeof text - 1);
            text[n > 0 ? n : 0] = 0;
            close(fd);
        }
        if (cases[i].text)
            CU_ASSERT_STRING_EQUAL(text, cases[i].text);
        if (!cases[i].text)
            CU_ASSERT_EQUAL(errno, cases[i].error);
        CU_ASSERT_EQUAL(fd >= 0, cases[i].text != NULL);
    }
    close(root);
}

static void links_do_not_lead_out_by_the_kernel(void)
{
    make_tree();
    int root = open_root();
    int fd = fs_open_by_kernel(root, "/", O_RDONLY | O_DIRECTORY, 0);
    bool able = fd >= 0 || errno != ENOSYS;
    if (fd >= 0)
        close(fd);
    close(root);
    if (able)
        read_all(fs_open_by_kernel);
    remove_tree();
}

static void links_do_not_lead_out_by_walking(void)
{
    make_tree();
    read_all(fs_open_by_walk);
    remove_tree();
}

/* ---- somebody renames meanwhile ---- */

typedef struct swapper {
    pthread_t thread;
    atomic_bool stop;
    unsigned swaps;
} swapper;

/* The folder "d" and a link that leads out change places, over and over. */
static void *swap(void *user)
{
    swapper *s = user;
    char folder[256];
    char out[256];
    path_in(folder, "root/d");
    path_in(out, "root/out");
    while (!atomic_load(&s->stop))
        s->swaps += renameat2(AT_FDCWD, folder, AT_FDCWD, out, RENAME_EXCHANGE) == 0;
    return NULL;
}

static void write_beneath(opener open_beneath, int root, unsigned *made, unsigned *refused)
{
    int fd = open_beneath(root, "/d/new", O_WRONLY | O_CREAT, 0644);
    *made += fd >= 0;
    *refused += fd < 0;
    if (fd >= 0)
        close(fd);
}

static void renames_meanwhile_do_not_lead_out(void)
{
    enum { TRIES = 20000, TRIES_MAX = 5000000 }; /* until the other thread has had its turns */
    static const opener both[] = {fs_open_by_kernel, fs_open_by_walk};
    char secret[256];
    struct stat st;
    swapper s = {.swaps = 0};
    make_tree();
    put_folder("outside");
    put_link("../outside", "root/out");
    path_in(secret, "outside/new");
    int root = open_root();
    CU_ASSERT_EQUAL_FATAL(pthread_create(&s.thread, NULL, swap, &s), 0);
    for (size_t i = 0; i < 2; i++) {
        unsigned made = 0;
        unsigned refused = 0;
        for (unsigned n = 0; n < TRIES || ((!made || !refused) && n < TRIES_MAX); n++)
            write_beneath(both[i], root, &made, &refused);
        CU_ASSERT(made > 0);
        CU_ASSERT(refused > 0);
        CU_ASSERT_NOT_EQUAL(stat(secret, &st), 0);
    }
    atomic_store(&s.stop, true);
    pthread_join(s.thread, NULL);
    CU_ASSERT(s.swaps > 0);
    close(root);
    remove_tree();
}

static void creating_does_not_follow_out(void)
{
    static const opener both[] = {fs_open_by_kernel, fs_open_by_walk};
    make_tree();
    put_link("../made", "root/out");
    for (size_t i = 0; i < 2; i++) {
        char path[256];
        struct stat st;
        int root = open_root();
        int fd = both[i](root, "/out", O_WRONLY | O_CREAT, 0644); /* makes /made in the root */
        CU_ASSERT(fd >= 0 || errno == ENOSYS);
        if (fd >= 0)
            close(fd);
        fd = both[i](root, "/out", O_WRONLY | O_CREAT | O_EXCL, 0644);
        CU_ASSERT(fd < 0);
        path_in(path, "made");
        CU_ASSERT_NOT_EQUAL(stat(path, &st), 0);
        close(root);
    }
    remove_tree();
}

static void names_stay_beneath_the_root(void)
{
    char path[256];
    char *real;
    port_tree *tree;
    uv_stat_t st;
    make_tree();
    path_in(path, "root");
    CU_ASSERT_EQUAL_FATAL(port_tree_open(&tree, path), 0);
    CU_ASSERT_EQUAL(port_tree_unlink(tree, "/../secret"), UV_ENOENT);
    CU_ASSERT_EQUAL(port_tree_unlink(tree, "/etc-link/x"), UV_ENOENT);
    CU_ASSERT_EQUAL(port_tree_rename(tree, "/inside", "/../stolen", true), 0); /* "/stolen" */
    path_in(path, "root/stolen");
    CU_ASSERT_EQUAL(access(path, F_OK), 0);
    CU_ASSERT_EQUAL(port_tree_mkdir(tree, "/far/made", 0755), 0);
    path_in(path, "root/made");
    CU_ASSERT_EQUAL(access(path, F_OK), 0);
    CU_ASSERT_EQUAL(port_tree_stat(tree, "/up", false, &st), 0); /* the link itself */
    CU_ASSERT_EQUAL(port_tree_stat(tree, "/up", true, &st), UV_ENOENT);
    CU_ASSERT_EQUAL(port_tree_link(tree, "/up", "/copy"), 0);
    CU_ASSERT_EQUAL(port_tree_stat(tree, "/..", true, &st), 0);
    const port_change mode = {.set = PORT_SET_MODE, .mode = 0600};
    CU_ASSERT_EQUAL(port_tree_change(tree, "/up", true, &mode), UV_ENOENT);
    CU_ASSERT_EQUAL(port_tree_change(tree, "/stolen", true, &mode), 0);
    CU_ASSERT_EQUAL(port_tree_real(&real, tree, "/far/d/parent/short/../x", true), 0);
    CU_ASSERT_STRING_EQUAL(real ? real : "", "/d/x");
    port_free(real);
    CU_ASSERT_EQUAL(port_tree_real(&real, tree, "/absent/x", true), UV_ENOENT);
    CU_ASSERT_EQUAL(port_tree_real(&real, tree, "/loop", true), UV_ELOOP);
    CU_ASSERT_EQUAL(port_tree_real(&real, tree, "/..", false), 0);
    CU_ASSERT_STRING_EQUAL(real ? real : "", "/");
    port_free(real);
    port_tree_close(tree);
    remove_tree();
}

static void renaming_replaces_only_if_it_may(void)
{
    char from[256];
    char to[256];
    port_tree *tree;
    make_tree();
    path_in(from, "root/inside");
    path_in(to, "root/d/e/deep");
    CU_ASSERT_EQUAL_FATAL(port_tree_open(&tree, NULL), 0);
    CU_ASSERT_EQUAL(port_tree_rename(tree, from, to, false), UV_EEXIST);
    CU_ASSERT_EQUAL(port_tree_rename(tree, from, to, true), 0);
    path_in(from, "root/d");
    path_in(to, "root/moved");
    CU_ASSERT_EQUAL(port_tree_rename(tree, from, to, false), 0);
    port_tree_close(tree);
    remove_tree();
}

static void holes_are_found_and_copied_over(void)
{
    char path[256];
    uint64_t start;
    uint64_t end;
    make_tree();
    path_in(path, "root/holes");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(pwrite(fd, "x", 1, 1 << 20), 1);
    CU_ASSERT_EQUAL(ftruncate(fd, 4 << 20), 0);
    CU_ASSERT_EQUAL(port_file_data(fd, 0, &start, &end), 0);
    CU_ASSERT(start <= 1 << 20 && end > 1 << 20 && end <= 4 << 20);
    CU_ASSERT_EQUAL(port_file_data(fd, 4 << 20, &start, &end), UV_EOF);
    uint64_t copied;
    path_in(path, "root/copy");
    int to = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    CU_ASSERT_EQUAL(port_file_copy(fd, 1 << 20, 10, to, 5, &copied), 0);
    CU_ASSERT_EQUAL(copied, 10);
    char text[16] = "";
    CU_ASSERT_EQUAL(pread(to, text, sizeof text, 0), 15);
    CU_ASSERT_EQUAL(text[5], 'x');
    CU_ASSERT_EQUAL(port_file_copy(fd, 4 << 20, 10, to, 5, &copied), 0);
    CU_ASSERT_EQUAL(copied, 0);
    close(fd);
    close(to);
    remove_tree();
}

void suite_port_fs(void)
{
    CU_pSuite s = CU_add_suite("port_fs", NULL, NULL);
    CU_add_test(s, "links_do_not_lead_out_by_the_kernel", links_do_not_lead_out_by_the_kernel);
    CU_add_test(s, "links_do_not_lead_out_by_walking", links_do_not_lead_out_by_walking);
    CU_add_test(s, "renames_meanwhile_do_not_lead_out", renames_meanwhile_do_not_lead_out);
    CU_add_test(s, "creating_does_not_follow_out", creating_does_not_follow_out);
    CU_add_test(s, "names_stay_beneath_the_root", names_stay_beneath_the_root);
    CU_add_test(s, "renaming_replaces_only_if_it_may", renaming_replaces_only_if_it_may);
    CU_add_test(s, "holes_are_found_and_copied_over", holes_are_found_and_copied_over);
}
