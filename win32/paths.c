/* Where things are. */
#include "port_sys.h"

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

cleat_status port_sys_path(char **path, port_place place, cleat_error *error)
{
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
        break;
    }
    return agent_place(path, error);
}

/* ---- Work on paths --------------------------------------------------------------------------- */

const char port_sys_separator = '\\';

bool port_sys_is_separator(char c)
{
    return c == '/' || c == '\\';
}

bool port_sys_is_absolute(const char *path)
{
    return port_sys_is_separator(path[0]) || (path[0] && path[1] == ':');
}

/* ssh_config's quoting makes one backslash of the two with which a pipe's name begins. */
char *port_sys_path_mended(const char *path)
{
    bool is_pipe = strncmp(path, "\\.\\", 3) == 0;
    return port_format("%s%s", is_pipe ? "\\" : "", path);
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

/* The part of a pattern that is not one. */
static int stem_len(const char *pattern)
{
    size_t len = strlen(pattern);
    while (len > 0 && !port_sys_is_separator(pattern[len - 1]) && pattern[len - 1] != ':')
        len--;
    return (int)len;
}

/* A name that is not valid UTF-16 is none that could be opened by us. */
static cleat_status add_match(matches *m, const wchar_t *name, const char *pattern,
                              cleat_error *error)
{
    char *narrow = port_narrow(name);
    bool counts = narrow && strcmp(narrow, ".") != 0 && strcmp(narrow, "..") != 0;
    cleat_status status = CLEAT_OK;
    if (counts && m->count == MATCHES_MAX)
        status =
            port_fail(error, CLEAT_E_LIMIT, "more than %d files match %s", MATCHES_MAX, pattern);
    else if (counts) {
        m->paths[m->count] = port_format("%.*s%s", stem_len(pattern), pattern, narrow);
        if (!m->paths[m->count])
            status = port_fail_memory(error);
        else
            m->count++;
    }
    free(narrow);
    return status;
}

/* Only the last component may be a pattern: that is what Windows itself offers. */
static cleat_status collect(matches *m, const wchar_t *wide, const char *pattern,
                            cleat_error *error)
{
    WIN32_FIND_DATAW found;
    cleat_status status;
    HANDLE search = FindFirstFileW(wide, &found);
    if (search == INVALID_HANDLE_VALUE)
        return CLEAT_OK;
    do
        status = add_match(m, found.cFileName, pattern, error);
    while (status == CLEAT_OK && FindNextFileW(search, &found));
    FindClose(search);
    return status;
}

cleat_status port_sys_path_glob(char ***paths, const char *pattern, cleat_error *error)
{
    wchar_t *wide = port_wide_path(pattern);
    if (!wide)
        return port_fail_wide(error, pattern);
    matches *m = calloc(1, sizeof *m);
    cleat_status status = m ? collect(m, wide, pattern, error) : port_fail_memory(error);
    free(wide);
    if (status == CLEAT_OK) {
        qsort(m->paths, m->count, sizeof m->paths[0], by_name);
        *paths = port_list((const char *const *)m->paths, m->count);
        status = *paths ? CLEAT_OK : port_fail_memory(error);
    }
    while (m && m->count > 0)
        free(m->paths[--m->count]);
    free(m);
    return status;
}
