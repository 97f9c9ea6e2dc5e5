/* Covering arrays, greedily: a row starts with the first pair that has not met, and each further
 * column takes the value that meets most of those chosen before it. */
#include "cover.h"

static bool first_unmet(const cover *c, size_t row[COVER_COLUMNS_MAX], size_t chosen[2])
{
    for (size_t a = 0; a < c->columns; a++) {
        for (size_t b = a + 1; b < c->columns; b++) {
            for (size_t i = 0; i < c->values[a] * c->values[b]; i++) {
                size_t x = i / c->values[b];
                size_t y = i % c->values[b];
                if (c->met[a][x][b][y])
                    continue;
                row[a] = x;
                row[b] = y;
                chosen[0] = a;
                chosen[1] = b;
                return true;
            }
        }
    }
    return false;
}

static size_t fresh_pairs(const cover *c, const size_t *row, const bool *done, size_t column,
                          size_t value)
{
    size_t count = 0;
    for (size_t other = 0; other < c->columns; other++)
        count += done[other] && !c->met[other][row[other]][column][value];
    return count;
}

static void mark(cover *c, const size_t *row)
{
    for (size_t a = 0; a < c->columns; a++) {
        for (size_t b = 0; b < c->columns; b++)
            c->met[a][row[a]][b][row[b]] = true;
    }
}

bool cover_next(cover *c, size_t row[COVER_COLUMNS_MAX])
{
    size_t chosen[2];
    bool done[COVER_COLUMNS_MAX] = {false};
    if (!first_unmet(c, row, chosen))
        return false;
    done[chosen[0]] = done[chosen[1]] = true;
    for (size_t column = 0; column < c->columns; column++) {
        if (done[column])
            continue;
        size_t best = 0;
        for (size_t value = 1; value < c->values[column]; value++) {
            if (fresh_pairs(c, row, done, column, value) > fresh_pairs(c, row, done, column, best))
                best = value;
        }
        row[column] = best;
        done[column] = true;
    }
    mark(c, row);
    return true;
}
