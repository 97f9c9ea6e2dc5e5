/* SFTP's first two messages and what a server announces in its own (draft-13 §5, draft-05 §4.4). */
#ifndef CL_SERVICE_SFTP_VERSION_H
#define CL_SERVICE_SFTP_VERSION_H

#include "sftp_proto.h"

/* "supported" and "supported2". */
typedef struct cl_sftp_supported {
    uint32_t attributes; /* CLEAT_SFTP_HAS_* */
    uint32_t bits;       /* CLEAT_SFTP_BIT_* */
    uint32_t open_flags; /* CLEAT_SFTP_OPEN_* and dispositions */
    uint32_t access;     /* CLEAT_SFTP_READ_DATA ... */
    uint32_t read_max;
    uint16_t open_blocks, blocks; /* supported2 alone: draft-13 §5.4's vectors */
} cl_sftp_supported;

/* XX(name, wire name): the extensions whose data is their version, and what it must be. */
#define CL_SFTP_FEATURES(XX)                                                                       \
    XX(POSIX_RENAME, "posix-rename@openssh.com", "1")                                              \
    XX(STATVFS, "statvfs@openssh.com", "2")                                                        \
    XX(FSTATVFS, "fstatvfs@openssh.com", "2")                                                      \
    XX(HARDLINK, "hardlink@openssh.com", "1")                                                      \
    XX(FSYNC, "fsync@openssh.com", "1")                                                            \
    XX(LSETSTAT, "lsetstat@openssh.com", "1")                                                      \
    XX(LIMITS, "limits@openssh.com", "1")                                                          \
    XX(EXPAND_PATH, "expand-path@openssh.com", "1")                                                \
    XX(COPY_DATA, "copy-data", "1")                                                                \
    XX(HOME_DIRECTORY, "home-directory", "1")                                                      \
    XX(USERS_GROUPS, "users-groups-by-id@openssh.com", "1")                                        \
    XX(RANGES, "ranges@asyncssh.com", "1")                                                         \
    XX(SPACE_AVAILABLE, "space-available", "1")                                                    \
    XX(CHECK_FILE, "check-file", "1")

enum {
#define CL_SFTP_FEATURE_INDEX(name, wire, value) CL_SFTP_INDEX_##name,
    CL_SFTP_FEATURES(CL_SFTP_FEATURE_INDEX)
#undef CL_SFTP_FEATURE_INDEX
        CL_SFTP_FEATURE_COUNT
};

/* As bits: 1u << CL_SFTP_INDEX_FSYNC. */
enum {
#define CL_SFTP_FEATURE_BIT(name, wire, value) CL_SFTP_HAS_##name = 1 << CL_SFTP_INDEX_##name,
    CL_SFTP_FEATURES(CL_SFTP_FEATURE_BIT)
#undef CL_SFTP_FEATURE_BIT
        CL_SFTP_ALL_FEATURES = (1 << CL_SFTP_FEATURE_COUNT) - 1,
    /* the drafts' own */
    CL_SFTP_WITHOUT_VERSION = CL_SFTP_HAS_COPY_DATA | CL_SFTP_HAS_HOME_DIRECTORY |
                              CL_SFTP_HAS_SPACE_AVAILABLE | CL_SFTP_HAS_CHECK_FILE
};

/* In which order version 3's SYMLINK has its paths: drafts and OpenSSH differ, and Green End's
 * extension tells. */
#define CL_SFTP_SYMLINK_ORDER "symlink-order@rjk.greenend.org.uk"
#define CL_SFTP_LINK_FIRST "linkpath-targetpath"
#define CL_SFTP_TARGET_FIRST "targetpath-linkpath"

/* What VERSION tells. Slices are views. */
typedef struct cl_sftp_hello {
    uint32_t version;
    uint32_t features;         /* CL_SFTP_HAS_*, whose value was right, or that have none */
    bool says_check_file;      /* by that name, and not only as a word for the drafts' requests */
    cleat_slice newline;       /* empty: not told */
    cleat_slice versions;      /* "3,4,5,6"; empty: not told */
    cleat_slice vendor_id;     /* the whole structure: vendor, product, version, build */
    cleat_slice charset;       /* of names that are not translated; empty: all are UTF-8 */
    cleat_slice symlink_order; /* CL_SFTP_LINK_FIRST or CL_SFTP_TARGET_FIRST; empty: not told */
    bool has_supported;        /* of 5, or of 6 */
    cl_sftp_supported supported;
    bool has_acl;
    uint32_t acl; /* capabilities, draft-13 §5.4 */
} cl_sftp_hello;

/* The CL_SFTP_HAS_* of that name; 0 for one that is not known. */
uint32_t cl_sftp_feature_of(cleat_slice name);

/* INIT: a whole packet. */
void cl_sftp_put_init(cl_buf *b, uint32_t version);

/* VERSION: a whole packet, with the announcements that are for that version; vendor_id may be
 * empty. */
void cl_sftp_put_version(cl_buf *b, const cl_sftp_hello *hello);

/* head: of a VERSION. Pairs that are not known are passed over; more than 256 are refused. */
CLEAT_MUST_USE cleat_status cl_sftp_read_version(const cl_sftp_head *head, cl_sftp_hello *hello);

#endif
