/* `cleat scp`: copies files between machines. */
#include "cmd.h"
#include "scp.h"

int cmd_scp(int argc, char **argv)
{
    scp s = {0};
    int status = scp_args_parse(&s, argc, argv);
    if (status < 0)
        status = s.end ? scp_serve(&s) : scp_run(&s);
    scp_args_free(&s);
    remote_release(&s.remote);
    return status;
}
