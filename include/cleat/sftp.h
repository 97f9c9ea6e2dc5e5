/* SFTP, versions 3 to 6 (draft-ietf-secsh-filexfer-02, -04, -05 and -13): the types that both sides
 * share, and the server as a machine without input and output of its own. */
#ifndef CLEAT_SFTP_H
#define CLEAT_SFTP_H

#include <cleat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- types of both sides -----------------------------------------------------------------------
 */

enum { CLEAT_SFTP_VERSION_MIN = 3, CLEAT_SFTP_VERSION_MAX = 6 };

/* XX(name, number, first version that knows it, sentence) (draft-13 §9.1) */
#define CLEAT_SFTP_CODE_MAP(XX)                                                                    \
    XX(OK, 0, 3, "Success")                                                                        \
    XX(EOF, 1, 3, "End of file")                                                                   \
    XX(NO_SUCH_FILE, 2, 3, "No such file")                                                         \
    XX(PERMISSION_DENIED, 3, 3, "Permission denied")                                               \
    XX(FAILURE, 4, 3, "Failure")                                                                   \
    XX(BAD_MESSAGE, 5, 3, "Bad message")                                                           \
    XX(NO_CONNECTION, 6, 3, "No connection")                                                       \
    XX(CONNECTION_LOST, 7, 3, "Connection lost")                                                   \
    XX(OP_UNSUPPORTED, 8, 3, "Operation unsupported")                                              \
    XX(INVALID_HANDLE, 9, 4, "Invalid handle")                                                     \
    XX(NO_SUCH_PATH, 10, 4, "No such path")                                                        \
    XX(FILE_ALREADY_EXISTS, 11, 4, "File already exists")                                          \
    XX(WRITE_PROTECT, 12, 4, "Write protected")                                                    \
    XX(NO_MEDIA, 13, 4, "No media")                                                                \
    XX(NO_SPACE_ON_FILESYSTEM, 14, 5, "No space left on the file system")                          \
    XX(QUOTA_EXCEEDED, 15, 5, "Quota exceeded")                                                    \
    XX(UNKNOWN_PRINCIPAL, 16, 5, "Unknown user or group")                                          \
    XX(LOCK_CONFLICT, 17, 5, "Locked by another")                                                  \
    XX(DIR_NOT_EMPTY, 18, 6, "Directory not empty")                                                \
    XX(NOT_A_DIRECTORY, 19, 6, "Not a directory")                                                  \
    XX(INVALID_FILENAME, 20, 6, "Invalid file name")                                               \
    XX(LINK_LOOP, 21, 6, "Too many symbolic links")                                                \
    XX(CANNOT_DELETE, 22, 6, "Cannot be deleted")                                                  \
    XX(INVALID_PARAMETER, 23, 6, "Invalid parameter")                                              \
    XX(FILE_IS_A_DIRECTORY, 24, 6, "Is a directory")                                               \
    XX(BYTE_RANGE_LOCK_CONFLICT, 25, 6, "The range is locked")                                     \
    XX(BYTE_RANGE_LOCK_REFUSED, 26, 6, "The lock is refused")                                      \
    XX(DELETE_PENDING, 27, 6, "About to be deleted")                                               \
    XX(FILE_CORRUPT, 28, 6, "File corrupt")                                                        \
    XX(OWNER_INVALID, 29, 6, "Invalid owner")                                                      \
    XX(GROUP_INVALID, 30, 6, "Invalid group")                                                      \
    XX(NO_MATCHING_BYTE_RANGE_LOCK, 31, 6, "No such lock")

/* The protocol's status codes. A number that is not here may still come from a peer. */
typedef enum cleat_sftp_code {
#define CLEAT_SFTP_CODE_ENUM(name, number, version, sentence) CLEAT_SFTP_##name = (number),
    CLEAT_SFTP_CODE_MAP(CLEAT_SFTP_CODE_ENUM)
#undef CLEAT_SFTP_CODE_ENUM
} cleat_sftp_code;

/* "Permission denied"; "Failure" for a number that is not in the list. Static storage. */
CLEAT_API const char *cleat_sftp_code_text(uint32_t code);

/* What a file is (draft-13 §7.2). */
typedef enum cleat_sftp_type {
    CLEAT_SFTP_REGULAR = 1,
    CLEAT_SFTP_DIRECTORY = 2,
    CLEAT_SFTP_SYMLINK = 3,
    CLEAT_SFTP_SPECIAL = 4,
    CLEAT_SFTP_UNKNOWN = 5,
    CLEAT_SFTP_SOCKET = 6,
    CLEAT_SFTP_CHAR_DEVICE = 7,
    CLEAT_SFTP_BLOCK_DEVICE = 8,
    CLEAT_SFTP_FIFO = 9
} cleat_sftp_type;

/* Which members of cleat_sftp_attrs are meant. The numbers are version 6's (draft-13 §7.1), and
 * version 3's for the ids; what a version lacks is left out when it is sent. */
enum {
    CLEAT_SFTP_HAS_SIZE = 0x1,
    CLEAT_SFTP_HAS_IDS = 0x2, /* version 3 */
    CLEAT_SFTP_HAS_PERMISSIONS = 0x4,
    CLEAT_SFTP_HAS_ATIME = 0x8,       /* version 3 has both times or none */
    CLEAT_SFTP_HAS_CREATETIME = 0x10, /* version 4 and later */
    CLEAT_SFTP_HAS_MTIME = 0x20,
    CLEAT_SFTP_HAS_ACL = 0x40,                 /* version 4 */
    CLEAT_SFTP_HAS_NAMES = 0x80,               /* version 4 */
    CLEAT_SFTP_HAS_NANOSECONDS = 0x100,        /* version 4: of all times that are there */
    CLEAT_SFTP_HAS_BITS = 0x200,               /* version 5 */
    CLEAT_SFTP_HAS_ALLOCATION_SIZE = 0x400,    /* version 6 */
    CLEAT_SFTP_HAS_TEXT_HINT = 0x800,          /* version 6 */
    CLEAT_SFTP_HAS_MIME_TYPE = 0x1000,         /* version 6 */
    CLEAT_SFTP_HAS_LINK_COUNT = 0x2000,        /* version 6 */
    CLEAT_SFTP_HAS_UNTRANSLATED_NAME = 0x4000, /* version 6 */
    CLEAT_SFTP_HAS_CTIME = 0x8000              /* version 6 */
};

/* Attribute bits (draft-13 §7.9). */
enum {
    CLEAT_SFTP_BIT_READONLY = 0x1,
    CLEAT_SFTP_BIT_SYSTEM = 0x2,
    CLEAT_SFTP_BIT_HIDDEN = 0x4,
    CLEAT_SFTP_BIT_CASE_INSENSITIVE = 0x8,
    CLEAT_SFTP_BIT_ARCHIVE = 0x10,
    CLEAT_SFTP_BIT_ENCRYPTED = 0x20,
    CLEAT_SFTP_BIT_COMPRESSED = 0x40,
    CLEAT_SFTP_BIT_SPARSE = 0x80,
    CLEAT_SFTP_BIT_APPEND_ONLY = 0x100,
    CLEAT_SFTP_BIT_IMMUTABLE = 0x200,
    CLEAT_SFTP_BIT_SYNC = 0x400,
    CLEAT_SFTP_BIT_TRANSLATION_ERR = 0x800
};

/* Since 1970 in UTC; nanoseconds below 1000000000, added also to negative seconds. */
typedef struct cleat_sftp_time {
    int64_t seconds;
    uint32_t nanoseconds;
} cleat_sftp_time;

/* A file's attributes, the same for all versions (draft-13 §7). `has` says which members count;
 * `type` is always there, as CLEAT_SFTP_UNKNOWN where nothing is known. Slices are borrowed. */
typedef struct cleat_sftp_attrs {
    uint32_t has; /* CLEAT_SFTP_HAS_* */
    cleat_sftp_type type;
    uint64_t size, allocation_size; /* bytes */
    uint32_t uid, gid;
    cleat_slice owner, group; /* empty: leave that one as it is */
    uint32_t permissions;     /* the low twelve bits, no file type */
    cleat_sftp_time atime, createtime, mtime, ctime;
    cleat_slice acl;           /* as it is on the wire (draft-13 §7.8) */
    uint32_t bits, bits_valid; /* CLEAT_SFTP_BIT_*; version 5 sends no valid mask: then all are */
    uint8_t text_hint;
    cleat_slice mime_type;
    uint32_t link_count;
    cleat_slice untranslated_name;
    uint32_t extended_count; /* pairs of strings in ... */
    cleat_slice extended;    /* ... this, as on the wire */
} cleat_sftp_attrs;

/* Desired access to a file (draft-13 §8.1.1.2): NFSv4's bits. */
enum {
    CLEAT_SFTP_READ_DATA = 0x1,
    CLEAT_SFTP_WRITE_DATA = 0x2,
    CLEAT_SFTP_APPEND_DATA = 0x4,
    CLEAT_SFTP_READ_ATTRIBUTES = 0x80,
    CLEAT_SFTP_WRITE_ATTRIBUTES = 0x100
};

/* What a server's ACLs may hold (draft-13 §5.4). */
enum {
    CLEAT_SFTP_ACL_ALLOW = 0x1,
    CLEAT_SFTP_ACL_DENY = 0x2,
    CLEAT_SFTP_ACL_AUDIT = 0x4,
    CLEAT_SFTP_ACL_ALARM = 0x8,
    CLEAT_SFTP_ACL_INHERIT_ACCESS = 0x10,
    CLEAT_SFTP_ACL_INHERIT_AUDIT_ALARM = 0x20
};

/* How a file is opened (draft-13 §8.1.1.3): one of the first five, and flags. */
enum {
    CLEAT_SFTP_CREATE_NEW = 0,
    CLEAT_SFTP_CREATE_TRUNCATE = 1,
    CLEAT_SFTP_OPEN_EXISTING = 2,
    CLEAT_SFTP_OPEN_OR_CREATE = 3,
    CLEAT_SFTP_TRUNCATE_EXISTING = 4,
    CLEAT_SFTP_DISPOSITION = 7, /* mask of the five */
    CLEAT_SFTP_OPEN_APPEND = 0x8,
    CLEAT_SFTP_OPEN_APPEND_ATOMIC = 0x10,
    CLEAT_SFTP_OPEN_TEXT = 0x20,
    CLEAT_SFTP_OPEN_BLOCK_READ = 0x40,
    CLEAT_SFTP_OPEN_BLOCK_WRITE = 0x80,
    CLEAT_SFTP_OPEN_BLOCK_DELETE = 0x100,
    CLEAT_SFTP_OPEN_BLOCK_ADVISORY = 0x200,
    CLEAT_SFTP_OPEN_NOFOLLOW = 0x400,
    CLEAT_SFTP_OPEN_DELETE_ON_CLOSE = 0x800
};

/* How a file is renamed (draft-13 §8.3). */
enum {
    CLEAT_SFTP_RENAME_OVERWRITE = 1,
    CLEAT_SFTP_RENAME_ATOMIC = 2,
    CLEAT_SFTP_RENAME_NATIVE = 4
};

/* What REALPATH looks at (draft-13 §8.9). */
typedef enum cleat_sftp_check {
    CLEAT_SFTP_CHECK_NONE = 1,  /* the text alone */
    CLEAT_SFTP_CHECK_IF = 2,    /* attributes, if it exists */
    CLEAT_SFTP_CHECK_ALWAYS = 3 /* an error if it does not */
} cleat_sftp_check;

/* One entry of a directory, or a path. */
typedef struct cleat_sftp_name {
    cleat_slice name;
    cleat_slice long_name; /* version 3: a line as of "ls -l" */
    cleat_sftp_attrs attrs;
} cleat_sftp_name;

/* statvfs@openssh.com: sizes in units of `fragment` bytes. */
typedef struct cleat_sftp_statvfs {
    uint64_t block, fragment;
    uint64_t blocks, blocks_free, blocks_available;
    uint64_t files, files_free, files_available;
    uint64_t id, flags, name_max;
} cleat_sftp_statvfs;

/* A part of a file that is not a hole. */
typedef struct cleat_sftp_range {
    uint64_t offset, length;
} cleat_sftp_range;

/* ---- the server --------------------------------------------------------------------------------
 * Bytes of one session go in and out; requests are pulled, the same for every version, and answered
 * once each, in any order, now or later. What the client may make it keep is bounded. One thread at
 * a time; only the memory of cleat_sftp_answer_space may be filled by another.
 *
 * After each call that takes bytes or answers: pull requests, send what there is, and credit
 * cleat_sftp_server_consumed. */

typedef struct cleat_sftp_server cleat_sftp_server;

/* Zero means default for every member. Texts are copied. */
typedef struct cleat_sftp_server_options {
    size_t struct_size;
    unsigned version_max;  /* 3 to 6; 0: 6 */
    uint32_t requests_max; /* without an answer, at a time; 0: 64 */
    uint32_t handles_max;  /* open at a time; 0: 256 */
    size_t pending_max;    /* bytes of requests and answers that are kept; 0: 4 MiB */
    const char *newline;   /* the files' (draft-13 §5.3); NULL: "\n" */
    /* What LOCK may ask for, to be announced: a set bit n stands for the CLEAT_SFTP_OPEN_BLOCK_* of
     * n * CLEAT_SFTP_OPEN_BLOCK_READ together (draft-13 §5.4). 0: there are no locks. */
    uint16_t lock_masks;
    /* Which ACLs the program sets where a request's attributes hold one: CLEAT_SFTP_ACL_*, to be
     * announced. 0: it sets none, and requests that hold one are refused with OP_UNSUPPORTED before
     * the program sees them, so that nobody believes a file to be protected that is not. */
    uint32_t acl;
    /* The client's identification string ("SSH-2.0-..."), for what some of them do differently; may
     * be NULL. */
    const char *client;
    /* Names of requests, by commas, as sftp-server(8) has them ("open,close,posix-rename"). With
     * `allowed` all others are denied, and those in `denied` in any case. NULL: none is. */
    const char *allowed, *denied;
    /* A request was refused here, before the program saw it: the word for it, or "" where there is
     * none, and the code. From within cleat_sftp_server_next. NULL: nobody needs to know. */
    void (*on_refused)(void *user, const char *name, uint32_t code);
    void *user;
} cleat_sftp_server_options;

/* What the client wants. */
typedef enum cleat_sftp_op {
    CLEAT_SFTP_OP_OPEN = 1,    /* path, access, flags, attrs: answer_handle */
    CLEAT_SFTP_OP_CLOSE,       /* handle, after all its other requests: answer_status. Whatever
                                * that says, the handle is gone then. */
    CLEAT_SFTP_OP_READ,        /* handle, offset, length: answer_data */
    CLEAT_SFTP_OP_WRITE,       /* handle, offset, data: answer_status */
    CLEAT_SFTP_OP_OPENDIR,     /* path: answer_handle */
    CLEAT_SFTP_OP_READDIR,     /* handle: answer_names */
    CLEAT_SFTP_OP_STAT,        /* path, wanted: answer_attrs */
    CLEAT_SFTP_OP_LSTAT,       /* the same of a symbolic link itself */
    CLEAT_SFTP_OP_FSTAT,       /* handle, wanted: answer_attrs */
    CLEAT_SFTP_OP_SETSTAT,     /* path, attrs: answer_status */
    CLEAT_SFTP_OP_LSETSTAT,    /* the same of a symbolic link itself */
    CLEAT_SFTP_OP_FSETSTAT,    /* handle, attrs: answer_status */
    CLEAT_SFTP_OP_REMOVE,      /* path, of no directory: answer_status */
    CLEAT_SFTP_OP_MKDIR,       /* path, attrs: answer_status */
    CLEAT_SFTP_OP_RMDIR,       /* path: answer_status */
    CLEAT_SFTP_OP_REALPATH,    /* path, check, compose: answer_names with one name */
    CLEAT_SFTP_OP_RENAME,      /* path, new_path, flags: answer_status. Without OVERWRITE a new
                                * path that exists is an error. */
    CLEAT_SFTP_OP_READLINK,    /* path: answer_names with one name */
    CLEAT_SFTP_OP_SYMLINK,     /* path: the target, any text; new_path: the link:
                                * answer_status */
    CLEAT_SFTP_OP_LINK,        /* path: the file; new_path: its further name: answer_status */
    CLEAT_SFTP_OP_LOCK,        /* handle, offset, length (0: to the end), flags (OPEN_BLOCK_*):
                                * answer_status */
    CLEAT_SFTP_OP_UNLOCK,      /* handle, offset, length: answer_status */
    CLEAT_SFTP_OP_TEXT_SEEK,   /* handle, offset: the line, from 0, at which the next READ or WRITE
                                * begins: answer_status */
    CLEAT_SFTP_OP_STATVFS,     /* path: answer_statvfs */
    CLEAT_SFTP_OP_FSTATVFS,    /* handle: answer_statvfs */
    CLEAT_SFTP_OP_FSYNC,       /* handle: answer_status */
    CLEAT_SFTP_OP_EXPAND_PATH, /* path, with ~ or ~user in front: answer_names with one name */
    CLEAT_SFTP_OP_COPY_DATA,   /* handle, offset, length (0: to the end), to_handle, to_offset:
                                * answer_status */
    CLEAT_SFTP_OP_HOME_DIRECTORY, /* path: the user's name, "" for our own: answer_names with one */
    CLEAT_SFTP_OP_USERS_GROUPS,   /* uids, gids: answer_principals */
    CLEAT_SFTP_OP_RANGES,         /* handle, offset, length: answer_ranges */
    CLEAT_SFTP_OP_CHECK_FILE,     /* handle or path, offset, length (0: to the end), block_size,
                                   * algorithms: answer_hashes */
    CLEAT_SFTP_OP_EXTENDED        /* an extension not known here: extension, data: answer_extended,
                                   * or status OP_UNSUPPORTED */
} cleat_sftp_op;

enum { CLEAT_SFTP_COMPOSE_MAX = 16, CLEAT_SFTP_IDS_MAX = 1024 };

/* A file or directory that the client has open: whose it is, is for the program to say. */
typedef struct cleat_sftp_handle {
    void *user;        /* as given to answer_handle; NULL: the request has no handle */
    bool is_directory; /* made by OPENDIR */
} cleat_sftp_handle;

/* Borrowed: all it points to, until the request is answered; the struct, until the next call.
 * Texts are NUL-terminated, without zero bytes inside, and otherwise any bytes; "" where the
 * request has none. */
typedef struct cleat_sftp_request {
    uint64_t query;
    cleat_sftp_op op;
    const char *name; /* sftp-server(8)'s word: "open", "posix-rename", ... Static storage. */
    const char *path, *new_path;
    cleat_sftp_handle handle, to_handle;
    uint64_t offset, length, to_offset;
    uint32_t access, flags; /* OPEN: CLEAT_SFTP_READ_DATA ..., CLEAT_SFTP_CREATE_NEW ... */
    uint32_t wanted;        /* CLEAT_SFTP_HAS_*; a hint */
    cleat_sftp_attrs attrs;
    cleat_slice data;
    cleat_sftp_check check;
    const char *compose[CLEAT_SFTP_COMPOSE_MAX]; /* to be applied to path, one after another */
    size_t compose_count;
    const uint32_t *uids, *gids;
    size_t uid_count, gid_count;
    const char *algorithms; /* CHECK_FILE: names by commas, preferred first */
    uint32_t block_size;    /* CHECK_FILE: 0: one hash for all */
    const char *extension;  /* EXTENDED */
    bool forced;            /* CLOSE at the end of the session: its answer is not sent */
} cleat_sftp_request;

/* CLEAT_E_NOMEM, CLEAT_E_BAD_CALL. The context is referenced. Freeing with open handles leaves
 * their `user` objects to the program: see cleat_sftp_server_eof. NULL is fine. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_server_new(
    cleat_sftp_server **out, cleat_ctx *ctx, const cleat_sftp_server_options *options);
CLEAT_API void cleat_sftp_server_free(cleat_sftp_server *s);

/* What came from the client, in pieces of any size; it is copied. CLEAT_E_PROTO, CLEAT_E_LIMIT or
 * CLEAT_E_NOMEM end the session: nothing more is taken, and open handles are closed as at
 * cleat_sftp_server_eof. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_server_recv(cleat_sftp_server *s,
                                                             cleat_slice bytes);

/* How many of the bytes taken may be credited to the client now (cleat_channel_consume), since this
 * was called last. */
CLEAT_API size_t cleat_sftp_server_consumed(cleat_sftp_server *s);

/* No more bytes come. Requests that did are still handed out, then a CLOSE for each open handle. */
CLEAT_API void cleat_sftp_server_eof(cleat_sftp_server *s);

/* The same, and nobody reads answers any more: requests that wait are dropped. */
CLEAT_API void cleat_sftp_server_abandon(cleat_sftp_server *s);

/* After eof or abandon, or an error: all is answered, closed and sent. */
CLEAT_API bool cleat_sftp_server_is_over(const cleat_sftp_server *s);

/* CLEAT_OK, or what ended the session. */
CLEAT_API cleat_status cleat_sftp_server_status(const cleat_sftp_server *s);

/* What is to be sent; valid until the next call. Empty when there is nothing. */
CLEAT_API cleat_slice cleat_sftp_server_send_peek(const cleat_sftp_server *s);
CLEAT_API void cleat_sftp_server_send_done(cleat_sftp_server *s, size_t n);

/* The next request, or NULL: none, or too much is under way. */
CLEAT_API const cleat_sftp_request *cleat_sftp_server_next(cleat_sftp_server *s);

/* The version that was agreed on, and the one the client asked for; 0 before INIT. */
CLEAT_API unsigned cleat_sftp_server_version(const cleat_sftp_server *s);
CLEAT_API unsigned cleat_sftp_server_client_version(const cleat_sftp_server *s);

/* True when the word is one that `allowed` and `denied` take. */
CLEAT_API bool cleat_sftp_server_knows(const char *name, size_t len);

/* ---- answers -----------------------------------------------------------------------------------
 * CLEAT_E_STALE: no such query, or answered already. CLEAT_E_BAD_CALL: the request wants another
 * kind of answer; a status fits all. An answer that fails for want of memory ends the session. */

/* A code of CLEAT_SFTP_OK ...; text, in English; NULL: the code's own. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_status(cleat_sftp_server *s, uint64_t query,
                                                               uint32_t code, const char *text);

/* The same with a text in another language, whose tag is given (RFC 1766: "de", "fr-CA"). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_status_in(cleat_sftp_server *s,
                                                                  uint64_t query, uint32_t code,
                                                                  const char *text,
                                                                  const char *language);

/* Status UNKNOWN_PRINCIPAL with the names of owners and groups that there are not; below version 5
 * without them, and as FAILURE. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_unknown(cleat_sftp_server *s,
                                                                uint64_t query,
                                                                const cleat_slice *names,
                                                                size_t count);

/* user may not be NULL. CLEAT_E_LIMIT: too many handles; the request stays unanswered. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_handle(cleat_sftp_server *s, uint64_t query,
                                                               void *user);

/* READ: memory that goes to the client as it is, `*room` bytes (at most what was asked for). Any
 * thread may fill it until the request is answered. NULL: no memory, or no such query. */
CLEAT_API uint8_t *cleat_sftp_answer_space(cleat_sftp_server *s, uint64_t query, size_t *room);

/* READ: the first len bytes of that memory; 0: the end of the file. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_data(cleat_sftp_server *s, uint64_t query,
                                                             size_t len, bool at_end);

/* STAT, LSTAT, FSTAT: what the version has no room for is left out. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_attrs(cleat_sftp_server *s, uint64_t query,
                                                              const cleat_sftp_attrs *attrs);

/* READDIR: any number of entries, of which none is sent as the end. CLEAT_E_LIMIT: too large for
 * one packet; the request stays unanswered. at_end: READDIR would bring no more. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_names(cleat_sftp_server *s, uint64_t query,
                                                              const cleat_sftp_name *names,
                                                              size_t count, bool at_end);

/* STATVFS, FSTATVFS; space-available is answered from it, too. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_statvfs(cleat_sftp_server *s,
                                                                uint64_t query,
                                                                const cleat_sftp_statvfs *vfs);

/* One name for each id of the request, "" where there is none. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_principals(cleat_sftp_server *s,
                                                                   uint64_t query,
                                                                   const char *const *users,
                                                                   const char *const *groups);

/* No range at all: the end of the file. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_ranges(cleat_sftp_server *s, uint64_t query,
                                                               const cleat_sftp_range *ranges,
                                                               size_t count, bool at_end);

/* The hashes of all blocks, one after another. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_hashes(cleat_sftp_server *s, uint64_t query,
                                                               const char *algorithm,
                                                               cleat_slice hashes);

/* EXTENDED: the reply's own fields, encoded. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_answer_extended(cleat_sftp_server *s,
                                                                 uint64_t query,
                                                                 cleat_slice fields);

#ifdef __cplusplus
}
#endif
#endif
