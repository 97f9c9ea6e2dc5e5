/* Which algorithms there are, and which of them a connection may use. */
#ifndef CLEAT_ALGO_H
#define CLEAT_ALGO_H

#include <cleat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cleat_role { CLEAT_CLIENT = 1, CLEAT_SERVER = 2 } cleat_role;

typedef enum cleat_alg_kind {
    CLEAT_ALG_KEX,
    CLEAT_ALG_CIPHER,
    CLEAT_ALG_MAC,
    CLEAT_ALG_COMPRESSION,
    CLEAT_ALG_HOSTKEY, /* signature names by which the host proves itself */
    CLEAT_ALG_PUBKEY,  /* signature names accepted for users (server-sig-algs, RFC 8308 §3.1) */
    CLEAT_ALG_CA,      /* signature names that certificates may be signed with */
    CLEAT_ALG_KINDS
} cleat_alg_kind;

/* The i-th supported name in order of preference, whether on by default or not; NULL past the end.
 */
CLEAT_API const char *cleat_alg_name(cleat_alg_kind kind, size_t i);

/* Facts about a name: false for a name this build does not have. */
CLEAT_API bool cleat_alg_is_supported(cleat_alg_kind kind, const char *name);
CLEAT_API bool cleat_alg_is_post_quantum(const char *kex_name);
CLEAT_API bool cleat_alg_is_aead(const char *cipher_name);

/* The lists that a connection offers. A new policy holds the role's defaults. Reference counted;
 * not to be changed once a connection uses it. */
typedef struct cleat_policy cleat_policy;

/* The defaults of a role, with one reference. The context is referenced. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_policy_new(cleat_policy **out, cleat_ctx *ctx,
                                                       cleat_role role);

/* Takes one reference more, and returns the policy. */
CLEAT_API cleat_policy *cleat_policy_ref(cleat_policy *policy);

/* Gives one reference back; the last one frees. NULL is fine. */
CLEAT_API void cleat_policy_unref(cleat_policy *policy);

/* Replaces one list. spec is OpenSSH's syntax: comma-separated names; with a first '+' appended to
 * the defaults, '-' removed from them, '^' put before them; '*' and '?' in '-' lists. A name that
 * is not supported is CLEAT_E_CONFIG with the name in error (error may be NULL). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_policy_set(cleat_policy *policy, cleat_alg_kind kind,
                                                       const char *spec, cleat_error *error);

/* Client: hosts may prove themselves with certificates. They come first in the defaults of
 * CLEAT_ALG_HOSTKEY from now on, and in lists that are set as changes of these; call it before
 * cleat_policy_set. Without it no host is asked for one, as only an owner that checks certificates
 * (cleat_cert_check, cleat_known_hosts_check_cert) can tell whether it is good. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_policy_take_host_certs(cleat_policy *policy);

/* The same of X.509 certificates: those of hosts for a client (CLEAT_ALG_HOSTKEY), those of users
 * for a server (CLEAT_ALG_PUBKEY). Its owner checks them (cleat_x509_check). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_policy_take_x509(cleat_policy *policy);

/* Client: puts the names of CLEAT_ALG_HOSTKEY first by which the host can prove itself with a key
 * that is known, so that it shows one of these: those of the key types, comma-separated
 * (cleat_host_answer.key_types), and all certificates' where an authority for the host is known.
 * The order stays otherwise; nothing changes where the first name's type is a known one. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_policy_prefer_known(cleat_policy *policy,
                                                                const char *key_types,
                                                                bool authority);

/* The list as a comma-separated string, owned by the policy. */
CLEAT_API const char *cleat_policy_get(const cleat_policy *policy, cleat_alg_kind kind);

/* RSA keys shorter than this are refused, for hosts and users (default 2048, at least 1024). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_policy_set_rsa_min(cleat_policy *policy, unsigned bits);
CLEAT_API unsigned cleat_policy_rsa_min(const cleat_policy *policy);

#ifdef __cplusplus
}
#endif
#endif
