/* A session channel: its requests, its process, its end. */
#include "environment.h"
#include "idle.h"
#include "server.h"
#include "sftp.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

typedef struct session {
    channel_owner owner; /* first: the channel's user points here */
    connection *c;
    cleat_channel *channel;
    environment env;
    port_pty *pty;
    port_process *process;
    uv_async_t exited;
    cleat_sink *in;
    cleat_source *out, *err;
    sftp_session *sftp; /* instead of a process */
    bool started, reported, gone;
    bool is_forced; /* the command is not of the client's choice */
} session;

static void ignore(cleat_status st)
{
    if (st != CLEAT_OK)
        log_line(CLEAT_LOG_DEBUG1, "session: %s", cleat_status_text(st));
}

/* ---- the end ---- */

static void on_async_closed(uv_handle_t *handle)
{
    session *s = handle->data;
    environment_free(&s->env);
    free(s);
}

/* The channel is gone: whatever still runs is told so by a hang-up. */
static void destroy(session *s)
{
    if (s->gone)
        return;
    s->gone = true;
    if (s->process && !s->reported)
        ignore(port_process_signal(s->process, "HUP", NULL));
    cleat_source_close(s->out);
    cleat_source_close(s->err);
    cleat_sink_close(s->in);
    port_process_free(s->process);
    port_pty_close(s->pty);
    sftp_close(s->sftp);
    cleat_channel_free(s->channel);
    uv_close((uv_handle_t *)&s->exited, on_async_closed);
}

static void report(session *s)
{
    port_exit how;
    if (s->reported || !s->process || !port_process_exit(s->process, &how))
        return;
    s->reported = true;
    if (how.signal)
        ignore(cleat_channel_exit_signal(s->channel, how.signal, how.core_dumped, ""));
    else
        ignore(cleat_channel_exit_status(s->channel, how.status));
}

/* Closed once the process has ended and everything it said is on its way. */
static void close_if_over(session *s)
{
    report(s);
    if (!s->reported || s->out || s->err)
        return;
    ignore(cleat_channel_eof(s->channel));
    ignore(cleat_channel_close(s->channel));
}

static void on_exited_async(uv_async_t *async)
{
    session *s = async->data;
    if (s->gone)
        return;
    close_if_over(s);
    cleat_uv_kick(s->c->uv);
}

static void on_exited(void *user)
{
    uv_async_send(user);
}

static void on_out_end(void *user, cleat_source *source, bool failed)
{
    session *s = user;
    (void)failed;
    if (source == s->out)
        s->out = NULL;
    if (source == s->err)
        s->err = NULL;
    cleat_source_close(source);
    if (!s->out && !s->err && !s->reported)
        report(s);
    close_if_over(s);
}

static void on_sftp_end(void *user, uint32_t status)
{
    const session *s = user;
    ignore(cleat_channel_exit_status(s->channel, status));
    ignore(cleat_channel_eof(s->channel));
    ignore(cleat_channel_close(s->channel));
}

/* ---- the start ---- */

static cleat_status add_source(session *s, int fd, uint32_t stream, cleat_source **out)
{
    const cleat_source_options options = {
        .struct_size = sizeof options, .fd = fd, .stream = stream, .user = s, .on_end = on_out_end};
    return fd < 0 ? CLEAT_OK : cleat_source_new(out, s->c->uv, s->channel, &options, NULL);
}

static void on_broken(void *user, cleat_sink *sink)
{
    session *s = user;
    (void)sink;
    ignore(cleat_channel_eow(s->channel));
}

static cleat_status join_streams(session *s, const port_stdio *stdio)
{
    const cleat_sink_options options = {
        .struct_size = sizeof options, .fd = stdio->in, .user = s, .on_broken = on_broken};
    cleat_status st = cleat_sink_new(&s->in, s->c->uv, &options, NULL);
    if (st == CLEAT_OK)
        st = add_source(s, stdio->out, CLEAT_STREAM_DATA, &s->out);
    if (st == CLEAT_OK)
        st = add_source(s, stdio->err, CLEAT_STREAM_STDERR, &s->err);
    return st;
}

static bool start_sftp(session *s, const char *command)
{
    cleat_error error = {0};
    cleat_status st = sftp_start(&s->sftp, s->c, s->channel, command, on_sftp_end, s, &error);
    if (st != CLEAT_OK)
        log_line(CLEAT_LOG_ERROR, "cannot start a session: %s",
                 error.text[0] ? error.text : cleat_status_text(st));
    return st == CLEAT_OK;
}

static bool start_process(session *s, const char *command)
{
    const port_user *user = s->c->server->user;
    const char *shell = rules_text(s->c->rules, "DefaultShell");
    const char *option = rules_text(s->c->rules, "DefaultShellCommandOption");
    port_stdio stdio;
    cleat_error error = {0};
    const port_command what = {
        .shell = shell ? shell : user->shell,
        .shell_option = option || shell ? option : user->shell_option,
        .command = command,
        .env = environment_list(&s->env),
        .directory = user->home,
        .pty = s->pty,
        .exited = on_exited,
        .user = &s->exited,
    };
    if (!what.env)
        return false;
    cleat_status st = port_process_start(&s->process, &stdio, &what, &error);
    if (st == CLEAT_OK)
        st = join_streams(s, &stdio);
    if (st != CLEAT_OK)
        log_line(CLEAT_LOG_ERROR, "cannot start a session: %s",
                 error.text[0] ? error.text : cleat_status_text(st));
    return st == CLEAT_OK;
}

/* Lines "name command"; those of Match blocks come first. There is SFTP even without one. */
static const char *find_subsystem(const rules *r, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < cleat_config_count(r->config, "Subsystem"); i++) {
        const char *row = cleat_config_item(r->config, "Subsystem", i);
        if (strncmp(row, name, len) == 0 && (row[len] == ' ' || row[len] == '\t'))
            return row + len + strspn(row + len, " \t");
    }
    return strcmp(name, "sftp") == 0 ? "internal-sftp" : NULL;
}

static const char *key_command(const connection *c)
{
    for (size_t i = 0; i < c->grant_count; i++) {
        if (c->grants[i].options.command)
            return c->grants[i].options.command;
    }
    return NULL;
}

/* SetEnv counts more than whatever else gives a variable. */
static void set_configured(session *s)
{
    const cleat_config *config = s->c->rules->config;
    for (size_t i = 0; i < cleat_config_count(config, "SetEnv"); i++)
        environment_put(&s->env, cleat_config_item(config, "SetEnv", i));
}

/* environment= in front of a key, as far as PermitUserEnvironment goes. */
static void add_key_environment(session *s, const cleat_key_options *key)
{
    const char *permitted = cleat_config_text(s->c->rules->config, "PermitUserEnvironment");
    for (size_t i = 0; key->environment && key->environment[i]; i++) {
        const char *pair = key->environment[i];
        char *name = text_format("%.*s", (int)strcspn(pair, "="), pair);
        bool may = text_same(permitted, "yes") || (!text_same(permitted, "no") && name &&
                                                   cleat_pattern_list_match(name, permitted));
        if (may)
            environment_put(&s->env, pair);
        else
            log_about(s->c, CLEAT_LOG_VERBOSE, "PermitUserEnvironment leaves %s out",
                      name ? name : "");
        free(name);
    }
}

/* The account's variables: those that a client may replace, or the others. */
static void put_account(session *s, bool replaceable)
{
    for (char *const *pair = s->c->server->user_environment; *pair; pair++) {
        if ((strncmp(*pair, "LANG=", 5) == 0) == replaceable)
            environment_put(&s->env, *pair);
    }
}

/* After what the client has sent, which it may not take the place of. */
static void fill_environment(session *s)
{
    const connection *c = s->c;
    char *client = text_format("%s %u %u", c->ends.peer, (unsigned)c->ends.peer_port,
                               (unsigned)c->ends.local_port);
    char *both = text_format("%s %u %s %u", c->ends.peer, (unsigned)c->ends.peer_port,
                             c->ends.local, (unsigned)c->ends.local_port);
    put_account(s, false);
    if (rules_text(c->rules, "DefaultShell"))
        environment_set(&s->env, "SHELL", rules_text(c->rules, "DefaultShell"));
    environment_set(&s->env, "SSH_CLIENT", client ? client : "");
    environment_set(&s->env, "SSH_CONNECTION", both ? both : "");
    for (size_t i = 0; i < c->grant_count; i++)
        add_key_environment(s, &c->grants[i].options);
    if (s->pty && port_pty_name(s->pty)[0])
        environment_set(&s->env, "SSH_TTY", port_pty_name(s->pty));
    free(client);
    free(both);
}

/* The server's ForceCommand comes before the key's command, and both before the client's, who has
 * no say in whether it is for the shell. */
static bool run(session *s, const char *wanted, const char *what, bool from_server)
{
    const connection *c = s->c;
    const char *forced = rules_text(c->rules, "ForceCommand");
    if (!forced)
        forced = key_command(c);
    s->is_forced = forced != NULL;
    fill_environment(s);
    if (forced && wanted)
        environment_set(&s->env, "SSH_ORIGINAL_COMMAND", wanted);
    set_configured(s);
    const char *terminal = s->pty ? port_pty_name(s->pty) : "";
    log_about(c, CLEAT_LOG_VERBOSE, "Starting session: %s%s%s for %s from %s port %u",
              forced ? "forced-command" : what, *terminal ? " on " : "", terminal, c->user,
              c->ends.peer, (unsigned)c->ends.peer_port);
    connection_mark(s->c, s->pty != NULL);
    const char *command = forced ? forced : wanted;
    if ((forced || from_server) && sftp_is_internal(command))
        return start_sftp(s, command);
    return start_process(s, command);
}

static bool run_subsystem(session *s, const char *name)
{
    const char *command = find_subsystem(s->c->rules, name);
    char *what = text_format("subsystem '%s'", name);
    char *type = text_format("session:subsystem:%s", name);
    bool done = command && what && type && run(s, command, what, true);
    if (!command)
        log_about(s->c, CLEAT_LOG_INFO,
                  "subsystem request for %s by user %s failed, subsystem not found", name,
                  s->c->user);
    if (done)
        idle_watch(s->c, s->channel, type);
    free(what);
    free(type);
    return done;
}

static bool run_shell(session *s)
{
    bool done = run(s, NULL, "shell", false);
    if (done)
        idle_watch(s->c, s->channel, "session:shell");
    return done;
}

static bool run_command(session *s, const char *command)
{
    bool done = run(s, command, "command", false);
    if (done)
        idle_watch(s->c, s->channel, "session:command");
    return done;
}

/* ---- requests ---- */

static bool may_have_pty(const connection *c)
{
    bool may = rules_flag(c->rules, "PermitTTY");
    for (size_t i = 0; i < c->grant_count; i++)
        may = may && !c->grants[i].options.no_pty;
    return may;
}

static bool open_pty(session *s, const cleat_pty *pty)
{
    cleat_error error = {0};
    if (s->pty || s->started || !may_have_pty(s->c))
        return false;
    if (port_pty_open(&s->pty, &pty->size, pty->modes, &error) != CLEAT_OK) {
        log_line(CLEAT_LOG_ERROR, "no terminal: %s", error.text);
        return false;
    }
    environment_set(&s->env, "TERM", pty->term);
    return true;
}

static bool accept_env(session *s, const char *name, const char *value)
{
    const cleat_config *config = s->c->rules->config;
    if (strchr(name, '='))
        return false; /* would set another variable than the one that is compared */
    for (size_t i = 0; i < cleat_config_count(config, "AcceptEnv"); i++) {
        if (cleat_pattern_list_match(name, cleat_config_item(config, "AcceptEnv", i))) {
            environment_set(&s->env, name, value);
            return true;
        }
    }
    return false;
}

/* Whoever chose a forced command relies on its running to its end. */
static bool send_signal(const session *s, const char *name)
{
    return s->process && !s->is_forced && port_process_signal(s->process, name, NULL) == CLEAT_OK;
}

static bool start_once(session *s, const cleat_event *ev)
{
    if (s->started)
        return false;
    s->started = true;
    if (ev->u.request.type == CLEAT_REQ_SHELL)
        return run_shell(s);
    if (ev->u.request.type == CLEAT_REQ_SUBSYSTEM)
        return run_subsystem(s, ev->u.request.command);
    return run_command(s, ev->u.request.command);
}

static bool do_request(session *s, const cleat_event *ev)
{
    switch (ev->u.request.type) {
    case CLEAT_REQ_PTY:
        return open_pty(s, &ev->u.request.pty);
    case CLEAT_REQ_ENV:
        return accept_env(s, ev->u.request.env_name, ev->u.request.env_value);
    case CLEAT_REQ_SHELL:
    case CLEAT_REQ_EXEC:
    case CLEAT_REQ_SUBSYSTEM:
        return start_once(s, ev);
    case CLEAT_REQ_WINDOW_CHANGE:
        return s->pty && port_pty_resize(s->pty, &ev->u.request.size, NULL) == CLEAT_OK;
    case CLEAT_REQ_SIGNAL:
        return send_signal(s, ev->u.request.signal);
    case CLEAT_REQ_BREAK:
        return s->pty && port_pty_break(s->pty, ev->u.request.status, NULL) == CLEAT_OK;
    case CLEAT_REQ_EOW:
        if (s->out)
            on_out_end(s, s->out, false);
        return true;
    default:
        return false;
    }
}

static void end_input(session *s)
{
    if (s->in && !s->pty)
        cleat_sink_end(s->in);
}

static void on_event(channel_owner *owner, const cleat_event *ev)
{
    session *s = (session *)owner;
    cleat_conn *conn = cleat_uv_conn(s->c->uv);
    bool done;
    if (s->sftp && ev->type != CLEAT_EV_CHANNEL_REQUEST && ev->type != CLEAT_EV_CHANNEL_CLOSED) {
        sftp_event(s->sftp, ev);
        return;
    }
    switch (ev->type) {
    case CLEAT_EV_CHANNEL_REQUEST:
        done = do_request(s, ev);
        if (ev->query)
            ignore(cleat_answer_request(conn, ev->query, done));
        break;
    case CLEAT_EV_CHANNEL_DATA:
        if (s->in)
            ignore(cleat_sink_write(s->in, ev->channel, ev->u.data.bytes));
        else
            ignore(cleat_channel_consume(ev->channel, ev->u.data.bytes.len));
        break;
    case CLEAT_EV_CHANNEL_WRITABLE:
        if (s->out)
            cleat_source_writable(s->out);
        if (s->err)
            cleat_source_writable(s->err);
        break;
    case CLEAT_EV_CHANNEL_EOF:
        end_input(s);
        break;
    case CLEAT_EV_CHANNEL_CLOSED:
        destroy(s);
        break;
    default:
        break;
    }
}

void session_open(connection *c, const cleat_event *ev)
{
    session *s = calloc(1, sizeof *s);
    if (!s || uv_async_init(c->server->loop, &s->exited, on_exited_async) != 0) {
        free(s);
        ignore(cleat_answer_channel_refuse(cleat_uv_conn(c->uv), ev->query, CLEAT_OPEN_SHORTAGE,
                                           "out of memory"));
        return;
    }
    s->exited.data = s;
    s->owner.on_event = on_event;
    s->c = c;
    put_account(s, true);
    if (cleat_answer_channel(cleat_uv_conn(c->uv), ev->query, &s->channel) == CLEAT_OK)
        cleat_channel_set_user(s->channel, s);
    else
        destroy(s);
}
