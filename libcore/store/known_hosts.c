/* known_hosts: which key is whose. */
#include "../alg/bytes.h"
#include "../base/base64.h"
#include "../key/key.h"
#include "../wire/namelist.h"
#include "known_hosts_int.h"

#include <cleat/store.h>
#include <stdio.h>

/* One line that names the host. */
typedef struct entry {
    bool revoked, authority;
    cleat_slice type, base64;
    unsigned number;
} entry;

static void note_type(cleat_host_answer *answer, cleat_slice type)
{
    size_t used = strlen(answer->key_types);
    if (cl_namelist_has(cleat_slice_of(answer->key_types), type))
        return;
    if (used + type.len + 2 < sizeof answer->key_types)
        snprintf(answer->key_types + used, sizeof answer->key_types - used, "%s%.*s",
                 used ? "," : "", (int)type.len, (const char *)type.data);
}

static void note_types(cleat_host_answer *answer, cleat_slice types)
{
    cleat_slice type;
    while (cl_slice_split(&types, ',', &type))
        note_type(answer, type);
}

/* Revoked counts more than known, and that more than changed; of the same, the first line. */
void cleat_host_answer_add(cleat_host_answer *all, const cleat_host_answer *piece)
{
    static const int weight[] = {[CLEAT_HOST_NEW] = 0,
                                 [CLEAT_HOST_CHANGED] = 1,
                                 [CLEAT_HOST_KNOWN] = 2,
                                 [CLEAT_HOST_REVOKED] = 3};
    if (weight[piece->verdict] > weight[all->verdict]) {
        all->verdict = piece->verdict;
        all->line = all->lines + piece->line;
    }
    note_types(all, cleat_slice_of(piece->key_types));
    all->authority = all->authority || piece->authority;
    all->lines += piece->lines;
}

static void judge(cleat_host_answer *answer, const entry *e, bool same, bool same_type)
{
    cleat_host_verdict verdict = answer->verdict;
    if (e->revoked)
        verdict = same ? CLEAT_HOST_REVOKED : verdict;
    else if (verdict != CLEAT_HOST_REVOKED && same)
        verdict = CLEAT_HOST_KNOWN;
    else if (verdict == CLEAT_HOST_NEW && same_type)
        verdict = CLEAT_HOST_CHANGED;
    if (verdict != answer->verdict)
        answer->line = e->number;
    answer->verdict = verdict;
}

/* False for a line whose key cannot be read; it counts as if it were not there. */
static bool judge_entry(const cl_env *env, const entry *e, const cleat_key *key,
                        cleat_host_answer *answer)
{
    cl_buf blob = CL_BUF(env->mem);
    bool readable = cl_base64_decode(&blob, e->base64) == CLEAT_OK;
    if (readable && key)
        judge(answer, e, cleat_slice_equal(cl_buf_slice(&blob), cleat_key_blob(key)),
              cl_slice_is(e->type, cleat_key_type(key)));
    if (readable && !e->revoked)
        note_type(answer, e->type);
    cl_buf_free(&blob);
    return readable;
}

static bool take_entry(const cl_env *env, const entry *e, const cleat_key *key,
                       cleat_host_answer *answer)
{
    answer->authority = answer->authority || e->authority;
    return e->authority || judge_entry(env, e, key, answer);
}

static bool names_host(cl_host_search *search, cleat_slice text, entry *e)
{
    cleat_slice names;
    cleat_slice key;
    cleat_host_line_kind kind = cl_host_line_begin(text, &names, &key);
    e->revoked = kind == CLEAT_HOST_LINE_REVOKED;
    e->authority = kind == CLEAT_HOST_LINE_AUTHORITY;
    return (kind == CLEAT_HOST_LINE_KEY || e->revoked || e->authority) &&
           cl_host_search_is(search, names) && cl_host_line_key(key, &e->type, &e->base64);
}

cleat_status cleat_known_hosts_check(cleat_ctx *ctx, cleat_slice file, const char *host,
                                     uint16_t port, const cleat_key *key, cleat_host_answer *answer)
{
    const cl_env *env = cl_ctx_env(ctx);
    cl_logger log = cl_ctx_logger(ctx);
    cl_host_search search;
    cleat_slice text;
    entry e = {0};
    *answer = (cleat_host_answer){0};
    cleat_status st = cl_host_search_init(&search, env, host, port);
    while (st == CLEAT_OK && cl_host_search_next(&search, &file, &text)) {
        e.number = search.line;
        if (names_host(&search, text, &e) && !take_entry(env, &e, key, answer))
            cl_log(&log, CLEAT_LOG_DEBUG1, "known_hosts", "line %u: not base64", e.number);
        st = search.status;
    }
    answer->lines = search.line;
    cl_host_search_free(&search);
    return st;
}

cleat_status cleat_known_hosts_line(cleat_ctx *ctx, const char *host, uint16_t port,
                                    const cleat_key *key, bool hashed, cleat_bytes *out)
{
    const cl_env *env = cl_ctx_env(ctx);
    char name[CL_HOST_NAME_MAX];
    cl_buf line = CL_BUF(env->mem);
    *out = (cleat_bytes){0};
    if (!cl_host_full_name(name, host, port))
        return CLEAT_E_BAD_CALL;
    cleat_status st = cl_host_line_put(env, &line, name, key, hashed);
    cl_buf_add_byte(&line, '\n');
    if (st == CLEAT_OK)
        return cl_bytes_from_buf(out, ctx, &line);
    cl_buf_free(&line);
    return st;
}
