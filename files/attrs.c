/* From the system's attributes to the protocol's, and back. */
#include "files_int.h"

#include <stdlib.h>
#include <string.h>

/* POSIX's numbers, which version 3 has on the wire and libuv on every platform. */
enum { TYPE_MASK = 0170000, BLOCK = 512, HALF_YEAR = 182 * 86400 };

static cleat_sftp_type type_of(uint64_t mode)
{
    switch (mode & TYPE_MASK) {
    case 0100000:
        return CLEAT_SFTP_REGULAR;
    case 0040000:
        return CLEAT_SFTP_DIRECTORY;
    case 0120000:
        return CLEAT_SFTP_SYMLINK;
    case 0140000:
        return CLEAT_SFTP_SOCKET;
    case 0020000:
        return CLEAT_SFTP_CHAR_DEVICE;
    case 0060000:
        return CLEAT_SFTP_BLOCK_DEVICE;
    case 0010000:
        return CLEAT_SFTP_FIFO;
    default:
        return CLEAT_SFTP_UNKNOWN;
    }
}

static cleat_sftp_time time_of(uv_timespec_t t)
{
    return (cleat_sftp_time){t.tv_sec, (uint32_t)t.tv_nsec};
}

static cleat_slice slice_of(const char *text)
{
    return cleat_slice_of(text ? text : "");
}

void attrs_from_stat(cleat_files *f, const uv_stat_t *st, cleat_sftp_attrs *a, char **owner,
                     char **group)
{
    *a = (cleat_sftp_attrs){
        .has = CLEAT_SFTP_HAS_SIZE | CLEAT_SFTP_HAS_IDS | CLEAT_SFTP_HAS_PERMISSIONS |
               CLEAT_SFTP_HAS_ATIME | CLEAT_SFTP_HAS_MTIME | CLEAT_SFTP_HAS_CTIME |
               CLEAT_SFTP_HAS_NANOSECONDS | CLEAT_SFTP_HAS_NAMES | CLEAT_SFTP_HAS_LINK_COUNT,
        .type = type_of(st->st_mode),
        .size = st->st_size,
        .allocation_size = st->st_blocks * BLOCK,
        .uid = (uint32_t)st->st_uid,
        .gid = (uint32_t)st->st_gid,
        .permissions = (uint32_t)(st->st_mode & 07777),
        .atime = time_of(st->st_atim),
        .mtime = time_of(st->st_mtim),
        .ctime = time_of(st->st_ctim),
        .createtime = time_of(st->st_birthtim),
        .link_count = (uint32_t)st->st_nlink,
    };
    if (st->st_birthtim.tv_sec)
        a->has |= CLEAT_SFTP_HAS_CREATETIME;
    *owner = owners_name(&f->owners, a->uid, false);
    *group = owners_name(&f->owners, a->gid, true);
    a->owner = slice_of(*owner);
    a->group = slice_of(*group);
}

/* ---- back ---- */

/* A number, or a name; what follows an '@' is the network's business. */
static bool id_of(cleat_slice name, bool group, uint32_t *id)
{
    char *end;
    char *text =
        files_format("%.*s", (int)(name.len < 256 ? name.len : 256), (const char *)name.data);
    if (!text)
        return false;
    text[strcspn(text, "@")] = 0;
    unsigned long number = strtoul(text, &end, 10);
    bool found = *text && !*end && number < UINT32_MAX;
    *id = (uint32_t)number;
    if (!found)
        found = port_owner_id(id, text, group);
    free(text);
    return found;
}

static uint32_t names_to_change(job *j, port_change *c)
{
    const cleat_sftp_attrs *a = &j->request->attrs;
    if (a->owner.len) {
        c->set |= PORT_SET_OWNER;
        if (!id_of(a->owner, false, &c->owner))
            j->unknown[j->unknown_count++] = a->owner;
    }
    if (a->group.len) {
        c->set |= PORT_SET_GROUP;
        if (!id_of(a->group, true, &c->group))
            j->unknown[j->unknown_count++] = a->group;
    }
    return j->unknown_count ? CLEAT_SFTP_UNKNOWN_PRINCIPAL : CLEAT_SFTP_OK;
}

static port_time port_time_of(cleat_sftp_time t)
{
    return (port_time){t.seconds, t.nanoseconds};
}

uint32_t attrs_to_change(job *j, port_change *c)
{
    const cleat_sftp_attrs *a = &j->request->attrs;
    const uint32_t can = CLEAT_SFTP_HAS_SIZE | CLEAT_SFTP_HAS_IDS | CLEAT_SFTP_HAS_PERMISSIONS |
                         CLEAT_SFTP_HAS_ATIME | CLEAT_SFTP_HAS_MTIME | CLEAT_SFTP_HAS_NAMES |
                         CLEAT_SFTP_HAS_NANOSECONDS;
    *c = (port_change){.size = a->size,
                       .mode = a->permissions,
                       .owner = a->uid,
                       .group = a->gid,
                       .atime = port_time_of(a->atime),
                       .mtime = port_time_of(a->mtime)};
    if (a->has & ~can)
        return CLEAT_SFTP_OP_UNSUPPORTED;
    if ((a->has & CLEAT_SFTP_HAS_SIZE) && a->size > INT64_MAX)
        return CLEAT_SFTP_INVALID_PARAMETER;
    c->set = (a->has & CLEAT_SFTP_HAS_SIZE ? PORT_SET_SIZE : 0u) |
             (a->has & CLEAT_SFTP_HAS_IDS ? PORT_SET_OWNER | PORT_SET_GROUP : 0u) |
             (a->has & CLEAT_SFTP_HAS_PERMISSIONS ? PORT_SET_MODE : 0u) |
             (a->has & CLEAT_SFTP_HAS_ATIME ? PORT_SET_ATIME : 0u) |
             (a->has & CLEAT_SFTP_HAS_MTIME ? PORT_SET_MTIME : 0u);
    return a->has & CLEAT_SFTP_HAS_NAMES ? names_to_change(j, c) : CLEAT_SFTP_OK;
}

/* ---- a line of a listing ---- */

static void write_mode(char text[11], const cleat_sftp_attrs *a)
{
    static const char types[] = "?-dl??scbp";
    static const char letters[] = "rwxrwxrwx";
    text[0] = types[a->type <= CLEAT_SFTP_FIFO ? a->type : 0];
    for (unsigned i = 0; i < 9; i++)
        text[1 + i] = a->permissions & 0400u >> i ? letters[i] : '-';
    if (a->permissions & 04000)
        text[3] = a->permissions & 0100 ? 's' : 'S';
    if (a->permissions & 02000)
        text[6] = a->permissions & 0010 ? 's' : 'S';
    if (a->permissions & 01000)
        text[9] = a->permissions & 0001 ? 't' : 'T';
    text[10] = 0;
}

/* Time of day for half a year, then the year. */
static char *when(int64_t seconds)
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    port_calendar c;
    uv_timeval64_t now;
    port_local_time(seconds, &c);
    const char *month = months[c.month >= 1 && c.month <= 12 ? c.month - 1 : 0];
    bool recent = uv_gettimeofday(&now) == 0 && seconds <= now.tv_sec + 60 &&
                  now.tv_sec - seconds < HALF_YEAR;
    if (recent)
        return files_format("%s %2d %02d:%02d", month, c.day, c.hour, c.minute);
    return files_format("%s %2d  %4d", month, c.day, c.year);
}

char *attrs_long_name(const cleat_sftp_attrs *a, const char *owner, const char *group,
                      const char *name)
{
    char mode[11];
    write_mode(mode, a);
    char *date = when(a->mtime.seconds);
    char *line = date && owner && group ? files_format("%s %4lu %-8s %-8s %8llu %s %s", mode,
                                                       (unsigned long)a->link_count, owner, group,
                                                       (unsigned long long)a->size, date, name)
                                        : NULL;
    free(date);
    return line;
}
