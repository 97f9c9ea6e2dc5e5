/* The SFTP server between two pipes. */
#include "sftp_pipe.h"

#include <stdlib.h>
#include <string.h>

enum { READ_MAX = 256 << 10, AHEAD_MAX = 1 << 20, REST_MAX = 256 << 10 };

struct sftp_pipe {
    uv_pipe_t in, out;
    uv_write_t request;
    cleat_files *files; /* NULL: over */
    unsigned open;      /* handles */
    size_t ahead;       /* read, and not dealt with */
    bool reading, writing, ending;
    char *rest; /* what is being written */
    uint8_t space[READ_MAX];
};

static void close_fd(uv_file fd)
{
    uv_fs_t request;
    uv_fs_close(NULL, &request, fd, NULL);
    uv_fs_req_cleanup(&request);
}

static void on_closed(uv_handle_t *handle)
{
    sftp_pipe *p = handle->data;
    if (--p->open == 0) {
        free(p->rest);
        free(p);
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    sftp_pipe *p = handle->data;
    (void)suggested;
    *buf = uv_buf_init((char *)p->space, sizeof p->space);
}

static void pause_reading(sftp_pipe *p)
{
    p->reading = false;
    uv_read_stop((uv_stream_t *)&p->in);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    sftp_pipe *p = stream->data;
    (void)buf;
    if (n > 0) {
        p->ahead += (size_t)n;
        cleat_files_data(p->files, (cleat_slice){p->space, (size_t)n});
        if (p->files && p->ahead >= AHEAD_MAX)
            pause_reading(p);
    } else if (n < 0) {
        pause_reading(p);
        cleat_files_eof(p->files);
    }
}

static void on_consumed(void *user, size_t n)
{
    sftp_pipe *p = user;
    p->ahead -= n < p->ahead ? n : p->ahead;
    if (!p->reading && p->ahead < AHEAD_MAX && uv_is_readable((uv_stream_t *)&p->in))
        p->reading = uv_read_start((uv_stream_t *)&p->in, on_alloc, on_read) == 0;
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void on_written(uv_write_t *request, int status)
{
    sftp_pipe *p = request->data;
    p->writing = false;
    free(p->rest);
    p->rest = NULL;
    if (p->ending)
        close_handle((uv_handle_t *)&p->out);
    else if (p->files && status == 0)
        cleat_files_writable(p->files);
}

/* What the pipe does not take at once is kept, so that its end can be waited for. */
static ptrdiff_t write_rest(sftp_pipe *p, cleat_slice bytes)
{
    size_t len = bytes.len < REST_MAX ? bytes.len : REST_MAX;
    uv_buf_t buf;
    p->rest = malloc(len);
    if (!p->rest)
        return -1;
    memcpy(p->rest, bytes.data, len);
    buf = uv_buf_init(p->rest, (unsigned)len);
    p->request.data = p;
    if (uv_write(&p->request, (uv_stream_t *)&p->out, &buf, 1, on_written) != 0)
        return -1;
    p->writing = true;
    return (ptrdiff_t)len;
}

static ptrdiff_t write_out(void *user, cleat_slice bytes)
{
    sftp_pipe *p = user;
    union {
        const uint8_t *given;
        char *wanted; /* libuv does not write to it */
    } at = {.given = bytes.data};
    uv_buf_t buf = uv_buf_init(at.wanted, (unsigned)bytes.len);
    if (p->writing)
        return 0;
    int n = uv_try_write((uv_stream_t *)&p->out, &buf, 1);
    if (n == UV_EAGAIN)
        return write_rest(p, bytes);
    return n;
}

void sftp_pipe_close(sftp_pipe *p)
{
    if (!p)
        return;
    cleat_files *files = p->files;
    p->files = NULL;
    cleat_files_close(files);
    close_handle((uv_handle_t *)&p->in);
    close_handle((uv_handle_t *)&p->out);
}

void sftp_pipe_end(sftp_pipe *p)
{
    p->ending = true;
    if (!p->writing)
        close_handle((uv_handle_t *)&p->out);
}

/* ---- the beginning ---- */

static int open_ends(sftp_pipe *p, port_stdio *theirs)
{
    uv_file to_us[2], from_us[2];
    int e = uv_pipe(to_us, UV_NONBLOCK_PIPE, 0);
    if (e != 0)
        return e;
    e = uv_pipe(from_us, 0, UV_NONBLOCK_PIPE);
    if (e != 0) {
        close_fd(to_us[0]);
        close_fd(to_us[1]);
        return e;
    }
    *theirs = (port_stdio){.in = to_us[1], .out = from_us[0], .err = -1};
    e = uv_pipe_open(&p->in, to_us[0]);
    return e ? e : uv_pipe_open(&p->out, from_us[1]);
}

cleat_status sftp_pipe_new(sftp_pipe **out, uv_loop_t *loop, port_stdio *theirs)
{
    sftp_pipe *p = calloc(1, sizeof *p);
    *out = NULL;
    *theirs = (port_stdio){-1, -1, -1};
    if (!p)
        return CLEAT_E_NOMEM;
    uv_pipe_init(loop, &p->in, 0);
    uv_pipe_init(loop, &p->out, 0);
    p->in.data = p->out.data = p;
    p->open = 2;
    if (open_ends(p, theirs) != 0) {
        sftp_pipe_close(p);
        return CLEAT_E_IO;
    }
    *out = p;
    return CLEAT_OK;
}

cleat_files_io sftp_pipe_io(sftp_pipe *p)
{
    return (cleat_files_io){.struct_size = sizeof(cleat_files_io),
                            .loop = p->in.loop,
                            .user = p,
                            .write = write_out,
                            .consumed = on_consumed};
}

void sftp_pipe_serve(sftp_pipe *p, cleat_files *files)
{
    p->files = files;
    p->reading = uv_read_start((uv_stream_t *)&p->in, on_alloc, on_read) == 0;
    if (!p->reading)
        cleat_files_eof(files);
}
