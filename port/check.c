/* The rules for text, names and paths that hold on every platform. */
#include "check.h"

#include "fail.h"

#include <stdio.h>
#include <string.h>

/* The bytes of the UTF-8 character at the start of text (RFC 3629 §4: nothing over-long, no
 * surrogates, nothing beyond U+10FFFF); 0 if there is none. */
static size_t character_len(const unsigned char *c)
{
    if (c[0] < 0x80)
        return 1;
    if (c[0] < 0xC2 || c[0] > 0xF4)
        return 0;
    size_t len = c[0] < 0xE0 ? 2 : c[0] < 0xF0 ? 3 : 4;
    unsigned char least = c[0] == 0xE0 ? 0xA0 : c[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char most = c[0] == 0xED ? 0x9F : c[0] == 0xF4 ? 0x8F : 0xBF;
    if (c[1] < least || c[1] > most)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((c[i] & 0xC0) != 0x80)
            return 0;
    }
    return len;
}

/* Those from U+0080 to U+009F move a terminal like the ones of ASCII do. */
static bool is_control(const unsigned char *c)
{
    return c[0] < 0x20 || c[0] == 0x7F || (c[0] == 0xC2 && c[1] < 0xA0);
}

static bool is_utf8(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t len;
    for (; *c; c += len) {
        len = character_len(c);
        if (!len)
            return false;
    }
    return true;
}

/* Of valid text. */
static bool has_control(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    for (; *c; c += character_len(c)) {
        if (is_control(c))
            return true;
    }
    return false;
}

const char *port_shown(char room[PORT_SHOWN_ROOM], const char *text)
{
    const unsigned char *c = (const unsigned char *)(text ? text : "");
    size_t used = 0;
    while (*c) {
        size_t len = is_control(c) ? 0 : character_len(c);
        if (used + (len ? len : 1) >= PORT_SHOWN_ROOM - sizeof "...")
            break;
        if (len)
            memcpy(room + used, c, len);
        else
            room[used] = '?';
        used += len ? len : 1;
        c += len ? len : 1;
    }
    snprintf(room + used, PORT_SHOWN_ROOM - used, "%s", *c ? "..." : "");
    return room;
}

cleat_status port_check_text(const char *text, const char *what, size_t most, cleat_error *error)
{
    char shown[PORT_SHOWN_ROOM];
    if (!text)
        return port_fail(error, CLEAT_E_BAD_CALL, "%s is missing", what);
    if (strlen(text) > most)
        return port_fail(error, CLEAT_E_BAD_CALL, "%s is longer than %zu bytes: %s", what, most,
                         port_shown(shown, text));
    if (!is_utf8(text))
        return port_fail(error, CLEAT_E_BAD_CALL, "%s is not text in UTF-8: %s", what,
                         port_shown(shown, text));
    return CLEAT_OK;
}

cleat_status port_check_path(const char *path, cleat_error *error)
{
    char shown[PORT_SHOWN_ROOM];
    cleat_status status = port_check_text(path, "a path", PORT_PATH_MAX, error);
    if (status < 0)
        return status;
    if (!*path)
        return port_fail(error, CLEAT_E_BAD_CALL, "a path is empty");
    if (has_control(path))
        return port_fail(error, CLEAT_E_BAD_CALL, "a path has control characters: %s",
                         port_shown(shown, path));
    return CLEAT_OK;
}

bool port_is_name(const char *text, size_t most)
{
    return text && *text && strlen(text) <= most && is_utf8(text) && !has_control(text);
}
