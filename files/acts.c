/* What is told of each request that reads, writes or changes a file, once it is known how it ended.
 */
#include "files_int.h"

static bool has_target(cleat_sftp_op op)
{
    return op == CLEAT_SFTP_OP_RENAME || op == CLEAT_SFTP_OP_SYMLINK || op == CLEAT_SFTP_OP_LINK;
}

static bool is_of_interest(const job *j, uint32_t code)
{
    switch (j->request->op) {
    case CLEAT_SFTP_OP_OPEN:
        return code != CLEAT_SFTP_OK; /* else it is told when the file is closed */
    case CLEAT_SFTP_OP_CLOSE:
        return !j->on->is_directory;
    case CLEAT_SFTP_OP_REMOVE:
    case CLEAT_SFTP_OP_RMDIR:
    case CLEAT_SFTP_OP_MKDIR:
    case CLEAT_SFTP_OP_SETSTAT:
    case CLEAT_SFTP_OP_LSETSTAT:
    case CLEAT_SFTP_OP_FSETSTAT:
    case CLEAT_SFTP_OP_RENAME:
    case CLEAT_SFTP_OP_SYMLINK:
    case CLEAT_SFTP_OP_LINK:
        return true;
    default:
        return false;
    }
}

void tell_act(const job *j, uint32_t code)
{
    const cleat_files_options *o = &j->files->options;
    if (!o->on_act || !is_of_interest(j, code))
        return;
    bool closes = j->request->op == CLEAT_SFTP_OP_CLOSE;
    cleat_files_act act = {.operation = j->request->name,
                           .path = j->on ? j->on->path : j->path,
                           .target = has_target(j->request->op) ? j->new_path : NULL,
                           .code = code,
                           .moves_data = closes};
    if (closes) {
        act.bytes_read = j->on->bytes_read;
        act.bytes_written = j->on->bytes_written;
    }
    o->on_act(o->user_data, &act);
}
