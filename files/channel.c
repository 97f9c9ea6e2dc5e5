/* A channel as the way that the SFTP server's bytes take. */
#include "files_int.h"

static ptrdiff_t write_out(void *user, cleat_slice bytes)
{
    const cleat_files *f = user;
    size_t accepted = 0;
    if (cleat_channel_write(f->channel, CLEAT_STREAM_DATA, bytes.data, bytes.len, &accepted) !=
        CLEAT_OK)
        return -1;
    return (ptrdiff_t)accepted;
}

static void on_consumed(void *user, size_t n)
{
    const cleat_files *f = user;
    if (cleat_channel_consume(f->channel, n) != CLEAT_OK)
        cleat_sftp_server_abandon(f->server);
}

static void flush(void *user)
{
    const cleat_files *f = user;
    cleat_uv_kick(f->u);
}

cleat_status cleat_files_new(cleat_files **out, cleat_uv *u, cleat_channel *ch,
                             const cleat_files_options *options, cleat_error *error)
{
    cleat_files *f = files_alloc();
    *out = NULL;
    if (!f)
        return files_fail(error, CLEAT_E_NOMEM, "out of memory");
    f->u = u;
    f->channel = ch;
    f->io = (cleat_files_io){.struct_size = sizeof f->io,
                             .loop = cleat_uv_loop(u),
                             .ctx = cleat_conn_ctx(cleat_uv_conn(u)),
                             .user = f,
                             .write = write_out,
                             .consumed = on_consumed,
                             .flush = flush};
    return files_start(out, f, options, error);
}
