/* One line an event, to stderr, a file or the system's log, as a sentence or a JSON object. */
#include "json.h"
#include "server.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_ROOM = 1024, STAMP_SIZE = TEXT_TIME_SIZE + 1 };

static struct {
    FILE *file; /* NULL: stderr, or the system's log */
    bool system, json;
    cleat_log_level level;
    log_target target; /* another process */
    void *target_user;
} out = {.level = CLEAT_LOG_INFO};

/* ---- where to ---- */

/* A log file is opened anew each time, so that it may have been moved away before. */
static cleat_status open_file(const char *path, cleat_error *error)
{
    FILE *file = fopen(path, "a");
    if (!file) {
        *error = (cleat_error){.status = CLEAT_E_IO};
        snprintf(error->text, sizeof error->text, "cannot write the log file %s", path);
        return CLEAT_E_IO;
    }
    if (out.file)
        fclose(out.file);
    out.file = file;
    return CLEAT_OK;
}

void log_set_rules(const rules *r)
{
    out.level = rules_log_level(r);
    out.json = rules_number(r, "LogFormat") == 1;
}

cleat_status log_open(const arguments *a, const rules *r, cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    if (a->log_file)
        st = open_file(a->log_file, error);
    else if (!a->to_stderr)
        st = port_log_open("cleatd", cleat_config_text(r->config, "SyslogFacility"), error);
    if (st != CLEAT_OK)
        return st;
    out.system = !a->log_file && !a->to_stderr;
    log_set_rules(r);
    return CLEAT_OK;
}

void log_close(void)
{
    if (out.file)
        fclose(out.file);
    out.file = NULL;
    port_log_close();
}

/* ---- lines ---- */

static void stamp_time(char stamp[STAMP_SIZE])
{
    char seconds[TEXT_TIME_SIZE];
    text_time(seconds, time(NULL));
    snprintf(stamp, STAMP_SIZE, "%s%s", seconds, seconds[0] ? "Z" : "");
}

static char *as_json(cleat_log_level level, uint64_t about, const char *text)
{
    json j;
    char stamp[STAMP_SIZE];
    stamp_time(stamp);
    json_begin(&j);
    json_text(&j, "time", cleat_slice_of(stamp));
    json_text(&j, "level", cleat_slice_of(cleat_log_level_name(level)));
    json_number(&j, "pid", (uint64_t)uv_os_getpid());
    if (about)
        json_number(&j, "connection", about);
    json_text(&j, "message", cleat_slice_of(text));
    return json_end(&j);
}

static void emit(cleat_log_level level, uint64_t about, const char *text)
{
    char stamp[STAMP_SIZE];
    if (out.target) {
        out.target(out.target_user, about, level, text);
        return;
    }
    char *object = out.json ? as_json(level, about, text) : NULL;
    FILE *f = out.file ? out.file : stderr;
    if (out.system) {
        port_log_write(level, object ? object : text);
    } else if (object) {
        fprintf(f, "%s\n", object);
    } else {
        stamp_time(stamp);
        fprintf(f, "%s%scleatd: %s\n", out.file ? stamp : "", out.file ? " " : "", text);
    }
    fflush(f);
    free(object);
}

/* Peers choose parts of the text: nothing may forge a line or reach a terminal. */
static void finish(cleat_log_level level, uint64_t about, char *text)
{
    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7F)
            *c = '?';
    }
    emit(level, about, text);
}

static void say(cleat_log_level level, uint64_t about, const char *format, va_list args)
{
    char text[LINE_ROOM];
    vsnprintf(text, sizeof text, format, args); /* NOLINT: the analyzer has lost the va_start */
    finish(level, about, text);
}

void log_send_to(log_target target, void *user)
{
    out.target = target;
    out.target_user = user;
}

/* Whoever sends lines may be anybody who has taken over a network process: so many at once, and so
 * many a second. */
static bool has_room_for_line(void)
{
    enum { BURST = 500, EACH_MS = 20 };
    static uint64_t full_at; /* when there is room for the whole burst again, in ms */
    static unsigned left_out;
    uint64_t now = uv_hrtime() / 1000000;
    if (full_at < now)
        full_at = now;
    if (full_at + EACH_MS > now + (uint64_t)BURST * EACH_MS) {
        left_out++;
        return false;
    }
    full_at += EACH_MS;
    if (left_out)
        log_line(CLEAT_LOG_ERROR, "%u lines of a network process were left out", left_out);
    left_out = 0;
    return true;
}

void log_relay_limited(uint64_t about, const rules *r, uint32_t level, cleat_slice line)
{
    if (level >= CLEAT_LOG_DEBUG1 || has_room_for_line())
        log_relay(about, r, level, line);
}

void log_relay(uint64_t about, const rules *r, uint32_t level, cleat_slice line)
{
    char text[LINE_ROOM];
    if (level > (uint32_t)rules_log_level(r))
        return;
    snprintf(text, sizeof text, "%.*s", (int)line.len, (const char *)line.data);
    finish((cleat_log_level)level, about, text);
}

void log_line(cleat_log_level level, const char *format, ...)
{
    va_list args;
    if (level > out.level)
        return;
    va_start(args, format);
    say(level, 0, format, args);
    va_end(args);
}

void log_about(const connection *c, cleat_log_level level, const char *format, ...)
{
    va_list args;
    if (level > rules_log_level(c->rules))
        return;
    va_start(args, format);
    say(level, c->id, format, args);
    va_end(args);
}

void log_apart(uint64_t about, cleat_log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(level, about, format, args);
    va_end(args);
}

/* ---- the engine's ---- */

static const connection *find(const server *s, uint64_t id)
{
    const connection *c = s->first;
    while (c && c->id != id)
        c = c->next;
    return c;
}

/* "kex.c:*:1000", "kex:*", "kex": what stands before the colon is the part, without its ".c". */
static bool is_part(const char *area, const char *pattern)
{
    size_t len = strcspn(pattern, ":");
    if (len > 2 && strncmp(pattern + len - 2, ".c", 2) == 0)
        len -= 2;
    char *part = text_format("%.*s", (int)len, pattern);
    bool matches = part && cleat_pattern_list_match(area, part);
    free(part);
    return matches;
}

static bool speaks_freely(const rules *r, const char *area)
{
    for (size_t i = 0; i < cleat_config_count(r->config, "LogVerbose"); i++) {
        if (is_part(area, cleat_config_item(r->config, "LogVerbose", i)))
            return true;
    }
    return false;
}

static void from_engine(void *user, const cleat_log_record *record)
{
    const connection *c = find(user, record->connection);
    if (!c) {
        log_line(record->level, "%s: %s", record->area, record->text);
        return;
    }
    bool free_to_speak =
        rules_text(c->rules, "LogVerbose") && speaks_freely(c->rules, record->area);
    cleat_log_level level = free_to_speak ? CLEAT_LOG_ERROR : record->level;
    log_about(c, level, "[%llu] %s: %s", (unsigned long long)c->id, record->area, record->text);
}

cleat_log_sink log_engine_sink(server *s)
{
    return (cleat_log_sink){.struct_size = sizeof(cleat_log_sink),
                            .user = s,
                            .level = CLEAT_LOG_QUIET,
                            .write = from_engine};
}

cleat_log_level log_engine_level(const rules *r)
{
    return rules_text(r, "LogVerbose") ? CLEAT_LOG_DEBUG3 : rules_log_level(r);
}
