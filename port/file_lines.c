/* Files piece by piece. */
#include "file_lines.h"

#include "fail.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { FIRST_ROOM = 128 << 10 };

typedef struct reading {
    int fd;
    const char *path;
    size_t limit, total; /* bytes of the file */
    uint8_t *data;       /* what no piece has been of yet */
    size_t len, room;
    port_piece_cb take;
    void *user;
} reading;

/* For a line that is longer than all the room. */
static bool grow(reading *r)
{
    size_t room = r->room ? 2 * r->room : FIRST_ROOM;
    uint8_t *larger = realloc(r->data, room);
    if (!larger)
        return false;
    r->data = larger;
    r->room = room;
    return true;
}

/* *got is 0 at the end. */
static cleat_status read_more(reading *r, size_t *got, cleat_error *error)
{
    uv_fs_t request;
    if (r->len == r->room && !grow(r))
        return port_fail_memory(error);
    uv_buf_t into = uv_buf_init((char *)r->data + r->len, (unsigned)(r->room - r->len));
    int n = uv_fs_read(NULL, &request, r->fd, &into, 1, -1, NULL);
    uv_fs_req_cleanup(&request);
    if (n < 0)
        return port_fail(error, CLEAT_E_IO, "cannot read %s: %s", r->path, uv_strerror(n));
    *got = (size_t)n;
    r->len += *got;
    r->total += *got;
    if (r->total > r->limit)
        return port_fail(error, CLEAT_E_LIMIT, "%s is larger than %zu bytes", r->path, r->limit);
    return CLEAT_OK;
}

unsigned port_lines_in(cleat_slice piece)
{
    unsigned count = 0;
    const uint8_t *end = piece.data + piece.len;
    for (const uint8_t *at = piece.data; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        count++;
    return count;
}

/* The whole lines that are there; at the end what is left, too. */
static bool hand_out(reading *r, bool at_end)
{
    size_t whole = r->len;
    while (!at_end && whole && r->data[whole - 1] != '\n')
        whole--;
    const cleat_slice piece = {r->data, whole};
    if (!whole)
        return true;
    bool more = r->take(r->user, piece);
    r->len -= whole;
    memmove(r->data, r->data + whole, r->len);
    return more;
}

cleat_status port_lines_read(int fd, const char *path, size_t limit, port_piece_cb take, void *user,
                             cleat_error *error)
{
    uv_fs_t request;
    reading r = {.fd = fd, .path = path, .limit = limit, .take = take, .user = user};
    cleat_status status = CLEAT_OK;
    size_t got = 1;
    bool more = true;
    while (status == CLEAT_OK && got && more) {
        status = read_more(&r, &got, error);
        if (status == CLEAT_OK)
            more = hand_out(&r, got == 0);
    }
    free(r.data);
    uv_fs_close(NULL, &request, fd, NULL);
    uv_fs_req_cleanup(&request);
    return status;
}
