/* known_hosts: which X.509 certificates a host may show, and which nobody may. */
#include "../base/base64.h"
#include "../key/key.h"
#include "known_hosts_int.h"
#include "x509_line.h"

#include <cleat/store.h>

/* A plain key that is revoked is so in a certificate, too. */
static bool revokes(const cleat_x509 *chain, cleat_slice key)
{
    cleat_slice type, base64;
    if (cl_x509_line_is(key))
        return cl_x509_line_revokes(chain, key);
    if (!cl_host_line_key(key, &type, &base64))
        return false;
    cl_buf blob = CL_BUF(chain->env->mem);
    bool same = cl_base64_decode(&blob, base64) == CLEAT_OK &&
                cleat_slice_equal(cl_buf_slice(&blob), cleat_key_blob(chain->key));
    cl_buf_free(&blob);
    return same;
}

static cleat_host_verdict verdict_of(const cleat_x509 *chain, cleat_host_line_kind kind,
                                     cleat_slice key)
{
    if (kind == CLEAT_HOST_LINE_REVOKED)
        return revokes(chain, key) ? CLEAT_HOST_REVOKED : CLEAT_HOST_NEW;
    if (kind != CLEAT_HOST_LINE_KEY || !cl_x509_line_is(key))
        return CLEAT_HOST_NEW;
    return cl_x509_line_names(chain, key) ? CLEAT_HOST_KNOWN : CLEAT_HOST_CHANGED;
}

cleat_status cleat_known_hosts_check_x509(cleat_ctx *ctx, cleat_slice file, const char *host,
                                          uint16_t port, const cleat_x509 *chain,
                                          cleat_host_answer *answer)
{
    cl_host_search search;
    cleat_slice text, names, key;
    *answer = (cleat_host_answer){0};
    cleat_status st = cl_host_search_init(&search, cl_ctx_env(ctx), host, port);
    while (st == CLEAT_OK && cl_host_search_next(&search, &file, &text)) {
        cleat_host_answer one = {.line = search.line};
        cleat_host_line_kind kind = cl_host_line_begin(text, &names, &key);
        bool about = kind == CLEAT_HOST_LINE_KEY || kind == CLEAT_HOST_LINE_REVOKED;
        if (about && cl_host_search_is(&search, names))
            one.verdict = verdict_of(chain, kind, key);
        cleat_host_answer_add(answer, &one);
        st = search.status;
    }
    answer->lines = search.line;
    cl_host_search_free(&search);
    return st;
}
