/* The text of PuTTY's key files: lines "Name: value", and blobs in counted lines of base64. */
#ifndef CL_KEY_PPK_TEXT_H
#define CL_KEY_PPK_TEXT_H

#include "ppk_seal.h"

#define CL_PPK_MARK "PuTTY-User-Key-File-"
#define CL_PPK_CIPHER "aes256-cbc"

/* The file taken apart; slices are views into it. */
typedef struct cl_ppk {
    cl_ppk_seal seal;
    cleat_slice algorithm;
    cleat_slice encryption;
    cleat_slice comment;
    cl_buf open;   /* the public blob */
    cl_buf secret; /* the secret fields, perhaps encrypted, and padding */
    uint8_t mac[CL_PPK_MAC_MAX];
} cl_ppk;

void cl_ppk_begin(cl_ppk *p, const cl_env *env);
void cl_ppk_end(cl_ppk *p);

/* Takes a file apart; nothing is decrypted or checked. CLEAT_E_KEY_FORMAT with the line. */
CLEAT_MUST_USE cleat_status cl_ppk_take(cleat_slice file, const cl_env *env, cl_ppk *p,
                                        cleat_error *err);

/* Appends the file; algorithm and encryption are C strings. */
void cl_ppk_put(const cl_ppk *p, cl_buf *out);

#endif
