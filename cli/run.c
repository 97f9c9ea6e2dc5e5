/* Getting ready to connect. */
#include "run.h"

#include "config_files.h"
#include "hop.h"
#include "say.h"
#include "text.h"

#include <stdlib.h>

/* A value with tokens that mean nothing has been told of where it was read. */
int run_complain(const cleat_error *error, cleat_status st)
{
    if (error->text[0] || (st != CLEAT_OK && st != CLEAT_E_CONFIG))
        say(CLEAT_LOG_FATAL, "%s", error->text[0] ? error->text : cleat_status_text(st));
    return 255;
}

/* -v counts from the configuration's level down, -q wins over both. */
static void set_level(const ssh_run *r, const cleat_config *config)
{
    cleat_log_level level = CLEAT_LOG_INFO;
    const char *said = config ? cleat_config_text(config, "LogLevel") : NULL;
    if (said && !cleat_log_level_parse(said, &level))
        level = CLEAT_LOG_INFO;
    if (r->args.verbose)
        level = (cleat_log_level)(CLEAT_LOG_VERBOSE + (r->args.verbose > 3 ? 3 : r->args.verbose));
    if (r->args.quiet)
        level = CLEAT_LOG_QUIET;
    say_set_level(level);
}

static cleat_status learn(ssh_run *r, cleat_error *error)
{
    char name[UV_MAXHOSTNAMESIZE];
    size_t len = sizeof name;
    cleat_ctx_options options = CLEAT_CTX_OPTIONS;
    options.log = &say_sink;
    cleat_status st = cleat_ctx_new(&r->ctx, &options);
    if (st == CLEAT_OK)
        st = port_user_current(&r->me, error);
    r->local_host = text_format("%s", uv_os_gethostname(name, &len) == 0 ? name : "localhost");
    return st == CLEAT_OK && !r->local_host ? CLEAT_E_NOMEM : st;
}

cleat_status run_prepare(ssh_run *r, cleat_error *error)
{
    set_level(r, NULL);
    say(CLEAT_LOG_DEBUG1, "Cleat_" CLEAT_VERSION);
    cleat_status st = learn(r, error);
    if (st == CLEAT_OK)
        st = hops_resolve(r, error);
    if (st == CLEAT_OK)
        set_level(r, ssh_last_hop(r)->config);
    return st;
}

void run_release(ssh_run *r)
{
    for (size_t i = 0; i < r->hop_count; i++)
        hop_free(r->hops[i]);
    args_free(&r->args);
    port_user_free(r->me);
    free(r->local_host);
    cleat_ctx_unref(r->ctx);
}
