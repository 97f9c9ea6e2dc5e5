/* Owner and mode rules. */
#include "port.h"
#include "port/dialect.h"
#include "posix/file_trust.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ME = 1000, OTHER = 1001, LIMIT = 4096 };

static const struct rule_case {
    port_trust trust;
    uid_t owner;
    mode_t mode;
    bool trusted;
    const char *mended_by;
} rules[] = {
    {PORT_TRUST_ANY, OTHER, 0666, true, NULL},
    {PORT_TRUST_CONFIG, ME, 0644, true, NULL},
    {PORT_TRUST_CONFIG, 0, 0644, true, NULL},
    {PORT_TRUST_CONFIG, ME, 0664, false, "chmod go-w '/f'"},
    {PORT_TRUST_CONFIG, 0, 0646, false, "chmod go-w '/f'"},
    {PORT_TRUST_CONFIG, OTHER, 0600, false, "chown 1000 '/f'"},
    {PORT_TRUST_STRICT, ME, 0622, false, "chmod go-w '/f'"},
    {PORT_TRUST_SECRET, ME, 0600, true, NULL},
    {PORT_TRUST_SECRET, ME, 0400, true, NULL},
    {PORT_TRUST_SECRET, ME, 0640, false, "chmod 600 '/f'"},
    {PORT_TRUST_SECRET, ME, 0604, false, "chmod 600 '/f'"},
    {PORT_TRUST_SECRET, OTHER, 0644, true, NULL},
};

static void rules_hold_and_name_the_cure(void)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct stat facts = {0};
        facts.st_uid = rules[i].owner;
        facts.st_mode = S_IFREG | rules[i].mode;
        cleat_error error = {0};
        cleat_status status = port_trust_check(&facts, "/f", ME, rules[i].trust, &error);
        CU_ASSERT_EQUAL(status, rules[i].trusted ? CLEAT_OK : CLEAT_E_PERMISSION);
        if (rules[i].mended_by)
            CU_ASSERT_PTR_NOT_NULL(strstr(error.text, rules[i].mended_by));
    }
}

static char *scratch, *directory, *file;

static int make(void)
{
    scratch = make_scratch();
    directory = below(scratch, "dir");
    file = below(directory, "authorized_keys");
    mkdir(directory, 0700);
    put_file(file, "key\n");
    return chmod(file, 0644);
}

static int clean(void)
{
    remove_tree(scratch);
    port_free(file);
    port_free(directory);
    port_free(scratch);
    return 0;
}

static cleat_status read_file(port_trust trust, const char *home, cleat_error *error)
{
    uint8_t *data;
    size_t len;
    cleat_status status = port_file_read(&data, &len, file, trust, home, LIMIT, error);
    port_free(data);
    return status;
}

static void writable_parent_is_refused_up_to_home(void)
{
    cleat_error error = {0};
    chmod(scratch, 0777);
    CU_ASSERT_EQUAL(read_file(PORT_TRUST_STRICT, directory, &error), CLEAT_OK);
    CU_ASSERT_EQUAL(read_file(PORT_TRUST_STRICT, scratch, &error), CLEAT_E_PERMISSION);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, scratch));
    CU_ASSERT_EQUAL(read_file(PORT_TRUST_CONFIG, NULL, &error), CLEAT_OK);
    chmod(scratch, 0700);
    CU_ASSERT_EQUAL(read_file(PORT_TRUST_STRICT, scratch, &error), CLEAT_OK);
}

static void links_are_judged_by_where_they_lead(void)
{
    char *link = below(scratch, "link");
    uint8_t *data;
    size_t len;
    CU_ASSERT_EQUAL_FATAL(symlink(file, link), 0);
    chmod(directory, 0777);
    CU_ASSERT_EQUAL(port_file_read(&data, &len, link, PORT_TRUST_STRICT, scratch, LIMIT, NULL),
                    CLEAT_E_PERMISSION);
    chmod(directory, 0700);
    CU_ASSERT_EQUAL(port_file_read(&data, &len, link, PORT_TRUST_STRICT, scratch, LIMIT, NULL),
                    CLEAT_OK);
    port_free(data);
    unlink(link);
    port_free(link);
}

static void fifo_does_not_hold_a_trusted_read_up(void)
{
    char *fifo = below(scratch, "fifo");
    uint8_t *data;
    size_t len;
    CU_ASSERT_EQUAL_FATAL(mkfifo(fifo, 0600), 0);
    CU_ASSERT_EQUAL(port_file_read(&data, &len, fifo, PORT_TRUST_CONFIG, NULL, LIMIT, NULL),
                    CLEAT_E_IO);
    CU_ASSERT_EQUAL(port_file_read(&data, &len, fifo, PORT_TRUST_REGULAR, NULL, LIMIT, NULL),
                    CLEAT_E_IO);
    unlink(fifo);
    port_free(fifo);
}

static mode_t mode_of(const char *path)
{
    struct stat facts = {0};
    stat(path, &facts);
    return facts.st_mode & 07777;
}

static void new_files_get_their_mode_and_old_ones_keep_it(void)
{
    char *secret = below(scratch, "secret"), *public = below(scratch, "public");
    cleat_slice text = cleat_slice_of("x");
    CU_ASSERT_EQUAL(port_file_write(secret, text, PORT_ACCESS_PRIVATE, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(port_file_write(public, text, PORT_ACCESS_PUBLIC, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(mode_of(secret), 0600);
    CU_ASSERT_EQUAL(mode_of(public), 0644);
    chmod(public, 0640);
    CU_ASSERT_EQUAL(port_file_write(public, text, PORT_ACCESS_PUBLIC, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(mode_of(public), 0640);
    port_free(secret);
    port_free(public);
}

static void write_goes_through_a_link(void)
{
    char *target = below(scratch, "target"), *link = below(scratch, "via");
    struct stat facts;
    put_file(target, "old");
    CU_ASSERT_EQUAL_FATAL(symlink(target, link), 0);
    CU_ASSERT_EQUAL(port_file_write(link, cleat_slice_of("new"), PORT_ACCESS_PRIVATE, NULL),
                    CLEAT_OK);
    CU_ASSERT_EQUAL(lstat(link, &facts), 0);
    CU_ASSERT(S_ISLNK(facts.st_mode));
    CU_ASSERT_EQUAL(stat(target, &facts), 0);
    CU_ASSERT_EQUAL(facts.st_size, 3);
    unlink(target);
    CU_ASSERT_EQUAL(port_file_write(link, cleat_slice_of("new"), PORT_ACCESS_PRIVATE, NULL),
                    CLEAT_E_NO_SUCH);
    unlink(link);
    port_free(target);
    port_free(link);
}

static void new_directories_are_private(void)
{
    char *path = below(scratch, "state/cleat");
    CU_ASSERT_EQUAL(port_dir_create(path, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(mode_of(path), 0700);
    port_free(path);
}

void suite_port_trust(void)
{
    CU_pSuite suite = CU_add_suite("port trust", make, clean);
    CU_add_test(suite, "rules hold and name the cure", rules_hold_and_name_the_cure);
    CU_add_test(suite, "writable parent is refused up to home",
                writable_parent_is_refused_up_to_home);
    CU_add_test(suite, "links are judged by where they lead", links_are_judged_by_where_they_lead);
    CU_add_test(suite, "fifo does not hold a trusted read up",
                fifo_does_not_hold_a_trusted_read_up);
    CU_add_test(suite, "new files get their mode and old ones keep it",
                new_files_get_their_mode_and_old_ones_keep_it);
    CU_add_test(suite, "write goes through a link", write_goes_through_a_link);
    CU_add_test(suite, "new directories are private", new_directories_are_private);
}
