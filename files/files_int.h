/* The parts of the SFTP server for local files. The loop's thread owns everything but what a job of
 * the pool works on meanwhile: its own members, and the file or directory it belongs to. */
#ifndef FILES_FILES_INT_H
#define FILES_FILES_INT_H

#include "fs.h"
#include "port.h"

#include <cleat/files.h>
#include <cleat/hash.h>
#include <cleat/store.h>

#include <stdatomic.h>

typedef struct job job;
typedef struct opened opened;

/* Jobs that are done one after another. */
typedef struct job_queue {
    cleat_files *files;
    job *first, *last;
    job *batch; /* with the pool; NULL: none */
    uv_work_t work;
} job_queue;

/* Length 0: to the end. */
typedef struct byte_range {
    uint64_t offset, length;
} byte_range;

enum { LOCKS_MAX = 32 }; /* of a handle */

/* An open file or directory: what a handle stands for. */
struct opened {
    opened *previous, *next;
    job_queue queue;
    char *path;
    uv_file file;          /* -1: a directory */
    port_listing *listing; /* NULL: a file, or closed */
    bool is_directory;
    bool dots_done, at_end; /* of the listing */
    bool appends;
    bool text; /* offsets are ignored: draft-05 §6.3 */
    uint64_t read_at, write_at;
    uint64_t bytes_read, bytes_written;
    byte_range locks[LOCKS_MAX]; /* none overlaps another */
    size_t lock_count;
};

/* What a READDIR brings, or one path. */
enum { NAMES_MAX = 100 }; /* in one answer: with long names 60 KiB */
typedef struct name_list {
    cleat_sftp_name names[NAMES_MAX];
    char *texts[4 * NAMES_MAX]; /* theirs */
    size_t count, text_count;
    bool at_end;
} name_list;

enum { RANGES_MAX = 128, HASHES_MAX = 64 << 10 };

typedef enum result_kind {
    RESULT_STATUS,
    RESULT_HANDLE,
    RESULT_DATA,
    RESULT_ATTRS,
    RESULT_NAMES,
    RESULT_SPACE,
    RESULT_PRINCIPALS,
    RESULT_RANGES,
    RESULT_HASHES
} result_kind;

struct job {
    job *next;
    cleat_files *files;
    const cleat_sftp_request *request;
    opened *on, *to;       /* the handles; NULL: none */
    void (*run)(job *j);   /* in the pool */
    bool writes;           /* changes a file that is open */
    bool waits;            /* for all that was written before it came */
    uint64_t number;       /* of its coming */
    job *older, *newer;    /* in the list of those that write */
    char *path, *new_path; /* absolute */

    result_kind kind;
    int failure;   /* of libuv's; 0: none */
    uint32_t code; /* where no libuv error says it */
    uint8_t *space;
    size_t room, got;
    bool at_end;
    opened *made;
    cleat_sftp_attrs attrs;
    char *owner, *group; /* attrs' */
    name_list *list;
    port_space vfs;
    char **users, **groups;
    cleat_sftp_range *ranges;
    size_t range_count;
    cleat_slice unknown[2]; /* the request's names, of nobody */
    size_t unknown_count;
    char algorithm[16];
    uint8_t *hashes;
    size_t hashes_len;
};

/* Names of users and groups that have been looked up. */
enum { OWNERS_MAX = 128 };
typedef struct owners {
    uv_mutex_t lock;
    struct {
        char *name;
        uint32_t id;
        bool group;
    } known[OWNERS_MAX];
    size_t count, next;
} owners;

struct cleat_files {
    cleat_files_io io;
    cleat_uv *u; /* whose channel it serves, for channel.c; or NULL */
    cleat_channel *channel;
    cleat_ctx *ctx;
    uv_loop_t *loop;
    cleat_sftp_server *server;
    cleat_files_options options; /* its texts are ours */
    port_tree *tree;
    owners owners;
    opened *first;
    job_queue paths;
    uint64_t numbers;
    job *oldest, *newest; /* jobs that write */
    unsigned closing;     /* CLOSE jobs */
    unsigned busy;        /* batches with the pool */
    bool pumping, again, told, closed, greeted;
    atomic_bool stopped; /* for long work in the pool: nobody waits for it any more */
};

/* ---- files.c ---- */

/* A server that serves nobody yet. NULL: out of memory. */
cleat_files *files_alloc(void);

/* Serves f->io; takes f, also on failure. */
CLEAT_MUST_USE cleat_status files_start(cleat_files **out, cleat_files *f,
                                        const cleat_files_options *options, cleat_error *error);

CLEAT_MUST_USE cleat_status files_fail(cleat_error *error, cleat_status st, const char *text);

/* Takes what there is to take, does what there is to do, sends what there is to send. */
void files_pump(cleat_files *f);

/* ---- queue.c ---- */

/* A request that has come. */
void queue_request(cleat_files *f, const cleat_sftp_request *q);

/* Hands to the pool what may go there. */
void queue_start(cleat_files *f);

/* ---- actions.c ---- */

/* How each request is carried out. */
typedef struct action {
    void (*run)(job *j);
    bool modifies; /* what a read-only server denies */
    bool waits;    /* as of job */
} action;
const action *action_for(cleat_sftp_op op);

void do_open(job *j);
void do_close(job *j);
void do_read(job *j);
void do_write(job *j);
void do_opendir(job *j);
void do_readdir(job *j);
void do_stat(job *j);
/* The size of a regular file, where long work ends: UV_EINVAL for others, which may have no end. */
int files_size(uv_file file, uint64_t *size);

void do_fstat(job *j);
void do_setstat(job *j);
void do_fsetstat(job *j);
void do_remove(job *j);
void do_mkdir(job *j);
void do_rmdir(job *j);
void do_realpath(job *j);
void do_rename(job *j);
void do_readlink(job *j);
void do_symlink(job *j);
void do_link(job *j);
void do_statvfs(job *j);
void do_fstatvfs(job *j);
void do_fsync(job *j);
void do_expand_path(job *j);
void do_copy(job *j);
void do_home(job *j);
void do_users_groups(job *j);
void do_ranges(job *j);
void do_check(job *j);
void do_lock(job *j);
void do_unlock(job *j);
void do_text_seek(job *j);

/* ---- do_locks.c ---- */

/* As cleat_sftp_server_options has them. */
uint16_t files_lock_masks(void);

/* ---- do_files.c ---- */

/* Reads until `len` bytes are there; at the end, or on an error after some bytes, *got is less, and
 * an error comes at the next try. */
int files_read_at(uv_file file, uint8_t *to, size_t len, uint64_t offset, size_t *got);
void files_close_file(uv_file file);

/* ---- answers.c ---- */

/* Answers the request, writes the log's line, frees the job. */
void answer_job(job *j);

/* Without a job. */
void answer_code(cleat_files *f, uint64_t query, uint32_t code);

/* The protocol's word for an error of libuv's. */
uint32_t code_of_failure(int failure);

void job_free(job *j);
opened *opened_new(const char *path); /* NULL without memory; no file in it yet */
void opened_free(opened *o);

/* ---- attrs.c ---- */

/* Attributes as the version has them; *owner and *group hold the names. */
void attrs_from_stat(cleat_files *f, const uv_stat_t *st, cleat_sftp_attrs *a, char **owner,
                     char **group);

/* What SETSTAT asks for; a code. */
uint32_t attrs_to_change(job *j, port_change *c);

/* A line as "ls -l" has it, or NULL. */
char *attrs_long_name(const cleat_sftp_attrs *a, const char *owner, const char *group,
                      const char *name);

/* ---- owners.c ---- */

/* A new string; the number where there is no name. NULL: no memory. */
char *owners_name(owners *o, uint32_t id, bool group);
void owners_free(owners *o);

/* ---- text.c ---- */

char *files_format(const char *format, ...) CLEAT_PRINTF(1, 2);

/* Whether a part of the path is one that the client is not to know. */
bool files_is_hidden(const cleat_files *f, const char *path);

/* The client's path as an absolute one; NULL: no memory, or a hidden name (*hidden). */
char *files_absolute(const cleat_files *f, const char *path, bool *hidden);

/* The same path without "//", "." and "..", by its text alone, in place. */
void files_normalise(char *path);

/* ---- log.c ---- */

bool files_logs(const cleat_files *f);
void files_log(const cleat_files *f, cleat_log_level level, const char *format, ...)
    CLEAT_PRINTF(3, 4);

/* What a request is about to do, and what came of a job. */
void log_request(const job *j);

/* on_act, about a request that has been carried out. */
void tell_act(const job *j, uint32_t code);
void log_closed(const cleat_files *f, const opened *o, bool forced);
void log_code(const cleat_files *f, uint32_t code);

#endif
