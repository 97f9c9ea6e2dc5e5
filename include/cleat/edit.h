/* Changing the files in which trust is kept: known_hosts and authorized_keys.
 *
 * The library touches no file: the old content comes in, the new goes out, and writing it so that
 * no crash leaves half of it is the caller's part. Whatever an edit is not about stays as it is,
 * byte by byte: comments, the order, line ends, lines that make no sense, a last line without an
 * end. A line that is added ends as the file's first line does. */
#ifndef CLEAT_EDIT_H
#define CLEAT_EDIT_H

#include <cleat/bytes.h>
#include <cleat/key.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) -----------------------------------------
 * A host is named as in store.h: name or address, case ignored, and port; CLEAT_E_BAD_CALL for one
 * that cannot be one name in the file. */

typedef enum cleat_host_line_kind {
    CLEAT_HOST_LINE_NONE,      /* empty or a comment */
    CLEAT_HOST_LINE_KEY,       /* the key is the host's */
    CLEAT_HOST_LINE_AUTHORITY, /* @cert-authority */
    CLEAT_HOST_LINE_REVOKED,   /* @revoked */
    CLEAT_HOST_LINE_UNREADABLE /* nothing that is known */
} cleat_host_line_kind;

/* A line of the file; the slices are views into it. */
typedef struct cleat_host_line {
    cleat_host_line_kind kind;
    unsigned number;   /* from 1 */
    bool hashed;       /* the names cannot be read */
    cleat_slice text;  /* without its end */
    cleat_slice names; /* a comma list of patterns, or one hashed name */
    cleat_slice key;   /* "type base64 comment", as cleat_key_read_public takes it; not looked at */
} cleat_host_line;

/* Told of a line. */
typedef void (*cleat_host_line_seen)(void *user, const cleat_host_line *line);

/* Tells of every line that names the host, markers included, in order; with host NULL of every line
 * that is not empty or a comment. The file may come in pieces of whole lines: *lines, 0 at first,
 * is how many there have been, and those of this piece are added. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_known_hosts_each(cleat_ctx *ctx, cleat_slice file,
                                                             const char *host, uint16_t port,
                                                             unsigned *lines,
                                                             cleat_host_line_seen seen, void *user);

/* The file with one line more: this key is the host's. hashed: the name as HMAC-SHA1. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_known_hosts_add(cleat_ctx *ctx, cleat_slice file,
                                                            const char *host, uint16_t port,
                                                            const cleat_key *key, bool hashed,
                                                            cleat_bytes *out);

/* The file without the lines that name the host, even by a pattern or beside others. Lines with a
 * marker stay. seen (NULL-able) is told of those that go. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_known_hosts_remove(cleat_ctx *ctx, cleat_slice file,
                                                               const char *host, uint16_t port,
                                                               cleat_host_line_seen seen,
                                                               void *user, cleat_bytes *out);

/* The file with all names hashed, each on a line of its own. Lines with a marker and those with a
 * wildcard or a negation stay, as only a name can be hashed; seen (NULL-able) is told of those
 * with a wildcard or a negation, and of unreadable ones. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_known_hosts_hash(cleat_ctx *ctx, cleat_slice file,
                                                             cleat_host_line_seen seen, void *user,
                                                             cleat_bytes *out);

typedef enum cleat_hosts_change {
    CLEAT_HOSTS_SAME,    /* the file needs no change */
    CLEAT_HOSTS_CHANGED, /* *out is the new content */
    CLEAT_HOSTS_UNCLEAR  /* lines that name the host by patterns, or together with others, say what
                            its keys are: they are not for a program to change */
} cleat_hosts_change;

/* What the file becomes when exactly these are the host's keys (UpdateHostKeys): lines with other
 * keys of its go, keys without a line get one. Lines with a marker stay, and so do keys that this
 * build cannot read: of them nobody knows whether the host still has them. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_known_hosts_update(
    cleat_ctx *ctx, cleat_slice file, const char *host, uint16_t port, cleat_key *const *keys,
    size_t count, bool hashed, cleat_hosts_change *change, cleat_bytes *out);

/* ---- authorized_keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT)
 * -------------------------------------- */

/* The file with one line more for this key and its comment, unless it has one already without
 * cert-authority, whatever its options: then *count is 0 and *out the file as it is, else 1.
 * options is what stands before the key, NULL for nothing; CLEAT_E_BAD_CALL where it is no list of
 * options. That the options are known is not checked: the file may be another program's. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_authorized_keys_add(cleat_ctx *ctx, cleat_slice file,
                                                                const char *options,
                                                                const cleat_key *key,
                                                                unsigned *count, cleat_bytes *out);

/* The file without the lines that hold the key, with cert-authority or not; *count: how many went.
 */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_authorized_keys_remove(cleat_ctx *ctx, cleat_slice file,
                                                                   const cleat_key *key,
                                                                   unsigned *count,
                                                                   cleat_bytes *out);

#ifdef __cplusplus
}
#endif
#endif
