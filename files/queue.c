/* Which job goes to the pool when. Jobs of one open file are done in the order they came, and so
 * are those that name paths; one file does not wait for another. A path's job that changes what has
 * been written to waits for what was written before it came: clients do not wait for each answer.
 */
#include "files_int.h"

#include <stdlib.h>

enum { BATCH_MAX = 16 }; /* so that answers leave while the next batch is worked on */

/* ---- jobs that write, oldest first ---- */

static void note_writer(cleat_files *f, job *j)
{
    j->older = f->newest;
    if (f->newest)
        f->newest->newer = j;
    else
        f->oldest = j;
    f->newest = j;
}

static void forget_writer(cleat_files *f, job *j)
{
    if (j->older)
        j->older->newer = j->newer;
    else
        f->oldest = j->newer;
    if (j->newer)
        j->newer->older = j->older;
    else
        f->newest = j->older;
}

/* A CLOSE comes after the writes it waited for, so its number says nothing. */
static bool has_to_wait(const cleat_files *f, const job *j)
{
    return j->waits && (f->closing || (f->oldest && f->oldest->number < j->number));
}

/* ---- the pool ---- */

static void run_batch(uv_work_t *work)
{
    const job_queue *q = work->data;
    for (job *j = q->batch; j; j = j->next)
        j->run(j);
}

static void settle(cleat_files *f, job *j)
{
    if (j->writes)
        forget_writer(f, j);
    if (j->request->op == CLEAT_SFTP_OP_CLOSE)
        f->closing--;
    answer_job(j);
}

/* A CLOSE is the last job of its queue: nothing touches that once it is answered. */
static void on_batch_done(uv_work_t *work, int status)
{
    job_queue *q = work->data;
    cleat_files *f = q->files;
    job *j = q->batch;
    (void)status; /* nobody cancels */
    q->batch = NULL;
    f->busy--;
    while (j) {
        job *next = j->next;
        settle(f, j);
        j = next;
    }
    files_pump(f);
}

/* Cuts off what may go now. */
static job *take_batch(job_queue *q)
{
    job *batch = q->first;
    job *last = NULL;
    for (unsigned n = 0; q->first && n < BATCH_MAX && !has_to_wait(q->files, q->first); n++) {
        last = q->first;
        q->first = last->next;
    }
    if (!q->first)
        q->last = NULL;
    if (!last)
        return NULL;
    last->next = NULL;
    return batch;
}

static void fail_batch(job_queue *q)
{
    job *j = q->batch;
    q->batch = NULL;
    while (j) {
        job *next = j->next;
        j->failure = UV_ENOMEM;
        settle(q->files, j);
        j = next;
    }
}

static void start(job_queue *q)
{
    if (q->batch || !(q->batch = take_batch(q)))
        return;
    q->work.data = q;
    if (uv_queue_work(q->files->loop, &q->work, run_batch, on_batch_done) == 0)
        q->files->busy++;
    else
        fail_batch(q);
}

void queue_start(cleat_files *f)
{
    start(&f->paths);
    for (opened *o = f->first; o;) {
        opened *next = o->next;
        start(&o->queue);
        o = next;
    }
}

/* ---- requests ---- */

static void push(job_queue *q, job *j)
{
    if (q->last)
        q->last->next = j;
    else
        q->first = j;
    q->last = j;
}

/* False: it has been answered. */
static bool set_paths(job *j)
{
    const cleat_sftp_request *q = j->request;
    bool hidden = false;
    bool hidden_new = false;
    bool link_text = q->op == CLEAT_SFTP_OP_SYMLINK; /* any text, not ours to change */
    bool is_user = q->op == CLEAT_SFTP_OP_HOME_DIRECTORY || q->op == CLEAT_SFTP_OP_EXPAND_PATH;
    j->path = link_text || is_user ? files_format("%s", q->path)
                                   : files_absolute(j->files, q->path, &hidden);
    j->new_path = files_absolute(j->files, q->new_path, &hidden_new);
    if (j->path && j->new_path)
        return true;
    j->code = hidden || hidden_new ? CLEAT_SFTP_NO_SUCH_FILE : CLEAT_SFTP_FAILURE;
    answer_job(j);
    return false;
}

static bool set_space(job *j)
{
    if (j->request->op != CLEAT_SFTP_OP_READ)
        return true;
    j->space = cleat_sftp_answer_space(j->files->server, j->request->query, &j->room);
    if (j->space)
        return true;
    j->code = CLEAT_SFTP_FAILURE;
    answer_job(j);
    return false;
}

static bool opens_for_writing(const cleat_sftp_request *q)
{
    uint32_t how = q->flags & CLEAT_SFTP_DISPOSITION;
    return q->op == CLEAT_SFTP_OP_OPEN &&
           ((q->access & (CLEAT_SFTP_WRITE_DATA | CLEAT_SFTP_APPEND_DATA)) ||
            (q->flags & (CLEAT_SFTP_OPEN_APPEND | CLEAT_SFTP_OPEN_APPEND_ATOMIC)) ||
            how != CLEAT_SFTP_OPEN_EXISTING);
}

/* Who may only read keeps nobody from reading. */
static bool locks_readers_out(const cleat_sftp_request *q)
{
    return q->op == CLEAT_SFTP_OP_LOCK && (q->flags & CLEAT_SFTP_OPEN_BLOCK_READ);
}

static uint32_t objection(const cleat_files *f, const cleat_sftp_request *q, const action *a)
{
    if (!a)
        return CLEAT_SFTP_OP_UNSUPPORTED;
    if (f->options.read_only && (a->modifies || opens_for_writing(q) || locks_readers_out(q)))
        return CLEAT_SFTP_WRITE_PROTECT;
    return CLEAT_SFTP_OK;
}

void queue_request(cleat_files *f, const cleat_sftp_request *q)
{
    const action *a = action_for(q->op);
    uint32_t code = objection(f, q, a);
    job *j = code == CLEAT_SFTP_OK ? calloc(1, sizeof *j) : NULL;
    if (!j) {
        answer_code(f, q->query, code == CLEAT_SFTP_OK ? CLEAT_SFTP_FAILURE : code);
        return;
    }
    j->files = f;
    j->request = q;
    j->run = a->run;
    j->on = q->handle.user;
    j->to = q->to_handle.user;
    j->waits = a->waits;
    j->number = ++f->numbers;
    if (!set_paths(j) || !set_space(j))
        return;
    log_request(j);
    j->writes = j->on && a->modifies;
    if (j->writes)
        note_writer(f, j);
    if (q->op == CLEAT_SFTP_OP_CLOSE)
        f->closing++;
    push(j->on ? &j->on->queue : &f->paths, j);
}
