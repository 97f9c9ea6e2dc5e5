/* `cleat sftp` at work: lines from the user, a file or a pipe, one command after another. */
#include "sftp.h"

#include "line.h"
#include "port.h"
#include "say.h"
#include "text.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 64 << 10, MESSAGE_MAX = 8192 /* room for a path and a server's words */ };

static const char prompt[] = "sftp> ";

/* One line, which is waited for on another thread while the connection lives. */
typedef struct reading {
    uv_work_t work;
    sftp *s;
    bool typed; /* by somebody at a terminal */
    bool done;
    char *line; /* NULL: there are no more */
    uv_async_t wake;
    uv_sem_t completed;
    const char *to_complete; /* what the thread waits for; NULL: nothing */
    size_t complete_from;
    char **completions;
} reading;

static reading in;

/* ---- waiting ---- */

bool sftp_until(sftp *s, const bool *flag)
{
    while (!*flag && !s->gone && !s->stopped) {
        /* Where no connection came about, nothing is left that could say so. */
        if (uv_run(s->loop, UV_RUN_ONCE) == 0 && !*flag)
            s->gone = true;
    }
    return *flag;
}

/* The server has chosen part of many of them: one line, whatever it says. */
void sftp_fail(sftp *s, const char *format, ...)
{
    char text[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *shown = text_printable_name(text);
    fflush(stdout);
    progress_clear(&s->progress);
    fprintf(stderr, "%s\n", shown ? shown : "out of memory");
    free(shown);
    s->failed = true;
}

static void on_interrupt(uv_signal_t *signal, int number)
{
    sftp *s = signal->data;
    (void)number;
    s->stopped = true;
    if (!s->transfer)
        return;
    cleat_transfer *t = s->transfer;
    s->transfer = NULL;
    s->failed = true;
    cleat_transfer_cancel(t); /* says what is incomplete */
}

/* ---- lines ---- */

/* On the thread that reads. */
static char **complete(void *user, const char *line, size_t from)
{
    reading *r = user;
    r->complete_from = from;
    r->to_complete = line;
    uv_async_send(&r->wake);
    uv_sem_wait(&r->completed);
    return r->completions;
}

static void on_wake(uv_async_t *wake)
{
    (void)wake; /* the loop has turned, which is all that is wanted */
}

static char *read_plain(FILE *from)
{
    char *line = malloc(LINE_MAX_BYTES);
    if (line && fgets(line, LINE_MAX_BYTES, from)) {
        line[strcspn(line, "\r\n")] = 0;
        return line;
    }
    free(line);
    return NULL;
}

static char *read_typed(void)
{
    char *line = NULL;
    if (port_line_read(&line, prompt, NULL) != CLEAT_OK)
        return NULL;
    char *copy = text_format("%s", line);
    port_free(line);
    return copy;
}

static void on_thread(uv_work_t *work)
{
    reading *r = work->data;
    r->line = r->typed ? read_typed() : read_plain(r->s->input);
}

static void on_line(uv_work_t *work, int status)
{
    reading *r = work->data;
    (void)status;
    r->done = true;
}

/* Nothing can be done about a thread that waits for somebody to type but to end with it. */
_Noreturn static void end_at_once(const reading *r)
{
    if (r->typed)
        port_line_stop();
    fflush(stdout);
    _Exit(255);
}

static char *next_line(sftp *s)
{
    in.done = false;
    in.line = NULL;
    in.work.data = &in;
    if (uv_queue_work(s->loop, &in.work, on_thread, on_line) != 0)
        return NULL;
    while (!in.done) {
        uv_run(s->loop, UV_RUN_ONCE);
        if (s->gone && !in.done)
            end_at_once(&in);
        if (!in.done && in.to_complete) {
            s->stopped = false;
            in.completions = sftp_complete(s, in.to_complete, in.complete_from);
            in.to_complete = NULL;
            uv_sem_post(&in.completed);
        }
    }
    return in.line;
}

/* ---- commands ---- */

/* '-' in front: a failure does not end a batch; '@': the command is not shown. In any order. */
static const char *prefixes(const char *line, bool *ignores, bool *silent)
{
    line += strspn(line, " \t");
    for (; *line == '-' || *line == '@'; line++) {
        *ignores = *ignores || *line == '-';
        *silent = *silent || *line == '@';
    }
    return line;
}

/* False: the batch ends here. */
static bool do_line(sftp *s, const char *line)
{
    bool ignores = false, silent = false;
    const char *command = s->batch_mode ? prefixes(line, &ignores, &silent) : line;
    if (!in.typed && !silent && !s->quiet)
        printf("%s%s\n", prompt, line);
    s->failed = s->stopped = false;
    sftp_command(s, command);
    fflush(stdout);
    return !s->batch_mode || !s->failed || ignores;
}

static int do_lines(sftp *s)
{
    char *line;
    while (!s->quit && !s->gone && (line = next_line(s)) != NULL) {
        bool goes_on = do_line(s, line);
        free(line);
        if (!goes_on)
            return 1;
    }
    if (in.typed && !s->quit && !s->gone)
        putchar('\n');
    return s->gone ? 255 : 0;
}

/* ---- the beginning ---- */

static void on_ready(remote *r)
{
    sftp *s = r->user;
    s->ready = true;
}

static void on_over(remote *r)
{
    sftp *s = r->user;
    const cleat_error why = {.status = CLEAT_E_EOF, .text = "the connection has gone"};
    s->gone = true;
    if (s->transfer)
        cleat_transfer_lost(s->transfer, &why);
}

static bool find_home(sftp *s)
{
    sftp_answer a;
    sftp_answer_init(&a);
    if (sftp_ask(s, &a, cleat_sftp_realpath(s->remote.sftp, ".", CLEAT_SFTP_CHECK_NONE, &a)) &&
        a.name && a.name[0] == '/') {
        s->home = text_format("%s", a.name);
        s->cwd = text_format("%s", a.name);
    } else {
        sftp_fail(s, "the server does not say where it begins: %s", sftp_why(&a));
    }
    sftp_answer_free(&a);
    return s->home && s->cwd;
}

/* The path of the command line: a folder to begin in, or a file to fetch. */
static int begin_at(sftp *s)
{
    sftp_word words[] = {{.text = s->path}, {.text = s->target, .quoted = true}};
    sftp_call c = {.s = s, .args = words, .count = s->target ? 2 : 1};
    char *path = sftp_absolute(s, s->path);
    bool folder = !s->target && path && sftp_is_directory(s, path);
    free(path);
    if (folder) {
        sftp_cd(&c);
        return s->failed ? 1 : -1;
    }
    sftp_get(&c);
    return s->failed ? 1 : 0;
}

static bool open_input(sftp *s)
{
    bool file = s->batch && strcmp(s->batch, "-") != 0;
    s->input = file ? fopen(s->batch, "r") : stdin;
    in.s = s;
    in.typed = !s->batch && uv_guess_handle(0) == UV_TTY;
    if (s->input)
        return true;
    sftp_fail(s, "cannot read the batch file %s", s->batch);
    return false;
}

static int session(sftp *s)
{
    cleat_error error = {0};
    if (in.typed && !s->quiet)
        fprintf(stderr, "Connected to %s.\n",
                s->remote.program ? s->remote.program : s->remote.run.args.host);
    if (in.typed && port_line_start("cleat-sftp", complete, &in, &error) != CLEAT_OK) {
        sftp_fail(s, "%s", error.text);
        return 1;
    }
    int status = s->path ? begin_at(s) : -1;
    return status < 0 ? do_lines(s) : status;
}

bool sftp_open(sftp *s, uv_loop_t *loop)
{
    s->loop = loop;
    s->remote.user = s;
    s->remote.ready = on_ready;
    s->remote.over = on_over;
    if (remote_start(&s->remote, loop) == CLEAT_OK)
        return sftp_until(s, &s->ready) && find_home(s);
    s->gone = true;
    return false;
}

void sftp_close(sftp *s)
{
    if (!s->gone)
        remote_close(&s->remote);
}

static void watch(sftp *s, uv_loop_t *loop)
{
    uv_signal_init(loop, &s->interrupted);
    s->interrupted.data = s;
    uv_signal_start(&s->interrupted, on_interrupt, SIGINT);
    uv_unref((uv_handle_t *)&s->interrupted);
    uv_async_init(loop, &in.wake, on_wake);
    uv_unref((uv_handle_t *)&in.wake);
    uv_sem_init(&in.completed, 0);
}

int sftp_run(sftp *s)
{
    uv_loop_t loop;
    if (!open_input(s) || uv_loop_init(&loop) != 0)
        return 1;
    watch(s, &loop);
    progress_begin(&s->progress, s->quiet);
    s->show_progress = !s->batch_mode;
    int status = sftp_open(s, &loop) ? session(s) : s->gone ? 255 : 1;
    uv_close((uv_handle_t *)&s->interrupted, NULL);
    uv_close((uv_handle_t *)&in.wake, NULL);
    sftp_close(s);
    uv_run(&loop, UV_RUN_DEFAULT);
    remote_finish(&s->remote);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    uv_sem_destroy(&in.completed);
    progress_free(&s->progress);
    if (s->input && s->input != stdin)
        fclose(s->input);
    return status;
}
