/* The files that sshd_config consists of. */
#include "config_files.h"

#include "port.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { CONFIG_MAX = 1 << 20 };

static const char flags_origin[] = "command-line";

typedef struct kept_file {
    struct kept_file *next; /* in the order in which a pattern names them */
    char *path;
    uint8_t *data; /* port's */
    size_t len;
} kept_file;

/* What an Include pattern meant when it was first met. */
typedef struct kept_pattern {
    struct kept_pattern *next;
    char *pattern; /* absolute */
    kept_file *files;
} kept_pattern;

struct config_files {
    const arguments *arguments;
    kept_file *main; /* NULL: none */
    kept_pattern *patterns;
};

/* One reading: the caller's host, with our Include. */
typedef struct pass {
    config_files *files;
    const cleat_config_host *host;
} pass;

static void free_files(kept_file *file)
{
    while (file) {
        kept_file *next = file->next;
        free(file->path);
        port_free(file->data);
        free(file);
        file = next;
    }
}

void config_files_free(config_files *f)
{
    if (!f)
        return;
    while (f->patterns) {
        kept_pattern *next = f->patterns->next;
        free_files(f->patterns->files);
        free(f->patterns->pattern);
        free(f->patterns);
        f->patterns = next;
    }
    free_files(f->main);
    free(f);
}

const arguments *config_files_arguments(const config_files *f)
{
    return f->arguments;
}

static cleat_status read_file(kept_file **out, const char *path, cleat_error *error)
{
    kept_file *file = calloc(1, sizeof *file);
    *out = NULL;
    if (!file)
        return CLEAT_E_NOMEM;
    file->path = text_format("%s", path);
    cleat_status st = file->path ? port_file_read(&file->data, &file->len, path, PORT_TRUST_CONFIG,
                                                  NULL, CONFIG_MAX, error)
                                 : CLEAT_E_NOMEM;
    if (st == CLEAT_OK)
        *out = file;
    else
        free_files(file);
    return st;
}

/* System mode has a configuration, even if it is an empty one. */
static cleat_status read_system_file(kept_file **out, cleat_error *error)
{
    char *folder = NULL;
    cleat_status st = port_path(&folder, PORT_PLACE_SYSTEM, error);
    char *path = st == CLEAT_OK ? text_format("%s/cleatd_config", folder) : NULL;
    if (st == CLEAT_OK)
        st = path ? read_file(out, path, error) : CLEAT_E_NOMEM;
    port_free(folder);
    free(path);
    return st;
}

cleat_status config_files_new(config_files **out, const arguments *a, cleat_error *error)
{
    config_files *f = calloc(1, sizeof *f);
    cleat_status st = CLEAT_OK;
    *out = NULL;
    if (!f)
        return CLEAT_E_NOMEM;
    f->arguments = a;
    if (a->config && strcmp(a->config, "none") != 0)
        st = read_file(&f->main, a->config, error);
    else if (!a->config && a->system)
        st = read_system_file(&f->main, error);
    if (st == CLEAT_OK)
        *out = f;
    else
        config_files_free(f);
    return st;
}

/* ---- Include ---- */

/* A relative name is beside the file that names it: for the system's files that is /etc/ssh, where
 * OpenSSH looks for all of them. */
static char *absolute(const char *pattern, const char *from)
{
    char *joined = NULL;
    const char *slash = strrchr(from, '/');
    const char *back = strrchr(from, '\\');
    const char *end = back && (!slash || back > slash) ? back : slash;
    char *folder = end ? text_format("%.*s", (int)(end - from + 1), from) : text_format("%s", ".");
    cleat_status st = folder ? port_path_join(&joined, folder, pattern, NULL) : CLEAT_E_NOMEM;
    char *out = st == CLEAT_OK ? text_format("%s", joined) : NULL;
    port_free(joined);
    free(folder);
    return out;
}

static cleat_status read_pattern(kept_pattern *p, cleat_error *error)
{
    char **paths;
    kept_file **end = &p->files;
    cleat_status st = port_path_glob(&paths, p->pattern, error);
    for (size_t i = 0; st == CLEAT_OK && paths[i]; i++) {
        st = read_file(end, paths[i], error);
        if (st == CLEAT_OK)
            end = &(*end)->next;
    }
    port_free(paths);
    return st;
}

static cleat_status find_pattern(config_files *f, char *pattern, kept_pattern **out,
                                 cleat_error *error)
{
    for (kept_pattern *p = f->patterns; p; p = p->next) {
        *out = p;
        if (strcmp(p->pattern, pattern) == 0) {
            free(pattern);
            return CLEAT_OK;
        }
    }
    kept_pattern *fresh = calloc(1, sizeof *fresh);
    *out = fresh;
    if (!fresh) {
        free(pattern);
        return CLEAT_E_NOMEM;
    }
    fresh->pattern = pattern;
    fresh->next = f->patterns;
    f->patterns = fresh;
    return read_pattern(fresh, error);
}

static cleat_status on_include(void *user, const char *pattern, const char *from,
                               cleat_config_reading *reading, cleat_error *error)
{
    const pass *p = user;
    kept_pattern *kept;
    char *whole = absolute(pattern, from);
    cleat_status st = whole ? find_pattern(p->files, whole, &kept, error) : CLEAT_E_NOMEM;
    for (const kept_file *file = st == CLEAT_OK ? kept->files : NULL; file && st == CLEAT_OK;
         file = file->next)
        st =
            cleat_config_included(reading, file->path, (cleat_slice){file->data, file->len}, error);
    return st;
}

/* ---- reading ---- */

static cleat_status on_match(void *user, const cleat_config *c,
                             const cleat_config_question *question, bool *matches,
                             cleat_error *error)
{
    const cleat_config_host *host = ((const pass *)user)->host;
    return host->match(host->user, c, question, matches, error);
}

static cleat_status on_check(void *user, const cleat_config_row *row, const char *const *items,
                             size_t count, cleat_error *error)
{
    const cleat_config_host *host = ((const pass *)user)->host;
    return host->check(host->user, row, items, count, error);
}

static cleat_status read_main(const config_files *f, cleat_config *c, const cleat_config_host *host,
                              cleat_error *error)
{
    if (!f->main)
        return cleat_config_read(c, "", cleat_slice_of(""), host, error);
    return cleat_config_read(c, f->main->path, (cleat_slice){f->main->data, f->main->len}, host,
                             error);
}

static cleat_status read_lines(cleat_config *c, const char *lines, const cleat_config_host *host,
                               cleat_error *error)
{
    return lines ? cleat_config_read(c, flags_origin, cleat_slice_of(lines), host, error)
                 : CLEAT_OK;
}

/* As in OpenSSH: what a flag of its own says stands, then come the blocks that match, then -o, and
 * at last what the files say outside of blocks. */
cleat_status config_files_read(config_files *f, cleat_config *c, const cleat_config_host *host,
                               cleat_error *error)
{
    pass p = {.files = f, .host = host};
    cleat_config_host ours = {.struct_size = sizeof ours,
                              .user = &p,
                              .include = on_include,
                              .match = on_match,
                              .check = on_check,
                              .scope = CLEAT_CONFIG_OUTSIDE};
    cleat_status st = read_lines(c, f->arguments->first, &ours, error);
    ours.scope = CLEAT_CONFIG_BLOCKS;
    if (st == CLEAT_OK)
        st = read_main(f, c, &ours, error);
    ours.scope = CLEAT_CONFIG_OUTSIDE;
    if (st == CLEAT_OK)
        st = read_lines(c, f->arguments->options, &ours, error);
    if (st == CLEAT_OK)
        st = read_main(f, c, &ours, error);
    return st;
}
