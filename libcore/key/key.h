/* Keys as the library sees them: one reference-counted object with a public part, perhaps a
 * private part or a signer, a comment and a note where it came from. Key types and signature
 * algorithms are rows of tables; nothing else knows them by name. */
#ifndef CL_KEY_KEY_H
#define CL_KEY_KEY_H

#include "../alg/env.h"
#include "../base/buf.h"
#include "../wire/reader.h"
#include "key_sk.h"
#include "prepared.h"

#include <cleat/key.h>
#include <cleat/provider.h>

#include <openssl/types.h>
#include <stdatomic.h>

/* RSA moduli outside of this are never read; what is used is decided by cl_key_check. */
enum { CL_RSA_BITS_LEAST = 1024, CL_RSA_BITS_MOST = 16384, CL_RSA_BITS_DEFAULT_MIN = 2048 };

/* Behind the name of a key or signature that comes with one of OpenSSH's certificates. */
#define CL_CERT_SUFFIX "-cert-v01@openssh.com"

/* Before the name of one that comes with X.509 certificates (RFC 6187 §2). */
#define CL_X509_PREFIX "x509v3-"

/* A public key blob is not longer than this; the longest, RSA with 16384 bits each in n and e, has
 * about 4 KiB. */
#define CL_KEY_BLOB_MAX ((size_t)16384)

typedef struct cl_key_type {
    const char *name;       /* on the wire: "ssh-ed25519" */
    const char *cert_name;  /* of its certificates; NULL: there are none */
    const char *label;      /* in messages: "ED25519" */
    const char *family;     /* what a user asks for: "ed25519", "ecdsa", "rsa" */
    const char *evp;        /* OpenSSL's key type */
    const char *group;      /* OpenSSL's curve name, where evp alone does not say it */
    const char *wire_curve; /* the curve's name within the blob (RFC 5656 §10.1), or NULL */
    unsigned bits;          /* 0: differs from key to key */
    unsigned default_bits;  /* for generate, of the family's default type; else 0 */
    uint8_t sshfp;          /* the family's number in the DNS (RFC 4255 §3.1.1), 0: none */
    size_t raw_len;         /* EdDSA: bytes of the public key, and of the private */
    bool security_key;      /* the private part is in a device; key_sk.h has what is beside pkey */
    bool retired;           /* read and written, so that it can be replaced, but never used */

    /* The fields after the type name in the public blob, and in a private key file or agent
     * message; r is left behind them. Those of security keys that have nothing to do with pkey are
     * not among them. generate is NULL where it cannot be done. */
    cleat_status (*read_public)(const struct cl_key_type *t, const cl_env *env, cl_reader *r,
                                EVP_PKEY **out, cleat_error *err);
    cleat_status (*read_private)(const struct cl_key_type *t, const cl_env *env, cl_reader *r,
                                 EVP_PKEY **out, cleat_error *err);
    cleat_status (*write_public)(const struct cl_key_type *t, EVP_PKEY *pkey, cl_buf *out);
    cleat_status (*write_private)(const struct cl_key_type *t, EVP_PKEY *pkey, cl_buf *out);
    cleat_status (*generate)(const struct cl_key_type *t, const cl_env *env, unsigned bits,
                             EVP_PKEY **out, cleat_error *err);

    /* PuTTY's files keep what is secret apart from the public fields. join appends the fields that
     * read_private takes; split, given these, the secret ones in PuTTY's order. Faults stay in the
     * readers. NULL: there are no such files. */
    void (*ppk_join)(const struct cl_key_type *t, cl_reader *open, cl_reader *secret, cl_buf *out);
    void (*ppk_split)(const struct cl_key_type *t, cl_reader *fields, cl_buf *out);
} cl_key_type;

/* The i-th row, NULL past the end; by exact wire name, its own or its certificates', NULL when
 * unknown. */
const cl_key_type *cl_key_type_at(size_t i);
const cl_key_type *cl_key_type_find(cleat_slice name);
const cl_key_type *cl_key_type_find_certified(cleat_slice cert_name);

/* Which row an OpenSSL key belongs to; NULL for a kind or curve that SSH has no name for. Never a
 * security key's. */
const cl_key_type *cl_key_type_of(EVP_PKEY *pkey);

/* How a key is shown by whoever proves to have it: in one of OpenSSH's certificates, in a chain of
 * X.509 certificates (RFC 6187), or plain. */
typedef enum cl_key_form { CL_FORM_CERT, CL_FORM_X509, CL_FORM_PLAIN, CL_FORMS } cl_key_form;

/* A signature algorithm (RFC 8332 §3 made its name differ from the key's). */
typedef struct cl_sig_alg {
    const char *name;      /* within the signature */
    const char *cert_name; /* of the public key algorithm where the key comes in OpenSSH's
                              certificates, and in X.509's; NULL: it does not */
    const char *x509_name;
    const cl_key_type *key_type;
    const char *digest; /* OpenSSL's name; NULL where the scheme hashes by itself */
    unsigned flags;     /* cl_alg_flags: DEFAULT_*, LEGACY, CL_SIG_NOT_PLAIN */
    /* content: of the second string in the signature blob (RFC 4253 §6.6). sign is NULL where only
     * a device can. */
    cleat_status (*sign)(const struct cl_sig_alg *a, const cleat_key *key, cleat_slice message,
                         cl_buf *content);
    cleat_status (*verify)(const struct cl_sig_alg *a, const cleat_key *key, cleat_slice message,
                           cleat_slice content);
    /* Security keys sign something of their own that the message is part of: appends it to out,
     * with what stands behind the content in the signature blob. NULL: others sign the message. */
    cleat_status (*device_message)(const cleat_key *key, cleat_slice message, cl_reader *behind,
                                   cl_buf *out);
} cl_sig_alg;

/* In order of preference. */
const cl_sig_alg *cl_sig_alg_at(size_t i);

/* The public key algorithm of this form; NULL where there is none. */
const char *cl_sig_alg_name(const cl_sig_alg *a, cl_key_form form);

/* By the name of a public key algorithm: of plain keys, or of any form, which *form tells. */
const cl_sig_alg *cl_sig_alg_find(cleat_slice name);
const cl_sig_alg *cl_sig_alg_find_form(cleat_slice name, cl_key_form *form);

/* By the name that stands in the signature, whatever the key is shown in. */
const cl_sig_alg *cl_sig_alg_of_signature(cleat_slice name);

struct cleat_key {
    atomic_uint refs;
    const cl_env *env;
    cleat_ctx *ctx; /* keeps env alive; NULL for a key that stays inside the library */
    const cl_key_type *type;
    EVP_PKEY *pkey;
    cl_prepared *prepared;
    bool has_private; /* in pkey */
    cl_sk sk;         /* of a security key */
    cl_buf blob;
    char *comment; /* "" when there is none */
    char *origin;
    cleat_signer signer; /* sign is NULL when there is none */
};

/* Makes a key; pkey is taken, also on failure. */
CLEAT_MUST_USE cleat_status cl_key_new(const cl_env *env, const cl_key_type *type, EVP_PKEY *pkey,
                                       bool has_private, cleat_key **out, cleat_error *err);

/* The same key once more; its comment and origin are empty, and it has no context yet. */
CLEAT_MUST_USE cleat_status cl_key_copy(const cleat_key *key, cleat_key **out);

/* Ends a public constructor that came to `st`: the key keeps its context alive and remembers where
 * it came from, which may be NULL. Returns st. */
CLEAT_MUST_USE cleat_status cl_key_adopt(cleat_key **key, cleat_ctx *ctx, const char *origin,
                                         cleat_status st, cleat_error *err);

/* cl_fail with why's text, behind where it happened, which may be NULL. */
cleat_status cl_key_fail_at(cleat_error *err, cleat_status st, const char *origin,
                            const cleat_error *why);

/* From the public blob (RFC 4253 §6.6), which must hold one key and nothing after it. */
CLEAT_MUST_USE cleat_status cl_key_from_blob(const cl_env *env, cleat_slice blob, cleat_key **out,
                                             cleat_error *err);

/* The public fields that follow a type name; r is left behind them. */
CLEAT_MUST_USE cleat_status cl_key_read_public_fields(const cl_env *env, const cl_key_type *type,
                                                      cl_reader *r, cleat_key **out,
                                                      cleat_error *err);
CLEAT_MUST_USE cleat_status cl_key_write_public_fields(const cleat_key *key, cl_buf *out);

/* What a private key file holds is there: the private part, or a security key's handle. */
bool cl_key_has_private_fields(const cleat_key *key);

/* Type name and private fields, as in key files and in the agent protocol; r is left behind. */
CLEAT_MUST_USE cleat_status cl_key_read_private_fields(const cl_env *env, cl_reader *r,
                                                       cleat_key **out, cleat_error *err);
CLEAT_MUST_USE cleat_status cl_key_write_private_fields(const cleat_key *key, cl_buf *out);

/* Replace the texts. The slice is copied. */
CLEAT_MUST_USE cleat_status cl_key_set_comment(cleat_key *key, cleat_slice comment);
CLEAT_MUST_USE cleat_status cl_key_set_origin(cleat_key *key, cleat_slice origin);

/* CLEAT_E_KEY_WEAK for an RSA key below rsa_min_bits (0: CL_RSA_BITS_DEFAULT_MIN), and for one of a
 * retired type. */
CLEAT_MUST_USE cleat_status cl_key_check(const cleat_key *key, unsigned rsa_min_bits,
                                         cleat_error *err);

/* Appends the signature blob: string algorithm, string content. */
CLEAT_MUST_USE cleat_status cl_key_sign(const cleat_key *key, const cl_sig_alg *alg,
                                        cleat_slice message, cl_buf *out, cleat_error *err);

/* The blob's algorithm must be exactly `alg`, and alg must be of this key's type.
 * CLEAT_E_SIGNATURE for whatever is wrong with the signature, its encoding included. */
CLEAT_MUST_USE cleat_status cl_key_verify(const cleat_key *key, const cl_sig_alg *alg,
                                          cleat_slice message, cleat_slice signature,
                                          cleat_error *err);

#endif
