/* What came of a job goes to the client. */
#include "files_int.h"

#include <stdlib.h>

static const struct {
    int failure;
    uint32_t code;
} codes[] = {
    {UV_ENOENT, CLEAT_SFTP_NO_SUCH_FILE},
    {UV_ENOTDIR, CLEAT_SFTP_NOT_A_DIRECTORY},
    {UV_EACCES, CLEAT_SFTP_PERMISSION_DENIED},
    {UV_EPERM, CLEAT_SFTP_PERMISSION_DENIED},
    {UV_EROFS, CLEAT_SFTP_WRITE_PROTECT},
    {UV_EEXIST, CLEAT_SFTP_FILE_ALREADY_EXISTS},
    {UV_ENOSPC, CLEAT_SFTP_NO_SPACE_ON_FILESYSTEM},
    {UV_ENOTEMPTY, CLEAT_SFTP_DIR_NOT_EMPTY},
    {UV_ENAMETOOLONG, CLEAT_SFTP_INVALID_FILENAME},
    {UV_EILSEQ, CLEAT_SFTP_INVALID_FILENAME},
    {UV_ELOOP, CLEAT_SFTP_LINK_LOOP},
    {UV_EINVAL, CLEAT_SFTP_INVALID_PARAMETER},
    {UV_EISDIR, CLEAT_SFTP_FILE_IS_A_DIRECTORY},
    {UV_ENOSYS, CLEAT_SFTP_OP_UNSUPPORTED},
    {UV_ENOTSUP, CLEAT_SFTP_OP_UNSUPPORTED},
    {UV_EOF, CLEAT_SFTP_EOF},
};

uint32_t code_of_failure(int failure)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].failure == failure)
            return codes[i].code;
    }
    if (port_is_quota(failure))
        return CLEAT_SFTP_QUOTA_EXCEEDED;
    return failure ? CLEAT_SFTP_FAILURE : CLEAT_SFTP_OK;
}

/* ---- what is freed ---- */

opened *opened_new(const char *path)
{
    opened *o = calloc(1, sizeof *o);
    char *copy = files_format("%s", path);
    if (!o || !copy) {
        free(o);
        free(copy);
        return NULL;
    }
    o->file = -1;
    o->path = copy;
    return o;
}

void opened_free(opened *o)
{
    if (!o)
        return;
    free(o->path);
    free(o);
}

static void list_free(name_list *l)
{
    for (size_t i = 0; l && i < l->text_count; i++)
        free(l->texts[i]);
    free(l);
}

/* A list ended by NULL. */
static void texts_free(char **texts)
{
    for (size_t i = 0; texts && texts[i]; i++)
        free(texts[i]);
    free(texts);
}

void job_free(job *j)
{
    free(j->path);
    free(j->new_path);
    free(j->owner);
    free(j->group);
    list_free(j->list);
    texts_free(j->users);
    texts_free(j->groups);
    free(j->ranges);
    free(j->hashes);
    free(j);
}

/* ---- handles ---- */

static void add_opened(cleat_files *f, opened *o)
{
    o->queue.files = f;
    o->next = f->first;
    if (f->first)
        f->first->previous = o;
    f->first = o;
}

static void remove_opened(cleat_files *f, opened *o)
{
    if (o->previous)
        o->previous->next = o->next;
    else
        f->first = o->next;
    if (o->next)
        o->next->previous = o->previous;
    opened_free(o);
}

/* Nobody will close it by a request. */
static void take_back(cleat_files *f, opened *o)
{
    job undo = {.files = f, .on = o};
    do_close(&undo);
    opened_free(o);
}

static cleat_status answer_handle(cleat_files *f, uint64_t query, opened *o)
{
    cleat_status st = cleat_sftp_answer_handle(f->server, query, o);
    if (st == CLEAT_OK)
        add_opened(f, o);
    else
        take_back(f, o);
    return st;
}

/* ---- answers ---- */

static void answer_failed(cleat_files *f, cleat_status st)
{
    if (st != CLEAT_OK)
        files_log(f, CLEAT_LOG_ERROR, "an answer could not be sent: %s", cleat_status_text(st));
}

static void answer_text(cleat_files *f, uint64_t query, uint32_t code, const char *text)
{
    log_code(f, code);
    answer_failed(f, cleat_sftp_answer_status(f->server, query, code, text));
}

void answer_code(cleat_files *f, uint64_t query, uint32_t code)
{
    answer_text(f, query, code, NULL);
}

static cleat_status answer_space(cleat_files *f, uint64_t query, const port_space *v)
{
    enum { READ_ONLY = 1, NO_SETUID = 2 };
    const cleat_sftp_statvfs vfs = {
        .block = v->block,
        .fragment = v->fragment,
        .blocks = v->blocks,
        .blocks_free = v->blocks_free,
        .blocks_available = v->blocks_available,
        .files = v->files,
        .files_free = v->files_free,
        .files_available = v->files_available,
        .id = v->id,
        .flags = (v->read_only || f->options.read_only ? READ_ONLY : 0u) |
                 (v->no_setuid ? NO_SETUID : 0u),
        .name_max = v->name_max,
    };
    return cleat_sftp_answer_statvfs(f->server, query, &vfs);
}

static cleat_status answer_result(job *j)
{
    cleat_sftp_server *s = j->files->server;
    uint64_t query = j->request->query;
    switch (j->kind) {
    case RESULT_HANDLE:
        return answer_handle(j->files, query, j->made);
    case RESULT_DATA:
        return cleat_sftp_answer_data(s, query, j->got, j->at_end);
    case RESULT_ATTRS:
        return cleat_sftp_answer_attrs(s, query, &j->attrs);
    case RESULT_NAMES:
        return cleat_sftp_answer_names(s, query, j->list->names, j->list->count, j->list->at_end);
    case RESULT_SPACE:
        return answer_space(j->files, query, &j->vfs);
    case RESULT_PRINCIPALS:
        return cleat_sftp_answer_principals(s, query, (const char *const *)j->users,
                                            (const char *const *)j->groups);
    case RESULT_RANGES:
        return cleat_sftp_answer_ranges(s, query, j->ranges, j->range_count, j->at_end);
    case RESULT_HASHES:
        return cleat_sftp_answer_hashes(s, query, j->algorithm,
                                        (cleat_slice){j->hashes, j->hashes_len});
    case RESULT_STATUS:
        break;
    }
    return cleat_sftp_answer_status(s, query, CLEAT_SFTP_OK, NULL);
}

static void answer_close(job *j)
{
    cleat_files *f = j->files;
    uint32_t code = code_of_failure(j->failure);
    log_closed(f, j->on, j->request->forced);
    tell_act(j, code);
    if (code != CLEAT_SFTP_OK)
        log_code(f, code);
    answer_failed(f, cleat_sftp_answer_status(f->server, j->request->query, code, NULL));
    remove_opened(f, j->on);
}

/* The request goes with its answer. */
void answer_job(job *j)
{
    cleat_files *f = j->files;
    uint64_t query = j->request->query;
    uint32_t code = j->failure ? code_of_failure(j->failure) : j->code;
    if (j->request->op == CLEAT_SFTP_OP_CLOSE) {
        answer_close(j);
    } else if (code == CLEAT_SFTP_OK) {
        tell_act(j, code);
        cleat_status st = answer_result(j);
        if (st == CLEAT_E_LIMIT)
            answer_text(f, query, CLEAT_SFTP_FAILURE, "Too many open files");
        else
            answer_failed(f, st);
    } else if (j->unknown_count) {
        tell_act(j, code);
        log_code(f, code);
        answer_failed(f, cleat_sftp_answer_unknown(f->server, query, j->unknown, j->unknown_count));
    } else {
        tell_act(j, code);
        answer_text(f, query, code,
                    code == CLEAT_SFTP_FAILURE && j->failure ? uv_strerror(j->failure) : NULL);
    }
    job_free(j);
}
