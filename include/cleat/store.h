/* The files in which trust is kept: known_hosts and authorized_keys, and the line syntax that
 * OpenSSH's configuration files share. The library reads no file: callers hand in the content.
 * edit.h changes the files. */
#ifndef CLEAT_STORE_H
#define CLEAT_STORE_H

#include <cleat/cert.h>
#include <cleat/x509.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) -----------------------------------------
 */

typedef enum cleat_host_verdict {
    CLEAT_HOST_NEW = 0, /* no line names this host with a key of this type */
    CLEAT_HOST_KNOWN,   /* this key is this host's */
    CLEAT_HOST_CHANGED, /* the host has another key of this type */
    CLEAT_HOST_REVOKED  /* the key is marked @revoked */
} cleat_host_verdict;

/* What known_hosts says. */
typedef struct cleat_host_answer {
    cleat_host_verdict verdict;
    unsigned line;       /* the line that decided; 0 for NEW */
    char key_types[512]; /* types of all keys that the host is known by, comma-separated */
    bool authority;      /* a @cert-authority line names the host: its certificates may be good */
    unsigned lines;      /* that have been looked at */
} cleat_host_answer;

/* Looks host (name or address, case ignored) and port up. Lines that cannot be read are
 * skipped and logged at DEBUG1. key may be NULL: then only key_types is of interest.
 * CLEAT_E_BAD_CALL for a host that cannot be one name in the file: empty, too long, or with blanks,
 * commas or wildcards.
 */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_known_hosts_check(cleat_ctx *ctx, cleat_slice file,
                                                              const char *host, uint16_t port,
                                                              const cleat_key *key,
                                                              cleat_host_answer *answer);

/* The same for a host's certificate: KNOWN where the key of its authority stands in a
 * @cert-authority line for this host, REVOKED where a @revoked line has the certified key or the
 * authority's, else NEW. key_types stays empty. A KNOWN one is good only if cleat_cert_check finds
 * it good for the host's name; of a certificate that is not, as of a NEW one, the key may still be
 * known by itself: cleat_known_hosts_check of cleat_cert_key. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_known_hosts_check_cert(cleat_ctx *ctx, cleat_slice file,
                                                                   const char *host, uint16_t port,
                                                                   const cleat_cert *cert,
                                                                   cleat_host_answer *answer);

/* The same for X.509 certificates. Lines "host x509v3-NAME Subject:PATTERN"
 * (cleat_x509_match_subject) say whose certificate it must be, and so do lines with one in base64;
 * any name with that beginning will do. KNOWN: one of them means it. CHANGED: there are some, and
 * none does. NEW: there is none, and the certificate must name the host (cleat_x509_names_host).
 * REVOKED: a line with @revoked has the subject, a certificate of the chain, or the plain key.
 * Whether the chain is good for anything is another question. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_known_hosts_check_x509(cleat_ctx *ctx, cleat_slice file,
                                                                   const char *host, uint16_t port,
                                                                   const cleat_x509 *chain,
                                                                   cleat_host_answer *answer);

/* For a file that comes in pieces, which end where lines do: adds what the next piece says to what
 * those before it said; *all begins as zeros. */
CLEAT_API void cleat_host_answer_add(cleat_host_answer *all, const cleat_host_answer *piece);

/* The line that makes the host known, with its line end. hashed: the name as HMAC-SHA1. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_known_hosts_line(cleat_ctx *ctx, const char *host,
                                                             uint16_t port, const cleat_key *key,
                                                             bool hashed, cleat_bytes *out);

/* True when the file revokes the key, or the certificate that it comes in (NULL: none), or its
 * authority. The file is one of public keys, one a line, or a key revocation list of OpenSSH's
 * (RevokedHostKeys, RevokedKeys). True also when it cannot be read, as then it may name the key. */
CLEAT_API bool cleat_key_is_revoked(cleat_ctx *ctx, cleat_slice file, const cleat_key *key,
                                    const cleat_cert *cert);

/* True when a line of the same file names a certificate of the chain, or the first's subject
 * ("x509v3-ssh-ed25519 Subject:..."). Of the keys in it, see cleat_x509_use. */
CLEAT_API bool cleat_x509_is_revoked(cleat_ctx *ctx, cleat_slice file, const cleat_x509 *chain);

/* True when the file of public keys, one a line, holds the key (TrustedUserCAKeys); lines that
 * cannot be read hold none. */
CLEAT_API bool cleat_key_list_trusts(cleat_ctx *ctx, cleat_slice file, const cleat_key *key);

/* ---- authorized_keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT)
 * -------------------------------------- */

/* What a key may do. Pointers are borrowed from `memory`. */
typedef struct cleat_key_options {
    bool no_pty, no_port_forwarding, no_agent_forwarding;
    bool no_touch_required;         /* a security key's signature will do without a touch */
    bool verify_required;           /* it must attest that the user was verified */
    const char *command;            /* NULL: the user's choice */
    const char *const *environment; /* "NAME=value", NULL-terminated */
    const char *const *permit_open; /* "host:port", NULL-terminated; empty list: anywhere */
    unsigned line;
    struct cleat_key_options_memory *memory;
    const char *const *permit_listen; /* "host:port" or "port", as permit_open */
    bool no_user_rc;                  /* ~/.ssh/rc is not run */
    bool no_x11_forwarding;
} cleat_key_options;

/* The caller's facts that options are checked against. */
typedef struct cleat_key_peer {
    const char *address; /* numeric */
    const char *host;    /* its name, for patterns of names in from=; NULL: not known */
    int64_t now;         /* seconds since 1970 */
    unsigned lines;      /* of the file that are before this piece, if it comes in pieces */
} cleat_key_peer;

/* Finds the line with this key whose options allow this peer. CLEAT_E_NO_SUCH when there is none;
 * *problems then tells, a line each, why lines with the key were refused (NULL-able). A line with
 * an option that is unknown or cannot be enforced is refused, never taken without it. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_authorized_keys_find(
    cleat_ctx *ctx, cleat_slice file, const char *file_name, const cleat_key *key,
    const cleat_key_peer *peer, cleat_key_options *options, cleat_bytes *problems);
CLEAT_API void cleat_key_options_free(cleat_key_options *options);

/* The same for a certificate: lines with cert-authority and its authority's key. It must be good
 * for this use; use->name, the user's, counts where a line has no principals=. What the certificate
 * itself does not allow, the options do not either, and what either requires is required. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_authorized_keys_find_cert(
    cleat_ctx *ctx, cleat_slice file, const char *file_name, const cleat_cert *cert,
    const cleat_cert_use *use, const cleat_key_peer *peer, cleat_key_options *options,
    cleat_bytes *problems);

/* The same for X.509 certificates: lines with "x509v3-NAME Subject:PATTERN" or a certificate, as in
 * cleat_known_hosts_check_x509, options before them. A line with cert-authority or principals is
 * refused. Whether the chain is good for anything is another question. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_authorized_keys_find_x509(
    cleat_ctx *ctx, cleat_slice file, const char *file_name, const cleat_x509 *chain,
    const cleat_key_peer *peer, cleat_key_options *options, cleat_bytes *problems);

/* The same for a file of names that certificates may be for, options before them
 * (AuthorizedPrincipalsFile); whether the authority is trusted is the caller's to know. The file
 * may be just the user's name. */
CLEAT_API CLEAT_MUST_USE cleat_status
cleat_principals_find(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                      const cleat_cert *cert, const cleat_cert_use *use, const cleat_key_peer *peer,
                      cleat_key_options *options, cleat_bytes *problems);

/* ---- values in configuration files (ssh_config(5), sshd_config(5)); config.h reads the files ----
 */

/* "1h30m", "45": seconds. "1G", "512K": bytes. "yes"/"no"/"true"/"false". */
CLEAT_API bool cleat_config_time(const char *text, uint32_t *seconds);
CLEAT_API bool cleat_config_size(const char *text, uint64_t *bytes);
CLEAT_API bool cleat_config_flag(const char *text, bool *value);

/* Tells the time in some place: gets the seconds since 1970 at which a clock in UTC shows a date
 * and a time, and gives those at which a clock there shows them. */
typedef struct cleat_time_zone {
    int64_t (*moment)(void *user, int64_t shown);
    void *user;
} cleat_time_zone;

/* "20261124", "202611241830", "20261124183015": seconds since 1970. With a final "Z" or "UTC" in
 * UTC, else in the zone; NULL is UTC. False for what is no such date. */
CLEAT_API bool cleat_config_date(const char *text, const cleat_time_zone *zone, int64_t *seconds);

/* A word of IPQoS ("ef", "af21", "cs1", "le", a number): the type of service byte; -1 for "none".
 */
CLEAT_API bool cleat_config_service_class(const char *word, int *tos);

/* A numeric address against a comma list of patterns and ranges (10.0.0.0/8, 2001:db8::/32), with
 * '!' negation. False also for a list with a range that cannot be read: *malformed tells. */
CLEAT_API bool cleat_address_list_match(const char *address, const char *list, bool *malformed);

/* The same list, which may also hold patterns of names, for a client whose name may be known (NULL:
 * it is not). A negated pattern excludes whichever of the two it matches. */
CLEAT_API bool cleat_host_list_match(const char *address, const char *host, const char *list);

/* '*' and '?' patterns, a comma list with '!' negation. */
CLEAT_API bool cleat_pattern_list_match(const char *text, const char *patterns);

#ifdef __cplusplus
}
#endif
#endif
