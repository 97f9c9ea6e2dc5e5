/* The requests of SFTP's client. */
#include "sftp_client.h"

#include "../base/slice.h"

#include <string.h>

/* One request that is being made: BEGIN ... a message ... END. */
typedef struct request {
    cleat_sftp *s;
    cl_sftp_asked *asked;
    size_t mark;
    cleat_status st;
} request;

static bool begin(request *r, cleat_sftp *s, cleat_sftp_request_kind kind, void *tag)
{
    *r = (request){.s = s, .mark = s->out.len, .st = CLEAT_E_BAD_CALL};
    if (s->phase == CL_SFTP_OPEN)
        r->asked = cl_sftp_ask(s, kind, tag, &r->st);
    return r->asked != NULL;
}

static cleat_status end(request *r)
{
    return cl_sftp_queue(r->s, r->asked, r->mark, NULL, 0);
}

/* `name` with the members given, as a request of that kind. */
#define SEND(s, kind, tag, name, ...)                                                              \
    do {                                                                                           \
        request r_;                                                                                \
        const cl_sftp_##name m_ = {__VA_ARGS__};                                                   \
        if (!begin(&r_, s, kind, tag))                                                             \
            return r_.st;                                                                          \
        cl_sftp_encode_##name(&(s)->out, r_.asked->id, (s)->version, &m_);                         \
        return end(&r_);                                                                           \
    } while (0)

/* The same for one name as the answer. */
#define SEND_FOR_NAME(s, tag, name, ...)                                                           \
    do {                                                                                           \
        request r_;                                                                                \
        const cl_sftp_##name m_ = {__VA_ARGS__};                                                   \
        if (!begin(&r_, s, CLEAT_SFTP_REQ_NAMES, tag))                                             \
            return r_.st;                                                                          \
        r_.asked->wants_one = true;                                                                \
        cl_sftp_encode_##name(&(s)->out, r_.asked->id, (s)->version, &m_);                         \
        return end(&r_);                                                                           \
    } while (0)

static cleat_slice bytes_of(const cleat_sftp_file *h)
{
    return cl_slice(h->bytes, h->len);
}

static const cleat_sftp_attrs *or_none(const cleat_sftp_attrs *attrs, cleat_sftp_type type,
                                       cleat_sftp_attrs *none)
{
    *none = (cleat_sftp_attrs){.type = type};
    return attrs ? attrs : none;
}

static bool has(const cleat_sftp *s, uint32_t feature)
{
    return (s->features & feature) != 0;
}

/* ---- files ---- */

cleat_status cleat_sftp_open(cleat_sftp *s, const char *path, uint32_t access, uint32_t flags,
                             const cleat_sftp_attrs *attrs, void *tag)
{
    uint32_t pflags = 0;
    cleat_sftp_attrs none;
    attrs = or_none(attrs, CLEAT_SFTP_REGULAR, &none);
    if (s->version < 5 && !cl_sftp_open_to_pflags(access, flags, &pflags))
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_OPEN, tag, open, .path = cleat_slice_of(path), .access = access,
         .flags = flags, .pflags = pflags, .attrs = *attrs);
}

cleat_status cleat_sftp_close(cleat_sftp *s, const cleat_sftp_file *handle, void *tag)
{
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, close, .handle = bytes_of(handle));
}

cleat_status cleat_sftp_read(cleat_sftp *s, const cleat_sftp_file *handle, uint64_t offset,
                             void *data, uint32_t len, void *tag)
{
    request r;
    const cl_sftp_read m = {.handle = bytes_of(handle), .offset = offset, .length = len};
    if (len == 0 || len > CL_SFTP_DATA_MAX)
        return CLEAT_E_BAD_CALL;
    if (!begin(&r, s, CLEAT_SFTP_REQ_READ, tag))
        return r.st;
    r.asked->into = data;
    r.asked->len = len;
    cl_sftp_encode_read(&s->out, r.asked->id, s->version, &m);
    return end(&r);
}

/* Written by hand, since the data stays where it is. */
cleat_status cleat_sftp_write(cleat_sftp *s, const cleat_sftp_file *handle, uint64_t offset,
                              const void *data, uint32_t len, void *tag)
{
    request r;
    if (len > CL_SFTP_DATA_MAX)
        return CLEAT_E_BAD_CALL;
    if (!begin(&r, s, CLEAT_SFTP_REQ_STATUS, tag))
        return r.st;
    cl_put_u32(&s->out, 1 + 4 + 4 + (uint32_t)handle->len + 8 + 4 + len);
    cl_put_u8(&s->out, CL_SFTP_write);
    cl_put_u32(&s->out, r.asked->id);
    cl_put_string(&s->out, bytes_of(handle));
    cl_put_u64(&s->out, offset);
    cl_put_u32(&s->out, len);
    return cl_sftp_queue(s, r.asked, r.mark, data, len);
}

cleat_status cleat_sftp_fsync(cleat_sftp *s, const cleat_sftp_file *handle, void *tag)
{
    if (!has(s, CL_SFTP_HAS_FSYNC))
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, fsync, .handle = bytes_of(handle));
}

cleat_status cleat_sftp_copy(cleat_sftp *s, const cleat_sftp_file *from, uint64_t from_offset,
                             uint64_t length, const cleat_sftp_file *to, uint64_t to_offset,
                             void *tag)
{
    if (!has(s, CL_SFTP_HAS_COPY_DATA))
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, copy_data, .from = bytes_of(from),
         .from_offset = from_offset, .length = length, .to = bytes_of(to), .to_offset = to_offset);
}

cleat_status cleat_sftp_ranges(cleat_sftp *s, const cleat_sftp_file *handle, uint64_t offset,
                               uint64_t length, void *tag)
{
    if (!has(s, CL_SFTP_HAS_RANGES))
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_RANGES, tag, ranges, .handle = bytes_of(handle), .offset = offset,
         .length = length);
}

cleat_status cleat_sftp_hash(cleat_sftp *s, const cleat_sftp_file *handle, const char *algorithms,
                             uint64_t offset, uint64_t length, uint32_t block, void *tag)
{
    if (!has(s, CL_SFTP_HAS_CHECK_FILE))
        return CLEAT_E_UNSUPPORTED;
    if (s->says_check_file)
        SEND(s, CLEAT_SFTP_REQ_HASHES, tag, check_file, .handle = bytes_of(handle),
             .algorithms = cleat_slice_of(algorithms), .offset = offset, .length = length,
             .block_size = block);
    SEND(s, CLEAT_SFTP_REQ_HASHES, tag, check_file_handle, .handle = bytes_of(handle),
         .algorithms = cleat_slice_of(algorithms), .offset = offset, .length = length,
         .block_size = block);
}

cleat_status cleat_sftp_lock(cleat_sftp *s, const cleat_sftp_file *handle, uint64_t offset,
                             uint64_t length, uint32_t mask, void *tag)
{
    if (s->version < 6)
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, block, .handle = bytes_of(handle), .offset = offset,
         .length = length, .mask = mask);
}

cleat_status cleat_sftp_unlock(cleat_sftp *s, const cleat_sftp_file *handle, uint64_t offset,
                               uint64_t length, void *tag)
{
    if (s->version < 6)
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, unblock, .handle = bytes_of(handle), .offset = offset,
         .length = length);
}

cleat_status cleat_sftp_text_seek(cleat_sftp *s, const cleat_sftp_file *handle, uint64_t line,
                                  void *tag)
{
    if (s->version < 4)
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, text_seek, .handle = bytes_of(handle), .line = line);
}

/* ---- attributes ---- */

cleat_status cleat_sftp_stat_wanted(cleat_sftp *s, const char *path, bool follow, uint32_t wanted,
                                    void *tag)
{
    wanted &= cl_sftp_known_attrs(s->version);
    if (follow)
        SEND(s, CLEAT_SFTP_REQ_ATTRS, tag, stat, .path = cleat_slice_of(path), .wanted = wanted);
    SEND(s, CLEAT_SFTP_REQ_ATTRS, tag, lstat, .path = cleat_slice_of(path), .wanted = wanted);
}

cleat_status cleat_sftp_stat(cleat_sftp *s, const char *path, bool follow, void *tag)
{
    return cleat_sftp_stat_wanted(s, path, follow, UINT32_MAX, tag);
}

cleat_status cleat_sftp_fstat_wanted(cleat_sftp *s, const cleat_sftp_file *handle, uint32_t wanted,
                                     void *tag)
{
    SEND(s, CLEAT_SFTP_REQ_ATTRS, tag, fstat, .handle = bytes_of(handle),
         .wanted = wanted & cl_sftp_known_attrs(s->version));
}

cleat_status cleat_sftp_fstat(cleat_sftp *s, const cleat_sftp_file *handle, void *tag)
{
    return cleat_sftp_fstat_wanted(s, handle, UINT32_MAX, tag);
}

cleat_status cleat_sftp_setstat(cleat_sftp *s, const char *path, bool follow,
                                const cleat_sftp_attrs *attrs, void *tag)
{
    if (follow)
        SEND(s, CLEAT_SFTP_REQ_STATUS, tag, setstat, .path = cleat_slice_of(path), .attrs = *attrs);
    if (!has(s, CL_SFTP_HAS_LSETSTAT))
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, lsetstat, .path = cleat_slice_of(path), .attrs = *attrs);
}

cleat_status cleat_sftp_fsetstat(cleat_sftp *s, const cleat_sftp_file *handle,
                                 const cleat_sftp_attrs *attrs, void *tag)
{
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, fsetstat, .handle = bytes_of(handle), .attrs = *attrs);
}

cleat_status cleat_sftp_statvfs_at(cleat_sftp *s, const char *path, void *tag)
{
    if (!has(s, CL_SFTP_HAS_STATVFS))
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_STATVFS, tag, statvfs, .path = cleat_slice_of(path));
}

cleat_status cleat_sftp_fstatvfs(cleat_sftp *s, const cleat_sftp_file *handle, void *tag)
{
    if (!has(s, CL_SFTP_HAS_FSTATVFS))
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_STATVFS, tag, fstatvfs, .handle = bytes_of(handle));
}

cleat_status cleat_sftp_space_at(cleat_sftp *s, const char *path, void *tag)
{
    if (!has(s, CL_SFTP_HAS_SPACE_AVAILABLE))
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_SPACE, tag, space_available, .path = cleat_slice_of(path));
}

/* ---- names ---- */

cleat_status cleat_sftp_opendir(cleat_sftp *s, const char *path, void *tag)
{
    SEND(s, CLEAT_SFTP_REQ_OPENDIR, tag, opendir, .path = cleat_slice_of(path));
}

cleat_status cleat_sftp_readdir(cleat_sftp *s, const cleat_sftp_file *handle, void *tag)
{
    SEND(s, CLEAT_SFTP_REQ_NAMES, tag, readdir, .handle = bytes_of(handle));
}

cleat_status cleat_sftp_remove(cleat_sftp *s, const char *path, void *tag)
{
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, remove, .path = cleat_slice_of(path));
}

cleat_status cleat_sftp_mkdir(cleat_sftp *s, const char *path, const cleat_sftp_attrs *attrs,
                              void *tag)
{
    cleat_sftp_attrs none;
    attrs = or_none(attrs, CLEAT_SFTP_DIRECTORY, &none);
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, mkdir, .path = cleat_slice_of(path), .attrs = *attrs);
}

cleat_status cleat_sftp_rmdir(cleat_sftp *s, const char *path, void *tag)
{
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, rmdir, .path = cleat_slice_of(path));
}

cleat_status cleat_sftp_rename(cleat_sftp *s, const char *old_path, const char *new_path,
                               uint32_t flags, void *tag)
{
    cleat_slice from = cleat_slice_of(old_path), to = cleat_slice_of(new_path);
    if (s->version >= 5 || !flags)
        SEND(s, CLEAT_SFTP_REQ_STATUS, tag, rename, .old_path = from, .new_path = to,
             .flags = flags);
    if (!has(s, CL_SFTP_HAS_POSIX_RENAME) || (flags & CLEAT_SFTP_RENAME_NATIVE))
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, posix_rename, .old_path = from, .new_path = to);
}

cleat_status cleat_sftp_readlink(cleat_sftp *s, const char *path, void *tag)
{
    SEND_FOR_NAME(s, tag, readlink, .path = cleat_slice_of(path));
}

cleat_status cleat_sftp_symlink(cleat_sftp *s, const char *target, const char *link, void *tag)
{
    cleat_slice to = cleat_slice_of(target), at = cleat_slice_of(link);
    if (s->version >= 6 && !s->is_proftpd) /* whose LINK makes targets absolute */
        SEND(s, CLEAT_SFTP_REQ_STATUS, tag, link, .new_link = at, .existing = to, .symbolic = true);
    const bool reversed =
        s->is_proftpd || (s->version == 3 && s->symlink_order == CL_SFTP_REVERSED);
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, symlink, .first = reversed ? to : at,
         .second = reversed ? at : to);
}

cleat_status cleat_sftp_hardlink(cleat_sftp *s, const char *existing, const char *link, void *tag)
{
    cleat_slice from = cleat_slice_of(existing), to = cleat_slice_of(link);
    if (s->version >= 6)
        SEND(s, CLEAT_SFTP_REQ_STATUS, tag, link, .new_link = to, .existing = from);
    if (!has(s, CL_SFTP_HAS_HARDLINK))
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, hardlink, .old_path = from, .new_path = to);
}

cleat_status cleat_sftp_expand(cleat_sftp *s, const char *path, void *tag)
{
    if (!has(s, CL_SFTP_HAS_EXPAND_PATH))
        return CLEAT_E_UNSUPPORTED;
    SEND_FOR_NAME(s, tag, expand_path, .path = cleat_slice_of(path));
}

cleat_status cleat_sftp_home(cleat_sftp *s, const char *user, void *tag)
{
    if (!has(s, CL_SFTP_HAS_HOME_DIRECTORY))
        return CLEAT_E_UNSUPPORTED;
    SEND_FOR_NAME(s, tag, home_directory, .user = cleat_slice_of(user));
}

cleat_status cleat_sftp_translate(cleat_sftp *s, bool translates, void *tag)
{
    if (!*s->charset)
        return CLEAT_E_UNSUPPORTED;
    SEND(s, CLEAT_SFTP_REQ_STATUS, tag, translate, .translates = translates);
}

/* ---- accounts ---- */

static cleat_slice pack(uint8_t *to, const uint32_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cl_store_u32(to + 4 * i, ids[i]);
    return cl_slice(to, 4 * count);
}

cleat_status cleat_sftp_accounts(cleat_sftp *s, const uint32_t *uids, size_t uid_count,
                                 const uint32_t *gids, size_t gid_count, void *tag)
{
    uint8_t packed[4 * CL_SFTP_ACCOUNTS_MAX];
    request r;
    if (!has(s, CL_SFTP_HAS_USERS_GROUPS))
        return CLEAT_E_UNSUPPORTED;
    if (uid_count > CL_SFTP_ACCOUNTS_MAX || gid_count > CL_SFTP_ACCOUNTS_MAX - uid_count)
        return CLEAT_E_BAD_CALL;
    const cl_sftp_users_groups m = {.uids = pack(packed, uids, uid_count),
                                    .gids = pack(packed + 4 * uid_count, gids, gid_count)};
    if (!begin(&r, s, CLEAT_SFTP_REQ_ACCOUNTS, tag))
        return r.st;
    r.asked->uids = uid_count;
    r.asked->gids = gid_count;
    cl_sftp_encode_users_groups(&s->out, r.asked->id, s->version, &m);
    return end(&r);
}

/* ---- facts ---- */

bool cleat_sftp_offers(const cleat_sftp *s, const char *extension)
{
    uint32_t feature = cl_sftp_feature_of(cleat_slice_of(extension));
    return feature && has(s, feature);
}
