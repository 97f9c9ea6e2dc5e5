/* Proxy commands: a child whose stdin and stdout carry the connection. */
#include "dial.h"

#include "port.h"

#include <stdlib.h>

static uv_pipe_t *new_pipe(uv_loop_t *loop)
{
    uv_pipe_t *pipe = malloc(sizeof *pipe);
    if (pipe && uv_pipe_init(loop, pipe, 0) != 0) {
        free(pipe);
        return NULL;
    }
    return pipe;
}

/* A Ctrl-C that is meant for the remote side must not end the stream that carries it. */
static int spawn(uv_loop_t *loop, uv_process_t *process, const char *const *argv, uv_pipe_t *to,
                 uv_pipe_t *from)
{
    uv_stdio_container_t stdio[3];
    union {
        const char *const *in;
        char **out;
    } args = {.in = argv}; /* libuv does not change them */
    stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
    stdio[0].data.stream = (uv_stream_t *)to;
    stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
    stdio[1].data.stream = (uv_stream_t *)from;
    stdio[2].flags = UV_INHERIT_FD;
    stdio[2].data.fd = 2;
    const uv_process_options_t options = {
        .file = argv[0],
        .args = args.out,
        .flags = port_shell_apart(),
        .stdio_count = 3,
        .stdio = stdio,
    };
    int e = uv_spawn(loop, process, &options);
    if (e == 0)
        uv_unref((uv_handle_t *)process);
    return e;
}

cleat_status dial_proxy(uv_loop_t *loop, const char *const *argv, cleat_dial_cb done, void *user,
                        cleat_error *error)
{
    uv_pipe_t *to = new_pipe(loop);
    uv_pipe_t *from = new_pipe(loop);
    uv_process_t *process = calloc(1, sizeof *process);
    bool made = to && from && process;
    int e = made ? spawn(loop, process, argv, to, from) : UV_ENOMEM;
    if (e) {
        if (made)
            stream_free_handle((uv_handle_t *)process);
        else
            free(process);
        stream_free_handle((uv_handle_t *)to);
        stream_free_handle((uv_handle_t *)from);
        return loop_fail(error, CLEAT_E_CONNECT, "cannot run %s: %s", argv[0], uv_strerror(e));
    }
    cleat_stream *s = stream_from_handles((uv_stream_t *)from, (uv_stream_t *)to);
    if (!s) {
        stream_free_handle((uv_handle_t *)process);
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    }
    s->process = process;
    const cleat_error fine = {.status = CLEAT_OK};
    done(user, s, &fine);
    return CLEAT_OK;
}
