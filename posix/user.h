/* Accounts by their numbers. */
#ifndef PORT_POSIX_USER_H
#define PORT_POSIX_USER_H

#include <stddef.h>
#include <sys/types.h>

typedef struct user_numbers {
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* all of them */
    size_t count;
} user_numbers;

/* NULL: there is no such user, or no memory. Stays until another user is asked about; what name
 * services have said is kept until port_user_lookup, as some take long. For one thread. */
const user_numbers *user_numbers_of(const char *name);

#endif
