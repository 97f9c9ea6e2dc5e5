/* The environment of a session's process. */
#include "environment.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static void put(environment *e, char *pair)
{
    size_t name = pair ? strcspn(pair, "=") + 1 : 0;
    if (!pair) {
        e->failed = true;
        return;
    }
    for (size_t i = 0; i < e->count; i++) {
        if (strncmp(e->items[i], pair, name) == 0) {
            free(e->items[i]);
            e->items[i] = pair;
            return;
        }
    }
    if (e->count == ENVIRONMENT_MAX) {
        e->failed = true;
        free(pair);
        return;
    }
    e->items[e->count++] = pair;
}

void environment_set(environment *e, const char *name, const char *value)
{
    put(e, text_format("%s=%s", name, value));
}

void environment_put(environment *e, const char *pair)
{
    put(e, text_format("%s", pair));
}

const char *const *environment_list(const environment *e)
{
    return e->failed ? NULL : (const char *const *)e->items;
}

void environment_free(environment *e)
{
    for (size_t i = 0; i < e->count; i++)
        free(e->items[i]);
    e->count = 0;
}
