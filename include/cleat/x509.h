/* X.509 certificates in SSH (RFC 6187): a chain that names the owner of a key, the authorities that
 * are trusted, and whether a chain is good for what it is shown for. Algorithms: "x509v3-ssh-rsa",
 * "x509v3-rsa2048-sha256", "x509v3-ecdsa-sha2-nistp256" (384, 521), and beyond the RFC
 * "x509v3-ssh-ed25519" and "x509v3-ssh-ed448".
 *
 * A cleat_x509 never changes and is reference counted, as keys are. To have one says nothing about
 * its certificates but that they can be read: cleat_x509_check decides. */
#ifndef CLEAT_X509_H
#define CLEAT_X509_H

#include <cleat/cert.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Longer chains are refused, and so are larger certificates and responses (bytes). */
enum { CLEAT_X509_CHAIN_MAX = 10, CLEAT_X509_PART_MAX = 16384 };

/* Takes one reference more and returns the chain. */
CLEAT_API cleat_x509 *cleat_x509_ref(cleat_x509 *chain);

/* Gives one reference back; the last one frees. NULL is fine. */
CLEAT_API void cleat_x509_unref(cleat_x509 *chain);

/* True for the name of an algorithm by which a key in an X.509 certificate proves itself. */
CLEAT_API bool cleat_x509_is_name(const char *name);

/* ---- reading and writing ----------------------------------------------------------------------
 *   CLEAT_E_KEY_FORMAT    damaged, too long, or of another algorithm than it says
 *   CLEAT_E_UNSUPPORTED   an algorithm or a type of key that this build does not know
 *   CLEAT_E_NO_SUCH       no certificate is there, or none is the key's */

/* The binary form, as it travels (RFC 6187 §2.1). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_x509_from_blob(cleat_x509 **out, cleat_ctx *ctx,
                                                           cleat_slice blob, cleat_error *error);

/* A chain for this key from certificates in DER, in any order: the key's own, then issuer by issuer
 * as far as they are there. A root is left out, as are certificates that lead nowhere. Of
 * the responses by OCSP, in DER, the first about each certificate is shown with it. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_x509_from_certificates(
    cleat_x509 **out, const cleat_key *key, const cleat_slice *certificates, size_t count,
    const cleat_slice *responses, size_t response_count, cleat_error *error);

/* The same from a file: certificates in PEM, other objects among them passed over, or one in DER.
 */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_x509_read(cleat_x509 **out, const cleat_key *key,
                                                      cleat_slice file,
                                                      const cleat_slice *responses,
                                                      size_t response_count, cleat_error *error);

/* True for what looks like a file of X.509 certificates, in PEM or DER, with or without a key. */
CLEAT_API bool cleat_x509_is_file(cleat_slice file);

/* The binary form for this algorithm, one of the chain's own. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_x509_write(const cleat_x509 *chain,
                                                       const char *algorithm, cleat_bytes *out);

/* True when the blob is the chain's binary form, for whichever of its algorithms. */
CLEAT_API bool cleat_x509_is_blob_of(const cleat_x509 *chain, cleat_slice blob);

/* ---- facts ------------------------------------------------------------------------------------
 * Borrowed until the chain is freed. */

CLEAT_API cleat_key *cleat_x509_key(const cleat_x509 *chain); /* that is certified */

/* What the first certificate says. Names are written as "C=DE,O=Example,CN=alice": in the order in
 * which they are encoded, what is not printable ASCII escaped. */
typedef struct cleat_x509_facts {
    const char *subject, *issuer;
    const char *serial;       /* in hexadecimal */
    size_t certificate_count; /* of the chain */
    size_t response_count;    /* of OCSP */
} cleat_x509_facts;

/* The facts of the chain. */
CLEAT_API const cleat_x509_facts *cleat_x509_get_facts(const cleat_x509 *chain);

/* The first of the chain's algorithms, best first, that both comma lists hold; NULL when there is
 * none. Ours that is NULL holds all but x509v3-ssh-rsa, whose signatures are SHA-1's; theirs that
 * is NULL holds all. */
CLEAT_API const char *cleat_x509_pick_algorithm(const cleat_x509 *chain, const char *ours,
                                                const char *theirs);

/* The host's name or address is one of the certificate's (RFC 6125 §6.4): dNSName, in which '*' may
 * stand for the whole first label, or iPAddress. The subject's common name does not count. */
CLEAT_API bool cleat_x509_names_host(const cleat_x509 *chain, const char *host);

/* The user's name is one of the certificate's by one of these rules, separated by blanks:
 *   email     an rfc822Name is the name, whole
 *   upn       the same of a user principal name (otherName 1.3.6.1.4.1.311.20.2.3)
 *   dns       the same of a dNSName
 *   cn        the same of the subject's common name
 *   email@D   an rfc822Name is NAME@D; D is a pattern, in which case does not count
 *   upn@D     the same of a user principal name */
CLEAT_API bool cleat_x509_names_user(const cleat_x509 *chain, const char *rules, const char *user);

/* NULL when all rules can be read, else what is wrong with them. */
CLEAT_API const char *cleat_x509_user_rules_fault(const char *rules);

/* The first certificate's subject against a pattern: "C=DE,O=Example,CN=alice", parts in the order
 * of their encoding, '+' between values of one part, '\' before ',' '+' and '\' in values;
 * "/C=DE/O=Example/CN=alice" is the same; ",*" at the end stands for any further parts. Names of
 * parts are OpenSSL's or dotted numbers; values compare as RFC 5280 §7.1 says, without regard to
 * case. CLEAT_E_NO_SUCH when it differs, CLEAT_E_CONFIG for a pattern that cannot be read. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_x509_match_subject(const cleat_x509 *chain,
                                                               const char *pattern);

/* ---- authorities ------------------------------------------------------------------------------
 * Certificates that are trusted, and lists of what they have revoked. Filled by one owner; once it
 * is, any number of threads may check with it. The library reads no file: a directory whose files
 * are named by hashes, as openssl rehash makes it, is so many files. */

typedef struct cleat_x509_store cleat_x509_store;

/* An empty one: nobody is trusted. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_x509_store_new(cleat_x509_store **out, cleat_ctx *ctx);

/* Takes one reference more and returns the store. */
CLEAT_API cleat_x509_store *cleat_x509_store_ref(cleat_x509_store *store);

/* Gives one reference back; the last one frees. NULL is fine. */
CLEAT_API void cleat_x509_store_unref(cleat_x509_store *store);

/* Adds the certificates in a file, in PEM or one in DER. Roots are trusted; others help to find a
 * way to a root. CLEAT_E_NO_SUCH where the file has none, CLEAT_E_KEY_FORMAT for a damaged one. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_x509_store_add(cleat_x509_store *store,
                                                           cleat_slice file, cleat_error *error);

/* Adds the revocation lists (CRLs) in a file, in the same way. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_x509_store_add_crl(cleat_x509_store *store,
                                                               cleat_slice file,
                                                               cleat_error *error);

/* ---- use --------------------------------------------------------------------------------------
 */

/* When a response by OCSP must come with the chain. Those that come are checked in any case. */
typedef enum cleat_x509_ocsp {
    CLEAT_X509_OCSP_OPTIONAL = 0,
    CLEAT_X509_OCSP_NAMED, /* for a certificate that names a responder, as RFC 6187 §2.1 advises */
    CLEAT_X509_OCSP_REQUIRED /* for the first certificate */
} cleat_x509_ocsp;

/* What a chain is wanted for. */
typedef struct cleat_x509_use {
    size_t struct_size;
    cleat_cert_kind kind;
    int64_t now; /* seconds since 1970 */
    /* Extended key usages that will do, separated by blanks: OpenSSL's short names or dotted
     * numbers, "any" for whatever. NULL: secureShellClient for a user, secureShellServer for a
     * host (RFC 6187 §2.2.2). */
    const char *purposes;
    bool purpose_required; /* refuse a certificate without the extension, which allows all uses */
    bool crl_required;     /* refuse where an authority's list is missing; one that is there counts
                              in any case, and must not be out of date */
    cleat_x509_ocsp ocsp;
    unsigned rsa_min_bits;   /* of every key in the chain; 0: 2048 */
    unsigned security_level; /* OpenSSL's, of keys and signatures; 0: 2, which is 112 bits */
    unsigned depth_max;      /* authorities between certificate and root; 0: 8 */
    /* Asked about the key of every certificate on the way, the root's too; true refuses it. NULL:
     * no key is revoked. */
    bool (*key_is_revoked)(void *user, const cleat_key *key);
    void *user;
} cleat_x509_use;

/* NULL when the purposes can be read, else what is wrong with them. */
CLEAT_API const char *cleat_x509_purposes_fault(const char *purposes);

/* Whether there is a way to a trusted root on which every certificate is good (RFC 5280 §6.1), and
 * the first good for this use. CLEAT_E_PERMISSION where not, CLEAT_E_KEY_WEAK for a short RSA key,
 * and error says why; CLEAT_E_BAD_CALL for a purpose that is unknown. Whose certificate it is, is
 * another question: see names_host, names_user and match_subject. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_x509_check(const cleat_x509 *chain,
                                                       const cleat_x509_store *store,
                                                       const cleat_x509_use *use,
                                                       cleat_error *error);

#ifdef __cplusplus
}
#endif
#endif
