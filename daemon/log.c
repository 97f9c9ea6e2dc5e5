/* One line an event, to stderr, a file or the system's log. */
#include "server.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct {
    FILE *file; /* NULL: stderr */
    bool system;
    cleat_log_level level;
} out = {.level = CLEAT_LOG_INFO};

void log_to_file(const char *path)
{
    out.file = fopen(path, "a");
    if (!out.file)
        fprintf(stderr, "cleatd: cannot write the log file %s\n", path);
}

void log_to_system(void)
{
    out.system = port_log_open("cleatd", "AUTH", NULL) == CLEAT_OK;
}

void log_set_level(cleat_log_level level)
{
    out.level = level;
}

static void emit(cleat_log_level level, const char *text)
{
    char stamp[32] = "";
    time_t now = time(NULL);
    const struct tm *utc = gmtime(&now);
    if (out.system) {
        port_log_write(level, text);
        return;
    }
    if (utc)
        strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ ", utc);
    FILE *f = out.file ? out.file : stderr;
    fprintf(f, "%scleatd: %s\n", out.file ? stamp : "", text);
    fflush(f);
}

void log_line(cleat_log_level level, const char *format, ...)
{
    char text[1024];
    va_list args;
    if (level > out.level)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* Peers choose parts of the text: nothing may forge a line or reach a terminal. */
    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7F)
            *c = '?';
    }
    emit(level, text);
}

static void from_engine(void *user, const cleat_log_record *record)
{
    (void)user;
    log_line(record->level, "[%llu] %s: %s", (unsigned long long)record->connection, record->area,
             record->text);
}

cleat_log_sink log_engine_sink(void)
{
    return (cleat_log_sink){
        .struct_size = sizeof(cleat_log_sink), .level = CLEAT_LOG_QUIET, .write = from_engine};
}

cleat_log_level log_get_level(void)
{
    return out.level;
}
