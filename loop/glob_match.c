/* Shell patterns and names. */
#include <cleat/glob.h>

#include <string.h>

/* A class behind its bracket; *end is behind the closing one. False where it does not close. */
static bool in_class(const char **end, const char *at, char c, bool *matches)
{
    bool negated = *at == '!' || *at == '^';
    bool found = false;
    at += negated;
    for (const char *first = at; *at && (*at != ']' || at == first); at++) {
        char low = *at, high = *at;
        if (at[1] == '-' && at[2] && at[2] != ']') {
            high = at[2];
            at += 2;
        }
        found = found ||
                ((unsigned char)low <= (unsigned char)c && (unsigned char)c <= (unsigned char)high);
    }
    *end = at + 1;
    *matches = found != negated;
    return *at == ']';
}

/* One character of the pattern that is no star; *end is behind it. */
static bool one_matches(const char **end, const char *pattern, char c)
{
    bool matches;
    if (*pattern == '[' && in_class(end, pattern + 1, c, &matches))
        return matches;
    if (*pattern == '?') {
        *end = pattern + 1;
        return true;
    }
    pattern += *pattern == '\\' && pattern[1];
    *end = pattern + 1;
    return *pattern == c;
}

/* A star takes as little as it can; when that does not do, the last one takes a character more. */
bool cleat_glob_matches(const char *name, const char *pattern)
{
    const char *star = NULL, *from = name;
    if (*name == '.' && *pattern != '.')
        return false;
    while (*name) {
        const char *end;
        if (*pattern == '*') {
            star = ++pattern;
            from = name;
        } else if (*pattern && one_matches(&end, pattern, *name)) {
            pattern = end;
            name++;
        } else if (star) {
            pattern = star;
            name = ++from;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == 0;
}

bool cleat_glob_is_pattern(const char *text)
{
    for (; *text; text++) {
        if (strchr("*?[", *text))
            return true;
        text += *text == '\\' && text[1];
    }
    return false;
}

void cleat_glob_escape(char *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("*?[\\", *text))
            *out++ = '\\';
        *out++ = *text;
    }
    *out = 0;
}
