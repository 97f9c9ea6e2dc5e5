/* The one file that calls malloc. */
#include "alloc.h"

#include <stdlib.h>
#include <string.h>

static void *default_resize(void *user, void *old, size_t size)
{
    (void)user;
    return realloc(old, size ? size : 1);
}

static void default_release(void *user, void *block)
{
    (void)user;
    free(block);
}

const cleat_allocator cl_alloc_default = {
    .struct_size = sizeof(cleat_allocator),
    .user = NULL,
    .resize = default_resize,
    .release = default_release,
};

void *cl_alloc_zero(const cleat_allocator *mem, size_t size)
{
    void *block = mem->resize(mem->user, NULL, size ? size : 1);
    if (block)
        memset(block, 0, size ? size : 1);
    return block;
}

void *cl_alloc_array(const cleat_allocator *mem, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return cl_alloc_zero(mem, count * size);
}

void *cl_alloc_resize_array(const cleat_allocator *mem, void *old, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    size_t bytes = count * size;
    return mem->resize(mem->user, old, bytes > 0 ? bytes : 1);
}

char *cl_alloc_text(const cleat_allocator *mem, cleat_slice text)
{
    char *copy = cl_alloc_zero(mem, text.len + 1);
    if (copy && text.len)
        memcpy(copy, text.data, text.len);
    return copy;
}

void cl_alloc_free(const cleat_allocator *mem, void *block)
{
    if (block)
        mem->release(mem->user, block);
}
