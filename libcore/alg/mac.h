/* The MACs that are composed with a separate cipher: one keyed state, used packet after packet. */
#ifndef CL_ALG_MAC_H
#define CL_ALG_MAC_H

#include "alg.h"

#define CL_MAC_TAG_MAX 64

struct evp_mac_ctx_st;
struct cl_umac_state;

typedef struct cl_mac {
    struct evp_mac_ctx_st *hmac;
    struct cl_umac_state *umac;
    size_t tag_len;
} cl_mac;

/* A zeroed cl_mac can be freed. */
CLEAT_MUST_USE cleat_status cl_mac_init(cl_mac *m, const cl_mac_alg *alg, const cl_env *env,
                                        cleat_slice key);
void cl_mac_free(cl_mac *m);

/* tag_len bytes over the sequence number and the parts (RFC 4253 §6.4). */
CLEAT_MUST_USE cleat_status cl_mac_make(cl_mac *m, uint32_t seq, const cleat_slice *parts,
                                        size_t count, uint8_t *tag);

/* CLEAT_E_MAC when the tag is not that of the bytes. */
CLEAT_MUST_USE cleat_status cl_mac_check(cl_mac *m, uint32_t seq, cleat_slice bytes,
                                         const uint8_t *tag);

#endif
