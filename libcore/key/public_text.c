/* Public keys as text. */
#include "public_text.h"

#include "../base/base64.h"
#include "../base/error.h"
#include "cert_openssh.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* Takes the next word off the text, with the blanks after it. */
static cleat_slice take_word(cleat_slice *text)
{
    size_t end = 0;
    while (end < text->len && !is_blank(text->data[end]))
        end++;
    cleat_slice word = cl_slice_cut(*text, 0, end);
    *text = cl_slice_trim(cl_slice_cut(*text, end, text->len));
    return word;
}

bool cl_key_text_split(cleat_slice text, cleat_slice *type, cleat_slice *base64,
                       cleat_slice *comment)
{
    *comment = cl_slice_trim(text);
    *type = take_word(comment);
    *base64 = take_word(comment);
    return base64->len != 0;
}

cleat_status cl_key_text_decode(cleat_slice type, cleat_slice base64, cl_buf *blob,
                                cleat_error *err)
{
    size_t start = blob->len;
    size_t most = cl_slice_ends(type, CL_CERT_SUFFIX) ? CL_CERT_BLOB_MAX : CL_KEY_BLOB_MAX;
    if (base64.len > most / 3 * 4)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "the key has %zu characters, too many", base64.len);
    cl_buf_reserve(blob, base64.len / 4 * 3 + 3);
    cleat_status st = cl_base64_decode(blob, base64);
    if (st == CLEAT_E_FORMAT)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "expected base64 after the key type");
    if (st != CLEAT_OK)
        return cl_fail(err, st, "%s", cleat_status_text(st));
    cl_reader r = cl_reader_of(cl_slice(blob->data + start, blob->len - start));
    cleat_slice inner = cl_get_string(&r);
    if (r.fault != CLEAT_OK || !cleat_slice_equal(inner, type))
        return cl_fail(err, CLEAT_E_KEY_FORMAT,
                       "the key is not of the type \"%.*s\" that stands before it",
                       (int)(type.len < 64 ? type.len : 64), (const char *)type.data);
    return CLEAT_OK;
}

cleat_status cl_key_from_text(const cl_env *env, cleat_slice text, cleat_key **out,
                              cleat_error *err)
{
    *out = NULL;
    cleat_slice type, base64, comment;
    if (!cl_key_text_split(text, &type, &base64, &comment))
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "expected a key type and base64");
    cl_buf blob = CL_BUF(env->mem);
    cleat_status st = cl_key_text_decode(type, base64, &blob, err);
    if (st == CLEAT_OK)
        st = cl_key_from_blob(env, cl_buf_slice(&blob), out, err);
    cl_buf_free(&blob);
    if (st != CLEAT_OK)
        return st;
    st = cl_key_set_comment(*out, comment);
    if (st == CLEAT_OK)
        return st;
    cleat_key_unref(*out);
    *out = NULL;
    return cl_fail(err, st, "out of memory");
}

bool cl_key_text_first_line(cleat_slice file, cleat_slice *line, size_t *number)
{
    *number = 0;
    while (cl_slice_line(&file, line, NULL)) {
        (*number)++;
        *line = cl_slice_trim(*line);
        if (line->len && line->data[0] != '#')
            return true;
    }
    return false;
}

void cl_key_put_comment(const cleat_key *key, cl_buf *out)
{
    for (const char *c = key->comment; *c; c++)
        cl_buf_add_byte(out, (uint8_t)*c < 0x20 || *c == 0x7f ? ' ' : (uint8_t)*c);
}

void cl_key_put_text(const cleat_key *key, cl_buf *out)
{
    cl_buf_add_text(out, key->type->name);
    cl_buf_add_byte(out, ' ');
    cl_base64_encode(out, cl_buf_slice(&key->blob), true);
    if (key->comment[0]) {
        cl_buf_add_byte(out, ' ');
        cl_key_put_comment(key, out);
    }
}
