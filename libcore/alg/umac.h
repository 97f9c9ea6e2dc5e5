/* UMAC-64 and UMAC-128 (RFC 4418) with AES-128, as the SSH MACs umac-64@openssh.com and
 * umac-128@openssh.com use them. */
#ifndef CL_ALG_UMAC_H
#define CL_ALG_UMAC_H

#include "env.h"

enum { CL_UMAC_KEY_LEN = 16, CL_UMAC_NONCE_LEN = 8 };

/* Longest message. RFC 4418 §5.3 hashes what lies beyond with a second polynomial; SSH packets are
 * far shorter, so it is not here. */
#define CL_UMAC_MESSAGE_MAX ((size_t)1 << 24)

typedef struct cl_umac_state cl_umac_state;

/* tag_len is 8 or 16. The key is copied into derived keys. */
CLEAT_MUST_USE cleat_status cl_umac_new(const cl_env *env, const uint8_t key[CL_UMAC_KEY_LEN],
                                        size_t tag_len, cl_umac_state **out);

/* Writes tag_len bytes: the tag of the parts taken as one message. A nonce may be used for one
 * message only. CLEAT_E_LIMIT for a message over CL_UMAC_MESSAGE_MAX. */
CLEAT_MUST_USE cleat_status cl_umac(cl_umac_state *s, const uint8_t nonce[CL_UMAC_NONCE_LEN],
                                    const cleat_slice *parts, size_t count, uint8_t *tag);

/* Wipes and frees; NULL is fine. */
void cl_umac_free(cl_umac_state *s);

#endif
