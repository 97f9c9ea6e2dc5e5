/* Compression (RFC 4253 §6.2): one zlib stream a direction, flushed at the end of each packet. */
#include "../base/alloc.h"
#include "rows.h"

#include <zlib.h>

enum { LEVEL = 6, STEP = 4096 };

struct cl_deflate {
    const cl_env *env;
    z_stream z;
};

struct cl_inflate {
    const cl_env *env;
    z_stream z;
};

static void *take(void *env, unsigned count, unsigned size)
{
    return cl_alloc_array(((const cl_env *)env)->mem, count, size);
}

static void give(void *env, void *block)
{
    cl_alloc_free(((const cl_env *)env)->mem, block);
}

/* zlib hands its opaque pointer back untouched and never writes through it. */
static void set_memory(z_stream *z, const cl_env *env)
{
    union {
        const cl_env *in;
        void *out;
    } opaque = {.in = env};
    z->opaque = opaque.out;
    z->zalloc = take;
    z->zfree = give;
}

/* zlib's input pointer is not const, though it only reads. */
static void set_input(z_stream *z, cleat_slice data)
{
    union {
        const uint8_t *in;
        uint8_t *out;
    } at = {.in = data.data};
    z->next_in = at.out;
    z->avail_in = (unsigned)data.len;
}

static cleat_status deflate_new(const cl_env *env, cl_deflate **out)
{
    *out = cl_alloc_zero(env->mem, sizeof **out);
    if (!*out)
        return CLEAT_E_NOMEM;
    (*out)->env = env;
    set_memory(&(*out)->z, env);
    if (deflateInit(&(*out)->z, LEVEL) == Z_OK)
        return CLEAT_OK;
    cl_alloc_free(env->mem, *out);
    *out = NULL;
    return CLEAT_E_NOMEM;
}

static cleat_status inflate_new(const cl_env *env, cl_inflate **out)
{
    *out = cl_alloc_zero(env->mem, sizeof **out);
    if (!*out)
        return CLEAT_E_NOMEM;
    (*out)->env = env;
    set_memory(&(*out)->z, env);
    if (inflateInit(&(*out)->z) == Z_OK)
        return CLEAT_OK;
    cl_alloc_free(env->mem, *out);
    *out = NULL;
    return CLEAT_E_NOMEM;
}

/* Compresses what is set as input, all of it, with this flush. */
static cleat_status squeeze(cl_deflate *d, int flush, cl_buf *out)
{
    do {
        cl_buf_reserve(out, STEP);
        if (out->status != CLEAT_OK)
            return out->status;
        d->z.next_out = out->data + out->len;
        d->z.avail_out = STEP;
        int e = deflate(&d->z, flush);
        if (e != Z_OK && e != Z_BUF_ERROR)
            return CLEAT_E_COMPRESSION;
        out->len += STEP - d->z.avail_out;
    } while (d->z.avail_out == 0);
    return CLEAT_OK;
}

cleat_status cl_deflate_run(cl_deflate *d, const cleat_slice *parts, size_t count, cl_buf *out)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < count && st == CLEAT_OK; i++) {
        set_input(&d->z, parts[i]);
        st = squeeze(d, i + 1 == count ? Z_PARTIAL_FLUSH : Z_NO_FLUSH, out);
    }
    return st;
}

/* A few bytes can expand a thousandfold: max is checked at every step. */
cleat_status cl_inflate_run(cl_inflate *z, cleat_slice data, size_t max, cl_buf *out)
{
    set_input(&z->z, data);
    for (;;) {
        if (out->len > max)
            return CLEAT_E_COMPRESSION;
        cl_buf_reserve(out, STEP);
        if (out->status != CLEAT_OK)
            return out->status;
        z->z.next_out = out->data + out->len;
        z->z.avail_out = STEP;
        int e = inflate(&z->z, Z_SYNC_FLUSH);
        out->len += STEP - z->z.avail_out;
        if (e == Z_BUF_ERROR)
            return out->len <= max ? CLEAT_OK : CLEAT_E_COMPRESSION;
        if (e != Z_OK)
            return e == Z_MEM_ERROR ? CLEAT_E_NOMEM : CLEAT_E_COMPRESSION;
    }
}

void cl_deflate_free(cl_deflate *d)
{
    if (!d)
        return;
    deflateEnd(&d->z);
    cl_alloc_free(d->env->mem, d);
}

void cl_inflate_free(cl_inflate *z)
{
    if (!z)
        return;
    inflateEnd(&z->z);
    cl_alloc_free(z->env->mem, z);
}

const cl_comp_alg cl_comp_none = {.name = "none", .flags = CL_ALG_DEFAULT};

const cl_comp_alg cl_comp_zlib_delayed = {
    .name = "zlib@openssh.com",
    .flags = CL_ALG_DEFAULT | CL_COMP_DELAYED,
    .deflate_new = deflate_new,
    .inflate_new = inflate_new,
};

const cl_comp_alg cl_comp_zlib = {
    .name = "zlib", .flags = 0, .deflate_new = deflate_new, .inflate_new = inflate_new};
