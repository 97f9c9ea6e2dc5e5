/* `cleat sftp`: files of another machine, one command after another. */
#include "cmd.h"
#include "sftp.h"

int cmd_sftp(int argc, char **argv)
{
    static sftp s;
    int status = sftp_args_parse(&s, argc, argv);
    if (status < 0)
        status = sftp_run(&s);
    sftp_args_free(&s);
    remote_release(&s.remote);
    return status;
}
