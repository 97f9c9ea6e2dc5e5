/* A session's process, and what it gets. */
#include "task.h"

#include "audit.h"
#include "awaiting.h"
#include "prelude.h"
#include "session_environment.h"
#include "sftp.h"
#include "parts.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

struct task {
    connection *c;
    cleat_channel *channel;
    task_owner owner;
    environment env;
    port_pty *pty;
    port_process *process;
    uv_async_t exited;
    sftp_session *sftp; /* instead of a process */
    awaiting_agent *agent;
    awaiting_x11 *x11;
    bool started, ended, gone;
    bool recorded;  /* the terminal */
    bool is_forced; /* the command is not of the client's choice */
    bool own_rc;    /* ~/.ssh/rc may run before it */
};

/* ---- the end ---- */

static void audit_end(const task *t, const port_exit *how)
{
    const char *kind = !how ? "hangup" : how->signal ? "signal" : "exit";
    audit_note(t->c, &(audit_act){.event = AUDIT_SESSION_END,
                                  .session = t->owner.number,
                                  .kind = audit_text(kind),
                                  .name = audit_text(how ? how->signal : NULL),
                                  .has_number = how && !how->signal,
                                  .number = how ? how->status : 0});
}

static void end(task *t, const port_exit *how)
{
    if (t->ended || t->gone)
        return;
    t->ended = true;
    audit_end(t, how);
    t->owner.on_exit(t->owner.user, how);
}

static void on_exited_async(uv_async_t *async)
{
    port_exit how;
    task *t = async->data;
    if (!t->gone && t->process && port_process_exit(t->process, &how))
        end(t, &how);
}

static void on_exited(void *user)
{
    uv_async_send(user);
}

static void on_sftp_end(void *user, uint32_t status)
{
    const port_exit how = {.status = status};
    end(user, &how);
}

static void on_async_closed(uv_handle_t *handle)
{
    task *t = handle->data;
    environment_free(&t->env);
    free(t);
}

static void tell_terminal(task *t, bool open)
{
    if (!t->pty || !t->owner.on_terminal || t->recorded == open)
        return;
    t->recorded = open;
    t->owner.on_terminal(t->owner.user, port_pty_name(t->pty), open);
}

void task_free(task *t)
{
    if (!t || t->gone)
        return;
    t->gone = true;
    if ((t->process || t->sftp) && !t->ended)
        audit_end(t, NULL);
    if (t->process && !t->ended && port_process_signal(t->process, "HUP", NULL) != CLEAT_OK)
        log_about(t->c, CLEAT_LOG_DEBUG1, "session: the process has gone before");
    port_process_free(t->process);
    tell_terminal(t, false);
    port_pty_close(t->pty);
    awaiting_agent_end(t->agent);
    awaiting_x11_end(t->x11);
    sftp_close(t->sftp);
    uv_close((uv_handle_t *)&t->exited, on_async_closed);
}

bool task_channel_event(const task *t, const cleat_event *ev)
{
    if (!t->sftp || !t->channel)
        return false;
    sftp_event(t->sftp, ev);
    return true;
}

/* ---- the start ---- */

static bool complain(const task *t, const cleat_error *error, cleat_status st)
{
    log_about(t->c, CLEAT_LOG_ERROR, "cannot start a session: %s",
              error->text[0] ? error->text : cleat_status_text(st));
    return false;
}

static bool is_hushed(const task *t)
{
    uv_fs_t request;
    char *path = text_format("%s/.hushlogin", t->c->account->user->home);
    bool there = !path || uv_fs_access(NULL, &request, path, 0, NULL) == 0;
    if (path)
        uv_fs_req_cleanup(&request);
    free(path);
    return there;
}

/* What a person reads before the shell's first prompt. */
static void greet(const task *t)
{
    enum { MOTD_MAX = 16 << 10 };
    uint8_t *motd;
    size_t len;
    if (!t->pty || !t->owner.on_terminal || is_hushed(t))
        return;
    if (t->c->account->greeting)
        port_pty_show(t->pty, t->c->account->greeting);
    if (!rules_flag(t->c->rules, "PrintMotd") ||
        port_file_read(&motd, &len, "/etc/motd", PORT_TRUST_REGULAR, NULL, MOTD_MAX, NULL) !=
            CLEAT_OK)
        return;
    port_pty_show(t->pty, (const char *)motd);
    port_free(motd);
}

static bool start_sftp(task *t, const char *command, port_stdio *stdio)
{
    cleat_error error = {0};
    const sftp_owner owner = {t, on_sftp_end, t->owner.number};
    cleat_status st = t->channel
                          ? sftp_start(&t->sftp, t->c, t->channel, command, &owner, &error)
                          : sftp_start_on_pipes(&t->sftp, t->c, command, &owner, stdio, &error);
    return st == CLEAT_OK || complain(t, &error, st);
}

static bool start_process(task *t, const char *command, port_stdio *stdio)
{
    const port_user *user = t->c->account->user;
    const char *shell = rules_text(t->c->rules, "DefaultShell");
    const char *option = rules_text(t->c->rules, "DefaultShellCommandOption");
    cleat_error error = {0};
    prelude before;
    port_command what = {
        .shell = shell ? shell : user->shell,
        .shell_option = option || shell ? option : user->shell_option,
        .command = command,
        .env = environment_list(&t->env),
        .directory = account_directory(t->c),
        .pty = t->pty,
        .exited = on_exited,
        .user = &t->exited,
    };
    if (!what.env)
        return false;
    if (!t->c->account->must_change && prelude_find(&before, t->c, &what, t->own_rc, t->x11))
        what.prelude = &before.what;
    cleat_status st = port_process_start(&t->process, stdio, &what, &error);
    if (what.prelude)
        prelude_free(&before);
    if (st == CLEAT_OK)
        tell_terminal(t, true);
    return st == CLEAT_OK || complain(t, &error, st);
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

/* "" without one. */
static const char *terminal_of(const task *t)
{
    return t->pty ? port_pty_name(t->pty) : "";
}

static void fill_environment(task *t)
{
    session_environment_fill(&t->env, t->c, terminal_of(t),
                             t->x11 ? awaiting_x11_display(t->x11) : NULL);
}

/* original: what the client wanted instead; NULL: nothing else. */
static void audit_start(const task *t, const char *kind, const char *command, const char *original,
                        bool done)
{
    audit_note(t->c, &(audit_act){.event = AUDIT_SESSION,
                                  .session = t->owner.number,
                                  .kind = audit_text(kind),
                                  .name = audit_text(command),
                                  .other = audit_text(original),
                                  .place = audit_text(terminal_of(t)),
                                  .result = audit_text(done ? "started" : "failed")});
}

/* Nothing else comes before it. */
static bool change_password(task *t, port_stdio *stdio)
{
    fill_environment(t);
    log_about(t->c, CLEAT_LOG_INFO, "User %s must change the password", t->c->user);
    bool done =
        start_process(t,
                      t->pty ? "echo 'Your password has expired. Change it now and log in "
                               "again.'; exec passwd"
                             : "echo 'Your password has expired, and here is no terminal to "
                               "change it on: log in with one (ssh -t).' >&2; exit 254",
                      stdio);
    audit_start(t, "password-change", NULL, NULL, done);
    return done;
}

/* The server's ForceCommand comes before the key's command, and both before the client's, who has
 * no say in whether it is for the shell. */
static bool run(task *t, const char *wanted, const char *what, bool from_server, port_stdio *stdio)
{
    const connection *c = t->c;
    const char *forced = rules_text(c->rules, "ForceCommand");
    if (c->account->must_change)
        return change_password(t, stdio);
    t->own_rc = !from_server && !forced;
    if (!forced)
        forced = key_command(c);
    t->is_forced = forced != NULL;
    fill_environment(t);
    if (forced && wanted)
        environment_set(&t->env, "SSH_ORIGINAL_COMMAND", wanted);
    session_environment_configure(&t->env, c);
    const char *terminal = terminal_of(t);
    log_about(c, CLEAT_LOG_VERBOSE, "Starting session: %s%s%s for %s from %s port %u",
              forced ? "forced-command" : what, *terminal ? " on " : "", terminal, c->user,
              c->ends.peer, (unsigned)c->ends.peer_port);
    const char *command = forced ? forced : wanted;
    if (!command)
        greet(t);
    bool internal = (forced || from_server) && sftp_is_internal(command);
    bool done = internal ? start_sftp(t, command, stdio) : start_process(t, command, stdio);
    audit_start(t,
                from_server ? "subsystem"
                : wanted    ? "exec"
                            : "shell",
                command, forced ? wanted : NULL, done);
    return done;
}

static bool run_subsystem(task *t, const char *name, port_stdio *stdio)
{
    const char *command = find_subsystem(t->c->rules, name);
    char *what = text_format("subsystem '%s'", name);
    bool done = command && what && run(t, command, what, true, stdio);
    if (!command)
        log_about(t->c, CLEAT_LOG_INFO,
                  "subsystem request for %s by user %s failed, subsystem not found", name,
                  t->c->user);
    free(what);
    return done;
}

static bool start_once(task *t, const task_request *r, port_stdio *stdio)
{
    if (t->started)
        return false;
    t->started = true;
    if (r->type == CLEAT_REQ_SUBSYSTEM)
        return run_subsystem(t, r->text, stdio);
    bool shell = r->type == CLEAT_REQ_SHELL;
    return run(t, shell ? NULL : r->text, shell ? "shell" : "command", false, stdio);
}

/* ---- requests ---- */

bool task_may_have_terminal(const connection *c)
{
    bool may = rules_flag(c->rules, "PermitTTY");
    for (size_t i = 0; i < c->grant_count; i++)
        may = may && !c->grants[i].options.no_pty;
    return may;
}

static bool open_pty(task *t, const task_request *r)
{
    cleat_error error = {0};
    const int helper = t->c->terminals;
    if (t->pty || t->started || !task_may_have_terminal(t->c))
        return false;
    cleat_status st = helper >= 0 ? port_terminals_open(&t->pty, helper, &r->size, r->modes, &error)
                                  : port_pty_open(&t->pty, &r->size, r->modes, &error);
    if (st != CLEAT_OK) {
        log_about(t->c, CLEAT_LOG_ERROR, "no terminal: %s", error.text);
        return false;
    }
    environment_set(&t->env, "TERM", r->text);
    return true;
}

static void audit_socket(const task *t, const char *kind, bool done)
{
    audit_forward(t->c, &(audit_forwarding){.kind = kind,
                                            .session = t->owner.number,
                                            .result = done ? "listening" : "refused"});
}

static void on_agent(void *user, int fd)
{
    const task *t = user;
    t->owner.on_agent(t->owner.user, fd);
}

/* auth-agent-req@openssh.com */
static bool open_agent(task *t)
{
    if (t->agent || t->started)
        return false;
    t->agent = awaiting_agent_start(t->c, on_agent, t);
    if (t->agent)
        environment_set(&t->env, "SSH_AUTH_SOCK", awaiting_agent_path(t->agent));
    audit_socket(t, "agent", t->agent != NULL);
    return t->agent != NULL;
}

static void on_x11(void *user, cleat_stream *stream)
{
    const task *t = user;
    t->owner.on_x11(t->owner.user, stream);
}

static bool open_x11(task *t, const task_request *r)
{
    const awaiting_display display = {
        .protocol = r->text, .cookie = r->value, .screen = r->screen, .single = r->single};
    if (t->x11 || t->started)
        return false;
    t->x11 = awaiting_x11_start(t->c, &display, on_x11, t);
    audit_socket(t, "x11", t->x11 != NULL);
    return t->x11 != NULL;
}

/* Whoever chose a forced command relies on its running to its end. */
static bool send_signal(const task *t, const char *name)
{
    return t->process && !t->is_forced && port_process_signal(t->process, name, NULL) == CLEAT_OK;
}

bool task_do(task *t, const task_request *r, port_stdio *stdio)
{
    *stdio = (port_stdio){-1, -1, -1};
    switch (r->type) {
    case CLEAT_REQ_PTY:
        return open_pty(t, r);
    case CLEAT_REQ_ENV:
        return session_environment_accept(&t->env, t->c, r->text, r->value);
    case CLEAT_REQ_SHELL:
    case CLEAT_REQ_EXEC:
    case CLEAT_REQ_SUBSYSTEM:
        return start_once(t, r, stdio);
    case CLEAT_REQ_WINDOW_CHANGE:
        return t->pty && port_pty_resize(t->pty, &r->size, NULL) == CLEAT_OK;
    case CLEAT_REQ_SIGNAL:
        return send_signal(t, r->text);
    case CLEAT_REQ_BREAK:
        return t->pty && port_pty_break(t->pty, r->ms, NULL) == CLEAT_OK;
    case CLEAT_REQ_X11:
        return open_x11(t, r);
    case CLEAT_REQ_OTHER:
        return strcmp(r->text, "auth-agent-req@openssh.com") == 0 && open_agent(t);
    default:
        return false;
    }
}

cleat_status task_new(task **out, connection *c, cleat_channel *channel, const task_owner *owner)
{
    task *t = calloc(1, sizeof *t);
    *out = NULL;
    if (!t || uv_async_init(c->server->loop, &t->exited, on_exited_async) != 0) {
        free(t);
        return CLEAT_E_NOMEM;
    }
    t->exited.data = t;
    t->c = c;
    t->channel = channel;
    t->owner = *owner;
    session_environment_begin(&t->env, c);
    *out = t;
    return CLEAT_OK;
}
