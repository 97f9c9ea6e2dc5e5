/* Where things are. */
#include "port.h"

#include "fail.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define AGENT_PIPE "\\\\.\\pipe\\openssh-ssh-agent"

static cleat_status hand_out(char **path, char *made, cleat_error *error)
{
    *path = made;
    return made ? CLEAT_OK : port_fail_memory(error);
}

/* ---- Places ---------------------------------------------------------------------------------- */

static cleat_status below_variable(char **path, const wchar_t *variable, const char *name,
                                   cleat_error *error)
{
    char *base = port_env(variable);
    if (!base) {
        char *shown = port_narrow(variable);
        cleat_status status =
            port_fail(error, CLEAT_E_NO_SUCH, "%%%s%% is not set", shown ? shown : "?");
        free(shown);
        return status;
    }
    cleat_status status = hand_out(path, port_format("%s\\%s", base, name), error);
    free(base);
    return status;
}

static cleat_status agent_place(char **path, cleat_error *error)
{
    char *endpoint = port_env(L"SSH_AUTH_SOCK");
    if (endpoint && *endpoint)
        return hand_out(path, endpoint, error);
    free(endpoint);
    return hand_out(path, port_format("%s", AGENT_PIPE), error);
}

cleat_status port_path(char **path, port_place place, cleat_error *error)
{
    *path = NULL;
    switch (place) {
    case PORT_PLACE_USER_SSH:
        return below_variable(path, L"USERPROFILE", ".ssh", error);
    case PORT_PLACE_SYSTEM_SSH:
        return below_variable(path, L"ProgramData", "ssh", error);
    case PORT_PLACE_SYSTEM:
        return below_variable(path, L"ProgramData", "cleat", error);
    case PORT_PLACE_STATE:
        return below_variable(path, L"LOCALAPPDATA", "cleat", error);
    case PORT_PLACE_AGENT:
        return agent_place(path, error);
    }
    return port_fail(error, CLEAT_E_BAD_CALL, "there is no place %d", (int)place);
}

/* ---- Work on paths --------------------------------------------------------------------------- */

cleat_status port_path_expand(char **expanded, const char *path, cleat_error *error)
{
    *expanded = NULL;
    /* ssh_config's quoting makes one backslash of the two with which a pipe's name begins. */
    if (strncmp(path, "\\.\\", 3) == 0)
        return hand_out(expanded, port_format("\\%s", path), error);
    if (path[0] != '~')
        return hand_out(expanded, port_format("%s", path), error);

    size_t name_len = strcspn(path + 1, "/\\");
    port_user *user;
    char *name = port_format("%.*s", (int)name_len, path + 1);
    if (!name)
        return port_fail_memory(error);
    cleat_status status =
        name_len ? port_user_lookup(&user, name, error) : port_user_current(&user, error);
    if (status == CLEAT_OK) {
        status = hand_out(expanded, port_format("%s%s", user->home, path + 1 + name_len), error);
        port_user_free(user);
    }
    free(name);
    return status;
}

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

static bool is_absolute(const char *path)
{
    return is_separator(path[0]) || (path[0] && path[1] == ':');
}

cleat_status port_path_join(char **joined, const char *directory, const char *name,
                            cleat_error *error)
{
    *joined = NULL;
    if (is_absolute(name))
        return hand_out(joined, port_format("%s", name), error);
    size_t len = strlen(directory);
    const char *between = len && is_separator(directory[len - 1]) ? "" : "\\";
    return hand_out(joined, port_format("%s%s%s", directory, between, name), error);
}

/* ---- Patterns -------------------------------------------------------------------------------- */

enum { MATCHES_MAX = 1024 };

typedef struct matches {
    char *paths[MATCHES_MAX];
    size_t count;
} matches;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Only the last component may be a pattern: that is what Windows itself offers. */
static void collect(matches *m, const wchar_t *wide, const char *pattern)
{
    WIN32_FIND_DATAW found;
    size_t stem = strlen(pattern);
    while (stem > 0 && !is_separator(pattern[stem - 1]) && pattern[stem - 1] != ':')
        stem--;
    HANDLE search = FindFirstFileW(wide, &found);
    if (search == INVALID_HANDLE_VALUE)
        return;
    do {
        char *name = port_narrow(found.cFileName);
        bool counts = name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
        char *path = counts ? port_format("%.*s%s", (int)stem, pattern, name) : NULL;
        free(name);
        if (path)
            m->paths[m->count++] = path;
    } while (m->count < MATCHES_MAX && FindNextFileW(search, &found));
    FindClose(search);
}

cleat_status port_path_glob(char ***paths, const char *pattern, cleat_error *error)
{
    *paths = NULL;
    matches *m = calloc(1, sizeof *m);
    wchar_t *wide = port_wide(pattern);
    if (!m || !wide) {
        free(m);
        free(wide);
        return port_fail_wide(error, pattern);
    }
    collect(m, wide, pattern);
    qsort(m->paths, m->count, sizeof m->paths[0], by_name);
    *paths = port_list((const char *const *)m->paths, m->count);
    while (m->count > 0)
        free(m->paths[--m->count]);
    free(m);
    free(wide);
    return *paths ? CLEAT_OK : port_fail_memory(error);
}
