/* Users of this system. */
#include "server.h"

void account_free(account *a)
{
    port_user_free(a->user);
    port_free(a->environment);
    port_free(a->extra);
    port_free(a->groups);
    *a = (account){0};
}
