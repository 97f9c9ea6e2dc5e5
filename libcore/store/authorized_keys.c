/* authorized_keys: which key may log in, and what it may do then. */
#include "../alg/bytes.h"
#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/compat.h"
#include "authorized_int.h"

static cleat_status new_options(const cleat_allocator *mem, unsigned line,
                                cleat_key_options *options)
{
    *options = (cleat_key_options){.line = line};
    options->memory = cl_alloc_zero(mem, sizeof *options->memory);
    if (!options->memory)
        return CLEAT_E_NOMEM;
    options->memory->mem = mem;
    options->memory->arena.mem = mem;
    options->environment = options->memory->environment;
    options->permit_open = options->memory->permit_open;
    options->permit_listen = options->memory->permit_listen;
    return CLEAT_OK;
}

void cleat_key_options_free(cleat_key_options *options)
{
    if (options->memory) {
        const cleat_allocator *mem = options->memory->mem;
        cl_arena_free(&options->memory->arena);
        cl_alloc_free(mem, options->memory);
    }
    *options = (cleat_key_options){0};
}

const char *cl_key_line_keep(cl_key_line *l, cleat_slice text)
{
    return cl_arena_text(&l->options->memory->arena, text);
}

static void tell(cl_buf *out, const char *file_name, const cl_key_line *l)
{
    cl_buf_printf(out, "%s line %u: ", file_name, l->options->line);
    if (l->unknown.len)
        cl_buf_printf(out, "the option %.*s is unknown or not supported\n",
                      CL_TEXT_ARG(l->unknown));
    else
        cl_buf_printf(out, "%s\n", l->refusal);
}

/* ---- the search ---- */

typedef struct search_run {
    const cl_key_search *search;
    const char *file_name;
    const cleat_allocator *mem;
    cleat_key_options *options;
    cl_buf problems;
} search_run;

/* A line that is about what is looked for: CLEAT_OK when it may be used. */
static cleat_status judge_line(search_run *r, unsigned number, cleat_slice options,
                               cleat_slice subject)
{
    cl_key_line l = r->search->line;
    cleat_status st = new_options(r->mem, number, r->options);
    if (st != CLEAT_OK)
        return st;
    l.options = r->options;
    cl_key_options_read(&l, options);
    bool found = r->search->judge(&l, subject);
    if (found && l.options->verify_required && !cleat_key_security(l.subject, NULL))
        l.refusal = "verify-required asks for what only a security key attests";
    if (found && l.refusal)
        tell(&r->problems, r->file_name, &l);
    if (found && !l.refusal)
        return r->options->memory->arena.status;
    cleat_key_options_free(r->options);
    return CLEAT_E_NO_SUCH;
}

static cleat_status read_lines(search_run *r, cleat_slice file)
{
    cleat_slice line;
    cleat_slice options;
    cleat_slice subject;
    unsigned number = r->search->line.peer->lines;
    cleat_status st = CLEAT_E_NO_SUCH;
    while (st == CLEAT_E_NO_SUCH && cl_slice_line(&file, &line, NULL)) {
        number++;
        if (r->search->is_about(r->search, line, &options, &subject))
            st = judge_line(r, number, options, subject);
    }
    return st;
}

cleat_status cl_key_search_run(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                               const cl_key_search *search, cleat_key_options *options,
                               cleat_bytes *problems)
{
    search_run r = {
        .search = search, .file_name = file_name, .mem = cl_ctx_env(ctx)->mem, .options = options};
    r.problems = CL_BUF(r.mem);
    *options = (cleat_key_options){0};
    cleat_status st = read_lines(&r, file);
    if (!problems) {
        cl_buf_free(&r.problems);
        return st;
    }
    cleat_status taken = cl_bytes_from_buf(problems, ctx, &r.problems);
    return taken == CLEAT_OK ? st : taken;
}

/* ---- keys ---- */

/* Whether any line can be about the key: the end of its text is no other's, and is soon found not
 * to be there. */
static bool has_key(cleat_slice file, const cl_key_text *text)
{
    enum { ENOUGH = 40 };
    cleat_slice base64 = cl_buf_slice(&text->base64);
    size_t from = base64.len > ENOUGH ? base64.len - ENOUGH : 0;
    return cl_slice_has(file, cl_slice_cut(base64, from, base64.len));
}

static bool is_about_key(const cl_key_search *search, cleat_slice line, cleat_slice *options,
                         cleat_slice *key)
{
    return cl_key_line_split(line, options, key) && cl_key_text_is(&search->key, *key);
}

cleat_status cl_key_search_keys(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                                const cleat_key *key, cl_key_search *search,
                                cleat_key_options *options, cleat_bytes *problems)
{
    search->is_about = is_about_key;
    *options = (cleat_key_options){0};
    cleat_status st = cl_key_text_of(&search->key, cl_ctx_env(ctx)->mem, key);
    if (st == CLEAT_OK && !has_key(file, &search->key))
        file.len = 0;
    if (st == CLEAT_OK)
        st = cl_key_search_run(ctx, file, file_name, search, options, problems);
    cl_key_text_free(&search->key);
    return st;
}

static bool judge_plain_key(cl_key_line *l, cleat_slice key)
{
    (void)key;
    if (l->authority)
        return false;
    if (l->principals)
        l->refusal = "principals without cert-authority";
    return true;
}

cleat_status cleat_authorized_keys_find(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                                        const cleat_key *key, const cleat_key_peer *peer,
                                        cleat_key_options *options, cleat_bytes *problems)
{
    cl_key_search search = {.line = {.subject = key, .peer = peer}, .judge = judge_plain_key};
    return cl_key_search_keys(ctx, file, file_name, key, &search, options, problems);
}
