/* The loop around a session process. */
#include "session.h"

#include "dialect.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum { LIMIT_MS = 120000 };

static char discard[1 << 16];

static void on_timeout(uv_timer_t *timer)
{
    session *s = timer->data;
    s->timed_out = true;
    uv_stop(&s->loop);
}

static void on_ended(uv_async_t *async)
{
    session *s = async->data;
    s->has_exit = port_process_exit(s->process, &s->exit);
    if (s->has_exit)
        uv_stop(&s->loop);
}

static void wake(void *user)
{
    session *s = user;
    uv_async_send(&s->ended);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)handle, (void)suggested;
    *buf = uv_buf_init(discard, sizeof discard);
}

static void keep(char *text, size_t room, size_t *len, const char *bytes, size_t count)
{
    if (*len < room - 1) {
        size_t fits = count < room - 1 - *len ? count : room - 1 - *len;
        memcpy(text + *len, bytes, fits);
        text[*len + fits] = '\0';
    }
    *len += count;
}

static void on_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    session *s = stream->data;
    if (n < 0) {
        uv_read_stop(stream);
        s->open--;
        if (s->has_exit && s->open == 0)
            uv_stop(&s->loop);
        return;
    }
    if (stream == (uv_stream_t *)&s->out)
        keep(s->stdout_text, sizeof s->stdout_text, &s->stdout_len, buf->base, (size_t)n);
    else
        keep(s->stderr_text, sizeof s->stderr_text, &s->stderr_len, buf->base, (size_t)n);
    if (s->stop_at && strstr(s->stdout_text, s->stop_at))
        uv_stop(&s->loop);
}

static void open_stream(session *s, uv_pipe_t *pipe, int fd, bool reads)
{
    uv_pipe_init(&s->loop, pipe, 0);
    pipe->data = s;
    CU_ASSERT_EQUAL_FATAL(uv_pipe_open(pipe, fd), 0);
    if (!reads)
        return;
    CU_ASSERT_EQUAL_FATAL(uv_read_start((uv_stream_t *)pipe, give_room, on_output), 0);
    s->open++;
}

cleat_status session_start(session *s, port_command command, cleat_error *error)
{
    memset(s, 0, sizeof *s);
    CU_ASSERT_EQUAL_FATAL(uv_loop_init(&s->loop), 0);
    uv_async_init(&s->loop, &s->ended, on_ended);
    uv_timer_init(&s->loop, &s->limit);
    s->ended.data = s->limit.data = s;
    uv_timer_start(&s->limit, on_timeout, LIMIT_MS, 0);

    port_stdio stdio;
    command.exited = wake;
    command.user = s;
    cleat_status status = port_process_start(&s->process, &stdio, &command, error);
    if (status < 0)
        return status;
    open_stream(s, &s->in, stdio.in, false);
    open_stream(s, &s->out, stdio.out, true);
    s->has_err = stdio.err >= 0;
    if (s->has_err)
        open_stream(s, &s->err, stdio.err, true);
    return status;
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    uv_stream_t *in = write->handle;
    if (write->data && !uv_is_closing((uv_handle_t *)in))
        uv_close((uv_handle_t *)in, NULL);
}

void session_write(session *s, const char *text, bool close)
{
    s->text = uv_buf_init(strdup(text), (unsigned)strlen(text));
    s->write.data = close ? s : NULL;
    CU_ASSERT_EQUAL(uv_write(&s->write, (uv_stream_t *)&s->in, &s->text, 1, on_written), 0);
}

bool session_wait_for(session *s, const char *text)
{
    s->stop_at = text;
    if (!strstr(s->stdout_text, text))
        uv_run(&s->loop, UV_RUN_DEFAULT);
    s->stop_at = NULL;
    return strstr(s->stdout_text, text) != NULL;
}

bool session_finish(session *s)
{
    while (!s->timed_out && !(s->has_exit && s->open == 0))
        uv_run(&s->loop, UV_RUN_DEFAULT);
    return !s->timed_out;
}

bool session_wait_exit(session *s)
{
    while (!s->timed_out && !s->has_exit)
        uv_run(&s->loop, UV_RUN_DEFAULT);
    return !s->timed_out;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void session_close(session *s)
{
    port_process_free(s->process);
    uv_walk(&s->loop, close_handle, NULL);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    CU_ASSERT_EQUAL(uv_loop_close(&s->loop), 0);
    port_free(s->text.base);
}

void session_run(session *s, const char *command)
{
    port_command what = {.shell = port_dialect()->shell,
                         .command = command,
                         .env = environment_with_value("some value"),
                         .directory = "/"};
    cleat_error error = {0};
    cleat_status st = session_start(s, what, &error);
    if (st != CLEAT_OK)
        printf("%s: %s\n", command, error.text);
    CU_ASSERT_EQUAL_FATAL(st, CLEAT_OK);
    CU_ASSERT_TRUE(session_finish(s));
}
