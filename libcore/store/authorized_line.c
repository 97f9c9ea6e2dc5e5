/* A line of authorized_keys: where its options end, and whether it holds a key. */
#include "../base/base64.h"
#include "../key/key.h"
#include "authorized_int.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* ---- options ---- */

static size_t name_len(cleat_slice s)
{
    size_t n = 0;
    while (n < s.len && s.data[n] != '=' && s.data[n] != ',' && !is_blank(s.data[n]))
        n++;
    return n;
}

/* The length of what stands in quotes at the start of s; false when they do not end. */
static bool quoted_len(cleat_slice s, size_t *len)
{
    size_t i = 1;
    while (i < s.len && s.data[i] != '"')
        i += s.data[i] == '\\' && i + 1 < s.len && s.data[i + 1] == '"' ? 2 : 1;
    *len = i - 1;
    return s.len && s.data[0] == '"' && i < s.len;
}

bool cl_key_option_cut(cleat_slice *rest, cleat_slice *name, bool *has_value, cleat_slice *quoted)
{
    size_t len;
    *name = cl_slice_cut(*rest, 0, name_len(*rest));
    *rest = cl_slice_cut(*rest, name->len, rest->len);
    *quoted = CL_SLICE_EMPTY;
    *has_value = rest->len && rest->data[0] == '=';
    if (!*has_value)
        return true;
    *rest = cl_slice_cut(*rest, 1, rest->len);
    if (!quoted_len(*rest, &len))
        return false;
    *quoted = cl_slice_cut(*rest, 1, len + 1);
    *rest = cl_slice_cut(*rest, len + 2, rest->len);
    return true;
}

bool cl_key_options_split(cleat_slice text, cleat_slice *options, cleat_slice *rest)
{
    cleat_slice name;
    cleat_slice quoted;
    bool has_value;
    *rest = text;
    while (cl_key_option_cut(rest, &name, &has_value, &quoted)) {
        if (!rest->len || rest->data[0] != ',') {
            *options = cl_slice_cut(text, 0, text.len - rest->len);
            bool ends = !rest->len || is_blank(rest->data[0]);
            *rest = cl_slice_trim(*rest);
            return ends;
        }
        *rest = cl_slice_cut(*rest, 1, rest->len);
    }
    return false;
}

/* Takes the quotes off, in which \" stands for a quote. */
static void unquote(cl_buf *value, cleat_slice quoted)
{
    for (size_t i = 0; i < quoted.len; i++) {
        i += quoted.data[i] == '\\' && i + 1 < quoted.len && quoted.data[i + 1] == '"';
        cl_buf_add_byte(value, quoted.data[i]);
    }
}

const char *cl_key_options_each(const cleat_allocator *mem, cleat_slice options,
                                cl_key_option_fn apply, void *user)
{
    cleat_slice name;
    cleat_slice quoted;
    bool has_value;
    bool more = options.len != 0;
    while (more) {
        cl_buf value = CL_BUF(mem);
        if (!cl_key_option_cut(&options, &name, &has_value, &quoted))
            return "an option's value needs quotes";
        unquote(&value, quoted);
        bool complete = value.status == CLEAT_OK;
        if (complete)
            apply(user, name, cl_buf_slice(&value), has_value);
        cl_buf_free(&value);
        if (!complete)
            return "out of memory";
        more = options.len != 0; /* a comma, then */
        options = cl_slice_cut(options, 1, options.len);
    }
    return NULL;
}

bool cl_key_line_split(cleat_slice line, cleat_slice *options, cleat_slice *key)
{
    *options = CL_SLICE_EMPTY;
    *key = cl_slice_trim(line);
    if (!key->len || key->data[0] == '#')
        return false;
    if (cl_key_type_find(cl_slice_cut(*key, 0, name_len(*key))))
        return true;
    return cl_key_options_split(*key, options, key);
}

/* ---- keys ---- */

cleat_status cl_key_text_of(cl_key_text *text, const cleat_allocator *mem, const cleat_key *key)
{
    *text = (cl_key_text){.type = cleat_slice_of(cleat_key_type(key)), .base64 = CL_BUF(mem)};
    cl_base64_encode(&text->base64, cleat_key_blob(key), false);
    return text->base64.status;
}

void cl_key_text_free(cl_key_text *text)
{
    cl_buf_free(&text->base64);
}

/* Base64 has one form for each key but for its padding, so the text is all that needs to be looked
 * at: nothing is decoded, and of most keys only the first bytes are read. */
bool cl_key_text_is(const cl_key_text *text, cleat_slice key)
{
    size_t i = text->type.len;
    size_t pads = 0;
    const cl_buf *base64 = &text->base64;
    if (key.len <= i || memcmp(key.data, text->type.data, i) != 0 || !is_blank(key.data[i]))
        return false;
    while (i < key.len && is_blank(key.data[i]))
        i++;
    if (key.len - i < base64->len || memcmp(key.data + i, base64->data, base64->len) != 0)
        return false;
    i += base64->len;
    while (i < key.len && key.data[i] == '=' && pads < 2) {
        i++;
        pads++;
    }
    return i == key.len || is_blank(key.data[i]);
}
