/* OpenSSH's certificates (PROTOCOL.certkeys): a key, the names it stands for, and an authority's
 * signature over both. Types: every key type of key.h with "-cert-v01@openssh.com" behind its name.
 *
 * A cleat_cert never changes and is reference counted, as keys are. To have one says only that its
 * authority has signed it: whether that authority is trusted is the caller's to decide, and
 * cleat_cert_check whether the certificate is good for a purpose, now. */
#ifndef CLEAT_CERT_H
#define CLEAT_CERT_H

#include <cleat/key.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cleat_cert_kind { CLEAT_CERT_USER = 1, CLEAT_CERT_HOST = 2 } cleat_cert_kind;

/* valid_before of a certificate that does not expire. */
#define CLEAT_CERT_FOREVER UINT64_MAX

/* A critical option or an extension. value is its content without the inner length: the command of
 * force-command; empty for those that have none. A value that is not one string within another is
 * given as it stands. */
typedef struct cleat_cert_option {
    const char *name;
    cleat_slice value;
} cleat_cert_option;

/* What a certificate says. */
typedef struct cleat_cert_facts {
    cleat_cert_kind kind;
    uint64_t serial;
    const char *key_id;
    const char *const *principals; /* users or hosts */
    size_t principal_count;
    uint64_t valid_after, valid_before; /* seconds since 1970; good from the first, before the
                                           second */
    const cleat_cert_option *critical;
    size_t critical_count;
    const cleat_cert_option *extensions;
    size_t extension_count;
} cleat_cert_facts;

/* Takes one reference more and returns the certificate. */
CLEAT_API cleat_cert *cleat_cert_ref(cleat_cert *cert);

/* Gives one reference back; the last one frees. NULL is fine. */
CLEAT_API void cleat_cert_unref(cleat_cert *cert);

/* True for the name of a certificate's type or of a signature by a certified key. */
CLEAT_API bool cleat_cert_is_name(const char *name);

/* The binary form, as it travels. CLEAT_E_UNSUPPORTED for a type that this build does not know,
 * CLEAT_E_KEY_FORMAT for what is damaged, CLEAT_E_SIGNATURE where the authority has not signed. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_cert_from_blob(cleat_cert **out, cleat_ctx *ctx,
                                                           cleat_slice blob, cleat_error *error);

/* One line "type base64 comment", as in -cert.pub files; as cleat_key_read_public. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_cert_read(cleat_cert **out, cleat_ctx *ctx,
                                                      cleat_slice text, cleat_error *error);

/* Certifies the key. authority has its private part; algorithm is one of its own, NULL: its best.
 * The options are written in the order that the format wants. CLEAT_E_BAD_CALL for facts that make
 * no sense: no kind, a name twice, an end before the start. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_cert_issue(cleat_cert **out, const cleat_key *key,
                                                       const cleat_cert_facts *facts,
                                                       const cleat_key *authority,
                                                       const char *algorithm, cleat_error *error);

/* The same in two steps, for an authority whose private part is elsewhere: what it has to sign, and
 * the certificate with its signature (string algorithm, string content), which is verified. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_cert_draft(cleat_bytes *out, const cleat_key *key,
                                                       const cleat_cert_facts *facts,
                                                       const cleat_key *authority,
                                                       cleat_error *error);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_cert_complete(cleat_cert **out, cleat_ctx *ctx,
                                                          cleat_slice draft, cleat_slice signature,
                                                          cleat_error *error);

/* "type base64 comment" and a line end. comment may be NULL. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_cert_write(const cleat_cert *cert, const char *comment,
                                                       cleat_bytes *out);

/* Borrowed until the certificate is freed. */
CLEAT_API const cleat_cert_facts *cleat_cert_get_facts(const cleat_cert *cert);
CLEAT_API cleat_slice cleat_cert_blob(const cleat_cert *cert);
CLEAT_API const char *cleat_cert_type(const cleat_cert *cert);      /* "ssh-ed25519-cert-v01@..." */
CLEAT_API cleat_key *cleat_cert_key(const cleat_cert *cert);        /* that is certified */
CLEAT_API cleat_key *cleat_cert_authority(const cleat_cert *cert);  /* that has signed */
CLEAT_API const char *cleat_cert_algorithm(const cleat_cert *cert); /* it has signed with */

/* As cleat_key_pick_algorithm: the name by which the certified key is to sign. A server may
 * announce the plain name only. */
CLEAT_API const char *cleat_cert_pick_algorithm(const cleat_cert *cert, const char *ours,
                                                const char *theirs);

/* The certificate is for this name. A user's must be named exactly; a host's may be a pattern, and
 * its case does not count. Never true for a certificate without names. */
CLEAT_API bool cleat_cert_names(const cleat_cert *cert, const char *name);

/* ---- use --------------------------------------------------------------------------------------
 */

/* What a certificate is wanted for. */
typedef struct cleat_cert_use {
    size_t struct_size;
    cleat_cert_kind kind;
    const char *name;    /* of the user or the host; NULL: the caller asks cleat_cert_names */
    const char *address; /* of a user's client, numeric, for source-address */
    int64_t now;         /* seconds since 1970 */
    const char
        *algorithms; /* that authorities may sign with, comma-separated; NULL: all but SHA-1 */
    unsigned rsa_min_bits; /* of the key and of its authority; 0: 2048 */
    bool for_message;      /* a signature of a message, no login: where from, does not count then */
} cleat_cert_use;

/* What a user's certificate allows. */
typedef struct cleat_cert_grant {
    const char *force_command; /* NULL: the user's choice; borrowed from the certificate */
    bool pty, port_forwarding, agent_forwarding, x11_forwarding, user_rc;
    bool no_touch_required; /* a security key's signature will do without a touch */
    bool verify_required;   /* it must attest that the user was verified */
} cleat_cert_grant;

/* Whether the certificate is good for this use; CLEAT_E_PERMISSION, or CLEAT_E_KEY_WEAK for a short
 * RSA key, where it is not, and error says why. A critical option that is unknown, or that cannot
 * be enforced, makes it worthless: verify-required with a key that is not a security key's, too.
 * grant may be NULL for a host's. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_cert_check(const cleat_cert *cert,
                                                       const cleat_cert_use *use,
                                                       cleat_cert_grant *grant, cleat_error *error);

#ifdef __cplusplus
}
#endif
#endif
