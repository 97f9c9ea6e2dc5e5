/* The SFTP server's requests: from packets to what the program sees. */
#include "../base/alloc.h"
#include "sftp_server.h"

/* ---- work ---- */

static void release(cl_sftp_open_handle *h, cleat_sftp_server *s)
{
    if (!h || --h->busy || !h->close)
        return;
    if (s->closes_end)
        s->closes_end->next = h->close;
    else
        s->closes = h->close;
    s->closes_end = h->close;
    h->close = NULL;
}

void cl_sftp_work_free(cleat_sftp_server *s, cl_sftp_work *w)
{
    bool is_close = w->request.op == CLEAT_SFTP_OP_CLOSE;
    cl_idtab_remove(&s->works, w->slot);
    if (is_close && w->handle) {
        cl_idtab_remove(&s->handles, w->handle->slot);
        cl_alloc_free(s->mem, w->handle);
        if (!s->handles.count)
            cl_spare_drop(&s->spare); /* the copy is over */
    } else {
        release(w->handle, s);
        release(w->to_handle, s);
    }
    if (w->space.data)
        s->pending -= w->space.len;
    cl_buf_free(&w->space);
    if (w->packet)
        s->held -= w->packet->len;
    cl_alloc_free(s->mem, w->packet);
    cl_arena_free(&w->arena);
    cl_alloc_free(s->mem, w);
}

/* Takes the packet, also on failure. */
static cl_sftp_work *new_work(cleat_sftp_server *s, cl_sftp_packet *p)
{
    cl_sftp_work *w = cl_alloc_zero(s->mem, sizeof *w);
    if (!w || cl_idtab_add(&s->works, w, &w->slot) != CLEAT_OK) {
        cl_alloc_free(s->mem, w);
        if (p)
            s->held -= p->len;
        cl_alloc_free(s->mem, p);
        return NULL;
    }
    w->packet = p;
    w->arena.mem = s->mem;
    w->space = CL_BUF(s->mem);
    w->request.query = (uint64_t)++s->serial << 32 | w->slot;
    w->request.path = w->request.new_path = "";
    w->request.algorithms = w->request.extension = "";
    w->request.check = CLEAT_SFTP_CHECK_NONE;
    return w;
}

void cl_sftp_server_reply(cleat_sftp_server *s, uint32_t id, uint32_t code)
{
    cl_buf *b = cl_sftp_server_out(s);
    if (!b)
        return;
    size_t before = b->len;
    cl_sftp_put_status(b, id, s->version, code, NULL, NULL);
    cl_sftp_server_written(s, before);
}

static void refuse(cleat_sftp_server *s, const cl_sftp_work *w, const char *name, uint32_t code)
{
    cl_sftp_server_reply(s, w->id, code);
    if (s->on_refused)
        s->on_refused(s->user, name ? name : "", code);
}

/* ---- one packet ---- */

static void on_first(cleat_sftp_server *s, const cl_sftp_head *head)
{
    if (head->type != CL_SFTP_init) {
        cl_sftp_server_fail(s, CLEAT_E_PROTO);
        return;
    }
    s->client_version = head->id;
    unsigned version = head->id < s->version_max ? head->id : s->version_max;
    if (version < CLEAT_SFTP_VERSION_MIN)
        version = CLEAT_SFTP_VERSION_MIN; /* the client has to see whether it can */
    cl_sftp_server_greet(s, version);
}

static uint32_t code_of(cleat_status st)
{
    switch (st) {
    case CLEAT_E_NO_SUCH:
        return CLEAT_SFTP_INVALID_HANDLE;
    case CLEAT_E_BAD_CALL:
        return CLEAT_SFTP_INVALID_PARAMETER;
    case CLEAT_E_UNSUPPORTED:
        return CLEAT_SFTP_OP_UNSUPPORTED;
    default:
        return CLEAT_SFTP_BAD_MESSAGE;
    }
}

/* NULL: it has been answered. */
static cl_sftp_work *refused(cleat_sftp_server *s, cl_sftp_work *w, cleat_status st)
{
    if (st == CLEAT_E_PROTO || st == CLEAT_E_NOMEM)
        cl_sftp_server_fail(s, st);
    else if (st != CLEAT_OK)
        refuse(s, w, w->request.name, code_of(st));
    w->request.op = 0; /* a CLOSE that failed to be read frees nothing */
    cl_sftp_work_free(s, w);
    return NULL;
}

static cleat_status read_unknown(cl_sftp_work *w, cleat_slice extension, cleat_slice fields)
{
    if (!extension.len)
        return CLEAT_E_UNSUPPORTED;
    w->request.op = CLEAT_SFTP_OP_EXTENDED;
    w->kind = CL_SFTP_ANSWER_EXTENDED;
    w->request.name = "extended";
    w->request.extension = cl_arena_text(&w->arena, extension);
    w->request.data = fields;
    return w->arena.status;
}

static cleat_status read_request(cleat_sftp_server *s, cl_sftp_work *w, const cl_sftp_head *head)
{
    cleat_slice fields = head->fields;
    cleat_slice extension = CL_SLICE_EMPTY;
    const cl_sftp_row *row = cl_sftp_find_row(head, s->version, &fields, &extension);
    if (!row)
        return read_unknown(w, extension, fields);
    if (!cl_sftp_may(s, row->name)) {
        refuse(s, w, row->name, CLEAT_SFTP_PERMISSION_DENIED);
        return CLEAT_OK; /* with no op: nothing is left to do */
    }
    w->request.name = row->name;
    w->kind = row->kind;
    cleat_status st = row->read(s, w, fields);
    if (st == CLEAT_OK)
        st = w->arena.status;
    if (st == CLEAT_OK && (w->request.attrs.has & CLEAT_SFTP_HAS_ACL) && !s->acl)
        st = CLEAT_E_UNSUPPORTED;
    if (st == CLEAT_OK)
        w->request.op = row->op;
    s->begun = true;
    return st;
}

/* A CLOSE goes on once the handle's other requests have been answered. */
static cl_sftp_work *hold_close(cl_sftp_work *w)
{
    cl_sftp_open_handle *h = w->handle;
    if (w->request.op != CLEAT_SFTP_OP_CLOSE || !h->busy)
        return w;
    h->close = w;
    return NULL;
}

/* NULL: nothing for the program. */
static cl_sftp_work *take(cleat_sftp_server *s, cl_sftp_packet *p)
{
    cl_sftp_head head;
    cl_sftp_work *w = new_work(s, p);
    if (!w) {
        cl_sftp_server_fail(s, CLEAT_E_NOMEM);
        return NULL;
    }
    cleat_status st = cl_sftp_read_head(cl_slice(p->bytes, p->len), &head);
    if (st != CLEAT_OK || (s->version && head.type == CL_SFTP_init))
        return refused(s, w, CLEAT_E_PROTO);
    w->id = head.id;
    if (!s->version) {
        on_first(s, &head);
        return refused(s, w, CLEAT_OK);
    }
    st = read_request(s, w, &head);
    if (st != CLEAT_OK || !w->request.op)
        return refused(s, w, st);
    return hold_close(w);
}

/* ---- the end ---- */

/* A CLOSE for the first handle that has none and nothing under way. */
static cl_sftp_work *forced_close(cleat_sftp_server *s)
{
    cl_sftp_open_handle *h;
    for (uint32_t i = 0; (h = cl_idtab_next(&s->handles, &i)) != NULL; i++) {
        if (h->closing || h->busy)
            continue;
        cl_sftp_work *w = new_work(s, NULL);
        if (!w)
            return NULL;
        h->closing = true;
        w->handle = h;
        w->kind = CL_SFTP_ANSWER_STATUS;
        w->request.op = CLEAT_SFTP_OP_CLOSE;
        w->request.name = "close";
        w->request.handle = (cleat_sftp_handle){h->user, h->is_directory};
        w->request.forced = true;
        return w;
    }
    return NULL;
}

static cl_sftp_work *take_close(cleat_sftp_server *s)
{
    cl_sftp_work *w = s->closes;
    if (!w)
        return NULL;
    s->closes = w->next;
    if (!s->closes)
        s->closes_end = NULL;
    w->next = NULL;
    return w;
}

const cleat_sftp_request *cleat_sftp_server_next(cleat_sftp_server *s)
{
    cl_sftp_work *w = take_close(s);
    while (!w) {
        bool full = s->works.count >= s->requests_max || s->pending > s->pending_max;
        cl_sftp_packet *p = full ? NULL : cl_sftp_server_pop(s);
        if (p)
            w = take(s, p);
        else if (s->ended && !s->first)
            w = forced_close(s);
        if (!p)
            break;
    }
    return w ? &w->request : NULL;
}
