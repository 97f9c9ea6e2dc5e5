/* Users of this system. */
#include "server.h"

#include <stdlib.h>

void account_free(account *a)
{
    port_user_free(a->user);
    port_free(a->environment);
    port_free(a->extra);
    port_free(a->groups);
    free(a->greeting);
    *a = (account){0};
}

const char *account_directory(const connection *c)
{
    uv_fs_t request;
    const char *home = c->account->user->home;
    if (!c->shut_in)
        return home;
    bool missing = uv_fs_stat(NULL, &request, home, NULL) < 0;
    uv_fs_req_cleanup(&request);
    return missing ? "/" : home;
}
