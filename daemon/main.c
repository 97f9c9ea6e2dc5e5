/* cleatd: an SSH server for the user that starts it. */
#include "audit.h"
#include "dump.h"
#include "monitor.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const cleat_error *error, cleat_status st)
{
    fprintf(stderr, "cleatd: %s\n", error->text[0] ? error->text : cleat_status_text(st));
    return 1;
}

/* ---- setting up ---- */

static cleat_status set_up(server *s, cleat_error *error)
{
    cleat_error why = {0};
    cleat_status st = port_user_current(&s->account.user, error);
    s->account.exists = true;
    if (st == CLEAT_OK)
        st = port_user_environment(&s->account.environment, s->account.user, error);
    if (st == CLEAT_OK)
        st = port_path(&s->state_dir, s->arguments->system ? PORT_PLACE_SYSTEM : PORT_PLACE_STATE,
                       error);
    if (st == CLEAT_OK && s->arguments->system && !s->arguments->dump_only)
        st = monitor_check(s, error);
    if (st == CLEAT_OK && port_user_groups(&s->account.groups, s->account.user, &why) != CLEAT_OK)
        fprintf(stderr, "cleatd: %s\n", why.text);
    if (st == CLEAT_OK)
        st = setup_new(&s->setup, s, error);
    if (st == CLEAT_OK && !arguments_only_read(s->arguments) && !s->arguments->system)
        st = user_key_make(s, error);
    return st;
}

static int start(server *s)
{
    const arguments *a = s->arguments;
    cleat_error error = {0};
    cleat_status st = set_up(s, &error);
    if (st != CLEAT_OK)
        return complain(&error, st);
    if (a->status)
        return report_show(s->setup->rules);
    if (a->dump || a->dump_only) {
        st = dump(s, &error);
        return st == CLEAT_OK ? 0 : complain(&error, st);
    }
    if (a->check) {
        st = dump_check(s, &error);
        return st == CLEAT_OK ? 0 : complain(&error, st);
    }
    st = audit_check(s->setup->rules, &error);
    if (st == CLEAT_OK && !a->foreground)
        st = port_service_detach(&error);
    if (st == CLEAT_OK)
        st = log_open(a, s->setup->rules, &error);
    return st == CLEAT_OK ? server_run(s) : complain(&error, st);
}

static void tear_down(server *s)
{
    setup_unref(s->setup);
    account_free(&s->account);
    port_free(s->state_dir);
    port_free(s->empty_dir);
    cleat_ctx_unref(s->ctx);
}

int main(int argc, char **argv)
{
    server s = {0};
    arguments a = {0};
    cleat_error error = {0};
    cleat_status st = port_program_start(&argc, &argv, &error);
    if (st == CLEAT_OK)
        st = cleat_crypto_wipe_freed();
    if (st != CLEAT_OK)
        return complain(&error, st);
    const cleat_log_sink sink = log_engine_sink(&s);
    cleat_ctx_options options = CLEAT_CTX_OPTIONS;
    options.log = &sink;
    if (cleat_ctx_new(&s.ctx, &options) != CLEAT_OK)
        return 1;
    s.arguments = &a;
    int status = arguments_parse(&a, argc, argv);
    if (status < 0)
        status = start(&s);
    tear_down(&s);
    arguments_free(&a);
    return status;
}
