/* Accounts: names and SIDs from the system, homes from the profile list. */
#include "port_sys.h"

#include "fail.h"
#include "text.h"
#include "token.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <sddl.h>

enum { NAME_ROOM = 512, GROUPS_MAX = 1024 };

/* A string value of the registry, environment variables expanded; NULL if there is none. A value
 * that is expanded counts as a plain one: naming its own type too would be refused. */
static char *registry_text(const wchar_t *key, const wchar_t *name)
{
    wchar_t value[1024];
    DWORD size = sizeof value;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_SZ, NULL, value, &size) !=
        ERROR_SUCCESS)
        return NULL;
    return port_narrow(value);
}

/* Where admins of the other port have set it; cmd.exe else. */
static char *default_shell(void)
{
    char *shell = registry_text(L"SOFTWARE\\OpenSSH", L"DefaultShell");
    if (shell)
        return shell;
    char *root = port_env(L"SystemRoot");
    shell = port_format("%s\\system32\\cmd.exe", root ? root : "C:\\Windows");
    free(root);
    return shell;
}

/* NULL: the shell's usual one. */
static char *default_shell_option(void)
{
    return registry_text(L"SOFTWARE\\OpenSSH", L"DefaultShellCommandOption");
}

static char *profile_of(const char *sid)
{
    char *key =
        port_format("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\%s", sid);
    wchar_t *wide = key ? port_wide(key) : NULL;
    char *home = wide ? registry_text(wide, L"ProfileImagePath") : NULL;
    free(wide);
    free(key);
    return home;
}

static char *sid_text(PSID sid)
{
    wchar_t *wide;
    if (!ConvertSidToStringSidW(sid, &wide))
        return NULL;
    char *text = port_narrow(wide);
    LocalFree(wide);
    return text;
}

/* The account's name without its domain. */
static char *sid_name(PSID sid)
{
    wchar_t name[NAME_ROOM], domain[NAME_ROOM];
    DWORD name_len = NAME_ROOM, domain_len = NAME_ROOM;
    SID_NAME_USE use;
    if (!LookupAccountSidW(NULL, sid, name, &name_len, domain, &domain_len, &use))
        return NULL;
    return port_narrow(name);
}

/* Takes home over. */
static cleat_status make_user(port_user **user, PSID sid, char *home, cleat_error *error)
{
    port_user *made = calloc(1, sizeof *made);
    if (!made) {
        free(home);
        return port_fail_memory(error);
    }
    made->home = home;
    made->id = sid_text(sid);
    made->group = port_format("%s", "");
    made->name = sid_name(sid);
    made->shell = default_shell();
    made->shell_option = default_shell_option();
    if (!made->home && made->id)
        made->home = profile_of(made->id);
    if (!made->name || !made->id || !made->group || !made->shell || !made->home) {
        cleat_status status =
            port_fail(error, CLEAT_E_NO_SUCH, "the account %s has no %s", made->id ? made->id : "?",
                      made->home ? "name" : "profile folder");
        port_user_free(made);
        return status;
    }
    *user = made;
    return CLEAT_OK;
}

cleat_status port_user_current(port_user **user, cleat_error *error)
{
    *user = NULL;
    TOKEN_USER *me = port_token_information(TokenUser);
    if (!me)
        return port_fail_last(error, "cannot read who runs this program");
    cleat_status status = make_user(user, me->User.Sid, port_env(L"USERPROFILE"), error);
    free(me);
    return status;
}

static cleat_status lookup_sid(PSID sid, DWORD size, const char *name, cleat_error *error)
{
    wchar_t domain[NAME_ROOM];
    DWORD domain_len = NAME_ROOM;
    SID_NAME_USE use;
    wchar_t *wide = port_wide(name);
    if (!wide)
        return port_fail_wide(error, name);
    BOOL
    found = LookupAccountNameW(NULL, wide, sid, &size, domain, &domain_len, &use);
    DWORD failure = GetLastError();
    free(wide);
    if (!found && failure != ERROR_NONE_MAPPED)
        return port_fail_os(error, (int)failure, "cannot look up user %s", name);
    if (!found || use != SidTypeUser)
        return port_fail(error, CLEAT_E_NO_SUCH, "there is no user %s", name);
    return CLEAT_OK;
}

/* The profile list knows everyone who has logged on; the environment knows us for certain. */
cleat_status port_sys_user_lookup(port_user **user, const char *name, cleat_error *error)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    cleat_status status = lookup_sid(sid, sizeof sid, name, error);
    if (status < 0)
        return status;
    TOKEN_USER *me = port_token_information(TokenUser);
    bool is_me = me && EqualSid(me->User.Sid, sid);
    free(me);
    return make_user(user, sid, is_me ? port_env(L"USERPROFILE") : NULL, error);
}

static cleat_status name_groups(char ***names, const TOKEN_GROUPS *groups, cleat_error *error)
{
    char *made[GROUPS_MAX] = {NULL};
    size_t count = 0;
    for (DWORD i = 0; i < groups->GroupCount && count < GROUPS_MAX; i++) {
        char *name = sid_name(groups->Groups[i].Sid);
        if (name)
            made[count++] = name;
    }
    *names = port_list((const char *const *)made, count);
    while (count > 0)
        free(made[--count]);
    return *names ? CLEAT_OK : port_fail_memory(error);
}

cleat_status port_user_groups(char ***names, const port_user *user, cleat_error *error)
{
    *names = NULL;
    port_user *me;
    cleat_status status = port_user_current(&me, error);
    if (status < 0)
        return status;
    bool is_me = strcmp(me->id, user->id) == 0;
    port_user_free(me);
    if (!is_me)
        return port_fail(error, CLEAT_E_UNSUPPORTED,
                         "only the groups of the user who runs this program can be read, not %s's",
                         user->name);
    TOKEN_GROUPS *groups = port_token_information(TokenGroups);
    if (!groups)
        return port_fail_last(error, "cannot read the groups of %s", user->name);
    status = name_groups(names, groups, error);
    free(groups);
    return status;
}
