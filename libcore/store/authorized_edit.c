/* Adding and removing lines of authorized_keys. */
#include "../alg/ctx.h"
#include "../key/public_text.h"
#include "authorized_int.h"
#include "edit.h"

#include <cleat/edit.h>

/* As much of the options as their text tells: one list, on one line. */
static bool is_option_list(const char *text)
{
    cleat_slice options;
    cleat_slice rest;
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 && *c != '\t')
            return false;
    }
    return cl_key_line_split(cleat_slice_of(text), &options, &rest) && options.len == strlen(text);
}

static bool is_authority(cleat_slice options)
{
    cleat_slice name;
    cleat_slice quoted;
    bool has_value;
    while (options.len && cl_key_option_cut(&options, &name, &has_value, &quoted)) {
        if (cl_slice_is_nocase(name, "cert-authority"))
            return true;
        options = cl_slice_cut(options, 1, options.len);
    }
    return false;
}

/* Goes on to the next line with the key. */
static bool next_with(cl_edit *e, const cl_key_text *text, cleat_slice *options)
{
    cleat_slice key;
    while (cl_edit_next(e)) {
        if (cl_key_line_split(e->line, options, &key) && cl_key_text_is(text, key))
            return true;
    }
    return false;
}

static void put_line(cl_edit *e, const char *options, const cleat_key *key)
{
    cl_buf *out = cl_edit_begin(e);
    if (options) {
        cl_buf_add_text(out, options);
        cl_buf_add_byte(out, ' ');
    }
    cl_key_put_text(key, out);
    cl_edit_end(e);
}

cleat_status cleat_authorized_keys_add(cleat_ctx *ctx, cleat_slice file, const char *options,
                                       const cleat_key *key, unsigned *count, cleat_bytes *out)
{
    cl_key_text text;
    cleat_slice found;
    bool there = false;
    *out = (cleat_bytes){0};
    *count = 0;
    if (options && !is_option_list(options))
        return CLEAT_E_BAD_CALL;
    cleat_status st = cl_key_text_of(&text, cl_ctx_env(ctx)->mem, key);
    cl_edit e = cl_edit_of(cl_ctx_env(ctx)->mem, file);
    while (st == CLEAT_OK && next_with(&e, &text, &found))
        there = there || !is_authority(found);
    if (st == CLEAT_OK && !there) {
        put_line(&e, options, key);
        *count = 1;
    }
    cl_key_text_free(&text);
    return cl_edit_finish(&e, ctx, st, out);
}

cleat_status cleat_authorized_keys_remove(cleat_ctx *ctx, cleat_slice file, const cleat_key *key,
                                          unsigned *count, cleat_bytes *out)
{
    cl_key_text text;
    cleat_slice options;
    *out = (cleat_bytes){0};
    *count = 0;
    cleat_status st = cl_key_text_of(&text, cl_ctx_env(ctx)->mem, key);
    cl_edit e = cl_edit_of(cl_ctx_env(ctx)->mem, file);
    while (st == CLEAT_OK && next_with(&e, &text, &options)) {
        cl_edit_drop(&e);
        (*count)++;
    }
    cl_key_text_free(&text);
    return cl_edit_finish(&e, ctx, st, out);
}
