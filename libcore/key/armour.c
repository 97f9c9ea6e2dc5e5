/* Armoured text. */
#include "armour.h"

#include "../base/base64.h"
#include "../base/error.h"
#include "../base/slice.h"

#define DASHES "-----"

enum { LABEL_MAX = 64 };

bool cl_armour_next_line(cleat_slice *rest, cleat_slice *line)
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

bool cl_armour_is_begin(cleat_slice line)
{
    cleat_slice label;
    return boundary(line, "BEGIN ", &label) && label.len <= LABEL_MAX;
}

cleat_status cl_armour_take(cleat_slice *rest, size_t *lines, cl_armour *out, cleat_error *err)
{
    cleat_slice line, label;
    *out = (cl_armour){0};
    cl_armour_next_line(rest, &line);
    boundary(line, "BEGIN ", &out->label);
    out->whole = line;
    out->line = ++*lines + 1;
    const uint8_t *body = rest->data;
    while (cl_armour_next_line(rest, &line)) {
        ++*lines;
        if (boundary(line, "END ", &label) && cleat_slice_equal(label, out->label)) {
            out->body = cl_slice(body, (size_t)(line.data - body));
            out->whole.len = (size_t)(line.data + line.len - out->whole.data);
            return CLEAT_OK;
        }
    }
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "line %zu: expected \"-----END %.*s-----\"", *lines + 1,
                   (int)out->label.len, (const char *)out->label.data);
}

cleat_status cl_armour_find(cleat_slice file, const char *suffix, cl_armour *out, cleat_error *err)
{
    *out = (cl_armour){0};
    if (file.len > CL_KEY_FILE_MAX)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "the file has %zu bytes, too many for a key",
                       file.len);
    cleat_slice rest = file;
    cleat_slice here = file;
    cleat_slice line, label;
    for (size_t lines = 0; cl_armour_next_line(&rest, &line); here = rest, lines++) {
        if (cl_armour_is_begin(line) && boundary(line, "BEGIN ", &label) &&
            cl_slice_ends(label, suffix))
            return cl_armour_take(&here, &lines, out, err);
    }
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "expected a line \"-----BEGIN ... %s-----\"", suffix);
}

/* Which line is to blame; they are decoded one by one only for this. */
static size_t bad_line(const cl_armour *a, const cleat_allocator *mem)
{
    size_t number = a->line;
    cleat_slice rest = a->body;
    cleat_slice line;
    while (cl_armour_next_line(&rest, &line)) {
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
