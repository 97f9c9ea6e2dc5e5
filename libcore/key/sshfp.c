/* What a host's key is in the DNS (RFC 4255). */
#include "key.h"

#include "../alg/hash.h"

cleat_status cleat_key_sshfp(const cleat_key *key, cleat_sshfp_hash hash, cleat_sshfp *out)
{
    cl_hash_id id = hash == CLEAT_SSHFP_SHA1 ? CL_SHA1 : CL_SHA256;
    cleat_slice blob = cleat_key_blob(key);
    *out = (cleat_sshfp){.algorithm = key->type->sshfp, .hash = hash, .len = cl_hash_len(id)};
    if (!out->algorithm || (hash != CLEAT_SSHFP_SHA1 && hash != CLEAT_SSHFP_SHA256))
        return CLEAT_E_UNSUPPORTED;
    return cl_hash_once(key->env->hashes, id, &blob, 1, out->digest);
}
