/* cleatd status: shows what the server that runs tells at its socket. */
#include "report.h"

#include <stdio.h>

typedef struct reading {
    size_t len;
    int error; /* a uv error; 0: it has ended well */
} reading;

static void on_page_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    static char space[4096];
    (void)handle, (void)suggested;
    *buf = uv_buf_init(space, sizeof space);
}

static void on_page(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    reading *r = stream->data;
    if (n > 0) {
        fwrite(buf->base, 1, (size_t)n, stdout);
        r->len += (size_t)n;
    } else if (n < 0) {
        r->error = n == UV_EOF ? 0 : (int)n;
        uv_close((uv_handle_t *)stream, NULL);
    }
}

/* The descriptor is taken. */
static reading show(int fd)
{
    uv_loop_t loop;
    uv_pipe_t pipe;
    reading r = {.error = uv_loop_init(&loop)};
    if (r.error)
        return r;
    uv_pipe_init(&loop, &pipe, 0);
    pipe.data = &r;
    r.error = uv_pipe_open(&pipe, fd);
    if (!r.error)
        r.error = uv_read_start((uv_stream_t *)&pipe, on_page_room, on_page);
    if (r.error)
        uv_close((uv_handle_t *)&pipe, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return r;
}

/* Why it is not the whole of what the server has to tell; NULL: it is. */
static const char *fault(const reading *r)
{
    if (r->error)
        return uv_strerror(r->error);
    if (fflush(stdout) != 0 || ferror(stdout))
        return "cannot write it";
    return r->len ? NULL
                  : "the server has hung up without a word: it ends, or too many ask at once";
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
    const reading got = show(fd);
    const char *why = fault(&got);
    if (why)
        fprintf(stderr, "cleatd: %s: %s\n", where, why);
    return why != NULL;
}
