/* Argon2 (RFC 9106), the key derivation of PuTTY's version 3 files: by OpenSSL from 3.2 on, else by
 * libargon2, as found when the build was configured. */
#ifndef CL_KEY_ARGON2_H
#define CL_KEY_ARGON2_H

#include "../alg/env.h"

/* Memory times passes beyond these is an attack on whoever opens the file: half a minute of work
 * and a gigabyte. Fuzz targets are built with less (CLEAT_KEY_FILE_PATIENCE). */
#ifdef CLEAT_KEY_FILE_PATIENCE
enum { CL_ARGON2_KIB_MAX = CLEAT_KEY_FILE_PATIENCE * 8, CL_ARGON2_WORK_MAX = CL_ARGON2_KIB_MAX };
#else
enum { CL_ARGON2_KIB_MAX = 1 << 20, CL_ARGON2_WORK_MAX = 1 << 25 };
#endif
enum { CL_ARGON2_LANES_MAX = 64, CL_ARGON2_SALT_MIN = 8, CL_ARGON2_SALT_MAX = 64 };

typedef enum cl_argon2_kind { CL_ARGON2D = 0, CL_ARGON2I = 1, CL_ARGON2ID = 2 } cl_argon2_kind;

typedef struct cl_argon2_cost {
    cl_argon2_kind kind;
    uint32_t kib; /* of memory; at least 8 a lane */
    uint32_t passes;
    uint32_t lanes;
} cl_argon2_cost;

/* CLEAT_E_LIMIT for costs outside the bounds, CLEAT_E_UNSUPPORTED where the build has no Argon2. */
CLEAT_MUST_USE cleat_status cl_argon2(const cl_env *env, const cl_argon2_cost *cost,
                                      cleat_slice passphrase, cleat_slice salt, uint8_t *out,
                                      size_t out_len);

#endif
