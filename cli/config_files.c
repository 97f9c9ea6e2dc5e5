/* Reading ssh_config: the files, what Include means, and what Match lines ask. */
#include "config_files.h"

#include "canonical.h"
#include "hop.h"
#include "say.h"
#include "shell.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { CONFIG_MAX = 1 << 20 };

typedef struct pass {
    ssh_hop *hop;
    const char *host; /* that Host lines speak of */
    bool final, wants_final;
} pass;

/* ---- Match ---- */

static bool matches_list(const char *text, const char *patterns)
{
    return text && cleat_pattern_list_match(text, patterns);
}

/* The name so far: a Hostname line before this one counts. */
static bool matches_host(const ssh_hop *h, const char *patterns)
{
    char *name = cleat_config_is_set(h->config, "Hostname") ? hop_value(h, "Hostname", 0) : NULL;
    bool matches = matches_list(name ? name : h->given, patterns);
    free(name);
    return matches;
}

static bool matches_user(const ssh_hop *h, const char *patterns)
{
    const char *user = hop_text(h, "User");
    return matches_list(user ? user : h->run->me->name, patterns);
}

static bool matches_network(const char *list)
{
    uv_interface_address_t *all;
    int count;
    bool matches = false;
    bool malformed;
    char text[64];
    if (uv_interface_addresses(&all, &count) != 0)
        return false;
    for (int i = 0; i < count && !matches; i++) {
        const struct sockaddr *any = (const struct sockaddr *)&all[i].address;
        if (!all[i].is_internal && uv_ip_name(any, text, sizeof text) == 0)
            matches = cleat_address_list_match(text, list, &malformed);
    }
    uv_free_interface_addresses(all, count);
    return matches;
}

static bool matches_exec(const ssh_hop *h, const char *command)
{
    char *whole = hop_expand(h, "LocalCommand", command, NULL, 0);
    int status = whole ? shell_run(whole, NULL) : -1;
    if (whole)
        say(CLEAT_LOG_DEBUG1, "Match exec \"%s\": exit status %d", whole, status);
    free(whole);
    return status == 0;
}

const char *config_session_type(const ssh_hop *h)
{
    const char *type = hop_text(h, "SessionType");
    if (h->from_files || h->run->args.forward_to || strcmp(type, "none") == 0)
        return "none";
    if (strcmp(type, "subsystem") == 0)
        return "subsystem";
    return h->run->args.command ? "exec" : "shell";
}

static bool matches_text(const ssh_hop *h, const char *criterion, const char *argument)
{
    const ssh_run *r = h->run;
    if (strcmp(criterion, "host") == 0)
        return matches_host(h, argument);
    if (strcmp(criterion, "originalhost") == 0)
        return matches_list(h->given, argument);
    if (strcmp(criterion, "user") == 0)
        return matches_user(h, argument);
    if (strcmp(criterion, "localuser") == 0)
        return matches_list(r->me->name, argument);
    if (strcmp(criterion, "tagged") == 0)
        return matches_list(hop_text(h, "Tag"), argument);
    if (strcmp(criterion, "command") == 0)
        return matches_list(h->from_files || !r->args.command ? "" : r->args.command, argument);
    if (strcmp(criterion, "version") == 0)
        return matches_list("Cleat_" CLEAT_VERSION, argument);
    if (strcmp(criterion, "sessiontype") == 0)
        return matches_list(config_session_type(h), argument);
    return false;
}

static cleat_status on_match(void *user, const cleat_config *c,
                             const cleat_config_question *question, bool *matches,
                             cleat_error *error)
{
    pass *p = user;
    (void)c;
    (void)error;
    if (strcmp(question->criterion, "final") == 0 ||
        strcmp(question->criterion, "canonical") == 0) {
        p->wants_final = p->wants_final || strcmp(question->criterion, "final") == 0;
        *matches = p->final;
    } else if (strcmp(question->criterion, "exec") == 0) {
        *matches = !question->decided && matches_exec(p->hop, question->argument);
    } else if (strcmp(question->criterion, "localnetwork") == 0) {
        *matches = matches_network(question->argument);
    } else {
        *matches = matches_text(p->hop, question->criterion, question->argument);
    }
    return CLEAT_OK;
}

/* ---- files ---- */

/* A relative name is beside the user's files, or the system's for a file of theirs. */
static cleat_status absolute_pattern(const char *pattern, const char *from, char **out,
                                     cleat_error *error)
{
    char *folder = NULL;
    char *system = NULL;
    char *home = NULL;
    cleat_status st = port_path_expand(&home, pattern, error);
    if (st == CLEAT_OK)
        st = port_path(&system, PORT_PLACE_SYSTEM_SSH, error);
    bool of_system = st == CLEAT_OK && strncmp(from, system, strlen(system)) == 0;
    if (st == CLEAT_OK)
        st = port_path(&folder, of_system ? PORT_PLACE_SYSTEM_SSH : PORT_PLACE_USER_SSH, error);
    if (st == CLEAT_OK)
        st = port_path_join(out, folder, home, error);
    port_free(home);
    port_free(system);
    port_free(folder);
    return st;
}

static cleat_status include_one(const char *path, cleat_config_reading *reading, cleat_error *error)
{
    uint8_t *data;
    size_t len;
    cleat_status st = port_file_read(&data, &len, path, PORT_TRUST_CONFIG, NULL, CONFIG_MAX, error);
    if (st == CLEAT_E_NO_SUCH)
        return CLEAT_OK;
    if (st != CLEAT_OK)
        return st;
    st = cleat_config_included(reading, path, (cleat_slice){data, len}, error);
    port_free(data);
    return st;
}

static cleat_status on_include(void *user, const char *pattern, const char *from,
                               cleat_config_reading *reading, cleat_error *error)
{
    char *absolute = NULL;
    char **paths = NULL;
    (void)user;
    cleat_status st = absolute_pattern(pattern, from, &absolute, error);
    if (st == CLEAT_OK)
        st = port_path_glob(&paths, absolute, error);
    for (size_t i = 0; st == CLEAT_OK && paths[i]; i++)
        st = include_one(paths[i], reading, error);
    port_free(paths);
    port_free(absolute);
    return st;
}

static cleat_status read_file(pass *p, const char *path, bool must_exist, cleat_error *error)
{
    uint8_t *data;
    size_t len;
    const cleat_config_host host = {.struct_size = sizeof host,
                                    .user = p,
                                    .host = p->host,
                                    .include = on_include,
                                    .match = on_match};
    cleat_status st =
        port_file_read(&data, &len, path, must_exist ? PORT_TRUST_ANY : PORT_TRUST_CONFIG, NULL,
                       CONFIG_MAX, error);
    if (st == CLEAT_E_NO_SUCH && !must_exist)
        return CLEAT_OK;
    if (st != CLEAT_OK)
        return st;
    say(CLEAT_LOG_DEBUG1, "Reading configuration data %s", path);
    st = cleat_config_read(p->hop->config, path, (cleat_slice){data, len}, &host, error);
    port_free(data);
    return st;
}

static cleat_status read_place(pass *p, port_place place, const char *name, cleat_error *error)
{
    char *folder = NULL;
    char *path = NULL;
    cleat_status st = port_path(&folder, place, error);
    if (st == CLEAT_OK)
        st = port_path_join(&path, folder, name, error);
    if (st == CLEAT_OK)
        st = read_file(p, path, false, error);
    port_free(path);
    port_free(folder);
    return st;
}

static cleat_status read_all(pass *p, cleat_error *error)
{
    const char *named = p->hop->run->args.config_file;
    if (named && strcmp(named, "none") == 0)
        return CLEAT_OK;
    if (named)
        return read_file(p, named, true, error);
    cleat_status st = read_place(p, PORT_PLACE_USER_SSH, "config", error);
    if (st == CLEAT_OK)
        st = read_place(p, PORT_PLACE_SYSTEM, "ssh_config", error);
    return st == CLEAT_OK ? read_place(p, PORT_PLACE_SYSTEM_SSH, "ssh_config", error) : st;
}

/* Hostname as it stands now, in small letters. */
static char *name_so_far(const ssh_hop *h)
{
    char *name = cleat_config_is_set(h->config, "Hostname") ? hop_value(h, "Hostname", 0)
                                                            : text_format("%s", h->given);
    for (char *c = name; c && *c; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 32);
    }
    return name;
}

/* Hostname is a value with tokens. */
static cleat_status keep_name(ssh_hop *h, const char *name, cleat_error *error)
{
    const char *percent = strchr(name, '%');
    char *value = percent ? text_format("%.*s%%%s", (int)(percent - name), name, percent)
                          : text_format("%s", name);
    cleat_status st = value ? cleat_config_put(h->config, "Hostname", value, error) : CLEAT_E_NOMEM;
    free(value);
    return st;
}

/* Where a name is made canonical, or a file says `Match final`, everything is read twice, as lines
 * may speak of what the first reading gave. */
cleat_status config_files_read(ssh_hop *h, cleat_error *error)
{
    pass p = {.hop = h, .host = h->given};
    cleat_status st = read_all(&p, error);
    char *name = st == CLEAT_OK ? name_so_far(h) : NULL;
    if (st == CLEAT_OK)
        st = name ? canonical_name(h, &name, error) : CLEAT_E_CONFIG;
    bool again = st == CLEAT_OK && (p.wants_final || canonical_is_wanted(h));
    if (again)
        st = keep_name(h, name, error);
    if (again && st == CLEAT_OK) {
        say(CLEAT_LOG_DEBUG1, "re-parsing configuration");
        p.final = true;
        p.host = name;
        st = read_all(&p, error);
    }
    free(name);
    return st;
}
