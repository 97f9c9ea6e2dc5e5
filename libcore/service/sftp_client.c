/* SFTP's client: the session, its requests under way, bytes out and in. */
#include "sftp_client.h"

#include "../base/alloc.h"
#include "../base/error.h"
#include "../base/slice.h"

#include <string.h>

enum { SLOT_BITS = 12, SLOT_MASK = (1 << SLOT_BITS) - 1, HEAD = 4 + 1 + 4, SENT_MAX = 64 << 10 };

/* A guess from the name of the SSH server, whose SFTP server may be another's. */
static cl_sftp_order guess_order(const char *peer)
{
    if (peer && strstr(peer, "AsyncSSH"))
        return CL_SFTP_AS_DRAFT;
    if (peer && (strstr(peer, "OpenSSH") || strstr(peer, "paramiko")))
        return CL_SFTP_REVERSED;
    return CL_SFTP_ORDER_UNKNOWN;
}

static bool take_options(cleat_sftp_options *to, const cleat_sftp_options *from)
{
    *to = (cleat_sftp_options){.struct_size = sizeof *to};
    if (from && !cleat_options_import(to, sizeof *to, from))
        return false;
    if (!to->version)
        to->version = CLEAT_SFTP_VERSION_MIN;
    return to->version >= CLEAT_SFTP_VERSION_MIN && to->version <= CLEAT_SFTP_VERSION_MAX;
}

cleat_status cleat_sftp_new(cleat_sftp **out, cleat_ctx *ctx, const cleat_sftp_options *options)
{
    const cleat_allocator *mem = cl_ctx_env(ctx)->mem;
    cleat_sftp_options o;
    *out = NULL;
    if (!take_options(&o, options))
        return CLEAT_E_BAD_CALL;
    cleat_sftp *s = cl_alloc_zero(mem, sizeof *s);
    if (!s)
        return CLEAT_E_NOMEM;
    s->mem = mem;
    s->ctx = cleat_ctx_ref(ctx);
    s->wanted = o.version;
    s->symlink_order = guess_order(o.peer);
    s->is_proftpd = o.peer && strstr(o.peer, "mod_sftp");
    s->limits.read = s->limits.write = CL_SFTP_READ_DEFAULT;
    s->asked = CL_IDTAB(mem, CL_SFTP_REQUESTS_MAX);
    s->out = CL_BUF(mem);
    s->packet = CL_BUF(mem);
    s->arena.mem = mem;
    cl_sftp_put_init(&s->out, s->wanted);
    cleat_status st =
        s->out.status == CLEAT_OK ? cl_sftp_queue(s, NULL, 0, NULL, 0) : CLEAT_E_NOMEM;
    if (st == CLEAT_OK)
        *out = s;
    else
        cleat_sftp_free(s);
    return st;
}

static void free_asked(cleat_sftp *s, cl_sftp_asked *a)
{
    cl_alloc_free(s->mem, a->checked);
    cl_alloc_free(s->mem, a);
}

void cleat_sftp_free(cleat_sftp *s)
{
    if (!s)
        return;
    cl_sftp_asked *a;
    for (uint32_t slot = 0; (a = cl_idtab_next(&s->asked, &slot)); slot++)
        free_asked(s, a);
    cl_idtab_free(&s->asked);
    for (size_t i = 0; i < s->piece_count; i++)
        cl_alloc_free(s->mem, s->pieces[s->piece_first + i].reserve);
    cl_alloc_free(s->mem, s->pieces);
    cl_buf_free(&s->out);
    cl_buf_free(&s->packet);
    cl_arena_free(&s->arena);
    cleat_ctx_unref(s->ctx);
    cl_alloc_free(s->mem, s);
}

unsigned cleat_sftp_version(const cleat_sftp *s)
{
    return s->version;
}

cleat_sftp_limits cleat_sftp_get_limits(const cleat_sftp *s)
{
    return s->limits;
}

uint32_t cleat_sftp_acl(const cleat_sftp *s)
{
    return s->acl;
}

cleat_slice cleat_sftp_newline(const cleat_sftp *s)
{
    return s->newline_len ? cl_slice(s->newline, s->newline_len) : cleat_slice_of("\r\n");
}

const char *cleat_sftp_charset(const cleat_sftp *s)
{
    return s->charset;
}

const cleat_error *cleat_sftp_error(const cleat_sftp *s)
{
    return &s->error;
}

size_t cleat_sftp_waiting(const cleat_sftp *s)
{
    return s->asked.count;
}

/* ---- requests under way ---- */

cl_sftp_asked *cl_sftp_ask(cleat_sftp *s, cleat_sftp_request_kind request, void *tag,
                           cleat_status *st)
{
    uint32_t slot;
    cl_sftp_asked *a = cl_alloc_zero(s->mem, sizeof *a);
    *st = a ? cl_idtab_add(&s->asked, a, &slot) : CLEAT_E_NOMEM;
    if (*st != CLEAT_OK) {
        cl_alloc_free(s->mem, a);
        return NULL;
    }
    a->id = ++s->serial << SLOT_BITS | slot;
    a->request = request;
    a->tag = tag;
    return a;
}

void cl_sftp_forget(cleat_sftp *s, cl_sftp_asked *a)
{
    cl_idtab_remove(&s->asked, a->id & SLOT_MASK);
    free_asked(s, a);
}

cl_sftp_asked *cl_sftp_find(const cleat_sftp *s, uint32_t id)
{
    cl_sftp_asked *a = cl_idtab_get(&s->asked, id & SLOT_MASK);
    return a && a->id == id ? a : NULL;
}

/* ---- sending ---- */

/* Room for two more pieces. */
static bool make_room(cleat_sftp *s)
{
    if (s->piece_first + s->piece_count + 2 <= s->piece_room)
        return true;
    if (s->piece_first >= s->piece_room / 2 && s->piece_first >= 2) {
        memmove(s->pieces, s->pieces + s->piece_first, s->piece_count * sizeof *s->pieces);
        s->piece_first = 0;
        return true;
    }
    size_t room = s->piece_room * 2 + 16;
    cl_sftp_piece *grown = cl_alloc_resize_array(s->mem, s->pieces, room, sizeof *grown);
    if (!grown)
        return false;
    s->pieces = grown;
    s->piece_room = room;
    return true;
}

static void add_piece(cleat_sftp *s, const cl_sftp_piece *piece)
{
    cl_sftp_piece *last = s->piece_count ? &s->pieces[s->piece_first + s->piece_count - 1] : NULL;
    if (last && !last->data && !piece->data)
        last->len += piece->len;
    else
        s->pieces[s->piece_first + s->piece_count++] = *piece;
}

cleat_status cl_sftp_queue(cleat_sftp *s, cl_sftp_asked *a, size_t mark, const void *data,
                           size_t len)
{
    cleat_status st = s->out.status;
    uint8_t *reserve = NULL;
    if (st == CLEAT_OK &&
        (!make_room(s) || (len && !(reserve = cl_alloc_resize_array(s->mem, NULL, len, 1)))))
        st = CLEAT_E_NOMEM;
    if (st != CLEAT_OK) {
        s->out.status = CLEAT_OK;
        cl_buf_truncate(&s->out, mark);
        if (a)
            cl_sftp_forget(s, a);
        return st;
    }
    add_piece(s, &(cl_sftp_piece){.len = s->out.len - mark});
    if (len) {
        add_piece(s, &(cl_sftp_piece){.data = data, .len = len, .reserve = reserve, .asked = a});
        a->unsent = true;
    }
    return CLEAT_OK;
}

const cleat_slice *cleat_sftp_send_peek(cleat_sftp *s, size_t *count)
{
    size_t at = s->out_at;
    size_t n = s->piece_count < CL_SFTP_PIECES_MAX ? s->piece_count : CL_SFTP_PIECES_MAX;
    for (size_t i = 0; i < n; i++) {
        const cl_sftp_piece *p = &s->pieces[s->piece_first + i];
        s->shown[i] = cl_slice(p->data ? p->data : s->out.data + at, p->len);
        at += p->data ? 0 : p->len;
    }
    *count = n;
    return s->shown;
}

void cleat_sftp_send_done(cleat_sftp *s, size_t n)
{
    while (n && s->piece_count) {
        cl_sftp_piece *p = &s->pieces[s->piece_first];
        size_t taken = n < p->len ? n : p->len;
        n -= taken;
        p->len -= taken;
        if (p->data)
            p->data += taken;
        else
            s->out_at += taken;
        if (p->len)
            return;
        if (p->asked)
            p->asked->unsent = false;
        cl_alloc_free(s->mem, p->reserve);
        s->piece_first++;
        s->piece_count--;
    }
    if (s->piece_count && s->out_at < SENT_MAX)
        return;
    cl_buf_drop(&s->out, s->out_at);
    s->out_at = 0;
    if (!s->piece_count)
        s->piece_first = 0;
}

size_t cleat_sftp_pending(const cleat_sftp *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->piece_count; i++)
        n += s->pieces[s->piece_first + i].len;
    return n;
}

/* ---- giving up ---- */

/* What is still to be sent from the caller's memory is sent from ours. */
static void keep_unsent(cleat_sftp *s, const void *tag)
{
    for (size_t i = 0; i < s->piece_count; i++) {
        cl_sftp_piece *p = &s->pieces[s->piece_first + i];
        if (!p->asked || p->asked->abandoned || p->asked->tag != tag)
            continue;
        memcpy(p->reserve, p->data, p->len);
        p->data = p->reserve;
    }
}

void cleat_sftp_abandon(cleat_sftp *s, void *tag)
{
    cl_sftp_asked *a;
    keep_unsent(s, tag);
    for (uint32_t slot = 0; (a = cl_idtab_next(&s->asked, &slot)); slot++) {
        if (a->tag != tag)
            continue;
        a->abandoned = true;
        a->into = NULL;
    }
}

cleat_status cl_sftp_drop_handle(cleat_sftp *s, cleat_slice handle)
{
    cleat_status st;
    cl_sftp_asked *a = cl_sftp_ask(s, CLEAT_SFTP_REQ_STATUS, NULL, &st);
    size_t mark = s->out.len;
    if (!a)
        return st;
    a->abandoned = true;
    cl_sftp_encode_close(&s->out, a->id, s->version, &(cl_sftp_close){.handle = handle});
    return cl_sftp_queue(s, a, mark, NULL, 0);
}

/* ---- receiving ---- */

static size_t take(cleat_slice *from, uint8_t *to, size_t most)
{
    size_t n = from->len < most ? from->len : most;
    if (to && n)
        memcpy(to, from->data, n);
    from->data += n;
    from->len -= n;
    return n;
}

/* length, type and, but for VERSION, an id; of DATA the data's length, too. */
static size_t head_size(const cleat_sftp *s)
{
    return s->head_len > 4 && s->head[4] == CL_SFTP_data ? CL_SFTP_DATA_HEAD : HEAD;
}

static cleat_status begin_data(cleat_sftp *s, uint32_t size)
{
    cl_sftp_asked *a = cl_sftp_find(s, cl_load_u32(s->head + 5));
    uint32_t len = cl_load_u32(s->head + HEAD);
    if (!a || a->request != CLEAT_SFTP_REQ_READ)
        return cl_fail(&s->error, CLEAT_E_PROTO, "SFTP: data that nobody has asked for");
    if (len > a->len || len > size - (CL_SFTP_DATA_HEAD - 4))
        return cl_fail(&s->error, CLEAT_E_PROTO, "SFTP: %u bytes where %u were asked for",
                       (unsigned)len, (unsigned)a->len);
    if (!len && a->len)
        return cl_fail(&s->error, CLEAT_E_PROTO, "SFTP: neither data nor the end of the file");
    s->reading = a;
    s->data_len = s->data_left = len;
    return CLEAT_OK;
}

/* Start-up files of a shell that print something are what most often breaks SFTP. */
static bool is_text(const cleat_sftp *s)
{
    for (size_t i = 0; i < 4; i++) {
        if (s->head[i] < ' ' || s->head[i] > '~')
            return false;
    }
    return s->phase == CL_SFTP_STARTING;
}

static cleat_status begin_packet(cleat_sftp *s)
{
    uint32_t size = cl_load_u32(s->head);
    uint32_t least = (uint32_t)head_size(s) - 4;
    if (is_text(s))
        return cl_fail(
            &s->error, CLEAT_E_PROTO,
            "SFTP: text came first, \"%.4s...\"; what the server runs at a login, such as "
            "~/.bashrc, must print nothing, and a forced command must not replace SFTP",
            (const char *)s->head);
    if (size < least || size > CL_SFTP_PACKET_MAX)
        return cl_fail(&s->error, CLEAT_E_PROTO, "SFTP: a packet of %u bytes", (unsigned)size);
    s->left = size - least;
    cl_buf_truncate(&s->packet, 0);
    if (s->head[4] == CL_SFTP_data)
        return begin_data(s, size);
    cl_buf_add(&s->packet, s->head + 4, HEAD - 4);
    return s->packet.status;
}

static cleat_status finish_packet(cleat_sftp *s, const cleat_sftp_answer **answer)
{
    s->head_len = 0;
    if (s->reading)
        return cl_sftp_on_data(s, cl_buf_slice(&s->packet), answer);
    if (s->phase == CL_SFTP_STARTING)
        return cl_sftp_on_version(s, cl_buf_slice(&s->packet), answer);
    return cl_sftp_on_packet(s, cl_buf_slice(&s->packet), answer);
}

static void receive_data(cleat_sftp *s, cleat_slice *bytes)
{
    uint8_t *into = s->reading->into;
    size_t n = take(bytes, into ? into + (s->data_len - s->data_left) : NULL, s->data_left);
    s->data_left -= (uint32_t)n;
    s->left -= (uint32_t)n;
}

static cleat_status receive_rest(cleat_sftp *s, cleat_slice *bytes)
{
    size_t n = bytes->len < s->left ? bytes->len : s->left;
    cl_buf_add(&s->packet, bytes->data, n);
    bytes->data += n;
    bytes->len -= n;
    s->left -= (uint32_t)n;
    return s->packet.status;
}

/* One step: a head, some data, or some of the rest. */
static cleat_status receive(cleat_sftp *s, cleat_slice *bytes, const cleat_sftp_answer **answer)
{
    cleat_status st = CLEAT_OK;
    if (s->head_len < head_size(s)) {
        s->head_len += take(bytes, s->head + s->head_len, head_size(s) - s->head_len);
        if (s->head_len < head_size(s))
            return CLEAT_OK;
        st = begin_packet(s);
    } else if (s->data_left) {
        receive_data(s, bytes);
    } else {
        st = receive_rest(s, bytes);
    }
    if (st == CLEAT_OK && !s->left)
        st = finish_packet(s, answer);
    return st;
}

cleat_status cleat_sftp_recv(cleat_sftp *s, cleat_slice *bytes, const cleat_sftp_answer **answer)
{
    cleat_status st = CLEAT_OK;
    *answer = NULL;
    cl_arena_free(&s->arena);
    if (s->phase == CL_SFTP_FAILED)
        return CLEAT_E_BAD_CALL;
    while (st == CLEAT_OK && bytes->len && !*answer)
        st = receive(s, bytes, answer);
    if (st == CLEAT_OK)
        return CLEAT_OK;
    s->phase = CL_SFTP_FAILED;
    *answer = NULL;
    if (s->error.status == CLEAT_OK)
        cl_fail(&s->error, st, "SFTP: %s", cleat_status_text(st));
    return st;
}
