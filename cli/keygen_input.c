/* What the modes of `cleat keygen` share: saying what went wrong, reading files and asking. */
#include "keygen.h"

#include "ask.h"
#include "port.h"
#include "say.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { STANDARD_INPUT = 0, FIRST_ROOM = 4096, SECRET_MAX = 1024, KEY_FILE_MAX = 1 << 20 };

int keygen_fail(const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(CLEAT_LOG_ERROR, "%s", text);
    return KEYGEN_FAILED;
}

/* ---- the standard input ---- */

/* Without a buffer in between, which nobody would wipe. 0 at the end. */
static size_t read_some(uint8_t *to, size_t room)
{
    uv_fs_t request;
    uv_buf_t buffer = uv_buf_init((char *)to, (unsigned)room);
    int n = uv_fs_read(NULL, &request, STANDARD_INPUT, &buffer, 1, -1, NULL);
    uv_fs_req_cleanup(&request);
    return n > 0 ? (size_t)n : 0;
}

/* A block twice as large with what the old one held, which is wiped. */
static uint8_t *grown(uint8_t *data, size_t len, size_t room)
{
    uint8_t *larger = malloc(room + 1);
    if (larger && len)
        memcpy(larger, data, len);
    port_free_secret(data, len);
    return larger;
}

static bool read_input(uint8_t **data, size_t *len)
{
    size_t room = 0;
    size_t got = 1;
    for (*len = 0, *data = NULL; got && *len <= KEYGEN_FILE_MAX; *len += got) {
        if (*len == room) {
            room = room ? 2 * room : FIRST_ROOM;
            *data = grown(*data, *len, room);
        }
        if (!*data) {
            keygen_fail("%s", cleat_status_text(CLEAT_E_NOMEM));
            return false;
        }
        got = read_some(*data + *len, room - *len);
    }
    (*data)[*len] = 0;
    if (*len <= KEYGEN_FILE_MAX)
        return true;
    keygen_fail("the standard input is larger than %d bytes", KEYGEN_FILE_MAX);
    port_free_secret(*data, *len);
    *data = NULL;
    return false;
}

static char *read_line(void)
{
    char *line = malloc(SECRET_MAX);
    size_t len = 0;
    uint8_t byte = 0;
    while (line && len + 1 < SECRET_MAX && read_some(&byte, 1) && byte != '\n')
        line[len++] = (char)byte;
    bool ended = !len && byte != '\n';
    if (line && len && line[len - 1] == '\r')
        len--;
    if (line)
        line[len] = 0;
    if (!ended)
        return line;
    free(line);
    return NULL;
}

/* ---- reading and asking ---- */

bool keygen_read(uint8_t **data, size_t *len, const char *path)
{
    cleat_error error = {0};
    if (strcmp(path, "-") == 0)
        return read_input(data, len);
    if (port_file_read(data, len, path, PORT_TRUST_ANY, NULL, KEYGEN_FILE_MAX, &error) == CLEAT_OK)
        return true;
    keygen_fail("%s", error.text);
    return false;
}

char *keygen_ask_secret(const char *text)
{
    char *answer = text ? ask_user(text, false) : NULL;
    if (answer || !text)
        return answer;
    if (uv_guess_handle(STANDARD_INPUT) == UV_TTY)
        return NULL;
    fputs(text, stderr);
    return read_line();
}

/* ---- private keys ---- */

static cleat_status unlock(cleat_key **key, const keygen_options *o, cleat_slice file,
                           const char *path, cleat_error *error)
{
    char *prompt = text_format("Enter passphrase for \"%s\": ", path);
    char *asked = o->old_passphrase ? NULL : keygen_ask_secret(prompt);
    const char *passphrase = o->old_passphrase ? o->old_passphrase : asked;
    free(prompt);
    cleat_status st = CLEAT_E_KEY_ENCRYPTED;
    if (passphrase)
        st = cleat_key_read_private(key, o->ctx, file, passphrase, path, error);
    ask_wipe(asked);
    return st;
}

cleat_key *keygen_read_private(const keygen_options *o, const char *path)
{
    uint8_t *data = NULL;
    size_t len = 0;
    cleat_key *key = NULL;
    cleat_error error = {0};
    bool is_input = strcmp(path, "-") == 0;
    if (is_input && !read_input(&data, &len))
        return NULL;
    cleat_status st = CLEAT_OK;
    if (!is_input)
        st = port_file_read(&data, &len, path, PORT_TRUST_SECRET, NULL, KEY_FILE_MAX, &error);
    cleat_slice file = {data, len};
    if (st == CLEAT_OK)
        st = cleat_key_read_private(&key, o->ctx, file, NULL, path, &error);
    if (st == CLEAT_E_KEY_ENCRYPTED)
        st = unlock(&key, o, file, path, &error);
    port_free_secret(data, len);
    if (st == CLEAT_OK)
        return key;
    keygen_fail("Load key \"%s\": %s", path, *error.text ? error.text : cleat_status_text(st));
    return NULL;
}
