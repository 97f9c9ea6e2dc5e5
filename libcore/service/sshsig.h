/* What making and reading SSHSIG signatures share. */
#ifndef CL_SERVICE_SSHSIG_H
#define CL_SERVICE_SSHSIG_H

#include "../alg/hash.h"
#include "../base/buf.h"
#include "../key/key.h"

#include <cleat/sshsig.h>

/* Before the fields of a signature, and of what is signed. */
#define CL_SSHSIG_MAGIC "SSHSIG"

/* Of the armour. */
#define CL_SSHSIG_LABEL "SSH SIGNATURE"

enum { CL_SSHSIG_VERSION = 1 };

/* False for a name of no hash that signatures may use. */
bool cl_sshsig_hash(cleat_slice name, cl_hash_id *id);

/* Appends what the key signs. `reserved` is empty in signatures of this version. */
void cl_sshsig_put_covered(cl_buf *out, const char *name_space, cleat_slice reserved,
                           const char *hash, cleat_slice digest);

/* Whether `signature` is the key's of `covered`, by any of its algorithms but those with SHA-1. */
CLEAT_MUST_USE cleat_status cl_sshsig_verify(const cleat_key *key, cleat_slice covered,
                                             cleat_slice signature, cleat_error *err);

#endif
