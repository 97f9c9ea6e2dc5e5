/* Covering arrays: few rows in which any two values of different columns meet. */
#ifndef CLEAT_TESTS_COVER_H
#define CLEAT_TESTS_COVER_H

#include <stdbool.h>
#include <stddef.h>

enum { COVER_COLUMNS_MAX = 8, COVER_VALUES_MAX = 32 };

typedef struct cover {
    size_t columns;
    size_t values[COVER_COLUMNS_MAX]; /* how many each column has */
    bool met[COVER_COLUMNS_MAX][COVER_VALUES_MAX][COVER_COLUMNS_MAX][COVER_VALUES_MAX];
} cover;

/* Fills row with values so that at least one pair meets that has not met before; false when all
 * have. The same columns give the same rows in the same order. */
bool cover_next(cover *c, size_t row[COVER_COLUMNS_MAX]);

#endif
