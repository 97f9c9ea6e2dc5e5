/* Announcement and proof of further host keys (OpenSSH PROTOCOL 2.5): so that clients learn new
 * keys before old ones go. */
#include "conn_int.h"

static const char prove_name[] = "hostkeys-prove-00@openssh.com";

/* ---- server ---- */

cleat_status cl_conn_announce_hostkeys(cleat_conn *c)
{
    cl_buf fields = CL_BUF(c->env->mem);
    for (size_t i = 0; i < c->options.host_key_count; i++)
        cl_put_string(&fields, cl_buf_slice(&c->host_keys[i]->blob));
    cleat_status st = fields.status;
    if (st == CLEAT_OK && fields.len)
        st = cl_conn_global_send(c, "hostkeys-00@openssh.com", false, cl_buf_slice(&fields),
                                 CL_GLOBAL_OWNER, 0);
    cl_buf_free(&fields);
    return st;
}

static const cleat_key *own_key(const cleat_conn *c, cleat_slice blob)
{
    for (size_t i = 0; i < c->options.host_key_count; i++) {
        if (cleat_slice_equal(cl_buf_slice(&c->host_keys[i]->blob), blob))
            return c->host_keys[i];
    }
    return NULL;
}

static void put_proof_data(const cleat_conn *c, cl_buf *out, cleat_slice blob)
{
    cl_put_cstring(out, prove_name);
    cl_put_string(out, cleat_conn_session_id(c));
    cl_put_string(out, blob);
}

/* An RSA key proves itself with the strongest signature that the policy has for its type. */
static const char *proof_algorithm(const cleat_conn *c, const cleat_key *key)
{
    cleat_slice names = cleat_slice_of(c->host_key_names);
    cleat_slice name;
    while (cl_slice_split(&names, ',', &name)) {
        const cl_sig_alg *alg = cl_sig_alg_find(name);
        if (alg && alg->key_type == key->type)
            return alg->name;
    }
    return NULL;
}

static cleat_status finish_proof(cleat_conn *c, bool success)
{
    cl_global_due *due = c->globals.proof;
    c->globals.proof = NULL;
    cl_buf_free(&c->globals.proof_keys);
    due->answered = true;
    due->success = success && due->payload.status == CLEAT_OK;
    return cl_globals_flush(c);
}

/* Asks for the signature of the first key that is left. */
static cleat_status prove_next(cleat_conn *c)
{
    cl_reader r = cl_reader_of(cl_buf_slice(&c->globals.proof_keys));
    cleat_slice blob = cl_get_string(&r);
    if (r.fault != CLEAT_OK)
        return finish_proof(c, true);
    const cleat_key *key = own_key(c, blob);
    const char *algorithm = key ? proof_algorithm(c, key) : NULL;
    if (!algorithm)
        return finish_proof(c, false);
    cl_event_node *node;
    cl_buf data = CL_BUF(c->env->mem);
    put_proof_data(c, &data, blob);
    cleat_status st = data.status;
    if (st == CLEAT_OK)
        st = cl_link_ask(&c->link, CL_QUERY_SIGN_PROVE, 0, CLEAT_EV_SIGN, &node);
    if (st == CLEAT_OK) {
        node->event.u.sign.purpose = CLEAT_SIGN_HOSTKEYS_PROVE;
        node->event.u.sign.algorithm = algorithm;
        node->event.u.sign.key_blob = cl_arena_copy(&node->arena, blob);
        node->event.u.sign.message = cl_arena_copy(&node->arena, cl_buf_slice(&data));
        st = node->arena.status;
    }
    cl_buf_free(&data);
    return st;
}

cleat_status cl_hostkeys_signature(cleat_conn *c, cleat_slice signature)
{
    if (!c->globals.proof)
        return CLEAT_E_STALE;
    if (signature.len == 0)
        return finish_proof(c, false);
    cl_reader r = cl_reader_of(cl_buf_slice(&c->globals.proof_keys));
    cleat_slice blob = cl_get_string(&r);
    cl_put_string(&c->globals.proof->payload, signature);
    cl_buf_drop(&c->globals.proof_keys, blob.len + 4);
    return prove_next(c);
}

cleat_status cl_hostkeys_on_prove(cleat_conn *c, cleat_slice fields)
{
    cl_global_due *due = cl_globals_owe(c, 0);
    if (!due)
        return CLEAT_E_NOMEM;
    if (c->globals.proof || fields.len == 0) {
        due->answered = true;
        return cl_globals_flush(c);
    }
    c->globals.proof = due;
    cl_buf_reset(&c->globals.proof_keys);
    cl_buf_add_slice(&c->globals.proof_keys, fields);
    if (c->globals.proof_keys.status != CLEAT_OK)
        return c->globals.proof_keys.status;
    return prove_next(c);
}

/* ---- client ---- */

static size_t count_strings(cleat_slice fields)
{
    cl_reader r = cl_reader_of(fields);
    size_t count = 0;
    while (r.left && r.fault == CLEAT_OK) {
        cl_get_string(&r);
        count++;
    }
    return r.fault == CLEAT_OK ? count : SIZE_MAX;
}

static cleat_status tell_keys(cleat_conn *c, cleat_event_type type, const cleat_slice *blobs,
                              size_t count)
{
    cl_event_node *node = cl_events_push(&c->events, type);
    if (!node)
        return CLEAT_E_NOMEM;
    node->event.u.hostkeys.blobs = blobs;
    node->event.u.hostkeys.count = count;
    return CLEAT_OK;
}

cleat_status cl_hostkeys_on_announce(cleat_conn *c, cleat_slice fields)
{
    cl_globals *g = &c->globals;
    size_t count = count_strings(fields);
    if (count == SIZE_MAX)
        return CLEAT_E_FORMAT;
    /* Owners read and write files for each of them. */
    if (g->announced)
        return cl_fail(&c->error, CLEAT_E_PROTO, "host keys announced a second time");
    if (count > CL_HOST_KEYS_MAX) {
        cl_log(&c->log, CLEAT_LOG_INFO, "hostkeys", "announcement of %zu host keys ignored", count);
        return CLEAT_OK;
    }
    cl_arena_free(&g->announced_memory);
    cleat_slice *blobs = cl_arena_get(&g->announced_memory, (count + 1) * sizeof *blobs);
    if (!blobs)
        return CLEAT_E_NOMEM;
    cl_reader r = cl_reader_of(fields);
    for (size_t i = 0; i < count; i++)
        blobs[i] = cl_arena_copy(&g->announced_memory, cl_get_string(&r));
    if (g->announced_memory.status != CLEAT_OK)
        return g->announced_memory.status;
    g->announced = blobs;
    g->announced_count = count;
    return tell_keys(c, CLEAT_EV_HOSTKEYS, blobs, count);
}

cleat_status cleat_conn_prove_hostkeys(cleat_conn *c, const size_t *indexes, size_t count)
{
    cl_globals *g = &c->globals;
    if (c->end != CL_END_NONE || g->asked_count || count == 0 || count > g->announced_count)
        return CLEAT_E_BAD_CALL;
    cl_buf fields = CL_BUF(c->env->mem);
    for (size_t i = 0; i < count; i++) {
        if (indexes[i] >= g->announced_count) {
            cl_buf_free(&fields);
            return CLEAT_E_BAD_CALL;
        }
        g->asked[i] = indexes[i];
        cl_put_string(&fields, g->announced[indexes[i]]);
    }
    cleat_status st = fields.status;
    if (st == CLEAT_OK)
        st = cl_conn_global_send(c, prove_name, true, cl_buf_slice(&fields), CL_GLOBAL_PROVE, 0);
    cl_buf_free(&fields);
    if (st == CLEAT_OK)
        g->asked_count = count;
    return cl_conn_check(c, st);
}

/* The signature's own name is taken, as long as it is of the key's type: an RSA host may have
 * proved itself with either hash. One that rests on SHA-1 proves nothing, but is no mistake either.
 */
static cleat_status check_proof(cleat_conn *c, cleat_slice blob, cleat_slice signature,
                                bool *proved)
{
    cleat_error why = {0};
    cleat_key *key = NULL;
    cl_reader r = cl_reader_of(signature);
    const cl_sig_alg *alg = cl_sig_alg_find(cl_get_text(&r));
    cl_buf data = CL_BUF(c->env->mem);
    put_proof_data(c, &data, blob);
    cleat_status st = alg ? data.status : CLEAT_E_SIGNATURE;
    if (st == CLEAT_OK)
        st = cl_key_from_blob(c->env, blob, &key, &why);
    if (st == CLEAT_OK)
        st = cl_key_check(key, c->kx.rsa_min_bits, &why);
    if (st == CLEAT_OK)
        st = cl_key_verify(key, alg, cl_buf_slice(&data), signature, &why);
    *proved = st == CLEAT_OK && !(alg->flags & CL_ALG_LEGACY);
    if (st == CLEAT_OK && !*proved)
        cl_log(&c->log, CLEAT_LOG_DEBUG1, "hostkeys",
               "a key that is proved with %s only is left out", alg->name);
    cleat_key_unref(key);
    cl_buf_free(&data);
    return st;
}

cleat_status cl_hostkeys_on_proof(cleat_conn *c, bool success, cleat_slice fields)
{
    cl_globals *g = &c->globals;
    size_t count = g->asked_count;
    size_t good = 0;
    cl_reader r = cl_reader_of(fields);
    g->asked_count = 0;
    cleat_slice *proved = cl_arena_get(&g->announced_memory, (count + 1) * sizeof *proved);
    if (!proved)
        return CLEAT_E_NOMEM;
    for (size_t i = 0; success && i < count; i++) {
        bool enough = false;
        cleat_slice blob = g->announced[g->asked[i]];
        success = check_proof(c, blob, cl_get_string(&r), &enough) == CLEAT_OK;
        if (enough)
            proved[good++] = blob;
    }
    if (!success || cl_reader_done(&r) != CLEAT_OK) {
        cl_log(&c->log, CLEAT_LOG_ERROR, "hostkeys", "the server did not prove its host keys");
        return CLEAT_OK;
    }
    return tell_keys(c, CLEAT_EV_HOSTKEYS_PROVED, proved, good);
}
