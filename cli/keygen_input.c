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

enum { STANDARD_INPUT = 0, FIRST_ROOM = 4096, LINE_MAX_LEN = 1024 };

int keygen_fail(const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fflush(stdout);
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
    char *line = malloc(LINE_MAX_LEN);
    size_t len = 0;
    uint8_t byte = 0;
    while (line && len + 1 < LINE_MAX_LEN && read_some(&byte, 1) && byte != '\n')
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

/* ---- asking ---- */

char *keygen_ask_secret(const char *text)
{
    char *answer = ask_user(text, false);
    if (answer || uv_guess_handle(STANDARD_INPUT) == UV_TTY)
        return answer;
    fputs(text, stderr);
    return read_line();
}

char *keygen_ask_line(const char *text)
{
    printf("%s", text);
    fflush(stdout);
    return read_line();
}

char *keygen_usual_file(const char *family)
{
    char *folder = NULL;
    if (port_path(&folder, PORT_PLACE_USER_SSH, NULL) != CLEAT_OK)
        return NULL;
    char *path = text_format("%s/id_%s", folder, family);
    port_free(folder);
    return path;
}

char *keygen_name_file(const keygen_options *o)
{
    char *usual = o->file ? text_format("%s", o->file) : keygen_usual_file("ed25519");
    if (!usual)
        keygen_fail("there is no home directory");
    if (o->file || !usual)
        return usual;
    char *question = text_format("Enter file in which the key is (%s): ", usual);
    char *answer = question ? keygen_ask_line(question) : NULL;
    char *chosen = answer ? text_format("%s", *answer ? answer : usual) : NULL;
    ask_wipe(answer);
    free(question);
    free(usual);
    return chosen;
}

char *keygen_user_at_host(void)
{
    char host[UV_MAXHOSTNAMESIZE];
    size_t len = sizeof host;
    port_user *me = NULL;
    if (port_user_current(&me, NULL) != CLEAT_OK)
        return text_format("%s", "");
    char *out =
        text_format("%s@%s", me->name, uv_os_gethostname(host, &len) == 0 ? host : "localhost");
    port_user_free(me);
    return out;
}
