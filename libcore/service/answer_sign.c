/* Answering a connection's request for a signature with keys that are at hand. */
#include "../base/slice.h"

#include <cleat/key.h>

static const cleat_key *find(cleat_key *const *keys, size_t count, cleat_slice blob)
{
    for (size_t i = 0; i < count; i++) {
        if (cleat_slice_equal(cleat_key_blob(keys[i]), blob))
            return keys[i];
    }
    return NULL;
}

cleat_status cleat_answer_sign(cleat_conn *c, const cleat_event *ev, cleat_key *const *keys,
                               size_t count)
{
    cleat_bytes signature;
    const cleat_key *key = find(keys, count, ev->u.sign.key_blob);
    if (!key ||
        cleat_key_sign(key, ev->u.sign.algorithm, ev->u.sign.message, &signature, NULL) != CLEAT_OK)
        return cleat_answer_reject(c, ev->query);
    cleat_status st = cleat_answer_signature(c, ev->query, cl_slice(signature.data, signature.len));
    cleat_bytes_free(&signature);
    return st;
}
