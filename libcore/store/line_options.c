/* Options before keys. */
#include "line_options.h"

size_t cl_line_name_len(cleat_slice text)
{
    size_t n = 0;
    while (n < text.len && text.data[n] != '=' && text.data[n] != ',' && text.data[n] != ' ' &&
           text.data[n] != '\t')
        n++;
    return n;
}

/* Reads a quoted value, in which \" stands for a quote. False when the quote does not end. */
static bool read_quoted(cleat_slice *rest, cl_buf *value)
{
    size_t i = 1;
    for (; i < rest->len && rest->data[i] != '"'; i++) {
        bool escape = rest->data[i] == '\\' && i + 1 < rest->len && rest->data[i + 1] == '"';
        i += escape;
        cl_buf_add_byte(value, rest->data[i]);
    }
    if (i >= rest->len)
        return false;
    *rest = cl_slice_cut(*rest, i + 1, rest->len);
    return true;
}

static const char *take_option(cleat_slice *rest, cl_buf *value, cl_line_option_fn apply,
                               void *user)
{
    cleat_slice name = cl_slice_cut(*rest, 0, cl_line_name_len(*rest));
    *rest = cl_slice_cut(*rest, name.len, rest->len);
    bool has_value = rest->len && rest->data[0] == '=';
    if (has_value)
        *rest = cl_slice_cut(*rest, 1, rest->len);
    if (has_value && !(rest->len && rest->data[0] == '"' && read_quoted(rest, value)))
        return "an option's value needs quotes";
    apply(user, name, cl_buf_slice(value), has_value);
    return value->status == CLEAT_OK ? NULL : "out of memory";
}

const char *cl_line_options(const cleat_allocator *mem, cleat_slice *rest, cl_line_option_fn apply,
                            void *user)
{
    for (;;) {
        cl_buf value = CL_BUF(mem);
        const char *fault = take_option(rest, &value, apply, user);
        cl_buf_free(&value);
        if (fault || rest->len == 0 || rest->data[0] != ',')
            return fault;
        *rest = cl_slice_cut(*rest, 1, rest->len);
    }
}
