/* Signatures of files and other messages (OpenSSH's PROTOCOL.sshsig), and allowed_signers files,
 * which say whose signatures count.
 *
 * A message is hashed piece by piece and never held; what is signed is its digest together with a
 * namespace ("file", "git", "release@example.org"), so that a signature for one purpose is none for
 * another. ssh-rsa keys sign with SHA-2 only. */
#ifndef CLEAT_SSHSIG_H
#define CLEAT_SSHSIG_H

#include <cleat/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the message -----------------------------------------------------------------------------
 */

typedef struct cleat_sshsig_digest cleat_sshsig_digest;

/* hash: "sha512" or "sha256"; NULL is "sha512". CLEAT_E_UNSUPPORTED for another. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sshsig_digest_new(cleat_sshsig_digest **out,
                                                              cleat_ctx *ctx, const char *hash,
                                                              cleat_error *error);

/* The next piece, of any length. CLEAT_E_BAD_CALL after the end. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sshsig_digest_add(cleat_sshsig_digest *d,
                                                              cleat_slice piece);

/* The message is complete. *value is borrowed until the digest is freed. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sshsig_digest_end(cleat_sshsig_digest *d,
                                                              cleat_slice *value);

/* NULL is fine. */
CLEAT_API void cleat_sshsig_digest_free(cleat_sshsig_digest *d);

/* ---- signing ---------------------------------------------------------------------------------
 */

/* What a signature is about. Borrowed for the call. */
typedef struct cleat_sshsig_subject {
    const char *name_space; /* not empty */
    const char *hash;       /* "sha512", "sha256"; NULL is "sha512" */
    cleat_slice digest;     /* the message's, by this hash */
} cleat_sshsig_subject;

/* The signature by a key with its private part, in its binary form. cert: a certificate of the key,
 * to be shown instead of it; NULL for none. algorithm: one of the key's, NULL for its best.
 * CLEAT_E_BAD_CALL for a subject, certificate or algorithm that does not fit, CLEAT_E_KEY_WEAK for
 * an RSA key of less than 2048 bits. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sshsig_sign(cleat_bytes *out, const cleat_key *key,
                                                        const cleat_cert *cert,
                                                        const char *algorithm,
                                                        const cleat_sshsig_subject *subject,
                                                        cleat_error *error);

/* The same in two steps, for keys whose private part is elsewhere: first what they are to sign (by
 * cleat_key_sign_start with CLEAT_SIGN_MESSAGE, or cleat_agent_sign), not hashed; */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sshsig_covered(cleat_bytes *out, cleat_ctx *ctx,
                                                           const cleat_sshsig_subject *subject,
                                                           cleat_error *error);

/* then the whole, from the blob that came back. CLEAT_E_SIGNATURE when that is not the key's
 * signature of it, or one with SHA-1. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sshsig_build(cleat_bytes *out, const cleat_key *key,
                                                         const cleat_cert *cert,
                                                         const cleat_sshsig_subject *subject,
                                                         cleat_slice signature, cleat_error *error);

/* The lines from "-----BEGIN SSH SIGNATURE-----" to its end, as files hold them. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sshsig_armour(cleat_bytes *out, cleat_ctx *ctx,
                                                          cleat_slice signature);

/* ---- verifying -------------------------------------------------------------------------------
 */

typedef struct cleat_sshsig cleat_sshsig;

/* What a signature says of itself. Borrowed from it; the key and the certificate may be referenced.
 */
typedef struct cleat_sshsig_facts {
    const char *name_space;
    const char *hash;      /* for cleat_sshsig_digest_new */
    const char *algorithm; /* of the key's signature */
    cleat_key *key;        /* the one in the certificate where there is one */
    cleat_cert *cert;      /* NULL: a plain key. Only its authority's signature has been checked */
} cleat_sshsig_facts;

/* A signature in its binary form or in armour. Nothing is verified yet. CLEAT_E_FORMAT for what is
 * none, CLEAT_E_UNSUPPORTED for a version, hash or key that this build does not know. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sshsig_read(cleat_sshsig **out, cleat_ctx *ctx,
                                                        cleat_slice file, cleat_error *error);

/* NULL is fine. */
CLEAT_API void cleat_sshsig_free(cleat_sshsig *sig);

/* Borrowed until the signature is freed. */
CLEAT_API const cleat_sshsig_facts *cleat_sshsig_get_facts(const cleat_sshsig *sig);

/* Whether the signature is good for this namespace and a message with this digest, by the hash that
 * it names. CLEAT_E_SIGNATURE when it is not, or was made with SHA-1; CLEAT_E_KEY_WEAK for an RSA
 * key of less than rsa_min_bits (0: 2048). Whose key it is, allowed_signers tells. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sshsig_verify(const cleat_sshsig *sig,
                                                          const char *name_space,
                                                          cleat_slice digest, unsigned rsa_min_bits,
                                                          cleat_error *error);

/* ---- allowed_signers (ssh-keygen(1), ALLOWED SIGNERS) ------------------------------------------
 * Lines "principals [options] key-type base64 [comment]". The principals are a list of patterns, in
 * quotes where it has blanks. Options: cert-authority, namespaces="patterns", valid-after="date",
 * valid-before="date". A line that cannot be read, or whose option is unknown, allows nothing.
 *
 * `problems` may be NULL; else it tells, a line "file:number: why" each, what is wrong with lines
 * that could have counted. */

/* Who signed, for what and when. */
typedef struct cleat_signer_facts {
    size_t struct_size;
    const cleat_key *key;
    const cleat_cert *cert;      /* NULL: a plain key */
    const char *name_space;      /* NULL: namespaces are not looked at */
    int64_t when;                /* of which lines and certificates must be valid; seconds since
                                    1970 */
    const cleat_time_zone *zone; /* for dates without a final Z; NULL: UTC */
    const char *algorithms;      /* as in cleat_cert_use */
    unsigned rsa_min_bits;       /* of certificates; 0: 2048 */
} cleat_signer_facts;

/* Whether this principal's signature by that key counts: a line has the key or certificate itself,
 * or is of the certificate's authority and the certificate names the principal. *line (which may be
 * NULL) becomes the one that decided. CLEAT_E_NO_SUCH when there is none. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_allowed_signers_check(
    cleat_ctx *ctx, cleat_slice file, const char *file_name, const char *principal,
    const cleat_signer_facts *signer, unsigned *line, cleat_bytes *problems);

/* Whose signatures with that key count, a name or pattern in each line of *principals: what the
 * first line with the key has, or those names of the certificate that its authority's line allows.
 * CLEAT_E_NO_SUCH when there is none. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_allowed_signers_find(cleat_ctx *ctx, cleat_slice file,
                                                                 const char *file_name,
                                                                 const cleat_signer_facts *signer,
                                                                 cleat_bytes *principals,
                                                                 cleat_bytes *problems);

/* The lists of patterns that this principal matches, one in each line of *patterns, whatever their
 * lines have keys for. CLEAT_E_NO_SUCH when there is none. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_allowed_signers_match(cleat_ctx *ctx, cleat_slice file,
                                                                  const char *file_name,
                                                                  const char *principal,
                                                                  cleat_bytes *patterns,
                                                                  cleat_bytes *problems);

#ifdef __cplusplus
}
#endif
#endif
