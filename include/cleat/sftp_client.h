/* The client's side of SFTP, versions 3 to 6, sans-I/O: requests go in with a tag, bytes go out and
 * in, answers come with the tag, in whatever order the server gives them. Any number of requests
 * may be under way. uv.h has a link that runs it on a channel. One thread at a time. */
#ifndef CLEAT_SFTP_CLIENT_H
#define CLEAT_SFTP_CLIENT_H

#include <cleat/sftp.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cleat_sftp cleat_sftp;

typedef struct cleat_sftp_options {
    size_t struct_size;
    unsigned version; /* the highest that is asked for, 3 to 6; 0: 3, which every server knows */
    /* The server's SSH version ("SSH-2.0-OpenSSH_9.2"), where known: some servers want the two
     * paths of SYMLINK the other way round. */
    const char *peer;
} cleat_sftp_options;

/* A session. The context is referenced; options may be NULL. The first message is queued, and the
 * first answer is that of CLEAT_SFTP_REQ_START: no request may be made before it. CLEAT_E_NOMEM,
 * CLEAT_E_BAD_CALL. Freeing forgets what has no answer; NULL is fine. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_new(cleat_sftp **out, cleat_ctx *ctx,
                                                     const cleat_sftp_options *options);
CLEAT_API void cleat_sftp_free(cleat_sftp *s);

/* ---- facts, once the session has started -------------------------------------------------------
 */

/* 3 to 6: the highest that both sides have. */
CLEAT_API unsigned cleat_sftp_version(const cleat_sftp *s);

/* True if the server has announced the extension, with the version that we know:
 * "copy-data", "fsync@openssh.com" ... */
CLEAT_API bool cleat_sftp_offers(const cleat_sftp *s, const char *extension);

/* Bytes of one READ and WRITE that the server takes, and handles at a time (0: it has not said).
 * Never more than what this library handles. */
typedef struct cleat_sftp_limits {
    uint32_t read, write;
    uint64_t handles;
} cleat_sftp_limits;

/* From limits@openssh.com and supported2, or what every server takes. */
CLEAT_API cleat_sftp_limits cleat_sftp_get_limits(const cleat_sftp *s);

/* Which ACLs the server sets where attributes hold one: CLEAT_SFTP_ACL_*, 0 for none or for what it
 * has not said; only version 6 says. */
CLEAT_API uint32_t cleat_sftp_acl(const cleat_sftp *s);

/* What ends a line in text files (draft-13 §5.5), "\r\n" unless the server says otherwise; versions
 * 4 to 6. Borrowed from the session. */
CLEAT_API cleat_slice cleat_sftp_newline(const cleat_sftp *s);

/* The encoding that most of the server's names of files are in on its disks ("ISO-8859-1"), where
 * it cannot translate all of them to UTF-8 (draft-13 §6); "" where it does not say so: names are
 * UTF-8 then, or of nobody knows which encoding. Borrowed from the session. */
CLEAT_API const char *cleat_sftp_charset(const cleat_sftp *s);

/* ---- answers -----------------------------------------------------------------------------------
 */

typedef enum cleat_sftp_request_kind {
    CLEAT_SFTP_REQ_START = 1,
    CLEAT_SFTP_REQ_OPEN,     /* handle */
    CLEAT_SFTP_REQ_OPENDIR,  /* handle */
    CLEAT_SFTP_REQ_READ,     /* read, at_end */
    CLEAT_SFTP_REQ_NAMES,    /* names, name_count, at_end */
    CLEAT_SFTP_REQ_ATTRS,    /* attrs */
    CLEAT_SFTP_REQ_STATUS,   /* nothing but code and text */
    CLEAT_SFTP_REQ_STATVFS,  /* statvfs */
    CLEAT_SFTP_REQ_RANGES,   /* ranges, range_count, at_end */
    CLEAT_SFTP_REQ_ACCOUNTS, /* accounts, account_count */
    CLEAT_SFTP_REQ_HASHES,   /* algorithm, hashes */
    CLEAT_SFTP_REQ_SPACE     /* space */
} cleat_sftp_request_kind;

/* An open file or directory: a name of the server's choice. A value to be copied freely. */
typedef struct cleat_sftp_file {
    uint16_t len;
    uint8_t bytes[256];
} cleat_sftp_file;

/* space-available: bytes; 0 for what the server does not know. */
typedef struct cleat_sftp_space {
    uint64_t device_bytes, device_unused, user_bytes, user_unused;
    uint32_t allocation_unit;
} cleat_sftp_space;

/* What became of one request. `code` is CLEAT_SFTP_OK, or what the server said instead (EOF at the
 * end of a file or a directory); the members of the request's kind count only for OK. Names, texts
 * and attributes are the server's: look at them before they become local paths, escape them before
 * they are printed. */
typedef struct cleat_sftp_answer {
    cleat_sftp_request_kind request;
    void *tag;
    uint32_t code;    /* cleat_sftp_code, or a number that nobody knows */
    const char *text; /* the server's sentence, or ours for the code */
    /* The tag of the text's language ("en", "de-CH"), "" where the server does not say. */
    const char *language;
    cleat_sftp_file handle;
    uint32_t read; /* bytes that are in the request's memory now, fewer than asked for or all */
    bool at_end;   /* version 6 and ranges: there is no more */
    const cleat_sftp_attrs *attrs;
    const cleat_sftp_name *names;
    size_t name_count;
    const cleat_sftp_statvfs *statvfs;
    const cleat_sftp_range *ranges;
    size_t range_count;
    const char *const *accounts; /* users, then groups, in the order of the ids; "" for unknown */
    size_t account_count;
    const char *algorithm; /* that the hashes were made with */
    cleat_slice hashes;    /* one after another */
    const cleat_sftp_space *space;
    /* Code UNKNOWN_PRINCIPAL: the owners and groups that the server does not know, where it says.
     */
    const char *const *unknown;
    size_t unknown_count;
} cleat_sftp_answer;

/* Takes bytes from the front of *bytes until they make an answer, which is borrowed until the next
 * such call, or until none are left: *answer is NULL then. CLEAT_E_PROTO, CLEAT_E_LIMIT,
 * CLEAT_E_NOMEM end the session: only cleat_sftp_error and _free make sense after that. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_recv(cleat_sftp *s, cleat_slice *bytes,
                                                      const cleat_sftp_answer **answer);

/* Why cleat_sftp_recv failed. */
CLEAT_API const cleat_error *cleat_sftp_error(const cleat_sftp *s);

/* What is to be sent: *count pieces in order, valid until the next call on the session. done: the
 * first n bytes of them have gone. */
CLEAT_API const cleat_slice *cleat_sftp_send_peek(cleat_sftp *s, size_t *count);
CLEAT_API void cleat_sftp_send_done(cleat_sftp *s, size_t n);

/* Bytes that wait to be sent. */
CLEAT_API size_t cleat_sftp_pending(const cleat_sftp *s);

/* Requests without an answer. */
CLEAT_API size_t cleat_sftp_waiting(const cleat_sftp *s);

/* The answers of requests with this tag are passed over, and their memory is not touched any more.
 * Servers cannot be told. A handle that an abandoned OPEN brings is closed. It needs no memory. */
CLEAT_API void cleat_sftp_abandon(cleat_sftp *s, void *tag);

/* ---- requests ----------------------------------------------------------------------------------
 * Each gets one answer, which brings the tag back. CLEAT_E_UNSUPPORTED: the server's version or
 * extensions have no such request, nothing was sent. CLEAT_E_LIMIT: too many are under way.
 * CLEAT_E_BAD_CALL: the session has not started, or an argument is no good. CLEAT_E_NOMEM. */

/* access: CLEAT_SFTP_READ_DATA ...; flags: CLEAT_SFTP_CREATE_NEW ... (draft-13 §8.1); versions
 * below 5 know less: CLEAT_E_UNSUPPORTED. attrs of a file that is made; NULL: the server's choice.
 */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_open(cleat_sftp *s, const char *path,
                                                      uint32_t access, uint32_t flags,
                                                      const cleat_sftp_attrs *attrs, void *tag);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_close(cleat_sftp *s, const cleat_sftp_file *handle,
                                                       void *tag);

/* Reads up to len bytes at offset into data, which must stay until the answer; len is at most the
 * limit. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_read(cleat_sftp *s, const cleat_sftp_file *handle,
                                                      uint64_t offset, void *data, uint32_t len,
                                                      void *tag);

/* Writes len bytes; they are sent from data, which must stay until the answer. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_write(cleat_sftp *s, const cleat_sftp_file *handle,
                                                       uint64_t offset, const void *data,
                                                       uint32_t len, void *tag);

/* follow: what a symbolic link points to. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_stat(cleat_sftp *s, const char *path, bool follow,
                                                      void *tag);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_fstat(cleat_sftp *s, const cleat_sftp_file *handle,
                                                       void *tag);

/* The same, and the server is told which attributes are wanted, CLEAT_SFTP_HAS_*: it may leave the
 * others out, and may send what nobody has asked for. Version 3 cannot be told. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_stat_wanted(cleat_sftp *s, const char *path,
                                                             bool follow, uint32_t wanted,
                                                             void *tag);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_fstat_wanted(cleat_sftp *s,
                                                              const cleat_sftp_file *handle,
                                                              uint32_t wanted, void *tag);

/* Without follow the attributes of a link itself are set (lsetstat@openssh.com). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_setstat(cleat_sftp *s, const char *path,
                                                         bool follow, const cleat_sftp_attrs *attrs,
                                                         void *tag);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_fsetstat(cleat_sftp *s,
                                                          const cleat_sftp_file *handle,
                                                          const cleat_sftp_attrs *attrs, void *tag);

/* Each readdir answers with some names; code EOF: there are no more. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_opendir(cleat_sftp *s, const char *path,
                                                         void *tag);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_readdir(cleat_sftp *s,
                                                         const cleat_sftp_file *handle, void *tag);

/* Removes a file or a link, which is not followed. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_remove(cleat_sftp *s, const char *path, void *tag);

/* Makes a folder; attrs NULL: as the server likes. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_mkdir(cleat_sftp *s, const char *path,
                                                       const cleat_sftp_attrs *attrs, void *tag);

/* Removes an empty folder. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_rmdir(cleat_sftp *s, const char *path, void *tag);

/* flags: CLEAT_SFTP_RENAME_*. OVERWRITE below version 5 is posix-rename@openssh.com. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_rename(cleat_sftp *s, const char *old_path,
                                                        const char *new_path, uint32_t flags,
                                                        void *tag);

/* The link's target as one name. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_readlink(cleat_sftp *s, const char *path,
                                                          void *tag);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_symlink(cleat_sftp *s, const char *target,
                                                         const char *link, void *tag);

/* Another name for a file: version 6's LINK, else hardlink@openssh.com. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_hardlink(cleat_sftp *s, const char *existing,
                                                          const char *link, void *tag);

/* The path made absolute, as one name; with a check, with its attributes, whose type is
 * CLEAT_SFTP_UNKNOWN for what cannot be looked at. Below version 6 the check is a STAT of the name
 * that came, and servers differ on paths that do not exist and on links. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_realpath(cleat_sftp *s, const char *path,
                                                          cleat_sftp_check check, void *tag);

/* The same of a path that further ones, at most CLEAT_SFTP_COMPOSE_MAX, are applied to one after
 * another: each is relative to what there is, or absolute and takes its place, or "". Below version
 * 6 they are joined by slashes here. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_compose(cleat_sftp *s, const char *path,
                                                         const char *const *further, size_t count,
                                                         cleat_sftp_check check, void *tag);

/* expand-path@openssh.com: as realpath, "~" and "~user" replaced. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_expand(cleat_sftp *s, const char *path, void *tag);

/* For a server that names a charset: whether it is to translate names of files to UTF-8, which it
 * does unless it is told (draft-13 §6). Without, any file can be named, by its bytes. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_translate(cleat_sftp *s, bool translates,
                                                           void *tag);

/* home-directory: of that user, "" for the one who is logged in; one name. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_home(cleat_sftp *s, const char *user, void *tag);

/* statvfs@openssh.com: room and inodes of the file system that has the path. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_statvfs_at(cleat_sftp *s, const char *path,
                                                            void *tag);

/* The same of an open file (fstatvfs@openssh.com). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_fstatvfs(cleat_sftp *s,
                                                          const cleat_sftp_file *handle, void *tag);

/* fsync@openssh.com: the answer comes once the file's data is on the disk. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_fsync(cleat_sftp *s, const cleat_sftp_file *handle,
                                                       void *tag);

/* copy-data: the server copies by itself; length 0: to the end. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_copy(cleat_sftp *s, const cleat_sftp_file *from,
                                                      uint64_t from_offset, uint64_t length,
                                                      const cleat_sftp_file *to, uint64_t to_offset,
                                                      void *tag);

/* ranges@asyncssh.com: the parts of a file that are no holes. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_ranges(cleat_sftp *s,
                                                        const cleat_sftp_file *handle,
                                                        uint64_t offset, uint64_t length,
                                                        void *tag);

/* users-groups-by-id@openssh.com: names of at most 1024 ids together. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_accounts(cleat_sftp *s, const uint32_t *uids,
                                                          size_t uid_count, const uint32_t *gids,
                                                          size_t gid_count, void *tag);

/* check-file: hashes of blocks of the file, or of all (block 0), by the first of the algorithms
 * ("sha256,sha1") that the server has; length 0: to the end. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_hash(cleat_sftp *s, const cleat_sftp_file *handle,
                                                      const char *algorithms, uint64_t offset,
                                                      uint64_t length, uint32_t block, void *tag);

/* space-available: bytes, of the device and of the user's share. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_space_at(cleat_sftp *s, const char *path,
                                                          void *tag);

/* Version 6's byte-range locks (draft-13 §8.6); mask: CLEAT_SFTP_OPEN_BLOCK_*. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_lock(cleat_sftp *s, const cleat_sftp_file *handle,
                                                      uint64_t offset, uint64_t length,
                                                      uint32_t mask, void *tag);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_unlock(cleat_sftp *s,
                                                        const cleat_sftp_file *handle,
                                                        uint64_t offset, uint64_t length,
                                                        void *tag);

/* Version 4 and later: the next read or write of a text file begins at this line, from 0. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_text_seek(cleat_sftp *s,
                                                           const cleat_sftp_file *handle,
                                                           uint64_t line, void *tag);

#ifdef __cplusplus
}
#endif
#endif
