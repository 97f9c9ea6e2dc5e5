/* Memory for secrets. */
#include "secret.h"

#include "alloc.h"
#include "ct.h"

#include <string.h>

cleat_status cl_secret_init(cl_secret *s, const cleat_allocator *mem, size_t cap)
{
    *s = (cl_secret){.mem = mem};
    s->data = cl_alloc_zero(mem, cap);
    if (!s->data)
        return CLEAT_E_NOMEM;
    s->cap = cap;
    return CLEAT_OK;
}

cleat_status cl_secret_set(cl_secret *s, const void *data, size_t len)
{
    if (len > s->cap)
        return CLEAT_E_LIMIT;
    cl_secret_clear(s);
    if (len)
        memcpy(s->data, data, len);
    s->len = len;
    return CLEAT_OK;
}

cleat_status cl_secret_dup(cl_secret *s, const cleat_allocator *mem, const void *data, size_t len)
{
    cl_secret fresh;
    cleat_status st = cl_secret_init(&fresh, mem, len);
    if (st != CLEAT_OK)
        return st;
    st = cl_secret_set(&fresh, data, len);
    cl_secret_free(s);
    *s = fresh;
    return st;
}

void cl_secret_clear(cl_secret *s)
{
    cl_wipe(s->data, s->cap);
    s->len = 0;
}

void cl_secret_free(cl_secret *s)
{
    if (s->data) {
        cl_wipe(s->data, s->cap);
        cl_alloc_free(s->mem, s->data);
    }
    *s = (cl_secret){0};
}
