/* Wildcard patterns and comma lists of them. */
#include "pattern.h"

#include "slice.h"

static uint8_t fold(uint8_t c, bool ignore_case)
{
    return ignore_case && c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Greedy with one remembered star: going back further than the last star never helps, which keeps
 * the cost at text * pattern at worst instead of exponential. */
bool cl_pattern_match(cleat_slice text, cleat_slice pattern, bool ignore_case)
{
    size_t t = 0;
    size_t p = 0;
    size_t star = SIZE_MAX;
    size_t star_text = 0;
    while (t < text.len) {
        uint8_t want = p < pattern.len ? pattern.data[p] : 0;
        if (p < pattern.len && want == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.len &&
                   (want == '?' || fold(want, ignore_case) == fold(text.data[t], ignore_case))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '*')
        p++;
    return p == pattern.len;
}

cl_match cl_pattern_list(cleat_slice text, cleat_slice list, bool ignore_case)
{
    cl_match result = CL_MATCH_NO;
    cleat_slice piece;
    while (cl_slice_split(&list, ',', &piece)) {
        piece = cl_slice_trim(piece);
        bool negated = piece.len && piece.data[0] == '!';
        if (negated)
            piece = cl_slice_cut(piece, 1, piece.len);
        if (!cl_pattern_match(text, piece, ignore_case))
            continue;
        if (negated)
            return CL_MATCH_NEGATED;
        result = CL_MATCH_YES;
    }
    return result;
}
