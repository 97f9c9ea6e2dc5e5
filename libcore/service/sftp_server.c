/* The SFTP server's bytes, in and out. */
#include "sftp_server.h"

#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/pattern.h"

enum {
    /* what SETSTAT may name */
    SETTABLE = CLEAT_SFTP_HAS_SIZE | CLEAT_SFTP_HAS_PERMISSIONS | CLEAT_SFTP_HAS_ATIME |
               CLEAT_SFTP_HAS_MTIME | CLEAT_SFTP_HAS_NAMES | CLEAT_SFTP_HAS_NANOSECONDS,
    REQUESTS_MAX = 64,
    HANDLES_MAX = 256,
    PENDING_MAX = 4 << 20,
    SPARE_MAX = 4 << 20,   /* of large answers' memory */
    SMALL_CHUNK = 16 << 10 /* small answers share chunks up to here */
};

/* ---- life ---- */

/* In version 3 most clients have SYMLINK's paths as OpenSSH has them, whoever the server is. These
 * look at its name, and follow the draft where it is not OpenSSH's. */
static bool follows_draft(const char *client)
{
    static const char patterns[] = "SSH-2.0-libssh_*,SSH-2.0-AsyncSSH*,SSH-2.0-WinSCP*";
    return client &&
           cl_pattern_list(cleat_slice_of(client), CL_SLICE_LIT(patterns), false) == CL_MATCH_YES;
}

static bool copy_text(const cleat_sftp_server *s, char **to, const char *text)
{
    *to = text ? cl_alloc_text(s->mem, cleat_slice_of(text)) : NULL;
    return !text || *to;
}

static cleat_status set_options(cleat_sftp_server *s, const cleat_sftp_server_options *o)
{
    s->version_max = o->version_max ? o->version_max : CLEAT_SFTP_VERSION_MAX;
    s->requests_max = o->requests_max ? o->requests_max : REQUESTS_MAX;
    s->pending_max = o->pending_max ? o->pending_max : PENDING_MAX;
    s->works = CL_IDTAB(s->mem, s->requests_max + 1); /* one for the end's closes */
    s->handles = CL_IDTAB(s->mem, o->handles_max ? o->handles_max : HANDLES_MAX);
    s->follows_draft = follows_draft(o->client);
    s->on_refused = o->on_refused;
    s->user = o->user;
    if (s->version_max < CLEAT_SFTP_VERSION_MIN || s->version_max > CLEAT_SFTP_VERSION_MAX)
        return CLEAT_E_BAD_CALL;
    s->lock_masks = o->lock_masks;
    s->acl = o->acl;
    bool copied = copy_text(s, &s->newline, o->newline ? o->newline : "\n") &&
                  copy_text(s, &s->allowed, o->allowed) && copy_text(s, &s->denied, o->denied);
    return copied ? CLEAT_OK : CLEAT_E_NOMEM;
}

cleat_status cleat_sftp_server_new(cleat_sftp_server **out, cleat_ctx *ctx,
                                   const cleat_sftp_server_options *options)
{
    const cleat_allocator *mem = cl_ctx_env(ctx)->mem;
    cleat_sftp_server_options o = {.struct_size = sizeof o};
    *out = NULL;
    if (options && !cleat_options_import(&o, sizeof o, options))
        return CLEAT_E_BAD_CALL;
    cleat_sftp_server *s = cl_alloc_zero(mem, sizeof *s);
    if (!s)
        return CLEAT_E_NOMEM;
    cl_spare_init(&s->spare, mem, SPARE_MAX);
    s->mem = &s->spare.allocator;
    s->ctx = cleat_ctx_ref(ctx);
    cleat_status st = set_options(s, &o);
    if (st == CLEAT_OK)
        *out = s;
    else
        cleat_sftp_server_free(s);
    return st;
}

static void drop_packets(cleat_sftp_server *s)
{
    cl_sftp_packet *p;
    while ((p = cl_sftp_server_pop(s)) != NULL) {
        s->held -= p->len;
        cl_alloc_free(s->mem, p);
    }
    cl_alloc_free(s->mem, s->incoming);
    s->incoming = NULL;
    s->length_have = 0;
}

/* A chunk may stay empty where an answer came to nothing. */
static const cl_sftp_chunk *first_with_bytes(const cleat_sftp_server *s)
{
    const cl_sftp_chunk *c = s->out;
    while (c && c->sent == c->bytes.len)
        c = c->next;
    return c;
}

static void drop_first_chunk(cleat_sftp_server *s)
{
    cl_sftp_chunk *c = s->out;
    s->pending -= c->bytes.len - c->sent;
    s->out = c->next;
    if (!s->out)
        s->out_end = NULL;
    cl_buf_free(&c->bytes);
    cl_alloc_free(s->mem, c);
}

void cleat_sftp_server_free(cleat_sftp_server *s)
{
    void *left;
    if (!s)
        return;
    for (uint32_t i = 0; (left = cl_idtab_next(&s->works, &i)) != NULL; i++)
        cl_sftp_work_free(s, left);
    for (uint32_t i = 0; (left = cl_idtab_next(&s->handles, &i)) != NULL; i++)
        cl_alloc_free(s->mem, left);
    drop_packets(s);
    while (s->out)
        drop_first_chunk(s);
    cl_idtab_free(&s->works);
    cl_idtab_free(&s->handles);
    cl_alloc_free(s->mem, s->newline);
    cl_alloc_free(s->mem, s->allowed);
    cl_alloc_free(s->mem, s->denied);
    cleat_ctx_unref(s->ctx);
    cl_spare_drop(&s->spare);
    cl_alloc_free(s->spare.mem, s);
}

void cl_sftp_server_fail(cleat_sftp_server *s, cleat_status st)
{
    if (s->status == CLEAT_OK)
        s->status = st;
    s->ended = true;
    drop_packets(s);
}

void cleat_sftp_server_eof(cleat_sftp_server *s)
{
    s->ended = true;
}

void cleat_sftp_server_abandon(cleat_sftp_server *s)
{
    s->ended = true;
    s->mute = true;
    drop_packets(s);
    while (s->out)
        drop_first_chunk(s);
}

bool cleat_sftp_server_is_over(const cleat_sftp_server *s)
{
    return s->ended && !s->first && !s->works.count && !s->handles.count && !first_with_bytes(s);
}

cleat_status cleat_sftp_server_status(const cleat_sftp_server *s)
{
    return s->status;
}

unsigned cleat_sftp_server_version(const cleat_sftp_server *s)
{
    return s->version;
}

unsigned cleat_sftp_server_client_version(const cleat_sftp_server *s)
{
    return s->client_version;
}

/* ---- in ---- */

cl_sftp_packet *cl_sftp_server_pop(cleat_sftp_server *s)
{
    cl_sftp_packet *p = s->first;
    if (!p)
        return NULL;
    s->first = p->next;
    if (!s->first)
        s->last = NULL;
    return p;
}

static void push(cleat_sftp_server *s, cl_sftp_packet *p)
{
    if (s->last)
        s->last->next = p;
    else
        s->first = p;
    s->last = p;
    s->held += p->len;
}

/* The length is here: memory for the packet. */
static cleat_status begin_packet(cleat_sftp_server *s)
{
    uint32_t len = cl_load_u32(s->length);
    if (len < 5)
        return CLEAT_E_PROTO;
    if (len > CL_SFTP_PACKET_MAX)
        return CLEAT_E_LIMIT;
    cl_sftp_packet *p = s->mem->resize(s->mem->user, NULL, sizeof *p + len);
    if (!p)
        return CLEAT_E_NOMEM;
    *p = (cl_sftp_packet){.len = len};
    s->incoming = p;
    s->length_have = 0;
    return CLEAT_OK;
}

static cleat_status take_length(cleat_sftp_server *s, cl_reader *r)
{
    size_t want = sizeof s->length - s->length_have;
    cleat_slice part = cl_get_bytes(r, want < r->left ? want : r->left);
    memcpy(s->length + s->length_have, part.data, part.len);
    s->length_have += part.len;
    return s->length_have == sizeof s->length ? begin_packet(s) : CLEAT_OK;
}

static void take_bytes(cleat_sftp_server *s, cl_reader *r)
{
    cl_sftp_packet *p = s->incoming;
    size_t want = p->len - p->have;
    cleat_slice part = cl_get_bytes(r, want < r->left ? want : r->left);
    memcpy(p->bytes + p->have, part.data, part.len);
    p->have += part.len;
    if (p->have < p->len)
        return;
    s->incoming = NULL;
    push(s, p);
}

cleat_status cleat_sftp_server_recv(cleat_sftp_server *s, cleat_slice bytes)
{
    cl_reader r = cl_reader_of(bytes);
    s->owed += bytes.len;
    while (r.left && !s->ended) {
        cleat_status st = CLEAT_OK;
        if (s->incoming)
            take_bytes(s, &r);
        else
            st = take_length(s, &r);
        if (st != CLEAT_OK)
            cl_sftp_server_fail(s, st);
    }
    return s->status;
}

/* What comes faster than it is dealt with waits in the client's window. */
size_t cleat_sftp_server_consumed(cleat_sftp_server *s)
{
    size_t n = s->held > s->pending_max ? 0 : s->owed;
    s->owed -= n;
    return n;
}

/* ---- out ---- */

void cl_sftp_server_queue(cleat_sftp_server *s, cl_buf *bytes)
{
    cl_sftp_chunk *c = s->mute ? NULL : cl_alloc_zero(s->mem, sizeof *c);
    if (!c) {
        cl_buf_free(bytes);
        if (!s->mute)
            cl_sftp_server_fail(s, CLEAT_E_NOMEM);
        return;
    }
    c->bytes = *bytes;
    *bytes = CL_BUF(s->mem);
    if (s->out_end)
        s->out_end->next = c;
    else
        s->out = c;
    s->out_end = c;
    s->pending += c->bytes.len;
}

/* A muted server writes into a chunk that is dropped at once. */
cl_buf *cl_sftp_server_out(cleat_sftp_server *s)
{
    if (s->out_end && s->out_end->bytes.len < SMALL_CHUNK)
        return &s->out_end->bytes;
    cl_sftp_chunk *c = cl_alloc_zero(s->mem, sizeof *c);
    if (!c) {
        cl_sftp_server_fail(s, CLEAT_E_NOMEM);
        return NULL;
    }
    c->bytes = CL_BUF(s->mem);
    if (s->out_end)
        s->out_end->next = c;
    else
        s->out = c;
    s->out_end = c;
    return &c->bytes;
}

void cl_sftp_server_written(cleat_sftp_server *s, size_t before)
{
    cl_buf *b = &s->out_end->bytes;
    if (b->status != CLEAT_OK) {
        cleat_status st = b->status;
        b->status = CLEAT_OK;
        cl_buf_truncate(b, before);
        cl_sftp_server_fail(s, st);
    }
    s->pending += b->len - before;
    while (s->mute && s->out)
        drop_first_chunk(s);
}

cleat_slice cleat_sftp_server_send_peek(const cleat_sftp_server *s)
{
    const cl_sftp_chunk *c = first_with_bytes(s);
    return c ? cl_slice_cut(cl_buf_slice(&c->bytes), c->sent, c->bytes.len) : CL_SLICE_EMPTY;
}

void cleat_sftp_server_send_done(cleat_sftp_server *s, size_t n)
{
    while (s->out && s->out->sent == s->out->bytes.len)
        drop_first_chunk(s);
    if (!s->out)
        return;
    s->out->sent += n;
    s->pending -= n;
    if (s->out->sent == s->out->bytes.len)
        drop_first_chunk(s);
}

/* ---- the first message ---- */

static void put_vendor(cl_buf *b)
{
    cl_put_cstring(b, "Cleat");
    cl_put_cstring(b, "cleat");
    cl_put_cstring(b, CLEAT_VERSION);
    cl_put_u64(b, 0);
}

void cl_sftp_server_greet(cleat_sftp_server *s, unsigned version)
{
    cl_buf vendor = CL_BUF(s->mem);
    s->version = version;
    put_vendor(&vendor);
    const cl_sftp_hello hello = {
        .version = version,
        .features = cl_sftp_permitted_features(s),
        .newline = cleat_slice_of(s->newline),
        .versions = version >= 4 ? CL_SLICE_LIT("3,4,5,6") : CL_SLICE_EMPTY,
        .symlink_order = version >= 4       ? CL_SLICE_EMPTY
                         : s->follows_draft ? CL_SLICE_LIT(CL_SFTP_LINK_FIRST)
                                            : CL_SLICE_LIT(CL_SFTP_TARGET_FIRST),
        .vendor_id = version >= 4 ? cl_buf_slice(&vendor) : CL_SLICE_EMPTY,
        .has_supported = true,
        .supported = {.attributes = SETTABLE | (s->acl ? CLEAT_SFTP_HAS_ACL : 0u),
                      .open_flags = CLEAT_SFTP_DISPOSITION | CLEAT_SFTP_OPEN_APPEND |
                                    CLEAT_SFTP_OPEN_APPEND_ATOMIC | CLEAT_SFTP_OPEN_TEXT |
                                    CLEAT_SFTP_OPEN_NOFOLLOW,
                      .access = CLEAT_SFTP_READ_DATA | CLEAT_SFTP_WRITE_DATA |
                                CLEAT_SFTP_APPEND_DATA | CLEAT_SFTP_READ_ATTRIBUTES |
                                CLEAT_SFTP_WRITE_ATTRIBUTES,
                      .read_max = CL_SFTP_DATA_MAX,
                      .open_blocks = 1,
                      .blocks = s->lock_masks ? s->lock_masks : 1},
        .has_acl = true,
        .acl = s->acl,
    };
    cl_buf *b = cl_sftp_server_out(s);
    if (b) {
        size_t before = b->len;
        cl_sftp_put_version(b, &hello);
        cl_sftp_server_written(s, before);
    }
    cl_buf_free(&vendor);
}
