/* %-tokens and ${NAME} in values. */
#include "../alg/ctx.h"
#include "../alg/hash.h"
#include "../base/alloc.h"
#include "../base/base64.h"
#include "../base/buf.h"
#include "../base/error.h"
#include "../base/slice.h"

#include <cleat/config.h>

enum { EXPANDED_MAX = 64 << 10 };

typedef struct expansion {
    const char *allowed;
    const cleat_config_token *tokens;
    size_t count;
    cleat_config_env env;
    void *env_user;
    cl_buf out;
} expansion;

static cleat_status put_token(expansion *x, char letter, cleat_error *error)
{
    if (letter == '%') {
        cl_buf_add_byte(&x->out, '%');
        return CLEAT_OK;
    }
    if (!letter)
        return cl_fail(error, CLEAT_E_CONFIG, "a %% ends the value; write %%%% for itself");
    if (!x->allowed || !strchr(x->allowed, letter))
        return cl_fail(error, CLEAT_E_CONFIG, "%%%c means nothing here", letter);
    for (size_t i = 0; i < x->count; i++) {
        if (x->tokens[i].letter != letter || !x->tokens[i].value)
            continue;
        cl_buf_add_text(&x->out, x->tokens[i].value);
        return CLEAT_OK;
    }
    return cl_fail(error, CLEAT_E_CONFIG, "%%%c is not known at this point", letter);
}

/* *at stands on "${" and goes behind the "}". */
static cleat_status put_variable(expansion *x, const char **at, cleat_error *error)
{
    char name[256];
    const char *from = *at + 2;
    const char *end = strchr(from, '}');
    size_t len = end ? (size_t)(end - from) : 0;
    if (len == 0 || len >= sizeof name)
        return cl_fail(error, CLEAT_E_CONFIG, "\"${\" without a name and \"}\"");
    memcpy(name, from, len);
    name[len] = 0;
    const char *value = x->env(x->env_user, name);
    if (!value)
        return cl_fail(error, CLEAT_E_CONFIG, "the environment has no %s", name);
    cl_buf_add_text(&x->out, value);
    *at = end + 1;
    return CLEAT_OK;
}

static cleat_status expand(expansion *x, const char *text, cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    while (*text && st == CLEAT_OK) {
        if (*text == '%' && x->allowed) {
            st = put_token(x, text[1], error);
            text += text[1] ? 2 : 1;
        } else if (x->env && text[0] == '$' && text[1] == '{') {
            st = put_variable(x, &text, error);
        } else {
            cl_buf_add_byte(&x->out, (uint8_t)*text++);
        }
    }
    return st == CLEAT_OK ? x->out.status : st;
}

cleat_status cleat_config_expand(char **out, const cleat_allocator *mem, const char *text,
                                 const char *allowed, const cleat_config_token *tokens,
                                 size_t count, cleat_config_env env, void *env_user,
                                 cleat_error *error)
{
    if (!mem)
        mem = &cl_alloc_default;
    expansion x = {.allowed = allowed,
                   .tokens = tokens,
                   .count = count,
                   .env = env,
                   .env_user = env_user,
                   .out = CL_BUF(mem)};
    x.out.max = EXPANDED_MAX;
    cleat_status st = expand(&x, text, error);
    *out = st == CLEAT_OK ? cl_alloc_text(mem, cl_buf_slice(&x.out)) : NULL;
    cl_buf_free(&x.out);
    return st == CLEAT_OK && !*out ? CLEAT_E_NOMEM : st;
}

cleat_status cleat_config_connection_id(cleat_ctx *ctx, const char *local_host, const char *host,
                                        const char *port, const char *user, const char *jump,
                                        char out[CLEAT_CONNECTION_ID_MAX])
{
    const cl_env *env = cl_ctx_env(ctx);
    uint8_t digest[CL_HASH_MAX];
    const cleat_slice parts[] = {cleat_slice_of(local_host), cleat_slice_of(host),
                                 cleat_slice_of(port), cleat_slice_of(user), cleat_slice_of(jump)};
    cleat_status st = cl_hash_once(env->hashes, CL_SHA1, parts, 5, digest);
    cl_buf hex = CL_BUF(env->mem);
    out[0] = 0;
    if (st == CLEAT_OK)
        cl_hex_encode(&hex, cl_slice(digest, cl_hash_len(CL_SHA1)));
    if (st == CLEAT_OK && hex.status == CLEAT_OK && hex.len < CLEAT_CONNECTION_ID_MAX) {
        memcpy(out, hex.data, hex.len);
        out[hex.len] = 0;
    }
    st = st == CLEAT_OK ? hex.status : st;
    cl_buf_free(&hex);
    return st;
}
