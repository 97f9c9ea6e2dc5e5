/* What the server's packets mean for the requests under way. */
#include "sftp_client.h"

#include "../base/error.h"
#include "../base/slice.h"

#include <string.h>

/* Fields of the answer that has begun; all memory is the arena's or the packet's. */
typedef cleat_status decoder(cleat_sftp *s, const cl_sftp_asked *a, cleat_slice fields);

static void begin(cleat_sftp *s, const cl_sftp_asked *a, uint32_t code)
{
    s->answer = (cleat_sftp_answer){.request = a->request, .tag = a->tag, .code = code};
    s->answer.text = cleat_sftp_code_text(code);
    s->answer.language = CL_SFTP_OUR_LANGUAGE;
}

/* ---- kinds of answers ---- */

static cleat_status on_handle(cleat_sftp *s, const cl_sftp_asked *a, cleat_slice fields)
{
    cl_sftp_handle m;
    cleat_sftp_file *to = &s->answer.handle;
    cleat_status st = cl_sftp_decode_handle(fields, s->version, &m);
    (void)a;
    if (st != CLEAT_OK)
        return st;
    if (m.handle.len > sizeof to->bytes)
        return cl_fail(&s->error, CLEAT_E_LIMIT, "SFTP: a handle of %zu bytes", m.handle.len);
    memcpy(to->bytes, m.handle.data, m.handle.len);
    to->len = (uint16_t)m.handle.len;
    return CLEAT_OK;
}

static cleat_status on_attrs(cleat_sftp *s, const cl_sftp_asked *a, cleat_slice fields)
{
    cl_sftp_attrs m;
    cleat_status st = cl_sftp_decode_attrs(fields, s->version, &m);
    (void)a;
    s->attrs = m.attrs;
    s->answer.attrs = &s->attrs;
    return st;
}

static cleat_status on_names(cleat_sftp *s, const cl_sftp_asked *a, cleat_slice fields)
{
    enum { NAME_MIN = 8 }; /* a length and the attributes' flags */
    cl_sftp_name m;
    cleat_status st = cl_sftp_decode_name(fields, s->version, &m);
    if (st != CLEAT_OK)
        return st;
    if (a->wants_one && m.count != 1)
        return cl_fail(&s->error, CLEAT_E_PROTO, "SFTP: %u names instead of one",
                       (unsigned)m.count);
    if (m.count > m.names.len / NAME_MIN)
        return CLEAT_E_TRUNCATED;
    cleat_sftp_name *names = cl_arena_get(&s->arena, (m.count + 1) * sizeof *names);
    if (!names)
        return CLEAT_E_NOMEM;
    cl_reader r = cl_reader_of(m.names);
    for (size_t i = 0; i < m.count; i++)
        cl_sftp_get_name(&r, s->version, &names[i]);
    s->answer.names = names;
    s->answer.name_count = m.count;
    s->answer.at_end = cl_sftp_says_end(cl_get_rest(&r), s->version);
    return r.fault;
}

static cleat_status on_statvfs(cleat_sftp *s, const cl_sftp_asked *a, cleat_slice fields)
{
    cl_sftp_statvfs_reply m;
    cleat_status st = cl_sftp_decode_statvfs_reply(fields, s->version, &m);
    (void)a;
    s->statvfs = (cleat_sftp_statvfs){.block = m.block,
                                      .fragment = m.fragment,
                                      .blocks = m.blocks,
                                      .blocks_free = m.blocks_free,
                                      .blocks_available = m.blocks_available,
                                      .files = m.files,
                                      .files_free = m.files_free,
                                      .files_available = m.files_available,
                                      .id = m.fs_id,
                                      .flags = m.flags,
                                      .name_max = m.name_max};
    s->answer.statvfs = &s->statvfs;
    return st;
}

static cleat_status on_ranges(cleat_sftp *s, const cl_sftp_asked *a, cleat_slice fields)
{
    enum { RANGE_SIZE = 16 };
    cl_sftp_ranges_reply m;
    cleat_status st = cl_sftp_decode_ranges_reply(fields, s->version, &m);
    (void)a;
    if (st != CLEAT_OK)
        return st;
    if (m.count > m.ranges.len / RANGE_SIZE)
        return CLEAT_E_TRUNCATED;
    cleat_sftp_range *ranges = cl_arena_get(&s->arena, (m.count + 1) * sizeof *ranges);
    if (!ranges)
        return CLEAT_E_NOMEM;
    cl_reader r = cl_reader_of(m.ranges);
    for (size_t i = 0; i < m.count; i++) {
        ranges[i].offset = cl_get_u64(&r);
        ranges[i].length = cl_get_u64(&r);
    }
    s->answer.ranges = ranges;
    s->answer.range_count = m.count;
    s->answer.at_end = cl_get_bool(&r);
    return cl_reader_done(&r);
}

static void read_accounts(cleat_sftp *s, cleat_slice list, const char **to, size_t count)
{
    cl_reader r = cl_reader_of(list);
    for (size_t i = 0; i < count; i++)
        to[i] = cl_arena_text(&s->arena, cl_get_text(&r));
}

static cleat_status on_accounts(cleat_sftp *s, const cl_sftp_asked *a, cleat_slice fields)
{
    cl_sftp_users_groups_reply m;
    cleat_status st = cl_sftp_decode_users_groups_reply(fields, s->version, &m);
    size_t count = a->uids + a->gids;
    const char **names =
        st == CLEAT_OK ? cl_arena_get(&s->arena, (count + 1) * sizeof *names) : NULL;
    if (st != CLEAT_OK || !names)
        return st != CLEAT_OK ? st : CLEAT_E_NOMEM;
    read_accounts(s, m.users, names, a->uids);
    read_accounts(s, m.groups, names + a->uids, a->gids);
    s->answer.accounts = names;
    s->answer.account_count = count;
    return s->arena.status;
}

/* ProFTPD's answer begins with the algorithm. */
static cleat_status on_hashes(cleat_sftp *s, const cl_sftp_asked *a, cleat_slice fields)
{
    cl_reader r = cl_reader_of(fields);
    cleat_slice algorithm = cl_get_text(&r);
    (void)a;
    if (cl_slice_is(algorithm, "check-file"))
        algorithm = cl_get_text(&r);
    s->answer.algorithm = cl_arena_text(&s->arena, algorithm);
    s->answer.hashes = cl_get_rest(&r);
    return r.fault == CLEAT_OK ? s->arena.status : r.fault;
}

static cleat_status on_space(cleat_sftp *s, const cl_sftp_asked *a, cleat_slice fields)
{
    cl_sftp_space_available_reply m;
    cleat_status st = cl_sftp_decode_space_available_reply(fields, s->version, &m);
    (void)a;
    s->space = (cleat_sftp_space){.device_bytes = m.device_bytes,
                                  .device_unused = m.device_unused,
                                  .user_bytes = m.user_bytes,
                                  .user_unused = m.user_unused,
                                  .allocation_unit = m.allocation_unit};
    s->answer.space = &s->space;
    return st;
}

/* What a request may be answered with, beside a status. */
static const struct {
    uint8_t type;
    decoder *decode;
} kinds[] = {
    [CLEAT_SFTP_REQ_OPEN] = {CL_SFTP_handle, on_handle},
    [CLEAT_SFTP_REQ_OPENDIR] = {CL_SFTP_handle, on_handle},
    [CLEAT_SFTP_REQ_NAMES] = {CL_SFTP_name, on_names},
    [CLEAT_SFTP_REQ_ATTRS] = {CL_SFTP_attrs, on_attrs},
    [CLEAT_SFTP_REQ_STATVFS] = {CL_SFTP_extended_reply, on_statvfs},
    [CLEAT_SFTP_REQ_RANGES] = {CL_SFTP_extended_reply, on_ranges},
    [CLEAT_SFTP_REQ_ACCOUNTS] = {CL_SFTP_extended_reply, on_accounts},
    [CLEAT_SFTP_REQ_HASHES] = {CL_SFTP_extended_reply, on_hashes},
    [CLEAT_SFTP_REQ_SPACE] = {CL_SFTP_extended_reply, on_space},
};

/* Behind message and language; what is malformed is left out. */
static cleat_status take_unknown(cleat_sftp *s, cleat_slice rest)
{
    cl_reader r = cl_reader_of(rest);
    cl_get_string(&r);
    cl_get_string(&r);
    const char **names = cl_arena_get(&s->arena, (rest.len / 4 + 1) * sizeof *names);
    if (!names)
        return CLEAT_E_NOMEM;
    while (r.left && r.fault == CLEAT_OK) {
        cleat_slice name = cl_get_text(&r);
        if (r.fault == CLEAT_OK)
            names[s->answer.unknown_count++] = cl_arena_text(&s->arena, name);
    }
    s->answer.unknown = names;
    return s->arena.status;
}

/* What does not fit is cut off. */
static const char *keep_text(char *to, size_t size, cleat_slice text)
{
    size_t len = text.len < size ? text.len : size - 1;
    if (len)
        memcpy(to, text.data, len);
    to[len] = 0;
    return to;
}

/* A status that says OK where something was asked for brings nothing. */
static cleat_status on_status(cleat_sftp *s, const cl_sftp_asked *a, cleat_slice fields)
{
    cl_sftp_status m;
    cleat_status st = cl_sftp_decode_status(fields, s->version, &m);
    if (st != CLEAT_OK)
        return st;
    if (m.code == CLEAT_SFTP_OK && a->request != CLEAT_SFTP_REQ_STATUS)
        return cl_fail(&s->error, CLEAT_E_PROTO, "SFTP: success without what was asked for");
    begin(s, a, m.code);
    cleat_slice language, text = cl_sftp_status_text(m.text, &language);
    if (text.len) {
        s->answer.text = keep_text(s->text, sizeof s->text, text);
        s->answer.language = keep_text(s->language, sizeof s->language, language);
    }
    return m.code == CLEAT_SFTP_UNKNOWN_PRINCIPAL ? take_unknown(s, m.text) : CLEAT_OK;
}

static cleat_status decode_kind(cleat_sftp *s, const cl_sftp_asked *a, const cl_sftp_head *head)
{
    if (head->type == CL_SFTP_status)
        return on_status(s, a, head->fields);
    if (!kinds[a->request].decode || kinds[a->request].type != head->type)
        return cl_fail(&s->error, CLEAT_E_PROTO, "SFTP: message %u is no answer to the request",
                       head->type);
    begin(s, a, CLEAT_SFTP_OK);
    return kinds[a->request].decode(s, a, head->fields);
}

static cleat_status decode(cleat_sftp *s, const cl_sftp_asked *a, const cl_sftp_head *head)
{
    if (a->unsent)
        return cl_fail(&s->error, CLEAT_E_PROTO, "SFTP: an answer before the request was whole");
    cleat_status st = decode_kind(s, a, head);
    return st == CLEAT_OK && a->checked ? cl_sftp_on_checked(s, a) : st;
}

/* Nobody waits: what was opened is closed. */
static cleat_status pass_over(cleat_sftp *s)
{
    const cleat_sftp_file *h = &s->answer.handle;
    bool opened = s->answer.code == CLEAT_SFTP_OK && (s->answer.request == CLEAT_SFTP_REQ_OPEN ||
                                                      s->answer.request == CLEAT_SFTP_REQ_OPENDIR);
    return opened ? cl_sftp_drop_handle(s, cl_slice(h->bytes, h->len)) : CLEAT_OK;
}

cleat_status cl_sftp_on_packet(cleat_sftp *s, cleat_slice packet, const cleat_sftp_answer **answer)
{
    cl_sftp_head head;
    cleat_status st = cl_sftp_read_head(packet, &head);
    cl_sftp_asked *a = st == CLEAT_OK ? cl_sftp_find(s, head.id) : NULL;
    if (!a)
        return cl_fail(&s->error, CLEAT_E_PROTO, "SFTP: an answer to no request");
    bool starting = a->request == CLEAT_SFTP_REQ_START, abandoned = a->abandoned;
    bool checks = a->check && !a->checked;
    cleat_sftp_check check = a->check;
    if (!starting)
        st = decode(s, a, &head);
    if (st != CLEAT_OK)
        return st;
    cl_sftp_forget(s, a);
    if (starting)
        return cl_sftp_on_start(s, &head, answer);
    if (abandoned)
        return pass_over(s);
    if (checks && s->answer.code == CLEAT_SFTP_OK)
        return cl_sftp_check_name(s, check, s->answer.tag);
    *answer = &s->answer;
    return CLEAT_OK;
}

cleat_status cl_sftp_on_data(cleat_sftp *s, cleat_slice end, const cleat_sftp_answer **answer)
{
    cl_sftp_asked *a = s->reading;
    s->reading = NULL;
    begin(s, a, CLEAT_SFTP_OK);
    s->answer.read = s->data_len;
    s->answer.at_end = cl_sftp_says_end(end, s->version);
    if (!a->abandoned)
        *answer = &s->answer;
    cl_sftp_forget(s, a);
    return CLEAT_OK;
}
