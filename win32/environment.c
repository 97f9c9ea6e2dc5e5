/* What a user's programs start with: the account's environment as the system keeps it. */
#include "port.h"

#include "fail.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <userenv.h>

enum { PAIRS_MAX = 1024 };

typedef struct pairs {
    char *items[PAIRS_MAX];
    size_t count;
} pairs;

static bool add(pairs *p, char *pair)
{
    if (!pair || p->count == PAIRS_MAX) {
        free(pair);
        return false;
    }
    p->items[p->count++] = pair;
    return true;
}

/* Names that begin with '=' are cmd.exe's notes of the folder on each drive. A value that is not
 * valid text is left out: nothing could hand it on. */
static bool add_block(pairs *p, const wchar_t *block)
{
    for (const wchar_t *at = block; *at; at += wcslen(at) + 1) {
        char *pair = *at == L'=' ? NULL : port_narrow(at);
        if (pair && !add(p, pair))
            return false;
    }
    return true;
}

/* Programs from elsewhere look for these three, which Windows does not have. */
static bool add_usual(pairs *p, const port_user *user)
{
    return add(p, port_format("USER=%s", user->name)) &&
           add(p, port_format("LOGNAME=%s", user->name)) &&
           add(p, port_format("HOME=%s", user->home)) &&
           add(p, port_format("SHELL=%s", user->shell));
}

static bool open_block(void **block)
{
    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, &token))
        return false;
    bool made = CreateEnvironmentBlock(block, token, FALSE);
    DWORD failure = GetLastError();
    CloseHandle(token);
    SetLastError(failure);
    return made;
}

cleat_status port_user_environment(char ***list, const port_user *user, cleat_error *error)
{
    void *block = NULL;
    *list = NULL;
    if (!open_block(&block))
        return port_fail_last(error, "cannot read the environment of %s", user->name);
    pairs *p = calloc(1, sizeof *p);
    if (p && add_block(p, block) && add_usual(p, user))
        *list = port_list((const char *const *)p->items, p->count);
    DestroyEnvironmentBlock(block);
    while (p && p->count > 0)
        free(p->items[--p->count]);
    free(p);
    return *list ? CLEAT_OK : port_fail_memory(error);
}
