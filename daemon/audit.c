/* The audit log. The file is opened anew for each record, so that it may be moved away at any time;
 * one write appends one record, whoever else writes. */
#include "audit.h"

#include "json.h"
#include "text.h"
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 16 << 10, /* of a command or a path; all of an act fits into a message */
    OWNER_ONLY = 0600,
    COMPLAINT_EVERY_MS = 60000
};

static monitor_link *monitor_to_tell; /* in a session process */

/* ---- the file ---- */

/* 0, or a uv error. A FIFO that nobody reads must not hold up a server. */
static int make_sure_of(const char *path)
{
    const int flags = UV_FS_O_WRONLY | UV_FS_O_APPEND | UV_FS_O_CREAT | UV_FS_O_NONBLOCK;
    uv_fs_t fs;
    int file = uv_fs_open(NULL, &fs, path, flags, OWNER_ONLY, NULL);
    uv_fs_req_cleanup(&fs);
    if (file < 0)
        return file;
    uv_fs_close(NULL, &fs, file, NULL);
    uv_fs_req_cleanup(&fs);
    return 0;
}

static const char *file_of(const rules *r)
{
    return rules_text(r, "AuditLog");
}

cleat_status audit_check(const rules *r, cleat_error *error)
{
    const char *path = file_of(r);
    int e = path ? make_sure_of(path) : 0;
    if (e == 0)
        return CLEAT_OK;
    *error = (cleat_error){.status = CLEAT_E_IO};
    snprintf(error->text, sizeof error->text, "%s: AuditLog %.400s: %s",
             cleat_config_origin(r->config, "AuditLog"), path, uv_strerror(e));
    return CLEAT_E_IO;
}

/* There may be many records. */
static void complain(const char *why)
{
    static uint64_t next_ms;
    uint64_t now = uv_hrtime() / 1000000;
    if (now < next_ms)
        return;
    next_ms = now + COMPLAINT_EVERY_MS;
    log_line(CLEAT_LOG_ERROR, "records are lost: AuditLog: %s", why);
}

/* ---- records ---- */

static void put_text(json *j, const char *name, cleat_slice text)
{
    if (text.len)
        json_text(j, name, text);
}

static void put(json *j, const char *name, const char *text)
{
    put_text(j, name, text_or_none(text));
}

static void put_time(json *j)
{
    uv_timeval64_t now;
    char seconds[TEXT_TIME_SIZE], stamp[2 * TEXT_TIME_SIZE];
    uv_gettimeofday(&now);
    text_time(seconds, now.tv_sec);
    if (!seconds[0])
        return;
    snprintf(stamp, sizeof stamp, "%s.%03dZ", seconds, (int)(now.tv_usec / 1000));
    put(j, "time", stamp);
}

static void begin(json *j, const audit_subject *who, const char *event)
{
    json_begin(j);
    put_time(j);
    put(j, "event", event);
    json_number(j, "server", who->server);
    json_number(j, "connection", who->connection);
    put(j, "user", who->user);
    put(j, "address", who->peer);
    json_number(j, "port", who->peer_port);
}

static void end(json *j, const char *path)
{
    char *line = json_end(j);
    cleat_error error = {.text = "out of memory"};
    if (!line || port_file_add_record(path, line, &error) != CLEAT_OK)
        complain(error.text);
    free(line);
}

audit_subject audit_subject_of(const connection *c)
{
    return (audit_subject){.file = file_of(c->rules),
                           .server = c->server->process,
                           .connection = c->id,
                           .user = c->user,
                           .peer = c->ends.peer,
                           .peer_port = c->ends.peer_port};
}

/* ---- logins and ends ---- */

static void put_fingerprint(json *j, const char *name, const connection *c, const cleat_key *key)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    if (key &&
        cleat_key_fingerprint(key, rules_fingerprint_hash(c->rules), fingerprint) == CLEAT_OK)
        put(j, name, fingerprint);
}

static void put_key(json *j, const connection *c, const claim *what)
{
    if (what->key)
        put(j, "key_type", cleat_key_type(what->key));
    put_fingerprint(j, "key", c, what->key);
    if (what->cert) {
        const cleat_cert_facts *f = cleat_cert_get_facts(what->cert);
        put(j, "certificate_id", f->key_id);
        json_number(j, "certificate_serial", f->serial);
        put_fingerprint(j, "certificate_authority", c, cleat_cert_authority(what->cert));
    }
    if (what->chain) {
        const cleat_x509_facts *f = cleat_x509_get_facts(what->chain);
        put(j, "x509_subject", f->subject);
        put(j, "x509_serial", f->serial);
        put(j, "x509_issuer", f->issuer);
    }
}

void audit_login(const connection *c, const char *result, const char *method, const claim *what)
{
    json j;
    const audit_subject who = audit_subject_of(c);
    if (!who.file || c->again)
        return;
    begin(&j, &who, "login");
    put(&j, "result", result);
    if (!c->known)
        json_true(&j, "invalid_user");
    put(&j, "method", method);
    put(&j, "client", c->client);
    if (what)
        put_key(&j, c, what);
    end(&j, who.file);
}

void audit_disconnect(const connection *c, cleat_status why)
{
    json j;
    const audit_subject who = audit_subject_of(c);
    if (!who.file || !c->user)
        return;
    begin(&j, &who, "disconnect");
    if (!c->authenticated)
        json_true(&j, "without_login");
    put(&j, "reason", why == CLEAT_OK ? "closed by the server" : cleat_status_text(why));
    json_number(&j, "milliseconds", (uv_hrtime() - c->began) / 1000000);
    if (c->traffic) {
        json_number(&j, "bytes_in", c->traffic->bytes_in);
        json_number(&j, "bytes_out", c->traffic->bytes_out);
    }
    end(&j, who.file);
}

/* ---- acts ---- */

/* What the members of an act are called; NULL: the event has no such. */
static const struct {
    const char *event, *kind, *name, *other, *place, *number;
    bool counts;
} forms[] = {
    [AUDIT_SESSION] = {"session", "kind", "command", "original_command", "terminal", NULL, false},
    [AUDIT_SESSION_END] = {"session-end", "end", "signal", NULL, NULL, "status", false},
    [AUDIT_FILE] = {"file", "operation", "path", "target", NULL, NULL, true},
    [AUDIT_FORWARD] = {"forward", "kind", "to", "origin", NULL, "to_port", false},
};

static void put_member(json *j, const char *name, cleat_slice text)
{
    if (name)
        put_text(j, name, text);
}

static void write_act(const audit_subject *who, const audit_act *act)
{
    json j;
    if (act->event >= sizeof forms / sizeof *forms)
        return;
    begin(&j, who, forms[act->event].event);
    if (act->session)
        json_number(&j, "session", act->session);
    put_member(&j, forms[act->event].kind, act->kind);
    put_member(&j, forms[act->event].name, act->name);
    put_member(&j, forms[act->event].other, act->other);
    put_member(&j, forms[act->event].place, act->place);
    if (forms[act->event].number && act->has_number)
        json_number(&j, forms[act->event].number, act->number);
    put_text(&j, "result", act->result);
    if (forms[act->event].counts && act->has_number) {
        json_number(&j, "bytes_read", act->bytes_read);
        json_number(&j, "bytes_written", act->bytes_written);
    }
    end(&j, who->file);
}

void audit_note_of(const audit_subject *who, const audit_act *act)
{
    if (!who->file)
        return;
    if (!monitor_to_tell) {
        write_act(who, act);
        return;
    }
    /* Who does more than the monitor can write is not to leave records behind, nor to grow here. */
    MONITOR_SEND_ALL_OF(monitor_to_tell, NULL, act, act);
    monitor_link_drain(monitor_to_tell);
}

void audit_note(const connection *c, const audit_act *act)
{
    const audit_subject who = audit_subject_of(c);
    audit_note_of(&who, act);
}

void audit_forward(const connection *c, const audit_forwarding *f)
{
    audit_note(c, &(audit_act){.event = AUDIT_FORWARD,
                               .session = f->session,
                               .kind = audit_text(f->kind),
                               .name = audit_text(f->to),
                               .other = audit_text(f->origin),
                               .has_number = f->port != 0,
                               .number = f->port,
                               .result = audit_text(f->result)});
}

void audit_send_to(monitor_link *monitor)
{
    monitor_to_tell = monitor;
}

bool audit_take(const connection *c, cleat_slice bytes)
{
    audit_act act;
    if (monitor_decode_act(bytes, &act) != CLEAT_OK)
        return false;
    audit_note(c, &act);
    return true;
}

cleat_slice audit_text(const char *text)
{
    cleat_slice whole = text_or_none(text);
    return (cleat_slice){whole.data, whole.len < TEXT_MAX ? whole.len : TEXT_MAX};
}
