/* Lines in internal-sftp's words, which others' tools read. */
#include "files_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool files_logs(const cleat_files *f)
{
    return f->options.on_log != NULL;
}

void files_log(const cleat_files *f, cleat_log_level level, const char *format, ...)
{
    char text[2048];
    va_list args;
    if (!files_logs(f))
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    f->options.on_log(f->options.user_data, level, text);
}

/* ---- requests ---- */

static void add_word(char *to, size_t size, bool wanted, const char *word)
{
    size_t len = 0;
    while (to[len])
        len++;
    if (wanted)
        snprintf(to + len, size - len, "%s%s", len ? "," : "", word);
}

static void log_open(const job *j)
{
    char words[64] = "";
    const cleat_sftp_request *q = j->request;
    uint32_t how = q->flags & CLEAT_SFTP_DISPOSITION;
    bool creates = how != CLEAT_SFTP_OPEN_EXISTING && how != CLEAT_SFTP_TRUNCATE_EXISTING;
    bool truncates = how == CLEAT_SFTP_CREATE_TRUNCATE || how == CLEAT_SFTP_TRUNCATE_EXISTING;
    bool appends = (q->flags & (CLEAT_SFTP_OPEN_APPEND | CLEAT_SFTP_OPEN_APPEND_ATOMIC)) != 0;
    add_word(words, sizeof words, (q->access & CLEAT_SFTP_READ_DATA) != 0, "READ");
    add_word(words, sizeof words, (q->access & CLEAT_SFTP_WRITE_DATA) != 0, "WRITE");
    add_word(words, sizeof words, appends, "APPEND");
    add_word(words, sizeof words, creates, "CREATE");
    add_word(words, sizeof words, truncates, "TRUNCATE");
    add_word(words, sizeof words, how == CLEAT_SFTP_CREATE_NEW, "EXCL");
    unsigned mode = q->attrs.has & CLEAT_SFTP_HAS_PERMISSIONS ? q->attrs.permissions : 0666u;
    files_log(j->files, CLEAT_LOG_INFO, "open \"%s\" flags %s mode 0%o", j->path, words, mode);
}

static void log_change(const job *j, const char *path)
{
    const cleat_sftp_attrs *a = &j->request->attrs;
    port_calendar c;
    if (a->has & CLEAT_SFTP_HAS_SIZE)
        files_log(j->files, CLEAT_LOG_INFO, "set \"%s\" size %llu", path,
                  (unsigned long long)a->size);
    if (a->has & CLEAT_SFTP_HAS_PERMISSIONS)
        files_log(j->files, CLEAT_LOG_INFO, "set \"%s\" mode %04o", path, (unsigned)a->permissions);
    if (a->has & CLEAT_SFTP_HAS_MTIME) {
        port_local_time(a->mtime.seconds, &c);
        files_log(j->files, CLEAT_LOG_INFO, "set \"%s\" modtime %04d%02d%02d-%02d:%02d:%02d", path,
                  c.year, c.month, c.day, c.hour, c.minute, c.second);
    }
    if (a->has & CLEAT_SFTP_HAS_IDS)
        files_log(j->files, CLEAT_LOG_INFO, "set \"%s\" owner %lu group %lu", path,
                  (unsigned long)a->uid, (unsigned long)a->gid);
    if (a->has & CLEAT_SFTP_HAS_NAMES)
        files_log(j->files, CLEAT_LOG_INFO, "set \"%s\" owner %.*s group %.*s", path,
                  (int)(a->owner.len & 0xFF), (const char *)a->owner.data,
                  (int)(a->group.len & 0xFF), (const char *)a->group.data);
}

static void log_one(const job *j, const char *words)
{
    files_log(j->files, CLEAT_LOG_INFO, "%s \"%s\"", words, j->path);
}

static void log_two(const job *j, const char *word)
{
    files_log(j->files, CLEAT_LOG_INFO, "%s old \"%s\" new \"%s\"", word, j->path, j->new_path);
}

static void log_mkdir(const job *j)
{
    const cleat_sftp_attrs *a = &j->request->attrs;
    unsigned mode = a->has & CLEAT_SFTP_HAS_PERMISSIONS ? a->permissions & 07777u : 0777u;
    files_log(j->files, CLEAT_LOG_INFO, "mkdir name \"%s\" mode 0%o", j->path, mode);
}

void log_request(const job *j)
{
    if (!files_logs(j->files))
        return;
    switch (j->request->op) {
    case CLEAT_SFTP_OP_OPEN:
        log_open(j);
        break;
    case CLEAT_SFTP_OP_OPENDIR:
        log_one(j, "opendir");
        break;
    case CLEAT_SFTP_OP_REMOVE:
        log_one(j, "remove name");
        break;
    case CLEAT_SFTP_OP_RMDIR:
        log_one(j, "rmdir name");
        break;
    case CLEAT_SFTP_OP_MKDIR:
        log_mkdir(j);
        break;
    case CLEAT_SFTP_OP_SETSTAT:
    case CLEAT_SFTP_OP_LSETSTAT:
        log_change(j, j->path);
        break;
    case CLEAT_SFTP_OP_FSETSTAT:
        log_change(j, j->on->path);
        break;
    case CLEAT_SFTP_OP_RENAME:
    case CLEAT_SFTP_OP_SYMLINK:
    case CLEAT_SFTP_OP_LINK:
        log_two(j, j->request->name);
        break;
    case CLEAT_SFTP_OP_STATVFS:
        log_one(j, "statvfs");
        break;
    default:
        break;
    }
}

/* ---- what came of it ---- */

void log_closed(const cleat_files *f, const opened *o, bool forced)
{
    const char *before = forced ? "forced " : "";
    if (o->is_directory)
        files_log(f, CLEAT_LOG_INFO, "%sclosedir \"%s\"", before, o->path);
    else
        files_log(f, CLEAT_LOG_INFO, "%sclose \"%s\" bytes read %llu written %llu", before, o->path,
                  (unsigned long long)o->bytes_read, (unsigned long long)o->bytes_written);
}

void log_code(const cleat_files *f, uint32_t code)
{
    bool usual = code == CLEAT_SFTP_OK || code == CLEAT_SFTP_EOF;
    files_log(f, usual ? CLEAT_LOG_DEBUG1 : CLEAT_LOG_INFO, "sent status %s",
              cleat_sftp_code_text(code));
}
