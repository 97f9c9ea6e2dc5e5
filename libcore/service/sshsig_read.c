/* Reading and verifying SSHSIG signatures (PROTOCOL.sshsig). */
#include "../alg/alg.h"
#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/arena.h"
#include "../base/error.h"
#include "../key/armour.h"
#include "../key/cert_openssh.h"
#include "sshsig.h"

/* A certificate of the longest kind, in armour, and then some. */
enum { SIGNATURE_MAX = 256 << 10 };

struct cleat_sshsig {
    cleat_ctx *ctx;
    cl_arena arena;
    cleat_sshsig_facts facts;
    cleat_slice reserved, signature; /* in the arena */
};

static cleat_status malformed(cleat_error *err, const char *what)
{
    return cl_fail(err, CLEAT_E_FORMAT, "signature: %s", what);
}

void cleat_sshsig_free(cleat_sshsig *sig)
{
    if (!sig)
        return;
    cleat_ctx *ctx = sig->ctx;
    if (sig->facts.cert)
        cleat_cert_unref(sig->facts.cert);
    else
        cleat_key_unref(sig->facts.key);
    cl_arena_free(&sig->arena);
    cl_alloc_free(cl_ctx_env(ctx)->mem, sig);
    cleat_ctx_unref(ctx);
}

const cleat_sshsig_facts *cleat_sshsig_get_facts(const cleat_sshsig *sig)
{
    return &sig->facts;
}

/* ---- reading ---- */

static cleat_status read_signer(cleat_sshsig *s, cleat_slice blob, cleat_error *err)
{
    cl_reader r = cl_reader_of(blob);
    cleat_status st;
    if (!cl_slice_ends(cl_get_string(&r), CL_CERT_SUFFIX))
        return cleat_key_from_blob(&s->facts.key, s->ctx, blob, err);
    st = cleat_cert_from_blob(&s->facts.cert, s->ctx, blob, err);
    if (st == CLEAT_OK)
        s->facts.key = cleat_cert_key(s->facts.cert);
    return st;
}

static cleat_status read_algorithm(cleat_sshsig *s, cleat_error *err)
{
    cl_reader r = cl_reader_of(s->signature);
    s->facts.algorithm = cl_arena_text(&s->arena, cl_get_text(&r));
    cl_get_string(&r);
    return r.fault == CLEAT_OK ? CLEAT_OK
                               : malformed(err, "the key's signature in it is cut short");
}

static cleat_status read_fields(cleat_sshsig *s, cl_reader *r, cleat_error *err)
{
    cl_hash_id id;
    cleat_slice signer = cl_get_string(r);
    cleat_slice name_space = cl_get_text(r);
    s->reserved = cl_arena_copy(&s->arena, cl_get_string(r));
    cleat_slice hash = cl_get_text(r);
    s->signature = cl_arena_copy(&s->arena, cl_get_string(r));
    if (cl_reader_done(r) != CLEAT_OK)
        return malformed(err, "it is cut short, or goes on behind its end");
    if (!name_space.len)
        return malformed(err, "it has no namespace");
    if (!cl_sshsig_hash(hash, &id))
        return cl_fail(err, CLEAT_E_UNSUPPORTED,
                       "signature: its hash is neither sha512 nor sha256");
    s->facts.name_space = cl_arena_text(&s->arena, name_space);
    s->facts.hash = cl_arena_text(&s->arena, hash);
    cleat_status st = read_algorithm(s, err);
    if (st == CLEAT_OK)
        st = s->arena.status;
    return st == CLEAT_OK ? read_signer(s, signer, err) : st;
}

static cleat_status read_blob(cleat_sshsig *s, cleat_slice blob, cleat_error *err)
{
    cl_reader r = cl_reader_of(blob);
    if (!cl_slice_is(cl_get_bytes(&r, strlen(CL_SSHSIG_MAGIC)), CL_SSHSIG_MAGIC))
        return malformed(err, "it does not begin as one");
    uint32_t version = cl_get_u32(&r);
    if (r.fault == CLEAT_OK && version != CL_SSHSIG_VERSION)
        return cl_fail(err, CLEAT_E_UNSUPPORTED,
                       "signature: it is of version %u, which is not known", version);
    return read_fields(s, &r, err);
}

static cleat_status read_armour(cleat_sshsig *s, cleat_slice file, cleat_error *err)
{
    cl_armour armour;
    cl_buf blob = CL_BUF(cl_ctx_env(s->ctx)->mem);
    cleat_error why = {0};
    cleat_status st = cl_armour_find(file, CL_SSHSIG_LABEL, &armour, &why);
    if (st == CLEAT_OK)
        st = cl_armour_decode(&armour, &blob, &why);
    if (st == CLEAT_E_KEY_FORMAT)
        st = malformed(err, why.text);
    else if (st == CLEAT_OK)
        st = read_blob(s, cl_buf_slice(&blob), err);
    cl_buf_free(&blob);
    return st;
}

cleat_status cleat_sshsig_read(cleat_sshsig **out, cleat_ctx *ctx, cleat_slice file,
                               cleat_error *error)
{
    *out = NULL;
    if (file.len > SIGNATURE_MAX)
        return malformed(error, "the file is too long for one");
    cleat_sshsig *s = cl_alloc_zero(cl_ctx_env(ctx)->mem, sizeof *s);
    if (!s)
        return cl_fail(error, CLEAT_E_NOMEM, "out of memory");
    s->ctx = cleat_ctx_ref(ctx);
    s->arena.mem = cl_ctx_env(ctx)->mem;
    cleat_status st = cl_slice_starts(file, CL_SSHSIG_MAGIC) ? read_blob(s, file, error)
                                                             : read_armour(s, file, error);
    if (st == CLEAT_OK)
        *out = s;
    else
        cleat_sshsig_free(s);
    return st == CLEAT_E_NOMEM ? cl_fail(error, st, "out of memory") : st;
}

/* ---- verifying ---- */

cleat_status cl_sshsig_verify(const cleat_key *key, cleat_slice covered, cleat_slice signature,
                              cleat_error *err)
{
    cl_reader r = cl_reader_of(signature);
    cleat_slice name = cl_get_string(&r);
    const cl_sig_alg *alg = cl_sig_alg_find(name);
    if (!alg)
        return cl_fail(err, CLEAT_E_SIGNATURE, "the key's signature is of an unknown algorithm");
    if (alg->flags & CL_ALG_LEGACY)
        return cl_fail(err, CLEAT_E_SIGNATURE, "%s, with SHA-1, is too weak for signatures",
                       alg->name);
    return cl_key_verify(key, alg, covered, signature, err);
}

cleat_status cleat_sshsig_verify(const cleat_sshsig *sig, const char *name_space,
                                 cleat_slice digest, unsigned rsa_min_bits, cleat_error *error)
{
    const cleat_sshsig_facts *f = &sig->facts;
    if (strcmp(f->name_space, name_space) != 0)
        return cl_fail(error, CLEAT_E_SIGNATURE,
                       "the signature is for the namespace \"%.128s\", not for \"%.128s\"",
                       f->name_space, name_space);
    cleat_status st = cl_key_check(f->key, rsa_min_bits, error);
    if (st != CLEAT_OK)
        return st;
    cl_buf covered = CL_BUF(cl_ctx_env(sig->ctx)->mem);
    cl_sshsig_put_covered(&covered, f->name_space, sig->reserved, f->hash, digest);
    st = covered.status == CLEAT_OK
             ? cl_sshsig_verify(f->key, cl_buf_slice(&covered), sig->signature, error)
             : cl_fail(error, covered.status, "out of memory");
    cl_buf_free(&covered);
    return st;
}
