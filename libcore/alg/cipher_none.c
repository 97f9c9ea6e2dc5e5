/* The state of a connection before its first NEWKEYS: packets in the clear (RFC 4253 §6). Also
 * frees every other kind of protection. */
#include "alg.h"

#include "../base/alloc.h"
#include "../wire/writer.h"
#include "cipher_evp.h"

#include <string.h>

enum { BLOCK = 8 }; /* RFC 4253 §6: the larger of the cipher's block and 8 */

static cleat_status copy_parts(cl_seal *s, uint32_t seq, const cleat_slice *parts, size_t count,
                               uint8_t *out)
{
    (void)s;
    (void)seq;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len)
            memcpy(out, parts[i].data, parts[i].len);
        out += parts[i].len;
    }
    return CLEAT_OK;
}

static void free_seal(cl_seal *s)
{
    cl_alloc_free(s->env->mem, s);
}

static cleat_status clear_length(cl_open *o, uint32_t seq, uint8_t *head, uint32_t *packet_length)
{
    (void)o;
    (void)seq;
    *packet_length = cl_load_u32(head);
    return CLEAT_OK;
}

static cleat_status accept(cl_open *o, uint32_t seq, uint8_t *packet, size_t len)
{
    (void)o;
    (void)seq;
    (void)packet;
    (void)len;
    return CLEAT_OK;
}

static void free_open(cl_open *o)
{
    cl_alloc_free(o->env->mem, o);
}

static const cl_seal_ops seal_ops = {.seal = copy_parts, .free = free_seal};
static const cl_open_ops open_ops = {.length = clear_length, .open = accept, .free = free_open};

cleat_status cl_seal_none_new(const cl_env *env, cl_seal **out)
{
    cl_seal *s = cl_alloc_zero(env->mem, sizeof *s);
    *out = s;
    if (!s)
        return CLEAT_E_NOMEM;
    *s = (cl_seal){.ops = &seal_ops, .env = env, .block = BLOCK};
    return CLEAT_OK;
}

cleat_status cl_open_none_new(const cl_env *env, cl_open **out)
{
    cl_open *o = cl_alloc_zero(env->mem, sizeof *o);
    *out = o;
    if (!o)
        return CLEAT_E_NOMEM;
    *o = (cl_open){.ops = &open_ops, .env = env, .block = BLOCK, .head_len = CL_LENGTH_SIZE};
    return CLEAT_OK;
}

void cl_seal_free(cl_seal *s)
{
    if (s)
        s->ops->free(s);
}

void cl_open_free(cl_open *o)
{
    if (o)
        o->ops->free(o);
}
