/* The options before a key in the lines of authorized_keys and allowed_signers: name or
 * name="value", with commas between them. */
#ifndef CL_STORE_LINE_OPTIONS_H
#define CL_STORE_LINE_OPTIONS_H

#include "../base/buf.h"
#include "../base/slice.h"

typedef void (*cl_line_option_fn)(void *user, cleat_slice name, cleat_slice value, bool has_value);

/* Hands over each option up to the first blank outside quotes, and leaves *rest behind them. NULL,
 * or what is wrong with them; those before it have been handed over then. */
const char *cl_line_options(const cleat_allocator *mem, cleat_slice *rest, cl_line_option_fn apply,
                            void *user);

/* How much of the text is an option's name, or a word before a blank. */
size_t cl_line_name_len(cleat_slice text);

#endif
