#include "place.h"

#include "support/data.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the line ---- */

static void append(pipe_bytes *p, const void *data, size_t len)
{
    if (p->room - p->len < len) {
        p->room = 2 * (p->len + len);
        p->data = realloc(p->data, p->room);
        CU_ASSERT_PTR_NOT_NULL_FATAL(p->data);
    }
    memcpy(p->data + p->len, data, len);
    p->len += len;
}

static void on_read(cleat_stream *s, bool on)
{
    ((place *)s)->reads = on;
}

static ptrdiff_t on_write(cleat_stream *s, const cleat_slice *parts, size_t count, size_t *pending)
{
    ptrdiff_t total = 0;
    for (size_t i = 0; i < count; i++) {
        append(&((place *)s)->to_server, parts[i].data, parts[i].len);
        total += (ptrdiff_t)parts[i].len;
    }
    *pending = 0;
    return total;
}

static void do_nothing(cleat_stream *s)
{
    (void)s;
}

static ptrdiff_t answer(void *user, cleat_slice bytes)
{
    place *p = user;
    append(&p->to_client, bytes.data, bytes.len);
    return (ptrdiff_t)bytes.len;
}

static void carry_to_server(place *p)
{
    pipe_bytes now = p->to_server;
    p->to_server = (pipe_bytes){.data = NULL};
    size_t len = now.len < p->breaks_after ? now.len : p->breaks_after;
    p->breaks_after -= len;
    if (len)
        cleat_files_data(p->server, (cleat_slice){now.data, len});
    if (len < now.len && !p->over)
        p->stream.user.ended(p->stream.user.user, UV_EOF);
    free(now.data);
}

void place_carry_to_client(place *p)
{
    pipe_bytes now = p->to_client;
    p->to_client = (pipe_bytes){.data = NULL};
    for (size_t at = 0; at < now.len && !p->over;) {
        size_t room = 0;
        uint8_t *space = p->stream.user.space(p->stream.user.user, &room);
        size_t n = room < now.len - at ? room : now.len - at;
        memcpy(space, now.data + at, n);
        p->stream.user.received(p->stream.user.user, n);
        at += n;
    }
    free(now.data);
}

void place_turn(place *p)
{
    if (p->to_server.len)
        carry_to_server(p);
    if (p->to_client.len && p->reads)
        place_carry_to_client(p);
    uv_run(&p->loop, p->to_server.len || p->to_client.len ? UV_RUN_NOWAIT : UV_RUN_ONCE);
}

/* ---- both ends ---- */

static void on_started(void *user, cleat_sftp_link *l, const cleat_sftp_answer *a)
{
    place *p = user;
    (void)l;
    p->started = p->started || a->request == CLEAT_SFTP_REQ_START;
}

static void on_over(void *user, cleat_sftp_link *l, const cleat_error *why)
{
    place *p = user;
    (void)l;
    p->over = true;
    if (p->transfer)
        cleat_transfer_lost(p->transfer, why);
}

static void on_gone(void *user)
{
    ((place *)user)->gone = true;
}

void place_open(place *p, cleat_files_options options)
{
    static const stream_ops ops = {on_read, on_write, do_nothing, do_nothing};
    *p = (place){.stream = {.ops = &ops}, .breaks_after = NEVER, .ctx = data_ctx()};
    snprintf(p->there, sizeof p->there, "/tmp/cleat-transfers-XXXXXX");
    snprintf(p->here, sizeof p->here, "/tmp/cleat-transfers-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(p->there));
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(p->here));
    CU_ASSERT_EQUAL_FATAL(uv_loop_init(&p->loop), 0);
    const cleat_files_io io = {
        .struct_size = sizeof io, .loop = &p->loop, .ctx = p->ctx, .user = p, .write = answer};
    const cleat_sftp_link_options asked = {.struct_size = sizeof asked,
                                           .version = 6,
                                           .user = p,
                                           .on_answer = on_started,
                                           .on_end = on_over};
    options.struct_size = sizeof options;
    options.directory = p->there;
    options.user_data = p;
    options.on_gone = on_gone;
    CU_ASSERT_EQUAL_FATAL(cleat_files_new_on(&p->server, &io, &options, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(
        cleat_sftp_link_attach(&p->link, &p->loop, p->ctx, &p->stream, &asked, NULL), CLEAT_OK);
    cleat_sftp_link_send(p->link);
    while (!p->started && !p->over)
        place_turn(p);
    CU_ASSERT_TRUE_FATAL(p->started);
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

void place_close(place *p)
{
    cleat_sftp_link_close(p->link);
    cleat_files_close(p->server);
    while (!p->gone && uv_run(&p->loop, UV_RUN_ONCE)) {
    }
    uv_run(&p->loop, UV_RUN_DEFAULT);
    CU_ASSERT_EQUAL(uv_loop_close(&p->loop), 0);
    cleat_ctx_unref(p->ctx);
    free(p->to_server.data);
    free(p->to_client.data);
    nftw(p->there, drop, 16, FTW_PHYS | FTW_DEPTH);
    nftw(p->here, drop, 16, FTW_PHYS | FTW_DEPTH);
}

/* ---- files ---- */

const char *path_in(const char *folder, const char *name)
{
    static char paths[4][2 * PATH_SIZE];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

void make_folder(const char *path)
{
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
}

void store_file(const char *path, size_t len, uint8_t first)
{
    FILE *out = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    for (size_t i = 0; i < len; i++)
        putc((uint8_t)(first + i % 251), out);
    fclose(out);
}

size_t file_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (size_t)st.st_size : SIZE_MAX;
}

bool file_holds(const char *path, size_t len, uint8_t first)
{
    FILE *file = fopen(path, "rb");
    size_t i = 0;
    bool same = file != NULL;
    for (int c; same && (c = getc(file)) != EOF; i++)
        same = (uint8_t)c == (uint8_t)(first + i % 251);
    if (file)
        fclose(file);
    return same && i == len;
}

const char *first_name(const char *folder, const char *start)
{
    static char found[PATH_SIZE];
    DIR *d = opendir(folder);
    found[0] = 0;
    for (struct dirent *e; d && !found[0] && (e = readdir(d)) != NULL;) {
        if (strncmp(e->d_name, start, strlen(start)) == 0)
            snprintf(found, sizeof found, "%.199s", e->d_name);
    }
    if (d)
        closedir(d);
    return found;
}

/* ---- copies ---- */

void place_on_event(void *user, cleat_transfer *t, const cleat_transfer_event *ev)
{
    place *p = user;
    const char *to = ev->to;
    (void)t;
    if (ev->type == CLEAT_TRANSFER_ERROR)
        snprintf(p->said + strlen(p->said), sizeof p->said - strlen(p->said), "%s\n",
                 ev->error->text);
    p->made += ev->type == CLEAT_TRANSFER_DIR;
    p->removed += ev->type == CLEAT_TRANSFER_END;
    p->steps += ev->type == CLEAT_TRANSFER_PROGRESS;
    if (ev->type == CLEAT_TRANSFER_PROGRESS) {
        bool puts = strncmp(to, p->there, strlen(p->there)) == 0;
        const char *found = first_name(puts ? p->there : p->here, "f.part");
        if (*found)
            memcpy(p->part, found, sizeof p->part);
        p->was_complete = p->was_complete || access(to, F_OK) == 0;
    }
}

void place_on_done(void *user, cleat_transfer *t, const cleat_error *why)
{
    place *p = user;
    (void)t;
    p->transfer = NULL;
    p->status = why->status;
}

void place_start(place *p, cleat_transfer_direction way, const char *from, const char *to,
                 cleat_transfer_options options)
{
    options.struct_size = sizeof options;
    options.user = p;
    options.on_event = place_on_event;
    options.on_done = place_on_done;
    p->said[0] = p->part[0] = 0;
    p->was_complete = false;
    CU_ASSERT_EQUAL_FATAL(
        cleat_transfer_start(&p->transfer, p->link, &p->loop, way, from, to, &options), CLEAT_OK);
}

cleat_status place_copy(place *p, cleat_transfer_direction way, const char *from, const char *to,
                        cleat_transfer_options options)
{
    place_start(p, way, from, to, options);
    while (p->transfer)
        place_turn(p);
    return p->status;
}
