/* Accounts, from the system's name services. */
#include "port_sys.h"

#include "fail.h"
#include "text.h"
#include "user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRY_MAX = 1 << 20, GROUPS_MAX = 65536 };

static const char *or_else(const char *text, const char *fallback)
{
    return text && *text ? text : fallback;
}

static cleat_status make_user(port_user **user, uid_t uid, gid_t gid, const char *name,
                              const char *home, const char *shell, cleat_error *error)
{
    port_user *made = calloc(1, sizeof *made);
    if (!made)
        return port_fail_memory(error);
    made->name = port_format("%s", name);
    made->id = port_format("%lu", (unsigned long)uid);
    made->group = port_format("%lu", (unsigned long)gid);
    made->home = port_format("%s", or_else(home, "/"));
    made->shell = port_format("%s", or_else(shell, "/bin/sh"));
    if (!made->name || !made->id || !made->group || !made->home || !made->shell) {
        port_user_free(made);
        return port_fail_memory(error);
    }
    *user = made;
    return CLEAT_OK;
}

/* Fetches an entry by name, or by uid where name is NULL. *entry is NULL when there is none; its
 * strings live in *block, which the caller frees in every case. Returns an errno value. */
static int fetch(const char *name, uid_t uid, struct passwd *store, struct passwd **entry,
                 char **block)
{
    *entry = NULL;
    *block = NULL;
    for (size_t size = 1024; size <= ENTRY_MAX; size *= 2) {
        free(*block);
        *block = malloc(size);
        if (!*block)
            return ENOMEM;
        int failure = name ? getpwnam_r(name, store, *block, size, entry)
                           : getpwuid_r(uid, store, *block, size, entry);
        if (failure != ERANGE && failure != EINTR)
            return failure;
    }
    return ERANGE;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static struct {
    char *name; /* NULL: nobody */
    user_numbers numbers;
} remembered;

static void forget(void)
{
    port_free(remembered.name);
    free(remembered.numbers.groups);
    remembered.name = NULL;
    remembered.numbers = (user_numbers){0};
}

static gid_t *group_ids(const char *user, gid_t primary, size_t *count)
{
    int room = 32;
    for (;;) {
        gid_t *ids = malloc((size_t)room * sizeof *ids);
        if (!ids)
            return NULL;
        int found = room;
        if (getgrouplist(user, primary, ids, &found) >= 0) {
            *count = (size_t)found;
            return ids;
        }
        free(ids);
        if (room > GROUPS_MAX)
            return NULL;
        room = found > room ? found : room * 2;
    }
}

const user_numbers *user_numbers_of(const char *name)
{
    struct passwd store, *entry;
    char *block;
    if (remembered.name && strcmp(remembered.name, name) == 0)
        return &remembered.numbers;
    forget();
    user_numbers *n = &remembered.numbers;
    fetch(name, 0, &store, &entry, &block);
    if (entry) {
        *n = (user_numbers){.uid = entry->pw_uid, .gid = entry->pw_gid};
        n->groups = group_ids(name, n->gid, &n->count);
        remembered.name = n->groups ? port_format("%s", name) : NULL;
    }
    free(block);
    if (remembered.name)
        return n;
    forget();
    return NULL;
}

/* ---- Entries --------------------------------------------------------------------------------- */

/* Some systems report a name they do not know as an error instead of an empty answer. */
static bool means_unknown(int failure)
{
    return failure == 0 || failure == ENOENT || failure == ESRCH;
}

/* Containers may run under a uid that has no entry; the environment speaks for it then. */
static cleat_status user_without_entry(port_user **user, uid_t uid, cleat_error *error)
{
    const char *name = or_else(getenv("USER"), getenv("LOGNAME"));
    const char *home = getenv("HOME");
    if (!name || !*name || !home || *home != '/')
        return port_fail(error, CLEAT_E_NO_SUCH,
                         "uid %lu has no account, and USER and HOME do not stand in for one",
                         (unsigned long)uid);
    return make_user(user, uid, getegid(), name, home, getenv("SHELL"), error);
}

cleat_status port_user_current(port_user **user, cleat_error *error)
{
    *user = NULL;
    uid_t uid = geteuid();
    struct passwd store, *entry;
    char *block;
    cleat_status status;
    int failure = fetch(NULL, uid, &store, &entry, &block);
    if (entry)
        status = make_user(user, uid, entry->pw_gid, entry->pw_name, entry->pw_dir, entry->pw_shell,
                           error);
    else if (means_unknown(failure))
        status = user_without_entry(user, uid, error);
    else
        status = port_fail_os(error, failure, "cannot look up uid %lu", (unsigned long)uid);
    free(block);
    return status;
}

cleat_status port_sys_user_lookup(port_user **user, const char *name, cleat_error *error)
{
    struct passwd store, *entry;
    char *block;
    cleat_status status;
    forget();
    int failure = fetch(name, 0, &store, &entry, &block);
    if (entry)
        status = make_user(user, entry->pw_uid, entry->pw_gid, entry->pw_name, entry->pw_dir,
                           entry->pw_shell, error);
    else if (means_unknown(failure))
        status = port_fail(error, CLEAT_E_NO_SUCH, "there is no user %s", name);
    else
        status = port_fail_os(error, failure, "cannot look up user %s", name);
    free(block);
    return status;
}

/* The name of a group, or its number where it has no name. NULL when memory is out. */
static char *group_name(gid_t gid)
{
    char *name = NULL;
    for (size_t size = 1024; size <= ENTRY_MAX; size *= 2) {
        struct group store, *entry = NULL;
        char *block = malloc(size);
        if (!block)
            return NULL;
        int failure = getgrgid_r(gid, &store, block, size, &entry);
        if (entry)
            name = port_format("%s", entry->gr_name);
        free(block);
        if (failure != ERANGE)
            break;
    }
    return name ? name : port_format("%lu", (unsigned long)gid);
}

cleat_status port_user_groups(char ***names, const port_user *user, cleat_error *error)
{
    *names = NULL;
    size_t count = 0, named = 0;
    gid_t *own = NULL; /* of a user without an entry */
    const user_numbers *known = user_numbers_of(user->name);
    const gid_t *ids = known ? known->groups : (own = group_ids(user->name, getegid(), &count));
    if (known)
        count = known->count;
    char **each = ids ? calloc(count + 1, sizeof *each) : NULL;
    while (each && named < count && (each[named] = group_name(ids[named])) != NULL)
        named++;
    if (each && named == count)
        *names = port_list((const char *const *)each, count);

    while (named > 0)
        free(each[--named]);
    free(each);
    free(own);
    return *names ? CLEAT_OK : port_fail_memory(error);
}

/* ---- Environment ----------------------------------------------------------------------------- */

cleat_status port_user_environment(char ***pairs, const port_user *user, cleat_error *error)
{
    static const char *const kept[] = {"PATH", "TZ", "LANG"};
    static const char usual_path[] = "/usr/local/bin:/usr/bin:/bin:/usr/games";
    bool is_me = strtoul(user->id, NULL, 10) == geteuid();
    const char *const names[] = {"USER", "LOGNAME", "HOME", "SHELL"};
    const char *const values[] = {user->name, user->name, user->home, user->shell};
    char *made[7];
    size_t count = 0;
    bool whole = true;
    for (size_t i = 0; i < 4 && whole; i++)
        whole = (made[count] = port_format("%s=%s", names[i], values[i])) && ++count;
    for (size_t i = 0; i < 3 && whole; i++) {
        const char *value = is_me || i > 0 ? getenv(kept[i]) : usual_path;
        if (value)
            whole = (made[count] = port_format("%s=%s", kept[i], value)) && ++count;
    }
    *pairs = whole ? port_list((const char *const *)made, count) : NULL;
    while (count > 0)
        free(made[--count]);
    return *pairs ? CLEAT_OK : port_fail_memory(error);
}
