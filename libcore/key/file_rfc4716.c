/* RFC 4716's public key files. */
#include "file_rfc4716.h"

#include "../base/base64.h"
#include "../base/error.h"
#include "armour.h"
#include "public_text.h"

#include <string.h>

#define BEGIN "---- BEGIN SSH2 PUBLIC KEY ----"
#define END "---- END SSH2 PUBLIC KEY ----"

enum { LINE_MAX_BYTES = 72, COLUMNS = 70 }; /* RFC 4716 §3: lines are no longer than 72 */

static bool next_line(cleat_slice *rest, cleat_slice *line, size_t *number)
{
    if (!cl_slice_line(rest, line, NULL))
        return false;
    *line = cl_slice_trim(*line);
    (*number)++;
    return true;
}

bool cl_rfc4716_find(cleat_slice file, cleat_slice *rest, size_t *line)
{
    cleat_slice text;
    *rest = file;
    *line = 0;
    while (next_line(rest, &text, line)) {
        if (cl_slice_is(text, BEGIN))
            return true;
    }
    return false;
}

void cl_rfc4716_skip(cleat_slice *rest, size_t *line)
{
    cleat_slice text;
    while (next_line(rest, &text, line)) {
        if (cl_slice_is(text, END))
            return;
    }
}

static bool is_header(cleat_slice line)
{
    return line.len && memchr(line.data, ':', line.len) != NULL;
}

/* The value of a header whose first line is given; a backslash at a line's end joins the next to
 * it (§3.3). */
static void join_lines(cleat_slice line, cleat_slice *rest, size_t *number, cl_buf *value)
{
    while (cl_slice_ends(line, "\\")) {
        cl_buf_add_slice(value, cl_slice_cut(line, 0, line.len - 1));
        if (!next_line(rest, &line, number))
            return;
    }
    cl_buf_add_slice(value, line);
}

static cleat_slice without_quotes(cleat_slice s)
{
    bool quoted = s.len >= 2 && s.data[0] == '"' && s.data[s.len - 1] == '"';
    return quoted ? cl_slice_cut(s, 1, s.len - 1) : s;
}

/* One header; the comment's value goes to `comment`. Tags ignore case (§3.3). */
static cleat_status take_header(cleat_slice line, cleat_slice *rest, size_t *number,
                                cl_buf *comment)
{
    static const char tag[] = "Comment:";
    cl_buf whole = CL_BUF(comment->mem);
    join_lines(line, rest, number, &whole);
    cleat_slice all = cl_buf_slice(&whole);
    if (cl_slice_is_nocase(cl_slice_cut(all, 0, strlen(tag)), tag)) {
        cl_buf_reset(comment);
        cl_buf_add_slice(comment,
                         without_quotes(cl_slice_trim(cl_slice_cut(all, strlen(tag), all.len))));
    }
    cleat_status st = whole.status == CLEAT_OK ? comment->status : whole.status;
    cl_buf_free(&whole);
    return st;
}

/* Everything up to the END line. */
static cleat_status take_all(cleat_slice rest, size_t number, cl_buf *blob, cl_buf *comment,
                             cleat_error *err)
{
    cleat_slice line;
    cl_buf text = CL_BUF(blob->mem);
    cleat_status st = CLEAT_OK;
    bool ended = false;
    size_t body = 0;
    while (st == CLEAT_OK && !ended && next_line(&rest, &line, &number)) {
        ended = cl_slice_is(line, END);
        if (ended)
            continue;
        if (!body && is_header(line)) {
            st = take_header(line, &rest, &number, comment);
        } else {
            body = body ? body : number;
            cl_buf_add_slice(&text, line);
        }
    }
    if (st == CLEAT_OK)
        st = text.status;
    if (st != CLEAT_OK)
        st = cl_fail(err, st, "%s", cleat_status_text(st));
    else if (!ended)
        st = cl_fail(err, CLEAT_E_KEY_FORMAT, "line %zu: expected \"" END "\"", number + 1);
    else if (text.len > CL_KEY_BLOB_MAX / 3 * 4 || cl_base64_decode(blob, cl_buf_slice(&text)) != 0)
        st = cl_fail(err, CLEAT_E_KEY_FORMAT, "line %zu: expected a key in base64", body);
    cl_buf_free(&text);
    return st;
}

cleat_status cl_rfc4716_read(const cl_env *env, cleat_slice rest, size_t line, cleat_key **out,
                             cleat_error *err)
{
    *out = NULL;
    cl_buf blob = CL_BUF(env->mem);
    cl_buf comment = CL_BUF(env->mem);
    cleat_status st = take_all(rest, line, &blob, &comment, err);
    if (st == CLEAT_OK)
        st = cl_key_from_blob(env, cl_buf_slice(&blob), out, err);
    if (st == CLEAT_OK && cl_key_set_comment(*out, cl_buf_slice(&comment)) != CLEAT_OK) {
        st = cl_fail(err, CLEAT_E_NOMEM, "out of memory");
        cleat_key_unref(*out);
        *out = NULL;
    }
    cl_buf_free(&blob);
    cl_buf_free(&comment);
    return st;
}

/* Each line but the last ends in a backslash. */
static void put_header(cl_buf *out, cleat_slice header)
{
    while (header.len > LINE_MAX_BYTES) {
        cl_buf_add_slice(out, cl_slice_cut(header, 0, LINE_MAX_BYTES - 1));
        cl_buf_add_text(out, "\\\n");
        header = cl_slice_cut(header, LINE_MAX_BYTES - 1, header.len);
    }
    cl_buf_add_slice(out, header);
    cl_buf_add_byte(out, '\n');
}

void cl_rfc4716_write(const cleat_key *key, cl_buf *out)
{
    cl_buf text = CL_BUF(out->mem);
    cl_buf_add_text(out, BEGIN "\n");
    if (key->comment[0]) {
        cl_buf_add_text(&text, "Comment: \"");
        cl_key_put_comment(key, &text);
        cl_buf_add_byte(&text, '"');
        put_header(out, cl_buf_slice(&text));
        cl_buf_truncate(&text, 0);
    }
    cl_base64_encode(&text, cl_buf_slice(&key->blob), true);
    cl_put_columns(out, cl_buf_slice(&text), COLUMNS);
    cl_buf_add_text(out, END "\n");
    if (text.status != CLEAT_OK)
        out->status = text.status;
    cl_buf_free(&text);
}
