/* The dialogue of most methods: one public value each way, in 30 INIT and 31 REPLY (RFC 4253 §8,
 * RFC 5656 §4, RFC 8731 §3). */
#include "kex.h"

#include "../base/error.h"
#include "../wire/messages.h"

static cleat_status set_hash(cl_kexer *kx, const cl_secret *shared)
{
    bool client = kx->role == CLEAT_CLIENT;
    cl_buf middle = CL_BUF(kx->env->mem);
    cl_kexer_put_public(kx, &middle, cl_buf_slice(client ? &kx->ours : &kx->theirs));
    cl_kexer_put_public(kx, &middle, cl_buf_slice(client ? &kx->theirs : &kx->ours));
    cleat_status st = middle.status;
    if (st == CLEAT_OK)
        st = cl_kexer_set_hash(kx, cl_buf_slice(&middle), shared);
    cl_buf_free(&middle);
    return st;
}

static cleat_status begin(cl_kexer *kx)
{
    if (kx->role == CLEAT_SERVER)
        return CLEAT_OK;
    const cl_kex_alg *alg = kx->choice.kex;
    cl_buf_reset(&kx->ours);
    kx->secret_free = alg->free;
    cleat_status st = alg->start(alg, kx->env, &kx->secret, &kx->ours);
    if (st != CLEAT_OK)
        return cl_fail(kx->error, st, "%s: %s", alg->name, cleat_status_text(st));
    cl_buf m = CL_BUF(kx->env->mem);
    cl_put_u8(&m, CL_MSG_kex_init);
    cl_kexer_put_public(kx, &m, cl_buf_slice(&kx->ours));
    return cl_kexer_send(kx, &m);
}

/* Public values are mpints or strings under the same message numbers. */
static cleat_status read_init(cl_kexer *kx, cleat_slice payload, cleat_slice *value)
{
    if (kx->choice.kex->flags & CL_KEX_PUBLIC_MPINT) {
        cl_msg_kexdh_init m;
        cleat_status st = cl_decode_kexdh_init(payload, &m);
        *value = m.public_value;
        return st;
    }
    cl_msg_kex_init m;
    cleat_status st = cl_decode_kex_init(payload, &m);
    *value = m.public_value;
    return st;
}

static cleat_status read_reply(cl_kexer *kx, cleat_slice payload, cl_msg_kex_reply *reply)
{
    if (!(kx->choice.kex->flags & CL_KEX_PUBLIC_MPINT))
        return cl_decode_kex_reply(payload, reply);
    cl_msg_kexdh_reply m;
    cleat_status st = cl_decode_kexdh_reply(payload, &m);
    *reply = (cl_msg_kex_reply){m.number, m.host_key, m.public_value, m.signature};
    return st;
}

static cleat_status on_init(cl_kexer *kx, cleat_slice payload)
{
    const cl_kex_alg *alg = kx->choice.kex;
    cleat_slice value;
    cl_secret shared = {0};
    cleat_status st = read_init(kx, payload, &value);
    if (st != CLEAT_OK)
        return st;
    cl_buf_reset(&kx->theirs);
    cl_buf_add_slice(&kx->theirs, value);
    cl_buf_reset(&kx->ours);
    st = kx->theirs.status;
    if (st == CLEAT_OK)
        st = alg->reply(alg, kx->env, cl_buf_slice(&kx->theirs), &kx->ours, &shared);
    if (st == CLEAT_OK)
        st = cl_kexer_own_host_key(kx);
    if (st == CLEAT_OK)
        st = set_hash(kx, &shared);
    cl_secret_free(&shared);
    if (st == CLEAT_OK)
        kx->want = CL_KEX_WANTS_SIGNATURE;
    return st;
}

static cleat_status on_reply(cl_kexer *kx, cleat_slice payload)
{
    const cl_kex_alg *alg = kx->choice.kex;
    cl_msg_kex_reply reply;
    cl_secret shared = {0};
    cleat_status st = read_reply(kx, payload, &reply);
    if (st != CLEAT_OK)
        return st;
    cl_buf_reset(&kx->theirs);
    cl_buf_add_slice(&kx->theirs, reply.public_value);
    cl_buf_reset(&kx->host_key);
    cl_buf_add_slice(&kx->host_key, reply.host_key);
    st = kx->theirs.status != CLEAT_OK ? kx->theirs.status : kx->host_key.status;
    if (st == CLEAT_OK)
        st = alg->finish(alg, kx->env, kx->secret, cl_buf_slice(&kx->theirs), &shared);
    if (st == CLEAT_OK)
        st = set_hash(kx, &shared);
    cl_secret_free(&shared);
    return st == CLEAT_OK ? cl_kexer_check_host(kx, reply.host_key, reply.signature) : st;
}

static cleat_status message(cl_kexer *kx, uint8_t number, cleat_slice payload)
{
    if (kx->role == CLEAT_SERVER && number == CL_MSG_kex_init)
        return on_init(kx, payload);
    if (kx->role == CLEAT_CLIENT && number == CL_MSG_kex_reply)
        return on_reply(kx, payload);
    return cl_kexer_unexpected(kx, number);
}

static cleat_status send_reply(cl_kexer *kx)
{
    cl_buf m = CL_BUF(kx->env->mem);
    cl_put_u8(&m, CL_MSG_kex_reply);
    cl_put_string(&m, cl_buf_slice(&kx->host_key));
    cl_kexer_put_public(kx, &m, cl_buf_slice(&kx->ours));
    cl_put_string(&m, cl_buf_slice(&kx->host_signature));
    kx->want = CL_KEX_READY;
    return cl_kexer_send(kx, &m);
}

const cl_dialog_ops cl_dialog_public = {
    .begin = begin, .message = message, .group = NULL, .signed_ = send_reply};
