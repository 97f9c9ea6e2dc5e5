/* How many columns of a console text takes, by what Windows knows about characters. */
#include "wide.h"

#include "port.h"

#include <windows.h>

/* The bytes of the character at the start. */
static size_t length_of(const char *text)
{
    size_t len = 1;
    while ((text[len] & 0xC0) == 0x80)
        len++;
    return len;
}

/* Characters that take two words are ideographs and pictures. */
static size_t columns_of(const wchar_t *c)
{
    WORD kind = 0;
    if (c[0] && c[1])
        return 2;
    if (!GetStringTypeW(CT_CTYPE3, c, 1, &kind))
        return 1;
    if ((kind & C3_NONSPACING) && !(kind & C3_ALPHA))
        return 0; /* a letter that has its accent with it is marked so, too */
    bool is_kana = (kind & (C3_KATAKANA | C3_HIRAGANA)) && !(kind & C3_HALFWIDTH);
    return (kind & (C3_FULLWIDTH | C3_IDEOGRAPH)) || is_kana ? 2 : 1;
}

size_t port_text_fit(const char *text, size_t room, size_t *columns)
{
    size_t at = 0, taken = 0;
    while (text[at]) {
        wchar_t c[3] = {0};
        size_t len = length_of(text + at);
        int words = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text + at, (int)len, c, 2);
        size_t width = words ? columns_of(c) : 1;
        if (width > room - taken)
            break;
        taken += width;
        at += len;
    }
    *columns = taken;
    return at;
}
