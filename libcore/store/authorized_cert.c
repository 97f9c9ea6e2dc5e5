/* Certificates by the lines of authorized_keys and of files of names. */
#include "../base/compat.h"
#include "authorized_int.h"

static bool names_one(const cleat_cert *cert, cleat_slice name)
{
    const cleat_cert_facts *f = cleat_cert_get_facts(cert);
    for (size_t i = 0; i < f->principal_count; i++) {
        if (cl_slice_is(name, f->principals[i]))
            return true;
    }
    return false;
}

static bool names_one_of(const cleat_cert *cert, const char *list)
{
    cleat_slice rest = cleat_slice_of(list);
    cleat_slice name;
    while (cl_slice_split(&rest, ',', &name)) {
        if (names_one(cert, cl_slice_trim(name)))
            return true;
    }
    return false;
}

static void take_command(cl_key_line *l, const char *command)
{
    if (!command)
        return;
    if (l->options->command && strcmp(l->options->command, command) != 0)
        l->refusal = "the certificate's command is another than the line's";
    l->options->command = cl_key_line_keep(l, cleat_slice_of(command));
}

/* What the certificate does not allow, the line cannot. name: NULL where names were looked at. */
static void judge_cert(cl_key_line *l, const char *name)
{
    cleat_cert_grant grant;
    cleat_cert_use use = *l->use;
    use.name = name;
    if (l->refusal)
        return;
    if (cleat_cert_check(l->cert, &use, &grant, &l->why) != CLEAT_OK) {
        l->refusal = l->why.text;
        return;
    }
    l->options->no_pty |= !grant.pty;
    l->options->no_touch_required &= grant.no_touch_required;
    l->options->verify_required |= grant.verify_required;
    l->options->no_port_forwarding |= !grant.port_forwarding;
    l->options->no_agent_forwarding |= !grant.agent_forwarding;
    l->options->no_user_rc |= !grant.user_rc;
    l->options->no_x11_forwarding |= !grant.x11_forwarding;
    take_command(l, grant.force_command);
}

/* ---- lines ---- */

static bool judge_authority(cl_key_line *l, cleat_slice key)
{
    (void)key;
    if (!l->authority)
        return false;
    if (l->principals && !names_one_of(l->cert, l->principals))
        l->refusal = "the certificate is for none of the line's principals";
    judge_cert(l, l->principals ? NULL : l->use->name);
    return true;
}

/* A name, options before it: one that the certificate is for, or should be as it is the user's. */
static bool is_about_name(const cl_key_search *search, cleat_slice line, cleat_slice *options,
                          cleat_slice *name)
{
    *options = CL_SLICE_EMPTY;
    *name = cl_slice_trim(line);
    if (!name->len || name->data[0] == '#')
        return false;
    bool alone = !memchr(name->data, ' ', name->len) && !memchr(name->data, '\t', name->len);
    return (alone || cl_key_options_split(*name, options, name)) &&
           (cl_slice_is(*name, search->line.use->name) || names_one(search->line.cert, *name));
}

static bool judge_name(cl_key_line *l, cleat_slice name)
{
    if (l->authority || l->principals)
        l->refusal = "cert-authority and principals are for files of keys";
    judge_cert(l, cl_key_line_keep(l, name));
    return true;
}

/* ---- files ---- */

cleat_status cleat_authorized_keys_find_cert(cleat_ctx *ctx, cleat_slice file,
                                             const char *file_name, const cleat_cert *cert,
                                             const cleat_cert_use *use, const cleat_key_peer *peer,
                                             cleat_key_options *options, cleat_bytes *problems)
{
    cleat_cert_use known;
    *options = (cleat_key_options){0};
    if (!cleat_options_import(&known, sizeof known, use) || !known.name)
        return CLEAT_E_BAD_CALL;
    cl_key_search search = {
        .line = {.subject = cleat_cert_key(cert), .cert = cert, .use = &known, .peer = peer},
        .judge = judge_authority};
    return cl_key_search_keys(ctx, file, file_name, cleat_cert_authority(cert), &search, options,
                              problems);
}

cleat_status cleat_principals_find(cleat_ctx *ctx, cleat_slice file, const char *file_name,
                                   const cleat_cert *cert, const cleat_cert_use *use,
                                   const cleat_key_peer *peer, cleat_key_options *options,
                                   cleat_bytes *problems)
{
    cleat_cert_use known;
    *options = (cleat_key_options){0};
    if (!cleat_options_import(&known, sizeof known, use) || !known.name)
        return CLEAT_E_BAD_CALL;
    const cl_key_search search = {
        .line = {.subject = cleat_cert_key(cert), .cert = cert, .use = &known, .peer = peer},
        .is_about = is_about_name,
        .judge = judge_name};
    return cl_key_search_run(ctx, file, file_name, &search, options, problems);
}
