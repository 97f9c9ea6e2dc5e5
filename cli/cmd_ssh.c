/* `cleat ssh`: from the command line to the exit status. */
#include "cmd.h"
#include "connect.h"
#include "escape.h"
#include "hop.h"
#include "obscure.h"
#include "run.h"
#include "say.h"
#include "session.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int connect_and_run(ssh_run *r)
{
    uv_loop_t loop;
    cleat_error error = {0};
    if (hop_flag(ssh_last_hop(r), "ForkAfterAuthentication") &&
        port_service_detach(&error) != CLEAT_OK)
        return run_complain(&error, error.status);
    if (uv_loop_init(&loop) != 0)
        return 255;
    r->loop = &loop;
    connect_start(r);
    while (uv_run(r->loop, UV_RUN_DEFAULT) != 0 && r->leaving)
        session_leave(r);
    cleat_sink_close(r->out);
    cleat_sink_close(r->err);
    connect_end(r);
    uv_run(r->loop, UV_RUN_DEFAULT);
    uv_loop_close(r->loop);
    say(CLEAT_LOG_DEBUG1, "Exit status %d", r->status);
    return r->status;
}

static void print_line(void *user, const char *text)
{
    (void)user;
    printf("%s\n", text);
}

/* -G: everything as it would be used. */
static int show_config(ssh_hop *h)
{
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)h->port);
    const char *const pairs[][2] = {{"User", h->user}, {"Hostname", h->target}, {"Port", port}};
    cleat_error error = {0};
    cleat_status st = CLEAT_OK;
    printf("host %s\n", h->given);
    for (size_t i = 0; i < 3 && st == CLEAT_OK; i++)
        st = cleat_config_put(h->config, pairs[i][0], pairs[i][1], &error);
    if (st == CLEAT_OK)
        st = hop_spell_out_algorithms(h, &error);
    if (st == CLEAT_OK)
        st = cleat_config_dump(h->config, print_line, NULL);
    return st == CLEAT_OK ? 0 : run_complain(&error, st);
}

/* ExitOnForwardFailure is there for those who rely on a forwarding. */
static bool forwardings_may_be_left(const ssh_hop *h)
{
    static const char *const keywords[] = {"LocalForward", "RemoteForward", "DynamicForward"};
    if (!hop_flag(h, "ExitOnForwardFailure") || hop_flag(h, "ClearAllForwardings"))
        return true;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (!cleat_config_is_set(h->config, keywords[i]))
            continue;
        say(CLEAT_LOG_ERROR, "%s: %s is not supported yet, and ExitOnForwardFailure is set",
            cleat_config_origin(h->config, keywords[i]), keywords[i]);
        return false;
    }
    return true;
}

/* A command that somebody relies on, by its configuration, is not silently left out. */
static bool has_two_commands(const ssh_run *r)
{
    const ssh_hop *h = ssh_last_hop(r);
    const char *said = hop_text(h, "RemoteCommand");
    if (!r->args.command || !said || strcmp(said, "none") == 0)
        return false;
    say(CLEAT_LOG_FATAL,
        "Cannot run both the command line's command and RemoteCommand (%s): -o RemoteCommand=none "
        "leaves that out",
        cleat_config_origin(h->config, "RemoteCommand"));
    return true;
}

static bool read_typing(ssh_run *r)
{
    const char *escape = hop_text(ssh_last_hop(r), "EscapeChar");
    const char *timing = hop_text(ssh_last_hop(r), "ObscureKeystrokeTiming");
    if (!escape_parse(escape, &r->escape)) {
        say(CLEAT_LOG_FATAL, "EscapeChar \"%s\": a character, ^ and a letter, or none is expected",
            escape);
        return false;
    }
    if (!obscure_parse(timing, &r->beat_ms)) {
        say(CLEAT_LOG_FATAL,
            "ObscureKeystrokeTiming \"%s\": yes, no or interval:MILLISECONDS is expected", timing);
        return false;
    }
    return true;
}

static int prepare_and_run(ssh_run *r)
{
    cleat_error error = {0};
    if (r->args.log_file && !say_to_file(r->args.log_file)) {
        fprintf(stderr, "cleat ssh: the log file %s cannot be written\n", r->args.log_file);
        return 255;
    }
    if (r->args.to_syslog && !say_to_system("USER", &error))
        return run_complain(&error, error.status);
    cleat_status st = run_prepare(r, &error);
    if (st != CLEAT_OK)
        return run_complain(&error, st);
    if (r->args.to_syslog && !say_to_system(hop_text(ssh_last_hop(r), "SyslogFacility"), &error))
        return run_complain(&error, error.status);
    if (!forwardings_may_be_left(ssh_last_hop(r)) || has_two_commands(r))
        return 255;
    if (!read_typing(r))
        return 255;
    return r->args.show_config ? show_config(ssh_last_hop(r)) : connect_and_run(r);
}

int cmd_ssh(int argc, char **argv)
{
    ssh_run r = {.status = 255, .escape = -1};
    int status = args_parse(&r.args, argc, argv);
    if (status < 0)
        status = prepare_and_run(&r);
    run_release(&r);
    return status;
}
