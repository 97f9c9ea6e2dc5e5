/* Transfers from within: jobs, each a file, a directory or a link, some of them at a time; chunks,
 * the data under way; and local work, which runs in libuv's threads. */
#ifndef CLEAT_LOOP_TRANSFER_H
#define CLEAT_LOOP_TRANSFER_H

#include "stream.h"

#include <cleat/transfer.h>

enum {
    TRANSFER_FILES = 64,
    TRANSFER_DATA_MIN = 2 << 20, /* bytes under way, at first */
    TRANSFER_DATA_MAX = 7 << 20, /* 16 MiB are what a copying program may take */
    TRANSFER_CHUNKS_MAX = 2048,  /* servers may take few bytes a request; a session has 4096 */
    TRANSFER_DEPTH = 64,         /* where links are followed, which may lead in a circle */
    TRANSFER_QUEUE_MAX = 256,    /* jobs that wait; directories are not read further meanwhile */
    TRANSFER_LISTS = 32,         /* directories that are read at a time */
    TRANSFER_JOBS_MANY = 4096,   /* from then on one directory is read at a time, the newest */
    TRANSFER_JOBS_BYTES = 128 << 20,
    TRANSFER_BATCH = 16,       /* chunks that are written at once */
    TRANSFER_PATH_SHOWN = 150, /* of a path, in a sentence that says how much is there */
    TRANSFER_WORDS_SHOWN = 100 /* of the server's */
};

typedef struct job job;
typedef struct chunk chunk;
typedef struct file_map file_map;

/* Something that may block, done in another thread. It sees nothing but its job and its chunk. */
typedef void work_run(job *j, chunk *c);

/* A call that failed in a thread, kept for the loop: a libuv error and whose path it was. */
typedef struct local_error {
    int error; /* 0: none */
    const char *path;
} local_error;

struct job {
    cleat_sftp_waiter waiter; /* first: the tag of requests about the job itself */
    cleat_transfer *t;
    job *next;                      /* in the queue, or among the directories being read */
    job *all_next, *all_prev;       /* of all jobs */
    job *asking_next, *asking_prev; /* of those that are asking */
    job *parent;                    /* the directory it belongs to, which ends after it; or NULL */
    char *from, *to;                /* the same memory where nothing is copied */
    char *part;     /* the target's name while it is incomplete; to, or memory of its own */
    unsigned depth; /* of directories above it */
    unsigned holds; /* what it waits for: answers, works, chunks, children */
    size_t bytes;   /* that it takes */
    bool settled;   /* a directory that waits to be read, or a file with data under way */
    bool started, failed;
    bool failed_below; /* something in it has, or is not known */
    bool counted;      /* among those that run */
    void (*on_answer)(job *j, const cleat_sftp_answer *answer); /* of the requests under way */
    void (*on_idle)(job *j); /* the next step, once nothing is waited for */

    /* the source */
    cleat_sftp_type type;
    uint32_t permissions;
    cleat_sftp_time atime, mtime;
    uint32_t has; /* CLEAT_SFTP_HAS_* of these */
    uint64_t size, allocated;

    /* both ends */
    bool has_source, has_sink; /* files of the server, or a directory of it, that are open */
    cleat_sftp_file source, sink;
    uv_file file; /* here; -1: none */
    local_error error;
    bool announced; /* BEGIN has been told */
    bool begun;     /* there is a target, or will be once what is asked for is done */
    bool asking;    /* a file of which more chunks are to be taken; holds the job */

    /* a file */
    uint64_t at;            /* where the next chunk begins */
    uint64_t done;          /* bytes that are where they belong */
    uint64_t ended_at;      /* where the server's source has ended; nothing behind it is stored */
    uint64_t broken_at;     /* of the server's sink: the first byte that was not written */
    bool checked;           /* GET: the size has been asked for again */
    unsigned chunks;        /* under way */
    bool storing;           /* GET: chunks are being written */
    bool wrote;             /* GET: those that were handed on last are there */
    bool completed;         /* GET: together with them the file got its final name */
    bool may_be_sink;       /* COPY: the target may be another name of it */
    bool copying;           /* COPY: the server does, by itself */
    bool closed;            /* the requests behind the sink's last chunk are made */
    chunk *oldest, *newest; /* chunks that have not been handed on to the target, in order */
    file_map *map;          /* of its holes; NULL: none are looked for */

    /* a directory, or a link's target */
    uv_fs_t entries;
    bool has_entries, listed, asked_entries;
    bool is_list;   /* counts among the lists */
    unsigned empty; /* answers without a name, one after another */
    char *target;
    char *real;      /* COPY: the source at the top, links resolved */
    size_t path_len; /* makedirs: of the whole path, of which `from` is a beginning */
};

/* A part of a file on its way. */
struct chunk {
    cleat_sftp_waiter waiter; /* first */
    job *j;
    chunk *next;     /* spare, or written together */
    chunk *later;    /* in the file; of those that have not been handed on */
    chunk *all_next; /* of all chunks */
    uint64_t offset, sent_at;
    uint32_t len;  /* asked for */
    uint32_t have; /* of it, from the source */
    bool busy;     /* an answer is awaited */
    bool ready;    /* to be handed on, when those before it have been */
    uint8_t bytes[];
};

/* What is done. */
typedef struct transfer_kind {
    bool reads, writes;      /* files of the server */
    void (*any)(job *j);     /* the first step of each job */
    void (*entries)(job *d); /* reads a directory further */
    void (*more)(job *j);    /* asks for the next chunks of a file */

    /* where it reads */
    void (*file)(job *j); /* has been opened */
    void (*link)(job *j); /* to j->target */
    void (*directory)(job *d);
    void (*arrived)(job *j); /* chunks may be there, to be handed on */
} transfer_kind;

struct cleat_transfer {
    const transfer_kind *kind;
    cleat_sftp_link *link;
    cleat_sftp *s;
    uv_loop_t *loop;
    cleat_transfer_options options;
    uint32_t block, files_max;

    job *first, *last; /* waiting for their turn */
    job *directories;  /* being read, the newest first */
    job *jobs;         /* all */
    job *asking;       /* files of which more chunks are to be taken, the newest first */
    job *next_asking;  /* where that list is being gone through */
    unsigned waiting, running, works;
    unsigned lists; /* directories that are open, or about to be */
    unsigned lists_max;
    unsigned count;     /* of jobs */
    unsigned unsettled; /* of them; each may be one more directory */
    size_t bytes;       /* that they take */

    chunk *spare, *chunks;
    size_t data, data_max; /* bytes under way */
    bool starved;          /* data_max was reached since the last measurement */
    uint64_t rtt_us, moved, since_us;

    uv_timer_t timer; /* wakes whoever waits for rate_max */
    uint64_t tokens;  /* bytes that may go now */
    uint64_t tokens_at_us;

    cleat_error first_error;
    bool dead;    /* cancelled or lost: nothing new begins */
    bool silent;  /* cancelled: no callbacks */
    bool closing; /* the timer is */
    unsigned entered;
};

/* ---- transfer.c ---- */

/* As cleat_transfer_start; from and to are taken, NULL for want of memory. */
CLEAT_MUST_USE cleat_status transfer_begin(cleat_transfer **out, cleat_sftp_link *link,
                                           uv_loop_t *loop, const transfer_kind *kind, char *from,
                                           char *to, const cleat_transfer_options *options);

/* A job for from and to, which are taken; NULL without memory, and the parent has failed. */
job *job_new(cleat_transfer *t, job *parent, char *from, char *to, void (*run)(job *j));
void job_take_attrs(job *j, const cleat_sftp_attrs *a);
void job_take_size(job *j, const cleat_sftp_answer *answer); /* to FSTAT, where it tells one */
void job_queue(job *j);
void job_hold(job *j);
void job_release(job *j);

/* It is known not to be one more directory, or has become one. */
void job_settle(job *j);

/* A directory that has begun: what is in it is read when its turn comes, and others may run while
 * it waits for its files. */
void job_list(job *d);

/* Symbolic links are followed at the top, and below as the options say. */
bool job_follows(const job *j);

/* Fails the job where links have led too deep; true: it has. */
bool job_too_deep(job *j);

/* Gives j->part the name for what is incomplete, as the options say; false: it has failed. */
bool job_name_part(job *j);
bool job_part_is_new(const job *j); /* it must not exist before */

/* GET: the last part of the target's name is the server's choice. */
bool job_name_is_peers(const job *j);

/* The size of the source is known: 0, which files as in /proc have, counts for none. */
bool job_has_size(const job *j);

/* After a request was made for the job: the answer is waited for. */
void job_asked(job *j, cleat_status st);
void job_tell(job *j, cleat_transfer_event_type type, const cleat_error *error);
/* Tells an error; the job goes on, or does not. */
void job_complain(job *j, cleat_status st, const char *format, ...) CLEAT_PRINTF(3, 4);
void job_fail(job *j, cleat_status st, const char *format, ...) CLEAT_PRINTF(3, 4);
void job_refused(job *j, const char *path, const cleat_sftp_answer *answer);

/* Fails the job if its last work did; true: it has. */
bool job_broke(job *j);

/* Runs in a thread, then `done` in the loop. The job is held until that has returned. */
void job_work(job *j, chunk *c, work_run *run, void (*done)(job *j, chunk *c));

/* Around whatever comes from outside: on the way out starts what may be started, and ends what is
 * over. */
void transfer_enter(cleat_transfer *t);
void transfer_leave(cleat_transfer *t);

char *path_below(const char *directory, const char *name, size_t len);

/* A copy without slashes at the end, behind which a link would mean what it leads to. */
char *path_trimmed(const char *path);

/* A path as errors show it beside figures that must not be cut off: of a long one the end, which is
 * what tells files apart. */
typedef struct path_text {
    char text[TRANSFER_PATH_SHOWN + 1];
} path_text;

path_text path_shown(const char *path);

cleat_sftp_waiter *transfer_nobody(void); /* a tag for answers that nobody wants */

/* ---- transfer_data.c ---- */

/* A chunk of at most `room` bytes of the file at j->at, which moves on; NULL: not now, it is asked
 * again. */
chunk *chunk_take(job *j, uint64_t room);
void chunk_give(chunk *c);

/* Chunks are handed on in the order of the file, so that wherever it breaks off the target has all
 * that is before its end, and can be resumed there. The first one, when it is ready; or NULL. */
chunk *chunk_first(const job *j);
/* It is handed on. */
void chunk_pass(job *j);
/* For a job that has failed: the ready ones are given back. */
void chunks_drop(job *j);
/* The same of those behind the source's end, which may be there where the file changes meanwhile:
 * between the two is a gap. */
void chunks_drop_behind_end(job *j);

/* The request for it is made (else the job fails, and the chunk is given back), or answered; the
 * time between measures the path. */
void chunk_asked(chunk *c, cleat_status st);
void chunk_answered(chunk *c);

/* From now on chunks are taken for the job, until data_end. */
void data_begin(job *j);
void data_end(job *j);

/* Every file that has more to ask for does so. */
void data_pump(cleat_transfer *t);
void data_free(cleat_transfer *t);

/* ---- transfer_map.c ---- */

/* Before the data: holes of the source are looked for where that is worth it. */
bool map_is_worth_it(const job *j); /* GET */
void map_begin_remote(job *j);
void map_begin_local(job *j);
void map_free(job *j);

/* Moves j->at to the next data, and says how much may be asked for there (UINT64_MAX: the end is
 * where reading finds it). False: at the end (data_end), or not known yet. */
bool map_next(job *j, uint64_t *room);

/* ---- transfer_local.c: in threads ---- */

void local_fail(job *j, int uv_error, const char *path);
void local_close(job *j);
void local_read(job *j, chunk *c);
void local_write(job *j, chunk *c); /* and those behind it by `next`, which follow it in the file */

/* Opens j->part to be written. Without truncate j->at and j->done become its size. */
void local_create(job *j, bool truncate);

/* Times and permissions, the disk, closing, the final name: as the options say. */
void local_complete(job *j);

/* As libuv has it. */
double local_seconds(cleat_sftp_time time);

/* Attributes of a local file as SFTP has them. */
void local_attrs(job *j, const uv_stat_t *st);

/* ---- transfer_list.c ---- */

/* Reads directories further, as many as there is room for what is in them. */
void lists_read(cleat_transfer *t);

/* All entries are known. */
void list_leave(job *d);

/* Reads a directory of the server further. Names that would lead out of it are refused. */
void list_entries(job *d);

/* ---- transfer_read.c: the server's files as sources ---- */

void read_any(job *j);  /* looks at it first */
void read_more(job *j); /* asks for the next chunks */

/* ---- transfer_write.c: the server's files as targets ---- */

/* A file whose source is known: the target is opened, and chunks are taken. */
void write_file(job *j);
/* Sends the chunks that are ready, and closes behind the last. */
void write_ready(job *j);
void write_link(job *j);      /* to j->target */
void write_directory(job *j); /* and what is in it */

/* ---- transfer_get.c, transfer_put.c, transfer_copy.c ---- */

extern const transfer_kind transfer_get, transfer_put, transfer_copy;

#endif
