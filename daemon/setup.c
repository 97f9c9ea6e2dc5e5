/* From the files to what the server needs of them. */
#include "authorities.h"
#include "server.h"
#include "text.h"

#include <stdlib.h>

/* What users know is PAM's to check, and PAM is system mode's. */
static void warn_without_pam(const rules *r, const char *keyword)
{
    if (!rules_flag(r, keyword) || (r->system && rules_flag(r, "UsePAM")))
        return;
    log_line(CLEAT_LOG_ERROR, "%s: %s yes has no effect: %s: it stays off",
             cleat_config_origin(r->config, keyword), keyword,
             r->system ? "PAM checks it, and UsePAM is not yes"
                       : "only system mode (--system) checks what users know");
}

static void warn(const rules *r)
{
    const char *note;
    for (size_t i = 0; (note = cleat_config_note(r->config, i)); i++)
        log_line(CLEAT_LOG_ERROR, "%s: it stays off", note);
    warn_without_pam(r, "PasswordAuthentication");
    warn_without_pam(r, "KbdInteractiveAuthentication");
}

static cleat_status fill(setup *to, server *s, cleat_error *error)
{
    cleat_status st = config_files_new(&to->files, s->arguments, error);
    if (st == CLEAT_OK)
        st = rules_new(&to->rules, to->files, s->ctx, NULL, error);
    if (st == CLEAT_OK)
        st = hostkeys_load(to, s, error);
    if (st == CLEAT_OK)
        st = authorities_load(to, s, error);
    if (st != CLEAT_OK)
        return st;
    const char *addendum = rules_text(to->rules, "VersionAddendum");
    to->version =
        text_format("Cleat_%s%s%s", CLEAT_VERSION, addendum ? " " : "", addendum ? addendum : "");
    return to->version ? CLEAT_OK : CLEAT_E_NOMEM;
}

cleat_status setup_new(setup **out, server *s, cleat_error *error)
{
    setup *fresh = calloc(1, sizeof *fresh);
    *out = NULL;
    if (!fresh)
        return CLEAT_E_NOMEM;
    fresh->references = 1;
    cleat_status st = fill(fresh, s, error);
    if (st != CLEAT_OK) {
        setup_unref(fresh);
        return st;
    }
    if (!s->setup)
        log_set_rules(fresh->rules);
    warn(fresh->rules);
    *out = fresh;
    return CLEAT_OK;
}

setup *setup_ref(setup *s)
{
    s->references++;
    return s;
}

void setup_unref(setup *s)
{
    if (!s || --s->references)
        return;
    for (size_t i = 0; i < s->host_key_count; i++)
        free(s->host_key_paths[i]);
    for (size_t i = 0; i < s->host_key_count; i++)
        cleat_key_unref(s->host_keys[i]);
    for (size_t i = 0; i < s->host_cert_count; i++)
        cleat_cert_unref(s->host_certs[i]);
    for (size_t i = 0; i < s->host_chain_count; i++)
        cleat_x509_unref(s->host_chains[i]);
    cleat_x509_store_unref(s->authorities);
    rules_unref(s->rules);
    config_files_free(s->files);
    free(s->version);
    free(s);
}
