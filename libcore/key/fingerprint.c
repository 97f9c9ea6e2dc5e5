/* Fingerprints: a hash of the public key blob, as people compare it. */
#include "fingerprint.h"

#include "../alg/hash.h"
#include "../base/base64.h"

#include <string.h>

static void put_md5(cl_buf *text, cleat_slice digest)
{
    cl_buf_add_text(text, "MD5");
    for (size_t i = 0; i < digest.len; i++)
        cl_buf_printf(text, ":%02x", digest.data[i]);
}

static void put_sha256(cl_buf *text, cleat_slice digest)
{
    cl_buf_add_text(text, "SHA256:");
    cl_base64_encode(text, digest, false);
}

cleat_status cl_fingerprint(const cl_env *env, cleat_slice blob, cleat_fingerprint_hash hash,
                            char out[CLEAT_FINGERPRINT_MAX])
{
    uint8_t digest[CL_HASH_MAX];
    bool md5 = hash == CLEAT_FINGERPRINT_MD5;
    cl_hash_id id = md5 ? CL_MD5 : CL_SHA256;
    out[0] = 0;
    cleat_status st = cl_hash_once(env->hashes, id, &blob, 1, digest);
    if (st != CLEAT_OK)
        return st;
    cl_buf text = CL_BUF(env->mem);
    text.max = CLEAT_FINGERPRINT_MAX;
    (md5 ? put_md5 : put_sha256)(&text, cl_slice(digest, cl_hash_len(id)));
    st = text.status;
    if (st == CLEAT_OK) {
        memcpy(out, text.data, text.len);
        out[text.len] = 0;
    }
    cl_buf_free(&text);
    return st;
}
