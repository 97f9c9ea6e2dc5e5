/* Every request that the SFTP server knows: how it is read and what answers it. The versions'
 * differences end here. */
#include "../base/compat.h"
#include "../base/pattern.h"
#include "sftp_server.h"

enum {
    ALL_ATTRS = 0xFFFF,
    OPEN_FLAGS = CLEAT_SFTP_DISPOSITION | CLEAT_SFTP_OPEN_APPEND | CLEAT_SFTP_OPEN_APPEND_ATOMIC |
                 CLEAT_SFTP_OPEN_TEXT | CLEAT_SFTP_OPEN_NOFOLLOW
};

/* ---- parts ---- */

static const char *text(cl_sftp_work *w, cleat_slice s)
{
    return cl_arena_text(&w->arena, s);
}

static cl_sftp_open_handle *find_handle(const cleat_sftp_server *s, cleat_slice wire)
{
    cl_reader r = cl_reader_of(wire);
    uint32_t slot = cl_get_u32(&r);
    uint32_t serial = cl_get_u32(&r);
    cl_sftp_open_handle *h =
        cl_reader_done(&r) == CLEAT_OK ? cl_idtab_get(&s->handles, slot) : NULL;
    return h && h->serial == serial && !h->closing ? h : NULL;
}

static cleat_status use_handle(const cleat_sftp_server *s, cl_sftp_work *w, cleat_slice wire)
{
    cl_sftp_open_handle *h = find_handle(s, wire);
    if (!h)
        return CLEAT_E_NO_SUCH;
    h->busy++;
    w->handle = h;
    w->request.handle = (cleat_sftp_handle){h->user, h->is_directory};
    return CLEAT_OK;
}

/* A handle that OPEN made, and not OPENDIR; or the other way round. */
static cleat_status use_file(const cleat_sftp_server *s, cl_sftp_work *w, cleat_slice wire)
{
    cleat_status st = use_handle(s, w, wire);
    return st == CLEAT_OK && w->handle->is_directory ? CLEAT_E_NO_SUCH : st;
}

static cleat_status use_directory(const cleat_sftp_server *s, cl_sftp_work *w, cleat_slice wire)
{
    cleat_status st = use_handle(s, w, wire);
    return st == CLEAT_OK && !w->handle->is_directory ? CLEAT_E_NO_SUCH : st;
}

/* Offsets go to calls that take them signed. */
static cleat_status set_range(cl_sftp_work *w, uint64_t offset, uint64_t length)
{
    w->request.offset = offset;
    w->request.length = length;
    return offset > INT64_MAX || length > INT64_MAX - offset ? CLEAT_E_BAD_CALL : CLEAT_OK;
}

#define DECODE(name, s, fields, m)                                                                 \
    cl_sftp_##name m;                                                                              \
    cleat_status st = cl_sftp_decode_##name(fields, (s)->version, &m);                             \
    if (st != CLEAT_OK)                                                                            \
        return st;

/* ---- files ---- */

static cleat_status read_open(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(open, s, fields, m)
    w->request.path = text(w, m.path);
    w->request.attrs = m.attrs;
    w->request.access = m.access;
    w->request.flags = m.flags;
    if (s->version < 5 &&
        !cl_sftp_open_from_pflags(m.pflags, &w->request.access, &w->request.flags))
        return CLEAT_E_BAD_CALL;
    if ((w->request.flags & CLEAT_SFTP_DISPOSITION) > CLEAT_SFTP_TRUNCATE_EXISTING)
        return CLEAT_E_BAD_CALL;
    return w->request.flags & ~(uint32_t)OPEN_FLAGS ? CLEAT_E_UNSUPPORTED : CLEAT_OK;
}

static cleat_status read_close(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(close, s, fields, m)
    cl_sftp_open_handle *h = find_handle(s, m.handle);
    if (!h)
        return CLEAT_E_NO_SUCH;
    h->closing = true;
    w->handle = h;
    w->request.handle = (cleat_sftp_handle){h->user, h->is_directory};
    return CLEAT_OK;
}

static cleat_status read_read(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(read, s, fields, m)
    st = use_file(s, w, m.handle);
    uint32_t length = m.length > CL_SFTP_DATA_MAX ? CL_SFTP_DATA_MAX : m.length;
    return st == CLEAT_OK ? set_range(w, m.offset, length) : st;
}

static cleat_status read_write(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(write, s, fields, m)
    st = use_file(s, w, m.handle);
    w->request.data = m.data;
    return st == CLEAT_OK ? set_range(w, m.offset, m.data.len) : st;
}

static cleat_status read_fsync(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(fsync, s, fields, m)
    return use_file(s, w, m.handle);
}

static cleat_status read_copy(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(copy_data, s, fields, m)
    st = use_file(s, w, m.from);
    cl_sftp_open_handle *to = find_handle(s, m.to);
    if (st != CLEAT_OK || !to || to->is_directory)
        return CLEAT_E_NO_SUCH;
    if (to == w->handle || m.to_offset > INT64_MAX)
        return CLEAT_E_BAD_CALL;
    to->busy++;
    w->to_handle = to;
    w->request.to_handle = (cleat_sftp_handle){to->user, false};
    w->request.to_offset = m.to_offset;
    return set_range(w, m.from_offset, m.length);
}

static cleat_status read_ranges(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(ranges, s, fields, m)
    st = use_file(s, w, m.handle);
    return st == CLEAT_OK ? set_range(w, m.offset, m.length) : st;
}

static cleat_status read_lock(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    const uint32_t known = CLEAT_SFTP_OPEN_BLOCK_READ | CLEAT_SFTP_OPEN_BLOCK_WRITE |
                           CLEAT_SFTP_OPEN_BLOCK_DELETE | CLEAT_SFTP_OPEN_BLOCK_ADVISORY;
    DECODE(block, s, fields, m)
    st = use_file(s, w, m.handle);
    w->request.flags = m.mask;
    if (st == CLEAT_OK && (m.mask & ~known))
        return CLEAT_E_UNSUPPORTED;
    return st == CLEAT_OK ? set_range(w, m.offset, m.length) : st;
}

static cleat_status read_unlock(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(unblock, s, fields, m)
    st = use_file(s, w, m.handle);
    return st == CLEAT_OK ? set_range(w, m.offset, m.length) : st;
}

static cleat_status read_text_seek(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(text_seek, s, fields, m)
    w->request.offset = m.line;
    return use_file(s, w, m.handle);
}

static cleat_status set_check(cl_sftp_work *w, cleat_slice algorithms, uint64_t offset,
                              uint64_t length, uint32_t block_size)
{
    w->request.algorithms = text(w, algorithms);
    w->request.block_size = block_size;
    cleat_status st = set_range(w, offset, length);
    return block_size && block_size < 256 ? CLEAT_E_BAD_CALL : st;
}

static cleat_status read_check(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(check_file, s, fields, m)
    st = use_file(s, w, m.handle);
    return st == CLEAT_OK ? set_check(w, m.algorithms, m.offset, m.length, m.block_size) : st;
}

static cleat_status read_check_name(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(check_file_name, s, fields, m)
    w->request.path = text(w, m.path);
    return set_check(w, m.algorithms, m.offset, m.length, m.block_size);
}

/* ---- directories ---- */

static cleat_status read_readdir(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(readdir, s, fields, m)
    return use_directory(s, w, m.handle);
}

static cleat_status read_mkdir(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(mkdir, s, fields, m)
    w->request.path = text(w, m.path);
    w->request.attrs = m.attrs;
    return CLEAT_OK;
}

/* OPENDIR, REMOVE, RMDIR, READLINK and extensions: a path and no more. */
static cleat_status read_path(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(opendir, s, fields, m)
    w->request.path = text(w, m.path);
    return CLEAT_OK;
}

/* ---- attributes ---- */

static cleat_status read_stat(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(stat, s, fields, m)
    w->request.path = text(w, m.path);
    w->request.wanted = s->version >= 4 ? m.wanted : ALL_ATTRS;
    return CLEAT_OK;
}

static cleat_status read_fstat(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(fstat, s, fields, m)
    w->request.wanted = s->version >= 4 ? m.wanted : ALL_ATTRS;
    return use_handle(s, w, m.handle);
}

static cleat_status read_setstat(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(setstat, s, fields, m)
    w->request.path = text(w, m.path);
    w->request.attrs = m.attrs;
    return m.attrs.extended_count ? CLEAT_E_UNSUPPORTED : CLEAT_OK;
}

static cleat_status read_fsetstat(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(fsetstat, s, fields, m)
    w->request.attrs = m.attrs;
    st = use_handle(s, w, m.handle);
    return st == CLEAT_OK && m.attrs.extended_count ? CLEAT_E_UNSUPPORTED : st;
}

static cleat_status read_fstatvfs(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(fstatvfs, s, fields, m)
    return use_handle(s, w, m.handle);
}

/* ---- names ---- */

static cleat_status read_realpath(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(realpath, s, fields, m)
    cl_reader r = cl_reader_of(m.how);
    w->request.path = text(w, m.path);
    if (s->version < 6 || !m.how.len)
        return cl_reader_done(&r);
    uint8_t check = cl_get_u8(&r);
    if (check < CLEAT_SFTP_CHECK_NONE || check > CLEAT_SFTP_CHECK_ALWAYS)
        return CLEAT_E_BAD_CALL;
    w->request.check = (cleat_sftp_check)check;
    while (r.left && w->request.compose_count < CLEAT_SFTP_COMPOSE_MAX)
        w->request.compose[w->request.compose_count++] = text(w, cl_get_text(&r));
    return cl_reader_done(&r);
}

static cleat_status read_rename(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(rename, s, fields, m)
    w->request.path = text(w, m.old_path);
    w->request.new_path = text(w, m.new_path);
    w->request.flags = m.flags;
    return CLEAT_OK;
}

static cleat_status read_posix_rename(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(posix_rename, s, fields, m)
    w->request.path = text(w, m.old_path);
    w->request.new_path = text(w, m.new_path);
    w->request.flags = CLEAT_SFTP_RENAME_OVERWRITE | CLEAT_SFTP_RENAME_ATOMIC;
    return CLEAT_OK;
}

static cleat_status read_hardlink(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(hardlink, s, fields, m)
    w->request.path = text(w, m.old_path);
    w->request.new_path = text(w, m.new_path);
    return CLEAT_OK;
}

static cleat_status read_symlink(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(symlink, s, fields, m)
    bool link_first = s->version > 3 || s->follows_draft;
    w->request.path = text(w, link_first ? m.second : m.first);
    w->request.new_path = text(w, link_first ? m.first : m.second);
    return CLEAT_OK;
}

/* Version 6's LINK: two rows, of which each takes its own kind. */
static cleat_status read_link(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(link, s, fields, m)
    w->request.path = text(w, m.existing);
    w->request.new_path = text(w, m.new_link);
    return CLEAT_OK;
}

/* ---- the rest ---- */

static cleat_status answer_limits(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(limits, s, fields, m)
    const cl_sftp_limits_reply limits = {.packet_max = CL_SFTP_PACKET_MAX,
                                         .read_max = CL_SFTP_DATA_MAX,
                                         .write_max = CL_SFTP_DATA_MAX,
                                         .handles_max = s->handles.max};
    cl_buf *b = cl_sftp_server_out(s);
    if (!b)
        return CLEAT_E_NOMEM;
    size_t before = b->len;
    cl_sftp_encode_limits_reply(b, w->id, s->version, &limits);
    cl_sftp_server_written(s, before);
    return CLEAT_OK;
}

static cleat_status answer_vendor(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(vendor_id, s, fields, m)
    cl_sftp_server_reply(s, w->id, CLEAT_SFTP_OK);
    return CLEAT_OK;
}

/* draft-13 §5.5: the first request or none, and a wrong one ends the session. */
static cleat_status answer_select(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(version_select, s, fields, m)
    uint64_t version = 0;
    bool good = cl_slice_to_u64(m.version, s->version_max, &version) && !s->begun &&
                version >= CLEAT_SFTP_VERSION_MIN;
    if (!good)
        return CLEAT_E_PROTO;
    cl_sftp_server_reply(s, w->id, CLEAT_SFTP_OK);
    s->version = (unsigned)version;
    return CLEAT_OK;
}

static const uint32_t *read_ids(cl_sftp_work *w, cleat_slice wire, size_t *count)
{
    cl_reader r = cl_reader_of(wire);
    *count = wire.len / 4;
    uint32_t *ids =
        *count <= CLEAT_SFTP_IDS_MAX ? cl_arena_get(&w->arena, (*count + 1) * sizeof *ids) : NULL;
    for (size_t i = 0; ids && i < *count; i++)
        ids[i] = cl_get_u32(&r);
    return cl_reader_done(&r) == CLEAT_OK ? ids : NULL;
}

static cleat_status read_users_groups(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields)
{
    DECODE(users_groups, s, fields, m)
    w->request.uids = read_ids(w, m.uids, &w->request.uid_count);
    w->request.gids = read_ids(w, m.gids, &w->request.gid_count);
    return w->request.uids && w->request.gids ? CLEAT_OK : CLEAT_E_FORMAT;
}

/* ---- the table ---- */

#define OP(word) CLEAT_SFTP_OP_##word
#define BY(word) CL_SFTP_ANSWER_##word
#define ALL 3, 6
#define PLAIN(wire, name, versions, op, kind, read)                                                \
    {                                                                                              \
        CL_SFTP_##wire, NULL, name, 0, versions, OP(op), BY(kind), read                            \
    }
#define EXTRA(wire, name, feature, op, kind, read)                                                 \
    {                                                                                              \
        CL_SFTP_extended, CL_SFTP_NAME_##wire, name, CL_SFTP_HAS_##feature, ALL, OP(op), BY(kind), \
            read                                                                                   \
    }

static const cl_sftp_row rows[] = {
    PLAIN(open, "open", ALL, OPEN, HANDLE, read_open),
    PLAIN(close, "close", ALL, CLOSE, STATUS, read_close),
    PLAIN(read, "read", ALL, READ, DATA, read_read),
    PLAIN(write, "write", ALL, WRITE, STATUS, read_write),
    PLAIN(lstat, "lstat", ALL, LSTAT, ATTRS, read_stat),
    PLAIN(fstat, "fstat", ALL, FSTAT, ATTRS, read_fstat),
    PLAIN(setstat, "setstat", ALL, SETSTAT, STATUS, read_setstat),
    PLAIN(fsetstat, "fsetstat", ALL, FSETSTAT, STATUS, read_fsetstat),
    PLAIN(opendir, "opendir", ALL, OPENDIR, HANDLE, read_path),
    PLAIN(readdir, "readdir", ALL, READDIR, NAMES, read_readdir),
    PLAIN(remove, "remove", ALL, REMOVE, STATUS, read_path),
    PLAIN(mkdir, "mkdir", ALL, MKDIR, STATUS, read_mkdir),
    PLAIN(rmdir, "rmdir", ALL, RMDIR, STATUS, read_path),
    PLAIN(realpath, "realpath", ALL, REALPATH, NAMES, read_realpath),
    PLAIN(stat, "stat", ALL, STAT, ATTRS, read_stat),
    PLAIN(rename, "rename", ALL, RENAME, STATUS, read_rename),
    PLAIN(readlink, "readlink", ALL, READLINK, NAMES, read_path),
    {CL_SFTP_symlink, NULL, "symlink", 0, 3, 5, OP(SYMLINK), BY(STATUS), read_symlink},
    {CL_SFTP_link, NULL, "symlink", 0, 6, 6, OP(SYMLINK), BY(STATUS), read_link},
    {CL_SFTP_link, NULL, "hardlink", 0, 6, 6, OP(LINK), BY(STATUS), read_link},
    {CL_SFTP_block, NULL, "block", 0, 6, 6, OP(LOCK), BY(STATUS), read_lock},
    {CL_SFTP_unblock, NULL, "unblock", 0, 6, 6, OP(UNLOCK), BY(STATUS), read_unlock},
    EXTRA(posix_rename, "posix-rename", POSIX_RENAME, RENAME, STATUS, read_posix_rename),
    EXTRA(statvfs, "statvfs", STATVFS, STATVFS, STATVFS, read_path),
    EXTRA(fstatvfs, "fstatvfs", FSTATVFS, FSTATVFS, STATVFS, read_fstatvfs),
    EXTRA(hardlink, "hardlink", HARDLINK, LINK, STATUS, read_hardlink),
    EXTRA(fsync, "fsync", FSYNC, FSYNC, STATUS, read_fsync),
    EXTRA(lsetstat, "lsetstat", LSETSTAT, LSETSTAT, STATUS, read_setstat),
    EXTRA(expand_path, "expand-path", EXPAND_PATH, EXPAND_PATH, NAMES, read_path),
    EXTRA(copy_data, "copy-data", COPY_DATA, COPY_DATA, STATUS, read_copy),
    EXTRA(home_directory, "home-directory", HOME_DIRECTORY, HOME_DIRECTORY, NAMES, read_path),
    EXTRA(users_groups, "users-groups-by-id", USERS_GROUPS, USERS_GROUPS, PRINCIPALS,
          read_users_groups),
    EXTRA(ranges, "ranges", RANGES, RANGES, RANGES, read_ranges),
    EXTRA(space_available, "space-available", SPACE_AVAILABLE, STATVFS, SPACE, read_path),
    EXTRA(check_file, "check-file", CHECK_FILE, CHECK_FILE, HASHES, read_check),
    EXTRA(check_file_handle, "check-file", CHECK_FILE, CHECK_FILE, HASHES, read_check),
    EXTRA(check_file_name, "check-file", CHECK_FILE, CHECK_FILE, HASHES, read_check_name),
    {CL_SFTP_extended, CL_SFTP_NAME_limits, "limits", CL_SFTP_HAS_LIMITS, ALL, 0, BY(STATUS),
     answer_limits},
    {CL_SFTP_extended, CL_SFTP_NAME_vendor_id, "vendor-id", 0, ALL, 0, BY(STATUS), answer_vendor},
    {CL_SFTP_extended, CL_SFTP_NAME_text_seek, "text-seek", 0, 4, 6, OP(TEXT_SEEK), BY(STATUS),
     read_text_seek},
    {CL_SFTP_extended, CL_SFTP_NAME_version_select, "version-select", 0, ALL, 0, BY(STATUS),
     answer_select},
};

/* LINK's last byte says which of its rows is meant. */
static bool is_row(const cl_sftp_row *row, const cl_sftp_head *head, unsigned version,
                   cleat_slice extension)
{
    if (row->number != head->type || version < row->first || version > row->last)
        return false;
    if (row->number == CL_SFTP_extended)
        return cl_slice_is(extension, row->extension);
    if (row->number != CL_SFTP_link || !head->fields.len)
        return true;
    bool symbolic = head->fields.data[head->fields.len - 1] != 0;
    return symbolic == (row->op == CLEAT_SFTP_OP_SYMLINK);
}

const cl_sftp_row *cl_sftp_find_row(const cl_sftp_head *head, unsigned version, cleat_slice *fields,
                                    cleat_slice *extension)
{
    if (head->type == CL_SFTP_extended) {
        cl_reader r = cl_reader_of(head->fields);
        *extension = cl_get_text(&r);
        *fields = cl_get_rest(&r);
    }
    for (size_t i = 0; i < CL_COUNT(rows); i++) {
        if (is_row(&rows[i], head, version, *extension))
            return &rows[i];
    }
    return NULL;
}

/* ---- which of them are permitted ---- */

static bool is_listed(const char *list, const char *name)
{
    return cl_pattern_list(cleat_slice_of(name), cleat_slice_of(list), false) == CL_MATCH_YES;
}

bool cl_sftp_may(const cleat_sftp_server *s, const char *name)
{
    if (s->denied && is_listed(s->denied, name))
        return false;
    return !s->allowed || is_listed(s->allowed, name);
}

uint32_t cl_sftp_permitted_features(const cleat_sftp_server *s)
{
    uint32_t features = 0;
    for (size_t i = 0; i < CL_COUNT(rows); i++) {
        if (rows[i].feature && cl_sftp_may(s, rows[i].name))
            features |= rows[i].feature;
    }
    return features;
}

bool cleat_sftp_server_knows(const char *name, size_t len)
{
    for (size_t i = 0; i < CL_COUNT(rows); i++) {
        if (strlen(rows[i].name) == len && strncmp(rows[i].name, name, len) == 0)
            return true;
    }
    return false;
}
