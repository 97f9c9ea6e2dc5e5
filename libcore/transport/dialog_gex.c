/* Diffie-Hellman group exchange (RFC 4419): the client names sizes, the server a group. */
#include "kex.h"

#include "../base/error.h"
#include "../wire/messages.h"

enum { AWAIT_REQUEST, AWAIT_GROUP, AWAIT_INIT, AWAIT_REPLY };

/* RFC 8270 §3 sets the least; the most is the largest size that is still worth its time. */
enum { BITS_MIN = 2048, BITS_MAX = 8192, BITS_PREFERRED = 3072 };

static cleat_status set_hash(cl_kexer *kx, const cl_secret *shared)
{
    bool client = kx->role == CLEAT_CLIENT;
    cl_buf middle = CL_BUF(kx->env->mem);
    if (!kx->gex_old)
        cl_put_u32(&middle, kx->gex_min);
    cl_put_u32(&middle, kx->gex_preferred);
    if (!kx->gex_old)
        cl_put_u32(&middle, kx->gex_max);
    cl_put_mpint(&middle, cl_buf_slice(&kx->p));
    cl_put_mpint(&middle, cl_buf_slice(&kx->g));
    cl_put_mpint(&middle, cl_buf_slice(client ? &kx->ours : &kx->theirs));
    cl_put_mpint(&middle, cl_buf_slice(client ? &kx->theirs : &kx->ours));
    cleat_status st = middle.status;
    if (st == CLEAT_OK)
        st = cl_kexer_set_hash(kx, cl_buf_slice(&middle), shared);
    cl_buf_free(&middle);
    return st;
}

static cleat_status begin(cl_kexer *kx)
{
    kx->step = kx->role == CLEAT_CLIENT ? AWAIT_GROUP : AWAIT_REQUEST;
    kx->gex_old = false;
    if (kx->role == CLEAT_SERVER)
        return CLEAT_OK;
    kx->gex_min = BITS_MIN;
    kx->gex_preferred = BITS_PREFERRED;
    kx->gex_max = BITS_MAX;
    cl_buf m = CL_BUF(kx->env->mem);
    const cl_msg_gex_request request = {
        .min = kx->gex_min, .preferred = kx->gex_preferred, .max = kx->gex_max};
    cl_encode_gex_request(&m, &request);
    return cl_kexer_send(kx, &m);
}

static cleat_status on_request(cl_kexer *kx, uint32_t min, uint32_t preferred, uint32_t max)
{
    kx->gex_min = min;
    kx->gex_preferred = preferred;
    kx->gex_max = max;
    if (max < BITS_MIN || preferred < min || preferred > max)
        return cl_fail(kx->error, CLEAT_E_KEX, "the client asks for a group of %u..%u bits",
                       (unsigned)min, (unsigned)max);
    kx->want = CL_KEX_WANTS_GROUP;
    return CLEAT_OK;
}

static cleat_status on_new_request(cl_kexer *kx, cleat_slice payload)
{
    cl_msg_gex_request m;
    cleat_status st = cl_decode_gex_request(payload, &m);
    return st == CLEAT_OK ? on_request(kx, m.min, m.preferred, m.max) : st;
}

static cleat_status on_old_request(cl_kexer *kx, cleat_slice payload)
{
    cl_msg_gex_request_old m;
    cleat_status st = cl_decode_gex_request_old(payload, &m);
    if (st != CLEAT_OK)
        return st;
    kx->gex_old = true;
    kx->gex_min = BITS_MIN;
    kx->gex_preferred = m.bits; /* as the client wrote it: it enters the hash */
    kx->gex_max = BITS_MAX;
    kx->want = CL_KEX_WANTS_GROUP;
    return CLEAT_OK;
}

static cleat_status group(cl_kexer *kx)
{
    cl_buf_reset(&kx->ours);
    kx->secret_free = cl_dh_free;
    cleat_status st =
        cl_dh_start(kx->env, cl_buf_slice(&kx->p), cl_buf_slice(&kx->g), &kx->secret, &kx->ours);
    if (st != CLEAT_OK)
        return cl_fail(kx->error, st, "group of the moduli file: %s", cleat_status_text(st));
    cl_buf m = CL_BUF(kx->env->mem);
    const cl_msg_gex_group answer = {.p = cl_buf_slice(&kx->p), .g = cl_buf_slice(&kx->g)};
    cl_encode_gex_group(&m, &answer);
    kx->step = AWAIT_INIT;
    kx->want = CL_KEX_WANTS_MESSAGE;
    return cl_kexer_send(kx, &m);
}

static cleat_status on_group(cl_kexer *kx, cleat_slice payload)
{
    cl_msg_gex_group m;
    cleat_status st = cl_decode_gex_group(payload, &m);
    if (st != CLEAT_OK)
        return st;
    if (m.p.len * 8 < kx->gex_min || (m.p.len - 1) * 8 >= kx->gex_max)
        return cl_fail(kx->error, CLEAT_E_KEX, "the server's group has %zu bits", m.p.len * 8);
    cl_buf_reset(&kx->p);
    cl_buf_reset(&kx->g);
    cl_buf_reset(&kx->ours);
    cl_buf_add_slice(&kx->p, m.p);
    cl_buf_add_slice(&kx->g, m.g);
    kx->secret_free = cl_dh_free;
    st = kx->p.status == CLEAT_OK ? kx->g.status : kx->p.status;
    if (st == CLEAT_OK)
        st = cl_dh_start(kx->env, m.p, m.g, &kx->secret, &kx->ours);
    if (st != CLEAT_OK)
        return st;
    cl_buf out = CL_BUF(kx->env->mem);
    const cl_msg_gex_init init = {.public_value = cl_buf_slice(&kx->ours)};
    cl_encode_gex_init(&out, &init);
    kx->step = AWAIT_REPLY;
    return cl_kexer_send(kx, &out);
}

static cleat_status keep_theirs(cl_kexer *kx, cleat_slice value, cl_secret *shared)
{
    cl_buf_reset(&kx->theirs);
    cl_buf_add_slice(&kx->theirs, value);
    if (kx->theirs.status != CLEAT_OK)
        return kx->theirs.status;
    return cl_dh_finish(kx->env, kx->secret, cl_buf_slice(&kx->theirs), shared);
}

static cleat_status on_init(cl_kexer *kx, cleat_slice payload)
{
    cl_msg_gex_init m;
    cl_secret shared = {0};
    cleat_status st = cl_decode_gex_init(payload, &m);
    if (st == CLEAT_OK)
        st = keep_theirs(kx, m.public_value, &shared);
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
    cl_msg_gex_reply m;
    cl_secret shared = {0};
    cleat_status st = cl_decode_gex_reply(payload, &m);
    if (st != CLEAT_OK)
        return st;
    cl_buf_reset(&kx->host_key);
    cl_buf_add_slice(&kx->host_key, m.host_key);
    st = kx->host_key.status;
    if (st == CLEAT_OK)
        st = keep_theirs(kx, m.public_value, &shared);
    if (st == CLEAT_OK)
        st = set_hash(kx, &shared);
    cl_secret_free(&shared);
    return st == CLEAT_OK ? cl_kexer_check_host(kx, m.host_key, m.signature) : st;
}

static cleat_status message(cl_kexer *kx, uint8_t number, cleat_slice payload)
{
    if (kx->step == AWAIT_REQUEST && number == CL_MSG_gex_request)
        return on_new_request(kx, payload);
    if (kx->step == AWAIT_REQUEST && number == CL_MSG_gex_request_old)
        return on_old_request(kx, payload);
    if (kx->step == AWAIT_GROUP && number == CL_MSG_gex_group)
        return on_group(kx, payload);
    if (kx->step == AWAIT_INIT && number == CL_MSG_gex_init)
        return on_init(kx, payload);
    if (kx->step == AWAIT_REPLY && number == CL_MSG_gex_reply)
        return on_reply(kx, payload);
    return cl_kexer_unexpected(kx, number);
}

static cleat_status send_reply(cl_kexer *kx)
{
    cl_buf m = CL_BUF(kx->env->mem);
    const cl_msg_gex_reply reply = {.host_key = cl_buf_slice(&kx->host_key),
                                    .public_value = cl_buf_slice(&kx->ours),
                                    .signature = cl_buf_slice(&kx->host_signature)};
    cl_encode_gex_reply(&m, &reply);
    kx->want = CL_KEX_READY;
    return cl_kexer_send(kx, &m);
}

const cl_dialog_ops cl_dialog_gex = {
    .begin = begin, .message = message, .group = group, .signed_ = send_reply};
