/* Names of users and groups, which cost a look into files or a question over the network each. */
#include "files_int.h"

#include <stdlib.h>
#include <string.h>

/* NULL: not known yet. */
static char *recall(owners *o, uint32_t id, bool group)
{
    char *name = NULL;
    uv_mutex_lock(&o->lock);
    for (size_t i = 0; i < o->count && !name; i++) {
        if (o->known[i].id == id && o->known[i].group == group)
            name = files_format("%s", o->known[i].name);
    }
    uv_mutex_unlock(&o->lock);
    return name;
}

/* The oldest makes room. */
static void remember(owners *o, uint32_t id, bool group, const char *name)
{
    char *copy = files_format("%s", name);
    if (!copy)
        return;
    uv_mutex_lock(&o->lock);
    free(o->known[o->next].name);
    o->known[o->next].name = copy;
    o->known[o->next].id = id;
    o->known[o->next].group = group;
    o->next = (o->next + 1) % OWNERS_MAX;
    if (o->count < OWNERS_MAX)
        o->count++;
    uv_mutex_unlock(&o->lock);
}

char *owners_name(owners *o, uint32_t id, bool group)
{
    char *name = recall(o, id, group);
    if (name)
        return name;
    char *found = port_owner_name(id, group);
    name = found ? files_format("%s", found) : files_format("%lu", (unsigned long)id);
    port_free(found);
    if (name)
        remember(o, id, group, name);
    return name;
}

void owners_free(owners *o)
{
    for (size_t i = 0; i < o->count; i++)
        free(o->known[i].name);
    uv_mutex_destroy(&o->lock);
}
