/* `cleat scp`: copies files between this machine and another. */
#include "cmd.h"
#include "scp.h"

int cmd_scp(int argc, char **argv)
{
    scp s = {0};
    int status = scp_args_parse(&s, argc, argv);
    if (status < 0)
        status = scp_copy(&s);
    scp_args_free(&s);
    remote_release(&s.remote);
    return status;
}
