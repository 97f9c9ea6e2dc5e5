/* The lines of ssh_config(5) and sshd_config(5) one by one, for callers that need no table, and the
 * notations of single values. */
#include "../alg/ctx.h"
#include "../base/arena.h"
#include "../base/error.h"
#include "../base/pattern.h"
#include "../base/slice.h"
#include "cidr.h"
#include "config_lex.h"

#include <cleat/store.h>

static cleat_status located(cleat_error *error, const char *file, unsigned number, cleat_status st)
{
    if (error) {
        cleat_error inner = *error;
        cl_fail(error, st, "%s line %u: %.380s", file, number,
                inner.text[0] ? inner.text : cleat_status_text(st));
    }
    return st;
}

cleat_status cleat_config_parse(cleat_ctx *ctx, cleat_slice text, const char *file_name,
                                cleat_config_line on_line, void *user, cleat_error *error)
{
    cleat_slice line;
    unsigned number = 0;
    while (cl_slice_split(&text, '\n', &line)) {
        cl_arena arena = {.mem = cl_ctx_env(ctx)->mem};
        cl_config_words words = {0};
        const char *keyword = NULL;
        number++;
        if (error)
            cl_error_clear(error);
        cleat_status st = cl_config_keyword(&arena, &line, &keyword, error);
        if (st == CLEAT_OK && keyword)
            st = cl_config_split(&arena, line, &words, error);
        if (st == CLEAT_OK && keyword)
            st = on_line(user, keyword, words.at, words.count, number, error);
        cl_arena_free(&arena);
        if (st != CLEAT_OK)
            return located(error, file_name, number, st);
    }
    return CLEAT_OK;
}

static uint64_t unit_of(uint8_t c, const char *units, const uint64_t *values)
{
    const char *at = c ? strchr(units, c >= 'A' && c <= 'Z' ? c + 32 : c) : NULL;
    return at ? values[at - units] : 0;
}

bool cleat_config_time(const char *text, uint32_t *seconds)
{
    static const uint64_t values[] = {1, 60, 3600, 86400, 604800};
    uint64_t sum = 0;
    cleat_slice rest = cleat_slice_of(text);
    while (rest.len) {
        size_t n = 0;
        uint64_t value;
        while (n < rest.len && rest.data[n] >= '0' && rest.data[n] <= '9')
            n++;
        if (!cl_slice_to_u64(cl_slice_cut(rest, 0, n), UINT32_MAX, &value))
            return false;
        uint64_t unit = n < rest.len ? unit_of(rest.data[n], "smhdw", values) : 1;
        sum += value * unit;
        if (!unit || sum > UINT32_MAX)
            return false;
        rest = cl_slice_cut(rest, n + 1, rest.len);
    }
    *seconds = (uint32_t)sum;
    return *text != 0;
}

bool cleat_config_size(const char *text, uint64_t *bytes)
{
    static const uint64_t values[] = {1 << 10, 1 << 20, 1 << 30};
    cleat_slice s = cleat_slice_of(text);
    uint64_t unit = s.len ? unit_of(s.data[s.len - 1], "kmg", values) : 0;
    uint64_t value;
    if (!cl_slice_to_u64(cl_slice_cut(s, 0, unit ? s.len - 1 : s.len), UINT32_MAX, &value))
        return false;
    *bytes = value * (unit ? unit : 1);
    return true;
}

bool cleat_config_flag(const char *text, bool *value)
{
    cleat_slice s = cleat_slice_of(text);
    *value = cl_slice_is_nocase(s, "yes") || cl_slice_is_nocase(s, "true");
    return *value || cl_slice_is_nocase(s, "no") || cl_slice_is_nocase(s, "false");
}

bool cleat_pattern_list_match(const char *text, const char *patterns)
{
    return cl_pattern_list(cleat_slice_of(text), cleat_slice_of(patterns), false) == CL_MATCH_YES;
}

bool cleat_address_list_match(const char *address, const char *list, bool *malformed)
{
    cl_address_match match = cl_address_list(address, cleat_slice_of(list));
    *malformed = match == CL_ADDRESS_MALFORMED;
    return match == CL_ADDRESS_MATCHES;
}
