/* What a context holds, for the layers that work in it. */
#ifndef CL_ALG_CTX_H
#define CL_ALG_CTX_H

#include "../base/log.h"
#include "env.h"

#include <cleat/ctx.h>

/* Lives as long as the context. */
const cl_env *cl_ctx_env(const cleat_ctx *ctx);

/* The context's sink; level and connection id are the caller's to set. */
cl_logger cl_ctx_logger(const cleat_ctx *ctx);

/* Key exchange methods beside the registry's: rows ended by NULL, borrowed for the context's life.
 * Before the context is used; a policy may then name them. */
void cl_ctx_add_kex(cleat_ctx *ctx, const struct cl_kex_alg *const *rows);

#endif
