/* The built-in SFTP server in a session. */
#include "sftp.h"

#include "audit.h"
#include "sftp_arguments.h"
#include "sftp_pipe.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char internal[] = "internal-sftp";

struct sftp_session {
    connection *c;
    cleat_channel *channel; /* or: */
    sftp_pipe *pipe;
    cleat_files *files;
    char *user, *address;
    char *audit_log; /* NULL: there is none */
    audit_subject who;
    cleat_log_level level;
    sftp_owner owner;
};

bool sftp_is_internal(const char *command)
{
    size_t len = sizeof internal - 1;
    return command && strncmp(command, internal, len) == 0 &&
           (!command[len] || command[len] == ' ' || command[len] == '\t');
}

const char *sftp_check(const char *command)
{
    sftp_arguments a;
    const char *why = sftp_arguments_parse(&a, command);
    sftp_arguments_free(&a);
    return why;
}

/* What is not printable as \ooo, so that names can be told apart. */
static char *escaped(const char *text)
{
    char *to = malloc(4 * strlen(text) + 1);
    char *at = to;
    for (; to && *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c < 0x7F)
            *at++ = *text;
        else
            at += snprintf(at, 5, "\\%03o", c);
    }
    if (to)
        *at = 0;
    return to;
}

static void put_line(const sftp_session *s, cleat_log_level level, const char *text)
{
    char *line = level <= s->level ? escaped(text) : NULL;
    if (line)
        log_apart(s->who.connection, level, "%s[%llu]: %s", internal,
                  (unsigned long long)s->who.connection, line);
    free(line);
}

static void on_log(void *user, cleat_log_level level, const char *text)
{
    put_line(user, level, text);
}

static void on_act(void *user, const cleat_files_act *act)
{
    const sftp_session *s = user;
    audit_note_of(&s->who, &(audit_act){.event = AUDIT_FILE,
                                        .session = s->owner.number,
                                        .kind = audit_text(act->operation),
                                        .name = audit_text(act->path),
                                        .other = audit_text(act->target),
                                        .result = audit_text(cleat_sftp_code_text(act->code)),
                                        .has_number = act->moves_data,
                                        .bytes_read = act->bytes_read,
                                        .bytes_written = act->bytes_written});
}

static void say(const sftp_session *s, const char *what)
{
    char *text = text_format("session %s for local user %s from [%s]", what, s->user, s->address);
    if (text)
        put_line(s, CLEAT_LOG_INFO, text);
    free(text);
}

static void destroy(sftp_session *s)
{
    free(s->user);
    free(s->address);
    free(s->audit_log);
    free(s);
}

static void on_gone(void *user)
{
    sftp_session *s = user;
    say(s, "closed");
    destroy(s);
}

static void on_end(void *user, uint32_t status)
{
    sftp_session *s = user;
    if (s->pipe)
        sftp_pipe_end(s->pipe);
    s->owner.on_end(s->owner.user, status);
}

/* -d, where %d is the home and %u the user. What is not absolute begins at home. */
static char *start_directory(const connection *c, const char *wanted)
{
    const port_user *user = c->account->user;
    const cleat_config_token tokens[] = {{'d', user->home}, {'u', user->name}};
    char *expanded = NULL;
    char *joined = NULL;
    if (!wanted)
        return text_format("%s", account_directory(c));
    if (cleat_config_expand(&expanded, NULL, wanted, "du", tokens, 2, NULL, NULL, NULL) ==
            CLEAT_OK &&
        port_path_join(&joined, user->home, expanded, NULL) != CLEAT_OK)
        joined = NULL;
    free(expanded);
    char *directory = joined ? text_format("%s", joined) : NULL;
    port_free(joined);
    return directory;
}

static cleat_status serve_pipe(sftp_session *s, const cleat_files_options *options,
                               cleat_error *error)
{
    cleat_files_io io = sftp_pipe_io(s->pipe);
    io.ctx = s->c->server->ctx;
    cleat_status st = cleat_files_new_on(&s->files, &io, options, error);
    if (st == CLEAT_OK)
        sftp_pipe_serve(s->pipe, s->files);
    return st;
}

static cleat_status serve(sftp_session *s, const sftp_arguments *a, cleat_error *error)
{
    const connection *c = s->c;
    char *directory = start_directory(c, a->directory);
    const cleat_files_options options = {
        .struct_size = sizeof options,
        .directory = directory,
        .user = c->account->user->name,
        .read_only = a->read_only,
        .has_umask = a->has_umask,
        .umask = a->umask,
        .allowed = a->allowed,
        .denied = a->denied,
        .client = c->client,
        .user_data = s,
        .on_log = on_log,
        .on_act = s->who.file ? on_act : NULL,
        .on_gone = on_gone,
        .on_end = on_end,
    };
    cleat_status st = s->pipe ? serve_pipe(s, &options, error)
                              : cleat_files_new(&s->files, c->uv, s->channel, &options, error);
    free(directory);
    return st;
}

/* Files may be closed after the connection has gone. False: out of memory. */
static bool take_subject(sftp_session *s)
{
    s->user = text_format("%s", s->c->user);
    s->address = text_format("%s", s->c->ends.peer);
    s->who = audit_subject_of(s->c);
    if (s->who.file)
        s->audit_log = text_format("%s", s->who.file);
    bool good = s->user && s->address && (s->audit_log || !s->who.file);
    s->who.user = s->user;
    s->who.peer = s->address;
    s->who.file = s->audit_log;
    return good;
}

static cleat_status begin(sftp_session *s, const sftp_arguments *a, cleat_error *error)
{
    s->level = a->level;
    cleat_status st = take_subject(s) ? serve(s, a, error) : CLEAT_E_NOMEM;
    if (st == CLEAT_OK && a->has_facility)
        log_about(s->c, CLEAT_LOG_VERBOSE, "%s: -f changes nothing: its lines go where all go",
                  internal);
    return st;
}

static cleat_status start(sftp_session *s, const char *command, cleat_error *error)
{
    sftp_arguments a;
    const char *why = sftp_arguments_parse(&a, command);
    cleat_status st = why ? CLEAT_E_CONFIG : begin(s, &a, error);
    if (why) {
        *error = (cleat_error){.status = CLEAT_E_CONFIG};
        snprintf(error->text, sizeof error->text, "%s %s", internal, why);
    }
    sftp_arguments_free(&a);
    if (st == CLEAT_OK)
        say(s, "opened");
    return st;
}

static sftp_session *new_session(connection *c, const sftp_owner *owner)
{
    sftp_session *s = calloc(1, sizeof *s);
    if (s)
        *s = (sftp_session){.c = c, .owner = *owner};
    return s;
}

cleat_status sftp_start(sftp_session **out, connection *c, cleat_channel *ch, const char *command,
                        const sftp_owner *owner, cleat_error *error)
{
    sftp_session *s = new_session(c, owner);
    *out = NULL;
    if (!s)
        return CLEAT_E_NOMEM;
    s->channel = ch;
    cleat_status st = start(s, command, error);
    if (st == CLEAT_OK)
        *out = s;
    else
        destroy(s);
    return st;
}

cleat_status sftp_start_on_pipes(sftp_session **out, connection *c, const char *command,
                                 const sftp_owner *owner, port_stdio *stdio, cleat_error *error)
{
    sftp_session *s = new_session(c, owner);
    *out = NULL;
    *stdio = (port_stdio){-1, -1, -1};
    if (!s)
        return CLEAT_E_NOMEM;
    cleat_status st = sftp_pipe_new(&s->pipe, c->server->loop, stdio);
    if (st == CLEAT_OK)
        st = start(s, command, error);
    if (st == CLEAT_OK) {
        *out = s;
        return st;
    }
    sftp_pipe_close(s->pipe);
    destroy(s);
    return st;
}

void sftp_event(sftp_session *s, const cleat_event *ev)
{
    if (ev->type == CLEAT_EV_CHANNEL_DATA)
        cleat_files_data(s->files, ev->u.data.bytes);
    else if (ev->type == CLEAT_EV_CHANNEL_WRITABLE)
        cleat_files_writable(s->files);
    else if (ev->type == CLEAT_EV_CHANNEL_EOF)
        cleat_files_eof(s->files);
}

void sftp_close(sftp_session *s)
{
    if (s && s->pipe)
        sftp_pipe_close(s->pipe);
    else if (s)
        cleat_files_close(s->files);
}
