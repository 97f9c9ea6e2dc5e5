/* Marks secrets as uninitialised memory, so that valgrind's memcheck reports every branch and every
 * index that depends on one. Each program of this folder runs the code once that way. */
#ifndef TESTS_CT_CT_H
#define TESTS_CT_CT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <valgrind/memcheck.h>

/* From here on nothing may depend on these bytes but data. */
static inline void ct_secret(const void *at, size_t len)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(at, len);
}

/* Says that these bytes are published, whatever they were made from. */
static inline void ct_public(const void *at, size_t len)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(at, len);
}

/* Fails the program, with its line, when what must be true is not. */
#define CT_REQUIRE(condition) ct_require((condition), #condition, __LINE__)

static inline void ct_require(bool condition, const char *text, int line)
{
    if (condition)
        return;
    fprintf(stderr, "line %d: not true: %s\n", line, text);
    exit(EXIT_FAILURE);
}

/* Fails when a byte has lost its mark: then what came before was not watched. Outside valgrind
 * there are no marks to look at. */
#define CT_REQUIRE_SECRET(at, len) ct_require_secret((at), (len), __LINE__)

static inline void ct_require_secret(const uint8_t *at, size_t len, int line)
{
    for (size_t i = 0; RUNNING_ON_VALGRIND && i < len; i++) {
        uint8_t marks = 0;
        (void)VALGRIND_GET_VBITS(at + i, &marks, 1);
        ct_require(marks == 0xff, "the byte is secret", line);
    }
}

#endif
