/* Random operations on files go through SFTP's client and server, and are done beside that with the
 * system's own calls in a second folder. Each ends the same way on both sides, and in the end both
 * folders hold the same tree. CLEAT_SEED=n in the environment plays another game. */
#include "support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/files.h>
#include <cleat/sftp_client.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPERATIONS = 1500, HANDLES = 4, PATH_SIZE = 200, DATA_MAX = 9000, LENGTH_MAX = 30000 };
enum { TEXT_ROOM = 1 << 15, WAIT_MAX = 1000000 };

/* Who the two sides believe the other is: it says in which order version 3's SYMLINK has its paths.
 */
#define PEER "SSH-2.0-OpenSSH_9.2"

/* A file that is open on both sides. */
typedef struct both {
    bool open;
    cleat_sftp_file remote;
    int local;
} both;

typedef struct game {
    uint64_t state; /* of the numbers */
    unsigned version, step;
    char operation[600];
    char there[PATH_SIZE], here[PATH_SIZE]; /* the folders: behind the server, and beside it */
    both files[HANDLES];
    uv_loop_t loop;
    cleat_ctx *ctx;
    cleat_files *server;
    cleat_sftp *client;
    uint8_t *inbox; /* from the server */
    size_t inbox_len, inbox_room;
    bool answered, gone;
    uint32_t code; /* of the last answer */
    cleat_sftp_file handle;
    cleat_sftp_attrs attrs;
    uint32_t read;
    char names[TEXT_ROOM]; /* "name type\n" of all that have come */
    uint8_t data[DATA_MAX];
} game;

/* ---- numbers ---- */

static uint32_t draw(game *g, uint32_t below)
{
    g->state ^= g->state << 13;
    g->state ^= g->state >> 7;
    g->state ^= g->state << 17;
    return (uint32_t)(g->state >> 32) % below;
}

static void draw_data(game *g, uint8_t *to, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)draw(g, 256);
}

/* Few names, so that they meet. */
static const char *draw_path(game *g, char path[PATH_SIZE])
{
    size_t len = 0;
    unsigned parts = 1 + draw(g, 3);
    for (unsigned i = 0; i < parts; i++)
        len += (size_t)snprintf(path + len, PATH_SIZE - len, "%s%c", i ? "/" : "",
                                (char)('a' + draw(g, 4)));
    return path;
}

/* ---- the wire ---- */

static ptrdiff_t take_bytes(void *user, cleat_slice bytes)
{
    game *g = user;
    while (g->inbox_len + bytes.len > g->inbox_room) {
        g->inbox_room = 2 * g->inbox_room + bytes.len;
        g->inbox = realloc(g->inbox, g->inbox_room);
    }
    memcpy(g->inbox + g->inbox_len, bytes.data, bytes.len);
    g->inbox_len += bytes.len;
    return (ptrdiff_t)bytes.len;
}

static void send_requests(game *g)
{
    size_t count;
    const cleat_slice *pieces;
    while ((pieces = cleat_sftp_send_peek(g->client, &count)) != NULL && count) {
        uint8_t copy[DATA_MAX * 2];
        const size_t len = pieces[0].len < sizeof copy ? pieces[0].len : sizeof copy;
        memcpy(copy, pieces[0].data, len);
        cleat_sftp_send_done(g->client, len);
        cleat_files_data(g->server, (cleat_slice){copy, len});
    }
}

static void note_names(game *g, const cleat_sftp_answer *a)
{
    for (size_t i = 0; i < a->name_count; i++) {
        const size_t used = strlen(g->names);
        snprintf(g->names + used, TEXT_ROOM - used, "%.*s %d\n", (int)a->names[i].name.len,
                 (const char *)a->names[i].name.data, (int)a->names[i].attrs.type);
    }
}

static void note_answer(game *g, const cleat_sftp_answer *a)
{
    CU_ASSERT_FALSE(g->answered);
    g->answered = true;
    g->code = a->code;
    g->handle = a->handle;
    g->read = a->read;
    if (a->attrs)
        g->attrs = *a->attrs;
    if (a->code == CLEAT_SFTP_OK && a->request == CLEAT_SFTP_REQ_NAMES)
        note_names(g, a);
}

static void take_answers(game *g)
{
    cleat_slice bytes = {g->inbox, g->inbox_len};
    const cleat_sftp_answer *a;
    do {
        CU_ASSERT_EQUAL_FATAL(cleat_sftp_recv(g->client, &bytes, &a), CLEAT_OK);
        if (a)
            note_answer(g, a);
    } while (a);
    g->inbox_len = 0;
}

/* The code of the request that `st` came of. */
static uint32_t outcome(game *g, cleat_status st)
{
    CU_ASSERT_EQUAL_FATAL(st, CLEAT_OK);
    g->answered = false;
    for (unsigned i = 0; !g->answered && i < WAIT_MAX; i++) {
        send_requests(g);
        take_answers(g);
        if (!g->answered)
            uv_run(&g->loop, UV_RUN_ONCE);
    }
    CU_ASSERT_FATAL(g->answered);
    return g->code;
}

/* ---- what the system's numbers are in SFTP ---- */

static uint32_t in_version(uint32_t code, uint32_t before, unsigned first, unsigned version)
{
    return version >= first ? code : before;
}

static uint32_t code_of(int number, unsigned v)
{
    switch (number) {
    case 0:
        return CLEAT_SFTP_OK;
    case ENOENT:
        return CLEAT_SFTP_NO_SUCH_FILE;
    case EACCES:
    case EPERM:
        return CLEAT_SFTP_PERMISSION_DENIED;
    case ENOTDIR:
        return in_version(CLEAT_SFTP_NOT_A_DIRECTORY, CLEAT_SFTP_NO_SUCH_FILE, 6, v);
    case EEXIST:
        return in_version(CLEAT_SFTP_FILE_ALREADY_EXISTS, CLEAT_SFTP_FAILURE, 4, v);
    case ENOTEMPTY:
        return in_version(CLEAT_SFTP_DIR_NOT_EMPTY, CLEAT_SFTP_FAILURE, 6, v);
    case ELOOP:
        return in_version(CLEAT_SFTP_LINK_LOOP, CLEAT_SFTP_FAILURE, 6, v);
    case EINVAL:
        return in_version(CLEAT_SFTP_INVALID_PARAMETER, CLEAT_SFTP_FAILURE, 6, v);
    case EISDIR:
        return in_version(CLEAT_SFTP_FILE_IS_A_DIRECTORY, CLEAT_SFTP_FAILURE, 6, v);
    default:
        return CLEAT_SFTP_FAILURE;
    }
}

static void differ(const game *g, const char *what)
{
    fprintf(stderr, "version %u, step %u, %s: %s\n", g->version, g->step, g->operation, what);
    CU_FAIL("the two sides differ");
}

static void same_end(const game *g, uint32_t remote, int local)
{
    char text[200];
    if (remote == code_of(local, g->version))
        return;
    snprintf(text, sizeof text, "%s there, %s here", cleat_sftp_code_text(remote), strerror(local));
    differ(g, text);
}

static int number_of(int result)
{
    return result < 0 ? errno : 0;
}

/* ---- open files ---- */

static int open_flags(uint32_t access, uint32_t flags)
{
    static const int dispositions[] = {
        [CLEAT_SFTP_CREATE_NEW] = O_CREAT | O_EXCL,
        [CLEAT_SFTP_CREATE_TRUNCATE] = O_CREAT | O_TRUNC,
        [CLEAT_SFTP_OPEN_EXISTING] = 0,
        [CLEAT_SFTP_OPEN_OR_CREATE] = O_CREAT,
        [CLEAT_SFTP_TRUNCATE_EXISTING] = O_TRUNC,
    };
    const bool reads = access & CLEAT_SFTP_READ_DATA;
    const bool writes = access & CLEAT_SFTP_WRITE_DATA;
    return dispositions[flags & CLEAT_SFTP_DISPOSITION] | O_NONBLOCK |
           (flags & CLEAT_SFTP_OPEN_APPEND ? O_APPEND : 0) |
           (reads && writes ? O_RDWR
            : writes        ? O_WRONLY
                            : O_RDONLY);
}

/* SFTP's OPEN is for files only. */
static int open_here(const char *path, int flags, int *file)
{
    struct stat st;
    *file = open(path, flags | O_CLOEXEC, 0640);
    if (*file < 0)
        return errno;
    if (fstat(*file, &st) == 0 && !S_ISDIR(st.st_mode))
        return 0;
    close(*file);
    return EISDIR;
}

static void do_open(game *g, const char *path)
{
    static const uint32_t accesses[] = {CLEAT_SFTP_READ_DATA, CLEAT_SFTP_WRITE_DATA,
                                        CLEAT_SFTP_READ_DATA | CLEAT_SFTP_WRITE_DATA};
    both *f = &g->files[draw(g, HANDLES)];
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_PERMISSIONS, .permissions = 0640};
    const uint32_t access = accesses[draw(g, 3)];
    uint32_t flags = draw(g, CLEAT_SFTP_TRUNCATE_EXISTING + 1);
    if ((access & CLEAT_SFTP_WRITE_DATA) && draw(g, 6) == 0)
        flags |= CLEAT_SFTP_OPEN_APPEND;
    if (f->open)
        return;
    const uint32_t code = outcome(g, cleat_sftp_open(g->client, path, access, flags, &attrs, NULL));
    f->remote = g->handle;
    same_end(g, code, open_here(path, open_flags(access, flags), &f->local));
    f->open = code == CLEAT_SFTP_OK;
}

static void do_read(game *g, const both *f)
{
    static uint8_t data[DATA_MAX];
    const off_t offset = (off_t)draw(g, LENGTH_MAX);
    const uint32_t len = 1 + draw(g, DATA_MAX - 1);
    const uint32_t code =
        outcome(g, cleat_sftp_read(g->client, &f->remote, (uint64_t)offset, g->data, len, NULL));
    const ssize_t n = pread(f->local, data, len, offset);
    if (n < 0)
        same_end(g, code, errno);
    else if (n == 0 ? code != CLEAT_SFTP_EOF
                    : code || g->read != (size_t)n || memcmp(g->data, data, (size_t)n) != 0)
        differ(g, "other bytes");
}

static void do_write(game *g, const both *f)
{
    const off_t offset = (off_t)draw(g, LENGTH_MAX);
    const uint32_t len = 1 + draw(g, DATA_MAX - 1);
    draw_data(g, g->data, len);
    const uint32_t code =
        outcome(g, cleat_sftp_write(g->client, &f->remote, (uint64_t)offset, g->data, len, NULL));
    same_end(g, code, number_of((int)pwrite(f->local, g->data, len, offset)));
}

static void same_facts(const game *g, const struct stat *st)
{
    const cleat_sftp_attrs *a = &g->attrs;
    const cleat_sftp_type type = S_ISDIR(st->st_mode)   ? CLEAT_SFTP_DIRECTORY
                                 : S_ISLNK(st->st_mode) ? CLEAT_SFTP_SYMLINK
                                                        : CLEAT_SFTP_REGULAR;
    if (a->type != type || a->permissions != (st->st_mode & 07777u))
        differ(g, "another type or mode");
    if (type != CLEAT_SFTP_DIRECTORY && a->size != (uint64_t)st->st_size)
        differ(g, "another size");
}

static void do_fstat(game *g, const both *f)
{
    struct stat st;
    const uint32_t code = outcome(g, cleat_sftp_fstat(g->client, &f->remote, NULL));
    same_end(g, code, number_of(fstat(f->local, &st)));
    if (code == CLEAT_SFTP_OK)
        same_facts(g, &st);
}

static void do_fsetstat(game *g, const both *f)
{
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_SIZE, .size = draw(g, LENGTH_MAX)};
    const uint32_t code = outcome(g, cleat_sftp_fsetstat(g->client, &f->remote, &attrs, NULL));
    same_end(g, code, number_of(ftruncate(f->local, (off_t)attrs.size)));
}

static void close_both(game *g, both *f)
{
    if (!f->open)
        return;
    CU_ASSERT_EQUAL(outcome(g, cleat_sftp_close(g->client, &f->remote, NULL)), CLEAT_SFTP_OK);
    close(f->local);
    f->open = false;
}

static void on_open_file(game *g)
{
    static void (*const calls[])(game *, const both *) = {do_read, do_write, do_write, do_fstat,
                                                          do_fsetstat};
    static const char *const words[] = {"read", "write", "write", "fstat", "fsetstat"};
    const uint32_t which = draw(g, HANDLES);
    const uint32_t call = draw(g, 6);
    if (!g->files[which].open)
        return;
    snprintf(g->operation, sizeof g->operation, "%s of file %u", call < 5 ? words[call] : "close",
             (unsigned)which);
    if (call < 5)
        calls[call](g, &g->files[which]);
    else
        close_both(g, &g->files[which]);
}

/* ---- names ---- */

static void do_remove(game *g, const char *path)
{
    const uint32_t code = outcome(g, cleat_sftp_remove(g->client, path, NULL));
    same_end(g, code, number_of(unlink(path)));
}

static void do_mkdir(game *g, const char *path)
{
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_PERMISSIONS, .permissions = 0750};
    const uint32_t code = outcome(g, cleat_sftp_mkdir(g->client, path, &attrs, NULL));
    same_end(g, code, number_of(mkdir(path, 0750)));
}

static void do_rmdir(game *g, const char *path)
{
    const uint32_t code = outcome(g, cleat_sftp_rmdir(g->client, path, NULL));
    same_end(g, code, number_of(rmdir(path)));
}

static void do_rename(game *g, const char *path)
{
    char to[PATH_SIZE];
    draw_path(g, to);
    const bool over = draw(g, 2);
    snprintf(g->operation, sizeof g->operation, "rename %s to %s, flags %d", path, to, over);
    const uint32_t code = outcome(
        g, cleat_sftp_rename(g->client, path, to, over ? CLEAT_SFTP_RENAME_OVERWRITE : 0, NULL));
    same_end(g, code,
             number_of(renameat2(AT_FDCWD, path, AT_FDCWD, to, over ? 0 : RENAME_NOREPLACE)));
}

static void do_symlink(game *g, const char *path)
{
    char target[PATH_SIZE];
    draw_path(g, target);
    const uint32_t code = outcome(g, cleat_sftp_symlink(g->client, target, path, NULL));
    same_end(g, code, number_of(symlink(target, path)));
}

static void do_hardlink(game *g, const char *path)
{
    char to[PATH_SIZE];
    draw_path(g, to);
    snprintf(g->operation, sizeof g->operation, "hardlink %s to %s", path, to);
    const uint32_t code = outcome(g, cleat_sftp_hardlink(g->client, path, to, NULL));
    const int local = number_of(link(path, to));
    if (code == CLEAT_SFTP_OK || local == 0) /* beneath a root either path may be told of first */
        same_end(g, code, local);
}

static void do_stat(game *g, const char *path)
{
    struct stat st;
    const bool follow = draw(g, 2);
    const uint32_t code = outcome(g, cleat_sftp_stat(g->client, path, follow, NULL));
    same_end(g, code, number_of(follow ? stat(path, &st) : lstat(path, &st)));
    if (code == CLEAT_SFTP_OK)
        same_facts(g, &st);
}

static void do_readlink(game *g, const char *path)
{
    char target[PATH_SIZE] = "";
    g->names[0] = 0;
    const uint32_t code = outcome(g, cleat_sftp_readlink(g->client, path, NULL));
    const ssize_t n = readlink(path, target, sizeof target - 1);
    same_end(g, code, number_of((int)n));
    if (n > 0 && (strncmp(g->names, target, (size_t)n) != 0 || g->names[n] != ' '))
        differ(g, "another target");
}

static void do_chmod(game *g, const char *path)
{
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_PERMISSIONS,
                                    .permissions = 0700 | draw(g, 0100)};
    const uint32_t code = outcome(g, cleat_sftp_setstat(g->client, path, true, &attrs, NULL));
    same_end(g, code, number_of(chmod(path, attrs.permissions)));
}

static void do_truncate(game *g, const char *path)
{
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_SIZE, .size = draw(g, LENGTH_MAX)};
    const uint32_t code = outcome(g, cleat_sftp_setstat(g->client, path, true, &attrs, NULL));
    same_end(g, code, number_of(truncate(path, (off_t)attrs.size)));
}

static void do_utime(game *g, const char *path)
{
    const uint32_t when = 1000000000 + draw(g, 100000000);
    const struct timespec times[] = {{.tv_sec = when}, {.tv_sec = when}};
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_ATIME | CLEAT_SFTP_HAS_MTIME,
                                    .atime = {.seconds = when},
                                    .mtime = {.seconds = when}};
    const uint32_t code = outcome(g, cleat_sftp_setstat(g->client, path, true, &attrs, NULL));
    same_end(g, code, number_of(utimensat(AT_FDCWD, path, times, 0)));
    if (code != CLEAT_SFTP_OK)
        return;
    (void)outcome(g, cleat_sftp_stat(g->client, path, true, NULL));
    if (g->attrs.mtime.seconds != when)
        differ(g, "another time");
}

/* ---- listings ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines in order, without the two that every folder has. */
static void sort_lines(char text[TEXT_ROOM])
{
    static char copy[TEXT_ROOM];
    static char *lines[TEXT_ROOM / 4];
    size_t count = 0;
    size_t used = 0;
    char *rest = copy;
    memcpy(copy, text, TEXT_ROOM);
    for (char *line; (line = strtok_r(rest, "\n", &rest)) != NULL;) {
        if (strncmp(line, ". ", 2) != 0 && strncmp(line, ".. ", 3) != 0)
            lines[count++] = line;
    }
    qsort(lines, count, sizeof *lines, by_text);
    *text = 0;
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, TEXT_ROOM - used, "%s\n", lines[i]);
}

static int list_here(const char *path, char names[TEXT_ROOM])
{
    DIR *folder = opendir(path);
    if (!folder)
        return errno;
    for (const struct dirent *e; (e = readdir(folder)) != NULL;) {
        const size_t used = strlen(names);
        const int type = e->d_type == DT_DIR   ? CLEAT_SFTP_DIRECTORY
                         : e->d_type == DT_LNK ? CLEAT_SFTP_SYMLINK
                                               : CLEAT_SFTP_REGULAR;
        snprintf(names + used, TEXT_ROOM - used, "%s %d\n", e->d_name, type);
    }
    closedir(folder);
    return 0;
}

static void do_list(game *g, const char *path)
{
    char names[TEXT_ROOM] = "";
    uint32_t code = outcome(g, cleat_sftp_opendir(g->client, path, NULL));
    same_end(g, code, list_here(path, names));
    if (code != CLEAT_SFTP_OK)
        return;
    const cleat_sftp_file folder = g->handle;
    g->names[0] = 0;
    while ((code = outcome(g, cleat_sftp_readdir(g->client, &folder, NULL))) == CLEAT_SFTP_OK) {
    }
    CU_ASSERT_EQUAL(code, CLEAT_SFTP_EOF);
    CU_ASSERT_EQUAL(outcome(g, cleat_sftp_close(g->client, &folder, NULL)), CLEAT_SFTP_OK);
    sort_lines(names);
    sort_lines(g->names);
    if (strcmp(names, g->names) != 0)
        differ(g, "other names");
}

/* ---- the trees ---- */

static char portrait[TEXT_ROOM]; /* what nftw's callback adds to */

static uint64_t hash_of(const char *path)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    FILE *f = fopen(path, "rb");
    for (int c; f && (c = getc(f)) != EOF;)
        hash = (hash ^ (unsigned)c) * 1099511628211u;
    if (f)
        fclose(f);
    return hash;
}

static int portray(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    char target[PATH_SIZE] = "";
    const size_t used = strlen(portrait);
    (void)at;
    if (S_ISLNK(st->st_mode) && readlink(path, target, sizeof target - 1) < 0)
        target[0] = 0;
    snprintf(portrait + used, sizeof portrait - used, "%s %o, %lld bytes, %u links, %llx %s\n",
             path, (unsigned)st->st_mode, S_ISDIR(st->st_mode) ? 0 : (long long)st->st_size,
             S_ISDIR(st->st_mode) ? 0 : (unsigned)st->st_nlink,
             kind == FTW_F ? (unsigned long long)hash_of(path) : 0, target);
    return 0;
}

static void portray_all(const char *folder, char text[TEXT_ROOM])
{
    CU_ASSERT_EQUAL_FATAL(chdir(folder), 0);
    portrait[0] = 0;
    CU_ASSERT_EQUAL(nftw(".", portray, 16, FTW_PHYS), 0);
    memcpy(text, portrait, TEXT_ROOM);
    sort_lines(text);
}

static void same_trees(const game *g)
{
    static char there[TEXT_ROOM];
    static char here[TEXT_ROOM];
    portray_all(g->there, there);
    portray_all(g->here, here);
    if (strcmp(there, here) == 0)
        return;
    fprintf(stderr, "there:\n%shere:\n%s", there, here);
    differ(g, "other trees");
}

/* ---- the game ---- */

static void on_name(game *g)
{
    static const struct {
        void (*run)(game *g, const char *path);
        const char *word;
    } calls[] = {
        {do_open, "open"},         {do_open, "open"},         {do_open, "open"},
        {do_remove, "remove"},     {do_mkdir, "mkdir"},       {do_mkdir, "mkdir"},
        {do_rmdir, "rmdir"},       {do_rename, "rename"},     {do_rename, "rename"},
        {do_symlink, "symlink"},   {do_hardlink, "hardlink"}, {do_stat, "stat"},
        {do_readlink, "readlink"}, {do_chmod, "chmod"},       {do_truncate, "truncate"},
        {do_utime, "utime"},       {do_list, "list"},
    };
    char path[PATH_SIZE];
    const uint32_t call = draw(g, sizeof calls / sizeof *calls);
    draw_path(g, path);
    snprintf(g->operation, sizeof g->operation, "%s %s", calls[call].word, path);
    calls[call].run(g, path);
}

static void note_gone(void *user)
{
    game *g = user;
    g->gone = true;
}

static void begin(game *g, unsigned version, bool rooted)
{
    const char *seed = getenv("CLEAT_SEED");
    *g = (game){.version = version, .state = 88172645463325252u + version};
    g->state += seed ? strtoull(seed, NULL, 10) : 0;
    snprintf(g->there, sizeof g->there, "/tmp/cleat-random-XXXXXX");
    snprintf(g->here, sizeof g->here, "/tmp/cleat-random-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(g->there));
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(g->here));
    CU_ASSERT_EQUAL_FATAL(chdir(g->here), 0);
    g->ctx = data_ctx();
    CU_ASSERT_EQUAL_FATAL(uv_loop_init(&g->loop), 0);
    const cleat_files_io io = {
        .struct_size = sizeof io, .loop = &g->loop, .ctx = g->ctx, .user = g, .write = take_bytes};
    const cleat_files_options options = {.struct_size = sizeof options,
                                         .root = rooted ? g->there : NULL,
                                         .directory = rooted ? "/" : g->there,
                                         .client = PEER,
                                         .user_data = g,
                                         .on_gone = note_gone};
    const cleat_sftp_options asked = {
        .struct_size = sizeof asked, .version = version, .peer = PEER};
    CU_ASSERT_EQUAL_FATAL(cleat_files_new_on(&g->server, &io, &options, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_sftp_new(&g->client, g->ctx, &asked), CLEAT_OK);
    CU_ASSERT_EQUAL(outcome(g, CLEAT_OK), CLEAT_SFTP_OK);
    CU_ASSERT_EQUAL(cleat_sftp_version(g->client), version);
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static void end(game *g)
{
    for (size_t i = 0; i < HANDLES; i++)
        close_both(g, &g->files[i]);
    same_trees(g);
    cleat_files_close(g->server);
    while (!g->gone && uv_run(&g->loop, UV_RUN_ONCE)) {
    }
    CU_ASSERT_TRUE(g->gone);
    CU_ASSERT_EQUAL(uv_loop_close(&g->loop), 0);
    cleat_sftp_free(g->client);
    cleat_ctx_unref(g->ctx);
    free(g->inbox);
    CU_ASSERT_EQUAL(chdir("/"), 0);
    nftw(g->there, drop, 16, FTW_PHYS | FTW_DEPTH);
    nftw(g->here, drop, 16, FTW_PHYS | FTW_DEPTH);
}

static void play(unsigned version, bool rooted)
{
    static game g;
    char *back = getcwd(NULL, 0);
    const unsigned before = CU_get_number_of_failures();
    begin(&g, version, rooted);
    for (g.step = 0; g.step < OPERATIONS && CU_get_number_of_failures() == before; g.step++) {
        if (draw(&g, 3))
            on_name(&g);
        else
            on_open_file(&g);
    }
    end(&g);
    CU_ASSERT_EQUAL(chdir(back), 0);
    free(back);
}

static void version_3(void)
{
    play(3, false);
    play(3, true);
}

static void version_4(void)
{
    play(4, false);
    play(4, true);
}

static void version_5(void)
{
    play(5, false);
    play(5, true);
}

static void version_6(void)
{
    play(6, false);
    play(6, true);
}

void suite_sftp_random(void)
{
    CU_pSuite suite = CU_add_suite("sftp_random", NULL, NULL);
    CU_add_test(suite, "version_3", version_3);
    CU_add_test(suite, "version_4", version_4);
    CU_add_test(suite, "version_5", version_5);
    CU_add_test(suite, "version_6", version_6);
}
