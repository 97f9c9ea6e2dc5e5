/* A configuration in memory: making it, keeping values, reading them by keyword. */
#include "../base/alloc.h"
#include "../base/buf.h"
#include "../base/error.h"
#include "../base/slice.h"
#include "config_int.h"

#include <assert.h>

static bool same_name(const char *a, const char *b)
{
    return cl_slice_is_nocase(cleat_slice_of(a), b);
}

static const cleat_config_row *find_row(const cleat_config_table *table, const char *keyword)
{
    for (size_t i = 0; i < table->count; i++) {
        if (same_name(table->rows[i].name, keyword))
            return &table->rows[i];
    }
    return NULL;
}

const cleat_config_row *cleat_config_find(const cleat_config_table *table, const char *keyword)
{
    const cleat_config_row *row = find_row(table, keyword);
    return row && row->type == CLEAT_CONFIG_ALIAS ? find_row(table, row->words) : row;
}

/* ---- life ---- */

static cleat_status set_fallbacks(cleat_config *c)
{
    for (size_t i = 0; i < c->table->count; i++) {
        const cleat_config_row *row = &c->table->rows[i];
        if (!row->fallback)
            continue;
        cleat_status st = cl_config_parse_value(&c->arena, row, cleat_slice_of(row->fallback),
                                                &c->values[i], NULL);
        if (st != CLEAT_OK)
            return st;
    }
    return CLEAT_OK;
}

cleat_status cleat_config_new(cleat_config **out, const cleat_allocator *mem,
                              const cleat_config_table *table)
{
    if (!mem)
        mem = &cl_alloc_default;
    *out = NULL;
    cleat_config *c = cl_alloc_zero(mem, sizeof *c);
    if (!c)
        return CLEAT_E_NOMEM;
    c->mem = mem;
    c->table = table;
    c->arena.mem = mem;
    c->values = cl_alloc_array(mem, table->count, sizeof *c->values);
    cleat_status st = c->values ? set_fallbacks(c) : CLEAT_E_NOMEM;
    if (st != CLEAT_OK) {
        cleat_config_free(c);
        return st;
    }
    *out = c;
    return CLEAT_OK;
}

void cleat_config_free(cleat_config *c)
{
    if (!c)
        return;
    cl_arena_free(&c->arena);
    cl_alloc_free(c->mem, c->values);
    cl_alloc_free(c->mem, c->notes);
    cl_alloc_free(c->mem, c);
}

/* ---- keeping ---- */

cl_config_value *cl_config_value_of(const cleat_config *c, const cleat_config_row *row)
{
    return &c->values[row - c->table->rows];
}

static bool has_item(const cl_config_value *value, const char *item)
{
    for (size_t i = 0; i < value->count; i++) {
        if (strcmp(value->items[i], item) == 0)
            return true;
    }
    return false;
}

static cleat_status add_items(cleat_config *c, cl_config_value *at, const cl_config_value *value,
                              bool once)
{
    const char **items = cl_arena_get(&c->arena, (at->count + value->count) * sizeof *items);
    if (!items)
        return CLEAT_E_NOMEM;
    cl_config_value fresh = {
        .items = items, .number = value->number, .origin = at->origin, .closed = at->closed};
    for (size_t i = 0; i < at->count; i++)
        items[fresh.count++] = at->items[i];
    for (size_t i = 0; i < value->count; i++) {
        if (!once || !has_item(&fresh, value->items[i]))
            items[fresh.count++] = cl_arena_text(&c->arena, cleat_slice_of(value->items[i]));
    }
    *at = fresh;
    return c->arena.status;
}

static bool says_fallback(const cleat_config_row *row, const cl_config_value *value)
{
    return row->fallback && value->count == 1 && same_name(row->fallback, value->items[0]);
}

cleat_status cl_config_note(cleat_config *c, const cleat_config_row *row,
                            const cl_config_value *value, const char *origin)
{
    cl_buf text = CL_BUF(c->mem);
    if (says_fallback(row, value))
        return CLEAT_OK;
    const char **notes = cl_alloc_resize_array(c->mem, c->notes, c->note_count + 1, sizeof *notes);
    if (!notes)
        return CLEAT_E_NOMEM;
    c->notes = notes;
    cl_buf_printf(&text, "%s: %s has no effect yet", origin, row->name);
    if (text.status == CLEAT_OK)
        notes[c->note_count++] = cl_arena_text(&c->arena, cl_buf_slice(&text));
    cleat_status st = text.status == CLEAT_OK ? c->arena.status : text.status;
    cl_buf_free(&text);
    return st;
}

static bool gives_way(const cleat_config *c, const cleat_config_row *row)
{
    return row->unless && cleat_config_is_set(c, row->unless);
}

cleat_status cl_config_keep(cleat_config *c, const cleat_config_row *row,
                            const cl_config_value *value, const char *origin)
{
    cl_config_value *at = cl_config_value_of(c, row);
    bool collect = (row->flags & CLEAT_CONFIG_COLLECT) != 0;
    if ((at->origin && !collect) || at->closed || gives_way(c, row))
        return CLEAT_OK;
    if (!at->origin) {
        *at = (cl_config_value){.origin = cl_arena_text(&c->arena, cleat_slice_of(origin))};
        if ((row->flags & CLEAT_CONFIG_NO_EFFECT) &&
            cl_config_note(c, row, value, at->origin) != CLEAT_OK)
            return CLEAT_E_NOMEM;
    }
    return add_items(c, at, value, collect && !(row->flags & CLEAT_CONFIG_MERGE));
}

void cl_config_close(cleat_config *c)
{
    for (size_t i = 0; i < c->table->count; i++) {
        bool merges = (c->table->rows[i].flags & CLEAT_CONFIG_MERGE) != 0;
        c->values[i].closed = c->values[i].origin && !merges;
    }
}

cleat_status cleat_config_put(cleat_config *c, const char *keyword, const char *value,
                              cleat_error *error)
{
    const cleat_config_row *row = cleat_config_find(c->table, keyword);
    cl_arena scratch = {.mem = c->mem};
    const char *items[] = {value};
    cl_config_value one = {.items = items, .count = 1};
    cleat_status st = CLEAT_OK;
    assert(row);
    bool typed = row->type <= CLEAT_CONFIG_REKEY;
    if (typed)
        st = cl_config_parse_value(&scratch, row, cleat_slice_of(value), &one, error);
    cl_config_value *at = cl_config_value_of(c, row);
    if (st == CLEAT_OK) {
        *at = (cl_config_value){.origin = at->origin ? at->origin : "the command"};
        st = add_items(c, at, &one, false);
    }
    cl_arena_free(&scratch);
    return st;
}

/* ---- reading ---- */

static const cl_config_value *value_of(const cleat_config *c, const char *keyword)
{
    const cleat_config_row *row = find_row(c->table, keyword);
    assert(row && row->type != CLEAT_CONFIG_ALIAS);
    return cl_config_value_of(c, row);
}

bool cleat_config_is_set(const cleat_config *c, const char *keyword)
{
    return value_of(c, keyword)->origin != NULL;
}

int64_t cleat_config_number(const cleat_config *c, const char *keyword)
{
    return value_of(c, keyword)->number;
}

bool cleat_config_flag_of(const cleat_config *c, const char *keyword)
{
    return value_of(c, keyword)->number != 0;
}

const char *cleat_config_text(const cleat_config *c, const char *keyword)
{
    return cleat_config_item(c, keyword, 0);
}

size_t cleat_config_count(const cleat_config *c, const char *keyword)
{
    return value_of(c, keyword)->count;
}

const char *cleat_config_item(const cleat_config *c, const char *keyword, size_t i)
{
    const cl_config_value *value = value_of(c, keyword);
    return i < value->count ? value->items[i] : NULL;
}

const char *cleat_config_origin(const cleat_config *c, const char *keyword)
{
    const cl_config_value *value = value_of(c, keyword);
    return value->origin ? value->origin : "";
}

bool cleat_config_has_match(const cleat_config *c)
{
    return c->has_match;
}

const char *cleat_config_note(const cleat_config *c, size_t i)
{
    return i < c->note_count ? c->notes[i] : NULL;
}
