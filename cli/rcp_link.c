/* The pipes of the old protocol of scp. */
#include "rcp.h"

#include "say.h"
#include "text.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE = CLEAT_RCP_LINE_MAX,
    STANDARD_INPUT = 0,
    STANDARD_OUTPUT = 1,
    MS = 1000,
    PORTIONS = 20,  /* a second */
    END_MS = 10000, /* that a program has for its end once the copy is over */
    KILL_MS = 2000  /* and once it was told */
};

/* ---- turning the loop ---- */

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    rcp *r = handle->data;
    (void)suggested;
    if (r->from) {
        memmove(r->data, r->data + r->from, r->len);
        r->from = 0;
    }
    *buffer = uv_buf_init((char *)r->data + r->len, (unsigned)(RCP_ROOM - r->len));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    rcp *r = stream->data;
    (void)buffer;
    if (got > 0)
        r->len += (size_t)got;
    if (got < 0 && got != UV_ENOBUFS)
        r->ended = true;
    if (got < 0 || r->from + r->len == RCP_ROOM)
        uv_read_stop(stream);
}

bool rcp_stopped(const rcp *r)
{
    return r->stops && *r->stops;
}

static bool is_for_nobody(const rcp *r)
{
    return r->sink && r->sink->exited;
}

/* False at the end. */
static bool read_more(rcp *r)
{
    size_t had = r->len;
    if (r->ended || r->lost || rcp_stopped(r) ||
        uv_read_start((uv_stream_t *)&r->in, on_room, on_read) != 0)
        return false;
    while (r->len == had && !r->ended && !rcp_stopped(r) && !is_for_nobody(r))
        uv_run(r->loop, UV_RUN_ONCE);
    uv_read_stop((uv_stream_t *)&r->in);
    return r->len > had;
}

/* ---- reading ---- */

const uint8_t *rcp_peek(rcp *r, size_t *len)
{
    if (!r->len && !read_more(r))
        return NULL;
    *len = r->len;
    return r->data + r->from;
}

void rcp_take(rcp *r, size_t len)
{
    r->from += len;
    r->len -= len;
    if (!r->len)
        r->from = 0;
}

bool rcp_read(rcp *r, uint8_t *to, size_t len)
{
    while (len) {
        size_t have;
        const uint8_t *at = rcp_peek(r, &have);
        if (!at)
            return false;
        size_t n = have < len ? have : len;
        memcpy(to, at, n);
        rcp_take(r, n);
        to += n;
        len -= n;
    }
    return true;
}

bool rcp_read_line(rcp *r, char line[LINE], size_t *len)
{
    uint8_t byte = 0;
    for (*len = 0; *len < LINE && rcp_read(r, &byte, 1); (*len)++) {
        if (byte == '\n')
            return true;
        line[*len] = (char)byte;
    }
    if (*len == LINE)
        rcp_complain(r, "the other side has sent a line of more than %d bytes", LINE);
    r->lost = r->lost || *len == LINE;
    return false;
}

/* ---- writing ---- */

static void on_written(uv_write_t *request, int status)
{
    rcp *r = request->handle->data;
    r->writing = false;
    r->lost = r->lost || status < 0;
}

bool rcp_write(rcp *r, const void *bytes, size_t len)
{
    char *text = (char *)(uintptr_t)bytes; /* libuv's buffers are for both ways */
    const uv_buf_t buffer = uv_buf_init(text, (unsigned)len);
    if (r->lost || r->writing || rcp_stopped(r) ||
        uv_write(&r->request, (uv_stream_t *)&r->out, &buffer, 1, on_written) != 0)
        return false;
    r->writing = true;
    while (r->writing && !rcp_stopped(r))
        uv_run(r->loop, UV_RUN_ONCE);
    return !r->lost && !r->writing;
}

bool rcp_write_line(rcp *r, const cleat_rcp_line *line)
{
    char text[LINE];
    size_t len = cleat_rcp_write(line, text);
    if (r->verbose && len && line->type > CLEAT_RCP_FATAL)
        say(CLEAT_LOG_DEBUG1, "Sending: %.*s", (int)len - 1, text);
    return len && rcp_write(r, text, len);
}

/* ---- complaints ---- */

static void show(rcp *r, const char *text)
{
    char *shown = r->serves ? NULL : text_printable_name(text);
    if (r->progress)
        progress_clear(r->progress);
    if (shown)
        say(CLEAT_LOG_ERROR, "%s", shown);
    free(shown);
}

/* As one line, counted and shown here. */
static void note(rcp *r, char text[LINE - 8], const char *format, va_list args)
{
    int head = snprintf(text, LINE - 8, "scp: ");
    vsnprintf(text + head, (size_t)(LINE - 8 - head), format, args);
    for (char *c = text; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    r->errors++;
    show(r, text);
}

void rcp_note(rcp *r, const char *format, ...)
{
    char text[LINE - 8];
    va_list args;
    va_start(args, format);
    note(r, text, format, args);
    va_end(args);
}

void rcp_complain(rcp *r, const char *format, ...)
{
    char text[LINE - 8];
    va_list args;
    va_start(args, format);
    note(r, text, format, args);
    va_end(args);
    const cleat_rcp_line line = {.type = CLEAT_RCP_WARNING, .text = cleat_slice_of(text)};
    (void)rcp_write_line(r, &line);
}

void rcp_heard(rcp *r, cleat_rcp_type type, const char *text)
{
    r->errors++;
    show(r, text);
    r->lost = r->lost || type != CLEAT_RCP_WARNING;
}

bool rcp_answered(rcp *r)
{
    char line[LINE + 1];
    size_t len = 0;
    uint8_t first;
    if (!rcp_read(r, &first, 1)) {
        if (!rcp_stopped(r))
            rcp_note(r, "the other side is gone");
        r->lost = true;
        return false;
    }
    if (first == 0)
        return true;
    if (!rcp_read_line(r, line, &len)) {
        r->errors++;
        return false;
    }
    line[len] = 0;
    rcp_heard(r, (cleat_rcp_type)first, line);
    return false;
}

/* ---- the limit ---- */

static void on_time(uv_timer_t *timer)
{
    rcp *r = timer->data;
    r->waits = false;
}

size_t rcp_portion(const rcp *r, uint64_t len)
{
    uint64_t most = r->rate_max / PORTIONS;
    most = !r->rate_max || most > RCP_ROOM ? RCP_ROOM : most + 1;
    return len < most ? (size_t)len : (size_t)most;
}

void rcp_pace(rcp *r, uint64_t began, uint64_t bytes)
{
    if (!r->rate_max)
        return;
    uint64_t due = began + bytes * MS / r->rate_max;
    uv_update_time(r->loop);
    uint64_t now = uv_now(r->loop);
    if (now >= due)
        return;
    r->waits = true;
    uv_timer_start(&r->timer, on_time, due - now, 0);
    while (r->waits && !rcp_stopped(r))
        uv_run(r->loop, UV_RUN_ONCE);
}

/* ---- the program's complaints ---- */

static void on_words_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    rcp *r = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(r->words, RCP_WORDS_ROOM - 1);
}

/* They are the other machine's, too: it could hide with them what it does to the user's files. */
static void on_words(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    rcp *r = stream->data;
    (void)buffer;
    if (got < 0) {
        uv_read_stop(stream);
        return;
    }
    for (ssize_t i = 0; i < got; i++) {
        if (!r->words[i])
            r->words[i] = '?';
    }
    r->words[got] = 0;
    text_make_printable(r->words);
    fputs(r->words, stderr);
}

/* ---- life ---- */

static void begin(rcp *r, uv_loop_t *loop)
{
    r->loop = loop;
    uv_pipe_init(loop, &r->in, 0);
    uv_pipe_init(loop, &r->out, 0);
    uv_pipe_init(loop, &r->err, 0);
    uv_timer_init(loop, &r->timer);
    r->in.data = r->out.data = r->err.data = r->timer.data = r;
}

bool rcp_open_own(rcp *r, uv_loop_t *loop)
{
    begin(r, loop);
    if (uv_pipe_open(&r->in, STANDARD_INPUT) == 0 && uv_pipe_open(&r->out, STANDARD_OUTPUT) == 0)
        return true;
    fputs("cleat scp: -t and -f are for scp on the other side, which is at the end of pipes\n",
          stderr);
    return false;
}

static void on_exit_of_program(uv_process_t *process, int64_t status, int number)
{
    rcp *r = process->data;
    r->exited = true;
    r->exit_status = number ? 255 : status;
}

bool rcp_open_program(rcp *r, uv_loop_t *loop, char **argv)
{
    begin(r, loop);
    uv_stdio_container_t streams[] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&r->out},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&r->in},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&r->err}};
    const uv_process_options_t options = {.exit_cb = on_exit_of_program,
                                          .file = argv[0],
                                          .args = argv,
                                          .stdio_count = 3,
                                          .stdio = streams};
    r->process.data = r;
    int failure = uv_spawn(loop, &r->process, &options);
    r->has_process = failure == 0;
    if (failure)
        say(CLEAT_LOG_ERROR, "scp: cannot run %s: %s", argv[0], uv_strerror(failure));
    else
        (void)uv_read_start((uv_stream_t *)&r->err, on_words_room, on_words);
    return failure == 0;
}

static void close_handle(uv_handle_t *handle)
{
    if (handle->loop && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* The other machine may be the one that keeps it. */
static void on_overdue(uv_timer_t *timer)
{
    rcp *r = timer->data;
    if (!r->is_overdue && !rcp_stopped(r))
        rcp_note(r, "the connection does not end by itself; it is broken off");
    uv_process_kill(&r->process, r->is_overdue ? SIGKILL : SIGTERM);
    r->is_overdue = true;
}

static void await_exit(rcp *r)
{
    uv_update_time(r->loop);
    uv_timer_start(&r->timer, on_overdue, rcp_stopped(r) ? KILL_MS : END_MS, KILL_MS);
    while (!r->exited)
        uv_run(r->loop, UV_RUN_ONCE);
}

int64_t rcp_close(rcp *r)
{
    close_handle((uv_handle_t *)&r->out);
    close_handle((uv_handle_t *)&r->in);
    if (r->has_process)
        await_exit(r);
    close_handle((uv_handle_t *)&r->timer);
    uv_run(r->loop, UV_RUN_NOWAIT); /* its last words; what it has left running is not waited for */
    close_handle((uv_handle_t *)&r->err);
    if (r->process.loop)
        close_handle((uv_handle_t *)&r->process);
    uv_run(r->loop, UV_RUN_NOWAIT);
    return r->has_process ? r->exit_status : 0;
}
