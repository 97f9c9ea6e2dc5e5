/* RSA key transport (RFC 4432): the server begins with a transient key, the client sends a secret
 * under it. */
#include "kex.h"

#include "../base/error.h"
#include "../wire/messages.h"

enum { TRANSIENT_BITS = 2048 };

/* ours: server's transient key blob, at both ends in `p`; the encrypted secret in `theirs`. */
static cleat_status set_hash(cl_kexer *kx, const cl_secret *shared)
{
    cl_buf middle = CL_BUF(kx->env->mem);
    cl_put_string(&middle, cl_buf_slice(&kx->p));
    cl_put_string(&middle, cl_buf_slice(&kx->theirs));
    cleat_status st = middle.status;
    if (st == CLEAT_OK)
        st = cl_kexer_set_hash(kx, cl_buf_slice(&middle), shared);
    cl_buf_free(&middle);
    return st;
}

static cleat_status begin(cl_kexer *kx)
{
    if (kx->role == CLEAT_CLIENT)
        return CLEAT_OK;
    cl_buf_reset(&kx->p);
    kx->secret_free = cl_rsakex_free;
    cleat_status st = cl_rsakex_start(kx->env, TRANSIENT_BITS, &kx->secret, &kx->p);
    if (st == CLEAT_OK)
        st = cl_kexer_own_host_key(kx);
    if (st != CLEAT_OK)
        return cl_fail(kx->error, st, "transient RSA key: %s", cleat_status_text(st));
    cl_buf m = CL_BUF(kx->env->mem);
    const cl_msg_rsa_pubkey pubkey = {.host_key = cl_buf_slice(&kx->host_key),
                                      .transient_key = cl_buf_slice(&kx->p)};
    cl_encode_rsa_pubkey(&m, &pubkey);
    return cl_kexer_send(kx, &m);
}

static cleat_status on_pubkey(cl_kexer *kx, cleat_slice payload)
{
    cl_msg_rsa_pubkey m;
    cl_secret shared = {0};
    cleat_status st = cl_decode_rsa_pubkey(payload, &m);
    if (st != CLEAT_OK)
        return st;
    cl_buf_reset(&kx->p);
    cl_buf_reset(&kx->theirs);
    cl_buf_reset(&kx->host_key);
    cl_buf_add_slice(&kx->p, m.transient_key);
    cl_buf_add_slice(&kx->host_key, m.host_key);
    st = kx->host_key.status == CLEAT_OK ? kx->p.status : kx->host_key.status;
    if (st == CLEAT_OK)
        st = cl_rsakex_encrypt(kx->env, kx->choice.kex->hash, m.transient_key, TRANSIENT_BITS,
                               &kx->theirs, &shared);
    if (st == CLEAT_OK)
        st = set_hash(kx, &shared);
    cl_secret_free(&shared);
    if (st != CLEAT_OK)
        return st;
    kx->step = 1;
    cl_buf out = CL_BUF(kx->env->mem);
    const cl_msg_rsa_secret secret = {.encrypted = cl_buf_slice(&kx->theirs)};
    cl_encode_rsa_secret(&out, &secret);
    return cl_kexer_send(kx, &out);
}

static cleat_status on_secret(cl_kexer *kx, cleat_slice payload)
{
    cl_msg_rsa_secret m;
    cl_secret shared = {0};
    cleat_status st = cl_decode_rsa_secret(payload, &m);
    if (st != CLEAT_OK)
        return st;
    cl_buf_reset(&kx->theirs);
    cl_buf_add_slice(&kx->theirs, m.encrypted);
    st = kx->theirs.status;
    if (st == CLEAT_OK)
        st = cl_rsakex_decrypt(kx->env, kx->choice.kex->hash, kx->secret, m.encrypted, &shared);
    if (st == CLEAT_OK)
        st = set_hash(kx, &shared);
    cl_secret_free(&shared);
    if (st == CLEAT_OK)
        kx->want = CL_KEX_WANTS_SIGNATURE;
    return st;
}

static cleat_status on_done(cl_kexer *kx, cleat_slice payload)
{
    cl_msg_rsa_done m;
    cleat_status st = cl_decode_rsa_done(payload, &m);
    return st == CLEAT_OK ? cl_kexer_check_host(kx, cl_buf_slice(&kx->host_key), m.signature) : st;
}

static cleat_status message(cl_kexer *kx, uint8_t number, cleat_slice payload)
{
    bool client = kx->role == CLEAT_CLIENT;
    if (client && kx->step == 0 && number == CL_MSG_rsa_pubkey)
        return on_pubkey(kx, payload);
    if (client && kx->step == 1 && number == CL_MSG_rsa_done)
        return on_done(kx, payload);
    if (!client && number == CL_MSG_rsa_secret)
        return on_secret(kx, payload);
    return cl_kexer_unexpected(kx, number);
}

static cleat_status send_done(cl_kexer *kx)
{
    cl_buf m = CL_BUF(kx->env->mem);
    const cl_msg_rsa_done done = {.signature = cl_buf_slice(&kx->host_signature)};
    cl_encode_rsa_done(&m, &done);
    kx->want = CL_KEX_READY;
    return cl_kexer_send(kx, &m);
}

const cl_dialog_ops cl_dialog_rsa = {
    .begin = begin, .message = message, .group = NULL, .signed_ = send_done};
