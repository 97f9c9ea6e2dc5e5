/* The output of a program outside. */
#include "capture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct capture {
    uv_process_t process;
    uv_pipe_t pipe;
    char *text;
    size_t len, max;
    int64_t status;
    int signal;
    unsigned open; /* handles that are not closed yet */
    bool too_long;
    capture_cb done; /* NULL: nobody waits any more */
    void *user;
};

static void report_end(capture *x)
{
    const cleat_slice output = {(const uint8_t *)(x->text ? x->text : ""), x->len};
    char problem[64] = "";
    if (x->too_long)
        snprintf(problem, sizeof problem, "has written more than %zu bytes", x->max);
    else if (x->signal)
        snprintf(problem, sizeof problem, "was ended by signal %d", x->signal);
    else if (x->status)
        snprintf(problem, sizeof problem, "has failed with status %lld", (long long)x->status);
    x->done(x->user, output, *problem ? problem : NULL);
}

/* It is over when the program has ended and its output, too. */
static void on_closed(uv_handle_t *handle)
{
    capture *x = handle->data;
    if (--x->open)
        return;
    if (x->done)
        report_end(x);
    free(x->text);
    free(x);
}

static void on_ended(uv_process_t *process, int64_t status, int ended_by)
{
    capture *x = process->data;
    x->status = status;
    x->signal = ended_by;
    uv_close((uv_handle_t *)process, on_closed);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    capture *x = handle->data;
    size_t room = suggested < x->max - x->len ? suggested : x->max - x->len;
    char *longer = room ? realloc(x->text, x->len + room) : NULL;
    if (longer)
        x->text = longer;
    *buf = uv_buf_init(longer ? x->text + x->len : NULL, longer ? (unsigned)room : 0);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    capture *x = stream->data;
    (void)buf;
    if (n >= 0) {
        x->len += (size_t)n;
        return;
    }
    x->too_long = n == UV_ENOBUFS;
    if (x->too_long)
        uv_process_kill(&x->process, SIGKILL);
    uv_close((uv_handle_t *)stream, on_closed);
}

/* With that user's group and no other. */
static unsigned set_user(uv_process_options_t *options, const port_user *as)
{
    if (!as)
        return 0;
    options->uid = (uv_uid_t)strtoul(as->id, NULL, 10);
    options->gid = (uv_gid_t)strtoul(as->group, NULL, 10);
    return UV_PROCESS_SETUID | UV_PROCESS_SETGID;
}

static int spawn(capture *x, uv_loop_t *loop, char **argv, char **environment, const port_user *as)
{
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE},
                                     {.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE),
                                      .data.stream = (uv_stream_t *)&x->pipe},
                                     {.flags = UV_IGNORE}};
    uv_process_options_t options = {.exit_cb = on_ended,
                                    .file = argv[0],
                                    .args = argv,
                                    .env = environment,
                                    .flags = UV_PROCESS_WINDOWS_HIDE,
                                    .stdio_count = 3,
                                    .stdio = stdio};
    x->process.data = x;
    options.flags |= set_user(&options, as);
    return uv_spawn(loop, &x->process, &options);
}

cleat_status capture_start(capture **out, uv_loop_t *loop, char **argv, char **environment,
                           const port_user *as, size_t output_max, capture_cb done, void *user,
                           cleat_error *error)
{
    capture *x = calloc(1, sizeof *x);
    *out = NULL;
    if (!x)
        return CLEAT_E_NOMEM;
    x->max = output_max;
    x->user = user;
    x->open = 2;
    uv_pipe_init(loop, &x->pipe, 0);
    x->pipe.data = x;
    int e = spawn(x, loop, argv, environment, as);
    if (e != 0) {
        snprintf(error->text, sizeof error->text, "%s cannot be run: %s", argv[0], uv_strerror(e));
        uv_close((uv_handle_t *)&x->process, on_closed);
        uv_close((uv_handle_t *)&x->pipe, on_closed);
        return CLEAT_E_IO;
    }
    e = uv_read_start((uv_stream_t *)&x->pipe, on_alloc, on_read);
    x->done = done;
    *out = x;
    if (e != 0)
        on_read((uv_stream_t *)&x->pipe, e, NULL);
    return CLEAT_OK;
}

void capture_stop(capture *x)
{
    if (!x)
        return;
    x->done = NULL;
    if (uv_is_active((uv_handle_t *)&x->process))
        uv_process_kill(&x->process, SIGKILL);
    if (!uv_is_closing((uv_handle_t *)&x->pipe))
        uv_close((uv_handle_t *)&x->pipe, on_closed);
}
