/* libedit, by the calls that readline has, too. */
#include "line.h"

#include "fail.h"
#include "text.h"

#include <editline/readline.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static port_completer completer;
static void *completer_user;

/* ---- the keys of signals ----
 *
 * libedit meets an interrupt by leaving the terminal's raw mode and keeps what was typed, so the
 * next line would begin with it; and after a stop it makes the interrupt a signal again. While a
 * line is edited both keys are like others: one drops the line, the other stops the program.
 */

static cc_t interrupt_key = _POSIX_VDISABLE, stop_key = _POSIX_VDISABLE;
static bool dropped;

static int drop(int count, int key)
{
    (void)count;
    (void)key;
    fputs("^C\n", rl_outstream);
    dropped = true;
    return rl_done = 1;
}

static void let_keys_signal(bool signals)
{
    struct termios modes;
    if (tcgetattr(STDIN_FILENO, &modes) != 0)
        return;
    modes.c_cc[VINTR] = signals ? interrupt_key : _POSIX_VDISABLE;
    modes.c_cc[VSUSP] = signals ? stop_key : _POSIX_VDISABLE;
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

/* By the signal of this thread, so that it goes on here once somebody continues the program; not
 * seen by libedit, which would set the terminal at a time of its own. */
static int stop(int count, int key)
{
    const struct sigaction normal = {.sa_handler = SIG_DFL};
    struct sigaction stopping, going_on;
    (void)count;
    (void)key;
    rl_deprep_terminal();
    let_keys_signal(true);
    sigaction(SIGTSTP, &normal, &stopping);
    sigaction(SIGCONT, &normal, &going_on);
    raise(SIGTSTP);
    sigaction(SIGCONT, &going_on, NULL);
    sigaction(SIGTSTP, &stopping, NULL);
    rl_prep_terminal(1);
    let_keys_signal(false);
    rl_forced_update_display();
    return 0;
}

/* Just before the first key. Where the modes are raw already libedit leaves them alone, and at the
 * line's end it puts those back that it began with. */
static int before_keys(void)
{
    rl_prep_terminal(1);
    let_keys_signal(false);
    return 0;
}

static void bind_key(const char *name, rl_command_func_t *function, cc_t key)
{
    if (key != _POSIX_VDISABLE)
        rl_add_defun(name, function, key);
}

static void bind_keys_of_signals(void)
{
    struct termios modes;
    if (tcgetattr(STDIN_FILENO, &modes) != 0)
        return;
    interrupt_key = modes.c_cc[VINTR];
    stop_key = modes.c_cc[VSUSP];
    rl_pre_input_hook = before_keys;
    bind_key("drop-line", drop, interrupt_key);
    bind_key("stop-program", stop, stop_key);
}

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
    let_keys_signal(true); /* a server may take its time */
    char **found = line ? completer(completer_user, line, (size_t)start) : NULL;
    let_keys_signal(false);
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
    setlocale(LC_CTYPE, ""); /* else keys beyond ASCII are passed over */
    rl_readline_name = program;
    rl_attempted_completion_function = attempt;
    rl_basic_word_break_characters = " \t";
    rl_completer_word_break_characters = port_format(" \t");
    if (!rl_completer_word_break_characters || rl_initialize() != 0)
        return port_fail(error, CLEAT_E_IO, "the terminal cannot be used");
    bind_keys_of_signals();
    using_history();
    stifle_history(1000);
    return CLEAT_OK;
}

cleat_status port_line_read(char **line, const char *prompt, cleat_error *error)
{
    do {
        dropped = false;
        *line = readline(prompt);
    } while (!*line && dropped);
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
