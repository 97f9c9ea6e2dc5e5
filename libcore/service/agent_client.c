/* The client's side of the agent protocol (RFC 9987) and OpenSSH's session-bind. */
#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/arena.h"
#include "../base/slice.h"
#include "../key/cert_openssh.h"
#include "../wire/reader.h"
#include "../wire/writer.h"

#include <cleat/agent.h>

enum {
    MSG_IDENTITIES_ANSWER = 12,
    MSG_REQUEST_IDENTITIES = 11,
    MSG_SIGN_REQUEST = 13,
    MSG_SIGN_RESPONSE = 14,
    MSG_SUCCESS = 6,
    MSG_ADD_IDENTITY = 17,
    MSG_ADD_ID_CONSTRAINED = 25,
    MSG_EXTENSION = 27,

    CONSTRAIN_LIFETIME = 1,
    CONSTRAIN_CONFIRM = 2,

    FLAG_RSA_SHA2_256 = 2,
    FLAG_RSA_SHA2_512 = 4,

    MESSAGE_MAX = 256 << 10,
    KEYS_MAX = 2048,
    WAITING_MAX = 64
};

typedef struct waiting {
    cleat_agent_request request;
    void *tag;
} waiting;

struct cleat_agent {
    const cleat_allocator *mem;
    cleat_ctx *ctx;
    cl_buf in, out;
    waiting queue[WAITING_MAX];
    size_t first, count; /* of the queue, which goes round */
    size_t handed_out;   /* bytes of `in` that the last reply was made from */
    cl_arena arena;      /* the last reply's */
    cleat_agent_reply reply;
};

cleat_status cleat_agent_new(cleat_agent **out, cleat_ctx *ctx)
{
    const cleat_allocator *mem = cl_ctx_env(ctx)->mem;
    cleat_agent *a = cl_alloc_zero(mem, sizeof *a);
    *out = a;
    if (!a)
        return CLEAT_E_NOMEM;
    a->mem = mem;
    a->ctx = cleat_ctx_ref(ctx);
    a->in = CL_BUF(mem);
    a->out = CL_BUF_SECRET(mem); /* what is signed is nobody else's business */
    a->arena.mem = mem;
    return CLEAT_OK;
}

void cleat_agent_free(cleat_agent *a)
{
    if (!a)
        return;
    cl_buf_free(&a->in);
    cl_buf_free(&a->out);
    cl_arena_free(&a->arena);
    cleat_ctx_unref(a->ctx);
    cl_alloc_free(a->mem, a);
}

/* ---- requests ---- */

static cleat_status begin(cleat_agent *a, uint8_t number, size_t *mark)
{
    if (a->count == WAITING_MAX)
        return CLEAT_E_LIMIT;
    *mark = cl_put_begin(&a->out);
    cl_put_u8(&a->out, number);
    return CLEAT_OK;
}

static cleat_status end(cleat_agent *a, size_t mark, cleat_agent_request request, void *tag)
{
    cl_put_end(&a->out, mark);
    if (a->out.status != CLEAT_OK)
        return a->out.status;
    a->queue[(a->first + a->count++) % WAITING_MAX] = (waiting){request, tag};
    return CLEAT_OK;
}

cleat_status cleat_agent_list(cleat_agent *a, void *tag)
{
    size_t mark;
    cleat_status st = begin(a, MSG_REQUEST_IDENTITIES, &mark);
    return st == CLEAT_OK ? end(a, mark, CLEAT_AGENT_LIST, tag) : st;
}

static uint32_t sign_flags(const char *algorithm)
{
    if (strcmp(algorithm, "rsa-sha2-256") == 0)
        return FLAG_RSA_SHA2_256;
    return strcmp(algorithm, "rsa-sha2-512") == 0 ? FLAG_RSA_SHA2_512 : 0;
}

cleat_status cleat_agent_sign(cleat_agent *a, cleat_slice key_blob, const char *algorithm,
                              cleat_slice message, void *tag)
{
    size_t mark;
    cleat_status st = begin(a, MSG_SIGN_REQUEST, &mark);
    if (st != CLEAT_OK)
        return st;
    cl_put_string(&a->out, key_blob);
    cl_put_string(&a->out, message);
    cl_put_u32(&a->out, sign_flags(algorithm));
    return end(a, mark, CLEAT_AGENT_SIGN, tag);
}

cleat_status cleat_agent_bind(cleat_agent *a, cleat_slice host_key, cleat_slice session_id,
                              cleat_slice signature, bool forwarding, void *tag)
{
    size_t mark;
    cleat_status st = begin(a, MSG_EXTENSION, &mark);
    if (st != CLEAT_OK)
        return st;
    cl_put_cstring(&a->out, "session-bind@openssh.com");
    cl_put_string(&a->out, host_key);
    cl_put_string(&a->out, session_id);
    cl_put_string(&a->out, signature);
    cl_put_bool(&a->out, forwarding);
    return end(a, mark, CLEAT_AGENT_BIND, tag);
}

static cleat_status add(cleat_agent *a, const cleat_key *key, const cleat_cert *cert,
                        const char *comment, uint32_t lifetime, bool confirm, void *tag)
{
    size_t mark;
    bool constrained = lifetime || confirm;
    if (!cleat_key_has_private(key))
        return CLEAT_E_BAD_CALL;
    cleat_status st = begin(a, constrained ? MSG_ADD_ID_CONSTRAINED : MSG_ADD_IDENTITY, &mark);
    if (st == CLEAT_OK)
        st = cert ? cl_cert_write_private_fields(cert, key, &a->out)
                  : cl_key_write_private_fields(key, &a->out);
    if (st != CLEAT_OK)
        return st;
    cl_put_cstring(&a->out, comment ? comment : "");
    if (lifetime) {
        cl_put_u8(&a->out, CONSTRAIN_LIFETIME);
        cl_put_u32(&a->out, lifetime);
    }
    if (confirm)
        cl_put_u8(&a->out, CONSTRAIN_CONFIRM);
    return end(a, mark, CLEAT_AGENT_ADD, tag);
}

cleat_status cleat_agent_add(cleat_agent *a, const cleat_key *key, const char *comment,
                             uint32_t lifetime, bool confirm, void *tag)
{
    return add(a, key, NULL, comment, lifetime, confirm, tag);
}

cleat_status cleat_agent_add_cert(cleat_agent *a, const cleat_key *key, const cleat_cert *cert,
                                  const char *comment, uint32_t lifetime, bool confirm, void *tag)
{
    if (!cleat_key_equal(key, cleat_cert_key(cert)))
        return CLEAT_E_BAD_CALL;
    return add(a, key, cert, comment, lifetime, confirm, tag);
}

size_t cleat_agent_waiting(const cleat_agent *a)
{
    return a->count;
}

/* ---- bytes ---- */

cleat_slice cleat_agent_send_peek(const cleat_agent *a)
{
    return cl_buf_slice(&a->out);
}

void cleat_agent_send_done(cleat_agent *a, size_t n)
{
    cl_buf_drop(&a->out, n);
}

static void forget_reply(cleat_agent *a)
{
    cl_buf_drop(&a->in, a->handed_out);
    a->handed_out = 0;
    cl_arena_free(&a->arena);
    a->reply = (cleat_agent_reply){0};
}

/* The first message as a whole; an empty slice while it is incomplete. */
static cleat_slice first_message(const cleat_agent *a)
{
    cl_reader r = cl_reader_of(cl_buf_slice(&a->in));
    cleat_slice message = cl_get_string(&r);
    return r.fault == CLEAT_OK ? message : CL_SLICE_EMPTY;
}

cleat_status cleat_agent_recv(cleat_agent *a, cleat_slice bytes)
{
    forget_reply(a);
    cl_buf_add_slice(&a->in, bytes);
    if (a->in.status != CLEAT_OK)
        return a->in.status;
    cl_reader r = cl_reader_of(cl_buf_slice(&a->in));
    if (a->in.len >= 4) {
        uint32_t len = cl_get_u32(&r);
        if (len == 0 || a->count == 0)
            return CLEAT_E_PROTO;
        if (len > MESSAGE_MAX)
            return CLEAT_E_LIMIT;
    }
    return CLEAT_OK;
}

/* ---- replies ---- */

static bool read_keys(cleat_agent *a, cl_reader *r)
{
    uint32_t count = cl_get_u32(r);
    if (r->fault != CLEAT_OK || count > KEYS_MAX)
        return false;
    cleat_agent_key *keys = cl_arena_get(&a->arena, (count + 1) * sizeof *keys);
    if (!keys)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        keys[i].blob = cl_get_string(r);
        keys[i].comment = cl_arena_text(&a->arena, cl_get_string(r));
    }
    a->reply.keys = keys;
    a->reply.key_count = count;
    return a->arena.status == CLEAT_OK && cl_reader_done(r) == CLEAT_OK;
}

static bool read_reply(cleat_agent *a, cleat_slice message)
{
    cl_reader r = cl_reader_of(message);
    uint8_t number = cl_get_u8(&r);
    switch (a->reply.request) {
    case CLEAT_AGENT_LIST:
        return number == MSG_IDENTITIES_ANSWER && read_keys(a, &r);
    case CLEAT_AGENT_SIGN:
        a->reply.signature = cl_get_string(&r);
        return number == MSG_SIGN_RESPONSE && cl_reader_done(&r) == CLEAT_OK;
    case CLEAT_AGENT_BIND:
    case CLEAT_AGENT_ADD:
        return number == MSG_SUCCESS;
    }
    return false;
}

const cleat_agent_reply *cleat_agent_next(cleat_agent *a)
{
    forget_reply(a);
    cleat_slice message = first_message(a);
    if (message.len == 0 || a->count == 0)
        return NULL;
    waiting w = a->queue[a->first];
    a->first = (a->first + 1) % WAITING_MAX;
    a->count--;
    a->handed_out = message.len + 4;
    a->reply = (cleat_agent_reply){.request = w.request, .tag = w.tag};
    if (read_reply(a, message))
        a->reply.success = true;
    else
        a->reply = (cleat_agent_reply){.request = w.request, .tag = w.tag};
    return &a->reply;
}
