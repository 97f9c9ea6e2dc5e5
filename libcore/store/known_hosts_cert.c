/* known_hosts: which authorities may speak for a host. */
#include "../alg/ctx.h"
#include "../base/base64.h"
#include "../key/cert_openssh.h"
#include "known_hosts_int.h"

#include <cleat/store.h>

/* A revoked line counts whichever of them it holds. */
static bool is_one_of(cleat_slice blob, const cleat_slice *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cleat_slice_equal(blob, wanted[i]))
            return true;
    }
    return false;
}

static void judge(const cleat_cert *cert, cleat_host_line_kind kind, cleat_slice blob,
                  unsigned number, cleat_host_answer *answer)
{
    const cleat_slice parts[] = {cleat_key_blob(cert->authority), cleat_key_blob(cert->subject),
                                 cleat_cert_blob(cert)};
    bool authority = kind == CLEAT_HOST_LINE_AUTHORITY;
    bool revoked = !authority && is_one_of(blob, parts, 3);
    bool vouches = authority && is_one_of(blob, parts, 1);
    answer->authority = answer->authority || authority;
    if (answer->verdict == CLEAT_HOST_REVOKED || (answer->verdict == CLEAT_HOST_KNOWN && !revoked))
        return;
    if (revoked || vouches) {
        answer->verdict = revoked ? CLEAT_HOST_REVOKED : CLEAT_HOST_KNOWN;
        answer->line = number;
    }
}

static void judge_line(cl_host_search *search, const cleat_cert *cert, cleat_slice text,
                       unsigned number, cleat_host_answer *answer)
{
    cleat_slice names, key, type, base64;
    cleat_host_line_kind kind = cl_host_line_begin(text, &names, &key);
    if (kind != CLEAT_HOST_LINE_AUTHORITY && kind != CLEAT_HOST_LINE_REVOKED)
        return;
    if (!cl_host_search_is(search, names) || !cl_host_line_key(key, &type, &base64))
        return;
    cl_buf blob = CL_BUF(search->env->mem);
    if (cl_base64_decode(&blob, base64) == CLEAT_OK)
        judge(cert, kind, cl_buf_slice(&blob), number, answer);
    cl_buf_free(&blob);
}

cleat_status cleat_known_hosts_check_cert(cleat_ctx *ctx, cleat_slice file, const char *host,
                                          uint16_t port, const cleat_cert *cert,
                                          cleat_host_answer *answer)
{
    cl_host_search search;
    cleat_slice text;
    *answer = (cleat_host_answer){0};
    cleat_status st = cl_host_search_init(&search, cl_ctx_env(ctx), host, port);
    while (st == CLEAT_OK && cl_host_search_next(&search, &file, &text)) {
        judge_line(&search, cert, text, search.line, answer);
        st = search.status;
    }
    answer->lines = search.line;
    cl_host_search_free(&search);
    return st;
}
