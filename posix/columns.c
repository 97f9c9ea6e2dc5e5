/* How many columns of a terminal text takes: as the C library has it for UTF-8, whatever the user's
 * locale is. */
#include "port.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wchar.h>

enum { BYTES_MAX = 4 }; /* of a character */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t utf8; /* 0: this system has none; each character counts as one column */

static void make_locale(void)
{
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* Of the character at the start; *len: its bytes. */
static size_t columns_of(const char *text, size_t *len)
{
    mbstate_t state = {0};
    wchar_t c;
    size_t n = mbrtowc(&c, text, strnlen(text, BYTES_MAX), &state);
    bool is_character = n != (size_t)-1 && n != (size_t)-2 && n > 0;
    int width = is_character ? wcwidth(c) : 1;
    *len = is_character ? n : 1;
    return width < 0 ? 1 : (size_t)width;
}

size_t port_text_fit(const char *text, size_t room, size_t *columns)
{
    size_t at = 0, taken = 0;
    pthread_once(&once, make_locale);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    while (text[at]) {
        size_t len;
        size_t width = columns_of(text + at, &len);
        if (width > room - taken)
            break;
        taken += width;
        at += len;
    }
    if (before)
        uselocale(before);
    *columns = taken;
    return at;
}
