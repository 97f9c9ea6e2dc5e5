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

#ifdef __cplusplus
}
#endif
#endif
