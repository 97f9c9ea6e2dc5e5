/* Who was here: utmp, wtmp, btmp and lastlog. A file that is not there is not made: its absence is
 * how an administrator turns a record off. */
#include "parts.h"

#include "../fd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <lastlog.h>
#include <paths.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <utmpx.h>

#define BTMP_FILE "/var/log/btmp"

enum { OTHERS_ANY = 007, TERMINAL_MAX = 6 /* digits */ };

/* Fixed fields, which are full when they do not end with a zero. */
static void put(char *to, size_t size, const char *text)
{
    size_t len = strlen(text);
    memcpy(to, text, len < size ? len : size);
}

/* The last characters of the terminal's name tell records of one terminal from others. */
static void put_id(struct utmpx *u, const char *line)
{
    size_t len = strlen(line);
    put(u->ut_id, sizeof u->ut_id, line + (len > sizeof u->ut_id ? len - sizeof u->ut_id : 0));
}

static struct utmpx entry(const port_record *r, short type)
{
    struct utmpx u;
    struct timeval now;
    memset(&u, 0, sizeof u);
    gettimeofday(&now, NULL);
    u.ut_type = type;
    u.ut_pid = (pid_t)r->pid;
    u.ut_tv.tv_sec = (int32_t)now.tv_sec;
    u.ut_tv.tv_usec = (int32_t)now.tv_usec;
    put(u.ut_line, sizeof u.ut_line, r->line);
    put_id(&u, r->line);
    if (type == DEAD_PROCESS)
        return u;
    put(u.ut_user, sizeof u.ut_user, r->user);
    put(u.ut_host, sizeof u.ut_host, r->host);
    if (inet_pton(AF_INET, r->address, u.ut_addr_v6) != 1)
        (void)inet_pton(AF_INET6, r->address, u.ut_addr_v6);
    return u;
}

static void put_utmp(const struct utmpx *u)
{
    setutxent();
    (void)pututxline(u);
    endutxent();
}

/* The last login of each user, at a place of its own. */
static void put_last(const port_record *r, uid_t uid)
{
    struct lastlog last;
    struct timeval now;
    int fd = port_fd_open(_PATH_LASTLOG, O_WRONLY);
    memset(&last, 0, sizeof last);
    gettimeofday(&now, NULL);
    last.ll_time = (int32_t)now.tv_sec;
    put(last.ll_line, sizeof last.ll_line, r->line);
    put(last.ll_host, sizeof last.ll_host, r->host);
    if (fd >= 0 && pwrite(fd, &last, sizeof last, (off_t)(uid * sizeof last)) < 0)
        (void)0; /* a full disk keeps nobody out */
    port_fd_close(&fd);
}

static bool uid_of(const char *user, uid_t *uid)
{
    struct passwd store, *found = NULL;
    char block[16384];
    if (getpwnam_r(user, &store, block, sizeof block, &found) != 0 || !found)
        return false;
    *uid = found->pw_uid;
    return true;
}

/* "pts/3", of that user. */
static bool is_terminal_of(const char *line, uid_t uid)
{
    char path[32];
    struct stat facts;
    size_t digits = strncmp(line, "pts/", 4) == 0 ? strspn(line + 4, "0123456789") : 0;
    if (!digits || digits > TERMINAL_MAX || line[4 + digits])
        return false;
    snprintf(path, sizeof path, "/dev/%s", line);
    return lstat(path, &facts) == 0 && S_ISCHR(facts.st_mode) && facts.st_uid == uid;
}

bool port_record_login(const port_record *r)
{
    uid_t uid;
    if (!uid_of(r->user, &uid) || !is_terminal_of(r->line, uid))
        return false;
    const struct utmpx u = entry(r, USER_PROCESS);
    put_utmp(&u);
    updwtmpx(_PATH_WTMP, &u);
    put_last(r, uid);
    return true;
}

void port_record_logout(const port_record *r)
{
    const struct utmpx u = entry(r, DEAD_PROCESS);
    put_utmp(&u);
    updwtmpx(_PATH_WTMP, &u);
}

/* Names may be passwords that were typed in the wrong place: no file that others read is written.
 */
void port_record_failure(const port_record *r)
{
    struct stat facts;
    if (lstat(BTMP_FILE, &facts) < 0 || !S_ISREG(facts.st_mode) || facts.st_uid != 0 ||
        (facts.st_mode & OTHERS_ANY))
        return;
    const struct utmpx u = entry(r, LOGIN_PROCESS);
    updwtmpx(BTMP_FILE, &u);
}

bool port_last_login(port_last *out, const char *user)
{
    struct lastlog last;
    uid_t uid;
    if (!uid_of(user, &uid))
        return false;
    int fd = port_fd_open(_PATH_LASTLOG, O_RDONLY);
    bool found =
        fd >= 0 &&
        pread(fd, &last, sizeof last, (off_t)(uid * sizeof last)) == (ssize_t)sizeof last &&
        last.ll_time != 0;
    port_fd_close(&fd);
    if (!found)
        return false;
    out->seconds = last.ll_time;
    snprintf(out->host, sizeof out->host, "%.*s", (int)sizeof last.ll_host, last.ll_host);
    return true;
}
