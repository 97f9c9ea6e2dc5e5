/* One key exchange, from KEXINIT to new keys. */
#include "kex.h"

#include "../base/error.h"
#include "../wire/messages.h"
#include "newkeys.h"

#include <assert.h>

void cl_kexer_init(cl_kexer *kx, const cl_env *env)
{
    *kx = (cl_kexer){.env = env};
    cl_buf *buffers[] = {&kx->our_init, &kx->peer_init, &kx->ours,     &kx->theirs,
                         &kx->p,        &kx->g,         &kx->host_key, &kx->host_signature};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        *buffers[i] = CL_BUF(env->mem);
}

/* What an idle connection need not keep: only H, the host key and its signature stay readable. */
static void forget_exchange(cl_kexer *kx)
{
    if (kx->secret_free)
        kx->secret_free(kx->env, kx->secret);
    kx->secret = NULL;
    kx->secret_free = NULL;
    cl_buf_free(&kx->our_init);
    cl_buf_free(&kx->peer_init);
    cl_buf_free(&kx->ours);
    cl_buf_free(&kx->theirs);
    cl_buf_free(&kx->p);
    cl_buf_free(&kx->g);
    cl_secret_free(&kx->k);
    cl_open_free(kx->next_open);
    kx->next_open = NULL;
    kx->sent_init = false;
    kx->got_init = false;
    kx->skip_guess = false;
    kx->step = 0;
    kx->want = CL_KEX_IDLE;
}

void cl_kexer_free(cl_kexer *kx)
{
    if (!kx->env)
        return;
    forget_exchange(kx);
    cl_buf_free(&kx->host_key);
    cl_buf_free(&kx->host_signature);
    *kx = (cl_kexer){0};
}

bool cl_kexer_holds_output(const cl_kexer *kx)
{
    return kx->sent_init && kx->want != CL_KEX_WANTS_NEWKEYS;
}

bool cl_kexer_running(const cl_kexer *kx)
{
    return kx->got_init;
}

cleat_status cl_kexer_send(cl_kexer *kx, cl_buf *message)
{
    cleat_status st = message->status;
    cleat_slice whole = cl_buf_slice(message);
    if (st == CLEAT_OK)
        st = cl_tx_send(kx->tx, &whole, 1);
    cl_buf_free(message);
    return st;
}

cleat_status cl_kexer_unexpected(cl_kexer *kx, uint8_t number)
{
    return cl_fail(kx->error, CLEAT_E_PROTO, "unexpected key exchange message %u in %s", number,
                   kx->choice.kex->name);
}

cleat_status cl_kexer_start(cl_kexer *kx)
{
    if (kx->sent_init)
        return CLEAT_OK;
    cl_buf_reset(&kx->our_init);
    cleat_status st =
        cl_kexinit_write(&kx->our_init, kx->env, kx->role, &kx->offer, kx->finished == 0);
    if (st != CLEAT_OK)
        return cl_fail(kx->error, st, "KEXINIT: %s", cleat_status_text(st));
    cleat_slice payload = cl_buf_slice(&kx->our_init);
    st = cl_tx_send(kx->tx, &payload, 1);
    kx->sent_init = st == CLEAT_OK;
    cl_log(kx->log, CLEAT_LOG_DEBUG1, "kex", "SSH2_MSG_KEXINIT sent");
    return st;
}

static const cl_dialog_ops *dialog_of(const cl_kex_alg *alg)
{
    if (alg->own_dialog)
        return alg->own_dialog;
    switch (alg->dialog) {
    case CL_DIALOG_GEX:
        return &cl_dialog_gex;
    case CL_DIALOG_RSA:
        return &cl_dialog_rsa;
    case CL_DIALOG_PUBLIC:
        break;
    }
    return &cl_dialog_public;
}

static void log_choice(const cl_kexer *kx)
{
    static const char *const ways[] = {"client->server", "server->client"};
    cl_log(kx->log, CLEAT_LOG_DEBUG1, "kex", "kex: algorithm: %s", kx->choice.kex->name);
    cl_log(kx->log, CLEAT_LOG_DEBUG1, "kex", "kex: host key algorithm: %s", kx->choice.host_key);
    for (int i = 1; i >= 0; i--)
        cl_log(kx->log, CLEAT_LOG_DEBUG1, "kex", "kex: %s cipher: %s MAC: %s compression: %s",
               ways[i], kx->choice.cipher[i]->name,
               kx->choice.mac[i] ? kx->choice.mac[i]->name : "<implicit>",
               kx->choice.comp[i]->name);
}

static void log_proposals(const cl_kexer *kx, const cl_kexinit *ours, const cl_kexinit *theirs)
{
    bool client = kx->role == CLEAT_CLIENT;
    cl_kexinit_log(kx->log, client ? "local client" : "local server", ours);
    cl_kexinit_log(kx->log, client ? "peer server" : "peer client", theirs);
}

cleat_status cl_kexer_on_init(cl_kexer *kx, cleat_slice payload)
{
    assert(!kx->got_init);
    cl_log(kx->log, CLEAT_LOG_DEBUG1, "kex", "SSH2_MSG_KEXINIT received");
    cleat_status st = cl_kexer_start(kx);
    if (st != CLEAT_OK)
        return st;
    cl_buf_reset(&kx->peer_init);
    cl_buf_add_slice(&kx->peer_init, payload);
    if (kx->peer_init.status != CLEAT_OK)
        return cl_fail(kx->error, kx->peer_init.status, "KEXINIT is too long to keep");
    cl_kexinit ours;
    cl_kexinit theirs;
    if (cl_kexinit_read(cl_buf_slice(&kx->peer_init), &theirs) != CLEAT_OK)
        return cl_fail(kx->error, CLEAT_E_PROTO, "malformed KEXINIT");
    if (cl_kexinit_read(cl_buf_slice(&kx->our_init), &ours) != CLEAT_OK)
        return cl_fail(kx->error, CLEAT_E_BAD_CALL, "our algorithm lists are malformed");
    log_proposals(kx, &ours, &theirs);
    if (kx->finished == 0) {
        kx->strict = cl_kexinit_is_strict(&theirs, kx->role);
        kx->peer_wants_ext_info = cl_kexinit_wants_ext_info(&theirs, kx->role);
    }
    st = cl_negotiate(kx->env, kx->error, kx->role, &ours, &theirs, &kx->choice);
    if (st != CLEAT_OK)
        return st;
    log_choice(kx);
    kx->got_init = true;
    kx->skip_guess = kx->choice.guess_wrong;
    kx->dialog = dialog_of(kx->choice.kex);
    kx->want = CL_KEX_WANTS_MESSAGE;
    return kx->dialog->begin(kx);
}

cleat_status cl_kexer_on_message(cl_kexer *kx, cleat_slice payload)
{
    if (kx->skip_guess) {
        kx->skip_guess = false;
        return CLEAT_OK;
    }
    uint8_t number = payload.data[0];
    if (kx->want != CL_KEX_WANTS_MESSAGE)
        return cl_kexer_unexpected(kx, number);
    cleat_status st = kx->dialog->message(kx, number, payload);
    if (st == CLEAT_E_TRUNCATED || st == CLEAT_E_FORMAT)
        return cl_fail(kx->error, CLEAT_E_PROTO, "malformed key exchange message %u", number);
    if (st != CLEAT_OK && kx->error->status == CLEAT_OK)
        return cl_fail(kx->error, st, "%s: %s", kx->choice.kex->name, cleat_status_text(st));
    return st;
}

cleat_status cl_kexer_group(cl_kexer *kx, cleat_slice p, cleat_slice g)
{
    assert(kx->want == CL_KEX_WANTS_GROUP);
    cl_buf_reset(&kx->p);
    cl_buf_reset(&kx->g);
    cl_buf_add_slice(&kx->p, p);
    cl_buf_add_slice(&kx->g, g);
    if (kx->p.status != CLEAT_OK || kx->g.status != CLEAT_OK)
        return cl_fail(kx->error, CLEAT_E_NOMEM, "no memory for a group");
    return kx->dialog->group(kx);
}

cleat_status cl_kexer_signature(cl_kexer *kx, cleat_slice signature)
{
    assert(kx->want == CL_KEX_WANTS_SIGNATURE);
    cl_buf_reset(&kx->host_signature);
    cl_buf_add_slice(&kx->host_signature, signature);
    if (kx->host_signature.status != CLEAT_OK)
        return cl_fail(kx->error, kx->host_signature.status, "no memory for a signature");
    return kx->dialog->signed_(kx);
}

cleat_status cl_kexer_hostkey(cl_kexer *kx, bool accept)
{
    assert(kx->want == CL_KEX_WANTS_HOSTKEY);
    if (!accept)
        return cl_fail(kx->error, CLEAT_E_HOSTKEY, "the host key was not accepted");
    kx->want = CL_KEX_READY;
    return CLEAT_OK;
}

static const cl_sig_alg *chosen_signature(const cl_kexer *kx, cl_key_form *form)
{
    return cl_sig_alg_find_form(cleat_slice_of(kx->choice.host_key), form);
}

/* Appends what the host shows for this algorithm; false when it has no such key. */
static bool put_own(cl_kexer *kx, const cl_sig_alg *alg, cl_key_form form)
{
    for (size_t i = 0; form == CL_FORM_CERT && i < kx->host_cert_count; i++) {
        if (kx->host_certs[i]->subject->type == alg->key_type) {
            cl_buf_add_slice(&kx->host_key, cl_buf_slice(&kx->host_certs[i]->blob));
            return true;
        }
    }
    for (size_t i = 0; form == CL_FORM_X509 && i < kx->host_chain_count; i++) {
        if (cl_x509_serves(kx->host_chains[i], alg)) {
            cl_x509_put(kx->host_chains[i], alg->x509_name, &kx->host_key);
            return true;
        }
    }
    for (size_t i = 0; form == CL_FORM_PLAIN && i < kx->host_key_count; i++) {
        if (kx->host_keys[i]->type == alg->key_type) {
            cl_buf_add_slice(&kx->host_key, cl_buf_slice(&kx->host_keys[i]->blob));
            return true;
        }
    }
    return false;
}

cleat_status cl_kexer_own_host_key(cl_kexer *kx)
{
    cl_key_form form;
    cl_buf_reset(&kx->host_key);
    if (kx->choice.kex->flags & CL_KEX_NO_HOST_KEY)
        return CLEAT_OK;
    const cl_sig_alg *alg = chosen_signature(kx, &form);
    if (alg && put_own(kx, alg, form))
        return kx->host_key.status;
    return cl_fail(kx->error, CLEAT_E_KEX, "no host key for %s", kx->choice.host_key);
}

void cl_kexer_put_public(const cl_kexer *kx, cl_buf *out, cleat_slice value)
{
    if (kx->choice.kex->flags & CL_KEX_PUBLIC_MPINT)
        cl_put_mpint(out, value);
    else
        cl_put_string(out, value);
}

/* K as it enters H and the derivation of keys, in wiped memory. */
static cleat_status encode_k(cl_kexer *kx, const cl_secret *shared)
{
    cl_buf wire = CL_BUF_SECRET(kx->env->mem);
    cleat_slice raw = cl_slice(shared->data, shared->len);
    if (kx->choice.kex->flags & CL_KEX_SHARED_STRING)
        cl_put_string(&wire, raw);
    else
        cl_put_mpint(&wire, raw);
    cleat_status st = wire.status;
    if (st == CLEAT_OK)
        st = cl_secret_dup(&kx->k, kx->env->mem, wire.data, wire.len);
    cl_buf_free(&wire);
    return st;
}

cleat_status cl_kexer_set_hash(cl_kexer *kx, cleat_slice middle, const cl_secret *shared)
{
    bool client = kx->role == CLEAT_CLIENT;
    cleat_status st = encode_k(kx, shared);
    if (st != CLEAT_OK)
        return st;
    cl_buf head = CL_BUF(kx->env->mem);
    cl_put_cstring(&head, client ? kx->hello->ours : kx->hello->theirs);
    cl_put_cstring(&head, client ? kx->hello->theirs : kx->hello->ours);
    cl_put_string(&head, cl_buf_slice(client ? &kx->our_init : &kx->peer_init));
    cl_put_string(&head, cl_buf_slice(client ? &kx->peer_init : &kx->our_init));
    cl_put_string(&head, cl_buf_slice(&kx->host_key));
    cl_buf_add_slice(&head, middle);
    const cleat_slice parts[] = {cl_buf_slice(&head), cl_slice(kx->k.data, kx->k.len)};
    st = head.status;
    if (st == CLEAT_OK)
        st = cl_hash_once(kx->env->hashes, kx->choice.kex->hash, parts, 2, kx->hash);
    cl_buf_free(&head);
    if (st != CLEAT_OK)
        return st;
    kx->hash_len = cl_hash_len(kx->choice.kex->hash);
    if (kx->finished == 0) {
        memcpy(kx->session_id, kx->hash, kx->hash_len);
        kx->session_id_len = kx->hash_len;
    }
    return CLEAT_OK;
}

/* Whether a certificate is good is for whoever decides about the key. */
static cleat_status verify_host(cl_kexer *kx, cleat_slice signature)
{
    cl_key_form form;
    cleat_key *key = NULL;
    const cl_sig_alg *alg = chosen_signature(kx, &form);
    if (!alg)
        return CLEAT_E_INTERNAL;
    cleat_status st = cl_shown_key(kx->env, cleat_slice_of(kx->choice.host_key),
                                   cl_buf_slice(&kx->host_key), &key, kx->error);
    if (st == CLEAT_OK)
        st = cl_key_check(key, kx->rsa_min_bits, kx->error);
    if (st == CLEAT_OK)
        st = cl_key_verify(key, alg, cl_slice(kx->hash, kx->hash_len), signature, kx->error);
    cleat_key_unref(key);
    if (st == CLEAT_E_SIGNATURE)
        return cl_fail(kx->error, CLEAT_E_KEX, "the host's signature is wrong");
    return st;
}

cleat_status cl_kexer_check_host(cl_kexer *kx, cleat_slice host_key, cleat_slice signature)
{
    /* K_S enters H, so the dialogue has kept it before it computed the hash. */
    assert(cleat_slice_equal(host_key, cl_buf_slice(&kx->host_key)));
    (void)host_key;
    cleat_status st = verify_host(kx, signature);
    if (st != CLEAT_OK)
        return st;
    cl_buf_reset(&kx->host_signature);
    cl_buf_add_slice(&kx->host_signature, signature);
    kx->want = CL_KEX_WANTS_HOSTKEY;
    return kx->host_signature.status;
}

cleat_status cl_kexer_send_newkeys(cl_kexer *kx)
{
    assert(kx->want == CL_KEX_READY);
    cl_seal *seal = NULL;
    cleat_status st = cl_newkeys_make(kx, &seal, &kx->next_open);
    if (st != CLEAT_OK) {
        cl_seal_free(seal);
        return cl_fail(kx->error, st, "new keys: %s", cleat_status_text(st));
    }
    static const uint8_t newkeys = CL_MSG_newkeys;
    const cleat_slice payload = {&newkeys, 1};
    st = cl_tx_send(kx->tx, &payload, 1);
    if (st != CLEAT_OK) {
        cl_seal_free(seal);
        return st;
    }
    cl_tx_set_keys(kx->tx, seal, kx->strict);
    cl_secret_free(&kx->k);
    kx->want = CL_KEX_WANTS_NEWKEYS;
    cl_log(kx->log, CLEAT_LOG_DEBUG1, "kex", "SSH2_MSG_NEWKEYS sent");
    return CLEAT_OK;
}

cleat_status cl_kexer_newkeys(cl_kexer *kx, cl_rx *rx)
{
    if (kx->want != CL_KEX_WANTS_NEWKEYS)
        return cl_fail(kx->error, CLEAT_E_PROTO, "NEWKEYS before the key exchange is complete");
    cl_rx_set_keys(rx, kx->next_open, kx->strict);
    kx->next_open = NULL;
    kx->finished++;
    forget_exchange(kx);
    cl_log(kx->log, CLEAT_LOG_DEBUG1, "kex", "SSH2_MSG_NEWKEYS received");
    return CLEAT_OK;
}
