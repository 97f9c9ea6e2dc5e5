/* What a file says is to be revoked. */
#ifndef CLEAT_CLI_KEYGEN_KRL_H
#define CLEAT_CLI_KEYGEN_KRL_H

#include "keygen.h"

#include <cleat/krl.h>

/* Who the certificates are of that are named by a number or an id. */
typedef struct krl_source {
    const keygen_options *o;
    cleat_krl *krl;
    cleat_slice authority; /* the blob of its key; empty: any */
    bool has_authority;    /* -s */
} krl_source;

/* Adds what stands in the file: keys, certificates and instructions, one a line. False, which is
 * said with file and line. */
bool krl_add_file(const krl_source *s, cleat_slice file, const char *path);

/* Prints a list, as instructions that would make it. */
bool krl_print(const keygen_options *o, cleat_krl *krl);

#endif
