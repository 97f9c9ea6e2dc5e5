/* Armoured text. */
#include "armour.h"

#include "../base/base64.h"
#include "../base/error.h"
#include "../base/slice.h"

#define DASHES "-----"

static bool next_line(cleat_slice *rest, cleat_slice *line)
{
    if (!cl_slice_line(rest, line, NULL))
        return false;
    *line = cl_slice_trim(*line);
    return true;
}

/* The X of "-----BEGIN X-----". */
static bool boundary(cleat_slice line, const char *verb, cleat_slice *label)
{
    size_t head = strlen(DASHES) + strlen(verb);
    size_t tail = strlen(DASHES);
    if (line.len < head + tail || !cl_slice_starts(line, DASHES) || !cl_slice_ends(line, DASHES))
        return false;
    cleat_slice rest = cl_slice_cut(line, strlen(DASHES), line.len);
    *label = cl_slice_cut(line, head, line.len - tail);
    return cl_slice_starts(rest, verb);
}

static cleat_status find_end(cleat_slice rest, size_t line_number, cl_armour *a, cleat_error *err)
{
    const uint8_t *body = rest.data;
    cleat_slice line;
    cleat_slice label;
    while (next_line(&rest, &line)) {
        if (boundary(line, "END ", &label) && cleat_slice_equal(label, a->label)) {
            a->body = cl_slice(body, (size_t)(line.data - body));
            a->whole.len = (size_t)(line.data + line.len - a->whole.data);
            return CLEAT_OK;
        }
        line_number++;
    }
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "line %zu: expected \"-----END %.*s-----\"",
                   line_number, (int)a->label.len, (const char *)a->label.data);
}

cleat_status cl_armour_find(cleat_slice file, const char *suffix, cl_armour *out, cleat_error *err)
{
    *out = (cl_armour){0};
    if (file.len > CL_KEY_FILE_MAX)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "the file has %zu bytes, too many for a key",
                       file.len);
    cleat_slice rest = file;
    cleat_slice line;
    for (size_t number = 1; next_line(&rest, &line); number++) {
        if (!boundary(line, "BEGIN ", &out->label) || !cl_slice_ends(out->label, suffix) ||
            out->label.len > 64)
            continue;
        out->line = number + 1;
        out->whole = line;
        return find_end(rest, number + 1, out, err);
    }
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "expected a line \"-----BEGIN ... %s-----\"", suffix);
}

/* Which line is to blame; they are decoded one by one only for this. */
static size_t bad_line(const cl_armour *a, const cleat_allocator *mem)
{
    size_t number = a->line;
    cleat_slice rest = a->body;
    cleat_slice line;
    while (next_line(&rest, &line)) {
        cl_buf scratch = CL_BUF_SECRET(mem);
        cleat_slice quads = cl_slice_cut(line, 0, line.len - line.len % 4);
        bool good = cl_base64_decode(&scratch, quads) == CLEAT_OK;
        cl_buf_free(&scratch);
        if (!good)
            break;
        number++;
    }
    return number;
}

cleat_status cl_armour_decode(const cl_armour *a, cl_buf *out, cleat_error *err)
{
    cl_buf_reserve(out, a->body.len / 4 * 3 + 3);
    cleat_status st = cl_base64_decode(out, a->body);
    if (st == CLEAT_OK)
        return st;
    if (st != CLEAT_E_FORMAT)
        return cl_fail(err, st, "%s", cleat_status_text(st));
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "line %zu: expected base64", bad_line(a, out->mem));
}

void cl_put_columns(cl_buf *out, cleat_slice text, size_t columns)
{
    cl_buf_reserve(out, text.len + text.len / columns + 1);
    for (size_t at = 0; at < text.len; at += columns) {
        cl_buf_add_slice(out, cl_slice_cut(text, at, at + columns));
        cl_buf_add_byte(out, '\n');
    }
}

void cl_armour_encode(cl_buf *out, const char *label, cleat_slice data, size_t columns)
{
    cl_buf text = CL_BUF_SECRET(out->mem);
    cl_buf_reserve(&text, data.len / 3 * 4 + 4);
    cl_base64_encode(&text, data, true);
    cl_buf_reserve(out, text.len + text.len / columns + 128);
    cl_buf_printf(out, DASHES "BEGIN %s" DASHES "\n", label);
    cl_put_columns(out, cl_buf_slice(&text), columns);
    cl_buf_printf(out, DASHES "END %s" DASHES "\n", label);
    if (text.status != CLEAT_OK)
        out->status = text.status;
    cl_buf_free(&text);
}
