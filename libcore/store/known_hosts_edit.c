/* Listing, adding, removing and hashing lines of known_hosts. */
#include "../alg/bytes.h"
#include "edit.h"
#include "known_hosts_int.h"

#include <assert.h>

static cleat_host_line line_of(cleat_slice text, unsigned number)
{
    cleat_host_line line = {.text = text, .number = number};
    line.kind = cl_host_line_begin(text, &line.names, &line.key);
    line.hashed = cl_host_names_hashed(line.names);
    return line;
}

static bool names_host(cl_host_search *search, const cleat_host_line *line)
{
    return line->kind != CLEAT_HOST_LINE_NONE && line->kind != CLEAT_HOST_LINE_UNREADABLE &&
           cl_host_search_is(search, line->names);
}

static void each_line(cleat_slice file, unsigned *lines, cleat_host_line_seen seen, void *user)
{
    cleat_slice text;
    while (cl_slice_line(&file, &text, NULL)) {
        const cleat_host_line line = line_of(text, ++*lines);
        if (line.kind != CLEAT_HOST_LINE_NONE)
            seen(user, &line);
    }
}

cleat_status cleat_known_hosts_each(cleat_ctx *ctx, cleat_slice file, const char *host,
                                    uint16_t port, unsigned *lines, cleat_host_line_seen seen,
                                    void *user)
{
    cl_host_search search;
    cleat_slice text;
    if (!host) {
        each_line(file, lines, seen, user);
        return CLEAT_OK;
    }
    cleat_status st = cl_host_search_init(&search, cl_ctx_env(ctx), host, port);
    search.line = *lines;
    while (st == CLEAT_OK && cl_host_search_next(&search, &file, &text)) {
        const cleat_host_line line = line_of(text, search.line);
        if (names_host(&search, &line))
            seen(user, &line);
        st = search.status;
    }
    *lines = search.line;
    cl_host_search_free(&search);
    return st;
}

cleat_status cleat_known_hosts_add(cleat_ctx *ctx, cleat_slice file, const char *host,
                                   uint16_t port, const cleat_key *key, bool hashed,
                                   cleat_bytes *out)
{
    char name[CL_HOST_NAME_MAX];
    *out = (cleat_bytes){0};
    if (!cl_host_full_name(name, host, port))
        return CLEAT_E_BAD_CALL;
    cl_edit e = cl_edit_of(cl_ctx_env(ctx)->mem, file);
    while (cl_edit_next(&e))
        ;
    cleat_status st = cl_host_line_put(cl_ctx_env(ctx), cl_edit_begin(&e), name, key, hashed);
    cl_edit_end(&e);
    return cl_edit_finish(&e, ctx, st, out);
}

cleat_status cleat_known_hosts_remove(cleat_ctx *ctx, cleat_slice file, const char *host,
                                      uint16_t port, cleat_host_line_seen seen, void *user,
                                      cleat_bytes *out)
{
    cl_host_search search;
    *out = (cleat_bytes){0};
    cleat_status st = cl_host_search_init(&search, cl_ctx_env(ctx), host, port);
    cl_edit e = cl_edit_of(cl_ctx_env(ctx)->mem, file);
    while (st == CLEAT_OK && cl_edit_next(&e)) {
        cleat_host_line line = line_of(e.line, e.number);
        bool goes = line.kind == CLEAT_HOST_LINE_KEY && names_host(&search, &line);
        st = search.status;
        if (!goes)
            continue;
        cl_edit_drop(&e);
        if (seen)
            seen(user, &line);
    }
    cl_host_search_free(&search);
    return cl_edit_finish(&e, ctx, st, out);
}

/* ---- hashing ---- */

/* Names are looked up in lower case, so they are hashed in it. False for what is not a name. */
static bool lower_name(char out[CL_HOST_NAME_MAX], cleat_slice name)
{
    char text[CL_HOST_NAME_MAX];
    if (name.len >= sizeof text || memchr(name.data, 0, name.len))
        return false;
    memcpy(text, name.data, name.len);
    text[name.len] = 0;
    return cl_host_full_name(out, text, 22);
}

static bool can_be_hashed(const cleat_host_line *line)
{
    cleat_slice rest = line->names;
    cleat_slice name;
    char lower[CL_HOST_NAME_MAX];
    if (line->kind != CLEAT_HOST_LINE_KEY || line->hashed)
        return false;
    while (cl_slice_split(&rest, ',', &name)) {
        if (!lower_name(lower, name))
            return false;
    }
    return true;
}

static cleat_status hash_line(const cl_env *env, cl_edit *e, const cleat_host_line *line)
{
    cleat_slice rest = line->names;
    cleat_slice name;
    char lower[CL_HOST_NAME_MAX];
    cleat_status st = CLEAT_OK;
    cl_edit_drop(e);
    while (st == CLEAT_OK && cl_slice_split(&rest, ',', &name)) {
        cl_buf *out = cl_edit_begin(e);
        bool is_name = lower_name(lower, name);
        assert(is_name);
        (void)is_name;
        st = cl_host_put_hashed(env, out, cleat_slice_of(lower));
        cl_buf_add_byte(out, ' ');
        cl_buf_add_slice(out, line->key);
        cl_edit_end(e);
    }
    return st;
}

cleat_status cleat_known_hosts_hash(cleat_ctx *ctx, cleat_slice file, cleat_host_line_seen seen,
                                    void *user, cleat_bytes *out)
{
    cleat_status st = CLEAT_OK;
    const cl_env *env = cl_ctx_env(ctx);
    cl_edit e = cl_edit_of(env->mem, file);
    *out = (cleat_bytes){0};
    while (st == CLEAT_OK && cl_edit_next(&e)) {
        cleat_host_line line = line_of(e.line, e.number);
        if (can_be_hashed(&line))
            st = hash_line(env, &e, &line);
        else if (seen && (line.kind == CLEAT_HOST_LINE_UNREADABLE ||
                          (!line.hashed && cl_host_names_have_pattern(line.names))))
            seen(user, &line);
    }
    return cl_edit_finish(&e, ctx, st, out);
}
