/* Memory that is freed all at once, and wiped. */
#include "arena.h"

#include "alloc.h"
#include "ct.h"
#include "slice.h"

#include <stdalign.h>

struct cl_arena_block {
    cl_arena_block *next;
    size_t size;
    alignas(max_align_t) uint8_t bytes[];
};

void *cl_arena_get(cl_arena *a, size_t size)
{
    if (a->status != CLEAT_OK || size > SIZE_MAX - sizeof(cl_arena_block)) {
        a->status = CLEAT_E_NOMEM;
        return NULL;
    }
    cl_arena_block *block = cl_alloc_zero(a->mem, sizeof *block + size);
    if (!block) {
        a->status = CLEAT_E_NOMEM;
        return NULL;
    }
    block->size = size;
    block->next = a->blocks;
    a->blocks = block;
    return block->bytes;
}

const char *cl_arena_text(cl_arena *a, cleat_slice text)
{
    char *copy = cl_arena_get(a, text.len + 1);
    if (!copy)
        return "";
    if (text.len)
        memcpy(copy, text.data, text.len);
    return copy;
}

cleat_slice cl_arena_copy(cl_arena *a, cleat_slice bytes)
{
    if (bytes.len == 0)
        return CL_SLICE_EMPTY;
    uint8_t *copy = cl_arena_get(a, bytes.len);
    if (!copy)
        return CL_SLICE_EMPTY;
    memcpy(copy, bytes.data, bytes.len);
    return cl_slice(copy, bytes.len);
}

void cl_arena_free(cl_arena *a)
{
    while (a->blocks) {
        cl_arena_block *next = a->blocks->next;
        cl_wipe(a->blocks->bytes, a->blocks->size);
        cl_alloc_free(a->mem, a->blocks);
        a->blocks = next;
    }
    a->status = CLEAT_OK;
}
