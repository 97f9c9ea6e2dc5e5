/* A program that runs as several processes with different rights, and the messages between them. As
 * in port.h: out-parameters come first, `error` may be NULL, and what a platform cannot do is
 * CLEAT_E_UNSUPPORTED. */
#ifndef PORT_PARTS_H
#define PORT_PARTS_H

#include "port.h"

/* ---- Messages -------------------------------------------------------------------------------- */

enum { PORT_ATTACHED_MAX = 3 };

/* Descriptors that go with a message; -1 where there is none. */
typedef struct port_attached {
    int fds[PORT_ATTACHED_MAX];
    size_t count;
} port_attached;

/* Two ends of a local connection that keeps messages apart and carries descriptors. Neither blocks,
 * and neither is inherited by programs. */
CLEAT_MUST_USE cleat_status port_message_pair(int pair[2], cleat_error *error);

/* Sends a message whole. The descriptors stay the caller's. CLEAT_PENDING: there is no room now;
 * CLEAT_E_CLOSED: nobody is at the other end. */
CLEAT_MUST_USE cleat_status port_message_send(int fd, cleat_slice bytes,
                                              const port_attached *attached, cleat_error *error);

/* Nothing comes or goes any more, as both ends see. */
void port_message_shut(int fd);

/* Waits until there is room for another, or nobody at the other end. */
void port_message_await_room(int fd);

/* Receives one. CLEAT_PENDING: there is none; CLEAT_E_CLOSED: there will be none. CLEAT_E_LIMIT: it
 * is longer than `room`, and lost. Where more are attached than may be, or than this process may
 * have, none is. */
CLEAT_MUST_USE cleat_status port_message_receive(int fd, uint8_t *space, size_t room, size_t *len,
                                                 port_attached *attached, cleat_error *error);

/* The first byte of the next message, which stays where it is. CLEAT_PENDING: there is none yet;
 * CLEAT_E_CLOSED: nor will be. */
CLEAT_MUST_USE cleat_status port_message_peek(int fd, uint8_t *first);

/* Another descriptor of the socket, for a message; -1 after a failure. */
int port_socket_dup(intptr_t socket);

/* Closes those that are not -1. */
void port_attached_close(port_attached *attached);

/* ---- Processes ------------------------------------------------------------------------------- */

/* Splits the program. *part is 0 in the new process, which goes on from here with a copy of
 * everything, and the other's number in the old one. No other thread may be running. */
CLEAT_MUST_USE cleat_status port_part_split(int64_t *part, cleat_error *error);

/* What lists of processes show this one as: name (at most 15 bytes), and whom it is for (NULL:
 * nobody in particular), as far as the words that the program was called with leave room. */
void port_part_name(const char *name, const char *whom);

/* Ends this process at once, without what exit() does. */
_Noreturn void port_part_exit(int status);

/* Ends that process unless it is ending already, and waits for it. *how: of its own end, if it was.
 * A process whose socket is closed need not be ending: it may have been taken over. */
void port_part_end(int64_t part, port_exit *how);

/* Gives memory that is free back to the system: for a process that will mostly wait. */
void port_part_trim(void);

/* Allows this process, and those that split off, as many descriptors as the system lets it; or, for
 * programs that count on what is usual, as before. */
void port_part_many_descriptors(bool many);

/* Closes every descriptor but the standard streams and these, of which -1 is none. */
void port_part_keep_only(const int *fds, size_t count);

/* Puts the null device in the place of stdin and stdout, and of stderr too unless `keep_errors`. */
CLEAT_MUST_USE cleat_status port_part_quiet(bool keep_errors, cleat_error *error);

/* ---- Rights ---------------------------------------------------------------------------------- */

/* True if this process may become any user. */
bool port_is_privileged(void);

/* What this process reads and opens from now on, it does as that user; NULL: as itself again. For a
 * privileged process. */
CLEAT_MUST_USE cleat_status port_user_act_as(const port_user *user, cleat_error *error);

/* Becomes that user, with its groups, for good; shut in at `root`, an absolute path, unless that is
 * NULL. That directory and all those above it must be root's, and nobody else's to write to:
 * CLEAT_E_PERMISSION. For a privileged process. */
CLEAT_MUST_USE cleat_status port_user_become(const port_user *user, const char *root,
                                             cleat_error *error);

/* Starts a process, with that user's rights but not shut in, that opens terminals for this one.
 * *helper is what it is asked by; it ends when that is closed. For a privileged process. */
CLEAT_MUST_USE cleat_status port_terminals_start(int *helper, const port_user *user,
                                                 cleat_error *error);

/* port_pty_open by that process. */
CLEAT_MUST_USE cleat_status port_terminals_open(port_pty **pty, int helper,
                                                const cleat_winsize *size, cleat_slice modes,
                                                cleat_error *error);

/* The rest of this process's life: the rights of `account`, a root directory (that must exist,
 * empty and not to be written by others), no new privileges, no new files, processes or memory that
 * can be run, and no system call but those that an SSH connection needs. For a privileged process.
 */
CLEAT_MUST_USE cleat_status port_confine_network(const char *account, const char *directory,
                                                 cleat_error *error);

/* ---- PAM ------------------------------------------------------------------------------------- */

typedef struct port_pam port_pam;

/* For a user who comes from `host`; `service` names PAM's configuration. May block, as all of
 * these. */
CLEAT_MUST_USE cleat_status port_pam_start(port_pam **pam, const char *service, const char *user,
                                           const char *host, cleat_error *error);

/* Loads the service's modules, until it is called again: processes that split off have them then.
 */
void port_pam_preload(const char *service);

/* CLEAT_E_PERMISSION: it is not the user's. */
CLEAT_MUST_USE cleat_status port_pam_password(port_pam *p, const char *password, bool empty_will_do,
                                              cleat_error *error);

/* Changes a password that has expired. CLEAT_E_PERMISSION: the new one is not good enough. */
CLEAT_MUST_USE cleat_status port_pam_change(port_pam *p, const char *password, const char *fresh,
                                            cleat_error *error);

typedef struct port_pam_question {
    const char *text;
    bool echo;
} port_pam_question;

/* Gets an answer to each question, in memory of malloc()'s that is wiped and freed for it. said:
 * what else is for the user to read; may be "". False: there is nobody who answers. */
typedef bool (*port_pam_ask)(void *user, char **answers, const char *said,
                             const port_pam_question *questions, size_t count);

/* Whatever PAM wants to know of somebody; with `account` also whether it is good for a login now,
 * and a new password where that has expired. CLEAT_E_PERMISSION: it is not the user, or not now. */
CLEAT_MUST_USE cleat_status port_pam_converse(port_pam *p, port_pam_ask ask, void *user,
                                              bool empty_will_do, bool account, cleat_error *error);

/* Whether the account is good for a login now. *expired: but for its password, which must be
 * changed. */
CLEAT_MUST_USE cleat_status port_pam_account(port_pam *p, bool *expired, cleat_error *error);

/* Sets up a session, which port_pam_end ends: limits and the like count for this process, and for
 * those that split off from it. */
CLEAT_MUST_USE cleat_status port_pam_open(port_pam *p, cleat_error *error);

/* "NAME=value" pairs for the session; to be freed with port_free. */
CLEAT_MUST_USE cleat_status port_pam_environment(port_pam *p, char ***pairs, cleat_error *error);

/* What PAM has to say to the user, and nobody has asked along with a question: lines, or "". */
const char *port_pam_messages(const port_pam *p);

/* NULL is fine. */
void port_pam_end(port_pam *p);

/* ---- Accounts without PAM -------------------------------------------------------------------- */

/* Whether the system's own record of the account is against a login: CLEAT_E_PERMISSION when it is
 * locked or has expired. One without a record is good. For a privileged process; may block. */
CLEAT_MUST_USE cleat_status port_account_check(const char *user, cleat_error *error);

/* ---- Records of logins (utmp, wtmp, btmp, lastlog) ---------------------------------------------
 */

typedef struct port_record {
    const char *line; /* the terminal's name below /dev; "ssh:notty" for failures */
    const char *user;
    const char *host, *address; /* where from */
    int64_t pid;
} port_record;

/* False, with nothing written: it is no terminal of that user's. */
bool port_record_login(const port_record *r);
void port_record_logout(const port_record *r);
void port_record_failure(const port_record *r);

typedef struct port_last {
    int64_t seconds; /* since 1970 */
    char host[256];
} port_last;

/* False: there is no record of one. */
bool port_last_login(port_last *out, const char *user);

/* Shows text on the terminal, before anything runs there. What there is no room for is left out. */
void port_pty_show(port_pty *pty, const char *text);

/* ---- The cage -------------------------------------------------------------------------------- */

/* An empty directory for that, made if it is missing: its path, to be freed with port_free. */
CLEAT_MUST_USE cleat_status port_confine_directory(char **path, cleat_error *error);

#endif
