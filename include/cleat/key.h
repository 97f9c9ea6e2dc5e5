/* Keys: reading and writing them, naming them, signing and verifying.
 *
 * A cleat_key has a public part always, and a private part, a signer (provider.h) or neither. It
 * is reference counted and never changes, so threads and connections may share one; it keeps its
 * context alive. Private parts are wiped when the last reference goes.
 *
 * Wherever an `error` may be passed, NULL is fine; it says what was expected, and at which line or
 * offset. Key types: ssh-ed25519 and ssh-ed448 (RFC 8709), ecdsa-sha2-nistp256/384/521 (RFC 5656),
 * ssh-rsa of 1024 to 16384 bits (RFC 4253 §6.6, RFC 8332); of security keys (OpenSSH's
 * PROTOCOL.u2f) sk-ssh-ed25519@openssh.com and sk-ecdsa-sha2-nistp256@openssh.com, which are
 * verified but cannot sign without their device. ssh-dss is read and written, so that such keys can
 * be shown and replaced, and never used. */
#ifndef CLEAT_KEY_H
#define CLEAT_KEY_H

#include <cleat/bytes.h>
#include <cleat/provider.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Takes one reference more and returns the key. */
CLEAT_API cleat_key *cleat_key_ref(cleat_key *key);

/* Gives one reference back; the last one frees. NULL is fine. */
CLEAT_API void cleat_key_unref(cleat_key *key);

/* ---- reading ---------------------------------------------------------------------------------
 * Each makes a key with one reference, or sets *out to NULL. `origin` is a note for messages,
 * usually the file name, and stands before the error's text; NULL for none. Of a file with several
 * keys the calls for one key read the first.
 *
 *   CLEAT_E_KEY_FORMAT     not a key, damaged, or its parts do not belong together
 *   CLEAT_E_UNSUPPORTED    a key of a type, format or cipher that this build does not read
 *   CLEAT_E_KEY_WEAK       an RSA key of less than 1024 bits */

/* The formats of key files. Those before CLEAT_KEY_LINE hold private keys. */
typedef enum cleat_key_format {
    CLEAT_KEY_OPENSSH, /* OpenSSH's own, "openssh-key-v1" */
    CLEAT_KEY_PPK2,    /* PuTTY's, version 2: read by every PuTTY; weakly protected */
    CLEAT_KEY_PPK3,    /* version 3, from PuTTY 0.75 on */
    CLEAT_KEY_PKCS8,   /* PEM with PKCS#8, "BEGIN (ENCRYPTED) PRIVATE KEY" */
    CLEAT_KEY_PKCS8_DER,
    CLEAT_KEY_TRADITIONAL, /* PEM with PKCS#1, SEC1 or DSA's own, "BEGIN RSA PRIVATE KEY" */
    CLEAT_KEY_TRADITIONAL_DER,
    CLEAT_KEY_PKCS12,  /* keys and X.509 certificates in one file (RFC 7292); read only */
    CLEAT_KEY_LINE,    /* the public key as one line "type base64 comment" */
    CLEAT_KEY_RFC4716, /* "---- BEGIN SSH2 PUBLIC KEY ----" */
    CLEAT_KEY_SPKI,    /* PEM with SubjectPublicKeyInfo, "BEGIN PUBLIC KEY" */
    CLEAT_KEY_SPKI_DER,
    CLEAT_KEY_PKCS1_PUBLIC, /* PEM with an RSA public key as in PKCS#1 */
    CLEAT_KEY_PKCS1_PUBLIC_DER
} cleat_key_format;

/* A key file in any of the formats: private where it is a private key's, else public. *format
 * (which may be NULL) becomes what it was found to be. Otherwise as the two calls below. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_read(cleat_key **out, cleat_ctx *ctx,
                                                     cleat_slice file, const char *passphrase,
                                                     const char *origin, cleat_key_format *format,
                                                     cleat_error *error);

/* The content of a private key file in any of the formats. passphrase may be NULL: then
 * CLEAT_E_KEY_ENCRYPTED for a file that needs one. CLEAT_E_PASSPHRASE when it is wrong (or the
 * encrypted part is damaged: that cannot be told apart). CLEAT_E_LIMIT when deriving the key would
 * take unreasonably long. This call may take a second; it may run on another thread than the key is
 * used on. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_read_private(cleat_key **out, cleat_ctx *ctx,
                                                             cleat_slice file,
                                                             const char *passphrase,
                                                             const char *origin,
                                                             cleat_error *error);

/* True when the file needs a passphrase; false also for what is not a private key at all. For
 * OpenSSH's format and PuTTY's *public_key (which may be NULL) becomes the key without its private
 * part, which stands readable beside it; else NULL. */
CLEAT_API bool cleat_key_file_is_encrypted(cleat_ctx *ctx, cleat_slice file,
                                           cleat_key **public_key);

/* A public key in any of the formats. Before the line "type base64 comment" of .pub files, blank
 * lines and lines that begin with '#' are skipped. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_read_public(cleat_key **out, cleat_ctx *ctx,
                                                            cleat_slice text, const char *origin,
                                                            cleat_error *error);

/* The binary form that travels on the wire (RFC 4253 §6.6). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_from_blob(cleat_key **out, cleat_ctx *ctx,
                                                          cleat_slice blob, cleat_error *error);

/* A key whose private part is elsewhere. The signer struct is copied; its release is called when
 * the key goes, not when this call fails. comment may be NULL. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_from_signer(cleat_key **out, cleat_ctx *ctx,
                                                            cleat_slice blob, const char *comment,
                                                            const cleat_signer *signer,
                                                            cleat_error *error);

/* family: "ed25519", "ed448", "ecdsa" (256, 384 or 521 bits; 0: 256) or "rsa" (0: 3072 bits); or a
 * key type's name. comment may be NULL. CLEAT_E_UNSUPPORTED, CLEAT_E_BAD_CALL for a number of bits
 * that does not fit. RSA may take seconds. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_generate(cleat_key **out, cleat_ctx *ctx,
                                                         const char *family, unsigned bits,
                                                         const char *comment, cleat_error *error);

/* The same key with another comment; the origin is the same, too. CLEAT_E_BAD_CALL for a key with a
 * signer. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_with_comment(cleat_key **out, const cleat_key *key,
                                                             const char *comment);

/* ---- several in one file ---------------------------------------------------------------------
 * Text may hold any number of keys and certificates of all armoured kinds and lines, in any mix;
 * other text between armoured objects is passed over. PKCS#12 holds keys and X.509 certificates. */

typedef struct cleat_key_bundle cleat_key_bundle;

/* One of key, cert and x509 is there. Borrowed from the bundle. */
typedef struct cleat_key_item {
    cleat_key *key;          /* private or public */
    cleat_cert *cert;        /* a certificate of OpenSSH's */
    cleat_slice x509;        /* a certificate of X.509, in DER */
    cleat_key_format format; /* a key's */
    size_t line;             /* where it begins, from 1; 0: not in text */
} cleat_key_item;

/* All that the file holds, in its order. Where one of them cannot be read, nothing is; a passphrase
 * is tried with all that need one. Statuses as cleat_key_read, and CLEAT_E_LIMIT for more than 128
 * items. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_bundle_read(cleat_key_bundle **out, cleat_ctx *ctx,
                                                            cleat_slice file,
                                                            const char *passphrase,
                                                            const char *origin, cleat_error *error);

/* Its keys and certificates live on where references were taken. NULL is fine. */
CLEAT_API void cleat_key_bundle_free(cleat_key_bundle *bundle);

/* How many items there are. */
CLEAT_API size_t cleat_key_bundle_count(const cleat_key_bundle *bundle);

/* The i-th item; NULL past the end. */
CLEAT_API const cleat_key_item *cleat_key_bundle_item(const cleat_key_bundle *bundle, size_t i);

/* ---- writing --------------------------------------------------------------------------------- */

typedef struct cleat_key_write_options {
    size_t struct_size;     /* sizeof(cleat_key_write_options) */
    const char *passphrase; /* NULL or "": not encrypted */
    const char *cipher;     /* OpenSSH's format: SSH's name, NULL: aes256-ctr. PKCS#8 and PEM:
                               OpenSSL's name of one in CBC mode, NULL: AES-256-CBC */
    const char *prf;        /* PKCS#8: PBKDF2's, as OpenSSL names it, NULL: hmacWithSHA256 */
    unsigned rounds;        /* OpenSSH: of bcrypt, 0: 16. PKCS#8: of PBKDF2, 0: 600000. PuTTY's
                               version 3: passes of Argon2 over 8 MiB, 0: 13 */
} cleat_key_write_options;

/* The key as a file of this format; options may be NULL. CLEAT_E_BAD_CALL for a private format
 * when the key has no private part, CLEAT_E_UNSUPPORTED for a format or cipher that is not
 * written, CLEAT_E_LIMIT for too many rounds. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_write(const cleat_key *key, cleat_key_format format,
                                                      const cleat_key_write_options *options,
                                                      cleat_bytes *out, cleat_error *error);

/* "type base64 comment" and a line end. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_write_public(const cleat_key *key,
                                                             cleat_bytes *out);

/* ---- facts -----------------------------------------------------------------------------------
 * Borrowed until the key is freed. */

CLEAT_API cleat_slice cleat_key_blob(const cleat_key *key);
CLEAT_API const char *cleat_key_type(const cleat_key *key);    /* "ssh-ed25519" */
CLEAT_API const char *cleat_key_label(const cleat_key *key);   /* "ED25519", as in messages */
CLEAT_API unsigned cleat_key_bits(const cleat_key *key);       /* of the curve or the modulus */
CLEAT_API const char *cleat_key_comment(const cleat_key *key); /* "" when there is none */
CLEAT_API const char *cleat_key_origin(const cleat_key *key);  /* "" when there is none */

/* The private part is in this object: cleat_key_sign works. */
CLEAT_API bool cleat_key_has_private(const cleat_key *key);

/* The private part or a signer is there: cleat_key_sign_start works. */
CLEAT_API bool cleat_key_can_sign(const cleat_key *key);

/* The same public key; comments do not count. */
CLEAT_API bool cleat_key_equal(const cleat_key *a, const cleat_key *b);

/* What a security key's blob and file say beside the public key. */
typedef struct cleat_security_key {
    const char *application; /* whom the device signs for: "ssh:" */
    cleat_slice handle;      /* what the device knows the key by; empty for a public key */
    uint8_t flags;           /* as asked of the device: 1 touch, 4 PIN or the like, 0x20 resident */
} cleat_security_key;

/* True for a security key's; out, which may be NULL, is borrowed from the key. */
CLEAT_API bool cleat_key_security(const cleat_key *key, cleat_security_key *out);

/* CLEAT_E_KEY_WEAK for an RSA key of less than rsa_min_bits (0: 2048), and for ssh-dss. Reading is
 * more tolerant, so that weak keys can be named and replaced. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_check(const cleat_key *key, unsigned rsa_min_bits,
                                                      cleat_error *error);

typedef enum cleat_fingerprint_hash {
    CLEAT_FINGERPRINT_SHA256, /* "SHA256:" and base64 without padding */
    CLEAT_FINGERPRINT_MD5     /* "MD5:" and pairs of hex digits with colons */
} cleat_fingerprint_hash;

/* Room for any fingerprint with its final zero. */
#define CLEAT_FINGERPRINT_MAX 64

/* The fingerprint as OpenSSH shows it, NUL-terminated. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_fingerprint(const cleat_key *key,
                                                            cleat_fingerprint_hash hash,
                                                            char out[CLEAT_FINGERPRINT_MAX]);

/* The same of a blob that need not be a key this build can read. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_blob_fingerprint(cleat_ctx *ctx, cleat_slice blob,
                                                             cleat_fingerprint_hash hash,
                                                             char out[CLEAT_FINGERPRINT_MAX]);

#define CLEAT_RANDOMART_MAX 256

/* The fingerprint as a drawing (VisualHostKey) of eleven lines, without a line end after the last.
 */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_randomart(const cleat_key *key,
                                                          cleat_fingerprint_hash hash,
                                                          char out[CLEAT_RANDOMART_MAX]);

/* Room for any such text with its final zero. */
#define CLEAT_BUBBLEBABBLE_MAX 80

/* SHA-1 of the public key as words that can be read out ("ssh-keygen -B"). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_bubblebabble(const cleat_key *key,
                                                             char out[CLEAT_BUBBLEBABBLE_MAX]);

/* The hashes of SSHFP records, by their numbers (RFC 4255, RFC 6594). */
typedef enum cleat_sshfp_hash { CLEAT_SSHFP_SHA1 = 1, CLEAT_SSHFP_SHA256 = 2 } cleat_sshfp_hash;

/* What an SSHFP record of the DNS says about a host's key. */
typedef struct cleat_sshfp {
    uint8_t algorithm; /* 1 RSA, 2 DSA, 3 ECDSA, 4 Ed25519, 6 Ed448 */
    cleat_sshfp_hash hash;
    uint8_t digest[32];
    size_t len; /* of the digest */
} cleat_sshfp;

/* CLEAT_E_UNSUPPORTED for a type of key that has no number there. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_sshfp(const cleat_key *key, cleat_sshfp_hash hash,
                                                      cleat_sshfp *out);

/* ---- signatures ------------------------------------------------------------------------------
 * A signature's algorithm has a name of its own: an ssh-rsa key signs as rsa-sha2-512,
 * rsa-sha2-256 or (old, SHA-1) ssh-rsa; the others have one each, named as the key. */

/* The i-th algorithm that the key can be used with, best first; NULL past the end (at once for
 * ssh-dss). webauthn-sk-ecdsa-sha2-nistp256@openssh.com, by which browsers sign, is one of
 * sk-ecdsa-sha2-nistp256@openssh.com. */
CLEAT_API const char *cleat_key_algorithm(const cleat_key *key, size_t i);

/* The first of the key's algorithms, best first, that both comma lists hold; NULL when there is
 * none. A list that is NULL holds everything but ssh-rsa with SHA-1; where theirs is NULL and ours
 * names ssh-rsa, that is what an RSA key is used with, for the sake of old servers. */
CLEAT_API const char *cleat_key_pick_algorithm(const cleat_key *key, const char *ours,
                                               const char *theirs);

/* The type of the keys that sign with this algorithm, alone or with a certificate; NULL when it is
 * unknown. */
CLEAT_API const char *cleat_algorithm_key_type(const char *algorithm);

/* Signs at once with the private part. *signature becomes the blob: string algorithm, string
 * content (RFC 4253 §6.6). CLEAT_E_BAD_CALL when the key has no private part or the algorithm is
 * not one of its own, CLEAT_E_UNSUPPORTED for a security key's, CLEAT_E_KEY_WEAK for ssh-dss. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_sign(const cleat_key *key, const char *algorithm,
                                                     cleat_slice message, cleat_bytes *signature,
                                                     cleat_error *error);

/* Signs with the private part or by the signer; the answer comes through done, within this call or
 * later. Only for CLEAT_OK is done called. request->key_blob is filled in for the signer. The
 * caller keeps a reference to the key until the answer. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_sign_start(const cleat_key *key,
                                                           const cleat_sign_request *request,
                                                           cleat_sign_done done, void *done_user,
                                                           cleat_error *error);

/* CLEAT_EV_SIGN: answers at once with the one of the keys that the event names; refuses when none
 * of them is it, or it has no private part. A server's whole answer, where its host keys are at
 * hand. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_sign(cleat_conn *c, const cleat_event *ev,
                                                        cleat_key *const *keys, size_t count);

/* Asks the signer to give up; done is still called once. Nothing for a key with a private part,
 * which has answered already. */
CLEAT_API void cleat_key_sign_cancel(const cleat_key *key, void *done_user);

/* Verifies strictly: the blob must name exactly this algorithm and have nothing more in it than it
 * should. CLEAT_E_SIGNATURE when it is wrong in any way. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_key_verify(const cleat_key *key, const char *algorithm,
                                                       cleat_slice message, cleat_slice signature,
                                                       cleat_error *error);

/* What a security key says with a signature, beside that it is its own. */
typedef struct cleat_attestation {
    bool user_present;  /* somebody has touched the device */
    bool user_verified; /* and has shown it by PIN or fingerprint who it is */
    uint32_t counter;   /* of the device's signatures; may stay 0 */
} cleat_attestation;

/* Of a signature that has been verified; false when it is not a security key's. A signature without
 * user_present is right, too: whether it is enough is the caller's to decide, and OpenSSH's answer
 * is no unless the key's line in authorized_keys says so. */
CLEAT_API bool cleat_signature_attests(cleat_slice signature, cleat_attestation *out);

#ifdef __cplusplus
}
#endif
#endif
