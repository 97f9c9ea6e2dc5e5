/* System mode's processes: not on Windows yet, where the service will start them. */
#include "parts.h"

#include "fail.h"

#include <stdlib.h>

static const char none[] =
    "system mode is not there on Windows yet; run cleatd as the user that it "
    "is to serve";

cleat_status port_message_pair(int pair[2], cleat_error *error)
{
    pair[0] = pair[1] = -1;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_message_send(int fd, cleat_slice bytes, const port_attached *attached,
                               cleat_error *error)
{
    (void)fd, (void)bytes, (void)attached;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

void port_message_shut(int fd)
{
    (void)fd;
}

void port_message_await_room(int fd)
{
    (void)fd;
}

cleat_status port_message_receive(int fd, uint8_t *space, size_t room, size_t *len,
                                  port_attached *attached, cleat_error *error)
{
    (void)fd, (void)space, (void)room;
    *len = 0;
    *attached = (port_attached){.fds = {-1, -1, -1}};
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_message_peek(int fd, uint8_t *first)
{
    (void)fd, (void)first;
    return CLEAT_E_UNSUPPORTED;
}

int port_socket_dup(intptr_t socket)
{
    (void)socket;
    return -1;
}

void port_attached_close(port_attached *attached)
{
    attached->count = 0;
}

cleat_status port_part_split(int64_t *part, cleat_error *error)
{
    *part = -1;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

void port_part_name(const char *name, const char *whom)
{
    (void)name;
    (void)whom;
}

_Noreturn void port_part_exit(int status)
{
    _Exit(status);
}

void port_part_end(int64_t part, port_exit *how)
{
    (void)part;
    *how = (port_exit){.status = 255};
}

void port_part_trim(void)
{
}

void port_part_many_descriptors(bool many)
{
    (void)many;
}

void port_part_keep_only(const int *fds, size_t count)
{
    (void)fds, (void)count;
}

cleat_status port_part_quiet(bool keep_errors, cleat_error *error)
{
    (void)keep_errors;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

bool port_is_privileged(void)
{
    return false;
}

cleat_status port_user_act_as(const port_user *user, cleat_error *error)
{
    (void)user;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_user_become(const port_user *user, const char *root, cleat_error *error)
{
    (void)user, (void)root;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_terminals_start(int *helper, const port_user *user, cleat_error *error)
{
    (void)user;
    *helper = -1;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_terminals_open(port_pty **pty, int helper, const cleat_winsize *size,
                                 cleat_slice modes, cleat_error *error)
{
    (void)helper, (void)size, (void)modes;
    *pty = NULL;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_confine_network(const char *account, const char *directory, cleat_error *error)
{
    (void)account, (void)directory;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_confine_directory(char **path, cleat_error *error)
{
    *path = NULL;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_pam_start(port_pam **pam, const char *service, const char *user, const char *host,
                            cleat_error *error)
{
    (void)service, (void)user, (void)host;
    *pam = NULL;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

void port_pam_preload(const char *service)
{
    (void)service;
}

cleat_status port_pam_password(port_pam *p, const char *password, bool empty_will_do,
                               cleat_error *error)
{
    (void)p, (void)password, (void)empty_will_do;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_pam_change(port_pam *p, const char *password, const char *fresh,
                             cleat_error *error)
{
    (void)p, (void)password, (void)fresh;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_pam_converse(port_pam *p, port_pam_ask ask, void *user, bool empty_will_do,
                               bool account, cleat_error *error)
{
    (void)p, (void)ask, (void)user, (void)empty_will_do, (void)account;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_pam_account(port_pam *p, bool *expired, cleat_error *error)
{
    (void)p;
    *expired = false;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_pam_open(port_pam *p, cleat_error *error)
{
    (void)p;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_pam_environment(port_pam *p, char ***pairs, cleat_error *error)
{
    (void)p;
    *pairs = NULL;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

const char *port_pam_messages(const port_pam *p)
{
    (void)p;
    return "";
}

void port_pam_end(port_pam *p)
{
    (void)p;
}

cleat_status port_account_check(const char *user, cleat_error *error)
{
    (void)user;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

bool port_record_login(const port_record *r)
{
    (void)r;
    return false;
}

void port_record_logout(const port_record *r)
{
    (void)r;
}

void port_record_failure(const port_record *r)
{
    (void)r;
}

bool port_last_login(port_last *out, const char *user)
{
    (void)out, (void)user;
    return false;
}

void port_pty_show(port_pty *pty, const char *text)
{
    (void)pty, (void)text;
}
