/* The SFTP server for local files: its life, and the bytes between client and machine. */
#include "files_int.h"

#include <stdlib.h>
#include <string.h>

enum { STATUS_BROKEN = 255 };

/* ---- the end ---- */

/* Texts of the options, which are copies of ours. */
static void drop(const char *text)
{
    union {
        const char *kept;
        void *block;
    } ours = {.kept = text};
    free(ours.block);
}

static void free_options(const cleat_files_options *o)
{
    drop(o->root);
    drop(o->directory);
    drop(o->user);
    drop(o->hidden);
    drop(o->allowed);
    drop(o->denied);
    drop(o->client);
}

static void destroy(cleat_files *f)
{
    void (*on_gone)(void *) = f->closed ? f->options.on_gone : NULL;
    void *user = f->options.user_data;
    cleat_sftp_server_free(f->server);
    port_tree_close(f->tree);
    owners_free(&f->owners);
    free_options(&f->options);
    cleat_ctx_unref(f->ctx);
    free(f);
    if (on_gone)
        on_gone(user);
}

static void tell_end(cleat_files *f)
{
    cleat_status st = cleat_sftp_server_status(f->server);
    if (f->told || f->closed)
        return;
    f->told = true;
    if (st != CLEAT_OK)
        files_log(f, CLEAT_LOG_ERROR, "bad message from the client: %s", cleat_status_text(st));
    if (f->options.on_end)
        f->options.on_end(f->options.user_data, st == CLEAT_OK ? 0 : STATUS_BROKEN);
}

/* ---- bytes ---- */

static void credit(cleat_files *f)
{
    size_t n = cleat_sftp_server_consumed(f->server);
    if (n && !f->closed && f->io.consumed)
        f->io.consumed(f->io.user, n);
}

/* True when something went out. */
static bool send_out(cleat_files *f)
{
    bool moved = false;
    while (!f->closed) {
        cleat_slice out = cleat_sftp_server_send_peek(f->server);
        ptrdiff_t accepted = out.len ? f->io.write(f->io.user, out) : 0;
        if (accepted < 0)
            cleat_sftp_server_abandon(f->server);
        if (accepted <= 0)
            break;
        cleat_sftp_server_send_done(f->server, (size_t)accepted);
        moved = true;
        if ((size_t)accepted < out.len)
            break;
    }
    return moved;
}

static void log_version(cleat_files *f)
{
    unsigned version = cleat_sftp_server_client_version(f->server);
    if (f->greeted || !version)
        return;
    f->greeted = true;
    files_log(f, CLEAT_LOG_VERBOSE, "received client version %u", version);
}

static void take_requests(cleat_files *f)
{
    const cleat_sftp_request *q;
    while ((q = cleat_sftp_server_next(f->server)) != NULL)
        queue_request(f, q);
    log_version(f);
    queue_start(f);
}

static void pump_once(cleat_files *f)
{
    do {
        credit(f);
        take_requests(f);
    } while (send_out(f));
    credit(f);
}

void files_pump(cleat_files *f)
{
    if (f->pumping) {
        f->again = true;
        return;
    }
    f->pumping = true;
    do {
        f->again = false;
        pump_once(f);
        if (cleat_sftp_server_is_over(f->server) && !f->busy)
            tell_end(f);
    } while (f->again);
    f->pumping = false;
    if (!f->closed && f->io.flush)
        f->io.flush(f->io.user);
    else if (f->closed && !f->busy && cleat_sftp_server_is_over(f->server))
        destroy(f);
}

void cleat_files_data(cleat_files *f, cleat_slice bytes)
{
    if (cleat_sftp_server_recv(f->server, bytes) != CLEAT_OK)
        f->again = true; /* the end comes by pumping */
    files_pump(f);
}

void cleat_files_writable(cleat_files *f)
{
    files_pump(f);
}

void cleat_files_eof(cleat_files *f)
{
    cleat_sftp_server_eof(f->server);
    files_pump(f);
}

void cleat_files_close(cleat_files *f)
{
    if (!f || f->closed)
        return;
    f->closed = true;
    atomic_store(&f->stopped, true);
    cleat_sftp_server_abandon(f->server);
    files_pump(f);
}

/* ---- the beginning ---- */

static bool keep(const char **text)
{
    if (!*text)
        return true;
    *text = files_format("%s", *text);
    return *text != NULL;
}

/* Each text is copied, or set to NULL, so that all can be freed. */
static bool keep_options(cleat_files *f)
{
    cleat_files_options *o = &f->options;
    bool kept = keep(&o->root);
    kept = keep(&o->directory) && kept;
    kept = keep(&o->user) && kept;
    kept = keep(&o->hidden) && kept;
    kept = keep(&o->allowed) && kept;
    kept = keep(&o->denied) && kept;
    return keep(&o->client) && kept;
}

static void on_refused(void *user, const char *name, uint32_t code)
{
    const cleat_files *f = user;
    files_log(f, CLEAT_LOG_VERBOSE, "refused: %s", *name ? name : "a request that is not known");
    log_code(f, code);
}

static cleat_status new_server(cleat_files *f)
{
    const cleat_sftp_server_options options = {
        .struct_size = sizeof options,
        .version_max = f->options.version_max,
        .newline = port_newline(),
        .lock_masks = files_lock_masks(),
        .client = f->options.client,
        .allowed = f->options.allowed,
        .denied = f->options.denied,
        .on_refused = on_refused,
        .user = f,
    };
    return cleat_sftp_server_new(&f->server, f->ctx, &options);
}

cleat_status files_fail(cleat_error *error, cleat_status st, const char *text)
{
    if (error)
        *error = (cleat_error){.status = st};
    for (size_t i = 0; error && text[i] && i + 1 < sizeof error->text; i++)
        error->text[i] = text[i];
    return st;
}

static cleat_status open_tree(cleat_files *f, cleat_error *error)
{
    int failure = port_tree_open(&f->tree, f->options.root);
    if (!failure)
        return CLEAT_OK;
    char *text = files_format("cannot open the root %s: %s", f->options.root, uv_strerror(failure));
    cleat_status st = failure == UV_ENOENT   ? CLEAT_E_NO_SUCH
                      : failure == UV_EACCES ? CLEAT_E_PERMISSION
                                             : CLEAT_E_IO;
    st = files_fail(error, st, text ? text : "out of memory");
    free(text);
    return st;
}

/* As the tree has paths. */
static bool place_directory(cleat_files *f)
{
    if (f->options.root)
        return f->options.directory[0] == '/';
    char *name = port_tree_name(f->options.directory);
    drop(f->options.directory);
    f->options.directory = name;
    return name != NULL;
}

static cleat_status begin(cleat_files *f, const cleat_files_options *options, cleat_error *error)
{
    if (!cleat_options_import(&f->options, sizeof f->options, options)) {
        f->options = (cleat_files_options){.struct_size = 0};
        return files_fail(error, CLEAT_E_BAD_CALL, "options of a newer version");
    }
    if (!keep_options(f))
        return files_fail(error, CLEAT_E_NOMEM, "out of memory");
    if (!f->options.directory || !place_directory(f))
        return files_fail(error, CLEAT_E_BAD_CALL, "the directory is not absolute");
    cleat_status st = open_tree(f, error);
    if (st != CLEAT_OK)
        return st;
    st = new_server(f);
    return st == CLEAT_OK ? st : files_fail(error, st, cleat_status_text(st));
}

cleat_files *files_alloc(void)
{
    cleat_files *f = calloc(1, sizeof *f);
    if (f && uv_mutex_init(&f->owners.lock) == 0)
        return f;
    free(f);
    return NULL;
}

cleat_status files_start(cleat_files **out, cleat_files *f, const cleat_files_options *options,
                         cleat_error *error)
{
    f->loop = f->io.loop;
    f->ctx = cleat_ctx_ref(f->io.ctx);
    f->paths.files = f;
    cleat_status st = begin(f, options, error);
    *out = st == CLEAT_OK ? f : NULL;
    if (st != CLEAT_OK)
        destroy(f);
    return st;
}

cleat_status cleat_files_new_on(cleat_files **out, const cleat_files_io *io,
                                const cleat_files_options *options, cleat_error *error)
{
    cleat_files *f = files_alloc();
    *out = NULL;
    if (!f)
        return files_fail(error, CLEAT_E_NOMEM, "out of memory");
    if (cleat_options_import(&f->io, sizeof f->io, io))
        return files_start(out, f, options, error);
    uv_mutex_destroy(&f->owners.lock);
    free(f);
    return files_fail(error, CLEAT_E_BAD_CALL, "options of a newer version");
}
