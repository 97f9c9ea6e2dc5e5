/* cleatd status: shows what the server that runs tells at its socket. */
#include "report.h"

#include <stdio.h>

static void on_page_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    static char space[4096];
    (void)handle, (void)suggested;
    *buf = uv_buf_init(space, sizeof space);
}

static void on_page(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    if (n > 0)
        fwrite(buf->base, 1, (size_t)n, stdout);
    else if (n < 0)
        uv_close((uv_handle_t *)stream, NULL);
}

/* The descriptor is taken. */
static int show(int fd)
{
    uv_loop_t loop;
    uv_pipe_t pipe;
    if (uv_loop_init(&loop) != 0)
        return 1;
    uv_pipe_init(&loop, &pipe, 0);
    int e = uv_pipe_open(&pipe, fd);
    if (!e)
        e = uv_read_start((uv_stream_t *)&pipe, on_page_room, on_page);
    if (e)
        uv_close((uv_handle_t *)&pipe, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return e || fflush(stdout) != 0;
}

int report_show(const rules *r)
{
    const char *where = rules_text(r, "StatusSocket");
    cleat_error error = {0};
    int fd;
    if (!where) {
        fprintf(stderr, "cleatd: the configuration has no StatusSocket; the server tells nothing "
                        "without. -f names another configuration, --system the system's\n");
        return 1;
    }
    if (port_local_connect(&fd, where, &error) != CLEAT_OK) {
        fprintf(stderr, "cleatd: %s; is the server running?\n", error.text);
        return 1;
    }
    return show(fd);
}
