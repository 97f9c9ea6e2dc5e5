/* A configuration as text, one keyword a line, in lower case as scripts expect it. */
#include "../base/buf.h"
#include "../base/slice.h"
#include "config_int.h"

#include <cleat/store.h>

static void add_keyword(cl_buf *out, const char *name)
{
    for (const char *c = name; *c; c++)
        cl_buf_add_byte(out, (uint8_t)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c));
}

/* A word that would not come back as one when read again stands in quotes. */
static void add_word(cl_buf *out, const char *word)
{
    bool plain = *word && !strpbrk(word, " \t\"'\\#");
    cl_buf_add_text(out, plain ? " " : " \"");
    for (const char *c = word; *c; c++) {
        if (!plain && (*c == '"' || *c == '\\'))
            cl_buf_add_byte(out, '\\');
        cl_buf_add_byte(out, (uint8_t)*c);
    }
    if (!plain)
        cl_buf_add_byte(out, '"');
}

/* Both limits in numbers; 0 is the default, or none. */
static void add_rekey(cl_buf *out, const cl_config_value *value)
{
    uint32_t seconds = 0;
    if (value->count > 1 && !cleat_config_time(value->items[1], &seconds))
        seconds = 0;
    cl_buf_printf(out, " %lld %u", (long long)value->number, (unsigned)seconds);
}

static void add_item(cl_buf *out, const cleat_config_row *row, const char *item)
{
    uint32_t seconds;
    /* words that stand for a time are shown as they are */
    if (row->type == CLEAT_CONFIG_TIME && cleat_config_time(item, &seconds)) {
        cl_buf_printf(out, " %u", (unsigned)seconds);
        return;
    }
    if (row->type != CLEAT_CONFIG_COMMAND) {
        add_word(out, item);
        return;
    }
    cl_buf_add_byte(out, ' ');
    cl_buf_add_text(out, item);
}

static cleat_status emit(cl_buf *text, void (*line)(void *user, const char *text), void *user)
{
    const char *whole = cl_buf_text(text);
    if (!whole)
        return text->status;
    line(user, whole);
    cl_buf_reset(text);
    return CLEAT_OK;
}

static cleat_status dump_row(cl_buf *text, const cleat_config_row *row,
                             const cl_config_value *value,
                             void (*line)(void *user, const char *text), void *user)
{
    bool collect = (row->flags & CLEAT_CONFIG_COLLECT) != 0;
    if (row->type == CLEAT_CONFIG_REKEY && value->count) {
        add_keyword(text, row->name);
        add_rekey(text, value);
        return emit(text, line, user);
    }
    for (size_t i = 0; i < value->count; i++) {
        if (i == 0 || collect)
            add_keyword(text, row->name);
        add_item(text, row, value->items[i]);
        bool last = collect || i + 1 == value->count;
        cleat_status st = last ? emit(text, line, user) : CLEAT_OK;
        if (st != CLEAT_OK)
            return st;
    }
    return CLEAT_OK;
}

cleat_status cleat_config_dump(const cleat_config *c, void (*line)(void *user, const char *text),
                               void *user)
{
    cl_buf text = CL_BUF(c->mem);
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; st == CLEAT_OK && i < c->table->count; i++)
        st = dump_row(&text, &c->table->rows[i], &c->values[i], line, user);
    cl_buf_free(&text);
    return st;
}
