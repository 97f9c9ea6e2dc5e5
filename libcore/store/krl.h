/* OpenSSH's key revocation lists (PROTOCOL.krl). Nothing is kept: each question reads the list. */
#ifndef CL_STORE_KRL_H
#define CL_STORE_KRL_H

#include "../key/cert_openssh.h"

/* Sets *revoked when the list has the key, or the certificate (NULL-able) by its serial number, key
 * id, key or authority. CLEAT_E_FORMAT for a list that cannot be read to its end,
 * CLEAT_E_UNSUPPORTED for one with a part that is critical or signed: it says nothing then. */
CLEAT_MUST_USE cleat_status cl_krl_check(const cl_env *env, cleat_slice file, const cleat_key *key,
                                         const cleat_cert *cert, bool *revoked);

#endif
