/* Names of users and groups, and the time of day. */
#include "fs.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ENTRY_MAX = 64 << 10 };

/* An entry's strings need room of a size that nobody knows; this is enough for all but groups of
 * thousands, whose number is shown. */
static char *user_name(uint32_t id, char *room)
{
    struct passwd store;
    struct passwd *entry = NULL;
    int e = getpwuid_r((uid_t)id, &store, room, ENTRY_MAX, &entry);
    return e == 0 && entry ? strdup(entry->pw_name) : NULL;
}

static char *group_name(uint32_t id, char *room)
{
    struct group store;
    struct group *entry = NULL;
    int e = getgrgid_r((gid_t)id, &store, room, ENTRY_MAX, &entry);
    return e == 0 && entry ? strdup(entry->gr_name) : NULL;
}

char *port_owner_name(uint32_t id, bool group)
{
    char *room = malloc(ENTRY_MAX);
    if (!room)
        return NULL;
    char *name = group ? group_name(id, room) : user_name(id, room);
    free(room);
    return name;
}

static bool user_id(uint32_t *id, const char *name, char *room)
{
    struct passwd store;
    struct passwd *entry = NULL;
    if (getpwnam_r(name, &store, room, ENTRY_MAX, &entry) != 0 || !entry)
        return false;
    *id = (uint32_t)entry->pw_uid;
    return true;
}

static bool group_id(uint32_t *id, const char *name, char *room)
{
    struct group store;
    struct group *entry = NULL;
    if (getgrnam_r(name, &store, room, ENTRY_MAX, &entry) != 0 || !entry)
        return false;
    *id = (uint32_t)entry->gr_gid;
    return true;
}

bool port_owner_id(uint32_t *id, const char *name, bool group)
{
    char *room = malloc(ENTRY_MAX);
    bool found = room && (group ? group_id(id, name, room) : user_id(id, name, room));
    free(room);
    return found;
}

void port_local_time(int64_t seconds, port_calendar *c)
{
    struct tm tm = {0};
    time_t t = (time_t)seconds;
    if (!localtime_r(&t, &tm))
        tm = (struct tm){.tm_year = 70, .tm_mday = 1};
    *c = (port_calendar){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                         tm.tm_hour,        tm.tm_min,     tm.tm_sec};
}
