/* known_hosts: which authorities may speak for a host. */
#include "../alg/ctx.h"
#include "../base/base64.h"
#include "../key/cert_openssh.h"
#include "known_hosts_int.h"

/* A revoked line counts whichever of them it holds. */
static bool is_one_of(cleat_slice blob, const cleat_slice *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cleat_slice_equal(blob, wanted[i]))
            return true;
    }
    return false;
}

static void judge(const cleat_cert *cert, const cl_host_line *line, cleat_slice blob,
                  unsigned number, cleat_host_answer *answer)
{
    const cleat_slice parts[] = {cleat_key_blob(cert->authority), cleat_key_blob(cert->subject),
                                 cleat_cert_blob(cert)};
    bool revoked = line->revoked && is_one_of(blob, parts, 3);
    bool vouches = line->authority && is_one_of(blob, parts, 1);
    answer->authority = answer->authority || line->authority;
    if (answer->verdict == CLEAT_HOST_REVOKED || (answer->verdict == CLEAT_HOST_KNOWN && !revoked))
        return;
    if (revoked || vouches) {
        answer->verdict = revoked ? CLEAT_HOST_REVOKED : CLEAT_HOST_KNOWN;
        answer->line = number;
    }
}

static void judge_line(const cl_env *env, const cleat_cert *cert, const cl_host_line *line,
                       unsigned number, cleat_host_answer *answer)
{
    cl_buf blob = CL_BUF(env->mem);
    if (cl_base64_decode(&blob, line->blob) == CLEAT_OK)
        judge(cert, line, cl_buf_slice(&blob), number, answer);
    cl_buf_free(&blob);
}

cleat_status cleat_known_hosts_check_cert(cleat_ctx *ctx, cleat_slice file, const char *host,
                                          uint16_t port, const cleat_cert *cert,
                                          cleat_host_answer *answer)
{
    const cl_env *env = cl_ctx_env(ctx);
    char name[CL_HOST_NAME_MAX];
    cleat_slice text;
    *answer = (cleat_host_answer){0};
    if (!cl_host_full_name(name, host, port))
        return CLEAT_E_BAD_CALL;
    for (unsigned number = 1; cl_slice_split(&file, '\n', &text); number++) {
        cl_host_line line;
        if (text.len && text.data[text.len - 1] == '\r')
            text.len--;
        if (cl_host_line_parse(text, &line) && (line.revoked || line.authority) &&
            cl_host_names_match(env->mem, line.names, name))
            judge_line(env, cert, &line, number, answer);
    }
    return CLEAT_OK;
}
