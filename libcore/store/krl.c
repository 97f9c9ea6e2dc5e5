/* Asking a key revocation list. */
#include "krl.h"

#include "../alg/hash.h"
#include "krl_walk.h"

/* What is looked for: a key or a certificate's authority, with both hashes of its blob. */
typedef struct sought_key {
    cleat_slice blob;
    uint8_t sha1[20], sha256[32];
} sought_key;

typedef struct question {
    sought_key keys[2];
    size_t key_count;
    const cleat_cert *cert; /* NULL: a plain key */
    bool revoked;
} question;

static cleat_status seek(question *q, const cl_env *env, const cleat_key *key)
{
    sought_key *k = &q->keys[q->key_count++];
    k->blob = cleat_key_blob(key);
    cleat_status st = cl_hash_once(env->hashes, CL_SHA1, &k->blob, 1, k->sha1);
    return st == CLEAT_OK ? cl_hash_once(env->hashes, CL_SHA256, &k->blob, 1, k->sha256) : st;
}

static cleat_slice part_of(const sought_key *k, cleat_krl_kind kind)
{
    if (kind == CLEAT_KRL_SHA1)
        return cl_slice(k->sha1, sizeof k->sha1);
    return kind == CLEAT_KRL_SHA256 ? cl_slice(k->sha256, sizeof k->sha256) : k->blob;
}

static bool is_key(const question *q, const cleat_krl_entry *e)
{
    for (size_t i = 0; i < q->key_count; i++) {
        if (cleat_slice_equal(e->data, part_of(&q->keys[i], e->kind)))
            return true;
    }
    return false;
}

static bool by_authority(const question *q, const cleat_krl_entry *e)
{
    return q->cert && (!e->authority.len ||
                       cleat_slice_equal(e->authority, cleat_key_blob(q->cert->authority)));
}

static bool is_meant(const question *q, const cleat_krl_entry *e)
{
    switch (e->kind) {
    case CLEAT_KRL_KEY:
    case CLEAT_KRL_SHA1:
    case CLEAT_KRL_SHA256:
        return is_key(q, e);
    case CLEAT_KRL_SERIALS: /* number 0 stands for none, so no list means it */
        return by_authority(q, e) && q->cert->facts.serial && q->cert->facts.serial >= e->first &&
               q->cert->facts.serial <= e->last;
    case CLEAT_KRL_KEY_ID:
        return by_authority(q, e) && cl_slice_is(e->data, q->cert->facts.key_id);
    case CLEAT_KRL_CERT_EXTENSION:
    case CLEAT_KRL_EXTENSION:
        return false;
    }
    return false;
}

/* Goes on to the end even when the answer is known: a damaged list must not be trusted for half of
 * what it says. */
static cleat_status take(void *user, const cleat_krl_entry *entry)
{
    question *q = user;
    q->revoked = q->revoked || is_meant(q, entry);
    return CLEAT_OK;
}

cleat_status cl_krl_check(const cl_env *env, cleat_slice file, const cleat_key *key,
                          const cleat_cert *cert, bool *revoked)
{
    question q = {.cert = cert};
    *revoked = false;
    cleat_status st = seek(&q, env, key);
    if (st == CLEAT_OK && cert)
        st = seek(&q, env, cert->authority);
    if (st == CLEAT_OK)
        st = cl_krl_walk(file, NULL, take, &q, NULL);
    *revoked = q.revoked;
    return st;
}
