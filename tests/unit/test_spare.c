/* Blocks that are kept for the next of their size. */
#include "base/spare.h"

#include <CUnit/CUnit.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 256 << 10, MANY = 64 };

static size_t living, taken;

static void *counted_resize(void *user, void *old, size_t size)
{
    (void)user;
    living += !old;
    taken++;
    return realloc(old, size);
}

static void counted_release(void *user, void *block)
{
    (void)user;
    living -= block != NULL;
    free(block);
}

static const cleat_allocator counted = {
    .struct_size = sizeof counted, .resize = counted_resize, .release = counted_release};

static void *take(cl_spare *s, size_t size)
{
    uint8_t *block = s->allocator.resize(s->allocator.user, NULL, size);
    CU_ASSERT_FATAL(block != NULL);
    CU_ASSERT_EQUAL((uintptr_t)block % sizeof(void *), 0);
    memset(block, 1, size);
    return block;
}

static void give(cl_spare *s, void *block)
{
    s->allocator.release(s->allocator.user, block);
}

static void begin(cl_spare *s)
{
    living = taken = 0;
    cl_spare_init(s, &counted, 4 << 20);
}

static void end(cl_spare *s)
{
    cl_spare_drop(s);
    CU_ASSERT_EQUAL(living, 0);
}

static void test_again(void)
{
    cl_spare s;
    begin(&s);
    void *first = take(&s, LARGE);
    void *second = take(&s, LARGE);
    give(&s, first);
    give(&s, second);
    CU_ASSERT_PTR_EQUAL(take(&s, LARGE - 100), second); /* the last first */
    CU_ASSERT_PTR_EQUAL(take(&s, LARGE), first);
    CU_ASSERT_EQUAL(taken, 2);
    give(&s, first);
    give(&s, second);
    end(&s);
}

static void test_others(void)
{
    cl_spare s;
    begin(&s);
    give(&s, take(&s, 100));
    CU_ASSERT_EQUAL(living, 0); /* small ones are not kept */
    give(&s, take(&s, LARGE));
    CU_ASSERT_EQUAL(living, 1);
    void *larger = take(&s, LARGE + 1);
    void *smaller = take(&s, LARGE / 2 - 1);
    CU_ASSERT_EQUAL(taken, 4); /* it fits neither */
    give(&s, larger);
    give(&s, smaller);
    give(&s, NULL);
    end(&s);
}

static void test_growing(void)
{
    cl_spare s;
    begin(&s);
    uint8_t *block = take(&s, LARGE);
    block = s.allocator.resize(s.allocator.user, block, 2 * LARGE);
    CU_ASSERT_FATAL(block != NULL);
    CU_ASSERT_EQUAL(block[LARGE - 1], 1);
    give(&s, block);
    CU_ASSERT_PTR_EQUAL(take(&s, 2 * LARGE), block);
    give(&s, block);
    CU_ASSERT_PTR_NULL(s.allocator.resize(s.allocator.user, NULL, SIZE_MAX));
    end(&s);
}

static void test_bound(void)
{
    cl_spare s;
    void *blocks[MANY];
    begin(&s);
    for (size_t i = 0; i < MANY; i++)
        blocks[i] = take(&s, LARGE);
    for (size_t i = 0; i < MANY; i++)
        give(&s, blocks[i]);
    CU_ASSERT(living > 1 && living < MANY / 2);
    end(&s);
}

void suite_spare(void)
{
    CU_pSuite s = CU_add_suite("spare", NULL, NULL);
    CU_ADD_TEST(s, test_again);
    CU_ADD_TEST(s, test_others);
    CU_ADD_TEST(s, test_growing);
    CU_ADD_TEST(s, test_bound);
}
