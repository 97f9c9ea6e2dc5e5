/* What is wrong with a line of sshd_config beyond what the table of keywords can tell. */
#ifndef CLEATD_CHECK_H
#define CLEATD_CHECK_H

#include <cleat/algo.h>
#include <cleat/config.h>
#include <cleat/ctx.h>

/* Keywords whose values are lists of algorithms. */
typedef struct check_algorithm_row {
    const char *keyword;
    cleat_alg_kind kind;
    bool counts; /* it decides what connections take; one that does not is only checked */
} check_algorithm_row;

enum { CHECK_ALGORITHM_ROWS = 7 };
extern const check_algorithm_row check_algorithm_rows[CHECK_ALGORITHM_ROWS];

/* For cleat_config_host.check. system: many users are served. */
CLEAT_MUST_USE cleat_status check_value(const cleat_config_row *row, const char *const *items,
                                        size_t count, bool system, cleat_error *error);

/* The same of lists of algorithms, which takes longer. */
CLEAT_MUST_USE cleat_status check_algorithms(const cleat_config_row *row, const char *const *items,
                                             size_t count, cleat_ctx *ctx, cleat_error *error);

CLEAT_MUST_USE cleat_status check_match(const cleat_config_question *question, cleat_error *error);

/* "start", or "start:rate:full". */
typedef struct startups_limit {
    unsigned start, rate, full;
} startups_limit;

bool parse_startups(const char *text, startups_limit *limit);

/* "bits of IPv4", or "bits of IPv4:bits of IPv6". */
bool parse_block_size(const char *text, unsigned *v4, unsigned *v6);

#endif
