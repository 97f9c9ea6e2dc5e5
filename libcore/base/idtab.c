/* A table from small numbers to pointers. */
#include "idtab.h"

#include "alloc.h"

#include <assert.h>

static cleat_status grow(cl_idtab *t)
{
    uint32_t cap = t->cap ? t->cap * 2 : 4;
    if (cap > t->max)
        cap = t->max;
    if (cap <= t->cap)
        return CLEAT_E_LIMIT;
    void **slots = cl_alloc_resize_array(t->mem, t->slots, cap, sizeof *slots);
    if (!slots)
        return CLEAT_E_NOMEM;
    for (uint32_t i = t->cap; i < cap; i++)
        slots[i] = NULL;
    t->slots = slots;
    t->cap = cap;
    return CLEAT_OK;
}

cleat_status cl_idtab_add(cl_idtab *t, void *value, uint32_t *id)
{
    assert(value);
    *id = 0;
    if (t->count == t->cap) {
        cleat_status st = grow(t);
        if (st != CLEAT_OK)
            return st;
    }
    uint32_t i = 0;
    while (t->slots[i])
        i++;
    t->slots[i] = value;
    t->count++;
    *id = i;
    return CLEAT_OK;
}

void *cl_idtab_get(const cl_idtab *t, uint32_t id)
{
    return id < t->cap ? t->slots[id] : NULL;
}

void *cl_idtab_remove(cl_idtab *t, uint32_t id)
{
    void *value = cl_idtab_get(t, id);
    if (value) {
        t->slots[id] = NULL;
        t->count--;
    }
    return value;
}

void *cl_idtab_next(const cl_idtab *t, uint32_t *id)
{
    for (; *id < t->cap; ++*id) {
        if (t->slots[*id])
            return t->slots[*id];
    }
    return NULL;
}

void cl_idtab_free(cl_idtab *t)
{
    cl_alloc_free(t->mem, t->slots);
    t->slots = NULL;
    t->cap = 0;
    t->count = 0;
}
