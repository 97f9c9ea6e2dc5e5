/* Small work on text. What is handed out has memory of its own: free() it; NULL when there is none.
 */
#ifndef CLEATD_TEXT_H
#define CLEATD_TEXT_H

#include <cleat/types.h>

char *text_format(const char *format, ...) CLEAT_PRINTF(1, 2);

/* A text that grows; {0} is an empty one. */
typedef struct text_buffer {
    char *text;
    size_t len, room;
    bool failed; /* out of memory */
} text_buffer;

void text_add(text_buffer *b, const char *bytes, size_t len);

/* All that has been added; nothing is left in the buffer. */
CLEAT_MUST_USE char *text_take(text_buffer *b);

/* The bytes of a text; NULL counts as "". */
cleat_slice text_or_none(const char *text);

enum { TEXT_TIME_SIZE = 32 };

/* 2026-01-31T23:59:59, of UTC, as "" where that cannot be told. seconds: since 1970. */
void text_time(char out[TEXT_TIME_SIZE], int64_t seconds);

/* A-Z as a-z. */
char *text_lower(const char *text);

/* Case does not count. */
bool text_same(const char *a, const char *b);

/* Nothing but digits, of a number up to max. */
bool text_number(const char *text, uint32_t max, uint32_t *number);

#endif
