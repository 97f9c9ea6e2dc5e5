/* The context: allocator, randomness, log sink and the crypto library's fetched objects. */
#include "ctx.h"

#include "../base/alloc.h"
#include "hash.h"

#include <openssl/rand.h>
#include <stdatomic.h>

struct cleat_ctx {
    atomic_uint references;
    cleat_allocator mem;
    cleat_random random;
    cleat_log_sink log;
    cl_hashes hashes;
    cl_env env;
};

static cleat_status openssl_fill(void *user, uint8_t *out, size_t len)
{
    return RAND_priv_bytes_ex(user, out, len, 0) == 1 ? CLEAT_OK : CLEAT_E_RANDOM;
}

const char *cleat_version(void)
{
    return "cleat " CLEAT_VERSION;
}

static void take_sources(cleat_ctx *ctx, const cleat_ctx_options *o)
{
    ctx->random = (cleat_random){
        .struct_size = sizeof ctx->random, .user = o->openssl_lib_ctx, .fill = openssl_fill};
    if (o->random)
        ctx->random = *o->random;
    if (o->log)
        ctx->log = *o->log;
    ctx->env = (cl_env){
        .mem = &ctx->mem,
        .random = &ctx->random,
        .lib = o->openssl_lib_ctx,
        .hashes = &ctx->hashes,
    };
}

cleat_status cleat_ctx_new(cleat_ctx **out, const cleat_ctx_options *options)
{
    cleat_ctx_options o = CLEAT_CTX_OPTIONS;
    *out = NULL;
    if (options && !cleat_options_import(&o, sizeof o, options))
        return CLEAT_E_BAD_CALL;
    const cleat_allocator *mem = o.allocator ? o.allocator : &cl_alloc_default;
    cleat_ctx *ctx = cl_alloc_zero(mem, sizeof *ctx);
    if (!ctx)
        return CLEAT_E_NOMEM;
    atomic_init(&ctx->references, 1);
    ctx->mem = *mem;
    take_sources(ctx, &o);
    cleat_status st = cl_hashes_init(&ctx->hashes, ctx->env.lib);
    if (st != CLEAT_OK) {
        cleat_ctx_unref(ctx);
        return st;
    }
    *out = ctx;
    return CLEAT_OK;
}

cleat_ctx *cleat_ctx_ref(cleat_ctx *ctx)
{
    atomic_fetch_add_explicit(&ctx->references, 1, memory_order_relaxed);
    return ctx;
}

void cleat_ctx_unref(cleat_ctx *ctx)
{
    if (!ctx || atomic_fetch_sub_explicit(&ctx->references, 1, memory_order_acq_rel) != 1)
        return;
    cleat_allocator mem = ctx->mem;
    cl_hashes_free(&ctx->hashes);
    cl_alloc_free(&mem, ctx);
}

const cl_env *cl_ctx_env(const cleat_ctx *ctx)
{
    return &ctx->env;
}

cl_logger cl_ctx_logger(const cleat_ctx *ctx)
{
    bool has = ctx->log.write != NULL;
    return (cl_logger){.sink = has ? &ctx->log : NULL, .level = has ? ctx->log.level : 0};
}

void cl_ctx_add_kex(cleat_ctx *ctx, const struct cl_kex_alg *const *rows)
{
    ctx->env.extra_kex = rows;
}
