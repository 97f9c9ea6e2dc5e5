/* X.509 certificates by the lines of authorized_keys. */
#include "../x509/chain.h"
#include "authorized_int.h"
#include "x509_line.h"

static bool is_about_chain(const cl_key_search *search, cleat_slice line, cleat_slice *options,
                           cleat_slice *subject)
{
    *options = CL_SLICE_EMPTY;
    *subject = cl_slice_trim(line);
    if (!subject->len || subject->data[0] == '#')
        return false;
    if (!cl_x509_line_is(*subject) && !cl_key_options_split(*subject, options, subject))
        return false;
    return cl_x509_line_is(*subject) && cl_x509_line_names(search->line.chain, *subject);
}

/* Who may issue certificates is no matter of lines. */
static bool judge_chain(cl_key_line *l, cleat_slice subject)
{
    (void)subject;
    if (l->authority || l->principals)
        l->refusal = "cert-authority and principals are not for X.509";
    return true;
}

cleat_status cleat_authorized_keys_find_x509(cleat_ctx *ctx, cleat_slice file,
                                             const char *file_name, const cleat_x509 *chain,
                                             const cleat_key_peer *peer, cleat_key_options *options,
                                             cleat_bytes *problems)
{
    const cl_key_search search = {.line = {.subject = chain->key, .chain = chain, .peer = peer},
                                  .is_about = is_about_chain,
                                  .judge = judge_chain};
    return cl_key_search_run(ctx, file, file_name, &search, options, problems);
}
