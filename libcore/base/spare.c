/* Each block has its size in front of it. */
#include "spare.h"

#include <stddef.h>

enum { KEPT_MIN = 32 << 10 };

struct cl_spare_block {
    size_t size;
    cl_spare_block *next; /* while it is kept */
    max_align_t bytes[];
};

static cl_spare_block *block_of(void *bytes)
{
    return bytes ? (void *)((char *)bytes - offsetof(cl_spare_block, bytes)) : NULL;
}

/* One that is not much larger; NULL: there is none. */
static cl_spare_block *reuse(cl_spare *s, size_t size)
{
    for (cl_spare_block **at = &s->kept; size >= KEPT_MIN && *at; at = &(*at)->next) {
        cl_spare_block *b = *at;
        if (b->size < size || b->size / 2 > size)
            continue;
        *at = b->next;
        s->kept_bytes -= b->size;
        return b;
    }
    return NULL;
}

static void *resize(void *user, void *old, size_t size)
{
    cl_spare *s = user;
    cl_spare_block *b = old ? NULL : reuse(s, size);
    if (b)
        return b->bytes;
    if (size > SIZE_MAX - sizeof *b)
        return NULL;
    b = s->mem->resize(s->mem->user, block_of(old), sizeof *b + size);
    if (!b)
        return NULL;
    b->size = size;
    return b->bytes;
}

static void release(void *user, void *bytes)
{
    cl_spare *s = user;
    cl_spare_block *b = block_of(bytes);
    if (!b || b->size < KEPT_MIN || b->size > s->most - s->kept_bytes) {
        cl_alloc_free(s->mem, b);
        return;
    }
    b->next = s->kept;
    s->kept = b;
    s->kept_bytes += b->size;
}

void cl_spare_init(cl_spare *s, const cleat_allocator *mem, size_t most)
{
    *s = (cl_spare){
        .allocator = {sizeof s->allocator, s, resize, release},
        .mem = mem,
        .most = most,
    };
}

void cl_spare_drop(cl_spare *s)
{
    for (cl_spare_block *b = s->kept, *next; b; b = next) {
        next = b->next;
        cl_alloc_free(s->mem, b);
    }
    s->kept = NULL;
    s->kept_bytes = 0;
}
