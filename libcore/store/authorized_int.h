/* Lines of authorized_keys and of its like, for those who find keys in them and those who change
 * them. */
#ifndef CL_STORE_AUTHORIZED_INT_H
#define CL_STORE_AUTHORIZED_INT_H

#include "../base/arena.h"
#include "../base/buf.h"
#include "../base/slice.h"

#include <cleat/store.h>

enum { CL_KEY_OPTION_VALUES_MAX = 64 };

struct cleat_key_options_memory {
    const cleat_allocator *mem;
    cl_arena arena;
    const char *environment[CL_KEY_OPTION_VALUES_MAX + 1];
    const char *permit_open[CL_KEY_OPTION_VALUES_MAX + 1];
    const char *permit_listen[CL_KEY_OPTION_VALUES_MAX + 1];
    size_t environment_count, permit_open_count, permit_listen_count;
};

/* ---- a line's parts ---- */

/* Cuts one option off: a name, or a name, '=' and a value in quotes, in which \" stands for a
 * quote. False when that cannot be read. */
bool cl_key_option_cut(cleat_slice *rest, cleat_slice *name, bool *has_value, cleat_slice *quoted);

/* Cuts a list of options off the rest, which is trimmed. False when its end cannot be told. */
bool cl_key_options_split(cleat_slice text, cleat_slice *options, cleat_slice *rest);

/* Hands over the options of a list, one by one, with their values as they are meant. NULL, or what
 * is wrong; those before it have been handed over then. */
typedef void (*cl_key_option_fn)(void *user, cleat_slice name, cleat_slice value, bool has_value);
const char *cl_key_options_each(const cleat_allocator *mem, cleat_slice options,
                                cl_key_option_fn apply, void *user);

/* Cuts what is before the key, which may be nothing, off the key. False for an empty line, a
 * comment, and options whose end cannot be told. */
bool cl_key_line_split(cleat_slice line, cleat_slice *options, cleat_slice *key);

/* The text of a key, for comparison with many lines. */
typedef struct cl_key_text {
    cleat_slice type;
    cl_buf base64; /* without padding */
} cl_key_text;

/* Free it in any case. */
CLEAT_MUST_USE cleat_status cl_key_text_of(cl_key_text *text, const cleat_allocator *mem,
                                           const cleat_key *key);
void cl_key_text_free(cl_key_text *text);

/* True for "type base64 comment" of this very key. */
bool cl_key_text_is(const cl_key_text *text, cleat_slice key);

/* ---- finding ---- */

/* One line while it is judged. */
typedef struct cl_key_line {
    cleat_key_options *options;
    const cleat_key_peer *peer;
    const cleat_key *subject;  /* the key that has proved itself */
    const cleat_cert *cert;    /* NULL: a plain key */
    const cleat_cert_use *use; /* of the certificate */
    const cleat_x509 *chain;   /* X.509's, instead */
    bool authority;            /* the line's key may certify others */
    const char *principals;    /* the names that it may certify; NULL: the user's */
    const char *refusal;       /* NULL: fine so far */
    cleat_slice unknown;       /* the last option that is not in the table */
    cleat_error why;           /* the certificate is not good */
} cl_key_line;

/* Applies a list of options, which ends where the slice does; an empty one is none. */
void cl_key_options_read(cl_key_line *l, cleat_slice options);

/* A copy that lives as long as the line's options. */
const char *cl_key_line_keep(cl_key_line *l, cleat_slice text);

/* What is looked for in a file, line by line. */
typedef struct cl_key_search {
    cl_key_line line; /* each begins as this */
    cl_key_text key;
    /* Whether the line is about it, without a look at the options; cuts it up. */
    bool (*is_about)(const struct cl_key_search *search, cleat_slice line, cleat_slice *options,
                     cleat_slice *subject);
    /* With the options applied: false when it is not about it after all, else l->refusal tells
     * whether it may be used. */
    bool (*judge)(cl_key_line *l, cleat_slice subject);
} cl_key_search;

/* As cleat_authorized_keys_find. */
CLEAT_MUST_USE cleat_status cl_key_search_run(cleat_ctx *ctx, cleat_slice file,
                                              const char *file_name, const cl_key_search *search,
                                              cleat_key_options *options, cleat_bytes *problems);

/* The same in lines with this key. */
CLEAT_MUST_USE cleat_status cl_key_search_keys(cleat_ctx *ctx, cleat_slice file,
                                               const char *file_name, const cleat_key *key,
                                               cl_key_search *search, cleat_key_options *options,
                                               cleat_bytes *problems);

#endif
