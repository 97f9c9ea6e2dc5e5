/* A map of holes is made in a thread, and belongs to it until it is whole. */
#include "place.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PARTS = 3, PART = 64 << 10, APART = 1 << 20, TURNS = 50 };

/* Looks for data that there are to be before the next one stops; below zero: none stops. */
static atomic_int looks_left = -1;
static atomic_bool stopped;
static uv_sem_t go_on;

/* In place of the C library's, for this whole program. */
off_t lseek(int fd, off_t offset, int whence)
{
    if (whence == SEEK_DATA && atomic_load(&looks_left) >= 0 &&
        atomic_fetch_sub(&looks_left, 1) == 0) {
        atomic_store(&stopped, true);
        uv_sem_wait(&go_on);
    }
    return syscall(SYS_lseek, fd, offset, whence);
}

/* False: there are no holes on this disk. */
static bool store_parts(const char *path)
{
    struct stat st;
    static uint8_t part[PART];
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    memset(part, 'd', sizeof part);
    for (int i = 0; i < PARTS; i++)
        CU_ASSERT_EQUAL(pwrite(fd, part, sizeof part, (off_t)i * APART), PART);
    CU_ASSERT_EQUAL_FATAL(fstat(fd, &st), 0);
    close(fd);
    return st.st_blocks * 512 < st.st_size;
}

static bool has_parts(const char *path)
{
    static uint8_t part[PART];
    bool all = true;
    int fd = open(path, O_RDONLY);
    for (int i = 0; i < PARTS; i++) {
        memset(part, 0, sizeof part);
        all = all && pread(fd, part, sizeof part, (off_t)i * APART) == PART && part[0] == 'd' &&
              part[PART - 1] == 'd';
    }
    close(fd);
    return all;
}

static void do_nothing(uv_work_t *work)
{
    (void)work;
}

static void count_turn(uv_work_t *work, int status)
{
    (void)status;
    ++*(int *)work->data;
}

/* Time enough for threads that are free to read what there is to read. */
static void take_turns(place *p)
{
    int done = 0;
    uv_work_t work = {.data = &done};
    for (int i = 0; i < TURNS; i++) {
        CU_ASSERT_EQUAL_FATAL(uv_queue_work(&p->loop, &work, do_nothing, count_turn), 0);
        while (done <= i)
            place_turn(p);
    }
}

static void a_map_is_not_used_before_it_is_whole(void)
{
    place p;
    place_open(&p, (cleat_files_options){.user = NULL});
    if (!store_parts(path_in(p.here, "f"))) {
        place_close(&p);
        return;
    }
    CU_ASSERT_EQUAL_FATAL(uv_sem_init(&go_on, 0), 0);
    atomic_store(&looks_left, 1);
    place_start(&p, CLEAT_TRANSFER_PUT, path_in(p.here, "f"), path_in(p.there, "f"),
                (cleat_transfer_options){.recurse = false});
    while (!atomic_load(&stopped))
        uv_run(&p.loop, UV_RUN_NOWAIT);
    take_turns(&p);
    CU_ASSERT_EQUAL(p.steps, 0);
    uv_sem_post(&go_on);
    while (p.transfer)
        place_turn(&p);
    CU_ASSERT_EQUAL(p.status, CLEAT_OK);
    CU_ASSERT_TRUE(has_parts(path_in(p.there, "f")));
    uv_sem_destroy(&go_on);
    place_close(&p);
}

void suite_holes(void)
{
    CU_pSuite suite = CU_add_suite("holes", NULL, NULL);
    CU_ADD_TEST(suite, a_map_is_not_used_before_it_is_whole);
}
