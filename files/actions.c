/* Which function carries out which request. */
#include "files_int.h"

static const action actions[] = {
    [CLEAT_SFTP_OP_OPEN] = {do_open, false, false},
    [CLEAT_SFTP_OP_CLOSE] = {do_close, false, false},
    [CLEAT_SFTP_OP_READ] = {do_read, false, false},
    [CLEAT_SFTP_OP_WRITE] = {do_write, true, false},
    [CLEAT_SFTP_OP_OPENDIR] = {do_opendir, false, false},
    [CLEAT_SFTP_OP_READDIR] = {do_readdir, false, false},
    [CLEAT_SFTP_OP_STAT] = {do_stat, false, false},
    [CLEAT_SFTP_OP_LSTAT] = {do_stat, false, false},
    [CLEAT_SFTP_OP_FSTAT] = {do_fstat, false, false},
    [CLEAT_SFTP_OP_SETSTAT] = {do_setstat, true, true},
    [CLEAT_SFTP_OP_LSETSTAT] = {do_setstat, true, true},
    [CLEAT_SFTP_OP_FSETSTAT] = {do_fsetstat, true, false},
    [CLEAT_SFTP_OP_REMOVE] = {do_remove, true, true},
    [CLEAT_SFTP_OP_MKDIR] = {do_mkdir, true, false},
    [CLEAT_SFTP_OP_RMDIR] = {do_rmdir, true, true},
    [CLEAT_SFTP_OP_REALPATH] = {do_realpath, false, false},
    [CLEAT_SFTP_OP_RENAME] = {do_rename, true, true},
    [CLEAT_SFTP_OP_READLINK] = {do_readlink, false, false},
    [CLEAT_SFTP_OP_SYMLINK] = {do_symlink, true, false},
    [CLEAT_SFTP_OP_LINK] = {do_link, true, false},
    [CLEAT_SFTP_OP_STATVFS] = {do_statvfs, false, false},
    [CLEAT_SFTP_OP_FSTATVFS] = {do_fstatvfs, false, false},
    [CLEAT_SFTP_OP_FSYNC] = {do_fsync, false, false},
    [CLEAT_SFTP_OP_EXPAND_PATH] = {do_expand_path, false, false},
    [CLEAT_SFTP_OP_COPY_DATA] = {do_copy, true, false},
    [CLEAT_SFTP_OP_HOME_DIRECTORY] = {do_home, false, false},
    [CLEAT_SFTP_OP_USERS_GROUPS] = {do_users_groups, false, false},
    [CLEAT_SFTP_OP_RANGES] = {do_ranges, false, false},
    [CLEAT_SFTP_OP_LOCK] = {do_lock, false, false},
    [CLEAT_SFTP_OP_UNLOCK] = {do_unlock, false, false},
    [CLEAT_SFTP_OP_TEXT_SEEK] = {do_text_seek, false, false},
    [CLEAT_SFTP_OP_CHECK_FILE] = {do_check, false, true},
};

const action *action_for(cleat_sftp_op op)
{
    bool known = (size_t)op < sizeof actions / sizeof *actions && actions[op].run;
    return known ? &actions[op] : NULL;
}
