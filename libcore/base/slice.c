/* Helpers on borrowed byte views. */
#include "slice.h"

cleat_slice cleat_slice_of(const char *text)
{
    return text ? cl_slice(text, strlen(text)) : CL_SLICE_EMPTY;
}

bool cleat_slice_equal(cleat_slice a, cleat_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

cleat_slice cl_slice_cut(cleat_slice s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    return cl_slice(s.data + from, to - from);
}

bool cl_slice_is(cleat_slice s, const char *text)
{
    return cleat_slice_equal(s, cleat_slice_of(text));
}

bool cl_slice_starts(cleat_slice s, const char *prefix)
{
    return cl_slice_is(cl_slice_cut(s, 0, strlen(prefix)), prefix);
}

bool cl_slice_ends(cleat_slice s, const char *suffix)
{
    size_t len = strlen(suffix);
    return s.len >= len && cl_slice_is(cl_slice_cut(s, s.len - len, s.len), suffix);
}

/* Horspool's search: the last byte of each place that is tried tells how far the next one is. */
bool cl_slice_has(cleat_slice s, cleat_slice part)
{
    size_t steps[UINT8_MAX + 1];
    const size_t last = part.len - 1;
    for (size_t i = 0; i <= UINT8_MAX; i++)
        steps[i] = part.len;
    for (size_t i = 0; i < last; i++)
        steps[part.data[i]] = last - i;
    for (size_t i = last; i < s.len; i += steps[s.data[i]]) {
        if (s.data[i] == part.data[last] && memcmp(s.data + i - last, part.data, last) == 0)
            return true;
    }
    return false;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool cl_slice_is_nocase(cleat_slice s, const char *text)
{
    if (s.len != strlen(text))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        const uint8_t other = (uint8_t)text[i];
        if (s.data[i] != other && lower(s.data[i]) != lower(other))
            return false;
    }
    return true;
}

bool cl_slice_split(cleat_slice *rest, char separator, cleat_slice *piece)
{
    if (rest->len == 0)
        return false;
    const uint8_t *at = memchr(rest->data, separator, rest->len);
    size_t len = at ? (size_t)(at - rest->data) : rest->len;
    *piece = cl_slice_cut(*rest, 0, len);
    *rest = cl_slice_cut(*rest, len + 1, rest->len);
    return true;
}

bool cl_slice_line(cleat_slice *rest, cleat_slice *line, cleat_slice *end)
{
    cleat_slice all = *rest;
    if (!cl_slice_split(rest, '\n', line))
        return false;
    size_t whole = line->len + (line->len < all.len);
    if (line->len && line->data[line->len - 1] == '\r')
        line->len--;
    if (end)
        *end = (cleat_slice){all.data + line->len, whole - line->len};
    return true;
}

static bool blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

cleat_slice cl_slice_trim(cleat_slice s)
{
    size_t from = 0;
    size_t to = s.len;
    while (from < to && blank(s.data[from]))
        from++;
    while (to > from && blank(s.data[to - 1]))
        to--;
    return cl_slice_cut(s, from, to);
}

bool cl_slice_to_u64(cleat_slice s, uint64_t max, uint64_t *value)
{
    uint64_t sum = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.data[i] - '0');
        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    if (sum > max)
        return false;
    *value = sum;
    return true;
}
