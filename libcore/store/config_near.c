/* Which keyword may have been meant: the nearest by single letters put in, left out or changed. */
#include "../base/slice.h"
#include "config_int.h"

enum { WORD_MAX = 48, TOLERANCE = 2 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance, row by row; case does not count. */
static size_t distance(cleat_slice a, cleat_slice b)
{
    size_t row[WORD_MAX + 1];
    for (size_t k = 0; k <= b.len; k++)
        row[k] = k;
    for (size_t i = 0; i < a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t k = 0; k < b.len; k++) {
            bool same = (a.data[i] | 32) == (b.data[k] | 32);
            size_t changed = diagonal + !same;
            diagonal = row[k + 1];
            row[k + 1] = least(changed, row[k] + 1, row[k + 1] + 1);
        }
    }
    return row[b.len];
}

const char *cl_config_nearest(const cleat_config_table *table, const char *keyword)
{
    cleat_slice wanted = cleat_slice_of(keyword);
    const char *nearest = NULL;
    size_t best = TOLERANCE + 1;
    if (wanted.len > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < table->count; i++) {
        cleat_slice name = cleat_slice_of(table->rows[i].name);
        size_t d = name.len <= WORD_MAX ? distance(wanted, name) : best;
        if (d < best && d < wanted.len / 2) {
            best = d;
            nearest = table->rows[i].name;
        }
    }
    return nearest;
}
