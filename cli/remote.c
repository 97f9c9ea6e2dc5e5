/* A session of SFTP: the connection under it, or the program. */
#include "remote.h"

#include "connect.h"
#include "run.h"
#include "say.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION = 6, BY_APPLICATION = 11 /* RFC 4253 §11.1 */ };

bool remote_defaults(ssh_args *a)
{
    static const char *const lines[] = {"ForwardX11 no",
                                        "ForwardAgent no",
                                        "PermitLocalCommand no",
                                        "ClearAllForwardings yes",
                                        "RemoteCommand none",
                                        "RequestTTY no",
                                        "ForkAfterAuthentication no"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!args_add_line(a, text_format("%s", lines[i])))
            return false;
    }
    return true;
}

/* Says goodbye to the host. */
static void hang_up(const remote *r)
{
    ssh_hop *h = r->run.hop_count ? ssh_last_hop(&r->run) : NULL;
    if (!h || !h->uv)
        return;
    h->said_goodbye = true;
    cleat_conn_disconnect(cleat_uv_conn(h->uv), BY_APPLICATION, "disconnected by user");
    cleat_uv_close(h->uv);
}

/* ---- the session ---- */

static void end(remote *r)
{
    bool told = r->closed;
    cleat_sftp_link_close(r->link);
    r->link = NULL;
    r->sftp = NULL;
    r->closed = true;
    if (!told)
        r->over(r);
}

static void on_answer(void *user, cleat_sftp_link *l, const cleat_sftp_answer *answer)
{
    remote *r = user;
    (void)l;
    if (answer->request != CLEAT_SFTP_REQ_START)
        return;
    say(CLEAT_LOG_DEBUG1, "SFTP version %u", cleat_sftp_version(r->sftp));
    r->ready(r);
}

static void on_stderr(void *user, cleat_slice text)
{
    char *words = text_format("%.*s", (int)text.len, (const char *)text.data);
    char *shown = words ? text_printable(words) : NULL;
    (void)user;
    if (shown)
        say_raw(shown);
    free(shown);
    free(words);
}

static void on_end(void *user, cleat_sftp_link *l, const cleat_error *why)
{
    remote *r = user;
    (void)l;
    if (!r->closed)
        say(CLEAT_LOG_ERROR, "%s", why->text);
    end(r);
    hang_up(r);
}

static cleat_sftp_link_options link_options(remote *r)
{
    bool is_program = r->subsystem && strchr(r->subsystem, '/');
    return (cleat_sftp_link_options){.struct_size = sizeof(cleat_sftp_link_options),
                                     .version = r->version ? r->version : VERSION,
                                     .subsystem = is_program ? NULL : r->subsystem,
                                     .command = is_program ? r->subsystem : NULL,
                                     .user = r,
                                     .on_answer = on_answer,
                                     .on_stderr = on_stderr,
                                     .on_end = on_end};
}

/* ---- on a connection ---- */

static void on_ready(ssh_run *run)
{
    remote *r = run->use_data;
    const cleat_sftp_link_options options = link_options(r);
    cleat_error error = {0};
    if (cleat_sftp_link_open(&r->link, ssh_last_hop(run)->uv, &options, &error) != CLEAT_OK) {
        say(CLEAT_LOG_ERROR, "%s", error.text);
        end(r);
        hang_up(r);
        return;
    }
    r->sftp = cleat_sftp_link_session(r->link);
}

static void on_event(ssh_run *run, const cleat_event *ev)
{
    remote *r = run->use_data;
    bool taken = r->link && cleat_sftp_link_event(r->link, ev);
    if (!taken && ev->query)
        say_if_failed(cleat_answer_reject(cleat_channel_conn(ev->channel), ev->query), "query");
}

static void on_closed(ssh_run *run)
{
    end(run->use_data);
}

static cleat_status connect_to(remote *r, cleat_error *error)
{
    static const ssh_use use = {on_ready, on_event, on_closed};
    cleat_status st = run_prepare(&r->run, error);
    if (st != CLEAT_OK)
        return st;
    r->run.use = &use;
    r->run.use_data = r;
    connect_start(&r->run);
    return CLEAT_OK;
}

/* ---- on a program ---- */

static void on_started(void *user, cleat_stream *stream, const cleat_error *error)
{
    remote *r = user;
    cleat_error why = {0};
    const cleat_sftp_link_options options = link_options(r);
    r->dialling = NULL;
    if (!stream) {
        say(CLEAT_LOG_ERROR, "%s", error->text);
        end(r);
        return;
    }
    if (cleat_sftp_link_attach(&r->link, r->run.loop, r->run.ctx, stream, &options, &why) !=
        CLEAT_OK) {
        say(CLEAT_LOG_ERROR, "%s", why.text);
        end(r);
        return;
    }
    r->sftp = cleat_sftp_link_session(r->link);
}

static cleat_status start_program(remote *r, cleat_error *error)
{
    char **argv = NULL;
    cleat_ctx_options options = CLEAT_CTX_OPTIONS;
    options.log = &say_sink;
    cleat_status st = cleat_ctx_new(&r->run.ctx, &options);
    if (st == CLEAT_OK && !r->words)
        st = port_shell_args(&argv, r->program, true, error);
    if (st != CLEAT_OK)
        return st;
    char **words = r->words ? r->words : argv;
    const cleat_dial_options how = {.struct_size = sizeof how, .argv = (const char *const *)words};
    st = cleat_dial_start(&r->dialling, r->run.loop, &how, on_started, r, error);
    port_free(argv);
    return st;
}

/* ---- both ---- */

cleat_status remote_start(remote *r, uv_loop_t *loop)
{
    cleat_error error = {0};
    r->run.loop = loop;
    r->run.status = 255;
    r->run.escape = -1;
    cleat_status st = r->program || r->words ? start_program(r, &error) : connect_to(r, &error);
    if (st != CLEAT_OK)
        run_complain(&error, st);
    return st;
}

void remote_close(remote *r)
{
    r->closed = true;
    cleat_sftp_link_close(r->link);
    r->link = NULL;
    r->sftp = NULL;
    hang_up(r);
}

void remote_finish(remote *r)
{
    connect_end(&r->run);
}

void remote_release(remote *r)
{
    run_release(&r->run);
}
