/* Records that are added to something else than a file. */
#include "port.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct fifo {
    char folder[40], path[60];
} fifo;

static void fifo_make(fifo *f)
{
    snprintf(f->folder, sizeof f->folder, "/tmp/cleat-record-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/fifo", f->folder);
    CU_ASSERT_EQUAL_FATAL(mkfifo(f->path, 0600), 0);
}

static void fifo_remove(const fifo *f)
{
    unlink(f->path);
    rmdir(f->folder);
}

static void a_reader_of_a_fifo_gets_records(void)
{
    fifo f;
    char got[20] = "";
    fifo_make(&f);
    int reader = open(f.path, O_RDONLY | O_NONBLOCK);
    CU_ASSERT_EQUAL(port_file_add_record(f.path, "one", NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(port_file_add_record(f.path, "two", NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(read(reader, got, sizeof got - 1), 8);
    CU_ASSERT_STRING_EQUAL(got, "one\ntwo\n");
    close(reader);
    fifo_remove(&f);
}

static void a_fifo_that_nobody_reads_is_an_error(void)
{
    fifo f;
    cleat_error error = {0};
    fifo_make(&f);
    CU_ASSERT_NOT_EQUAL(port_file_add_record(f.path, "lost", &error), CLEAT_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, f.path));
    fifo_remove(&f);
}

static void a_fifo_that_is_full_is_one(void)
{
    fifo f;
    char line[4001];
    cleat_status st = CLEAT_OK;
    unsigned taken = 0;
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = 0;
    fifo_make(&f);
    int reader = open(f.path, O_RDONLY | O_NONBLOCK);
    for (; st == CLEAT_OK && taken < 100000; taken++)
        st = port_file_add_record(f.path, line, NULL);
    CU_ASSERT_NOT_EQUAL(st, CLEAT_OK);
    CU_ASSERT_TRUE(taken > 1);
    close(reader);
    fifo_remove(&f);
}

void suite_port_file_record(void)
{
    CU_pSuite suite = CU_add_suite("port_file_record", NULL, NULL);
    CU_ADD_TEST(suite, a_reader_of_a_fifo_gets_records);
    CU_ADD_TEST(suite, a_fifo_that_nobody_reads_is_an_error);
    CU_ADD_TEST(suite, a_fifo_that_is_full_is_one);
}
