/* The grammar of OpenSSH's key revocation lists (PROTOCOL.krl), read and written. */
#ifndef CL_STORE_KRL_WALK_H
#define CL_STORE_KRL_WALK_H

#include <cleat/krl.h>

enum {
    CL_KRL_CERTIFICATES = 1,
    CL_KRL_EXPLICIT_KEY = 2,
    CL_KRL_HASH_SHA1 = 3,
    CL_KRL_HASH_SHA256 = 5,
    CL_KRL_EXTENSION = 255,
    CL_KRL_CERT_SERIALS = 0x20,
    CL_KRL_CERT_RANGE = 0x21,
    CL_KRL_CERT_BITMAP = 0x22,
    CL_KRL_CERT_KEY_ID = 0x23,
    CL_KRL_CERT_EXTENSION = 0x39,
    CL_KRL_FORMAT_VERSION = 1,
};

/* "SSHKRL\n" and a zero byte. */
#define CL_KRL_MAGIC_LEN 8
extern const uint8_t cl_krl_magic[CL_KRL_MAGIC_LEN];

/* True for what begins as a list does. */
bool cl_krl_is(cleat_slice file);

typedef struct cl_krl_header {
    uint64_t version, generated;
    cleat_slice comment;
} cl_krl_header;

/* Told of each entry. Serial numbers come as they stand, so 0 may be among them, and the numbers of
 * a bitmap as runs. What it returns ends the walk unless it is CLEAT_OK. */
typedef cleat_status (*cl_krl_take)(void *user, const cleat_krl_entry *entry);

/* CLEAT_E_FORMAT for what cannot be read to its end, CLEAT_E_UNSUPPORTED for a part that is unknown
 * and critical, or a signature. header may be NULL. */
CLEAT_MUST_USE cleat_status cl_krl_walk(cleat_slice file, cl_krl_header *header, cl_krl_take take,
                                        void *user, cleat_error *error);

#endif
