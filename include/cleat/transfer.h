/* Copying files and trees over a session of SFTP, and making and removing trees there: many
 * requests and many files at once, which send themselves (no cleat_sftp_link_send). Everything
 * belongs to the loop of the link and its thread. */
#ifndef CLEAT_TRANSFER_H
#define CLEAT_TRANSFER_H

#include <cleat/uv.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cleat_transfer cleat_transfer;

typedef enum cleat_transfer_direction {
    CLEAT_TRANSFER_GET = 1, /* from the server to here */
    CLEAT_TRANSFER_PUT,     /* from here to the server */
    CLEAT_TRANSFER_COPY     /* from one path of the server to another */
} cleat_transfer_direction;

typedef enum cleat_transfer_event_type {
    CLEAT_TRANSFER_BEGIN = 1, /* of a file: done and total are known */
    CLEAT_TRANSFER_PROGRESS,
    CLEAT_TRANSFER_END,  /* the file is complete; rmtree: the file or directory is removed */
    CLEAT_TRANSFER_DIR,  /* a directory is entered; makedirs: it is made */
    CLEAT_TRANSFER_ERROR /* this path failed; the others go on */
} cleat_transfer_event_type;

/* Strings are borrowed for the call; makedirs and rmtree have the same path as both. Those of the
 * server's side may hold control characters. */
typedef struct cleat_transfer_event {
    cleat_transfer_event_type type;
    const char *from, *to;
    uint64_t done, total; /* bytes of the file; total 0 where it is not known. Of a directory they
                           * say nothing */
    const cleat_error *error;
} cleat_transfer_event;

/* Zero means default for every member. Copied but for user. */
typedef struct cleat_transfer_options {
    size_t struct_size;
    bool recurse;      /* directories with all that is in them */
    bool preserve;     /* permissions and times; a link's own where its side can set them */
    bool follow;       /* below the top, what a symbolic link points to rather than the link */
    bool resume;       /* go on where a shorter target ends */
    bool atomic;       /* under another name first, renamed when it is complete and on the disk: the
                        * target's with ".part" behind it and, without resume, a random number */
    bool sync;         /* on the disk before it counts as complete */
    uint64_t rate_max; /* bytes a second through here, of all files together; 0: no limit */
    uint32_t files_max;    /* at a time; 0: 64 */
    uint32_t requests_max; /* of data, at a time; 0: as the path needs */
    uint32_t block;        /* bytes of one request; 0: as the server says */
    void *user;
    void (*on_event)(void *user, cleat_transfer *t, const cleat_transfer_event *ev);
    /* Exactly once unless the transfer is cancelled; it is freed afterwards. why->status is that of
     * the first error, CLEAT_OK when all went well. Within it another transfer may be started, and
     * the link closed. */
    void (*on_done)(void *user, cleat_transfer *t, const cleat_error *why);
    bool name_is_peers; /* GET: the last part of `to` came from the server, as after a pattern:
                         * what is a symbolic link there is not written through */
} cleat_transfer_options;

/* Copies `from` to `to`; both are paths of files, or with recurse of directories too. A directory
 * as `to` is not looked into: name what is made. Errors of files come as events. CLEAT_E_NOMEM,
 * CLEAT_E_BAD_CALL. Local paths are UTF-8.
 *
 * COPY: the server copies files by itself where it offers copy-data; else they go through here.
 * Nothing is copied to itself or into itself, whatever links lead there. SFTP does not tell two
 * names of one file (hard links) apart from two files; a copy from one to the other leaves it as it
 * is.
 *
 * Trees may have any size: where thousands of directories are known and not read yet, the walk goes
 * down first. A tree of which more than 128 MiB would have to be remembered even so ends with
 * CLEAT_E_LIMIT; so does a directory of the server with paths of more than 4096 bytes, alone. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_transfer_start(cleat_transfer **out,
                                                           cleat_sftp_link *link, uv_loop_t *loop,
                                                           cleat_transfer_direction direction,
                                                           const char *from, const char *to,
                                                           const cleat_transfer_options *options);

/* Makes a directory of the server with its parents, as the server likes; those that exist are fine,
 * as are links that lead to directories. Of the options the callbacks count. Statuses as above. */
CLEAT_API CLEAT_MUST_USE cleat_status
cleat_transfer_makedirs(cleat_transfer **out, cleat_sftp_link *link, uv_loop_t *loop,
                        const char *path, const cleat_transfer_options *options);

/* Removes a file of the server, or a directory with all that is in it. Symbolic links are removed
 * and not followed, `path` included. What fails is an event, and stays with the directories it is
 * in; the rest goes on. Names that would lead out of their directory are refused, as are "." and
 * ".." as the end of `path` and the root. SFTP knows files by paths alone: whoever may change the
 * tree meanwhile can put a link in place of a directory, and have removed what is behind it. Of the
 * options the callbacks and files_max count. Statuses as above. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_transfer_rmtree(cleat_transfer **out,
                                                            cleat_sftp_link *link, uv_loop_t *loop,
                                                            const char *path,
                                                            const cleat_transfer_options *options);

/* Stops as soon as possible; no callback comes any more. What is incomplete stays, to be resumed,
 * and is told as errors (CLEAT_E_CANCELLED) before this returns. May be called from on_event, which
 * may close the link behind it. */
CLEAT_API void cleat_transfer_cancel(cleat_transfer *t);

/* The link is over (on_end): every file under way fails with that error, and on_done follows. */
CLEAT_API void cleat_transfer_lost(cleat_transfer *t, const cleat_error *why);

#ifdef __cplusplus
}
#endif
#endif
