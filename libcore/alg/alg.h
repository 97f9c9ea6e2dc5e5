/* The registries of algorithms that the transport negotiates. Every row is one const object at the
 * end of its implementation file; registry.c lists the rows in the order of preference. Rows carry
 * facts, implementations carry code: the packet and kex files know no algorithm by name. */
#ifndef CL_ALG_ALG_H
#define CL_ALG_ALG_H

#include "../base/buf.h"
#include "../base/secret.h"
#include "env.h"
#include "hash.h"

typedef enum cl_alg_flags {
    CL_ALG_DEFAULT_CLIENT = 1, /* offered by a client without being asked for */
    CL_ALG_DEFAULT_SERVER = 2, /* the same for a server */
    CL_ALG_DEFAULT = 3,
    CL_ALG_POST_QUANTUM = 4,   /* kex: hybrid with a post-quantum part */
    CL_ALG_LEGACY = 8,         /* weak or old; shown as such by -Q and warned about */
    CL_KEX_PUBLIC_MPINT = 16,  /* public values travel as mpint (RFC 4253 §8), not as string */
    CL_KEX_SHARED_STRING = 32, /* K enters the hash and the derivation as string, not as mpint */
    CL_COMP_DELAYED = 64,      /* compression: starts after authentication */
    CL_KEX_NO_HOST_KEY = 128,  /* the exchange authenticates the host by itself */
    CL_SIG_NOT_PLAIN = 256,    /* signature: there is no such algorithm for keys by themselves */
} cl_alg_flags;

/* ---- Key exchange -------------------------------------------------------------------------- */

/* The dialogue that a kex method speaks in messages 30..49; the transport implements them. */
typedef enum cl_kex_dialog {
    CL_DIALOG_PUBLIC, /* 30 INIT, 31 REPLY: one public value each way (RFC 4253 §8, RFC 5656 §4) */
    CL_DIALOG_GEX,    /* 34 REQUEST, 31 GROUP, 32 INIT, 33 REPLY (RFC 4419) */
    CL_DIALOG_RSA,    /* 30 PUBKEY, 31 SECRET, 32 DONE: the server begins (RFC 4432) */
} cl_kex_dialog;

typedef struct cl_kex cl_kex; /* one side's ephemeral secret; layout private to each method */

/* A method of CL_DIALOG_PUBLIC shape is a KEM seen from the client: start makes the client's
 * public value, reply makes the server's public value and K from it, finish makes K at the client.
 * Public values are appended raw: for CL_KEX_PUBLIC_MPINT the magnitude, else the string's content.
 * `shared` is initialised by the callee (the caller frees it always); raw: magnitude or string
 * content. A bad public value from the peer is CLEAT_E_KEX. */
typedef struct cl_kex_alg {
    const char *name;
    cl_hash_id hash;
    unsigned flags;
    cl_kex_dialog dialog;
    const void *params; /* for the implementation: group, curve, the two halves of a hybrid */
    cleat_status (*start)(const struct cl_kex_alg *alg, const cl_env *env, cl_kex **kex,
                          cl_buf *our_public);
    cleat_status (*reply)(const struct cl_kex_alg *alg, const cl_env *env, cleat_slice theirs,
                          cl_buf *our_public, cl_secret *shared);
    cleat_status (*finish)(const struct cl_kex_alg *alg, const cl_env *env, cl_kex *kex,
                           cleat_slice theirs, cl_secret *shared);
    void (*free)(const cl_env *env, cl_kex *kex); /* NULL is fine */
    const struct cl_dialog_ops *own_dialog;       /* not NULL: used instead of `dialog` */
} cl_kex_alg;

/* ---- Packet protection --------------------------------------------------------------------- */

/* A packet before protection (RFC 4253 §6): uint32 packet_length, byte padding_length, payload,
 * padding. Sealed form: the same length, then tag_len bytes of tag. Sending and receiving are
 * different types on purpose: handing one the other's sequence number must not compile. */

typedef struct cl_seal cl_seal;
typedef struct cl_open cl_open;

typedef struct cl_seal_ops {
    /* parts in order are the whole plaintext packet; parts[0] holds at least the 4 length bytes.
     * Writes (sum of parts) + tag_len bytes to out, which does not overlap the parts. */
    cleat_status (*seal)(cl_seal *s, uint32_t seq, const cleat_slice *parts, size_t count,
                         uint8_t *out);
    void (*free)(cl_seal *s);
} cl_seal_ops;

typedef struct cl_open_ops {
    /* Learns packet_length from the first head_len bytes. Called exactly once per packet, before
     * open; may decrypt those bytes in place (then it remembers that it did). */
    cleat_status (*length)(cl_open *o, uint32_t seq, uint8_t *head, uint32_t *packet_length);
    /* packet: 4 + packet_length bytes (= len) followed by tag_len bytes. Verifies and decrypts in
     * place; afterwards packet holds padding_length, payload and padding from offset 4 on.
     * CLEAT_E_MAC when the tag is wrong; then the content is undefined. */
    cleat_status (*open)(cl_open *o, uint32_t seq, uint8_t *packet, size_t len);
    void (*free)(cl_open *o);
} cl_open_ops;

/* First member of every implementation's state. */
struct cl_seal {
    const cl_seal_ops *ops;
    const cl_env *env;
    uint8_t block; /* padding granularity, at least 8 */
    uint8_t tag_len;
    bool length_apart; /* packet_length is not counted when padding to block (AEAD and EtM) */
    bool cbc;          /* predictable IV: see RFC 4251 §9.3.1 */
};

struct cl_open {
    const cl_open_ops *ops;
    const cl_env *env;
    uint8_t block;
    uint8_t tag_len;
    uint8_t head_len; /* bytes that length needs: 4, or block when the length is encrypted together
                         with the rest */
    bool length_apart;
    bool cbc;
};

typedef struct cl_mac_alg {
    const char *name;
    unsigned flags;
    uint8_t key_len;
    uint8_t tag_len;
    bool etm; /* encrypt-then-MAC (OpenSSH PROTOCOL 1.5) */
    bool umac;
    cl_hash_id hash; /* HMAC: the hash; ignored by UMAC */
} cl_mac_alg;

typedef struct cl_cipher_alg {
    const char *name;
    unsigned flags;
    uint8_t key_len;
    uint8_t iv_len; /* 0: no IV is derived */
    uint8_t block;
    uint8_t tag_len; /* not 0: AEAD, no MAC is negotiated */
    const char *evp; /* OpenSSL's name, for the implementation */
    /* mac is NULL for an AEAD cipher. Key material is copied. */
    cleat_status (*seal_new)(const struct cl_cipher_alg *alg, const cl_mac_alg *mac,
                             const cl_env *env, cleat_slice key, cleat_slice iv,
                             cleat_slice mac_key, cl_seal **out);
    cleat_status (*open_new)(const struct cl_cipher_alg *alg, const cl_mac_alg *mac,
                             const cl_env *env, cleat_slice key, cleat_slice iv,
                             cleat_slice mac_key, cl_open **out);
} cl_cipher_alg;

/* No protection, before the first NEWKEYS: block 8, no tag. */
cleat_status cl_seal_none_new(const cl_env *env, cl_seal **out);
cleat_status cl_open_none_new(const cl_env *env, cl_open **out);

/* NULL is fine. */
void cl_seal_free(cl_seal *s);
void cl_open_free(cl_open *o);

/* ---- Compression --------------------------------------------------------------------------- */

typedef struct cl_deflate cl_deflate;
typedef struct cl_inflate cl_inflate;

typedef struct cl_comp_alg {
    const char *name;
    unsigned flags;
    /* NULL for "none". One stream per direction; partial flush a packet (RFC 4253 §6.2). */
    cleat_status (*deflate_new)(const cl_env *env, cl_deflate **out);
    cleat_status (*inflate_new)(const cl_env *env, cl_inflate **out);
} cl_comp_alg;

/* Appends the compressed form of the parts. */
cleat_status cl_deflate_run(cl_deflate *z, const cleat_slice *parts, size_t count, cl_buf *out);
void cl_deflate_free(cl_deflate *z);

/* Appends the expanded payload; more than max bytes or bad data is CLEAT_E_COMPRESSION. */
cleat_status cl_inflate_run(cl_inflate *z, cleat_slice data, size_t max, cl_buf *out);
void cl_inflate_free(cl_inflate *z);

/* ---- The registries ------------------------------------------------------------------------ */

/* The i-th row in order of preference, NULL past the end. */
const cl_kex_alg *cl_kex_at(size_t i);
const cl_cipher_alg *cl_cipher_at(size_t i);
const cl_mac_alg *cl_mac_at(size_t i);
const cl_comp_alg *cl_comp_at(size_t i);

/* By exact name; NULL when there is no such row. */
const cl_kex_alg *cl_kex_find(cleat_slice name);
const cl_cipher_alg *cl_cipher_find(cleat_slice name);
const cl_mac_alg *cl_mac_find(cleat_slice name);
const cl_comp_alg *cl_comp_find(cleat_slice name);

/* ---- Finite-field groups of the peer's or a moduli file's choice (RFC 4419) ----------------- */

/* p and g as magnitudes. The group is checked: p odd and of 2048..8192 bits, 1 < g < p-1. */
cleat_status cl_dh_start(const cl_env *env, cleat_slice p, cleat_slice g, cl_kex **kex,
                         cl_buf *our_public);
/* theirs: 1 < y < p-1, else CLEAT_E_KEX. */
cleat_status cl_dh_finish(const cl_env *env, cl_kex *kex, cleat_slice theirs, cl_secret *shared);
void cl_dh_free(const cl_env *env, cl_kex *kex);

/* The fixed group (RFC 3526) to use for a request min <= n <= max when no moduli file has one;
 * false when none fits. */
bool cl_dh_fixed_group(uint32_t min, uint32_t n, uint32_t max, cleat_slice *p, cleat_slice *g);

/* ---- RSA key transport (RFC 4432) ---------------------------------------------------------- */

/* Server: makes the transient key; appends its public part as an ssh-rsa key blob. */
cleat_status cl_rsakex_start(const cl_env *env, unsigned bits, cl_kex **kex, cl_buf *key_blob);
/* Client: makes K (raw magnitude) and its encryption under the transient key. */
cleat_status cl_rsakex_encrypt(const cl_env *env, cl_hash_id hash, cleat_slice key_blob,
                               unsigned min_bits, cl_buf *encrypted, cl_secret *shared);
cleat_status cl_rsakex_decrypt(const cl_env *env, cl_hash_id hash, cl_kex *kex,
                               cleat_slice encrypted, cl_secret *shared);
void cl_rsakex_free(const cl_env *env, cl_kex *kex);

/* ---- Key derivation (RFC 4253 §7.2) -------------------------------------------------------- */

/* out is initialised and receives len bytes of HASH(K || H || letter || session_id) ... . k is K in
 * its wire encoding (mpint or string), ready to be hashed. */
cleat_status cl_kdf(const cl_env *env, cl_hash_id hash, cleat_slice k, cleat_slice h, char letter,
                    cleat_slice session_id, size_t len, cl_secret *out);

#endif
