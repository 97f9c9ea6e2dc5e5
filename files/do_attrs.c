/* Attributes: read and set. In the pool. */
#include "files_int.h"

#include <stdlib.h>

/* lftp speaks version 6 but cannot read an allocation size, so only who asks for it gets it. */
static void take_stat(job *j, const uv_stat_t *st)
{
    j->kind = RESULT_ATTRS;
    if (j->failure)
        return;
    attrs_from_stat(j->files, st, &j->attrs, &j->owner, &j->group);
    j->attrs.has |= j->request->wanted & CLEAT_SFTP_HAS_ALLOCATION_SIZE;
}

void do_stat(job *j)
{
    uv_stat_t st;
    bool follow = j->request->op == CLEAT_SFTP_OP_STAT;
    j->failure = port_tree_stat(j->files->tree, j->path, follow, &st);
    take_stat(j, &st);
}

void do_fstat(job *j)
{
    uv_fs_t request;
    uv_stat_t st = {0};
    if (j->on->listing) {
        j->failure = port_listing_stat(j->on->listing, &st);
        take_stat(j, &st);
        return;
    }
    j->failure = uv_fs_fstat(NULL, &request, j->on->file, NULL);
    st = request.statbuf;
    uv_fs_req_cleanup(&request);
    take_stat(j, &st);
}

void do_setstat(job *j)
{
    port_change change;
    bool follow = j->request->op == CLEAT_SFTP_OP_SETSTAT;
    j->code = attrs_to_change(j, &change);
    if (j->code == CLEAT_SFTP_OK)
        j->failure = port_tree_change(j->files->tree, j->path, follow, &change);
}

void do_fsetstat(job *j)
{
    port_change change;
    j->code = attrs_to_change(j, &change);
    if (j->code != CLEAT_SFTP_OK)
        return;
    if (j->on->file >= 0)
        j->failure = port_file_change(j->on->file, &change);
    else
        j->failure = port_tree_change(j->files->tree, j->on->path, true, &change);
}

void do_statvfs(job *j)
{
    j->kind = RESULT_SPACE;
    j->failure = port_tree_space(j->files->tree, j->path, &j->vfs);
}

void do_fstatvfs(job *j)
{
    j->kind = RESULT_SPACE;
    if (j->on->file >= 0)
        j->failure = port_file_space(j->on->file, &j->vfs);
    else
        j->failure = port_tree_space(j->files->tree, j->on->path, &j->vfs);
}

/* ---- people ---- */

static char **names_of(const uint32_t *ids, size_t count, bool group)
{
    char **names = calloc(count + 1, sizeof *names);
    for (size_t i = 0; names && i < count; i++) {
        char *name = port_owner_name(ids[i], group);
        names[i] = files_format("%s", name ? name : "");
        port_free(name);
    }
    return names;
}

void do_users_groups(job *j)
{
    const cleat_sftp_request *q = j->request;
    j->kind = RESULT_PRINCIPALS;
    j->users = names_of(q->uids, q->uid_count, false);
    j->groups = names_of(q->gids, q->gid_count, true);
    if (!j->users || !j->groups)
        j->failure = UV_ENOMEM;
}
