/* The plan by which a hop is logged in on. */
#ifndef CLEAT_CLI_LOGIN_H
#define CLEAT_CLI_LOGIN_H

#include "ssh.h"

/* Makes the hop's login from its configuration and keys. */
CLEAT_MUST_USE cleat_status login_begin(ssh_hop *h, cleat_conn *conn);

#endif
