/* Key revocation lists in OpenSSH's format (PROTOCOL.krl): reading, changing and writing them.
 *
 * A cleat_krl is a set of what is revoked. Whether a key or a certificate is, cleat_key_is_revoked
 * (store.h) tells from the file itself. One thread at a time. */
#ifndef CLEAT_KRL_H
#define CLEAT_KRL_H

#include <cleat/cert.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cleat_krl cleat_krl;

typedef enum cleat_krl_kind {
    CLEAT_KRL_SERIALS, /* certificates of `authority` with serial numbers from `first` to `last` */
    CLEAT_KRL_KEY_ID,  /* data: the key id of certificates of `authority` */
    CLEAT_KRL_CERT_EXTENSION, /* data: an extension of unknown meaning that may be passed over; it
                                 is kept. Of the certificates of `authority` */
    CLEAT_KRL_KEY,            /* data: the blob of a key */
    CLEAT_KRL_SHA1,           /* data: the hash of such a blob, 20 bytes */
    CLEAT_KRL_SHA256,         /* 32 bytes */
    CLEAT_KRL_EXTENSION       /* as CERT_EXTENSION, of the whole list */
} cleat_krl_kind;

/* One thing that is revoked. */
typedef struct cleat_krl_entry {
    cleat_krl_kind kind;
    cleat_slice authority; /* the blob of its key; empty: any */
    cleat_slice data;
    uint64_t first, last;
} cleat_krl_entry;

/* What stands at the head of the list. */
typedef struct cleat_krl_facts {
    uint64_t version;
    uint64_t generated; /* seconds since 1970; 0 for a list that was never written */
    const char *comment;
} cleat_krl_facts;

/* An empty list. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_krl_new(cleat_krl **out, cleat_ctx *ctx);

/* CLEAT_E_FORMAT for what is no list or a damaged one, CLEAT_E_UNSUPPORTED where a part is critical
 * and unknown, or the list is signed, CLEAT_E_LIMIT for more than a million entries; the error
 * names the offset. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_krl_read(cleat_krl **out, cleat_ctx *ctx,
                                                     cleat_slice file, cleat_error *error);

/* NULL is fine. */
CLEAT_API void cleat_krl_free(cleat_krl *krl);

/* Borrowed until the list changes. */
CLEAT_API cleat_krl_facts cleat_krl_get_facts(const cleat_krl *krl);

/* The version is the owner's to raise with each change; the comment is copied. */
CLEAT_API void cleat_krl_set_version(cleat_krl *krl, uint64_t version);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_krl_set_comment(cleat_krl *krl, const char *comment);

/* Adds an entry, whose bytes are copied; one that is there already changes nothing.
 * CLEAT_E_BAD_CALL for one without sense: a hash of another length, serial number 0, which stands
 * for none, a last number before the first, a key id with a zero byte. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_krl_add(cleat_krl *krl, const cleat_krl_entry *entry);

/* Revokes a key, with all certificates for it and all that it has signed. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_krl_add_key(cleat_krl *krl, const cleat_key *key);

/* Revokes the key with this fingerprint, "SHA256:" and base64. CLEAT_E_FORMAT for other text. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_krl_add_fingerprint(cleat_krl *krl,
                                                                const char *fingerprint);

/* Revokes a certificate by its serial number and authority, or by its key id if it has no number.
 */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_krl_add_cert(cleat_krl *krl, const cleat_cert *cert);

/* How many entries there are, once serial numbers that touch are put together. */
CLEAT_API size_t cleat_krl_count(cleat_krl *krl);

/* The i-th entry: of one authority after the other what is of certificates, then the rest; by kind,
 * and sorted. Borrowed until the list changes. Empty past the end. */
CLEAT_API cleat_krl_entry cleat_krl_at(cleat_krl *krl, size_t i);

/* The file, serial numbers in a form that takes few bytes. now: seconds since 1970. The list
 * remembers it as its date. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_krl_write(cleat_krl *krl, uint64_t now,
                                                      cleat_bytes *out);

#ifdef __cplusplus
}
#endif
#endif
