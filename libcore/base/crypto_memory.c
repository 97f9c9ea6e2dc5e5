/* OpenSSL's memory, wiped when it is given back. OpenSSL wipes what it knows to be secret; copies
 * that pass through its encoders and its big numbers' scratch space are not all among it. */
#include "alloc.h"
#include "ct.h"

#include <cleat/ctx.h>

#include <openssl/crypto.h>
#include <string.h>

/* Stands before each block, whose size nobody else remembers. */
typedef union head {
    size_t size;
    max_align_t alignment;
} head;

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (!size || size > SIZE_MAX - sizeof(head))
        return NULL;
    head *block = cl_alloc_default.resize(NULL, NULL, sizeof *block + size);
    if (!block)
        return NULL;
    block->size = size;
    return block + 1;
}

static void give(void *at, const char *file, int line)
{
    head *block = at;
    (void)file;
    (void)line;
    if (!at)
        return;
    block--;
    cl_wipe(block, sizeof *block + block->size);
    cl_alloc_default.release(NULL, block);
}

static void *change(void *at, size_t size, const char *file, int line)
{
    void *larger = take(size, file, line);
    if (at && larger) {
        size_t old = ((head *)at)[-1].size;
        memcpy(larger, at, old < size ? old : size);
    }
    if (larger || !size)
        give(at, file, line);
    return larger;
}

cleat_status cleat_crypto_wipe_freed(void)
{
    return CRYPTO_set_mem_functions(take, change, give) ? CLEAT_OK : CLEAT_E_BAD_CALL;
}
