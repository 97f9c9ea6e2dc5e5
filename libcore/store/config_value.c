/* From the words of a line to a typed value. */
#include "../base/error.h"
#include "../base/slice.h"
#include "config_int.h"

#include <cleat/store.h>

enum { REKEY_MIN = 16 };

int cl_config_word(const char *words, const char *text, cleat_slice *spelling)
{
    cleat_slice rest = cleat_slice_of(words);
    cleat_slice group;
    for (int place = 0; cl_slice_split(&rest, ',', &group); place++) {
        cleat_slice whole = group;
        cleat_slice word;
        for (bool first = true; cl_slice_split(&whole, '|', &word); first = false) {
            if (first)
                *spelling = word;
            if (strlen(text) == word.len && cl_slice_is_nocase(word, text))
                return place;
        }
    }
    return -1;
}

static cleat_status bad(cleat_error *error, const cleat_config_row *row, const char *text,
                        const char *wanted)
{
    return cl_fail(error, CLEAT_E_CONFIG, "%s: \"%s\" is not %s", row->name, text, wanted);
}

static bool is_octal(const char *text, int64_t *number)
{
    int64_t sum = 0;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '7' || sum > 0777777)
            return false;
        sum = sum * 8 + (*c - '0');
    }
    *number = sum;
    return *text != 0;
}

static bool is_whole(const cleat_config_row *row, const char *text, int64_t *number)
{
    uint64_t value;
    if (row->flags & CLEAT_CONFIG_OCTAL)
        return is_octal(text, number);
    if (!cl_slice_to_u64(cleat_slice_of(text), INT64_MAX, &value))
        return false;
    *number = (int64_t)value;
    return true;
}

static cleat_status parse_number(const cleat_config_row *row, const char *text, int64_t *number,
                                 cleat_error *error)
{
    cleat_slice spelling;
    uint32_t seconds = 0;
    *number = 0;
    if (row->words && cl_config_word(row->words, text, &spelling) >= 0)
        return CLEAT_OK;
    if (row->type == CLEAT_CONFIG_TIME) {
        if (!cleat_config_time(text, &seconds))
            return bad(error, row, text, "a time such as 90, 5m or 1h30m");
        *number = seconds;
    } else if (!is_whole(row, text, number)) {
        return bad(error, row, text, "a number");
    }
    if (*number < row->min || (row->max && *number > row->max))
        return cl_fail(error, CLEAT_E_CONFIG, "%s: %s is not between %lld and %lld", row->name,
                       text, (long long)row->min, (long long)row->max);
    return CLEAT_OK;
}

static cleat_status parse_rekey(const cleat_config_row *row, const cl_config_value *value,
                                int64_t *number, cleat_error *error)
{
    uint64_t bytes = 0;
    uint32_t seconds;
    const char *first = value->items[0];
    *number = 0;
    if (!cl_slice_is_nocase(cleat_slice_of(first), "default")) {
        if (!cleat_config_size(first, &bytes) || (bytes && bytes < REKEY_MIN) || bytes > INT64_MAX)
            return bad(error, row, first, "a size such as 512M or 1G, 16 at least");
        *number = (int64_t)bytes;
    }
    if (value->count < 2 || cl_slice_is_nocase(cleat_slice_of(value->items[1]), "none") ||
        cleat_config_time(value->items[1], &seconds))
        return CLEAT_OK;
    return bad(error, row, value->items[1], "a time such as 5m or 1h, or none");
}

static cleat_status parse_word(cl_arena *arena, const cleat_config_row *row, cl_config_value *value,
                               cleat_error *error)
{
    cleat_slice spelling = CL_SLICE_EMPTY;
    const char *words = row->type == CLEAT_CONFIG_FLAG ? "no|false,yes|true" : row->words;
    int place = cl_config_word(words, value->items[0], &spelling);
    if (place < 0)
        return cl_fail(error, CLEAT_E_CONFIG, "%s: \"%s\" is none of %s", row->name,
                       value->items[0], words);
    value->number = place;
    value->items[0] = cl_arena_text(arena, spelling);
    return arena->status;
}

static cleat_status parse_words(cl_arena *arena, const cleat_config_row *row,
                                cl_config_value *value, cleat_error *error)
{
    switch (row->type) {
    case CLEAT_CONFIG_FLAG:
    case CLEAT_CONFIG_WORD:
        return parse_word(arena, row, value, error);
    case CLEAT_CONFIG_INT:
    case CLEAT_CONFIG_TIME:
        return parse_number(row, value->items[0], &value->number, error);
    case CLEAT_CONFIG_REKEY:
        return parse_rekey(row, value, &value->number, error);
    default:
        return CLEAT_OK;
    }
}

static size_t words_max(const cleat_config_row *row)
{
    if (row->type == CLEAT_CONFIG_LIST)
        return SIZE_MAX;
    return row->type == CLEAT_CONFIG_REKEY ? 2 : 1;
}

cleat_status cl_config_parse_value(cl_arena *arena, const cleat_config_row *row, cleat_slice rest,
                                   cl_config_value *value, cleat_error *error)
{
    cl_config_words words;
    *value = (cl_config_value){0};
    if (row->type == CLEAT_CONFIG_COMMAND && rest.len) {
        value->items = cl_arena_get(arena, sizeof *value->items);
        if (!value->items)
            return CLEAT_E_NOMEM;
        value->count = 1;
        if (row->flags & CLEAT_CONFIG_WORDS)
            return cl_config_join(arena, rest, &value->items[0], error);
        value->items[0] = cl_arena_text(arena, rest);
        return arena->status;
    }
    cleat_status st = cl_config_split(arena, rest, &words, error);
    if (st != CLEAT_OK)
        return st;
    if (words.count == 0 || !*words.at[0])
        return cl_fail(error, CLEAT_E_CONFIG, "%s: a value is missing", row->name);
    if (words.count > words_max(row))
        return cl_fail(error, CLEAT_E_CONFIG, "%s: \"%s\" is one word too many", row->name,
                       words.at[words_max(row)]);
    value->items = cl_arena_get(arena, words.count * sizeof *value->items);
    if (!value->items)
        return CLEAT_E_NOMEM;
    value->count = words.count;
    for (size_t i = 0; i < words.count; i++)
        value->items[i] = words.at[i];
    return parse_words(arena, row, value, error);
}
