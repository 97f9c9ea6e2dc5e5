/* The lines of the old protocol of scp. */
#include "../base/error.h"
#include "../base/slice.h"

#include <cleat/rcp.h>

#include <inttypes.h>
#include <stdio.h>

enum { MODE_MOST = 07777 };

static cleat_status expected(cleat_error *err, const char *what)
{
    return cl_fail(err, CLEAT_E_PROTO, "scp: the other side has sent no %s", what);
}

static bool is_name(cleat_slice s)
{
    return s.len && !cl_slice_is(s, ".") && !cl_slice_is(s, "..") && !memchr(s.data, '/', s.len) &&
           !memchr(s.data, 0, s.len) && !memchr(s.data, '\n', s.len);
}

/* Four octal digits. */
static bool read_mode(cleat_slice text, uint32_t *mode)
{
    *mode = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '7')
            return false;
        *mode = *mode * 8 + (text.data[i] - (uint32_t)'0');
    }
    return text.len == 4;
}

/* "0644 12 name" */
static cleat_status read_entry(cleat_rcp_line *out, cleat_slice rest, cleat_error *err)
{
    cleat_slice mode;
    cleat_slice size;
    if (!cl_slice_split(&rest, ' ', &mode) || !read_mode(mode, &out->mode))
        return expected(err, "permissions, which are four octal digits");
    if (!cl_slice_split(&rest, ' ', &size) || !cl_slice_to_u64(size, INT64_MAX, &out->size))
        return expected(err, "size of a file");
    if (!is_name(rest))
        return cl_fail(err, CLEAT_E_PROTO, "scp: the other side has sent a name that is none");
    out->text = rest;
    return CLEAT_OK;
}

/* Seconds, then microseconds, which no system needs. */
static bool read_time(cleat_slice *rest, int64_t *seconds)
{
    cleat_slice whole;
    cleat_slice part;
    uint64_t number;
    uint64_t micro;
    if (!cl_slice_split(rest, ' ', &whole) || !cl_slice_split(rest, ' ', &part) ||
        !cl_slice_to_u64(whole, INT64_MAX, &number) || !cl_slice_to_u64(part, 999999, &micro))
        return false;
    *seconds = (int64_t)number;
    return true;
}

static cleat_status read_times(cleat_rcp_line *out, cleat_slice rest, cleat_error *err)
{
    bool good = read_time(&rest, &out->mtime) && read_time(&rest, &out->atime) && rest.len == 0;
    return good ? CLEAT_OK : expected(err, "times, which are four numbers");
}

cleat_status cleat_rcp_read(cleat_rcp_line *out, cleat_slice line, cleat_error *error)
{
    *out = (cleat_rcp_line){.type = CLEAT_RCP_FATAL};
    if (!line.len || line.len >= CLEAT_RCP_LINE_MAX)
        return expected(error, "line of this protocol");
    cleat_slice rest = cl_slice_cut(line, 1, line.len);
    out->type = (cleat_rcp_type)line.data[0];
    switch (line.data[0]) {
    case CLEAT_RCP_FILE:
    case CLEAT_RCP_DIRECTORY:
        return read_entry(out, rest, error);
    case CLEAT_RCP_TIMES:
        return read_times(out, rest, error);
    case CLEAT_RCP_END:
        return rest.len ? expected(error, "end of a directory") : CLEAT_OK;
    case CLEAT_RCP_WARNING:
    case CLEAT_RCP_FATAL:
        out->text = rest;
        return CLEAT_OK;
    default:
        return expected(error, "line of this protocol");
    }
}

static int put(const cleat_rcp_line *l, char *out)
{
    int len = (int)(l->text.len < CLEAT_RCP_LINE_MAX ? l->text.len : CLEAT_RCP_LINE_MAX);
    const char *text = l->text.len ? (const char *)l->text.data : "";
    switch (l->type) {
    case CLEAT_RCP_FILE:
    case CLEAT_RCP_DIRECTORY:
        return snprintf(out, CLEAT_RCP_LINE_MAX, "%c%04" PRIo32 " %" PRIu64 " %.*s\n",
                        (char)l->type, l->mode & MODE_MOST, l->size, len, text);
    case CLEAT_RCP_TIMES:
        return snprintf(out, CLEAT_RCP_LINE_MAX, "T%" PRId64 " 0 %" PRId64 " 0\n",
                        l->mtime > 0 ? l->mtime : 0, l->atime > 0 ? l->atime : 0);
    case CLEAT_RCP_END:
        return snprintf(out, CLEAT_RCP_LINE_MAX, "E\n");
    default:
        return snprintf(out, CLEAT_RCP_LINE_MAX, "%c%.*s\n", (char)l->type, len, text);
    }
}

static bool can_be_read(const cleat_rcp_line *line, const char *text, size_t len)
{
    cleat_rcp_line again;
    bool one_line = memchr(text, '\n', len) == NULL;
    return one_line && cleat_rcp_read(&again, cl_slice(text, len), NULL) == CLEAT_OK &&
           cleat_slice_equal(again.text, line->text);
}

size_t cleat_rcp_write(const cleat_rcp_line *line, char out[CLEAT_RCP_LINE_MAX])
{
    int len = put(line, out);
    if (len > 1 && len < CLEAT_RCP_LINE_MAX && can_be_read(line, out, (size_t)len - 1))
        return (size_t)len;
    out[0] = 0;
    return 0;
}
