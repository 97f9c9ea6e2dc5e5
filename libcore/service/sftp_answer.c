/* The SFTP server's answers. */
#include "../base/alloc.h"
#include "sftp_server.h"

static cl_sftp_work *find(const cleat_sftp_server *s, uint64_t query)
{
    cl_sftp_work *w = cl_idtab_get(&s->works, (uint32_t)query);
    return w && w->request.query == query ? w : NULL;
}

/* The request that this kind of answer is for. */
static cleat_status begin(cleat_sftp_server *s, uint64_t query, cl_sftp_kind kind, cl_sftp_work **w,
                          cl_buf **b, size_t *before)
{
    *w = find(s, query);
    if (!*w)
        return CLEAT_E_STALE;
    if ((*w)->kind != kind && kind != CL_SFTP_ANSWER_STATUS)
        return CLEAT_E_BAD_CALL;
    *b = cl_sftp_server_out(s);
    if (!*b)
        return CLEAT_E_NOMEM;
    *before = (*b)->len;
    return CLEAT_OK;
}

static cleat_status end(cleat_sftp_server *s, cl_sftp_work *w, size_t before)
{
    cl_sftp_server_written(s, before);
    cl_sftp_work_free(s, w);
    return s->status;
}

#define BEGIN(kind)                                                                                \
    cl_sftp_work *w;                                                                               \
    cl_buf *b;                                                                                     \
    size_t before;                                                                                 \
    cleat_status st = begin(s, query, CL_SFTP_ANSWER_##kind, &w, &b, &before);                     \
    if (st != CLEAT_OK)                                                                            \
        return st;

cleat_status cleat_sftp_answer_status_in(cleat_sftp_server *s, uint64_t query, uint32_t code,
                                         const char *text, const char *language)
{
    BEGIN(STATUS)
    if (!w->request.forced)
        cl_sftp_put_status(b, w->id, s->version, code, text, language);
    return end(s, w, before);
}

cleat_status cleat_sftp_answer_status(cleat_sftp_server *s, uint64_t query, uint32_t code,
                                      const char *text)
{
    return cleat_sftp_answer_status_in(s, query, code, text, NULL);
}

cleat_status cleat_sftp_answer_unknown(cleat_sftp_server *s, uint64_t query,
                                       const cleat_slice *names, size_t count)
{
    BEGIN(STATUS)
    cl_sftp_put_unknown(b, w->id, s->version, names, count);
    return end(s, w, before);
}

/* ---- handles ---- */

static cleat_status new_handle(cleat_sftp_server *s, const cl_sftp_work *w, void *user,
                               uint8_t wire[8])
{
    cl_sftp_open_handle *h = cl_alloc_zero(s->mem, sizeof *h);
    cleat_status st = h ? cl_idtab_add(&s->handles, h, &h->slot) : CLEAT_E_NOMEM;
    if (st != CLEAT_OK) {
        cl_alloc_free(s->mem, h);
        return st;
    }
    h->user = user;
    h->serial = ++s->serial;
    h->is_directory = w->request.op == CLEAT_SFTP_OP_OPENDIR;
    cl_store_u32(wire, h->slot);
    cl_store_u32(wire + 4, h->serial);
    return CLEAT_OK;
}

cleat_status cleat_sftp_answer_handle(cleat_sftp_server *s, uint64_t query, void *user)
{
    uint8_t wire[8];
    BEGIN(HANDLE)
    if (!user)
        return CLEAT_E_BAD_CALL;
    st = new_handle(s, w, user, wire);
    if (st != CLEAT_OK)
        return st;
    const cl_sftp_handle m = {.handle = {wire, sizeof wire}};
    cl_sftp_encode_handle(b, w->id, s->version, &m);
    return end(s, w, before);
}

/* ---- data: read straight into the packet ---- */

uint8_t *cleat_sftp_answer_space(cleat_sftp_server *s, uint64_t query, size_t *room)
{
    cl_sftp_work *w = find(s, query);
    *room = 0;
    if (!w || w->kind != CL_SFTP_ANSWER_DATA)
        return NULL;
    if (!w->space.data) {
        cl_buf_extend(&w->space, CL_SFTP_DATA_HEAD + w->request.length);
        if (w->space.status != CLEAT_OK)
            return NULL;
        s->pending += w->space.len;
        w->room = w->request.length;
    }
    *room = w->room;
    return w->space.data + CL_SFTP_DATA_HEAD;
}

static void store_head(const cl_sftp_work *w, size_t len, bool says_end)
{
    uint8_t *at = w->space.data;
    uint32_t total = (uint32_t)len + CL_SFTP_DATA_HEAD - 4 + (says_end ? 1 : 0);
    cl_store_u32(at, total);
    at[4] = CL_SFTP_data;
    cl_store_u32(at + 5, w->id);
    cl_store_u32(at + 9, (uint32_t)len);
}

cleat_status cleat_sftp_answer_data(cleat_sftp_server *s, uint64_t query, size_t len, bool at_end)
{
    cl_sftp_work *w = find(s, query);
    if (!w)
        return CLEAT_E_STALE;
    if (w->kind != CL_SFTP_ANSWER_DATA || len > w->room)
        return CLEAT_E_BAD_CALL;
    if (!len)
        return cleat_sftp_answer_status(s, query, CLEAT_SFTP_EOF, NULL);
    bool says_end = at_end && s->version >= 6;
    store_head(w, len, says_end);
    s->pending -= w->space.len;
    cl_buf_truncate(&w->space, CL_SFTP_DATA_HEAD + len);
    if (says_end)
        cl_put_bool(&w->space, true);
    if (w->space.status == CLEAT_OK)
        cl_sftp_server_queue(s, &w->space);
    else
        cl_sftp_server_fail(s, w->space.status);
    cl_buf_free(&w->space);
    cl_sftp_work_free(s, w);
    return s->status;
}

/* ---- attributes and names ---- */

cleat_status cleat_sftp_answer_attrs(cleat_sftp_server *s, uint64_t query,
                                     const cleat_sftp_attrs *attrs)
{
    BEGIN(ATTRS)
    const cl_sftp_attrs m = {.attrs = *attrs};
    cl_sftp_encode_attrs(b, w->id, s->version, &m);
    return end(s, w, before);
}

cleat_status cleat_sftp_answer_names(cleat_sftp_server *s, uint64_t query,
                                     const cleat_sftp_name *names, size_t count, bool at_end)
{
    if (!count)
        return cleat_sftp_answer_status(s, query, CLEAT_SFTP_EOF, NULL);
    BEGIN(NAMES)
    cl_buf list = CL_BUF(s->mem);
    for (size_t i = 0; i < count; i++)
        cl_sftp_put_name(&list, s->version, &names[i]);
    if (at_end && s->version >= 6)
        cl_put_bool(&list, true);
    const cl_sftp_name m = {.count = (uint32_t)count, .names = cl_buf_slice(&list)};
    st = list.len > CL_SFTP_DATA_MAX ? CLEAT_E_LIMIT : list.status;
    if (st == CLEAT_OK)
        cl_sftp_encode_name(b, w->id, s->version, &m);
    cl_buf_free(&list);
    return st == CLEAT_OK ? end(s, w, before) : st;
}

/* ---- extensions ---- */

static void put_statvfs(cl_buf *b, const cl_sftp_work *w, unsigned version,
                        const cleat_sftp_statvfs *v)
{
    const cl_sftp_statvfs_reply m = {.block = v->block,
                                     .fragment = v->fragment,
                                     .blocks = v->blocks,
                                     .blocks_free = v->blocks_free,
                                     .blocks_available = v->blocks_available,
                                     .files = v->files,
                                     .files_free = v->files_free,
                                     .files_available = v->files_available,
                                     .fs_id = v->id,
                                     .flags = v->flags,
                                     .name_max = v->name_max};
    cl_sftp_encode_statvfs_reply(b, w->id, version, &m);
}

static void put_space(cl_buf *b, const cl_sftp_work *w, unsigned version,
                      const cleat_sftp_statvfs *v)
{
    const cl_sftp_space_available_reply m = {.device_bytes = v->blocks * v->fragment,
                                             .device_unused = v->blocks_free * v->fragment,
                                             .user_unused = v->blocks_available * v->fragment,
                                             .allocation_unit = (uint32_t)v->fragment};
    cl_sftp_encode_space_available_reply(b, w->id, version, &m);
}

cleat_status cleat_sftp_answer_statvfs(cleat_sftp_server *s, uint64_t query,
                                       const cleat_sftp_statvfs *vfs)
{
    const cl_sftp_work *asked = find(s, query);
    bool space = asked && asked->kind == CL_SFTP_ANSWER_SPACE;
    cl_sftp_work *w;
    cl_buf *b;
    size_t before;
    cleat_status st =
        begin(s, query, space ? CL_SFTP_ANSWER_SPACE : CL_SFTP_ANSWER_STATVFS, &w, &b, &before);
    if (st != CLEAT_OK)
        return st;
    (space ? put_space : put_statvfs)(b, w, s->version, vfs);
    return end(s, w, before);
}

static void put_texts(cl_buf *b, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cl_put_cstring(b, texts[i]);
}

cleat_status cleat_sftp_answer_principals(cleat_sftp_server *s, uint64_t query,
                                          const char *const *users, const char *const *groups)
{
    BEGIN(PRINCIPALS)
    cl_buf names = CL_BUF(s->mem);
    put_texts(&names, users, w->request.uid_count);
    size_t middle = names.len;
    put_texts(&names, groups, w->request.gid_count);
    const cl_sftp_users_groups_reply m = {
        .users = cl_slice_cut(cl_buf_slice(&names), 0, middle),
        .groups = cl_slice_cut(cl_buf_slice(&names), middle, names.len)};
    if (names.status != CLEAT_OK)
        cl_sftp_server_fail(s, names.status);
    cl_sftp_encode_users_groups_reply(b, w->id, s->version, &m);
    cl_buf_free(&names);
    return end(s, w, before);
}

cleat_status cleat_sftp_answer_ranges(cleat_sftp_server *s, uint64_t query,
                                      const cleat_sftp_range *ranges, size_t count, bool at_end)
{
    if (!count)
        return cleat_sftp_answer_status(s, query, CLEAT_SFTP_EOF, NULL);
    BEGIN(RANGES)
    cl_buf list = CL_BUF(s->mem);
    for (size_t i = 0; i < count; i++) {
        cl_put_u64(&list, ranges[i].offset);
        cl_put_u64(&list, ranges[i].length);
    }
    cl_put_bool(&list, at_end);
    const cl_sftp_ranges_reply m = {.count = (uint32_t)count, .ranges = cl_buf_slice(&list)};
    st = list.len > CL_SFTP_DATA_MAX ? CLEAT_E_LIMIT : list.status;
    if (st == CLEAT_OK)
        cl_sftp_encode_ranges_reply(b, w->id, s->version, &m);
    cl_buf_free(&list);
    return st == CLEAT_OK ? end(s, w, before) : st;
}

cleat_status cleat_sftp_answer_hashes(cleat_sftp_server *s, uint64_t query, const char *algorithm,
                                      cleat_slice hashes)
{
    BEGIN(HASHES)
    const cl_sftp_check_file_reply m = {.what = CL_SLICE_LIT("check-file"),
                                        .algorithm = cleat_slice_of(algorithm),
                                        .hashes = hashes};
    if (hashes.len > CL_SFTP_DATA_MAX)
        return CLEAT_E_LIMIT;
    cl_sftp_encode_check_file_reply(b, w->id, s->version, &m);
    return end(s, w, before);
}

cleat_status cleat_sftp_answer_extended(cleat_sftp_server *s, uint64_t query, cleat_slice fields)
{
    BEGIN(EXTENDED)
    const cl_sftp_extended_reply m = {.fields = fields};
    if (fields.len > CL_SFTP_DATA_MAX)
        return CLEAT_E_LIMIT;
    cl_sftp_encode_extended_reply(b, w->id, s->version, &m);
    return end(s, w, before);
}
