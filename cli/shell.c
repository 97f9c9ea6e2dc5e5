/* Local commands, on a loop of their own: nothing else goes on while they run. */
#include "shell.h"

#include "port.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { OUTPUT_MAX = 1 << 20 };

typedef struct running {
    uv_process_t process;
    uv_pipe_t pipe;
    char *text;
    size_t len;
    char piece[4096];
    int status;
} running;

static void on_ended(uv_process_t *process, int64_t status, int signal)
{
    running *x = process->data;
    x->status = signal ? -1 : (int)status;
    uv_close((uv_handle_t *)process, NULL);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    running *x = handle->data;
    (void)suggested;
    *buf = uv_buf_init(x->piece, sizeof x->piece);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    running *x = stream->data;
    char *longer =
        n > 0 && x->len + (size_t)n < OUTPUT_MAX ? realloc(x->text, x->len + (size_t)n + 1) : NULL;
    if (n == 0)
        return;
    if (!longer) {
        uv_close((uv_handle_t *)stream, NULL);
        return;
    }
    memcpy(longer + x->len, buf->base, (size_t)n);
    x->text = longer;
    x->len += (size_t)n;
    x->text[x->len] = 0;
}

static int spawn(uv_loop_t *loop, running *x, char **args, bool capture)
{
    uv_stdio_container_t stdio[3] = {{.flags = UV_INHERIT_FD, .data.fd = 0},
                                     {.flags = UV_INHERIT_FD, .data.fd = 1},
                                     {.flags = UV_INHERIT_FD, .data.fd = 2}};
    uv_process_options_t options = {.exit_cb = on_ended,
                                    .file = args[0],
                                    .args = args,
                                    .flags = UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS,
                                    .stdio_count = 3,
                                    .stdio = stdio};
    if (capture) {
        uv_pipe_init(loop, &x->pipe, 0);
        x->pipe.data = x;
        stdio[0].flags = UV_IGNORE;
        stdio[1].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
        stdio[1].data.stream = (uv_stream_t *)&x->pipe;
    }
    x->process.data = x;
    int e = uv_spawn(loop, &x->process, &options);
    if (e == 0 && capture)
        e = uv_read_start((uv_stream_t *)&x->pipe, on_alloc, on_read);
    else if (capture)
        uv_close((uv_handle_t *)&x->pipe, NULL);
    if (e != 0 && !uv_is_closing((uv_handle_t *)&x->process))
        uv_close((uv_handle_t *)&x->process, NULL);
    return e;
}

int shell_run(const char *command, char **output)
{
    running x = {.status = -1};
    uv_loop_t loop;
    char **args = NULL;
    cleat_error error = {0};
    if (output)
        *output = NULL;
    if (port_shell_args(&args, command, false, &error) != CLEAT_OK) {
        say(CLEAT_LOG_ERROR, "%s", error.text);
        return -1;
    }
    if (uv_loop_init(&loop) == 0) {
        int e = spawn(&loop, &x, args, output != NULL);
        if (e != 0)
            say(CLEAT_LOG_ERROR, "%s: %s", command, uv_strerror(e));
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
    }
    port_free(args);
    if (output)
        *output = x.text;
    return x.status;
}
