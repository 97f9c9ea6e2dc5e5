/* KEXINIT and the choice that follows from a pair of them (RFC 4253 §7.1). */
#ifndef CL_TRANSPORT_KEXINIT_H
#define CL_TRANSPORT_KEXINIT_H

#include "../alg/alg.h"
#include "../base/log.h"
#include "../wire/reader.h"

#include <cleat/algo.h>

enum {
    CL_LIST_KEX,
    CL_LIST_HOSTKEY,
    CL_LIST_CIPHER_C2S,
    CL_LIST_CIPHER_S2C,
    CL_LIST_MAC_C2S,
    CL_LIST_MAC_S2C,
    CL_LIST_COMP_C2S,
    CL_LIST_COMP_S2C,
    CL_LIST_LANG_C2S,
    CL_LIST_LANG_S2C,
    CL_LISTS
};

typedef struct cl_kexinit {
    cleat_slice list[CL_LISTS];
    bool guess_follows; /* first_kex_packet_follows */
} cl_kexinit;

/* What a side offers; the strings outlive the exchange. */
typedef struct cl_offer {
    const char *kex, *host_key, *cipher, *mac, *compression;
} cl_offer;

/* first: the connection's first exchange, which alone carries the pseudo-names for EXT_INFO
 * (RFC 8308 §2.1) and strict key exchange. */
CLEAT_MUST_USE cleat_status cl_kexinit_write(cl_buf *out, const cl_env *env, cleat_role role,
                                             const cl_offer *offer, bool first);

/* payload with its message number; lists are views into it. */
CLEAT_MUST_USE cleat_status cl_kexinit_read(cleat_slice payload, cl_kexinit *init);

/* What a side offers, at DEBUG2, in the words that people look for. */
void cl_kexinit_log(const cl_logger *log, const char *whose, const cl_kexinit *init);

/* Index 0: client to server, 1: server to client. mac is NULL beside an AEAD cipher. */
typedef struct cl_choice {
    const cl_kex_alg *kex;
    char host_key[64];
    const cl_cipher_alg *cipher[2];
    const cl_mac_alg *mac[2];
    const cl_comp_alg *comp[2];
    bool guess_wrong; /* the peer's guessed packet must be ignored */
} cl_choice;

/* The client's first name that the server has too, for each list. CLEAT_E_NO_COMMON_ALG names the
 * list and both sides' offers in error. */
CLEAT_MUST_USE cleat_status cl_negotiate(const cl_env *env, cleat_error *error, cleat_role role,
                                         const cl_kexinit *ours, const cl_kexinit *theirs,
                                         cl_choice *choice);

/* Pseudo-names in the peer's list. */
bool cl_kexinit_is_strict(const cl_kexinit *theirs, cleat_role our_role);
bool cl_kexinit_wants_ext_info(const cl_kexinit *theirs, cleat_role our_role);

/* A row of the registry or of the environment's extra rows; NULL when there is none. */
const cl_kex_alg *cl_kex_lookup(const cl_env *env, cleat_slice name);

#endif
