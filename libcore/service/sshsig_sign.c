/* Making SSHSIG signatures (PROTOCOL.sshsig). */
#include "../alg/alg.h"
#include "../alg/bytes.h"
#include "../alg/ctx.h"
#include "../base/error.h"
#include "../key/armour.h"
#include "../wire/writer.h"
#include "sshsig.h"

enum { ARMOUR_COLUMNS = 70 };

static const char *hash_of(const cleat_sshsig_subject *subject)
{
    return subject->hash ? subject->hash : "sha512";
}

static cleat_status check_subject(const cleat_sshsig_subject *subject, cleat_error *err)
{
    cl_hash_id id;
    if (!subject->name_space || !*subject->name_space)
        return cl_fail(err, CLEAT_E_BAD_CALL, "a signature needs a namespace");
    if (!cl_sshsig_hash(cleat_slice_of(hash_of(subject)), &id))
        return cl_fail(err, CLEAT_E_BAD_CALL, "signatures are not made with \"%.64s\"",
                       subject->hash);
    if (subject->digest.len != cl_hash_len(id))
        return cl_fail(err, CLEAT_E_BAD_CALL, "a digest of %s has %zu bytes, not %zu",
                       hash_of(subject), cl_hash_len(id), subject->digest.len);
    return CLEAT_OK;
}

static cleat_status check_signer(const cleat_key *key, const cleat_cert *cert, cleat_error *err)
{
    if (cert && !cleat_key_equal(cleat_cert_key(cert), key))
        return cl_fail(err, CLEAT_E_BAD_CALL, "the certificate is for another key");
    return cl_key_check(key, 0, err);
}

void cl_sshsig_put_covered(cl_buf *out, const char *name_space, cleat_slice reserved,
                           const char *hash, cleat_slice digest)
{
    cl_buf_add_text(out, CL_SSHSIG_MAGIC);
    cl_put_cstring(out, name_space);
    cl_put_string(out, reserved);
    cl_put_cstring(out, hash);
    cl_put_string(out, digest);
}

static cleat_status cover(cl_buf *out, const cleat_sshsig_subject *subject, cleat_error *err)
{
    cleat_status st = check_subject(subject, err);
    if (st != CLEAT_OK)
        return st;
    cl_sshsig_put_covered(out, subject->name_space, CL_SLICE_EMPTY, hash_of(subject),
                          subject->digest);
    return out->status == CLEAT_OK ? out->status : cl_fail(err, out->status, "out of memory");
}

/* Ends a public call that came to `st`. */
static cleat_status hand_over(cleat_bytes *out, cleat_ctx *ctx, cl_buf *buf, cleat_status st,
                              cleat_error *error)
{
    if (st == CLEAT_OK) {
        st = cl_bytes_from_buf(out, ctx, buf);
        return st == CLEAT_OK ? st : cl_fail(error, st, "%s", cleat_status_text(st));
    }
    cl_buf_free(buf);
    return st;
}

cleat_status cleat_sshsig_covered(cleat_bytes *out, cleat_ctx *ctx,
                                  const cleat_sshsig_subject *subject, cleat_error *error)
{
    *out = (cleat_bytes){0};
    cl_buf covered = CL_BUF(cl_ctx_env(ctx)->mem);
    cleat_status st = cover(&covered, subject, error);
    return hand_over(out, ctx, &covered, st, error);
}

static void put_signature(cl_buf *out, const cleat_key *key, const cleat_cert *cert,
                          const cleat_sshsig_subject *subject, cleat_slice signature)
{
    cl_buf_add_text(out, CL_SSHSIG_MAGIC);
    cl_put_u32(out, CL_SSHSIG_VERSION);
    cl_put_string(out, cert ? cleat_cert_blob(cert) : cleat_key_blob(key));
    cl_put_cstring(out, subject->name_space);
    cl_put_string(out, CL_SLICE_EMPTY); /* reserved */
    cl_put_cstring(out, hash_of(subject));
    cl_put_string(out, signature);
}

/* What came back is verified, as a signer may answer with anything, and a processor may err. */
static cleat_status build(cl_buf *out, const cleat_key *key, const cleat_cert *cert,
                          const cleat_sshsig_subject *subject, cleat_slice signature,
                          cleat_error *err)
{
    cl_buf covered = CL_BUF(key->env->mem);
    cleat_status st = check_signer(key, cert, err);
    if (st == CLEAT_OK)
        st = cover(&covered, subject, err);
    if (st == CLEAT_OK)
        st = cl_sshsig_verify(key, cl_buf_slice(&covered), signature, err);
    cl_buf_free(&covered);
    if (st == CLEAT_OK)
        put_signature(out, key, cert, subject, signature);
    return st;
}

cleat_status cleat_sshsig_build(cleat_bytes *out, const cleat_key *key, const cleat_cert *cert,
                                const cleat_sshsig_subject *subject, cleat_slice signature,
                                cleat_error *error)
{
    *out = (cleat_bytes){0};
    cl_buf blob = CL_BUF(key->env->mem);
    cleat_status st = build(&blob, key, cert, subject, signature, error);
    return hand_over(out, key->ctx, &blob, st, error);
}

static cleat_status sign(cl_buf *signature, const cleat_key *key, const char *algorithm,
                         const cleat_sshsig_subject *subject, cleat_error *err)
{
    const char *name = cleat_key_pick_algorithm(key, algorithm, NULL);
    const cl_sig_alg *alg = name ? cl_sig_alg_find(cleat_slice_of(name)) : NULL;
    if (!alg || (alg->flags & CL_ALG_LEGACY))
        return cl_fail(err, CLEAT_E_BAD_CALL, "a %s key does not sign messages with \"%.64s\"",
                       key->type->name, algorithm ? algorithm : "");
    cl_buf covered = CL_BUF(key->env->mem);
    cleat_status st = cover(&covered, subject, err);
    if (st == CLEAT_OK)
        st = cl_key_sign(key, alg, cl_buf_slice(&covered), signature, err);
    cl_buf_free(&covered);
    return st;
}

cleat_status cleat_sshsig_sign(cleat_bytes *out, const cleat_key *key, const cleat_cert *cert,
                               const char *algorithm, const cleat_sshsig_subject *subject,
                               cleat_error *error)
{
    *out = (cleat_bytes){0};
    cl_buf signature = CL_BUF(key->env->mem);
    cl_buf blob = CL_BUF(key->env->mem);
    cleat_status st = check_signer(key, cert, error);
    if (st == CLEAT_OK)
        st = sign(&signature, key, algorithm, subject, error);
    if (st == CLEAT_OK)
        st = build(&blob, key, cert, subject, cl_buf_slice(&signature), error);
    cl_buf_free(&signature);
    return hand_over(out, key->ctx, &blob, st, error);
}

cleat_status cleat_sshsig_armour(cleat_bytes *out, cleat_ctx *ctx, cleat_slice signature)
{
    cl_buf text = CL_BUF(cl_ctx_env(ctx)->mem);
    cl_armour_encode(&text, CL_SSHSIG_LABEL, signature, ARMOUR_COLUMNS);
    return cl_bytes_from_buf(out, ctx, &text);
}
