/* libedit, by the calls that readline has, too. */
#include "line.h"

#include "fail.h"
#include "text.h"

#include <editline/readline.h>
#include <stdlib.h>
#include <string.h>

static port_completer completer;
static void *completer_user;

/* ---- completion ---- */

static size_t common_length(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

/* What libedit wants in front of the list: as much as all have in common. */
static char **with_common(char **found)
{
    size_t count = 0, len = strlen(found[0]);
    for (; found[count]; count++) {
        size_t same = common_length(found[0], found[count]);
        len = same < len ? same : len;
    }
    char **list = calloc(count + 2, sizeof *list);
    char *common = port_format("%.*s", (int)len, found[0]);
    if (!list || !common) {
        free(list);
        free(common);
        return NULL;
    }
    list[0] = common;
    memcpy(list + 1, found, count * sizeof *found);
    return list;
}

static char **attempt(const char *text, int start, int end)
{
    (void)text;
    char *line = port_format("%.*s", end, rl_line_buffer);
    char **found = line ? completer(completer_user, line, (size_t)start) : NULL;
    free(line);
    rl_attempted_completion_over = 1;
    if (!found || !found[0]) {
        free(found);
        return NULL;
    }
    char **list = with_common(found);
    for (size_t i = 0; !list && found[i]; i++)
        free(found[i]);
    free(found);
    const char *last = list && list[0][0] ? list[0] + strlen(list[0]) - 1 : "";
    rl_completion_append_character = *last == '/' ? 0 : ' ';
    return list;
}

/* ---- lines ---- */

cleat_status port_line_start(const char *program, port_completer complete, void *user,
                             cleat_error *error)
{
    completer = complete;
    completer_user = user;
    rl_readline_name = program;
    rl_attempted_completion_function = attempt;
    rl_basic_word_break_characters = " \t";
    rl_completer_word_break_characters = port_format(" \t");
    if (!rl_completer_word_break_characters || rl_initialize() != 0)
        return port_fail(error, CLEAT_E_IO, "the terminal cannot be used");
    using_history();
    stifle_history(1000);
    return CLEAT_OK;
}

cleat_status port_line_read(char **line, const char *prompt, cleat_error *error)
{
    *line = readline(prompt);
    if (!*line)
        return port_fail(error, CLEAT_E_EOF, "there are no more lines");
    if (**line)
        add_history(*line);
    return CLEAT_OK;
}

void port_line_stop(void)
{
    rl_deprep_terminal();
}
